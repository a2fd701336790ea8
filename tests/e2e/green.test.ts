import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { PatchAmounts } from '../../src/reducer/patches.ts';
import type { Figures } from '../../src/reducer/totals.ts';
import { NDVI_BINS, ndviBin } from '../../src/shared/contracts/counted-names.ts';
import { bandRaster } from '../support/band-raster.ts';
import { rectangleZones, temporaryFolder, writeCity } from '../support/city.ts';
import { runCli } from '../support/cli.ts';
import { plainFootprint } from '../support/green-oracle.ts';
import { classCells, type Totals } from '../support/totals.ts';

/**
 * Whole runs with green space inside of built-up land, against a flood fill over the whole city.
 *
 * 64 x 64 cells of 10 m; built-up land in blobs with gardens, parks and water in them; zones that end in the middle of
 * tiles and leave out a strip in the east.
 */
const SIDE = 64;
const CELLS = SIDE * SIDE;
const WINDOW = { row: 0, col: 0, rows: SIDE, cols: SIDE };
const PLACE = { epsg: 32650, originX: 500_000, originY: 3_000_000, rows: SIDE, cols: SIDE, cell: 10 };

const [TREES, GRASS, WATER, BUILT, BARE, LARGE, SMALL] = [1, 2, 3, 5, 7, 40, 41];
const FACTORS = `class,name,green,built,above,soil,sequestration
${TREES},Trees,true,false,60,90,2
${GRASS},Grass,true,,5,80,0.5
${WATER},Water,,,0,0,0
${BUILT},Built-up,false,true,0,20,0
${BARE},Bare,,,1,30,0
${LARGE},"Urban green, large",,,30,70,1.5
${SMALL},"Urban green, small",,,10,60,1
`;

/** Discs of 2 cells close gaps, holes of up to 10 cells are filled; patches of 4 cells count, of 20 are large. */
const SIZES = { closing_m: 20, holes_ha: 0.1, min_ha: 0.04, small_ha: 0.2 };
const FOOTPRINT = { closingCells: 2, holeCells: 10 };
const [MIN_CELLS, LARGE_CELLS] = [4, 20];

let state = 11;
/** A seeded draw below `limit`. */
function draw(limit: number): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((state / 2 ** 32) * limit);
}

/** Rectangles of `kinds` on `ground`. */
function blobs(ground: number, kinds: readonly number[], count: number, most: number): Uint8Array {
  const codes = new Uint8Array(CELLS).fill(ground);
  for (let i = 0; i < count; i++) {
    const [top, left, rows, cols, code] = [draw(SIDE), draw(SIDE), 1 + draw(most), 1 + draw(most), draw(kinds.length)];
    for (let row = top; row < Math.min(SIDE, top + rows); row++)
      codes.fill(kinds[code] as number, row * SIDE + left, row * SIDE + Math.min(SIDE, left + cols));
  }
  return codes;
}

/** Large blobs of built-up land in bare land, with smaller ones of green and water on them. */
function landCover(): Uint8Array {
  const codes = blobs(BARE, [BUILT], 20, 34);
  const on = blobs(0, [TREES, GRASS, WATER, BUILT, TREES], 240, 5);
  return codes.map((code, cell) => (draw(60) === 0 ? 0 : on[cell] || code));
}

const cover = landCover();
const parks = blobs(0, [1, 2, 2], 120, 6);
const nir = Uint16Array.from({ length: CELLS }, () => (draw(25) === 0 ? 0 : 3000));
/** Greener in blobs than around them. */
const red = Uint16Array.from(blobs(0, [1], 90, 6), (isGreen) => (isGreen ? 700 + draw(900) : 1500 + draw(1500)));

/** North ends within the tiles of all sizes; the last four columns are in no zone. */
const NORTH_ROWS = 29;
const ZONE_COLS = 60;
const x1 = PLACE.originX + ZONE_COLS * 10;
const seam = PLACE.originY - NORTH_ROWS * 10;
const ZONES = rectangleZones(PLACE.epsg, {
  north: [PLACE.originX, seam, x1, PLACE.originY],
  south: [PLACE.originX, PLACE.originY - SIDE * 10, x1, seam],
});

