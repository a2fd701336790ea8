import type { AreaRule, CitySpec } from '../shared/contracts/city-spec.ts';
import { type Problem, refuseIfAny } from '../shared/errors.ts';
import type { Crs } from '../shared/geo/crs.ts';
import type { AnalysisGrid, Lattice } from '../shared/geo/grid.ts';
import type { PackedZones } from '../shared/geo/packed-zones.ts';
import type { Window } from '../shared/geo/window.ts';
import type { PlacedScene } from './place-scenes.ts';

/** The analysis grid: the chosen lattice, and the window of it that the zones span. Reads nothing. */

/** The rule of areas: as asked, else the ellipsoid for geographic grids and the plane for projected ones. */
export function areaRule(spec: CitySpec, crs: Crs): { rule: AreaRule; problems: Problem[] } {
  const natural: AreaRule = crs.kind === 'geographic' ? 'ellipsoid' : 'plane';
  const rule = spec.area ?? natural;
  if (rule === 'ellipsoid' || crs.kind === 'projected') return { rule, problems: [] };
  const problem = { where: 'area', message: 'degrees have no plane area', expected: natural, found: rule };
  return { rule: natural, problems: [problem] };
}

/** The cells that the zones span. */
export function gridOver(lattice: Lattice, zones: PackedZones): AnalysisGrid {
  const bounds = [Infinity, Infinity, -Infinity, -Infinity];
  for (let zone = 0; zone < zones.zoneCount; zone++) {
    bounds[0] = Math.min(bounds[0]!, zones.bounds[zone * 4]!);
    bounds[1] = Math.min(bounds[1]!, zones.bounds[zone * 4 + 1]!);
    bounds[2] = Math.max(bounds[2]!, zones.bounds[zone * 4 + 2]!);
    bounds[3] = Math.max(bounds[3]!, zones.bounds[zone * 4 + 3]!);
  }
  const [col, row] = [Math.floor(bounds[0]!), Math.floor(bounds[1]!)];
  const window = {
    row,
    col,
    rows: Math.max(1, Math.ceil(bounds[3]!) - row),
    cols: Math.max(1, Math.ceil(bounds[2]!) - col),
  };
  return { ...lattice, window };
}

/** Errors: REQUEST_INVALID where no scene of the land cover lies under the zones, with both extents. */
export function refuseMiss(grid: AnalysisGrid, landcover: readonly PlacedScene[]): void {
  if (landcover.some((scene) => scene.extent.mayTouch(grid.window))) return;
  refuseIfAny([missProblem(grid, landcover)]);
}

function missProblem(grid: AnalysisGrid, scenes: readonly PlacedScene[]): Problem {
  const first = scenes[0];
  const place = first?.window == null ? (first?.info.url ?? 'the land cover') : extentText(grid, first.window);
  return {
    where: 'zones.url',
    message: `no zone meets the land cover (in ${grid.crs.name})`,
    expected: `zones that overlap ${place}${scenes.length > 1 ? ` or one of ${scenes.length - 1} more scenes` : ''}`,
    found: `zones at ${extentText(grid, grid.window)}; is the CRS of the zones right (zones.crs)?`,
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
