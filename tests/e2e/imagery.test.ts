import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { LayerFigures } from '../../src/reducer/layer-figures.ts';
import type { Figures } from '../../src/reducer/totals.ts';
import { bandRaster } from '../support/band-raster.ts';
import { plainFactors, rectangleZones, temporaryFolder, writeCity } from '../support/city.ts';
import { runCli } from '../support/cli.ts';
import { stacItem } from '../support/stac-items.ts';
import type { Totals } from '../support/totals.ts';

/**
 * NDVI of three dates, with the scene classification of each at 20 m over cells of 10 m, against plain loops over cells.
 *
 * 64 x 64 cells; two zones; classes in stripes. The first date has no offset (an old processing baseline), the others -1000.
 */
const SIDE = 64;
const CELLS = SIDE * SIDE;
const PLACE = { epsg: 32650, originX: 500_000, originY: 3_000_000 };
const DATES = ['2021-03-01', '2021-06-01', '2021-09-01'] as const;
const BASELINES = ['02.14', '05.09', '05.09'];
/** Cloud, shadow and cirrus of Sentinel-2's classes, and what is kept. */
const CLOUDY = [3, 8, 9, 10];

let state = 7;
/** A seeded draw below `limit`. */
function draw(limit: number): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((state / 2 ** 32) * limit);
}

interface DateRasters {
  readonly red: Uint16Array;
  readonly nir: Uint16Array;
  readonly scl: Uint8Array;
}

const dates: DateRasters[] = DATES.map(() => ({
  // One in ten is nodata in one band or the other.
  red: Uint16Array.from({ length: CELLS }, () => (draw(10) === 0 ? 0 : 1050 + draw(2000))),
  nir: Uint16Array.from({ length: CELLS }, () => (draw(10) === 0 ? 0 : 1100 + draw(4000))),
  scl: Uint8Array.from({ length: CELLS / 4 }, () => (draw(2) === 0 ? (CLOUDY[draw(4)] as number) : 4 + draw(3))),
}));

function classOf(cell: number): number {
  return 1 + (Math.floor((cell % SIDE) / 8) % 2);
}

function zoneOf(cell: number): 'north' | 'south' {
  return cell < CELLS / 2 ? 'north' : 'south';
}

/** NDVI of a cell on a date; null: nodata; 'hidden': a cloud. */
function ndviAt(date: number, cell: number): number | null | 'hidden' {
  const { red, nir, scl } = dates[date] as DateRasters;
  if (red[cell] === 0 || nir[cell] === 0) return null;
  const [row, col] = [Math.floor(cell / SIDE), cell % SIDE];
  if (CLOUDY.includes(scl[Math.floor(row / 2) * (SIDE / 2) + Math.floor(col / 2)] as number)) return 'hidden';
  const offset = BASELINES[date] === '02.14' ? 0 : -1000;
  const [r, n] = [(red[cell] ?? 0) + offset, (nir[cell] ?? 0) + offset];
  return (n - r) / (n + r);
}

type Combine = (values: readonly number[]) => number;
const first: Combine = (values) => values[0] as number;
const greatest: Combine = (values) => Math.max(...values);
const median: Combine = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  return ((sorted[(values.length - 1) >> 1] as number) + (sorted[values.length >> 1] as number)) / 2;
};

interface Wanted {
  cells: number;
  mean: number;
  masked: number;
}

/** What a zone and class should have when dates are taken in the order given. */
function wanted(order: readonly number[], combine: Combine, holds: (cell: number) => boolean): Wanted {
  const values: number[] = [];
  let masked = 0;
  for (let cell = 0; cell < CELLS; cell++) {
    if (!holds(cell)) continue;
    const all = order.map((date) => ndviAt(date, cell));
    const seen = all.filter((value) => typeof value === 'number');
    if (seen.length > 0) values.push(combine(seen));
    else if (all.includes('hidden')) masked++;
  }
  return { cells: values.length, mean: values.reduce((sum, value) => sum + value, 0) / values.length, masked };
}

