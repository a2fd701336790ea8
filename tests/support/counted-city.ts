import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { loadSpec } from '../../src/producer/load-spec.ts';
import { isPlanned, produce, storePlan } from '../../src/producer/produce.ts';
import { emptyPartial, encodePartial, mergePartials, type Partial } from '../../src/shared/carbon/partial.ts';
import type { Plan, PlannedTile } from '../../src/shared/contracts/plan.ts';
import type { Window } from '../../src/shared/geo/window.ts';
import { StoreRegistry } from '../../src/shared/io/open-store.ts';
import { DEFAULT_STORE_SETTINGS } from '../../src/shared/io/store-settings.ts';
import { zoneSpans } from '../../src/shared/raster/zone-spans.ts';
import { countTile } from '../../src/worker/count-tile.ts';
import { mosaicCodes } from '../../src/worker/mosaic.ts';
import { readWindows } from '../../src/worker/read-windows.ts';
import { RunContexts } from '../../src/worker/run-context.ts';
import { zoneOfCells } from './cells-oracle.ts';
import { type CityParts, plainFactors, writeCity } from './city.ts';
import { encodeRaster, type TestRaster } from './geotiff-writer.ts';

/** A city planned and counted in this process, through files and the stored plan, tile by tile as workers do. */

/** What a tile made of each of its cells. */
export interface CountedTile {
  readonly window: Window;
  /** Class codes by cell, MISSING (worker/aligned-scene.ts) where there is none. */
  readonly codes: Int32Array;
  /** Zone index by cell, -1 where there is none. */
  readonly zones: Int32Array;
}

export interface CountedCity {
  readonly plan: Plan;
  readonly tiles: readonly CountedTile[];
  /** Of all tiles. */
  readonly partial: Partial;
}

export interface CityFiles extends Omit<globalThis.Partial<CityParts>, 'folder' | 'scenes' | 'zones'> {
  readonly folder: string;
  /** Land cover by file name, in the order of ownership. */
  readonly rasters: Readonly<Record<string, TestRaster>>;
  /** Other rasters, to be named by `spec.layers`. */
  readonly others?: Readonly<Record<string, TestRaster>>;
  readonly zones: object;
  /** Order of the names in the spec; default: as `rasters`. */
  readonly order?: readonly string[];
}

export const CODES = [1, 2, 3, 4, 5, 6, 7, 8];

/** Writes rasters, zones and spec; returns the spec's path. */
export async function writeMosaic(files: CityFiles): Promise<string> {
  const { folder, rasters, others = {}, order = Object.keys(rasters), ...parts } = files;
  await mkdir(folder, { recursive: true });
  for (const [name, raster] of Object.entries({ ...rasters, ...others }))
    await writeFile(join(folder, name), encodeRaster(raster));
  const scenes = order.map((name) => `./${name}`);
  return writeCity({ factors: plainFactors(CODES), zonesKeys: { id: 'id' }, ...parts, folder, scenes });
}

/** Errors: those of the producer and of countTile, unchanged. */
export async function countCity(specPath: string, tileSize: number | null = null): Promise<CountedCity> {
  const stores = new StoreRegistry(DEFAULT_STORE_SETTINGS);
  const specUrl = pathToFileURL(specPath).href;
  const spec = await loadSpec((url) => stores.storeFor(url), specUrl);
  const production = await produce(spec, specUrl, stores, { tileSize, fresh: null, again: false, stacHosts: [] });
  if (!isPlanned(production)) throw new Error('the run is settled; every test has a folder of its own');
  await storePlan(production, stores);
  const { runUrl, tiles } = production;
  const run = await new RunContexts(stores).load(runUrl);
  const counted: CountedTile[] = [];
  let partial = emptyPartial(run.plan.basis);
  for (const [place, [row, col, rows, cols, scenes, name]] of tiles.entries() as Iterable<[number, PlannedTile]>) {
    const window = { row, col, rows, cols };
    const job = { v: 1 as const, runUrl, tile: place, window: [row, col, rows, cols] as const, scenes, partial: name };
    const task = await readWindows(run, { ...job, window: [...job.window] }, stores, new AbortController().signal);
    partial = mergePartials(partial, countTile(task));
    const landcover = task.layers[0];
    if (landcover === undefined) throw new Error('a task without land cover');
    const zones = zoneOfCells(zoneSpans(task.zones, window));
    counted.push({ window, codes: mosaicCodes(landcover, task, []), zones });
  }
  stores.close();
  return { plan: run.plan, tiles: counted, partial };
}

/** All that was counted, as text: equal counts, equal text. */
export function countsText({ partial }: CountedCity): string {
  return JSON.stringify(encodePartial(partial));
}
