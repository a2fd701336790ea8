/** Where each scene lies on the analysis grid, and how its samples are to be read. Reads nothing. */

import type { LayerSpec } from '../shared/contracts/city-spec.ts';
import type { PlannedLayer, PlannedScene } from '../shared/contracts/plan-layers.ts';
import { CitysinkError, type Problem } from '../shared/errors.ts';
import type { Crs } from '../shared/geo/crs.ts';
import type { Geotransform } from '../shared/geo/geotransform.ts';
import { type AnalysisGrid, LATTICE_TOLERANCE_CELLS, placeOnLattice } from '../shared/geo/grid.ts';
import { choosePositionStep, makePlace, type SourcePlace, type ToSource } from '../shared/geo/position-lattice.ts';
import { latticeExtent, type SceneExtent, warpedExtent } from '../shared/geo/scene-extent.ts';
import { toSourceOf } from '../shared/geo/to-source.ts';
import type { Window } from '../shared/geo/window.ts';
import type { RasterFile } from '../shared/io/raster-file.ts';
import type { ObjectInfo } from '../shared/io/store.ts';
import { nodataInDtype } from '../shared/raster/nodata.ts';
import type { BandHeader, Dtype } from '../shared/raster/raster-header.ts';
import type { Radiometry } from '../shared/raster/reflectance.ts';

/** One raster in one use: data of a layer, or a mask. */
export interface SceneUse {
  readonly layerName: string;
  readonly layer: LayerSpec;
  readonly kind: PlannedLayer['kind'];
  readonly info: ObjectInfo;
  readonly raster: RasterFile;
  /** From 1. */
  readonly band: number;
  readonly datetime: string | null;
  /** What the item or the product's name says of its numbers, or null. */
  readonly radiometry: Radiometry | null;
}

/** A scene on the grid, ready to be planned. */
export interface PlacedScene extends SceneUse {
  readonly window: Window | null;
  readonly warp: PlannedScene['warp'];
  readonly extent: SceneExtent;
  readonly nodata: PlannedScene['nodata'];
  readonly gain: number;
  readonly bias: number;
  /** Pixels under one cell, about: 1 on the grid's own lattice. */
  readonly pixelsPerCell: number;
}

/** Sample types that hold class codes. */
const CLASS_DTYPES: ReadonlySet<Dtype> = new Set(['uint8', 'int8', 'uint16', 'int16', 'uint32', 'int32']);

/** The scene on the grid, or null with what is wrong added to `problems`. */
export function placeScene(grid: AnalysisGrid, use: SceneUse, problems: Problem[]): PlacedScene | null {
  const band = use.raster.header.bands[use.band - 1];
  if (band === undefined) {
    problems.push({
      where: `layers.${use.layerName}.band`,
      message: `${use.info.url} has no band ${use.band}`,
      expected: `1 to ${use.raster.header.bands.length}`,
    });
    return null;
  }
  problems.push(...classProblems(use, band.dtype));
  const place = placeOf(grid, use, problems);
  if (place === null) return null;
  return { ...use, ...place, nodata: nodataOf(use, band, problems), ...scaling(use, band) };
}

type Place = Pick<PlacedScene, 'window' | 'warp' | 'extent' | 'pixelsPerCell'>;

function placeOf(grid: AnalysisGrid, { info, raster, layerName }: SceneUse, problems: Problem[]): Place | null {
  const { rows, cols } = raster.header;
  const crs = raster.header.crs as Crs;
  const geotransform = raster.header.geotransform as Geotransform;
  const source: SourcePlace = { geotransform, rows, cols };
  const origin = placeOnLattice(grid, { crs, geotransform, rows, cols });
  if (origin !== null && geotransform[1] > 0 && geotransform[5] < 0) {
    const window = { ...origin, rows, cols };
    if (!meetsAfterTurn(grid, window)) return { window, warp: null, extent: latticeExtent(window), pixelsPerCell: 1 };
  }
  try {
    const toSource = toSourceOf(grid.crs, crs, source);
    const step = choosePositionStep(grid, source, toSource);
    return {
      window: null,
      warp: { crs, geotransform: [...geotransform], rows, cols, step },
      extent: warpedExtent(grid, source, toSource),
      pixelsPerCell: pixelsPerCell(grid, source, toSource),
    };
  } catch (error) {
    if (!(error instanceof CitysinkError)) throw error;
    problems.push({
      where: `layers.${layerName}`,
      message: `${info.url} cannot be brought onto the grid: ${error.message}`,
      expected: `a CRS that can be transformed to ${grid.crs.name}; ${error.remedy}`,
    });
    return null;
  }
}

