import type { AreaRule, CitySpec } from '../shared/contracts/city-spec.ts';
import { type Problem, refuseIfAny } from '../shared/errors.ts';
import type { Crs } from '../shared/geo/crs.ts';
import { type Geotransform, isNorthUp } from '../shared/geo/geotransform.ts';
import { type AnalysisGrid, type Lattice, latticeOf, placeOnLattice } from '../shared/geo/grid.ts';
import type { PackedZones } from '../shared/geo/packed-zones.ts';
import { intersectWindows, type Window } from '../shared/geo/window.ts';
import { nodataInDtype } from '../shared/raster/nodata.ts';
import type { Dtype, RasterHeader } from '../shared/raster/raster-header.ts';
import type { CatalogScene } from './catalog.ts';

/** Choice and checks of the one grid of a run: here the land cover's own lattice. Reads nothing. */

/** A scene on the lattice, ready to be planned. */
export interface PlacedScene extends CatalogScene {
  readonly window: Window;
  readonly nodata: number | null;
}

/** Sample types that hold class codes. */
const CLASS_DTYPES: ReadonlySet<Dtype> = new Set(['uint8', 'int8', 'uint16', 'int16', 'uint32', 'int32']);

/** The lattice of the land cover's scenes, from the first by URL, so that it does not hang on their order. */
export function chooseLattice(scenes: readonly CatalogScene[]): { lattice: Lattice; model: CatalogScene } {
  const problems = scenes.flatMap((scene) => georeferenceProblems(scene.info.url, scene.raster.header));
  refuseIfAny(problems);
  const model = [...scenes].sort((a, b) => (a.info.url < b.info.url ? -1 : 1))[0] as CatalogScene;
  const { crs, geotransform } = model.raster.header;
  return { lattice: latticeOf(crs as Crs, geotransform as Geotransform), model };
}

function georeferenceProblems(url: string, header: RasterHeader): Problem[] {
  if (header.geotransform === null) {
    return [
      {
        where: url,
        message: 'the raster has no geotransform',
        expected: 'a north-up georeference',
        found: header.remarks.join('; ') || 'none',
      },
    ];
  }
  const problems: Problem[] = [];
  if (header.crs === null) {
    problems.push({
      where: url,
      message: 'the raster has no CRS',
      expected: 'GeoTIFF keys that name one (gdal_edit.py -a_srs EPSG:...)',
      found: 'none',
    });
  }
  if (!isNorthUp(header.geotransform)) {
    const found = `geotransform ${header.geotransform.join(', ')}`;
    problems.push({
      where: url,
      message: 'the raster is rotated or not north-up',
      expected: 'rows north to south, columns west to east (gdalwarp makes it so)',
      found,
    });
  }
  return problems;
}

/**
 * Places every scene on the lattice and checks its band, type and nodata.
 *
 * Errors: REQUEST_INVALID naming each scene that lies on another lattice or holds no classes.
 */
export function placeScenes(
  spec: CitySpec,
  lattice: Lattice,
  model: CatalogScene,
  scenes: readonly CatalogScene[],
): PlacedScene[] {
  const problems: Problem[] = [];
  const placed: PlacedScene[] = [];
  for (const scene of scenes) {
    const { header } = scene.raster;
    const place = placeOnLattice(lattice, {
      crs: header.crs as Crs,
      geotransform: header.geotransform as Geotransform,
      rows: header.rows,
      cols: header.cols,
    });
    if (place === null) {
      problems.push(otherLattice(scene, lattice, model));
      continue;
    }
    const band = header.bands[spec.landcover.band - 1];
    if (band === undefined) {
      problems.push({
        where: 'layers.landcover.band',
        message: `${scene.info.url} has no band ${spec.landcover.band}`,
        expected: `1 to ${header.bands.length}`,
      });
      continue;
    }
    problems.push(...classProblems(scene.info.url, band.dtype));
    const window = { ...place, rows: header.rows, cols: header.cols };
    placed.push({ ...scene, window, nodata: nodataOf(spec, band, scene.info.url, problems) });
  }
  refuseIfAny(problems);
  return placed;
}

function otherLattice(scene: CatalogScene, lattice: Lattice, model: CatalogScene): Problem {
  const header = scene.raster.header;
  return {
    where: scene.info.url,
    message:
      'the scene lies on another lattice than the rest of the land cover; other lattices are not read by this version',
    expected: `${lattice.crs.name}, cells of ${lattice.cellWidth} x ${lattice.cellHeight}, aligned with ${model.info.url}`,
    found: `${header.crs?.name ?? 'no CRS'}, geotransform ${header.geotransform?.join(', ') ?? 'none'}`,
  };
}

function classProblems(url: string, dtype: Dtype): Problem[] {
  if (CLASS_DTYPES.has(dtype)) return [];
  return [
    {
      where: url,
      message: 'land cover must be a raster of class codes',
      expected: [...CLASS_DTYPES].join(', '),
      found: dtype,
    },
  ];
}

