import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Figures } from '../../src/reducer/totals.ts';
import { bandRaster } from '../support/band-raster.ts';
import { rectangleZones, temporaryFolder, writeCity } from '../support/city.ts';
import { runCli } from '../support/cli.ts';
import type { Totals } from '../support/totals.ts';

/**
 * A quarter of the green lies in gardens of 36 m2, below one cell of a land cover of 10 m; the rest in parks of 400 m2
 * that it shows. A mask of 2 m shows both.
 */
const PLACE = { epsg: 32650, originX: 500_000, originY: 3_000_000 };
const [COVER_SIDE, MASK_SIDE, PIXELS] = [40, 200, 5];
const [BUILT, GRASS] = [5, 2];

const mask = new Uint8Array(MASK_SIDE * MASK_SIDE);
function square(row: number, col: number, side: number): void {
  for (let r = row; r < row + side; r++) mask.fill(1, r * MASK_SIDE + col, r * MASK_SIDE + col + side);
}
// Parks on the cells of the land cover, gardens across their corners: none fills half a cell.
for (let i = 0; i < 15; i++) square(10 + 60 * Math.floor(i / 5), 10 + 30 * (i % 5), 10);
for (const row of [33, 48, 93, 108, 153]) for (let i = 0; i < 11; i++) square(row, 13 + 15 * i, 3);
const cover = Uint8Array.from({ length: COVER_SIDE * COVER_SIDE }, (_, cell) => {
  let green = 0;
  const [row, col] = [Math.floor(cell / COVER_SIDE) * PIXELS, (cell % COVER_SIDE) * PIXELS];
  for (let r = row; r < row + PIXELS; r++)
    for (let c = col; c < col + PIXELS; c++) green += mask[r * MASK_SIDE + c] ?? 0;
  return green * 2 > PIXELS * PIXELS ? GRASS : BUILT;
});
const trueHa = (mask.reduce((sum, pixel) => sum + pixel, 0) * 4) / 10_000;

const FACTORS = `class,name,green,built,above,soil,sequestration
${GRASS},Grass,true,,5,80,0.5
${BUILT},Built-up,,true,0,20,0
40,"Urban green, large",,,30,70,1.5
41,"Urban green, small",,,10,60,1
`;

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
  const coverPlace = { ...PLACE, rows: COVER_SIDE, cols: COVER_SIDE, cell: 10 };
  await writeFile(join(folder, 'cover.tif'), bandRaster({ ...coverPlace, samples: cover, nodata: '0' }));
  const maskPlace = { ...PLACE, rows: MASK_SIDE, cols: MASK_SIDE, cell: 2 };
  await writeFile(join(folder, 'parks.tif'), bandRaster({ ...maskPlace, samples: mask }));
});

async function figuresOf(name: string, changes: Readonly<Record<string, unknown>>): Promise<Figures> {
  const zones = rectangleZones(PLACE.epsg, {
    city: [PLACE.originX, PLACE.originY - 400, PLACE.originX + 400, PLACE.originY],
  });
  const parts = { folder, scenes: './cover.tif', zones, zonesKeys: { id: 'id' }, factors: FACTORS, name };
  const { code, stdout, stderr } = await runCli([
    ...['run', '--json', '--workers', '1'],
    await writeCity({ ...parts, spec: { layers: { landcover: { scenes: './cover.tif' } }, ...changes } }),
  ]);
  expect(code, stderr + stdout).toBe(0);
  return (JSON.parse(stdout) as { totals: Totals }).totals.figures;
}

function greenHa({ green }: Figures): number {
  return (green?.city.total.small.area_ha ?? 0) + (green?.city.total.large.area_ha ?? 0);
}

const FINE_GRID = { crs: 'EPSG:32650', resolution: 2 };
const notSeen = (m2: number) =>
  expect.stringContaining(`green smaller than one pixel of what shows it (${m2} m2) is not seen`);

describe('a city with a quarter of its green below one cell of the land cover', () => {
  it('is what it is said to be', () => {
    expect(trueHa).toBeCloseTo(15 * 0.04 + 55 * 0.0036, 12);
    expect(cover.filter((code) => code === GRASS)).toHaveLength(60);
  });

  it('has all of it with a mask of 2 m on cells of 2 m', async () => {
    const figures = await figuresOf('mask', {
      grid: FINE_GRID,
      layers: { landcover: { scenes: './cover.tif' }, parks: { scenes: './parks.tif' } },
      green: { from: 'parks', keep: [1], min_ha: 0.002, small_ha: 1 },
    });
    expect(greenHa(figures) / trueHa).toBeCloseTo(1, 9);
    expect(figures.green?.city.total.small.patches).toBe(70);
    expect(figures.notes).toContainEqual(notSeen(4));
  });

  it('lacks a quarter by the land cover alone, whatever the cells, and says what is not seen', async () => {
    const green = { from: 'classes', min_ha: 0, small_ha: 1 };
    for (const [name, grid] of Object.entries({ coarse: {}, fine: { grid: FINE_GRID } })) {
      const figures = await figuresOf(name, { ...grid, green });
      expect(1 - greenHa(figures) / trueHa, name).toBeCloseTo(0.198 / 0.798, 6);
      expect(figures.notes, name).toContainEqual(notSeen(100));
    }
  });
});
