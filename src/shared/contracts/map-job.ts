import { z } from 'zod';
import { MAP_NAMES } from './map-names.ts';

/**
 * The second pass, which draws maps: what the reducer asks of a worker, tile of the map by tile. A survey holds what was
 * measured of each cell, so that factors still come last; painting applies them and leaves finished blocks.
 */

/** row, col, rows, cols on the analysis lattice. */
export type WindowTuple = readonly [number, number, number, number];

export interface SurveyJob {
  readonly runUrl: string;
  readonly window: WindowTuple;
  /** Scenes over the window, as indexes of the plan, in the order of ownership. */
  readonly scenes: readonly number[];
  /** Tiles of the plan that could not be counted: they stay empty. */
  readonly blanks: readonly WindowTuple[];
  /** NDVI from which cells are green, as the run chose it; null for other sources. */
  readonly threshold: number | null;
  /** Where the survey stands, without the endings of its two objects. */
  readonly surveyUrl: string;
}

export interface PaintJob {
  readonly runUrl: string;
  readonly window: WindowTuple;
  readonly surveyUrl: string;
  /** Size key of the whole patch for each open patch of the survey. */
  readonly openSizes: readonly number[];
  /** Overviews that the tile makes by itself. */
  readonly overviews: number;
  /** Where the blocks stand, without the endings of their objects. */
  readonly paintUrl: string;
}

/** A worker that can draw. Both verbs do nothing where their result is there already. Errors: those of tiles. */
export interface MapPainter {
  /** Jobs that are worth having under way at once. */
  readonly atOnce: number;
  survey(job: SurveyJob): Promise<void>;
  paint(job: PaintJob): Promise<void>;
}

/** Endings of the objects of a survey: cells, then patches, whose being there says that both are. */
export const SURVEY_CELLS = '.cells';
export const SURVEY_PATCHES = '.patches.json';

/** Endings of painted tiles: blocks of one map; then what is in them, whose being there says that all are. */
export const PAINT_INDEX = '.index.json';
export const paintBlocks = (map: string): string => `.${map}.blocks`;

const statistics = z.strictObject({
  count: z.int().positive(),
  least: z.number(),
  largest: z.number(),
  sum: z.number(),
  squares: z.number(),
});

const paintIndexSchema = z.strictObject({
  maps: z.array(
    z.strictObject({
      name: z.enum(MAP_NAMES),
      /** By level of the tile: compressed bytes of its blocks, by row, then column; 0: nodata. In this order they stand in the object. */
      sizes: z.array(z.array(z.int().nonnegative())),
      /** Of the blocks of the full map; null: nodata. */
      statistics: z.array(statistics.nullable()),
    }),
  ),
  /** By map of means: row and column of the square, its valid cells, and their sum in 2^-SUM_BITS. */
  sums: z.array(
    z.strictObject({ name: z.enum(MAP_NAMES), squares: z.array(z.tuple([z.int(), z.int(), z.int(), z.int()])) }),
  ),
});

export type PaintIndex = z.infer<typeof paintIndexSchema>;

/** Errors: ZodError where a stored index has not the form. */
export function parsePaintIndex(data: unknown): PaintIndex {
  return paintIndexSchema.parse(data);
}
