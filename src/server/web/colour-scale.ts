/** @pure Classes of a choropleth: five steps of one hue, dark to light in even steps, so that every eye can tell them. */

export const STEPS = 5;

/** Limits between the classes by quantiles, the lowest first; fewer where there are few different values. */
export function breaksOf(values: readonly number[]): number[] {
  const known = [...new Set(values.filter(Number.isFinite))].sort((a, b) => a - b);
  if (known.length < 2) return [];
  const steps = Math.min(STEPS, known.length);
  return Array.from({ length: steps - 1 }, (_, step) => {
    const place = ((step + 1) * known.length) / steps;
    return known[Math.min(known.length - 1, Math.floor(place))] as number;
  });
}

/** Class of a value, from 0 to STEPS - 1; few classes are spread over the whole scale. Null: no value. */
export function stepOf(value: number | null, breaks: readonly number[]): number | null {
  if (value === null || !Number.isFinite(value)) return null;
  if (breaks.length === 0) return Math.floor(STEPS / 2);
  const above = breaks.filter((limit) => value >= limit).length;
  return Math.round((above * (STEPS - 1)) / breaks.length);
}
