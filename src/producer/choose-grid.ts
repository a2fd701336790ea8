/** The one lattice of a run: as the spec asks, else the land cover's own, else an equal-area one around the city. */

import type { CitySpec } from '../shared/contracts/city-spec.ts';
import { type Problem, refuseIfAny } from '../shared/errors.ts';
import { type Crs, sameCrs } from '../shared/geo/crs.ts';
import { crsFromProj4, parseCrs } from '../shared/geo/crs-registry.ts';
import { type Geotransform, isAxisAligned } from '../shared/geo/geotransform.ts';
import { type Lattice, latticeOf, placeOnLattice } from '../shared/geo/grid.ts';
import type { Zone } from '../shared/geo/zone.ts';
import type { RasterHeader } from '../shared/raster/raster-header.ts';
import type { CatalogScene } from './catalog.ts';

export interface GridChoice {
  readonly lattice: Lattice;
  /** In words, for who reads the plan. */
  readonly reason: string;
}

/** Mistakes in the georeference of scenes: without one there is no place to read them at. */
export function georeferenceProblems(scenes: readonly CatalogScene[]): Problem[] {
  return scenes.flatMap(({ info, raster }) => georeferenceProblem(info.url, raster.header));
}

function georeferenceProblem(url: string, header: RasterHeader): Problem[] {
  const { geotransform: gt, crs } = header;
  const problems: Problem[] = [];
  if (gt === null) {
    const found = header.remarks.join('; ') || 'none';
    problems.push({ where: url, message: 'the raster has no geotransform', expected: 'a georeference', found });
  } else if (!(Math.abs(gt[1] * gt[5] - gt[2] * gt[4]) > 0)) {
    const found = gt.join(', ');
    problems.push({ where: url, message: 'the pixels have no area', expected: 'a geotransform with one', found });
  }
  if (crs === null) {
    const expected = 'GeoTIFF keys that name one (gdal_edit.py -a_srs EPSG:...), or `crs` in the layer';
    problems.push({ where: url, message: 'the raster has no CRS', expected, found: 'none' });
  }
  return problems;
}

/** A scene's own lattice, rows turned to run down and columns to the right; null for rotated ones. */
function ownLattice({ raster }: CatalogScene): Lattice | null {
  const gt = northUp(raster.header);
  return gt === null ? null : latticeOf(raster.header.crs as Crs, gt);
}

function northUp({ geotransform, rows, cols }: RasterHeader): Geotransform | null {
  const [x0, dx, rx, y0, ry, dy] = geotransform as Geotransform;
  if (!isAxisAligned([x0, dx, rx, y0, ry, dy])) return null;
  return [dx > 0 ? x0 : x0 + cols * dx, Math.abs(dx), 0, dy < 0 ? y0 : y0 + rows * dy, 0, -Math.abs(dy)];
}

function isOn(lattice: Lattice, scene: CatalogScene): boolean {
  const { header } = scene.raster;
  const geotransform = northUp(header);
  if (geotransform === null) return false;
  return placeOnLattice(lattice, { ...header, crs: header.crs as Crs, geotransform }) !== null;
}

/** By URL, so that the choice does not hang on the order of ownership. */
function byUrl(scenes: readonly CatalogScene[]): CatalogScene[] {
  return [...scenes].sort((a, b) => (a.info.url < b.info.url ? -1 : 1));
}

/** The lattice that all scenes lie on, or null. */
function commonLattice(scenes: readonly CatalogScene[]): Lattice | null {
  const first = byUrl(scenes)[0];
  const lattice = first === undefined ? null : ownLattice(first);
  return lattice !== null && scenes.every((scene) => isOn(lattice, scene)) ? lattice : null;
}

/**
 * Chooses the lattice. `zonesInDegrees` is asked only where an equal-area one is made.
 * Errors: REQUEST_INVALID for scenes without georeference; those of `zonesInDegrees`.
 */
export async function chooseGrid(
  spec: CitySpec,
  landcover: readonly CatalogScene[],
  zonesInDegrees: () => Promise<readonly Zone[]>,
): Promise<GridChoice> {
  refuseIfAny(georeferenceProblems(landcover));
  if (spec.grid !== null) return askedGrid(spec.grid, landcover);
  const own = commonLattice(landcover);
  if (own !== null) return { lattice: own, reason: "the land cover's own" };
  return equalAreaGrid(landcover, await zonesInDegrees());
}

