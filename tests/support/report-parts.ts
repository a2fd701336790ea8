import type { ReportParts } from '../../src/reducer/report/context.ts';
import { computeFigures, type Figures } from '../../src/reducer/totals.ts';
import { patchesKey } from '../../src/shared/contracts/counted-names.ts';
import type { Plan } from '../../src/shared/contracts/plan.ts';
import type { Zone } from '../../src/shared/geo/zone.ts';
import { patchesOf, RULE_HA, rowOf, tableOf } from '../unit/reducer/counted-parts.ts';
import { plannedGreen } from './green-parts.ts';
import { cells, hectarePlan, partialOf, zoneTally } from './plan-parts.ts';

/** Parts of a report of two districts of a hundred hectare cells: every section has something to say. */

/** A square of so many cells a side, from a column and row of the plan's grid. */
export function squareZone(id: string, name: string, col: number, row: number, side: number): Zone {
  const [x0, y1] = [500_000 + col * 100, 3_000_000 - row * 100];
  const [x1, y0] = [x0 + side * 100, y1 - side * 100];
  return { id, name, polygons: [[Float64Array.of(x0, y0, x1, y0, x1, y1, x0, y1, x0, y0)]] };
}

export const TWO_SQUARES = [squareZone('n', 'North', 0, 0, 10), squareZone('s', 'South', 10, 0, 10)];

const TABLE: Plan['factors'] = {
  ...tableOf([
    rowOf(1, { above: 30, soil: 50, sequestration: 2 }, { standardErrors: { above: 3, sequestration: 0.5 } }),
    rowOf(2, { above: 2, soil: 40, sequestration: -0.5 }, { standardErrors: { above: 1, sequestration: 0.1 } }),
    rowOf(5, { above: 0, soil: 10, sequestration: 0 }),
    rowOf(9, { above: 20, soil: 30, sequestration: 3 }),
    rowOf(10, { above: 15, soil: 30, sequestration: 2 }),
  ]),
  provenance: [{ code: 1, soilDepthCm: 100, tags: { above: 'read', soil: 'recalled' }, caveat: 'of one plot' }],
};

export function fullPlan(changes: Partial<Plan> = {}): Plan {
  return hectarePlan({
    name: { en: 'Test City', zh: '测试市' },
    factors: TABLE,
    green: plannedGreen(),
    greenScore: { minHa: 2, smallHa: 10, small: 10, large: 9, built: 5 },
    emissions: { tCo2: 10_000, year: 2021, source: 'an inventory' },
    change: { layer: 'before' },
    changeScore: { year: 2015, price: { perTC: 40, discountPercent: 3, changePercent: 0, currency: 'EUR' } },
    scenes: [scene('s3://scenes/west.tif', '"etag-west"'), scene('s3://scenes/east.tif', '"etag-east"')],
    zones: {
      url: 'file:///city/zones.geojson',
      digest: 'zone-digest',
      rule: 'centre',
      list: TWO_SQUARES.map(({ id, name }) => ({ id, name })),
    },
    ...changes,
  });
}

function scene(url: string, etag: string): Plan['scenes'][number] {
  const place = { window: { row: 0, col: 0, rows: 10, cols: 10 }, warp: null, band: 1, nodata: 0, gain: 1, bias: 0 };
  const file = { url, etag, sizeBytes: 12_345, modified: '2021-06-01T00:00:00.000Z', datetime: null };
  return { ...file, ...place, anonymous: false, requesterPays: false };
}

/** North has trees, grass and built-up land with green patches; of South a tenth was not seen. */
export function fullFigures(plan: Plan = fullPlan()): Figures {
  const patches = patchesOf(RULE_HA, [[[0, 1, 1]], [[0, 1, 5]], [[0, 1, 14]]], []);
  const partial = partialOf([zoneTally(100, { 1: 60, 2: 10, 5: 30 }), zoneTally(100, { 2: 80, 5: 10 }, 10)], {
    patches: new Map([[patchesKey(null), patches]]),
    transitions: new Map([
      [
        0,
        new Map([
          ['2,1', cells(4)],
          ['1,5', cells(9)],
          ['1,1', cells(40)],
        ]),
      ],
    ]),
  });
  return { ...computeFigures(plan, partial), flux_by_model: FLUX };
}

const AMOUNTS = {
  modelled_area_ha: 70,
  npp_tC_yr: 350,
  npp_se_tC_yr: 20,
  rh_tC_yr: 300,
  nep_tC_yr: 50,
  nep_tCO2_yr: 183.333333333,
};

const FLUX_CITY = {
  classes: [
    {
      ...AMOUNTS,
      class: 1,
      name: 'class 1',
      crop: false,
      coverage: 1,
      npp_tC_ha_yr: 5,
      rh_tC_ha_yr: 4.3,
      nep_tC_ha_yr: 0.7,
      nep_over_coefficient: 0.35,
    },
  ],
  total: AMOUNTS,
  headline: AMOUNTS,
  not_modelled: [],
};

const FLUX: NonNullable<Figures['flux_by_model']> = {
  respiration: 'pei',
  city: FLUX_CITY,
  zones: TWO_SQUARES.map(({ id }) => ({ zone: id, ...FLUX_CITY })),
};

export function reportParts(changes: Partial<ReportParts> = {}): ReportParts {
  const plan = changes.plan ?? fullPlan();
  return {
    plan,
    figures: changes.figures ?? fullFigures(plan),
    status: 'DONE',
    unread: [],
    failures: [],
    warnings: ['a note of the run'],
    version: '1.2.3',
    zones: TWO_SQUARES,
    quicklook: null,
    ...changes,
  };
}