function itemOf(date: number) {
  const id = `S2B_50RKU_${(DATES[date] as string).replaceAll('-', '')}_0_L2A`;
  const asset = (name: string) => ({ href: `./${date}-${name}.tif`, type: 'image/tiff; application=geotiff' });
  const band = (name: string, common: string) => ({ ...asset(name), 'eo:bands': [{ name, common_name: common }] });
  return stacItem({
    id,
    datetime: `${DATES[date]}T02:45:00Z`,
    properties: { constellation: 'sentinel-2', 's2:processing_baseline': BASELINES[date] },
    assets: { red: band('red', 'red'), nir: band('nir', 'nir'), scl: asset('scl') },
  });
}

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
  await mkdir(join(folder, 'items'));
  const grid = { ...PLACE, rows: SIDE, cols: SIDE, cell: 10 };
  for (const [date, { red, nir, scl }] of dates.entries()) {
    const at = (name: string) => join(folder, 'items', `${date}-${name}.tif`);
    await writeFile(at('red'), bandRaster({ ...grid, samples: red }));
    await writeFile(at('nir'), bandRaster({ ...grid, samples: nir }));
    const half = { ...grid, rows: SIDE / 2, cols: SIDE / 2, cell: 20 };
    await writeFile(at('scl'), bandRaster({ ...half, samples: scl, nodata: '0' }));
    await writeFile(join(folder, 'items', `${date}.json`), JSON.stringify(itemOf(date)));
  }
  const codes = Uint8Array.from({ length: CELLS }, (_, cell) => classOf(cell));
  await writeFile(join(folder, 'cover.tif'), bandRaster({ ...grid, samples: codes, nodata: '0' }));
});

const ZONES = rectangleZones(PLACE.epsg, {
  north: [PLACE.originX, PLACE.originY - 320, PLACE.originX + 640, PLACE.originY],
  south: [PLACE.originX, PLACE.originY - 640, PLACE.originX + 640, PLACE.originY - 320],
});

type Layers = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

async function figures(layers: Layers, args: readonly string[] = []): Promise<Figures> {
  const cover = { scenes: './cover.tif' };
  const spec = await writeCity({
    folder,
    scenes: './cover.tif',
    zones: ZONES,
    zonesKeys: { id: 'id' },
    factors: plainFactors([1, 2]),
    spec: { layers: { landcover: cover, ...layers } },
  });
  const { code, stdout, stderr } = await runCli(['run', '--json', '--workers', '1', ...args, spec]);
  expect(code, stderr + stdout).toBe(0);
  return (JSON.parse(stdout) as { totals: Totals }).totals.figures;
}

function ndviOf(zone: { readonly layers: readonly LayerFigures[] }): LayerFigures {
  const [layer] = zone.layers;
  expect(layer?.layer).toBe('ndvi');
  return layer as LayerFigures;
}

function expectAsWanted(found: Figures, order: readonly number[], combine: Combine): void {
  for (const zone of found.zones) {
    const layer = ndviOf(zone);
    const all = wanted(order, combine, (cell) => zoneOf(cell) === zone.zone);
    expect(layer.cells).toBe(all.cells);
    expect(layer.mean).toBeCloseTo(all.mean, 7);
    expect(layer.masked_cells).toBe(all.masked);
    expect(layer.masked_share).toBeCloseTo(all.masked / 2048, 9);
    expect(layer.coverage).toBeCloseTo(all.cells / 2048, 9);
    for (const row of layer.classes) {
      const part = wanted(order, combine, (cell) => zoneOf(cell) === zone.zone && classOf(cell) === row.class);
      expect(row.cells).toBe(part.cells);
      expect(row.mean).toBeCloseTo(part.mean, 7);
    }
    expect(layer.classes.map((row) => row.class)).toEqual([1, 2]);
  }
}

const STAC: Layers = {
  red: { stac: './items/', asset: 'red', mask: 'scl' },
  nir: { stac: './items/', asset: 'nir' },
};