async function askedGrid(grid: NonNullable<CitySpec['grid']>, landcover: readonly CatalogScene[]): Promise<GridChoice> {
  const crs = await parseCrs(grid.crs);
  const { resolution, origin } = grid;
  const asked = {
    crs,
    originX: origin?.[0] ?? 0,
    originY: origin?.[1] ?? 0,
    cellWidth: resolution,
    cellHeight: resolution,
  };
  const own = byUrl(landcover)
    .map(ownLattice)
    .find((lattice) => lattice !== null && hasCells(lattice, crs, resolution) && meets(lattice, origin));
  if (own != null) return { lattice: own, reason: "as `grid` asks, which is the land cover's own" };
  return { lattice: asked, reason: `as \`grid\` asks, with a corner at ${asked.originX}, ${asked.originY}` };
}

function hasCells(lattice: Lattice, crs: Crs, resolution: number): boolean {
  return sameCrs(lattice.crs, crs) && lattice.cellWidth === resolution && lattice.cellHeight === resolution;
}

/** Whether a corner that the spec names is one of the lattice's. */
function meets(lattice: Lattice, origin: readonly [number, number] | null): boolean {
  if (origin === null) return true;
  const { crs, cellWidth: dx, cellHeight: dy } = lattice;
  const geotransform: Geotransform = [origin[0], dx, 0, origin[1], 0, -dy];
  return placeOnLattice(lattice, { crs, geotransform, rows: 1, cols: 1 }) !== null;
}

/** Centres are rounded to this many degrees, so that small changes of the zones leave the grid as it is. */
const CENTRE_STEP_DEGREES = 0.1;

/** Lambert's azimuthal equal-area projection around the city, cells as large as the finest pixels. */
function equalAreaGrid(landcover: readonly CatalogScene[], zones: readonly Zone[]): GridChoice {
  const { lon, lat } = centreOf(zones);
  const definition = `+proj=laea +lat_0=${lat} +lon_0=${lon} +x_0=0 +y_0=0 +datum=WGS84 +units=m +no_defs`;
  const crs = crsFromProj4(definition, `Lambert azimuthal equal-area around ${lat}, ${lon}`);
  const finest = Math.min(...landcover.map((scene) => pixelMetres(scene, lat)));
  const side = Number(finest.toPrecision(2));
  const lattices = new Set(landcover.map((scene) => scene.raster.header.crs?.name ?? ''));
  const why = lattices.size > 1 ? [...lattices].sort().join(' and ') : 'rotated, or on lattices of their own';
  return {
    lattice: { crs, originX: 0, originY: 0, cellWidth: side, cellHeight: side },
    reason: `an equal-area one around the city, since the land cover has no one lattice (${why}); \`grid\` can name another`,
  };
}

/** Side of a square pixel of the same area, about, in metres. */
function pixelMetres({ raster }: CatalogScene, latitude: number): number {
  const [, a, b, , d, e] = raster.header.geotransform as Geotransform;
  const crs = raster.header.crs as Crs;
  const side = Math.sqrt(Math.abs(a * e - b * d));
  if (crs.kind === 'projected') return side * crs.unitSize;
  const metresPerDegree = (Math.PI / 180) * crs.ellipsoid.a;
  return side * crs.unitSize * metresPerDegree * Math.sqrt(Math.cos((latitude * Math.PI) / 180));
}

/** Middle of the zones on the sphere, by their vertices: the antimeridian is no edge there. */
function centreOf(zones: readonly Zone[]): { readonly lon: number; readonly lat: number } {
  let [x, y, z] = [0, 0, 0];
  for (const ring of zones.flatMap(({ polygons }) => polygons.flat())) {
    for (let i = 0; i + 1 < ring.length; i += 2) {
      const [lon, lat] = [(ring[i]! * Math.PI) / 180, (ring[i + 1]! * Math.PI) / 180];
      x += Math.cos(lat) * Math.cos(lon);
      y += Math.cos(lat) * Math.sin(lon);
      z += Math.sin(lat);
    }
  }
  const degrees = (radians: number) => {
    const steps = Math.round((radians * 180) / Math.PI / CENTRE_STEP_DEGREES);
    return Number((steps * CENTRE_STEP_DEGREES).toFixed(6));
  };
  return { lon: degrees(Math.atan2(y, x)), lat: degrees(Math.atan2(z, Math.hypot(x, y))) };
}
