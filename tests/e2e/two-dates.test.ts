import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ChangeFigures, presentValue } from '../../src/reducer/change-figures.ts';
import type { Figures } from '../../src/reducer/totals.ts';
import { rectangleZones, temporaryFolder, writeCity } from '../support/city.ts';
import { runCli } from '../support/cli.ts';
import { NO_TEST_DATA, testData } from '../support/test-data.ts';
import type { Totals } from '../support/totals.ts';

/** Two land covers of one city: what became what, and what that stored. */

const root = testData();
const real = join(root ?? '', 'data/real');

const CODES = [10, 20, 30, 40, 50, 60, 80, 90, 95];

async function changeOf(args: readonly string[] = []): Promise<ChangeFigures> {
  const cover = (version: string) => ({ scenes: join(real, `sao-tome/worldcover_${version}_sao_tome_city.tif`) });
  const rows = CODES.map((code) => `${code},class ${code},${code},1,0,2`);
  const path = await writeCity({
    folder: await temporaryFolder(),
    scenes: '',
    zones: rectangleZones(4326, { west: [6.6, 0.2, 6.72, 0.5], east: [6.72, 0.2, 6.9, 0.5] }),
    zonesKeys: { id: 'id' },
    factors: `class,name,above,below,dead,soil\n${rows.join('\n')}\n`,
    spec: {
      layers: { landcover: cover('2021_v200'), before: cover('2020_v100') },
      change: { layer: 'before', year: 2020, price: { per_t_c: 43, discount_percent: 3, currency: 'EUR' } },
    },
  });
  const { code, stdout, stderr } = await runCli(['run', '--json', '--workers', '1', ...args, path]);
  expect(code, stderr + stdout.slice(0, 500)).toBe(0);
  const { figures } = (JSON.parse(stdout) as { totals: Totals }).totals as { figures: Figures };
  return figures.change as ChangeFigures;
}

describe.skipIf(root === null)(`São Tomé 2020 and 2021${root === null ? ` (${NO_TEST_DATA})` : ''}`, () => {
  it('has the transitions that numpy counts, and their carbon adds up to the change, in any tiles', async () => {
    const { zonal } = JSON.parse(readFileSync(join(real, 'expected.json'), 'utf8')) as {
      zonal: Record<string, Record<string, number>>;
    };
    const wanted = zonal['sao-tome/ class transitions 2020->2021 (cells)'] ?? {};
    const change = await changeOf();
    const found = Object.fromEntries(change.city.transitions.map(({ from, to, cells }) => [`${from}->${to}`, cells]));
    expect(Object.keys(found).length).toBeGreaterThan(50);
    expect(found).toEqual(wanted);
    const { storage_before_tC, storage_after_tC, change_tC, transitions } = change.city;
    const sum = transitions.reduce((total, row) => total + row.change_tC, 0);
    expect(sum).toBeCloseTo(change_tC, 4);
    expect(storage_after_tC - storage_before_tC).toBeCloseTo(change_tC, 4);
    expect(change.zones.reduce((total, zone) => total + zone.change_tC, 0)).toBeCloseTo(change_tC, 4);
    // The share of each pair: area x difference of densities, here the codes themselves.
    for (const { from, to, area_ha, change_tC: part } of transitions)
      expect(part).toBeCloseTo(area_ha * (to - from), 5);
    expect(change.net_present_value?.value).toBeCloseTo(change_tC * 43, 2);
    expect(await changeOf(['--tile-size', '300'])).toEqual(change);
  });
});

// InVEST's unit tests (tests/test_carbon.py of natcap/invest) and the constants that follow from its formula.
describe('the present value of a tonne', () => {
  it.each([
    [{ perTC: 43, discountPercent: -7.1, changePercent: 2.8 }, 14, 59.00136],
    [{ perTC: 43, discountPercent: 0, changePercent: 0 }, 14, 43],
    [{ perTC: 50, discountPercent: 50, changePercent: 5 }, 2, 40.87302],
  ])('of %o over %i years is %f', (price, years, wanted) => {
    expect(presentValue(price, years)).toBeCloseTo(wanted, 5);
  });

  it('of the change of 58 t/ha over a hectare is that of InVEST', () => {
    expect(-58 * presentValue({ perTC: 43, discountPercent: -7.1, changePercent: 2.8 }, 14)).toBeCloseTo(-3422.079, 3);
  });
});
