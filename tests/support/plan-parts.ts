import type { Partial, ZoneTally } from '../../src/shared/carbon/partial.ts';
import type { Tally } from '../../src/shared/carbon/tally.ts';
import { MODEL_VERSION, PLAN_SCHEMA, type Plan } from '../../src/shared/contracts/plan.ts';
import type { Crs } from '../../src/shared/geo/crs.ts';

/** Plans and partials for tests of what comes after counting, small enough for pencil and paper. */

export const UTM_50N: Crs = {
  epsg: 32650,
  name: 'EPSG:32650 (WGS 84 / UTM zone 50N)',
  kind: 'projected',
  unitSize: 1,
  proj4: '+proj=utm +zone=50 +datum=WGS84 +units=m +no_defs',
  ellipsoid: { a: 6_378_137, e2: 0.006_694_379_990_141_316 },
};

type Factors = Plan['factors'];
type Layer = Plan['layers'][number];

/** The land cover as a layer that nothing masks; its takes are of no matter after counting. */
export const LANDCOVER: Layer = {
  name: 'landcover',
  kind: 'classes',
  resample: 'nearest',
  unit: null,
  composite: 'first',
  mask: null,
  takes: [],
};

/** A measured layer of a plan: NDVI by that name, any other a quantity. */
export function measuredLayer(name: string, changes: globalThis.Partial<Layer> = {}): Layer {
  const kind = name === 'ndvi' ? 'ndvi' : 'quantity';
  return { ...LANDCOVER, name, kind, resample: 'bilinear', ...changes };
}

/** A row of factors; values are above, soil and sequestration. */
export function factorRow(
  code: number,
  above: number,
  soil: number,
  sequestration: number,
): Factors['classes'][number] {
  const values = { above, soil, sequestration };
  return {
    code,
    name: `class ${code}`,
    nameZh: null,
    green: null,
    built: null,
    impervious: null,
    epsMax: null,
    epsMaxSe: null,
    crop: null,
    values,
    standardErrors: {},
    source: null,
  };
}

/** Cells of 100 m x 100 m, so that a cell is a hectare; zones `n` and `s`; classes 1 and 2. */
export function hectarePlan(changes: globalThis.Partial<Plan> = {}): Plan {
  return {
    schema: PLAN_SCHEMA,
    model: MODEL_VERSION,
    run: '2021-0123456789ab',
    measured: 'm',
    city: 'test-city',
    name: { en: 'Test City' },
    year: 2021,
    resultsUrl: 'file:///nowhere/',
    specUrl: 'file:///city/spec.yaml',
    partialsUrl: 'file:///nowhere/test-city/partials/',
    area: 'plane',
    grid: {
      crs: UTM_50N,
      originX: 500_000,
      originY: 3_000_000,
      cellWidth: 100,
      cellHeight: 100,
      window: { row: 0, col: 0, rows: 10, cols: 10 },
    },
    gridReason: "the land cover's own",
    areaBy: null,
    planeDistortion: null,
    areaExponent: null,
    tileSize: null,
    tileRows: 16,
    tileCols: 16,
    tileCount: 1,
    basis: 'b',
    scenes: [],
    layers: [LANDCOVER],
    green: null,
    greenPixelM2: 10_000,
    casa: null,
    change: null,
    changeScore: null,
    accuracy: null,
    unread: [],
    zones: {
      url: 'file:///city/zones.geojson',
      digest: 'z',
      rule: 'centre',
      list: [
        { id: 'n', name: 'North' },
        { id: 's', name: 'South, "old"' },
      ],
    },
    factors: {
      url: 'file:///city/factors.csv',
      digest: 'f',
      coefficients: ['above', 'soil', 'sequestration'],
      classes: [factorRow(1, 10, 5, 2), factorRow(2, 0, 40, -0.5)],
      warnings: [],
    },
    emissions: null,
    greenScore: null,
    soilRelativeSe: null,
    unused: [],
    warnings: [],
    scoreWarnings: [],
    ...changes,
  };
}

export function cells(count: number): Tally {
  return { cells: count, area: 0n };
}

/** A zone's tally: cells in all, unread, and by class. */
export function zoneTally(all: number, classes: Readonly<Record<number, number>>, unread = 0): ZoneTally {
  const byCode = Object.entries(classes).map(([code, count]) => [Number(code), cells(count)] as const);
  return { all: cells(all), unread: cells(unread), classes: new Map(byCode) };
}

export function partialOf(zones: readonly ZoneTally[], changes: globalThis.Partial<Partial> = {}): Partial {
  return {
    basis: 'b',
    zones: new Map(zones.entries()),
    places: new Map(),
    overlaps: new Map(),
    unread: [],
    quantities: new Map(),
    imagery: new Map(),
    patches: new Map(),
    builtNdvi: [],
    transitions: new Map(),
    ...changes,
  };
}
