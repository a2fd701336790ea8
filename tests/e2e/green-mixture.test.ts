import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { bandRaster } from '../support/band-raster.ts';
import { rectangleZones, temporaryFolder, writeCity } from '../support/city.ts';
import { runCli } from '../support/cli.ts';
import { classCells, type Totals } from '../support/totals.ts';

/**
 * A city of known truth, in metres: blocks of buildings, streets with a row of trees, a lawn and a pond. Its imagery is
 * made of it as a sensor of 10 m does, by mixing reflectances in each cell, so that NDVI is mixed as in nature.
 *
 * 48 x 48 cells; trees are crowns of 4 m x 4 m in every street cell of the west, of 6 m x 6 m in the east.
 */
const SIDE = 48;
const CELL_M = 10;
const CELLS = SIDE * SIDE;
const PLACE = { epsg: 32650, originX: 500_000, originY: 3_000_000, rows: SIDE, cols: SIDE, cell: CELL_M };

const [WATER, BUILT, LARGE, SMALL] = [3, 5, 40, 41];
const FACTORS = `class,name,green,built,above,above_se,sequestration
1,Trees,true,false,60,6,2
${WATER},Water,,,0,0,0
${BUILT},Built-up,false,true,0,0,0
${LARGE},"Urban green, large",,,30,3,1.5
${SMALL},"Urban green, small",,,20,2,1
`;

/** Reflectance: asphalt and roofs, leaves (a little brighter in both bands together), water. */
const GROUND = { red: 0.18, nir: 0.2 };
const LEAVES = { red: 0.04, nir: 0.36 };
const POND = { red: 0.05, nir: 0.02 };
const ndvi = ({ red, nir }: typeof GROUND) => (nir - red) / (nir + red);
const MIXTURE = { bare: Number(ndvi(GROUND).toFixed(4)), full: Number(ndvi(LEAVES).toFixed(4)) };

/** Square metres of leaves in a cell. Streets are every sixth row; a lawn of 6 x 6 cells lies in the west. */
function leavesM2(row: number, col: number): number {
  if (isLawn(row, col)) return CELL_M ** 2;
  if (row % 6 !== 3 || isPond(row, col)) return 0;
  return col < SIDE / 2 ? 4 * 4 : 6 * 6;
}

const isLawn = (row: number, col: number) => row >= 22 && row < 28 && col >= 10 && col < 16;
const isPond = (row: number, col: number) => row >= 32 && row < 36 && col >= 30 && col < 33;

function stored(band: 'red' | 'nir'): Uint16Array {
  return Uint16Array.from({ length: CELLS }, (_, cell) => {
    const [row, col] = [Math.floor(cell / SIDE), cell % SIDE];
    const share = leavesM2(row, col) / CELL_M ** 2;
    const ground = isPond(row, col) ? POND : GROUND;
    return Math.round((share * LEAVES[band] + (1 - share) * ground[band]) * 10_000);
  });
}

const middle = PLACE.originX + (SIDE / 2) * CELL_M;
const [bottom, right] = [PLACE.originY - SIDE * CELL_M, PLACE.originX + SIDE * CELL_M];
const ZONES = rectangleZones(PLACE.epsg, {
  west: [PLACE.originX, bottom, middle, PLACE.originY],
  east: [middle, bottom, right, PLACE.originY],
});

/** Hectares of leaves outside of the lawn. */
function truthHa(zone: 'west' | 'east'): number {
  let sum = 0;
  for (let row = 0; row < SIDE; row++)
    for (let col = 0; col < SIDE; col++)
      if (!isLawn(row, col) && col < SIDE / 2 === (zone === 'west')) sum += leavesM2(row, col);
  return sum / 10_000;
}

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
  // The map of the land cover shows no green at all: the lawn is built-up land to it.
  const cover = Uint8Array.from({ length: CELLS }, (_, cell) =>
    isPond(Math.floor(cell / SIDE), cell % SIDE) ? WATER : BUILT,
  );
  await writeFile(join(folder, 'cover.tif'), bandRaster({ ...PLACE, samples: cover, nodata: '0' }));
  for (const band of ['red', 'nir'] as const)
    await writeFile(join(folder, `${band}.tif`), bandRaster({ ...PLACE, samples: stored(band), nodata: '0' }));
});

type Json = Readonly<Record<string, unknown>>;

async function specOf(name: string, green: Json, factors = FACTORS): Promise<string> {
  const layers = { landcover: { scenes: './cover.tif' }, red: { scenes: './red.tif' }, nir: { scenes: './nir.tif' } };
  const spec = { layers, green: { min_ha: 0.04, small_ha: 1, ndvi_min: 0.5, ...green } };
  return writeCity({ folder, scenes: './cover.tif', zones: ZONES, zonesKeys: { id: 'id' }, factors, name, spec });
}

async function totalsOf(args: readonly string[]): Promise<Totals> {
  const { code, stdout, stderr } = await runCli(args);
  expect(code, stderr + stdout).toBe(0);
  return (JSON.parse(stdout) as { totals: Totals }).totals;
}

const run = (spec: string, ...args: string[]) => totalsOf(['run', '--json', '--workers', '1', ...args, spec]);

