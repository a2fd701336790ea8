import type { FactorTable } from '../shared/carbon/factors.ts';
import type { UnreadInput } from '../shared/carbon/partial.ts';
import type { AreaRule, CitySpec } from '../shared/contracts/city-spec.ts';
import { MODEL_VERSION, PLAN_SCHEMA, type Plan, type PlannedTile } from '../shared/contracts/plan.ts';
import type { PlannedCasa } from '../shared/contracts/plan-casa.ts';
import type { PlannedLayer } from '../shared/contracts/plan-layers.ts';
import { CitysinkError } from '../shared/errors.ts';
import { cellAreaExponent, planeDistortion } from '../shared/geo/area-scale.ts';
import { areaExponent } from '../shared/geo/cell-area.ts';
import type { AnalysisGrid, Lattice } from '../shared/geo/grid.ts';
import { packZones } from '../shared/geo/packed-zones.ts';
import { zoneMeasure } from '../shared/geo/polygon-area.ts';
import { projectedZoneAreaM2 } from '../shared/geo/projected-zone-area.ts';
import type { Zone } from '../shared/geo/zone.ts';
import { joinUrl } from '../shared/io/store-url.ts';
import { shortDigest } from '../shared/io/stored-json.ts';
import { m2ToHa, roundFigure } from '../shared/units.ts';
import { cutTiles } from './cut-tiles.ts';
import type { Accuracy } from './load-accuracy.ts';
import type { PlacedScene } from './place-scenes.ts';
import { greenPixelM2, planGreen } from './plan-green.ts';
import type { TileShape } from './plan-tiles.ts';
import { cityUrl } from './run-identity.ts';
import { scorePart } from './score-part.ts';

/** Puts together what was read and decided into one plan, and names every tile by all that decides it. */

/** A run that is planned and not yet finished. */
export interface Produced {
  readonly plan: Plan;
  readonly runUrl: string;
  readonly tiles: readonly PlannedTile[];
  /** As `plan.scenes`, with headers. */
  readonly scenes: readonly PlacedScene[];
  readonly zones: readonly Zone[];
}

/** Grid, zones on it, and what lies over it. */
export interface Layout {
  readonly grid: AnalysisGrid;
  readonly gridReason: string;
  readonly rule: AreaRule;
  readonly scenes: readonly PlacedScene[];
  readonly layers: readonly PlannedLayer[];
  readonly casa: PlannedCasa | null;
  readonly zones: readonly Zone[];
  readonly zonesDigest: string;
  readonly warnings: readonly string[];
}

export interface PlanParts extends Layout {
  readonly spec: CitySpec;
  readonly specUrl: string;
  readonly factors: FactorTable;
  readonly accuracy: Accuracy | null;
  /** Digest of what is measured. */
  readonly measured: string;
  readonly unread: readonly UnreadInput[];
  readonly run: string;
  readonly runUrl: string;
  readonly fresh: boolean;
  readonly tileSize: number | null;
}

/** How areas are kept: in the plane, by row or by cell, and the exponent of their unit (2^-e m2). */
type Areas = Pick<Plan, 'areaBy' | 'areaExponent'>;

/** Errors: REQUEST_INVALID where too many scenes overlap, or a tile would not fit into memory. */
export function assemblePlan(parts: PlanParts): Produced {
  const { spec, grid, scenes, zones } = parts;
  const areas = areasOf(grid, parts.rule);
  const green = planGreen(spec, parts.factors, grid);
  const { window: _, ...lattice } = grid;
  const basis = shortDigest(
    JSON.stringify({
      model: MODEL_VERSION,
      lattice,
      zones: parts.zonesDigest,
      rule: spec.zones.rule,
      green,
      casa: parts.casa,
      change: changeOf(spec),
      ...areas,
    }),
  );
  const planned = scenes.map(planScene);
  const { tiles, shape } = cutTiles({
    grid,
    zones: packZones(grid, zones, spec.zones.rule),
    scenes,
    layers: parts.layers,
    haloCells: green?.haloCells ?? null,
    tileSize: parts.tileSize,
    nameOf: (window, needed) => shortDigest(JSON.stringify([basis, window, tileParts(parts.layers, planned, needed)])),
  });
  const plan = planOf(parts, { ...areas, green, basis, planned, shape, tileCount: tiles.length });
  return { plan, runUrl: parts.runUrl, tiles, scenes, zones };
}

function changeOf({ change }: CitySpec): Plan['change'] {
  return change === null ? null : { layer: change.layer };
}

function areasOf(grid: AnalysisGrid, rule: AreaRule): Areas {
  if (rule === 'plane') return { areaBy: null, areaExponent: null };
  if (grid.crs.kind === 'geographic') return { areaBy: 'row', areaExponent: areaExponent(grid) };
  return { areaBy: 'cell', areaExponent: cellAreaExponent(grid) };
}