function zoneOf(cell: number): 'north' | 'south' | null {
  if (cell % SIDE >= ZONE_COLS) return null;
  return cell < NORTH_ROWS * SIDE ? 'north' : 'south';
}

const footprint = plainFootprint(WINDOW, FOOTPRINT, (row, col) => {
  const isInside = row >= 0 && col >= 0 && row < SIDE && col < SIDE;
  return isInside && cover[row * SIDE + col] === BUILT;
});

function ndviOf(cell: number): number {
  const [r, n] = [red[cell] as number, nir[cell] as number];
  return n === 0 ? Number.NaN : (n - r) / (n + r);
}

type Shows = (cell: number) => boolean;

const isInside: Shows = (cell) => footprint[cell] === 1;
const isGreenClass: Shows = (cell) => cover[cell] === TREES || cover[cell] === GRASS;

/** Cells of each patch in zones: what shows in the footprint, and green classes outside of it, where patches go on. */
function patchesOf(shows: Shows, connectivity: 4 | 8 = 8): number[][] {
  const left = new Set<number>();
  for (let cell = 0; cell < CELLS; cell++)
    if (zoneOf(cell) !== null && cover[cell] !== 0 && (isInside(cell) ? shows(cell) : isGreenClass(cell)))
      left.add(cell);
  const patches: number[][] = [];
  for (const first of left) {
    left.delete(first);
    const patch = [first];
    for (const cell of patch) {
      for (const down of [-1, 0, 1]) {
        for (const right of [-1, 0, 1]) {
          const col = (cell % SIDE) + right;
          const next = cell + down * SIDE + right;
          if (col < 0 || col >= SIDE || (connectivity === 4 && down !== 0 && right !== 0) || !left.delete(next))
            continue;
          patch.push(next);
        }
      }
    }
    patches.push(patch);
  }
  return patches;
}

type Part = keyof PatchAmounts;

function partOf(patch: readonly number[]): Part {
  if (patch.length < MIN_CELLS) return 'below_min';
  return patch.length < LARGE_CELLS ? 'small' : 'large';
}

/** Where a patch counts: its first cell if that is in the footprint, else the first zone that it has inside. */
function ownerOf(patch: readonly number[]): string | null {
  const first = Math.min(...patch);
  if (isInside(first)) return zoneOf(first);
  return patch.filter(isInside).map(zoneOf).sort()[0] ?? null;
}

/** What a zone should have, null: the city. */
function wantedAmounts(patches: readonly number[][], zone: string | null): PatchAmounts {
  const amounts = {
    below_min: { patches: 0, cells: 0, area_ha: 0 },
    small: { patches: 0, cells: 0, area_ha: 0 },
    large: { patches: 0, cells: 0, area_ha: 0 },
  };
  for (const patch of patches) {
    const amount = amounts[partOf(patch)];
    const isHere: Shows = (cell) => isInside(cell) && (zone === null || zoneOf(cell) === zone);
    const owner = ownerOf(patch);
    if (owner !== null && (zone === null || owner === zone)) amount.patches++;
    amount.cells += patch.filter(isHere).length;
    amount.area_ha = amount.cells / 100;
  }
  return amounts;
}

/** Cells by class once patches have classes of their own. */
function wantedClasses(patches: readonly number[][], zone: string): Record<string, number> {
  const codes = Array.from(cover);
  const rows = { below_min: BUILT, small: SMALL, large: LARGE };
  for (const patch of patches) for (const cell of patch.filter(isInside)) codes[cell] = rows[partOf(patch)] as number;
  const counts: Record<string, number> = {};
  codes.forEach((code, cell) => {
    const isHere = zone === 'all' ? zoneOf(cell) !== null : zoneOf(cell) === zone;
    if (isHere && code !== 0) counts[code] = (counts[code] ?? 0) + 1;
  });
  return counts;
}

function expectPatches(figures: Figures, patches: readonly number[][]): void {
  const { green } = figures;
  expect(green?.city.total).toEqual(wantedAmounts(patches, null));
  for (const zone of green?.zones ?? []) expect(zone.total, zone.zone).toEqual(wantedAmounts(patches, zone.zone));
  expect(green?.zones.map(({ zone }) => zone)).toEqual(['north', 'south']);
  for (const zone of ['all', 'north', 'south'])
    expect(classCells(figures, zone), zone).toEqual(wantedClasses(patches, zone));
}