/** The spec's nodata overrides the file's; one that the type cannot hold could never match and is a mistake. */
function nodataOf(
  spec: CitySpec,
  band: RasterHeader['bands'][number],
  url: string,
  problems: Problem[],
): number | null {
  const own = typeof band.nodata === 'bigint' ? null : band.nodata;
  const wanted = spec.landcover.nodata;
  if (wanted === null) return own;
  const held = wanted === 'nan' ? null : nodataInDtype(wanted, band.dtype);
  if (typeof held === 'number') return held;
  problems.push({
    where: 'layers.landcover.nodata',
    message: `no ${band.dtype} sample of ${url} can be ${wanted}`,
    expected: `a value of ${band.dtype}`,
  });
  return own;
}

/** The spec's `grid` may repeat the land cover's own; another one is refused by name in this version. */
export function gridProblems(spec: CitySpec, lattice: Lattice, wantedCrs: Crs | null): Problem[] {
  if (spec.grid === null || wantedCrs === null) return [];
  const sameCrs = wantedCrs.epsg !== null && wantedCrs.epsg === lattice.crs.epsg;
  if (sameCrs && spec.grid.resolution === lattice.cellWidth && spec.grid.resolution === lattice.cellHeight) return [];
  return [
    {
      where: 'grid',
      message: 'this version measures on the lattice of the land cover only',
      expected: `${lattice.crs.name}, resolution ${lattice.cellWidth} x ${lattice.cellHeight}, or no \`grid\``,
      found: `${spec.grid.crs}, resolution ${spec.grid.resolution}`,
    },
  ];
}

/** The rule of areas: as asked, else the ellipsoid for geographic grids and the plane for projected ones. */
export function areaRule(spec: CitySpec, crs: Crs): { rule: AreaRule; problems: Problem[] } {
  const natural: AreaRule = crs.kind === 'geographic' ? 'ellipsoid' : 'plane';
  if (spec.area === null || spec.area === natural) return { rule: natural, problems: [] };
  const message =
    crs.kind === 'geographic'
      ? 'degrees have no plane area'
      : 'areas on the ellipsoid are measured on geographic grids only in this version';
  return { rule: natural, problems: [{ where: 'area', message, expected: natural, found: spec.area }] };
}

/**
 * The grid's window: the cells that the zones span.
 * Errors: REQUEST_INVALID where no zone touches any scene, with both extents.
 */
export function gridWindow(lattice: Lattice, zones: PackedZones, scenes: readonly PlacedScene[]): AnalysisGrid {
  const bounds = [Infinity, Infinity, -Infinity, -Infinity];
  for (let zone = 0; zone < zones.zoneCount; zone++) {
    const [minCol, minRow, maxCol, maxRow] = zones.bounds.subarray(zone * 4, zone * 4 + 4) as unknown as [
      number,
      number,
      number,
      number,
    ];
    bounds[0] = Math.min(bounds[0]!, minCol);
    bounds[1] = Math.min(bounds[1]!, minRow);
    bounds[2] = Math.max(bounds[2]!, maxCol);
    bounds[3] = Math.max(bounds[3]!, maxRow);
  }
  const [col, row] = [Math.floor(bounds[0]!), Math.floor(bounds[1]!)];
  const window = {
    row,
    col,
    rows: Math.max(1, Math.ceil(bounds[3]!) - row),
    cols: Math.max(1, Math.ceil(bounds[2]!) - col),
  };
  if (!scenes.some((scene) => intersectWindows(scene.window, window) !== null))
    refuseIfAny([missProblem(lattice, window, scenes)]);
  return { ...lattice, window };
}

function missProblem(lattice: Lattice, window: Window, scenes: readonly PlacedScene[]): Problem {
  const first = scenes[0] as PlacedScene;
  return {
    where: 'zones.url',
    message: `no zone meets the land cover (in ${lattice.crs.name})`,
    expected: `zones that overlap ${extentText(lattice, first.window)}${scenes.length > 1 ? ` or one of ${scenes.length - 1} more scenes` : ''}`,
    found: `zones at ${extentText(lattice, window)}; is the CRS of the zones right (zones.crs)?`,
  };
}

function extentText(lattice: Lattice, window: Window): string {
  const x0 = lattice.originX + window.col * lattice.cellWidth;
  const y1 = lattice.originY - window.row * lattice.cellHeight;
  const x1 = x0 + window.cols * lattice.cellWidth;
  const y0 = y1 - window.rows * lattice.cellHeight;
  return `x ${short(x0)} to ${short(x1)}, y ${short(y0)} to ${short(y1)}`;
}

function short(value: number): string {
  return String(Number(value.toPrecision(9)));
}
