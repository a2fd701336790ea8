import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { LayerFigures } from '../../src/reducer/layer-figures.ts';
import type { Figures } from '../../src/reducer/totals.ts';
import { temporaryFolder, writeCity } from '../support/city.ts';
import { runCli } from '../support/cli.ts';
import { NO_TEST_DATA, testData } from '../support/test-data.ts';
import type { Totals } from '../support/totals.ts';

/** Soil carbon of Zhejiang (10 km, in degrees) on cells of 10 m in UTM, against shares of its own pixels. */

const root = testData();
const real = join(root ?? '', 'data/real/hangzhou');
const SOIL = join(real, 'soc_0_30cm_2010_10km_zhejiang.tif');

/** One of the eleven prefectures: some 40 million cells of 10 m. */
function jiaxing(): object {
  const all = JSON.parse(readFileSync(join(real, 'zhejiang_prefectures.geojson'), 'utf8')) as {
    features: { properties: { ADM2_EN: string } }[];
  };
  return { ...all, features: all.features.filter(({ properties }) => properties.ADM2_EN === 'Jiaxing') };
}

function anyFactors(): string {
  const rows = Array.from({ length: 258 }, (_, code) => `${code},class ${code},1`);
  return `class,name,soil\n${rows.join('\n')}\n`;
}

async function soilOf(spec: object, zonesKeys: Record<string, unknown>): Promise<LayerFigures & { zone_ha: number }> {
  const folder = await temporaryFolder();
  const layers = { landcover: { scenes: SOIL }, carbon: { scenes: SOIL, unit: 't/ha', resample: 'nearest' } };
  const path = await writeCity({
    folder,
    scenes: '',
    zones: jiaxing(),
    zonesKeys: { id: 'ADM2_EN', ...zonesKeys },
    factors: anyFactors(),
    spec: { ...spec, layers },
  });
  const { code, stdout, stderr } = await runCli(['run', '--json', path]);
  expect(code, stderr + stdout.slice(0, 500)).toBe(0);
  const { figures } = (JSON.parse(stdout) as { totals: Totals }).totals as { figures: Figures };
  const [zone] = figures.zones;
  return { ...(zone?.layers[0] as LayerFigures), zone_ha: zone?.total.zone_area_ha ?? 0 };
}

describe.skipIf(root === null)(`Soil of 10 km on cells of 10 m${root === null ? ` (${NO_TEST_DATA})` : ''}`, () => {
  it('comes to the carbon that shares of its own pixels come to', async () => {
    const fine = await soilOf({ grid: { crs: 'EPSG:32651', resolution: 10 }, area: 'ellipsoid' }, {});
    const shares = await soilOf({}, { rule: 'coverage' });
    expect(fine.cells).toBeGreaterThan(30_000_000);
    // Cells go by their centres: some 50,000 at the border leave an area of chance of this order.
    expect(Math.abs(fine.zone_ha / shares.zone_ha - 1)).toBeLessThan(5e-6);
    expect(Math.abs((fine.sum_unit_ha ?? 0) / (shares.sum_unit_ha ?? 1) - 1)).toBeLessThan(1e-5);
    expect(Math.abs((fine.mean ?? 0) / (shares.mean ?? 1) - 1)).toBeLessThan(1e-5);
  });
});
