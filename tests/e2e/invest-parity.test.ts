import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { encodeClassGeotiff } from '../../src/cli/demo/geotiff-writer.ts';
import { rectangleZones, temporaryFolder, writeCity } from '../support/city.ts';
import { runCli } from '../support/cli.ts';
import type { Totals } from '../support/totals.ts';

/**
 * InVEST's own unit test of its carbon model (natcap/invest, tests/test_carbon.py): 10 x 10 cells of 1 m, its pools
 * table as it is. Pools of class 1: 15 + 10 + 60 + 1 = 86 t/ha; class 2: 5 + 3 + 20 + 0 = 28; class 3: 2 + 1 + 5 + 0 = 8.
 */
const POOLS = `lucode,lulc_name,c_above,c_below,c_soil,c_dead
1,lulc code 1,15,10,60,1
2,lulc code 2,5,3,20,0
3,lulc code 3,2,1,5,0
`;

async function runUniform(code: number): Promise<{ code: number | null; totals: Totals | null; stderr: string }> {
  const folder = await temporaryFolder();
  const raster = {
    rows: 10,
    cols: 10,
    codes: new Uint8Array(100).fill(code),
    epsg: 32731,
    originX: 461261,
    originY: 4923265,
    cellM: 1,
  };
  await writeFile(
    join(folder, 'lulc.tif'),
    encodeClassGeotiff({ ...raster, nodata: 255, description: 'uniform', date: '2016-01-01' }),
  );
  const zones = rectangleZones(32731, { all_of_it: [461261, 4923255, 461271, 4923265] });
  const spec = await writeCity({ folder, scenes: './lulc.tif', zones, zonesKeys: { id: 'id' }, factors: POOLS });
  const result = await runCli(['run', '--json', '--workers', '1', spec]);
  return {
    code: result.code,
    totals: (JSON.parse(result.stdout) as { totals: Totals | null }).totals,
    stderr: result.stderr + result.stdout,
  };
}

describe("InVEST's unit values", () => {
  it.each([
    [1, 0.86], // 86 t/ha x 100 m2 / 10000 m2/ha
    [2, 0.28],
    [3, 0.08],
  ])('class %i everywhere stores %d t', async (code, tonnes) => {
    const { totals } = await runUniform(code);
    expect(totals?.figures.city.total.storage_tC).toBe(tonnes);
    // The table has no rates: sequestration is not measured, and not zero.
    expect(totals?.figures.city.total.sequestration_tC_yr).toBeNull();
  });

  it('a class that the table does not have ends the run with its code', async () => {
    const { code, totals, stderr } = await runUniform(200);
    expect(code).toBe(1);
    expect(totals).toBeNull();
    expect(stderr).toContain('class 200 occurs in the city (100 cells');
  });
});
