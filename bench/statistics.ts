/** Numbers of repeated measurements, and tables of them. Pure: the harness gives the measurements. */

export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** Middle value; of an even number the mean of the two in the middle. Errors: RangeError without values. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle];
  if (upper === undefined) throw new RangeError('no median of nothing');
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

export function spread(values: readonly number[]): Spread {
  return { median: median(values), least: Math.min(...values), most: Math.max(...values) };
}

/** `ours` by `theirs` of medians: below 1 where ours takes less. Null where there is nothing to divide by. */
export function ratio(ours: readonly number[], theirs: readonly number[]): number | null {
  const divisor = median(theirs);
  return divisor === 0 ? null : median(ours) / divisor;
}

/** Three figures that say something, without an exponent. */
export function shortNumber(value: number): string {
  if (value === 0) return '0';
  const size = Math.floor(Math.log10(Math.abs(value)));
  return value.toFixed(Math.max(0, Math.min(3, 2 - size)));
}

/** As `2.34 (2.20-2.61)`. */
export function shownSpread(values: readonly number[]): string {
  const { median: middle, least, most } = spread(values);
  return `${shortNumber(middle)} (${shortNumber(least)}-${shortNumber(most)})`;
}

/** A table in Markdown. Bars in cells are escaped. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map((c) => c.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
