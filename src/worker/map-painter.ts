/** The worker's side of the second pass: reads scenes for surveys, and surveys for painting; heavy work is in threads. */

import { encodePatches } from '../shared/carbon/encode-patches.ts';
import {
  type MapPainter,
  PAINT_INDEX,
  type PaintJob,
  paintBlocks,
  SURVEY_CELLS,
  SURVEY_PATCHES,
  type SurveyJob,
} from '../shared/contracts/map-job.ts';
import { squareCells } from '../shared/contracts/map-samples.ts';
import type { Plan } from '../shared/contracts/plan.ts';
import { soilLayer } from '../shared/contracts/soil-layer.ts';
import type { StoreRegistry } from '../shared/io/open-store.ts';
import { compactJsonBytes, isThere } from '../shared/io/stored-json.ts';
import type { Log } from '../shared/log.ts';
import type { ComputePool } from './pool.ts';
import { readWindows } from './read-windows.ts';
import type { RunContexts } from './run-context.ts';

/** Reading, drawing and writing one tile of a map; after that its process is taken for stuck. */
const DEADLINE_MS = 15 * 60_000;
/** Cells of a tile are 2^20 at most: int32 and float32, deflated. */
const MAX_SURVEY_BYTES = 2 ** 28;

export interface PainterTools {
  readonly stores: StoreRegistry;
  readonly contexts: RunContexts;
  readonly pool: ComputePool;
  readonly log: Log;
}

/** Draws with the threads of this process. */
export function mapPainter(tools: PainterTools, threads: number): MapPainter {
  return {
    atOnce: threads,
    survey: (job) => survey(job, tools),
    paint: (job) => paint(job, tools),
  };
}

async function survey(job: SurveyJob, { stores, contexts, pool, log }: PainterTools): Promise<void> {
  const store = stores.storeFor(job.surveyUrl);
  if (await isThere(store, job.surveyUrl + SURVEY_PATCHES)) return;
  const run = await contexts.load(job.runUrl);
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const measured = { ...run, plan: measuredPart(run.plan) };
  const tile = await readWindows(measured, job, stores, signal);
  const soil = soilLayer(run.plan)?.name ?? null;
  const { blanks, threshold } = job;
  const { cells, patches } = await pool.survey({ tile, blanks, threshold, soilLayer: soil }, signal);
  await store.create(job.surveyUrl + SURVEY_CELLS, cells, 'application/octet-stream');
  const stored = patches === null ? null : encodePatches(patches);
  await store.create(job.surveyUrl + SURVEY_PATCHES, compactJsonBytes(stored), 'application/json');
  log.info({ run: run.plan.run, window: job.window }, 'Map:Surveyed');
}

/** The layers that maps are drawn from: land cover, codes (masks, green), NDVI where green is found by it, and soil. */
export function measuredPart(plan: Plan): Plan {
  const soil = soilLayer(plan)?.name;
  const layers = plan.layers.filter(
    ({ name, kind }) =>
      kind === 'classes' || kind === 'codes' || name === soil || (kind === 'ndvi' && plan.green?.from === 'ndvi'),
  );
  return { ...plan, layers, casa: null, change: null };
}

async function paint(job: PaintJob, { stores, contexts, pool, log }: PainterTools): Promise<void> {
  const store = stores.storeFor(job.paintUrl);
  if (await isThere(store, job.paintUrl + PAINT_INDEX)) return;
  const { plan } = await contexts.load(job.runUrl);
  const [row, col, rows, cols] = job.window;
  const read = await store.read(job.surveyUrl + SURVEY_CELLS, { maxBytes: MAX_SURVEY_BYTES });
  const { factors, greenScore, layers, grid } = plan;
  const task = {
    plan: { factors, greenScore, layers },
    maps: plan.maps ?? [],
    window: { row, col, rows, cols },
    corner: { row: grid.window.row, col: grid.window.col },
    square: squareCells(plan),
    survey: read,
    openSizes: job.openSizes,
    overviews: job.overviews,
  };
  const { index, blocks } = await pool.paint(task, AbortSignal.timeout(DEADLINE_MS));
  for (const [name, bytes] of blocks) {
    await store.create(job.paintUrl + paintBlocks(name), bytes, 'application/octet-stream');
  }
  await store.create(job.paintUrl + PAINT_INDEX, compactJsonBytes(index), 'application/json');
  log.info({ run: plan.run, window: job.window }, 'Map:Painted');
}
