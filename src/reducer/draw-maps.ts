/** The second pass of a run: surveys of all tiles of the maps, patches joined over them, painted tiles, one file a map. */

import { decodePatches } from '../shared/carbon/patch-file.ts';
import { wholeSizes } from '../shared/carbon/patch-merge.ts';
import { emptyPatches, type PatchTally } from '../shared/carbon/patch-tally.ts';
import type { Manifest } from '../shared/contracts/manifest.ts';
import {
  type MapPainter,
  PAINT_INDEX,
  parsePaintIndex,
  SURVEY_PATCHES,
  type WindowTuple,
} from '../shared/contracts/map-job.ts';
import { isLeftOutMap } from '../shared/contracts/map-names.ts';
import type { Plan, PlannedTile } from '../shared/contracts/plan.ts';
import { MAP_BLOCKS_FOLDER, mapFile, surveyFolder } from '../shared/contracts/run-places.ts';
import { CitysinkError } from '../shared/errors.ts';
import type { Window } from '../shared/geo/window.ts';
import type { ObjectStore } from '../shared/io/store.ts';
import { joinUrl } from '../shared/io/store-url.ts';
import { readJson, shortDigest } from '../shared/io/stored-json.ts';
import { type MapTile, type MapTiling, mapTiling } from './map-tiles.ts';
import { squareMap } from './square-map.ts';
import { type PaintedTile, stitchMap } from './stitch-map.ts';
import type { StoredPlan } from './stored-plans.ts';
import { writeCog } from './write-cog.ts';

/** Version of what surveys hold and how maps are painted; another one makes them anew. */
const MAP_VERSION = 'map-2';

export interface MapRequest extends StoredPlan {
  readonly runUrl: string;
  /** Places in the plan of tiles that could not be counted. */
  readonly missing: readonly number[];
  /** NDVI from which cells are green, as the figures have it. */
  readonly threshold: number | null;
  readonly painter: MapPainter;
  /** Errors: CANCELLED, once the run is. */
  refuseCancelled(): Promise<void>;
}

/**
 * Draws all maps of a plan and answers what the manifest says of them. What is there already is not made again, so an
 * end at any point costs time only. Errors: those of the store and of tiles.
 */
export async function drawMaps(store: ObjectStore, request: MapRequest): Promise<Manifest['outputs']> {
  const { plan, tiles, missing } = request;
  const tiling = mapTiling(plan, tiles, missing);
  const surveys = tiling.tiles.map((tile) => surveyUrlOf(request, tile));
  await eachAtOnce(tiling.tiles, request, (tile, index) =>
    request.painter.survey({ ...surveyOf(request, tile), surveyUrl: surveys[index] as string }),
  );
  const openSizes = await joinedSizes(store, surveys);
  const painted = await paintAll(store, request, tiling, surveys, openSizes);
  const outputs: Manifest['outputs'] = [];
  for (const name of plan.maps ?? []) {
    await request.refuseCancelled();
    const parts = isLeftOutMap(name)
      ? squareMap(
          plan,
          name,
          painted.map(({ index }) => index),
        )
      : await stitchMap(store, plan, name, tiling, painted);
    outputs.push(await writeCog(store, request.runUrl, mapFile(name), parts));
  }
  return outputs;
}

/** Takes the painted tiles of a run away; surveys stay, other factors can be drawn from them. Best effort. */
export async function clearBlocks(store: ObjectStore, runUrl: string): Promise<void> {
  try {
    for await (const { url } of store.list(joinUrl(runUrl, MAP_BLOCKS_FOLDER))) await store.remove(url);
  } catch (error) {
    if (!(error instanceof CitysinkError)) throw error;
  }
}

function tuple({ row, col, rows, cols }: Window): WindowTuple {
  return [row, col, rows, cols];
}

function surveyOf({ runUrl, threshold }: MapRequest, { window, scenes, blanks }: MapTile) {
  return { runUrl, window: tuple(window), scenes, blanks: blanks.map(tuple), threshold };
}

/** Named by all that decides what is measured: the partials of the tiles over it have it in their names. */
function surveyUrlOf(
  { plan, threshold }: Pick<MapRequest, 'plan' | 'threshold'>,
  { window, partials, blanks }: MapTile,
): string {
  const parts = [MAP_VERSION, tuple(window), partials, blanks.map(tuple), threshold];
  const digest = shortDigest(JSON.stringify(parts));
  return joinUrl(surveyFolder(plan), `${digest.slice(0, 2)}/${digest}`);
}

/** Places of all surveys that the maps of a plan rest upon; what is stored of one begins with its place. */
export function surveyUrls(
  plan: Plan,
  tiles: readonly PlannedTile[],
  missing: readonly number[],
  threshold: number | null,
): string[] {
  return mapTiling(plan, tiles, missing).tiles.map((tile) => surveyUrlOf({ plan, threshold }, tile));
}

/** Runs a job for every tile, as many at once as the painter has use for. */
async function eachAtOnce<T>(
  items: readonly T[],
  { painter, refuseCancelled }: Pick<MapRequest, 'painter' | 'refuseCancelled'>,
  work: (item: T, index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) {
      await refuseCancelled();
      await work(items[index] as T, index);
    }
  };
  await Promise.all(Array.from({ length: painter.atOnce }, worker));
}

/** For each survey: sizes of its open patches as they are over the whole city. */
async function joinedSizes(store: ObjectStore, surveys: readonly string[]): Promise<number[][]> {
  const tallies: (PatchTally | null)[] = [];
  for (const url of surveys) {
    const stored = await readJson(store, url + SURVEY_PATCHES);
    tallies.push(stored === null ? null : decodePatches(stored));
  }
  const rule = tallies.find((tally) => tally !== null)?.rule;
  if (rule === undefined) return surveys.map(() => []);
  return wholeSizes(
    rule,
    tallies.map((tally) => tally ?? emptyPatches(rule)),
  );
}

async function paintAll(
  store: ObjectStore,
  request: MapRequest,
  tiling: MapTiling,
  surveys: readonly string[],
  openSizes: readonly number[][],
): Promise<PaintedTile[]> {
  const { plan, runUrl, painter } = request;
  const applied = shortDigest(JSON.stringify(appliedPart(plan)));
  const painted: PaintedTile[] = [];
  await eachAtOnce(tiling.tiles, request, async (tile, place) => {
    const [surveyUrl, sizes] = [surveys[place] as string, openSizes[place] ?? []];
    const digest = shortDigest(JSON.stringify([MAP_VERSION, surveyUrl, applied, tiling.overviews, sizes]));
    const paintUrl = joinUrl(runUrl, `${MAP_BLOCKS_FOLDER}${digest}`);
    const job = {
      runUrl,
      window: tuple(tile.window),
      surveyUrl,
      openSizes: sizes,
      overviews: tiling.overviews,
      paintUrl,
    };
    await painter.paint(job);
    painted[place] = { tile, paintUrl, index: parsePaintIndex(await readJson(store, paintUrl + PAINT_INDEX)) };
  });
  return painted;
}

/** What is applied to surveys. */
function appliedPart({ maps, factors, greenScore, layers, grid }: Plan): unknown[] {
  return [
    maps,
    factors.coefficients,
    factors.classes,
    greenScore,
    layers.find(({ name }) => name === 'soil')?.unit,
    grid,
  ];
}