/** No size is missing, and patches lie over the seams of tiles and zones and the edge of built-up land. */
function expectTelling(patches: readonly number[][]): void {
  const across = (line: (cell: number) => number | string | null) =>
    patches.filter((patch) => new Set(patch.map(line)).size > 1).length;
  expect(new Set(patches.filter((patch) => patch.some(isInside)).map(partOf)).size).toBe(3);
  expect(across((cell) => Math.floor(cell / SIDE / 16))).toBeGreaterThan(2);
  expect(across((cell) => Math.floor((cell % SIDE) / 33))).toBeGreaterThan(0);
  expect(across(zoneOf)).toBeGreaterThan(0);
  expect(across((cell) => Number(isInside(cell)))).toBeGreaterThan(2);
}

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
  await writeFile(join(folder, 'cover.tif'), bandRaster({ ...PLACE, samples: cover, nodata: '0' }));
  await writeFile(join(folder, 'red.tif'), bandRaster({ ...PLACE, samples: red, nodata: '0' }));
  await writeFile(join(folder, 'nir.tif'), bandRaster({ ...PLACE, samples: nir, nodata: '0' }));
  await writeFile(join(folder, 'parks.tif'), bandRaster({ ...PLACE, samples: parks }));
});

type Json = Readonly<Record<string, unknown>>;

const IMAGERY = { red: { scenes: './red.tif' }, nir: { scenes: './nir.tif' } };

async function specOf(green: Json, layers: Json, name: string): Promise<string> {
  const parts = { folder, scenes: './cover.tif', zones: ZONES, zonesKeys: { id: 'id' }, factors: FACTORS, name };
  const spec = { layers: { landcover: { scenes: './cover.tif' }, ...layers }, green: { ...SIZES, ...green } };
  return writeCity({ ...parts, spec });
}

async function run(spec: string, args: readonly string[] = []): Promise<Totals> {
  const { code, stdout, stderr } = await runCli(['run', '--json', '--workers', '1', ...args, spec]);
  expect(code, stderr + stdout).toBe(0);
  return (JSON.parse(stdout) as { totals: Totals }).totals;
}

/** The same figures in tiles of all sizes. */
async function inAllTiles(green: Json, layers: Json, name: string): Promise<Totals> {
  const spec = await specOf(green, layers, name);
  const all: Totals[] = [];
  for (const size of ['16', '33', '64']) all.push(await run(spec, ['--tile-size', size]));
  expect(new Set(all.map(({ figures_sha256 }) => figures_sha256)).size).toBe(1);
  return all[0] as Totals;
}

describe('green space from classes', () => {
  it('has the patches of a flood fill over the footprint, in tiles of any size, and their classes', async () => {
    const patches = patchesOf(isGreenClass);
    expectTelling(patches);
    const { figures, status } = await inAllTiles({ from: 'classes' }, {}, 'classes');
    expect(status).toBe('DONE');
    expectPatches(figures, patches);
    expect(figures.green).toMatchObject({ from: 'classes', ndvi_threshold: null, min_ha: 0.04, small_ha: 0.2 });
  });

  it('joins cells by their sides alone where the spec says so', async () => {
    const patches = patchesOf(isGreenClass, 4);
    expect(patches.length).toBeGreaterThan(patchesOf(isGreenClass).length);
    const { figures } = await run(await specOf({ from: 'classes', connectivity: 4 }, {}, 'sides'), [
      '--tile-size',
      '17',
    ]);
    expectPatches(figures, patches);
  });

  it('outside of built-up land keeps its class', async () => {
    const kept = Array.from({ length: CELLS }, (_, cell) => cell).filter(
      (cell) => zoneOf(cell) !== null && isGreenClass(cell) && footprint[cell] !== 1,
    );
    expect(kept.length).toBeGreaterThan(50);
    const { figures } = await run(await specOf({}, {}, 'outside'));
    const { [TREES]: trees = 0, [GRASS]: grass = 0 } = classCells(figures, 'all');
    expect(trees + grass).toBe(kept.length);
  });
});

