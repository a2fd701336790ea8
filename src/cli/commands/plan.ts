import type { Produced } from '../../producer/assemble-plan.ts';
import { missingTiles } from '../../producer/enqueue.ts';
import { estimatePlan } from '../../producer/estimate.ts';
import { isPlanned, produce } from '../../producer/produce.ts';
import { crsFromEpsg } from '../../shared/geo/crs-registry.ts';
import { makeTransform } from '../../shared/geo/project.ts';
import { type CliContext, urlArgument } from '../context.ts';
import { placeText } from '../place-text.ts';
import { durationText, siNumber } from '../progress.ts';
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
  else if (options.json) context.print(JSON.stringify(planJson(production, missing), null, 1));
  else context.print(planText(production, missing));
  return 0;
}

function estimateOf({ tiles, scenes, plan }: Produced, missing: readonly number[]) {
  const toDo = missing.flatMap((place) => (tiles[place] === undefined ? [] : [tiles[place]]));
  return estimatePlan(toDo, scenes, plan.scenes[0]?.band ?? 1);
}

function planJson(produced: Produced, missing: readonly number[]): object {
  const { plan, tiles, runUrl } = produced;
  const { grid, scenes, zones, warnings, unread, tileRows, tileCols, area, run, city, year } = plan;
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
    zones,
    tile_rows: tileRows,
    tile_cols: tileCols,
    tile_count: tiles.length,
    tiles_reused: tiles.length - missing.length,
    scenes,
    unread,
    warnings,
    estimate: estimateOf(produced, missing),
    tiles: jobs,
  };
}

function planText(produced: Produced, missing: readonly number[]): string {
  const { plan, tiles, runUrl } = produced;
  const { grid } = plan;
  const estimate = estimateOf(produced, missing);
  const lines = [
    `run      ${plan.run} (${placeText(runUrl)})`,
    `grid     ${grid.crs.name}, cells of ${grid.cellWidth} x ${grid.cellHeight}, the land cover's own; ${grid.window.rows} rows x ${grid.window.cols} cols over the zones`,
    `areas    ${plan.area === 'plane' ? 'in the plane of the CRS' : 'on the ellipsoid, by row'}`,
    `zones    ${plan.zones.list.length} from ${placeText(plan.zones.url)}`,
    `scenes   ${plan.scenes.length}, in the order in which they own cells:`,
    ...plan.scenes.map(
      (scene) =>
        `           ${placeText(scene.url)}  ${scene.window.rows} x ${scene.window.cols}, nodata ${scene.nodata ?? 'none'}`,
    ),
    ...plan.unread.map((input) => `not read ${input.url} [${input.code}] ${input.message}`),
    `tiles    ${tiles.length} of ${plan.tileRows} x ${plan.tileCols} cells; ${missing.length} to count, ${tiles.length - missing.length} there already`,
    `store    ${counted(estimate.requests, 'range request')}, ${siNumber(estimate.bytes)}B`,
    `work     about ${durationText(estimate.cpuSeconds)} of one core, ${estimate.workerMemoryMb} MB a worker`,
    ...plan.warnings.map((warning) => `note     ${warning}`),
  ];
  return lines.join('\n');
}

/** `1 tile`, `2 tiles`. */
function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** Tiles as WGS 84 polygons for a map, with their state. */
async function planGeojson({ plan, tiles }: Produced, missing: readonly number[]): Promise<object> {
  const toLonLat = makeTransform(plan.grid.crs, await crsFromEpsg(4326));
  const { originX, originY, cellWidth, cellHeight } = plan.grid;
  const toDo = new Set(missing);
  const features = tiles.map(([row, col, rows, cols, scenes, partial], place) => {
    const corners = [
      [row, col],
      [row + rows, col],
      [row + rows, col + cols],
      [row, col + cols],
      [row, col],
    ] as const;
    const ring = corners.map(([r, c]) => toLonLat(originX + c * cellWidth, originY - r * cellHeight));
    const properties = {
      tile: place,
      row,
      col,
      rows,
      cols,
      scenes,
      partial,
      state: toDo.has(place) ? 'to count' : 'there already',
    };
    return { type: 'Feature', properties, geometry: { type: 'Polygon', coordinates: [ring] } };
  });
  return { type: 'FeatureCollection', features };
}
