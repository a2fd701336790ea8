import type { Partial } from '../shared/carbon/partial.ts';
import { addTallies, NO_TALLY, type Tally } from '../shared/carbon/tally.ts';
import type { Plan } from '../shared/contracts/plan.ts';
import { roundFigure } from '../shared/units.ts';
import { type CarbonModel, cellUnits } from './carbon-model.ts';

/**
 * @pure Change of storage between two land covers: each pair of classes with its area and the difference of their densities,
 * where both dates have a class. The pairs add up to the change, so nothing is left over.
 * Densities are those of the factor table; a raster of soil has no second date and takes no part.
 */

export interface Transition {
  readonly from: number;
  readonly to: number;
  readonly cells: number;
  readonly area_ha: number;
  /** Positive: stored since. */
  readonly change_tC: number;
}

export interface ZoneChange {
  /** Area with a class on both dates. */
  readonly common_ha: number;
  readonly storage_before_tC: number;
  readonly storage_after_tC: number;
  readonly change_tC: number;
  readonly transitions: readonly Transition[];
}

export interface ChangeFigures {
  readonly from_year: number;
  readonly to_year: number;
  readonly city: ZoneChange;
  readonly zones: readonly (ZoneChange & { readonly zone: string })[];
  /** Net present value of the change as InVEST computes it; null where no price was given. */
  readonly net_present_value: NetPresentValue | null;
}

export interface NetPresentValue {
  readonly value: number;
  /** Value of one t C of change. */
  readonly value_per_tC: number;
  readonly currency: string;
}

/** null where the plan compares no two dates, or the table has no pool. */
export function changeFigures(plan: Plan, partial: Partial, model: CarbonModel): ChangeFigures | null {
  const { changeScore } = plan;
  if (plan.change === null || changeScore === null) return null;
  const density = densitiesOf(plan);
  const zones = plan.zones.list.map(({ id }, index) => ({
    zone: id,
    ...zoneChange(plan, partial.transitions.get(index) ?? new Map(), model, density),
  }));
  const all = new Map<string, Tally>();
  for (const pairs of partial.transitions.values()) {
    for (const [pair, tally] of pairs) all.set(pair, addTallies(all.get(pair) ?? NO_TALLY, tally));
  }
  const city = zoneChange(plan, all, model, density);
  const { year, price } = changeScore;
  const perTC = price === null ? null : presentValue(price, plan.year - year);
  const net =
    price === null || perTC === null
      ? null
      : { value: roundFigure(perTC * city.change_tC), value_per_tC: roundFigure(perTC), currency: price.currency };
  return { from_year: year, to_year: plan.year, city, zones, net_present_value: net };
}

/** Sum of the pools that the table has, t C/ha. */
function densitiesOf(plan: Plan): ReadonlyMap<number, number> {
  const pools = ['above', 'below', 'dead', 'soil'] as const;
  return new Map(
    plan.factors.classes.map(({ code, values }) => [code, pools.reduce((sum, pool) => sum + (values[pool] ?? 0), 0)]),
  );
}

function zoneChange(
  plan: Plan,
  pairs: ReadonlyMap<string, Tally>,
  model: CarbonModel,
  density: ReadonlyMap<number, number>,
): ZoneChange {
  const rows = [...pairs]
    .map(([pair, tally]) => {
      const [from = 0, to = 0] = pair.split(',').map(Number);
      return { from, to, tally, areaHa: model.areaHa(tally) };
    })
    .sort((a, b) => a.from - b.from || a.to - b.to);
  const at = (code: number) => density.get(code) ?? Number.NaN;
  const total = (of: (row: (typeof rows)[number]) => number) =>
    roundFigure(rows.reduce((sum, row) => sum + of(row), 0));
  return {
    common_ha: total(({ areaHa }) => areaHa),
    storage_before_tC: total(({ from, areaHa }) => areaHa * at(from)),
    storage_after_tC: total(({ to, areaHa }) => areaHa * at(to)),
    change_tC: total(({ from, to, areaHa }) => areaHa * (at(to) - at(from))),
    transitions: rows.map(({ from, to, tally, areaHa }) => ({
      from,
      to,
      cells: roundFigure(tally.cells / cellUnits(plan)),
      area_ha: roundFigure(areaHa),
      change_tC: roundFigure(areaHa * (at(to) - at(from))),
    })),
  };
}

/**
 * Value of one t C that is taken up evenly over so many years: V / n x (1 - rho^n) / (1 - rho) with
 * rho = 1 / ((1 + r / 100) (1 + c / 100)); r discount and c change of price, both % a year; V where rho is 1.
 * Source: InVEST, carbon storage and sequestration (users' guide, and carbon.py of natcap/invest): the change of price divides there.
 */
export function presentValue(
  {
    perTC,
    discountPercent,
    changePercent,
  }: { readonly perTC: number; readonly discountPercent: number; readonly changePercent: number },
  years: number,
): number {
  const rho = 1 / ((1 + discountPercent / 100) * (1 + changePercent / 100));
  if (Math.abs(rho - 1) < 1e-12) return perTC;
  return ((perTC / years) * (1 - rho ** years)) / (1 - rho);
}
