import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Figures } from '../../src/reducer/totals.ts';
import { runCli } from '../support/cli.ts';
import { smallCity } from '../support/small-city.ts';
import type { Totals } from '../support/totals.ts';

/** A confusion matrix beside the land cover: 512 cells of class 1 and 512 of class 2, 5.12 ha each. */

const FACTORS = 'class,name,above,above_se,sequestration,sequestration_se\n1,wood,100,0,2,0\n2,field,20,0,0,0\n';

async function figuresWith(matrix: string | null): Promise<Figures> {
  const { folder, spec } = await smallCity({
    factors: FACTORS,
    spec: matrix === null ? {} : { accuracy: './accuracy.csv' },
  });
  if (matrix !== null) await writeFile(join(folder, 'accuracy.csv'), matrix);
  const { code, stdout, stderr } = await runCli(['run', '--json', '--workers', '1', spec]);
  expect(code, stderr + stdout).toBe(0);
  return (JSON.parse(stdout) as { totals: Totals }).totals.figures;
}

describe('a confusion matrix', () => {
  it('gives corrected areas with errors, and widens the intervals that exact factors would not have', async () => {
    const plain = await figuresWith(null);
    expect(plain.accuracy).toBeNull();
    expect(plain.uncertainty).toBeNull();
    const found = await figuresWith('map,1,2\n1,90,10\n2,20,80\n');
    // Olofsson et al. 2014: W_i n_ij / n_i., each class half of 10.24 ha.
    const [wood, field] = found.accuracy?.classes ?? [];
    expect(wood?.adjusted_ha).toBeCloseTo(5.12 * 0.9 + 5.12 * 0.2, 9);
    expect(field?.adjusted_ha).toBeCloseTo(5.12 * 0.1 + 5.12 * 0.8, 9);
    const se = Math.sqrt((5.12 ** 2 * 0.9 * 0.1) / 99 + (5.12 ** 2 * 0.2 * 0.8) / 99);
    expect(wood?.adjusted_ha_se).toBeCloseTo(se, 9);
    expect(found.accuracy?.overall_accuracy).toBeCloseTo(0.85, 9);
    // Storage is 80 t/ha more in wood than in field: its error is that of the area of wood.
    const storage = found.uncertainty?.city.storage_tC;
    expect(storage?.value).toBeCloseTo(5.12 * 100 + 5.12 * 20, 6);
    expect(storage?.sd_analytic).toBeCloseTo(80 * se, 6);
    expect(storage?.sd_ratio).toBeGreaterThan(0.97);
    expect(storage?.sd_ratio).toBeLessThan(1.03);
  });

  it('that is none is refused with all its mistakes', async () => {
    const { folder, spec } = await smallCity({ factors: FACTORS, spec: { accuracy: './accuracy.csv' } });
    await writeFile(join(folder, 'accuracy.csv'), 'map,1,2\n1,90\n3,1,2\n');
    const { code, stderr } = await runCli(['plan', spec]);
    expect(code).toBe(2);
    expect(stderr).toContain('accuracy.csv:2');
    expect(stderr).toContain('accuracy.csv:3');
    expect(stderr).toContain('no row for map class 2');
  });
});
