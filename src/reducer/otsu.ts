import { NDVI_BINS } from '../shared/contracts/counted-names.ts';

/**
 * @pure The threshold that splits a histogram best: greatest variance between the two sides.
 * Source: Otsu 1979, A threshold selection method from gray-level histograms, IEEE Trans. SMC 9(1):62-66.
 */

/** NDVI at the upper edge of the lower side; null where all cells are in one bin, or there is none. */
export function otsuThreshold(bins: readonly number[]): number | null {
  const total = bins.reduce((sum, count) => sum + count, 0);
  const all = bins.reduce((sum, count, bin) => sum + count * bin, 0);
  let [cells, moment, best, at] = [0, 0, 0, -1];
  bins.forEach((count, bin) => {
    cells += count;
    moment += count * bin;
    if (cells === 0 || cells === total) return;
    // Between-class variance up to the constant factor 1 / total^2.
    const between = (all * cells - moment * total) ** 2 / (cells * (total - cells));
    if (between > best) [best, at] = [between, bin];
  });
  return at < 0 ? null : ((at + 1) * 2) / NDVI_BINS - 1;
}

/** The candidate nearest to Otsu's threshold (of two the lower); without one the lowest. */
export function nearestThreshold(wanted: number | null, candidates: readonly number[]): number | null {
  const [first = null] = candidates;
  if (wanted === null || first === null) return first;
  return candidates.reduce(
    (best, one) => (Math.abs(one - wanted) < Math.abs(best - wanted) - 1e-9 ? one : best),
    first,
  );
}
