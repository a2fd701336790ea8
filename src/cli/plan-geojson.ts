import type { Produced } from '../producer/assemble-plan.ts';
import type { PlacedScene } from '../producer/place-scenes.ts';
import { CitysinkError } from '../shared/errors.ts';
import type { Crs } from '../shared/geo/crs.ts';
import { crsFromEpsg } from '../shared/geo/crs-registry.ts';
import { makeTransform, type Transform } from '../shared/geo/project.ts';

/** A plan as WGS 84 polygons for a map: tiles with their state, and the outlines of scenes. `missing`: tiles to count. */
export async function planGeojson(produced: Produced, missing: readonly number[]): Promise<object> {
  const degrees = await crsFromEpsg(4326);
  const tiles = tileFeatures(produced, missing, makeTransform(produced.plan.grid.crs, degrees));
  return { type: 'FeatureCollection', features: [...tiles, ...sceneFeatures(produced, degrees)] };
}

function tileFeatures({ plan, tiles }: Produced, missing: readonly number[], toLonLat: Transform): object[] {
  const { originX, originY, cellWidth, cellHeight } = plan.grid;
  const toDo = new Set(missing);
  return tiles.map(([row, col, rows, cols, scenes, partial], place) => {
    const corners = [
      [row, col],
      [row + rows, col],
      [row + rows, col + cols],
      [row, col + cols],
      [row, col],
    ] as const;
    const ring = corners.map(([r, c]) => toLonLat(originX + c * cellWidth, originY - r * cellHeight));
    const state = toDo.has(place) ? 'to count' : 'there already';
    return polygon(ring, { kind: 'tile', tile: place, row, col, rows, cols, scenes, partial, state });
  });
}

/** One outline for each raster, whatever the layers that read it. */
function sceneFeatures({ scenes }: Produced, degrees: Crs): object[] {
  const byUrl = new Map<string, { readonly scene: PlacedScene; readonly layers: Set<string> }>();
  scenes.forEach((scene) => {
    const entry = byUrl.get(scene.info.url) ?? { scene, layers: new Set<string>() };
    entry.layers.add(scene.layerName);
    byUrl.set(scene.info.url, entry);
  });
  return [...byUrl].map(([url, { scene, layers }]) => {
    const { datetime, raster, window } = scene;
    const properties = { kind: 'scene', url, layers: [...layers], datetime, on_grid: window !== null };
    const ring = outline(scene, degrees);
    const crs = raster.header.crs?.name ?? null;
    return ring === null
      ? { type: 'Feature', properties: { ...properties, crs }, geometry: null }
      : polygon(ring, { ...properties, crs });
  });
}

/** Points between the corners of a scene: its edges bend in degrees. */
const POINTS_AN_EDGE = 8;

/** The outline of a scene's pixels; null where a part of it has no place in degrees. */
function outline({ raster }: PlacedScene, degrees: Crs): (readonly number[])[] | null {
  const { geotransform, crs, rows, cols } = raster.header;
  if (geotransform === null || crs === null) return null;
  const [x0, dxCol, dxRow, y0, dyCol, dyRow] = geotransform;
  try {
    const toLonLat = makeTransform(crs, degrees);
    const corners = [
      [0, 0],
      [rows, 0],
      [rows, cols],
      [0, cols],
      [0, 0],
    ] as const;
    const ring = corners.flatMap(([row, col], i) => {
      const [nextRow, nextCol] = corners[i + 1] ?? [row, col];
      const count = i + 1 < corners.length ? POINTS_AN_EDGE : 1;
      return Array.from({ length: count }, (_, k) => {
        const [r, c] = [row + ((nextRow - row) * k) / count, col + ((nextCol - col) * k) / count];
        return toLonLat(x0 + c * dxCol + r * dxRow, y0 + c * dyCol + r * dyRow);
      });
    });
    return ring.every(([lon, lat]) => Number.isFinite(lon) && Number.isFinite(lat)) ? ring : null;
  } catch (error) {
    if (error instanceof CitysinkError && error.code === 'CRS_UNSUPPORTED') return null;
    throw error;
  }
}

function polygon(ring: readonly (readonly number[])[], properties: object): object {
  return { type: 'Feature', properties, geometry: { type: 'Polygon', coordinates: [ring] } };
}
