import { type Coefficient, POOLS, RATES } from '../shared/carbon/factors.ts';
import { soilUnit } from '../shared/carbon/soil-unit.ts';
import type { Plan } from '../shared/contracts/plan.ts';
import type { LayerFigures } from './layer-figures.ts';
import { soilLayer } from './refined-zones.ts';
import type { Figures, ZoneFigures } from './totals.ts';

/**
 * @pure A zone of a finished run taken apart into what decides its carbon: area, shares of classes as counted, green
 * moves between classes, soil of a raster, factors. Any of them may come from another run. All from published figures.
 */

/** A run as it is compared. */
export interface ComparedRun {
  readonly plan: Plan;
  readonly figures: Figures;
}

export type Measure = 'storage_tC' | 'sequestration_tC_yr';

const COLUMNS = { storage_tC: POOLS, sequestration_tC_yr: RATES } as const satisfies Record<
  Measure,
  readonly Coefficient[]
>;

/** Soil of a raster under a class: t C of the raster, and share of the area that has a value, both a hectare of the class. */
interface ClassSoil {
  readonly tPerHa: number;
  readonly share: number;
}

/** Part of a class that the green refinement gives to another row of the factor table, as a share of the seen area. */
interface Move {
  readonly from: number;
  readonly to: number;
  readonly share: number;
}

export interface ZoneState {
  readonly zoneHa: number;
  /** Seen over zone; null where the zone has no cell. */
  readonly coverage: number | null;
  /** Of the seen area, by class as counted, before the green refinement; empty where nothing was seen. */
  readonly shares: ReadonlyMap<number, number>;
  readonly moves: readonly Move[];
  /** By class as counted; null: no raster of soil. */
  readonly soil: ReadonlyMap<number, ClassSoil> | null;
}

/** What the table gives; `isSoilMeasured` lets a class sealed to a share lose that share of a raster's soil. */
export interface Factors {
  readonly columns: ReadonlySet<Coefficient>;
  readonly rows: ReadonlyMap<number, Plan['factors']['classes'][number]>;
}

/** The things that a chain puts from one run to the other, each from either. */
export interface Mixture {
  readonly zoneHa: number;
  readonly coverage: number;
  readonly shares: ReadonlyMap<number, number>;
  readonly moves: readonly Move[];
  readonly soil: ReadonlyMap<number, ClassSoil> | null;
  readonly factors: Factors;
}

/** One summand of a zone's carbon: area of a class as counted, under the row `to`, times one coefficient. */
export interface Term {
  readonly from: number;
  readonly to: number;
  /** `raster`: soil of a raster, less what is sealed. */
  readonly column: Coefficient | 'raster';
  readonly value: number;
}

export function factorsOf({ factors }: Plan): Factors {
  return { columns: new Set(factors.coefficients), rows: new Map(factors.classes.map((row) => [row.code, row])) };
}

/** Rows that only the other table has stand in, without columns that the own table lacks: a class new to a table is no new factor. */
export function completedFactors(own: Factors, other: Factors): Factors {
  return { columns: own.columns, rows: new Map([...other.rows, ...own.rows]) };
}

/** A share below this is what 12 digits leave of a difference of areas. */
const NO_SHARE = 1e-11;

export function zoneState({ plan, figures }: ComparedRun, zone: ZoneFigures): ZoneState {
  const { area_ha: seenHa, zone_area_ha: zoneHa } = zone.total;
  const coverage = zoneHa === 0 ? null : seenHa / zoneHa;
  if (seenHa === 0) return { zoneHa, coverage, shares: new Map(), moves: [], soil: soilOf(plan, zone, new Map()) };
  const moves = movesOf(plan, figures, zone.zone).map(({ from, to, ha }) => ({ from, to, share: ha / seenHa }));
  const counted = new Map(zone.classes.map((row) => [row.class, row.area_ha / seenHa]));
  for (const { from, to, share } of moves) {
    counted.set(to, (counted.get(to) ?? 0) - share);
    counted.set(from, (counted.get(from) ?? 0) + share);
  }
  const shares = new Map([...counted].filter(([, share]) => share > NO_SHARE).sort(([a], [b]) => a - b));
  const areasHa = new Map([...shares].map(([code, share]) => [code, share * seenHa]));
  return { zoneHa, coverage, shares, moves, soil: soilOf(plan, zone, areasHa) };
}