/** Whole turns of longitude that an image may lie away from the zones. */
const TURNS = [-2, -1, 1, 2];

/**
 * Whether an image on the grid's own lattice of longitudes meets the grid after a whole turn: one from 0 to 360, or beyond
 * 180, of which zones from -180 to 180 may see both ends. Such an image has no single window, and cells find it by transforms.
 */
function meetsAfterTurn({ crs, originX, cellWidth, window }: AnalysisGrid, place: Window): boolean {
  if (crs.kind !== 'geographic') return false;
  const turn = 360 / crs.unitSize / cellWidth;
  // Zones lie within 180 degrees: cells with their centre beyond are in none.
  const middle = -originX / cellWidth;
  const first = Math.max(window.col, Math.ceil(middle - turn / 2 - 0.5));
  const end = Math.min(window.col + window.cols, Math.floor(middle + turn / 2 + 0.5));
  return TURNS.some((turns) => {
    const start = place.col + turns * turn;
    return Math.min(end, start + place.cols) - Math.max(first, start) > LATTICE_TOLERANCE_CELLS;
  });
}

/** Pixels in one cell, at the first of a few places of the grid that have a source. */
function pixelsPerCell(grid: AnalysisGrid, source: SourcePlace, toSource: ToSource): number {
  const place = makePlace(grid, source, toSource);
  const { row, col, rows, cols } = grid.window;
  for (const [down, right] of [
    [0.5, 0.5],
    [0.25, 0.25],
    [0.75, 0.75],
    [0.25, 0.75],
    [0.75, 0.25],
  ] as const) {
    const [r, c] = [row + Math.floor(down * rows), col + Math.floor(right * cols)];
    const [a, b, d] = [place(r, c), place(r, c + 1), place(r + 1, c)];
    const area = (b.srcCol - a.srcCol) * (d.srcRow - a.srcRow) - (b.srcRow - a.srcRow) * (d.srcCol - a.srcCol);
    if (Number.isFinite(area) && area !== 0) return Math.abs(area);
  }
  return 1;
}

function classProblems({ kind, layerName, info }: SceneUse, dtype: Dtype): Problem[] {
  if ((kind !== 'classes' && kind !== 'codes') || CLASS_DTYPES.has(dtype)) return [];
  const what = layerName === 'landcover' ? 'land cover' : `the mask layers.${layerName}`;
  return [
    {
      where: info.url,
      message: `${what} must be a raster of class codes`,
      expected: [...CLASS_DTYPES].join(', '),
      found: dtype,
    },
  ];
}

/** The spec's nodata, else the file's, else the item's; one of the spec that the type cannot hold is a mistake. */
function nodataOf(use: SceneUse, band: BandHeader, problems: Problem[]): PlannedScene['nodata'] {
  const wanted = use.layer.nodata;
  if (wanted === null) return storable(band.nodata) ?? statedNodata(use, band.dtype);
  if (wanted === 'nan') {
    // NaN in a float band is missing in any case.
    if (band.dtype === 'float32' || band.dtype === 'float64') return 'nan';
  } else {
    const held = storable(nodataInDtype(wanted, band.dtype));
    if (held !== null) return held;
  }
  problems.push({
    where: `layers.${use.layerName}.nodata`,
    message: `no ${band.dtype} sample of ${use.info.url} can be ${wanted}`,
    expected: `a value of ${band.dtype}`,
  });
  return storable(band.nodata);
}

function storable(nodata: BandHeader['nodata']): PlannedScene['nodata'] {
  if (nodata === null) return null;
  return Number.isNaN(Number(nodata)) ? 'nan' : Number(nodata);
}

function statedNodata({ radiometry }: SceneUse, dtype: Dtype): PlannedScene['nodata'] {
  const stated = radiometry?.nodata ?? null;
  if (typeof stated !== 'number') return stated === 'nan' ? 'nan' : null;
  return storable(nodataInDtype(stated, dtype));
}

/** value = stored * gain + bias: of the spec, else of the item or product, else of the file's own tags. */
function scaling({ kind, layer, radiometry }: SceneUse, band: BandHeader): { gain: number; bias: number } {
  if (kind === 'classes' || kind === 'codes') return { gain: 1, bias: 0 };
  const baseGain = radiometry?.scale ?? band.scale;
  const baseBias = radiometry?.offset ?? (radiometry?.scale == null ? band.offset : 0);
  if (layer.scale === null && layer.offset === null) return { gain: baseGain, bias: baseBias };
  const gain = layer.scale ?? baseGain;
  return { gain, bias: (layer.offset ?? baseBias / baseGain) * gain };
}
