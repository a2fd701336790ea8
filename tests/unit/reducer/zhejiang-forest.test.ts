import { describe, expect, it } from 'vitest';
import { computeFigures } from '../../../src/reducer/totals.ts';
import type { Plan } from '../../../src/shared/contracts/plan.ts';
import { hectarePlan, partialOf, zoneTally } from '../../support/plan-parts.ts';

/**
 * Forests of Zhejiang by type (Li et al. 2016, Chin. J. Plant Ecol., doi:10.17521/cjpe.2015.0193): area in km2, then
 * t C/ha of the tree layer with its roots, of shrubs and herbs, of litter, and of soil to 100 cm.
 */
const FORESTS = [
  ['camphor', 24, 17.57, 3.07, 3.47, 86.37],
  ['Cryptomeria', 167, 46.04, 0.86, 1.42, 155.83],
  ['soft broadleaf', 216, 19.15, 1.7, 0.95, 147.61],
  ['cypress', 240, 47.95, 4.06, 2.48, 98.3],
  ['hard broadleaf', 671, 23.08, 1.84, 2.13, 115.92],
  ['Schima', 744, 30.91, 3.41, 2.66, 81.09],
  ['other pines', 1366, 29.42, 5.14, 2.63, 71.66],
  ['oak', 2030, 23.38, 2.55, 2.08, 109.19],
  ['mixed conifer', 3520, 29.42, 6.82, 3.67, 84.64],
  ['conifer-broadleaf', 5676, 28.15, 3.89, 2.77, 90.81],
  ['Masson pine', 8116, 21.61, 5.38, 2.0, 80.4],
  ['Chinese fir', 8209, 21.72, 2.11, 2.68, 98.96],
  ['bamboo', 8834, 23.78, 0.94, 0.63, 71.63],
  ['mixed broadleaf', 10_028, 25.1, 3.43, 2.88, 106.24],
] as const;

const HA_PER_KM2 = 100;
const T_PER_TG = 1e6;

/** Each type is a class, each pool of the table stands in a pool of ours; a cell is a hectare. */
function provinceFigures() {
  const classes: Plan['factors']['classes'] = FORESTS.map(([name, , above, below, dead, soil], code) => {
    const values = { above, below, dead, soil };
    const flags = { green: true, built: false, impervious: null, epsMax: null, epsMaxSe: null, crop: null };
    return { code, name, nameZh: null, ...flags, values, standardErrors: {}, source: null };
  });
  const zones = { url: '', digest: '', rule: 'centre' as const, list: [{ id: 'zhejiang', name: 'Zhejiang' }] };
  const coefficients: Plan['factors']['coefficients'] = ['above', 'below', 'dead', 'soil'];
  const plan = hectarePlan({ zones, factors: { url: '', digest: '', coefficients, classes, warnings: [] } });
  const cells = Object.fromEntries(FORESTS.map(([, areaKm2], code) => [code, areaKm2 * HA_PER_KM2]));
  const all = Object.values(cells).reduce((sum, count) => sum + count, 0);
  return computeFigures(plan, partialOf([zoneTally(all, cells)])).city;
}

describe('the forests of Zhejiang', () => {
  const { total, classes } = provinceFigures();

  it('hold the carbon that their areas times densities give, pool by pool', () => {
    const pools = [total.above_tC, total.below_tC, total.dead_tC, total.soil_tC, total.storage_tC];
    const tg = pools.map((tC) => Number(((tC ?? Number.NaN) / T_PER_TG).toFixed(3)));
    expect(tg).toEqual([122.869, 16.73, 11.366, 451.764, 602.729]);
  });

  it('agree with the published totals to 0.01 %', () => {
    const published = { above_tC: 122.88, below_tC: 16.73, dead_tC: 11.36, soil_tC: 451.76, storage_tC: 602.73 };
    for (const [pool, tg] of Object.entries(published)) {
      const found = (total[pool as keyof typeof published] ?? Number.NaN) / T_PER_TG;
      // Litter is printed with two decimals: 11.36 stands for 11.366.
      expect(Math.abs(found - tg), pool).toBeLessThan(Math.max(tg * 1e-4, 0.0075));
    }
  });

  it('hold by type what is published, to its last digit', () => {
    const published = [0.27, 3.41, 3.66, 3.67, 9.59, 8.78, 14.87, 27.85, 43.84, 71.3, 88.78, 103.0, 85.67, 138.03];
    for (const [code, row] of classes.entries())
      expect(Math.abs((row.storage_tC ?? 0) / T_PER_TG - (published[code] ?? 0)), row.name).toBeLessThan(0.0101);
  });
});
