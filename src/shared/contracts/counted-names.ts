import type { PlannedLayer } from './plan-layers.ts';

/**
 * What workers count by and readers of partials find it under. Apart from the schemas, so that a compute thread loads no
 * schema library: it would be most of its start.
 */

/** Whether a take that has data everywhere leaves nothing to later ones: not where each of them has a part of its own. */
export function isOwned({ kind, composite }: Pick<PlannedLayer, 'kind' | 'composite'>): boolean {
  return composite === 'first' && kind !== 'ndvi' && kind !== 'months';
}

/** Fixed point of sums: values are kept in units of 2^-bits. NDVI lies in -1 .. 1; others below 2^19. */
export function fractionBits(kind: PlannedLayer['kind']): number {
  return kind === 'ndvi' ? 30 : 20;
}

/** Light of the year (MJ m-2 yr-1) and respiration (g C m-2 yr-1) among the quantities of a partial; no layer can have these names. */
export const CASA_LIGHT = 'casa.light';
export const CASA_RESPIRATION = 'casa.respiration';

/** Name of the patches of one source or threshold. */
export function patchesKey(threshold: number | null): string {
  return threshold === null ? 'all' : threshold.toFixed(2);
}

/** Shares of green in cells that are not green at this threshold, among the quantities of a partial; no layer can have the name. */
export function mixtureKey(threshold: number | null): string {
  return `green.mixture.${patchesKey(threshold)}`;
}

/** Such cells that have no NDVI, whatever the threshold. */
export const GREEN_GAPS = 'green.gaps';

/** Bins of the histogram of NDVI over built-up land, each 0.01 wide, from -1 on. */
export const NDVI_BINS = 200;

/** Bin of an NDVI. */
export function ndviBin(ndvi: number): number {
  return Math.min(NDVI_BINS - 1, Math.max(0, Math.floor((ndvi + 1) * (NDVI_BINS / 2))));
}
