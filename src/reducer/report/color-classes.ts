/** @pure Classes of a choropleth: at most six of equal width, their bounds on round numbers. */

export interface ColorClass {
  readonly from: number;
  readonly to: number;
  /** Place in the ramp of six colours, 0 the lowest. */
  readonly color: number;
}

const COLORS = 6;

/** Rising classes that hold all values; empty where there is none, one where all are equal. */
export function colorClasses(values: readonly number[]): ColorClass[] {
  if (values.length === 0) return [];
  const low = values.reduce((a, b) => Math.min(a, b));
  const high = values.reduce((a, b) => Math.max(a, b));
  if (low === high) return [{ from: low, to: high, color: 2 }];
  for (let step = niceStep((high - low) / COLORS); ; step = niceStep(step * 1.01)) {
    const first = Math.floor(low / step);
    const last = Math.max(Math.ceil(high / step), first + 1);
    const count = last - first;
    if (count > COLORS) continue;
    return Array.from({ length: count }, (_, index) => ({
      from: round((first + index) * step),
      to: round((first + index + 1) * step),
      color: count === 1 ? 2 : Math.round((index * (COLORS - 1)) / (count - 1)),
    }));
  }
}

/** The class that holds a value; bounds belong to the upper one, but for the last. */
export function classOf(classes: readonly ColorClass[], value: number): ColorClass | null {
  return classes.find(({ to }) => value < to) ?? classes.at(-1) ?? null;
}

/** The next of 1, 2, 2.5 and 5 times a power of ten. */
export function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  const step = [1, 2, 2.5, 5, 10].find((candidate) => candidate * power >= least * (1 - 1e-9)) ?? 10;
  return step * power;
}

/** Without the last noisy digits of a multiplication. */
function round(value: number): number {
  return Number(value.toPrecision(10)) + 0;
}