function rowOf({ figures }: Totals, zone: string, code: number) {
  const found = zone === 'all' ? figures.city : figures.zones.find((one) => one.zone === zone);
  return found?.classes.find((row) => row.class === code);
}

describe('a city whose street trees are smaller than a cell', () => {
  it('without a mixture has none of them, and says so', async () => {
    const totals = await run(await specOf('unseen', {}));
    expect(totals.figures.green?.sub_pixel).toBeNull();
    // The lawn alone: 36 cells.
    expect(rowOf(totals, 'all', SMALL)).toMatchObject({ cells: 36, area_ha: 0.36 });
    expect(rowOf(totals, 'east', SMALL)).toBeUndefined();
    expect(totals.warnings.join('\n')).toContain(
      'green smaller than one pixel of what shows it (100 m2) is not seen (`green.mixture` estimates it)',
    );
  });

  it('with a mixture has their area within a few per cent, and it is small green space in every figure', async () => {
    const totals = await run(await specOf('mixed', { mixture: MIXTURE }));
    const { green, city, scenarios, uncertainty } = totals.figures;
    expect(totals.status).toBe('DONE');
    expect(totals.warnings.join('\n')).not.toContain('is not seen');
    for (const [at, zone] of (['west', 'east'] as const).entries()) {
      const found = green?.sub_pixel?.zones[at];
      expect(found?.zone).toBe(zone);
      expect((found?.green_ha ?? 0) / truthHa(zone), zone).toBeCloseTo(1, 1);
      expect(Math.abs((found?.green_ha ?? 0) / truthHa(zone) - 1), zone).toBeLessThan(0.05);
      const whole = zone === 'west' ? 0.36 : 0;
      expect(rowOf(totals, zone, SMALL)?.area_ha).toBeCloseTo((found?.green_ha ?? 0) + whole, 9);
    }
    // Cells stay whole, areas add up to the zones.
    expect(classCells(totals.figures, 'all')).toEqual({ [WATER]: 12, [BUILT]: CELLS - 12 - 36, [SMALL]: 36 });
    expect(city.classes.reduce((sum, row) => sum + row.area_ha, 0)).toBeCloseTo(CELLS / 100, 9);
    const smallHa = (green?.sub_pixel?.city.green_ha ?? 0) + 0.36;
    expect(city.total.sequestration_tC_yr).toBeCloseTo(smallHa, 9);
    expect(city.total.storage_tC).toBeCloseTo(20 * smallHa, 9);
    expect(scenarios.left_out.sequestration_tC_yr).toBeCloseTo(smallHa, 9);
    expect(uncertainty?.city.storage_tC?.sd_analytic).toBeCloseTo(2 * smallHa, 9);
    expect(uncertainty?.left_out.storage_tC?.sd_analytic).toBeCloseTo(2 * smallHa, 9);
  });

  it('has the same figures in tiles of any size', async () => {
    const spec = await specOf('tiles', { mixture: MIXTURE, ndvi_min: 'otsu' });
    const digests = [];
    for (const size of ['16', '17', '48']) digests.push((await run(spec, '--tile-size', size)).figures_sha256);
    expect(new Set(digests).size).toBe(1);
  });

  it('is scored again with other factors and sizes, to the byte of a fresh run, but not with another mixture', async () => {
    const spec = await specOf('again', { mixture: MIXTURE });
    await run(spec);
    const dearer = FACTORS.replace('small",,,20', 'small",,,25');
    const other = { mixture: MIXTURE, min_ha: 0.02, small_ha: 0.2, holes_ha: 1 };
    await specOf('again', { mixture: MIXTURE, holes_ha: 1 }, dearer);
    await run(spec);
    await specOf('again', other, dearer);
    const rescored = await totalsOf(['rescore', '--json', spec]);
    const fresh = await run(spec, '--out', join(folder, 'afresh'));
    expect(rescored.figures_sha256).toBe(fresh.figures_sha256);
    // The lawn is large now, and street trees are small green space as before.
    expect(rowOf(rescored, 'all', LARGE)).toMatchObject({ cells: 36, area_ha: 0.36 });
    expect(rowOf(rescored, 'all', SMALL)?.above_tC).toBeCloseTo(
      25 * (rescored.figures.green?.sub_pixel?.city.green_ha ?? 0),
      9,
    );
    await specOf('again', { ...other, mixture: { ...MIXTURE, full: 0.9 } }, dearer);
    const { code, stderr } = await runCli(['rescore', spec]);
    expect(code).toBe(2);
    expect(stderr).toContain('found green spaces otherwise');
  });

  it('is refused where the ends of the mixture are missing or turned round', async () => {
    for (const [mixture, message] of [
      [{ bare: 0.05 }, 'green.mixture.full: is missing'],
      [{ bare: 0.8, full: 0.05 }, 'green.mixture.bare: is not below full'],
    ] as const) {
      const { code, stderr } = await runCli(['plan', await specOf('refused', { mixture })]);
      expect(code).toBe(2);
      expect(stderr).toContain(message.split(': ')[0]);
      expect(stderr).toContain(message.split(': ')[1]);
    }
  });
});
