/** @pure Mean, deviation and outer quantiles of draws, in a few passes: figures by the ten thousand are summarised. */

export interface DrawSummary {
  readonly mean: number;
  /** With n - 1. */
  readonly sd: number;
  readonly p2_5: number;
  readonly p97_5: number;
}

const TAIL = 0.025;
/** Deviations beyond which draws are gathered for the quantiles: 5.5 % of normal draws on each side, 2.5 % are needed. */
const GATHER_BEYOND = 1.6;

/**
 * Quantiles by linear interpolation of order statistics at position (n - 1) q from the least (Hyndman and Fan 1996,
 * type 7; the rule of R and numpy), which is symmetric: those of the negated draws are the negated ones.
 * `draws` must have 2 or more; `scratch` the same length, it is overwritten.
 */
export function summarise(draws: Float64Array, scratch: Float64Array): DrawSummary {
  const count = draws.length;
  let sum = 0;
  for (let n = 0; n < count; n++) sum += draws[n]!;
  const mean = sum / count;
  let squares = 0;
  for (let n = 0; n < count; n++) squares += (draws[n]! - mean) * (draws[n]! - mean);
  const sd = Math.sqrt(squares / (count - 1));
  const low = tail(draws, scratch, 1, mean - GATHER_BEYOND * sd);
  const high = -tail(draws, scratch, -1, -mean - GATHER_BEYOND * sd);
  return { mean, sd, p2_5: low, p97_5: high };
}

/** The lower quantile of sign x draws. Only draws up to `limit` are ordered if they are enough, else all of them. */
function tail(draws: Float64Array, scratch: Float64Array, sign: 1 | -1, limit: number): number {
  const position = (draws.length - 1) * TAIL;
  const rank = Math.floor(position);
  let gathered = gather(draws, scratch, sign, limit);
  if (gathered < rank + 2) gathered = gather(draws, scratch, sign, Number.POSITIVE_INFINITY);
  const value = selectRank(scratch, gathered, rank);
  let next = Number.POSITIVE_INFINITY;
  for (let n = rank + 1; n < gathered; n++) next = Math.min(next, scratch[n]!);
  return value + (position - rank) * (next - value);
}

function gather(draws: Float64Array, scratch: Float64Array, sign: 1 | -1, limit: number): number {
  let gathered = 0;
  for (let n = 0; n < draws.length; n++) {
    const value = sign * draws[n]!;
    scratch[gathered] = value;
    gathered += value <= limit ? 1 : 0;
  }
  return gathered;
}

/** The value of a rank among the first `count`, which are left with none smaller after it (Hoare's selection). */
export function selectRank(values: Float64Array, count: number, rank: number): number {
  let first = 0;
  let last = count - 1;
  while (first < last) {
    const pivot = values[(first + last) >> 1]!;
    let low = first;
    let high = last;
    while (low <= high) {
      while (values[low]! < pivot) low++;
      while (values[high]! > pivot) high--;
      if (low > high) break;
      const swapped = values[low]!;
      values[low++] = values[high]!;
      values[high--] = swapped;
    }
    if (rank <= high) last = high;
    else if (rank >= low) first = low;
    else break;
  }
  return values[rank]!;
}
