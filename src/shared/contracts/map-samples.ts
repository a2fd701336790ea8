import type { MapSamples } from '../raster/map-blocks.ts';
import { type MapName, PATCH_VALUE } from './map-names.ts';
import type { Plan } from './plan.ts';

/** How the samples of each map are kept, and what they mean, in words for its metadata. */

/**
 * A number that no density or rate comes near. Not NaN: blocks that are left out are read as 0 where NaN is nodata by some
 * readers (geotiff.js 3.0.5), and nodata is never a value.
 */
const FLOAT_NODATA = -9999;

/** Classes take the narrowest samples that hold every code of the factor table and one more, which is nodata. */
export function mapSamples(name: MapName, { factors }: Pick<Plan, 'factors'>): MapSamples {
  if (name === 'green_patches') return { dtype: 'uint8', nodata: PATCH_VALUE.nodata };
  if (name !== 'class') return { dtype: 'float32', nodata: FLOAT_NODATA };
  const codes = new Set(factors.classes.map(({ code }) => code));
  const fits = (least: number, most: number) =>
    codes.size <= most - least && [...codes].every((c) => c >= least && c <= most);
  if (fits(0, 0xff)) return { dtype: 'uint8', nodata: freeCode(codes, 0xff) };
  if (fits(0, 0xffff)) return { dtype: 'uint16', nodata: freeCode(codes, 0xffff) };
  return { dtype: 'int32', nodata: freeCode(codes, 0x7fffffff) };
}

/** 0 where no class has it, else the largest number that is free. */
function freeCode(codes: ReadonlySet<number>, most: number): number {
  if (!codes.has(0)) return 0;
  let code = most;
  while (codes.has(code)) code--;
  return code;
}

interface MapText {
  readonly description: string;
  /** null: codes. */
  readonly unit: string | null;
}

/** Description and unit of each map. */
export const MAP_TEXTS: Readonly<Record<MapName, MapText>> = {
  storage: { description: 'Carbon stored, all pools of the factor table', unit: 't C/ha' },
  above: { description: 'Carbon stored above ground', unit: 't C/ha' },
  below: { description: 'Carbon stored below ground', unit: 't C/ha' },
  dead: { description: 'Carbon stored in dead matter', unit: 't C/ha' },
  soil: { description: 'Carbon stored in soil', unit: 't C/ha' },
  sequestration: { description: 'Carbon taken up a year, vegetation and soil', unit: 't C/ha/yr' },
  class: { description: 'Class, green patches by their size', unit: null },
  green_patches: {
    description: 'Green patches inside of built-up land: 0 none, 1 too small to count, 2 small, 3 large',
    unit: null,
  },
  left_out_storage: {
    description: 'Storage of soil and small green: what they add, mean of the square',
    unit: 't C/ha',
  },
  left_out_sequestration: {
    description: 'Sequestration of soil and small green: what they add, mean of the square',
    unit: 't C/ha/yr',
  },
};

/** Cells of a square of about 1 km on the grid: whole cells, at least one; of geographic grids in the middle of the window. */
export function squareCells({ grid }: Pick<Plan, 'grid'>): { readonly rows: number; readonly cols: number } {
  const { crs, cellWidth, cellHeight, originY, window } = grid;
  const middle = originY - (window.row + window.rows / 2) * cellHeight;
  const unitM = crs.kind === 'projected' ? crs.unitSize : (crs.unitSize * Math.PI * crs.ellipsoid.a) / 180;
  const shrink = crs.kind === 'projected' ? 1 : Math.cos((middle * crs.unitSize * Math.PI) / 180);
  const count = (cellM: number) => Math.max(1, Math.round(SQUARE_M / cellM));
  return { rows: count(cellHeight * unitM), cols: count(cellWidth * unitM * Math.max(shrink, 1e-3)) };
}

/** Side of a square of the maps of means, m. */
const SQUARE_M = 1000;
