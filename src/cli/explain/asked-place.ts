/** The place that a person asks about, and the cell of the grid that it lies in. */

import { CitysinkError, requestInvalid } from '../../shared/errors.ts';
import type { Crs } from '../../shared/geo/crs.ts';
import { crsFromEpsg, parseCrs } from '../../shared/geo/crs-registry.ts';
import { type AnalysisGrid, cellCentre } from '../../shared/geo/grid.ts';
import { makeTransform } from '../../shared/geo/project.ts';
import { toSourceOf } from '../../shared/geo/to-source.ts';

export interface AskedPlace {
  /** East and north in `crs`; longitude first. */
  readonly x: number;
  readonly y: number;
  readonly crs: Crs;
}

/** A cell of the analysis lattice, which goes on beyond the zones. */
export interface AskedCell {
  readonly row: number;
  readonly col: number;
  /** Its centre in the grid's CRS. */
  readonly x: number;
  readonly y: number;
  /** Its centre in degrees; null where no transform to WGS 84 is known well enough. */
  readonly lon: number | null;
  readonly lat: number | null;
}

const NUMBER = String.raw`[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?`;
const PAIR = new RegExp(`^\\s*(${NUMBER})\\s*,\\s*(${NUMBER})\\s*$`, 'i');

/** Reads `LON,LAT`, or `X,Y` of a CRS that is named. Errors: REQUEST_INVALID with `--at` or `--crs`. */
export async function askedPlace(at: string, crsText: string | null): Promise<AskedPlace> {
  const crs = crsText === null ? await crsFromEpsg(4326) : await namedCrs(crsText);
  const found = PAIR.exec(at);
  const [x, y] = [Number(found?.[1]), Number(found?.[2])];
  const form = crsText === null ? 'LON,LAT in degrees' : `X,Y of ${crs.name}`;
  if (found === null || !Number.isFinite(x) || !Number.isFinite(y)) {
    throw requestInvalid([
      { where: '--at', message: 'not a place', expected: `${form}, such as 120.15,30.25`, found: at },
    ]);
  }
  if (crs.kind === 'geographic' && (Math.abs(x * crs.unitSize) > 360 || Math.abs(y * crs.unitSize) > 90)) {
    const expected = `${form}: longitude first, from -360 to 360, then latitude, from -90 to 90`;
    throw requestInvalid([{ where: '--at', message: 'the place is not on the Earth', expected, found: at }]);
  }
  return { x, y, crs };
}

async function namedCrs(text: string): Promise<Crs> {
  try {
    return await parseCrs(text);
  } catch (error) {
    if (!(error instanceof CitysinkError)) throw error;
    throw requestInvalid([
      { where: '--crs', message: error.message, expected: 'EPSG:32650, for example', found: text },
    ]);
  }
}

/** The cell that contains a place: west and north edges belong to it. Null where the grid's CRS is not defined. Errors: CRS_UNSUPPORTED. */
export async function cellOf(grid: AnalysisGrid, { x, y, crs }: AskedPlace): Promise<AskedCell | null> {
  const { window, originX, originY, cellWidth, cellHeight } = grid;
  const [west, north] = [originX + window.col * cellWidth, originY - window.row * cellHeight];
  const { rows, cols } = window;
  // The grid as a source image: a geographic one is met at any whole turn.
  const place = { geotransform: [west, cellWidth, 0, north, 0, -cellHeight] as const, rows, cols };
  const [gridX, gridY] = toSourceOf(crs, grid.crs, place)(x, y);
  const [row, col] = [Math.floor((originY - gridY) / cellHeight), Math.floor((gridX - originX) / cellWidth)];
  if (!Number.isSafeInteger(row) || !Number.isSafeInteger(col)) return null;
  const centre = cellCentre(grid, row, col);
  const [lon, lat] = await lonLatOf(grid.crs, centre);
  return { row, col, ...centre, lon, lat };
}

async function lonLatOf(
  crs: Crs,
  { x, y }: { x: number; y: number },
): Promise<readonly [number | null, number | null]> {
  try {
    const [lon, lat] = makeTransform(crs, await crsFromEpsg(4326))(x, y);
    return Number.isFinite(lon) && Number.isFinite(lat) ? [lon, lat] : [null, null];
  } catch (error) {
    if (error instanceof CitysinkError && error.code === 'CRS_UNSUPPORTED') return [null, null];
    throw error;
  }
}