describe('NDVI of several dates', () => {
  it('takes the newest valid date, cloud by cloud, and says how many cells each date gives', async () => {
    const found = await figures({ ...STAC, red: { ...STAC.red, composite: 'newest' } });
    expectAsWanted(found, [2, 1, 0], first);
    const { dates: days } = ndviOf(found.city);
    expect(days.map(({ date }) => date)).toEqual(DATES);
    const counts = [0, 0, 0];
    for (let cell = 0; cell < CELLS; cell++) {
      const owner = [2, 1, 0].find((date) => typeof ndviAt(date, cell) === 'number');
      if (owner !== undefined) counts[owner] = (counts[owner] ?? 0) + 1;
    }
    expect(days.map(({ cells }) => cells)).toEqual(counts);
  });

  it('takes the greatest of all dates', async () => {
    const found = await figures({ ...STAC, red: { ...STAC.red, composite: 'max_ndvi' } });
    expectAsWanted(found, [0, 1, 2], greatest);
  });

  it('takes the median of all dates, whatever the tiles', async () => {
    const layers = { ...STAC, red: { ...STAC.red, composite: 'median' } };
    const found = await figures(layers);
    expectAsWanted(found, [0, 1, 2], median);
    expect(await figures(layers, ['--tile-size', '17'])).toEqual(found);
    expect(await figures(layers, ['--tile-size', '33'])).toEqual(found);
  });

  it('pairs files by the text under the stars of `match`, with numbers and masks as the spec says', async () => {
    const place = (name: string) => ({ scenes: './items/', match: `*-${name}.tif` });
    const found = await figures({
      red: {
        ...place('red'),
        nodata: 0,
        offset: -1000,
        scale: 0.0001,
        order: 'name',
        mask: { layer: 'scl', keep: [4, 5, 6] },
      },
      nir: { ...place('nir'), nodata: 0, offset: -1000, scale: 0.0001 },
      scl: place('scl'),
    });
    // The first date has no offset in truth; here the spec says that it has, and only the last two agree with the oracle.
    const north = ndviOf(found.zones[0] as Figures['zones'][number]);
    expect(north.cells).toBe(wanted([0, 1, 2], first, (cell) => zoneOf(cell) === 'north').cells);
    expect(north.dates).toEqual([]);
  });

  it('measures under no mask where none is asked for', async () => {
    const { mask: _, ...red } = STAC.red as { mask: unknown };
    const found = await figures({ ...STAC, red });
    const layer = ndviOf(found.city);
    let cells = 0;
    for (let cell = 0; cell < CELLS; cell++) if ([0, 1, 2].some((date) => ndviAt(date, cell) !== null)) cells++;
    expect(layer.cells).toBe(cells);
    expect(layer.masked_cells).toBeNull();
  });
});

describe('A mask that is smaller than its imagery', () => {
  it('hides what lies beyond it, whatever the tiles', async () => {
    const quarter = { ...PLACE, rows: 20, cols: 20, cell: 10, samples: new Uint8Array(400).fill(1) };
    await writeFile(join(folder, 'small-mask.tif'), bandRaster(quarter));
    const layers = {
      red: { scenes: ['./items/1-red.tif', './items/2-red.tif'], nodata: 0, mask: { layer: 'keep', keep: [1] } },
      nir: { scenes: ['./items/1-nir.tif', './items/2-nir.tif'], nodata: 0 },
      keep: { scenes: ['./small-mask.tif', './small-mask-2.tif'] },
    };
    await writeFile(join(folder, 'small-mask-2.tif'), bandRaster(quarter));
    const whole = await figures(layers, ['--tile-size', '64']);
    expect(await figures(layers, ['--tile-size', '16'])).toEqual(whole);
    // 400 cells lie under the masks; of the others all that a date shows are hidden.
    const { masked_cells, cells } = ndviOf(whole.city);
    let shown = 0;
    for (let cell = 0; cell < CELLS; cell++) {
      if ([1, 2].some((date) => dates[date]?.red[cell] !== 0 && dates[date]?.nir[cell] !== 0)) shown++;
    }
    expect((masked_cells ?? 0) + cells).toBe(shown);
    expect(cells).toBeLessThanOrEqual(400);
  });
});

describe('Dates that do not fit together', () => {
  it('are refused by name', async () => {
    const cover = { scenes: './cover.tif' };
    const layers = {
      landcover: cover,
      red: { scenes: './items/', match: '*-red.tif' },
      nir: { scenes: ['./items/0-nir.tif', './items/1-nir.tif'] },
    };
    const spec = await writeCity({
      folder,
      scenes: './cover.tif',
      zones: ZONES,
      factors: plainFactors([1, 2]),
      spec: { layers },
    });
    const { code, stderr } = await runCli(['plan', spec]);
    expect(code).toBe(2);
    expect(stderr).toContain('layers.red');
    expect(stderr).toContain('no partner in layers.nir');
    expect(stderr).toContain('0-red.tif');
  });
});
