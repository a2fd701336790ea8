import type { Produced } from '../../producer/assemble-plan.ts';
import { missingTiles } from '../../producer/enqueue.ts';
import { type Estimate, estimatePlan } from '../../producer/estimate.ts';
import { type OwnedShares, ownedShares } from '../../producer/owned-areas.ts';
import { isPlanned, produce } from '../../producer/produce.ts';
import { mapTiling } from '../../reducer/map-tiles.ts';
import type { PlannedTile } from '../../shared/contracts/plan.ts';
import { costOf, type Prices } from '../../shared/contracts/run-cost.ts';
import { packZones } from '../../shared/geo/packed-zones.ts';
import { measuredPart } from '../../worker/map-painter.ts';
import { type CliContext, urlArgument } from '../context.ts';
import { placeText } from '../place-text.ts';
import { planGeojson } from '../plan-geojson.ts';
import { planText } from '../plan-text.ts';
import { readSpec } from '../read-spec.ts';

export interface PlanOptions {
  readonly tileSize: number | null;
  readonly out: string | null;
  readonly fresh: boolean;
  readonly anonymous: boolean;
  readonly json: boolean;
  readonly geojson: boolean;
}

/** Prints exactly what `run` would queue, with what it will ask of store and machines; writes and queues nothing. */
export async function planCommand(spec: string, options: PlanOptions, context: CliContext): Promise<number> {
  const specUrl = urlArgument(spec);
  const city = await readSpec(specUrl, options, context);
  const fresh = options.fresh ? 'plan' : null;
  const production = await produce(city, specUrl, context.stores, {
    tileSize: options.tileSize,
    fresh,
    again: false,
    stacHosts: context.config.stacHosts,
  });
  if (!isPlanned(production)) {
    const done = {
      run: production.run,
      url: production.runUrl,
      status: production.settled.status,
      unchanged: true,
      tiles: [],
    };
    context.print(
      options.json
        ? JSON.stringify(done, null, 1)
        : `unchanged since run ${production.run}: nothing would be queued\n${placeText(production.runUrl)}`,
    );
    return 0;
  }
  const missing = await missingTiles(context.stores.storeFor(production.runUrl), production.plan, production.tiles);
  if (options.geojson) context.print(JSON.stringify(await planGeojson(production, missing)));
  else if (options.json) context.print(JSON.stringify(planJson(production, missing, context.config.prices), null, 1));
  else {
    const { plan, runUrl } = production;
    const estimate = estimateOf(production, missing);
    const { prices } = context.config;
    const owned = ownedOf(production);
    context.print(planText({ plan, runUrl, missing: missing.length, estimate, prices, owned }));
  }
  return 0;
}

/** What counting the missing tiles asks of store and machines, and drawing maps where the plan has some. */
export function estimateOf({ tiles, scenes, plan }: Produced, missing: readonly number[]): Estimate {
  const toDo = missing.flatMap((place) => (tiles[place] === undefined ? [] : [tiles[place]]));
  const haloCells = plan.green?.haloCells ?? null;
  const counting = estimatePlan(toDo, plan.layers, scenes, haloCells, plan.grid);
  if (plan.maps === undefined) return counting;
  // Read as if no map of these scenes had been drawn before.
  const drawn = mapTiling(plan, tiles, []).tiles.map(
    ({ window: { row, col, rows, cols }, scenes: under }): PlannedTile => [row, col, rows, cols, [...under], ''],
  );
  const drawing = estimatePlan(drawn, measuredPart(plan).layers, scenes, haloCells, plan.grid);
  return {
    cells: counting.cells,
    requests: counting.requests + drawing.requests,
    bytes: counting.bytes + drawing.bytes,
    cpuSeconds: counting.cpuSeconds + drawing.cpuSeconds,
    workerMemoryMb: Math.max(counting.workerMemoryMb, drawing.workerMemoryMb),
  };
}

/** The estimate with what it costs; `cost` is null where no price is known. */
function pricedEstimate(estimate: Estimate, prices: Prices | null): object {
  const { requests, bytes, cpuSeconds } = estimate;
  const cost = costOf({ requests, bytes, seconds: cpuSeconds }, prices);
  return { ...estimate, cost, currency: prices?.currency ?? null };
}

function planJson(produced: Produced, missing: readonly number[], prices: Prices | null): object {
  const { plan, tiles, runUrl } = produced;
  const { grid, gridReason, scenes, layers, zones, warnings, unread, tileRows, tileCols, area, run, city, year } = plan;
  const owned = ownedOf(produced);
  const jobs = missing.flatMap((place) => {
    const tile = tiles[place];
    if (tile === undefined) return [];
    const [row, col, rows, cols, owners, partial] = tile;
    return [{ tile: place, row, col, rows, cols, scenes: owners, partial }];
  });
  return {
    run,
    city,
    year,
    url: runUrl,
    area,
    grid,
    grid_reason: gridReason,
    zones,
    tile_rows: tileRows,
    tile_cols: tileCols,
    tile_count: tiles.length,
    tiles_reused: tiles.length - missing.length,
    scenes,
    layers: layers.map((layer, index) => ({ ...layer, owned: owned[index] })),
    unread,
    warnings: [...warnings, ...plan.scoreWarnings],
    estimate: pricedEstimate(estimateOf(produced, missing), prices),
    tiles: jobs,
  };
}

/** For each layer, which scene owns how much of the city. */
export function ownedOf({ plan, zones, scenes }: Produced): OwnedShares[] {
  return ownedShares(plan.grid, packZones(plan.grid, zones), plan.layers, scenes);
}
