import type { Coefficient } from '../shared/carbon/factors.ts';
import type { CarbonModel } from './carbon-model.ts';
import type { RefinedZone } from './refined-zones.ts';

/**
 * @pure What soil and small green spaces change, in a sentence for people. It names only what was counted, calls equal amounts
 * equal, and says of how much of the city it speaks.
 */

interface Amounts {
  readonly storage_tC: number | null;
  readonly sequestration_tC_yr: number | null;
}

export interface ToldScenarios {
  /** With all that counts, as its cells are classed. */
  readonly city: RefinedZone;
  /** Whether green spaces were looked for. */
  readonly green: boolean;
  readonly whole: Amounts;
  readonly barest: Amounts;
  /** Whole minus barest. */
  readonly left: Amounts;
  /** Of zones by storage a hectare, whole against barest. */
  readonly rank: number | null;
}

export function scenarioSentence(
  model: CarbonModel,
  { city, green, whole, barest, left, rank }: ToldScenarios,
): string {
  if (whole.storage_tC === null && whole.sequestration_tC_yr === null) {
    return 'Nothing to compare: the factor table has neither pools nor rates.';
  }
  const seenHa = model.areaHa(city.seen);
  if (seenHa === 0) return 'Nothing to compare: no cell with a class was seen.';
  const soil = soilCounted(model, city);
  const isCounted = soil.stock > 0 || soil.flux;
  const names = [...(isCounted ? ['soil'] : []), ...(green ? ['small green spaces'] : [])];
  if (names.length === 0) return `Nothing to compare: ${UNCOUNTED}, and green spaces were not looked for.`;
  const [stored, taken] = [whole.storage_tC, whole.sequestration_tC_yr];
  const amounts = [
    amountText('storage', stored, barest.storage_tC, left.storage_tC, 't C'),
    amountText('sequestration', taken, barest.sequestration_tC_yr, left.sequestration_tC_yr, 't C/yr'),
  ].filter((text) => text !== null);
  const clauses = [
    `Without ${names.join(' and ')}, ${amounts.join(' and ')}`,
    ...rankText(rank, names.length),
    ...(isCounted ? [] : [UNCOUNTED]),
    ...(isCounted && soil.stock === 0 && stored !== null ? ['storage has no soil in it'] : []),
    ...(isCounted && !soil.flux && taken !== null ? ['sequestration has no soil in it'] : []),
    ...(soil.stock === 0
      ? []
      : shareText('storage has soil on', soil.stock, 'of the area with a class, where the raster has values')),
    ...shareText('', seenHa / model.areaHa(city.all), 'of the area was seen, and amounts are of that'),
  ];
  return `${clauses.join('; ')}.`;
}

const UNCOUNTED = 'soil is not counted, neither by the factor table nor by a raster';

/** Share of the classed area whose soil is in storage, and whether the soil's rates are in sequestration. */
function soilCounted(model: CarbonModel, { classes, seen }: RefinedZone): { stock: number; flux: boolean } {
  const has = (column: Coefficient) => model.plan.factors.coefficients.includes(column);
  const measuredHa = [...classes.values()].reduce((sum, { soilHa }) => sum + soilHa, 0);
  return { stock: has('soil') ? 1 : measuredHa / model.areaHa(seen), flux: has('soil_sequestration') };
}

function amountText(
  name: string,
  whole: number | null,
  barest: number | null,
  difference: number | null,
  unit: string,
): string | null {
  if (whole === null) return null;
  if (barest === null) return `no ${name} would be measured in place of ${readable(whole)} ${unit}`;
  if (difference === 0 || difference === null) return `${name} would be the same, ${readable(whole)} ${unit}`;
  const size = `${shownDifference(whole, barest, difference, unit)} ${difference > 0 ? 'less' : 'more'}`;
  return `${name} would be ${readable(barest)} in place of ${readable(whole)} ${unit} (${size})`;
}

/** A share only of a sink that stays one: 75 % more than -40 could be -10 or -70. */
function shownDifference(whole: number, barest: number, difference: number, unit: string): string {
  if (whole <= 0 || barest < 0) return `${readable(Math.abs(difference))} ${unit}`;
  const percent = Math.abs(difference / whole) * 100;
  return percent < 0.05 ? 'less than 0.1 %' : `${percent.toFixed(1)} %`;
}

function rankText(rank: number | null, names: number): string[] {
  const them = names === 1 ? 'it' : 'them';
  return rank === null
    ? []
    : [`zones by storage a hectare would rank with a correlation of ${rank.toFixed(3)} to the order with ${them}`];
}

/** Nothing where the share is the whole. Rounded down: 99.96 % is not all. Sums of areas may miss the whole by their last bits. */
function shareText(before: string, share: number, after: string): string[] {
  if (share > 1 - 1e-9) return [];
  const shown = share < 0.001 ? 'less than 0.1' : (Math.floor(share * 1000) / 10).toFixed(1);
  return [`${before} ${shown} % ${after}`.trimStart()];
}

function readable(value: number): string {
  const size = Math.abs(value);
  const digits =
    size > 0 && size < 1 ? { maximumSignificantDigits: 2 } : { maximumFractionDigits: size >= 1000 ? 0 : 2 };
  return value.toLocaleString('en-US', digits);
}