describe('green space from NDVI', () => {
  it('from a threshold on has the patches of a flood fill, in tiles of any size', async () => {
    const patches = patchesOf((cell) => ndviOf(cell) >= 0.4);
    expectTelling(patches);
    const { figures } = await inAllTiles({ from: 'ndvi', ndvi_min: 0.4 }, IMAGERY, 'ndvi');
    expectPatches(figures, patches);
    expect(figures.green).toMatchObject({ from: 'ndvi', ndvi_threshold: 0.4, ndvi_otsu: null });
  });

  it("from the city's own threshold on, which parts the NDVI of built-up land best", async () => {
    const { figures } = await inAllTiles({}, IMAGERY, 'otsu');
    const { ndvi_otsu, ndvi_threshold } = figures.green ?? {};
    expect(ndvi_otsu).toBeCloseTo(plainOtsu(), 9);
    const candidates = [0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5];
    const distances = candidates.map((one) => Math.abs(one - plainOtsu()));
    expect(ndvi_threshold).toBe(candidates[distances.indexOf(Math.min(...distances))]);
    expectPatches(
      figures,
      patchesOf((cell) => ndviOf(cell) >= (ndvi_threshold as number)),
    );
  });
});

/** Least sum of squares within both sides, over the cells of built-up land in zones, binned. */
function plainOtsu(): number {
  const bins: number[] = [];
  for (let cell = 0; cell < CELLS; cell++) {
    const isSeen = zoneOf(cell) !== null && footprint[cell] === 1 && cover[cell] !== 0 && !Number.isNaN(ndviOf(cell));
    if (isSeen) bins.push(ndviBin(ndviOf(cell)));
  }
  const squares = (side: readonly number[]) => {
    const mean = side.reduce((sum, bin) => sum + bin, 0) / side.length;
    return side.reduce((sum, bin) => sum + (bin - mean) ** 2, 0);
  };
  const cuts = [...new Set(bins)].sort((a, b) => a - b).slice(1);
  const within = cuts.map(
    (cut) => squares(bins.filter((bin) => bin < cut)) + squares(bins.filter((bin) => bin >= cut)),
  );
  const at = within.indexOf(Math.min(...within));
  // The edge above the lower side's last bin.
  const last = Math.max(...bins.filter((bin) => bin < (cuts[at] as number)));
  return ((last + 1) * 2) / NDVI_BINS - 1;
}

describe('green space from a layer', () => {
  it('is where the layer has the codes that are kept', async () => {
    const patches = patchesOf((cell) => parks[cell] === 2);
    expectTelling(patches);
    const layers = { parks: { scenes: './parks.tif' } };
    const { figures } = await inAllTiles({ from: 'parks', keep: [2] }, layers, 'layer');
    expectPatches(figures, patches);
    expect(figures.green).toMatchObject({ from: 'layer', ndvi_threshold: null });
  });
});

describe('green space that was measured once', () => {
  it('is scored again with other sizes without a pixel being read, to the byte of a fresh run', async () => {
    const spec = await specOf({ from: 'classes' }, {}, 'again');
    await run(spec);
    const other = { from: 'classes', min_ha: 0.02, small_ha: 0.1, holes_ha: SIZES.holes_ha };
    await specOf(other, {}, 'again');
    const { code, stdout, stderr } = await runCli(['rescore', '--json', spec]);
    expect(code, stderr + stdout).toBe(0);
    const rescored = (JSON.parse(stdout) as { totals: Totals }).totals;
    const fresh = await run(await specOf(other, {}, 'afresh'));
    expect(rescored.figures.green).toMatchObject({ min_ha: 0.02, small_ha: 0.1 });
    expect(rescored.figures_sha256).toBe(fresh.figures_sha256);
  });

  it('is not scored again where it would have to be found otherwise', async () => {
    const spec = await specOf({ from: 'classes' }, {}, 'otherwise');
    await run(spec);
    for (const green of [
      { from: 'classes', closing_m: 30 },
      { from: 'classes', connectivity: 4 },
    ]) {
      await specOf(green, {}, 'otherwise');
      const { code, stderr } = await runCli(['rescore', spec]);
      expect(code).toBe(2);
      expect(stderr).toContain('found green spaces otherwise');
    }
  });
});