/** What refineZone (refined-zones.ts) moved between classes, from the published patches and mixtures by class, ha. */
function movesOf(
  { greenScore: score }: Plan,
  { green }: Figures,
  zone: string,
): { from: number; to: number; ha: number }[] {
  if (green == null || score === null) return [];
  const rows = green.zones.find((one) => one.zone === zone)?.classes ?? [];
  const mixed = green.sub_pixel?.zones.find((one) => one.zone === zone)?.classes ?? [];
  return [
    ...mixed.map((row) => ({ from: row.class, to: score.small ?? row.class, ha: row.green_ha })),
    ...rows.flatMap(({ class: from, below_min, small, large }) => [
      { from, to: score.built, ha: below_min.area_ha },
      { from, to: score.small ?? from, ha: small.area_ha },
      { from, to: score.large ?? from, ha: large.area_ha },
    ]),
  ].filter(({ from, to, ha }) => from !== to && ha > 0);
}

function soilOf(
  plan: Plan,
  { layers }: ZoneFigures,
  areasHa: ReadonlyMap<number, number>,
): Map<number, ClassSoil> | null {
  const layer = soilLayer(plan);
  if (layer === null) return null;
  const rows = layers.find((one: LayerFigures) => one.layer === layer.name)?.classes ?? [];
  const measured = new Map(rows.map((row) => [row.class, row]));
  const unit = soilUnit(layer.unit) ?? 1;
  return new Map(
    [...areasHa].map(([code, areaHa]) => {
      const row = measured.get(code);
      const share = row === undefined ? 0 : row.area_ha / areaHa;
      return [code, { share, tPerHa: share * (row?.mean ?? 0) * unit }];
    }),
  );
}

/** Soil with classes that the own zone does not have: as the other run has them, else the mean of the own zone. */
export function completedSoil(own: ZoneState, other: ZoneState): ZoneState['soil'] {
  if (own.soil === null) return null;
  const soil = new Map(own.soil);
  const mean = (of: (one: ClassSoil) => number) =>
    [...own.shares].reduce((sum, [code, share]) => sum + share * of(own.soil?.get(code) ?? NO_SOIL), 0);
  const ofZone = { tPerHa: mean(({ tPerHa }) => tPerHa), share: mean(({ share }) => share) };
  const codes = [...other.shares.keys(), ...other.moves.map(({ from }) => from)];
  for (const code of codes) if (!soil.has(code)) soil.set(code, other.soil?.get(code) ?? ofZone);
  return soil;
}

const NO_SOIL: ClassSoil = { tPerHa: 0, share: 0 };

/** All summands of one measure. Their sum is the published figure, to its digits, where all things are of one run. */
export function termsOf(mixture: Mixture, measure: Measure): Term[] {
  const { shares, moves, soil, factors } = mixture;
  const areaHa = mixture.zoneHa * mixture.coverage;
  const stays = new Map(shares);
  for (const { from, share } of moves) stays.set(from, (stays.get(from) ?? 0) - share);
  const flows = [...[...stays].map(([code, share]) => ({ from: code, to: code, share })), ...moves];
  return flows.flatMap(({ from, to, share }) => {
    const { values = {}, impervious = null } = factors.rows.get(to) ?? {};
    const under = soil?.get(from) ?? NO_SOIL;
    const terms: Term[] = [];
    for (const column of COLUMNS[measure]) {
      if (!factors.columns.has(column)) continue;
      const part = column === 'soil' ? 1 - under.share : 1;
      terms.push({ from, to, column, value: areaHa * share * part * (values[column] ?? 0) });
    }
    if (soil !== null && measure === 'storage_tC') {
      const open = impervious !== null ? 1 - impervious : values.soil === 0 ? 0 : 1;
      terms.push({ from, to, column: 'raster', value: areaHa * share * under.tPerHa * open });
    }
    return terms;
  });
}
