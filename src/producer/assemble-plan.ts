import type { FactorTable } from '../shared/carbon/factors.ts';
import type { UnreadInput } from '../shared/carbon/partial.ts';
import type { AreaRule, CitySpec } from '../shared/contracts/city-spec.ts';
import { MODEL_VERSION, PLAN_SCHEMA, type Plan, type PlannedTile } from '../shared/contracts/plan.ts';
import { type Problem, refuseIfAny } from '../shared/errors.ts';
import { areaExponent } from '../shared/geo/cell-area.ts';
import type { AnalysisGrid, Lattice } from '../shared/geo/grid.ts';
import { packZones } from '../shared/geo/packed-zones.ts';
import { zoneMeasure } from '../shared/geo/polygon-area.ts';
import type { Zone } from '../shared/geo/zone.ts';
import { joinUrl } from '../shared/io/store-url.ts';
import { shortDigest } from '../shared/io/stored-json.ts';
import { m2ToHa, roundFigure } from '../shared/units.ts';
import type { PlacedScene } from './analysis-grid.ts';
import { MAX_SCENES_PER_TILE, planTiles, type TileShape } from './plan-tiles.ts';
import { cityUrl } from './run-identity.ts';

/** Puts together what was read and decided into one plan, and names every tile by all that decides it. */

/** A run that is planned and not yet finished. */
export interface Produced {
  readonly plan: Plan;
  readonly runUrl: string;
  readonly tiles: readonly PlannedTile[];
  readonly scenes: readonly PlacedScene[];
  readonly zones: readonly Zone[];
}

/** Grid, zones on it, and the shape of tiles. */
export interface Layout {
  readonly grid: AnalysisGrid;
  readonly rule: AreaRule;
  readonly scenes: readonly PlacedScene[];
  readonly zones: readonly Zone[];
  readonly zonesDigest: string;
  readonly warnings: readonly string[];
  readonly shape: TileShape;
}

export interface PlanParts extends Layout {
  readonly spec: CitySpec;
  readonly specUrl: string;
  readonly factors: FactorTable;
  readonly unread: readonly UnreadInput[];
  readonly run: string;
  readonly runUrl: string;
  readonly fresh: boolean;
  readonly tileSize: number | null;
}

/** Errors: REQUEST_INVALID where too many scenes overlap. */
export function assemblePlan(parts: PlanParts): Produced {
  const { spec, grid, scenes, zones, rule } = parts;
  const exponent = rule === 'ellipsoid' ? areaExponent(grid) : null;
  const { window: _, ...lattice } = grid;
  const basis = shortDigest(JSON.stringify({ model: MODEL_VERSION, lattice, zones: parts.zonesDigest, exponent }));
  const planned = scenes.map((scene) => planScene(spec, scene));
  const tiles = planTiles({
    window: grid.window,
    shape: parts.shape,
    zones: packZones(grid, zones),
    scenes: planned.map((scene) => scene.window),
    nameOf: (window, owners) =>
      shortDigest(JSON.stringify([basis, window, owners.map((index) => scenePart(planned[index]))])),
  });
  refuseIfAny(crowdProblems(tiles));
  const plan = planOf(parts, { basis, exponent, planned, tileCount: tiles.length });
  return { plan, runUrl: parts.runUrl, tiles, scenes, zones };
}

/** What the steps before found out for the plan. */
interface Findings {
  readonly basis: string;
  readonly exponent: number | null;
  readonly planned: Plan['scenes'];
  readonly tileCount: number;
}

function planOf(parts: PlanParts, { basis, exponent, planned, tileCount }: Findings): Plan {
  const { spec, grid, zones, rule } = parts;
  return {
    schema: PLAN_SCHEMA,
    model: MODEL_VERSION,
    run: parts.run,
    city: spec.city,
    name: spec.name,
    year: spec.year,
    resultsUrl: spec.resultsUrl,
    specUrl: parts.specUrl,
    partialsUrl: parts.fresh ? joinUrl(parts.runUrl, 'partials/') : joinUrl(cityUrl(spec), 'partials/'),
    area: rule,
    grid,
    areaExponent: exponent,
    tileSize: parts.tileSize,
    tileRows: parts.shape.rows,
    tileCols: parts.shape.cols,
    tileCount,
    basis,
    scenes: planned,
    unread: [...parts.unread],
    zones: { url: spec.zones.url, digest: parts.zonesDigest, list: zones.map((zone) => planZone(zone, grid)) },
    factors: plainFactors(parts.factors),
    emissions: spec.emissions,
    unused: [...spec.unused],
    warnings: [...parts.warnings, ...planWarnings(spec, parts.factors)],
  };
}

function planZone({ id, name, polygons }: Zone, lattice: Lattice): Plan['zones']['list'][number] {
  const { areaM2, cells } = zoneMeasure(polygons, lattice);
  return { id, name, areaHa: roundFigure(m2ToHa(areaM2)), areaCells: roundFigure(cells) };
}

function planScene(spec: CitySpec, scene: PlacedScene): Plan['scenes'][number] {
  const { url, etag, sizeBytes, modified } = scene.info;
  const { anonymous, requesterPays, band } = spec.landcover;
  return { url, etag, sizeBytes, modified, window: scene.window, band, nodata: scene.nodata, anonymous, requesterPays };
}

/** What of a scene decides the counts of a tile: its version, place and reading; not its date. */
function scenePart(scene: Plan['scenes'][number] | undefined): unknown[] {
  return scene === undefined ? [] : [scene.url, scene.etag, scene.sizeBytes, scene.window, scene.band, scene.nodata];
}

function crowdProblems(tiles: readonly PlannedTile[]): Problem[] {
  const crowded = tiles.find((tile) => tile[4].length > MAX_SCENES_PER_TILE);
  if (crowded === undefined) return [];
  const found = `${crowded[4].length} scenes over the tile at row ${crowded[0]}, col ${crowded[1]}`;
  return [
    {
      where: 'layers.landcover.scenes',
      message: 'too many scenes overlap',
      expected: `at most ${MAX_SCENES_PER_TILE} over one tile; a smaller --tile-size helps`,
      found,
    },
  ];
}

function plainFactors(factors: FactorTable): Plan['factors'] {
  return {
    url: factors.url,
    digest: factors.digest,
    coefficients: [...factors.coefficients],
    classes: factors.classes.map((row) => ({
      ...row,
      values: { ...row.values },
      standardErrors: { ...row.standardErrors },
    })),
    warnings: [...factors.warnings],
  };
}

function planWarnings(spec: CitySpec, factors: FactorTable): string[] {
  const warnings = [...factors.warnings];
  if (spec.unused.length > 0) {
    warnings.push(
      `not measured with by this version: ${spec.unused.join(', ')}; every figure comes from the land cover and the factor table`,
    );
  }
  if (spec.emissions !== null && spec.emissions.year !== spec.year) {
    warnings.push(
      `emissions are of ${spec.emissions.year}, the land cover of ${spec.year}: the offset compares different years`,
    );
  }
  return warnings;
}
