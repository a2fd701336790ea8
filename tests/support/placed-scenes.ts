import type { CatalogScene } from '../../src/producer/catalog.ts';
import type { PlacedScene, SceneUse } from '../../src/producer/place-scenes.ts';
import type { LayerSpec } from '../../src/shared/contracts/city-spec.ts';
import type { PlannedLayer } from '../../src/shared/contracts/plan-layers.ts';
import type { Geotransform } from '../../src/shared/geo/geotransform.ts';
import { latticeExtent } from '../../src/shared/geo/scene-extent.ts';
import type { Window } from '../../src/shared/geo/window.ts';
import type { BandHeader, RasterHeader } from '../../src/shared/raster/raster-header.ts';
import { LANDCOVER, UTM_50N } from './plan-parts.ts';
import { uint8Layout } from './tile-parts.ts';

/** Scenes as headers alone, for tests of planning: no object stands behind them. */

/** A layer of the spec with nothing asked for. */
export const PLAIN_LAYER: LayerSpec = {
  scenes: [],
  match: null,
  band: 1,
  nodata: null,
  scale: null,
  offset: null,
  unit: null,
  depthCm: null,
  relativeSe: null,
  crs: null,
  resample: null,
  order: 'listed',
  composite: 'first',
  mask: null,
  anonymous: false,
  requesterPays: false,
};

export const BYTE_BAND: BandHeader = {
  dtype: 'uint8',
  nodata: 255,
  scale: 1,
  offset: 0,
  description: null,
  unit: null,
};

/** Header of 100 x 100 bytes in UTM 50N, nodata 255. */
export function rasterHeader(geotransform: Geotransform | null, changes: Partial<RasterHeader> = {}): RasterHeader {
  const rest = { pixelIsPoint: false, overviews: [], mask: null, bigTiff: false, remarks: [] };
  const shape = { rows: 100, cols: 100, layout: uint8Layout(100) };
  return { ...shape, bands: [BYTE_BAND], geotransform, crs: UTM_50N, ...rest, ...changes };
}

/** Cells of 10 m with the upper left corner at a point. */
export function northUp(x: number, y: number): Geotransform {
  return [x, 10, 0, y, 0, -10];
}

/** A raster whose blocks nobody asks for. */
function rasterOf(header: RasterHeader): CatalogScene['raster'] {
  return { header } as CatalogScene['raster'];
}

/** A scene by its name, which is its key too. */
export function catalogScene(
  name: string,
  header: RasterHeader = rasterHeader(northUp(1000, 2000)),
  changes: Partial<CatalogScene> = {},
): CatalogScene {
  const info = { url: `s3://s/${name}`, etag: '"1"', sizeBytes: 1, modified: '' };
  const told = { datetime: null, key: name, radiometry: null, ownMask: null, ownMaskRaster: null };
  return { info, raster: rasterOf(header), ...told, ...changes };
}

/** The use of a scene's first band. */
export function sceneUse(
  { info, raster, datetime, radiometry }: CatalogScene,
  changes: Partial<SceneUse> = {},
): SceneUse {
  const use = { layerName: 'landcover', layer: PLAIN_LAYER, kind: 'classes', band: 1 } as const;
  return { ...use, info, raster, datetime, radiometry, ...changes };
}

/** A scene of bytes on the grid's lattice; nodata 0. */
export function placedScene(window: Window, changes: Partial<PlacedScene> = {}): PlacedScene {
  const { rows, cols } = window;
  const header = rasterHeader(northUp(0, 0), { rows, cols, layout: { ...uint8Layout(1), rows, cols } });
  const place = { window, warp: null, extent: latticeExtent(window), pixelsPerCell: 1 };
  const reading = { nodata: 0, gain: 1, bias: 0 };
  return { ...sceneUse(catalogScene('a.tif', header)), ...place, ...reading, ...changes };
}

/** A layer whose takes are single scenes, by their indexes. */
export function layerOf(scenes: readonly number[], changes: Partial<PlannedLayer> = {}): PlannedLayer {
  const takes = scenes.map((scene) => ({ scenes: [scene], mask: null, date: null }));
  return { ...LANDCOVER, takes, ...changes };
}