/** All of the layers and scenes that decides what a tile counts. */
function tileParts(layers: readonly PlannedLayer[], scenes: Plan['scenes'], needed: readonly number[]): unknown[] {
  const present = new Set(needed);
  return layers.map(({ takes, ...rule }) => [
    rule,
    takes
      .filter((take) => take.scenes.every((scene) => present.has(scene)))
      .map(({ scenes: own, mask, date }) => [
        own.map((scene) => scenePart(scenes[scene])),
        mask === null ? null : scenePart(scenes[mask]),
        date,
      ]),
  ]);
}

/** What the steps before found out for the plan. */
interface Findings extends Areas {
  readonly green: Plan['green'];
  readonly basis: string;
  readonly planned: Plan['scenes'];
  readonly shape: TileShape;
  readonly tileCount: number;
}

function planOf(parts: PlanParts, findings: Findings): Plan {
  const { spec, grid, zones, rule, scenes } = parts;
  const { areaBy, areaExponent, green, basis, planned, shape, tileCount } = findings;
  const distortion = rule === 'plane' ? distortionOf(grid) : null;
  return {
    schema: PLAN_SCHEMA,
    model: MODEL_VERSION,
    run: parts.run,
    measured: parts.measured,
    city: spec.city,
    year: spec.year,
    resultsUrl: spec.resultsUrl,
    specUrl: parts.specUrl,
    partialsUrl: parts.fresh ? joinUrl(parts.runUrl, 'partials/') : joinUrl(cityUrl(spec), 'partials/'),
    area: rule,
    grid,
    gridReason: parts.gridReason,
    areaBy,
    areaExponent,
    tileSize: parts.tileSize,
    tileRows: shape.rows,
    tileCols: shape.cols,
    tileCount,
    basis,
    scenes: planned,
    layers: [...parts.layers],
    green,
    greenPixelM2: green === null ? null : roundFigure(greenPixelM2(green, grid, parts.layers, scenes)),
    casa: parts.casa,
    change: changeOf(spec),
    unread: [...parts.unread],
    zones: {
      url: spec.zones.url,
      digest: parts.zonesDigest,
      rule: spec.zones.rule,
      list: zones.map((zone) => planZone(zone, grid, areaBy)),
    },
    planeDistortion: distortion,
    warnings: [...parts.warnings, ...planeWarnings(grid, rule, distortion)],
    ...scorePart(spec, parts.factors, parts.accuracy),
  };
}

function planZone(
  { id, name, polygons }: Zone,
  lattice: Lattice,
  areaBy: Plan['areaBy'],
): Plan['zones']['list'][number] {
  const { areaM2, cells } = zoneMeasure(polygons, lattice);
  const trueM2 = areaBy === 'cell' ? projectedZoneAreaM2(polygons, lattice.crs) : null;
  return { id, name, areaHa: roundFigure(m2ToHa(trueM2 ?? areaM2)), areaCells: roundFigure(cells) };
}

function planScene(scene: PlacedScene): Plan['scenes'][number] {
  const { url, etag, sizeBytes, modified } = scene.info;
  const { anonymous, requesterPays } = scene.layer;
  const { datetime, window, warp, band, nodata, gain, bias } = scene;
  const object = { url, etag, sizeBytes, modified, datetime, anonymous, requesterPays };
  return { ...object, window, warp, band, nodata, gain, bias };
}

/** What of a scene decides the counts of a tile: its version, place and reading; not when it was written. */
function scenePart(scene: Plan['scenes'][number] | undefined): unknown[] {
  if (scene === undefined) return [];
  const { url, etag, sizeBytes, window, warp, band, nodata, gain, bias } = scene;
  return [url, etag, sizeBytes, window, warp, band, nodata, gain, bias];
}

/** A plane that differs from the ellipsoid by more than this anywhere in the city is warned of. */
const PLANE_TOLERANCE = 1e-3;

function planeWarnings({ crs }: AnalysisGrid, rule: AreaRule, distortion: Plan['planeDistortion']): string[] {
  if (rule === 'ellipsoid') return [];
  if (distortion === null) return [`by how much the plane of ${crs.name} differs from the ellipsoid is not known`];
  const { mean, least, largest } = distortion;
  if (Math.max(Math.abs(least), Math.abs(largest)) <= PLANE_TOLERANCE) return [];
  const percent = (share: number) => `${share >= 0 ? '+' : ''}${(share * 100).toPrecision(3)} %`;
  return [
    `areas in the plane of ${crs.name} differ from those on the ellipsoid by ${percent(mean)} (${percent(least)} to ${percent(largest)}); \`area: ellipsoid\` measures without that`,
  ];
}

/** null where part of the grid's window lies outside of the projection: no zone need be there. */
function distortionOf(grid: AnalysisGrid): ReturnType<typeof planeDistortion> | null {
  try {
    return planeDistortion(grid);
  } catch (error) {
    if (error instanceof CitysinkError && (error.code === 'GRID_UNSUPPORTED' || error.code === 'CRS_UNSUPPORTED'))
      return null;
    throw error;
  }
}
