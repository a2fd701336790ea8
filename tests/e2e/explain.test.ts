import { rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeClassGeotiff } from '../../src/cli/demo/geotiff-writer.ts';
import { askedPlace } from '../../src/cli/explain/asked-place.ts';
import { type CellReport, explainCell } from '../../src/cli/explain/explain-cell.ts';
import { loadSpec } from '../../src/producer/load-spec.ts';
import { isPlanned, produce } from '../../src/producer/produce.ts';
import { StoreRegistry } from '../../src/shared/io/open-store.ts';
import { DEFAULT_STORE_SETTINGS } from '../../src/shared/io/store-settings.ts';
import { pathToUrl } from '../../src/shared/io/store-url.ts';
import { roundFigure } from '../../src/shared/units.ts';
import { plainFactors, rectangleZones, temporaryFolder, writeCity } from '../support/city.ts';
import { runCli } from '../support/cli.ts';
import { latestTotals, resultNames, type Totals } from '../support/totals.ts';

/**
 * A city whose zones are single cells, so that a run's figures of a zone are those of a cell, to be held against `explain`.
 *
 * 16 x 16 cells of 10 m (UTM 50N). Land cover: `a` on the grid with holes (every third cell), below it `b` of zone 51.
 * Red and nir on two dates with a cloud mask each; soil of 4 m pixels off the grid, averaged; height of 25 m, bilinear.
 */
const SIDE = 16;
const CELL_M = 10;
const [X0, Y1] = [500_000, 3_000_000];
const EPSG = 32650;

interface RasterPlace {
  readonly epsg: number;
  readonly originX: number;
  readonly originY: number;
  readonly cellM: number;
  readonly side: number;
}

const ON_GRID: RasterPlace = { epsg: EPSG, originX: X0, originY: Y1, cellM: CELL_M, side: SIDE };
/** Around the same place: x 500000, y 3000000 of zone 50 is x -95285, y 3014244 of zone 51. */
const NEXT_ZONE: RasterPlace = { epsg: 32651, originX: -95_400, originY: 3_014_400, cellM: 7, side: 64 };
const FINE: RasterPlace = { epsg: EPSG, originX: X0 - 3, originY: Y1 + 1, cellM: 4, side: 36 };
const COARSE: RasterPlace = { epsg: EPSG, originX: X0 - 7, originY: Y1 + 12, cellM: 25, side: 8 };

function raster({ side, ...place }: RasterPlace, nodata: number, codeAt: (row: number, col: number) => number) {
  const codes = Uint8Array.from({ length: side * side }, (_, i) => codeAt(Math.floor(i / side), i % side));
  return encodeClassGeotiff({ rows: side, cols: side, codes, ...place, nodata, description: '', date: '2021-06-01' });
}

/** A number that looks like chance and is the same in every run. */
function scatter(row: number, col: number, seed: number, count: number): number {
  return Math.floor(Math.abs(Math.sin(row * 12.9898 + col * 78.233 + seed) * 43758.5453) % count);
}

const RASTERS: Readonly<Record<string, Uint8Array>> = {
  'a.tif': raster(ON_GRID, 0, (row, col) => ((row + col) % 3 === 0 ? 0 : 1 + scatter(row, col, 1, 3))),
  'b.tif': raster(NEXT_ZONE, 0, (row, col) => 1 + scatter(row, col, 2, 3)),
  'red-1.tif': raster(ON_GRID, 255, (row, col) => scatter(row, col, 3, 100)),
  'red-2.tif': raster(ON_GRID, 255, (row, col) => (row === 5 ? 255 : scatter(row, col, 4, 100))),
  'nir-1.tif': raster(ON_GRID, 255, (row, col) => 1 + scatter(row, col, 5, 200)),
  'nir-2.tif': raster(ON_GRID, 255, (row, col) => 1 + scatter(row, col, 6, 200)),
  'cloud-1.tif': raster(ON_GRID, 255, (row, col) => scatter(row, col, 7, 2)),
  'cloud-2.tif': raster(ON_GRID, 255, (row, col) => scatter(row, col, 8, 3)),
  'soil.tif': raster(FINE, 255, (row, col) => (scatter(row, col, 9, 5) === 0 ? 255 : scatter(row, col, 9, 250))),
  'height.tif': raster(COARSE, 255, (row, col) => (row === 3 && col === 3 ? 255 : scatter(row, col, 10, 250))),
};

/** Cells that are zones of their own: a block in the middle, and cells along the city's corners. */
const CELLS = Array.from({ length: 36 }, (_, i) => ({ row: 3 + Math.floor(i / 6), col: 2 + (i % 6) })).concat([
  { row: 0, col: 0 },
  { row: 15, col: 15 },
  { row: 15, col: 0 },
]);

const nameOf = ({ row, col }: { readonly row: number; readonly col: number }) => `c${row}-${col}`;
const centreOf = ({ row, col }: { readonly row: number; readonly col: number }) => ({
  x: X0 + (col + 0.5) * CELL_M,
  y: Y1 - (row + 0.5) * CELL_M,
});

function zones(): object {
  const rectangles = CELLS.map((cell): [string, readonly [number, number, number, number]] => {
    const { x, y } = centreOf(cell);
    return [nameOf(cell), [x - 5, y - 5, x + 5, y + 5]];
  });
  // A zone that is later in the file, over one of the cells.
  const { x, y } = centreOf({ row: 3, col: 2 });
  return rectangleZones(EPSG, Object.fromEntries([...rectangles, ['late', [x - 5, y - 5, x + 5, y + 15]]]));
}

const list = (...names: string[]) => names.map((name) => `./${name}.tif`);
const MASK = { layer: 'cloud', keep: [1] };

async function writeLayers(folder: string, composite: string, resample: string): Promise<string> {
  for (const [name, bytes] of Object.entries(RASTERS)) await writeFile(join(folder, name), bytes);
  const dated = (name: string) => ({ scenes: list(`${name}-1`, `${name}-2`), composite, mask: MASK });
  return writeCity({
    folder,
    scenes: list('a', 'b'),
    zones: zones(),
    zonesKeys: { id: 'id' },
    factors: plainFactors([1, 2, 3]),
    landcover: { resample },
    spec: {
      grid: { crs: `EPSG:${EPSG}`, resolution: CELL_M },
      layers: {
        landcover: { scenes: list('a', 'b'), resample },
        red: dated('red'),
        nir: dated('nir'),
        cloud: { scenes: list('cloud-1', 'cloud-2') },
        soil: { scenes: list('soil'), scale: 0.5, offset: -3, unit: 't/ha', resample: 'average' },
        height: { scenes: list('height'), unit: 'm', resample: 'bilinear' },
      },
    },
  });
}

const folders: string[] = [];
async function folder(): Promise<string> {
  const made = await temporaryFolder();
  folders.push(made);
  return made;
}

afterAll(async () => {
  for (const one of folders) await rm(one, { recursive: true, force: true });
});

/** Reports of places, as the command makes them, without a process for each. */
async function explainer(spec: string): Promise<(x: number, y: number, crs?: string) => Promise<CellReport>> {
  const stores = new StoreRegistry(DEFAULT_STORE_SETTINGS);
  const url = pathToUrl(spec);
  const city = await loadSpec((place) => stores.storeFor(place), url, { anonymous: false });
  const options = { tileSize: null, fresh: 'explain', again: false, stacHosts: [] };
  const production = await produce(city, url, stores, options);
  if (!isPlanned(production)) throw new Error('the request is settled');
  return async (x, y, crs = `EPSG:${EPSG}`) =>
    explainCell(production, await askedPlace(`${x},${y}`, crs), stores, new AbortController().signal);
}

/** What a run would publish of a layer's value over one cell in the plane: fixed point, then 12 digits. */
function published(layer: CellReport['layers'][number]): number | null {
  const units = 2 ** (layer.kind === 'ndvi' ? 30 : 20);
  return layer.value === null ? null : roundFigure(Math.round(layer.value * units) / units);
}

describe.each([
  ['first', 'nearest'],
  ['max_ndvi', 'mode'],
  ['median', 'nearest'],
])('explain beside a run over cities of one cell, dates by %s, classes by %s', (composite, resample) => {
  const reports: CellReport[] = [];
  let totals: Totals;
  let spec: string;

  beforeAll(async () => {
    const where = await folder();
    spec = await writeLayers(where, composite, resample);
    const ran = await runCli(['run', '--workers', '1', spec], { cwd: where });
    expect(ran.stderr + ran.stdout, 'the run').toContain('sequestration');
    expect(ran.code).toBe(0);
    totals = await latestTotals(join(where, 'results'));
    const explain = await explainer(spec);
    for (const cell of CELLS) reports.push(await explain(centreOf(cell).x, centreOf(cell).y));
  });

  const figuresOf = (report: CellReport) => totals.figures.zones.find(({ zone }) => zone === report.zone?.id);

  test('each cell is in the zone that is made of it, and the later zone is named where it overlaps', () => {
    expect(reports.map(({ zone }) => zone?.id)).toEqual(CELLS.map(nameOf));
    expect(reports.filter(({ zone }) => zone?.also_in.length).map(({ zone }) => zone?.also_in)).toEqual([
      [{ id: 'late', name: 'late', share: 0 }],
    ]);
    expect(reports.map(({ area_m2 }) => area_m2)).toEqual(CELLS.map(() => 100));
  });

  test('class and carbon are those that the run counted', () => {
    for (const report of reports) {
      const counted = figuresOf(report);
      expect(counted?.total.zone_cells).toBe(1);
      expect(counted?.classes.map((row) => row.class)).toEqual([report.class?.code]);
      expect(counted?.classes[0]).toMatchObject(report.adds as object);
      expect(report.class?.factors?.name).toBe(`class ${report.class?.code}`);
    }
  });

  test('values of all layers, their dates and what masks hide are those that the run measured', () => {
    for (const report of reports) {
      const measured = report.layers.filter(({ kind }) => kind === 'ndvi' || kind === 'quantity');
      const counted = figuresOf(report)?.layers ?? [];
      expect(measured.map(({ layer }) => layer)).toEqual(['ndvi', 'soil', 'height']);
      expect(counted.map(({ mean }) => mean)).toEqual(measured.map(published));
      const ndvi = measured[0];
      expect(counted[0]?.masked_cells).toBe(ndvi?.without === 'hidden' ? 1 : 0);
    }
    const states = reports.flatMap(({ layers }) => layers.map(({ without }) => without));
    expect(new Set(states)).toContain('hidden');
  });

  test('weights and stored pixels make the value that is shown', () => {
    for (const report of reports) {
      for (const { layer, takes } of report.layers) {
        for (const scene of takes.flatMap(({ scenes }) => scenes)) {
          const valid = scene.pixels.filter(({ state }) => state === 'valid');
          const sum = valid.reduce((total, { weight, sample }) => total + weight * Number(sample), 0);
          const weights = valid.reduce((total, { weight }) => total + weight, 0);
          if (scene.value === null || layer === 'landcover') continue;
          expect(scene.more).toBe(0);
          expect(weights).toBeCloseTo(1, 12);
          expect(scene.value).toBeCloseTo(sum * scene.gain + scene.bias, 9);
        }
      }
    }
  });

  test('a hole of the first scene is taken over by the second, which is warped from another CRS', () => {
    const hole = reports.find(({ cell }) => cell !== null && (cell.row + cell.col) % 3 === 0);
    const [first, second] = hole?.layers[0]?.takes ?? [];
    expect(first).toMatchObject({
      state: 'missing',
      scenes: [{ warp: null, pixels: [{ sample: 0, state: 'nodata' }] }],
    });
    expect(second).toMatchObject({ state: 'owner', scenes: [{ warp: { resample } }] });
    expect(second?.scenes[0]?.warp?.crs).toContain('EPSG:32651');
    const whole = reports.find(({ cell }) => cell !== null && (cell.row + cell.col) % 3 !== 0);
    expect(whole?.layers[0]?.takes.map(({ state }) => state)).toEqual(['owner', 'spare']);
    expect(whole?.layers[0]?.takes[0]?.scenes[0]?.pixels[0]?.sample).toBe(whole?.class?.code);
  });

  test('the date under cloud is told with its code, and the other one owns the cell or shares in it', () => {
    const ndvi = reports.map(({ layers }) => layers.find(({ layer }) => layer === 'ndvi'));
    const mixed = ndvi.filter((layer) => layer?.takes[0]?.state === 'hidden' && layer.value !== null);
    expect(mixed.length).toBeGreaterThan(0);
    for (const layer of mixed) {
      const [first, second] = layer?.takes ?? [];
      expect(first?.mask).toMatchObject({ code: 0, keep: [1], keeps: false });
      expect(second?.mask).toMatchObject({ code: 1, keeps: true });
      expect(second?.state).toBe(composite === 'median' ? 'shared' : 'owner');
      expect(layer?.value).toBeCloseTo(second?.value ?? Number.NaN, composite === 'median' ? 6 : 15);
    }
  });
});

describe('explain beside a run where areas are on the ellipsoid', () => {
  /** One cell as zone, on a grid that is asked for; its land cover is warped or not. */
  async function compare(grid: object, at: readonly [number, number], half: number, crs: number): Promise<void> {
    const where = await folder();
    const [x, y] = at;
    const spec = await writeCity({
      folder: where,
      scenes: './b.tif',
      zones: rectangleZones(crs, { one: [x - half, y - half, x + half, y + half] }),
      zonesKeys: { id: 'id' },
      factors: plainFactors([1, 2, 3]),
      spec: { grid, area: 'ellipsoid' },
    });
    await writeFile(join(where, 'b.tif'), RASTERS['b.tif'] as Uint8Array);
    expect((await runCli(['run', '--workers', '1', spec], { cwd: where })).code).toBe(0);
    const [zone] = (await latestTotals(join(where, 'results'))).figures.zones;
    const report = await (await explainer(spec))(x, y, `EPSG:${crs}`);
    expect(zone?.total.zone_cells).toBe(1);
    expect(zone?.total.zone_area_ha).toBe(roundFigure((report.area_m2 ?? 0) / 1e4));
    expect(zone?.classes[0]).toMatchObject({ class: report.class?.code, ...report.adds });
    expect(report.area_m2).not.toBe(100);
  }

  test('by row, on a grid of longitude and latitude', async () => {
    await compare({ crs: 'EPSG:4326', resolution: 0.0001 }, [117.00085, 27.12165], 0.00004, 4326);
  });

  test('by cell, on a projected grid', async () => {
    await compare({ crs: `EPSG:${EPSG}`, resolution: CELL_M }, [X0 + 75, Y1 - 85], 4, EPSG);
  });
});

describe('explain of what is lost or left out', () => {
  const wholeZone = rectangleZones(EPSG, { whole: [X0, Y1 - 160, X0 + 160, Y1] });

  interface Parts {
    readonly rasters: Readonly<Record<string, Uint8Array>>;
    readonly spec?: Readonly<Record<string, unknown>>;
    readonly landcover?: Readonly<Record<string, unknown>>;
    readonly classes?: readonly number[];
    readonly zones?: object;
  }

  async function city({
    rasters,
    spec = {},
    landcover = {},
    classes = [1, 2, 3],
    zones = wholeZone,
  }: Parts): Promise<string> {
    const where = await folder();
    for (const [name, bytes] of Object.entries(rasters)) await writeFile(join(where, name), bytes);
    const scenes = Object.keys(rasters).map((name) => `./${name}`);
    const parts = { zones, zonesKeys: { id: 'id' }, factors: plainFactors(classes) };
    const grid = { crs: `EPSG:${EPSG}`, resolution: CELL_M };
    return writeCity({ folder: where, scenes, ...parts, landcover, spec: { grid, ...spec } });
  }

  const hole = centreOf({ row: 3, col: 3 });
  const solid = centreOf({ row: 3, col: 4 });

  /** The scene with its only block spoiled. */
  function damaged(bytes: Uint8Array): Uint8Array {
    const spoiled = bytes.slice();
    spoiled.fill(0xff, spoiled.length - 40, spoiled.length - 20);
    return spoiled;
  }

  test('a block that does not decode leaves the cell unread, and no later scene stands for it', async () => {
    const [a, b] = [RASTERS['a.tif'], RASTERS['b.tif']] as [Uint8Array, Uint8Array];
    const spec = await city({ rasters: { 'a.tif': a, 'b.tif': damaged(b), 'c.tif': a } });
    const explain = await explainer(spec);
    const lost = await explain(hole.x, hole.y);
    expect(lost.layers[0]).toMatchObject({ value: null, without: 'unread' });
    expect(lost.layers[0]?.takes.map(({ state }) => state)).toEqual(['missing', 'unread', 'missing']);
    expect(lost).toMatchObject({ class: null, adds: null, unread: [{ code: 'RASTER_CORRUPT' }] });
    const found = await explain(solid.x, solid.y);
    expect(found.layers[0]?.takes.map(({ state }) => state)).toEqual(['owner', 'unread', 'spare']);
    expect(found.class?.code).toBe(found.layers[0]?.takes[0]?.value);
    await compareAllCells(spec, explain);
  });

  /** Every cell of the zone: the classes and unread cells of the explanations are those of the run. */
  async function compareAllCells(spec: string, explain: Awaited<ReturnType<typeof explainer>>): Promise<void> {
    const ran = await runCli(['run', '--workers', '1', spec], { cwd: dirname(spec) });
    expect([0, 3]).toContain(ran.code);
    const { city: counted } = (await latestTotals(join(dirname(spec), 'results'))).figures;
    const cells = new Map<string, number>();
    for (let cell = 0; cell < SIDE * SIDE; cell++) {
      const { x, y } = centreOf({ row: Math.floor(cell / SIDE), col: cell % SIDE });
      const { layers } = await explain(x, y);
      const told = String(layers[0]?.value ?? layers[0]?.without);
      cells.set(told, (cells.get(told) ?? 0) + 1);
    }
    expect(counted.classes.map((row) => [String(row.class), row.cells])).toEqual(
      [...cells].filter(([told]) => Number(told) > 0).sort(([a], [b]) => Number(a) - Number(b)),
    );
    expect(counted.total.unread_cells).toBe(cells.get('unread') ?? 0);
    expect(counted.total.zone_cells).toBe(SIDE * SIDE);
  }

  test('scenes of land cover with a mask each: what one hides is left to the next', async () => {
    const mask = (seed: number) => raster(ON_GRID, 255, (row, col) => scatter(row, col, seed, 3));
    const where = await folder();
    const rasters = {
      'a-1.tif': RASTERS['a.tif'],
      'a-2.tif': RASTERS['b.tif'],
      'm-1.tif': mask(21),
      'm-2.tif': mask(22),
    };
    for (const [name, bytes] of Object.entries(rasters)) await writeFile(join(where, name), bytes as Uint8Array);
    const layers = {
      landcover: { scenes: list('a-1', 'a-2'), mask: { layer: 'm', keep: [1, 2] } },
      m: { scenes: list('m-1', 'm-2') },
    };
    const parts = { zones: wholeZone, zonesKeys: { id: 'id' }, factors: plainFactors([1, 2, 3]) };
    const grid = { crs: `EPSG:${EPSG}`, resolution: CELL_M };
    const spec = await writeCity({ folder: where, scenes: [], ...parts, spec: { grid, layers } });
    const explain = await explainer(spec);
    await compareAllCells(spec, explain);
    const states = new Set<string>();
    for (let col = 0; col < SIDE; col++) {
      const { x, y } = centreOf({ row: 8, col });
      const [layer] = (await explain(x, y)).layers;
      states.add([layer?.without, ...(layer?.takes ?? []).map(({ state }) => state)].join(' '));
      for (const { state, mask: own } of layer?.takes ?? []) if (state === 'hidden') expect(own?.code).toBe(0);
    }
    for (const seen of [' hidden owner', ' owner spare', 'hidden missing hidden']) expect([...states]).toContain(seen);
  });

  test('a mask that cannot be read leaves the cell unread', async () => {
    const where = await folder();
    await writeFile(join(where, 'a.tif'), RASTERS['a.tif'] as Uint8Array);
    await writeFile(join(where, 'quality.tif'), damaged(RASTERS['cloud-1.tif'] as Uint8Array));
    const layers = {
      landcover: { scenes: './a.tif', mask: { layer: 'quality', keep: [1] } },
      quality: { scenes: './quality.tif' },
    };
    const parts = { zones: wholeZone, zonesKeys: { id: 'id' }, factors: plainFactors([1, 2, 3]) };
    const spec = await writeCity({ folder: where, scenes: './a.tif', ...parts, spec: { layers } });
    const explain = await explainer(spec);
    expect((await explain(solid.x, solid.y)).layers[0]).toMatchObject({ without: 'unread', mask: { unread: true } });
    expect((await explain(hole.x, hole.y)).layers[0]).toMatchObject({ without: 'missing' });
    await compareAllCells(spec, explain);
  });

  test('a scene that cannot be opened is named, and the others are told of', async () => {
    const spec = await city({
      rasters: { 'a.tif': RASTERS['a.tif'] as Uint8Array, 'z.tif': new TextEncoder().encode('II*\0 no raster') },
    });
    const report = await (await explainer(spec))(solid.x, solid.y);
    expect(report.unread.map(({ url }) => url.slice(-5))).toEqual(['z.tif']);
    expect(report.layers[0]?.takes.map(({ state }) => state)).toEqual(['owner']);
  });

  test('scenes behind one without nodata are not read, as in the run', async () => {
    const full = raster(ON_GRID, 0, (row, col) => 1 + scatter(row, col, 1, 3));
    const spec = await city({ rasters: { 'a.tif': full, 'b.tif': RASTERS['b.tif'] as Uint8Array } });
    const report = await (await explainer(spec))(solid.x, solid.y);
    // Its file names a nodata: it may have holes, and the second is read.
    expect(report.layers[0]?.takes.map(({ state }) => state)).toEqual(['owner', 'spare']);
    const bare = full.slice();
    const tag = Buffer.from(bare.buffer).indexOf(Buffer.from([0x81, 0xa4, 2, 0]));
    bare.set([0x82], tag); // 42113 becomes 42114, a tag of nobody.
    const other = await city({ rasters: { 'a.tif': bare, 'b.tif': RASTERS['b.tif'] as Uint8Array } });
    const second = await (await explainer(other))(solid.x, solid.y);
    expect(second.layers[0]?.takes.map(({ state }) => state)).toEqual(['owner', 'unneeded']);
    // Where the tile goes on beyond the first, only the blocks under it are left out.
    const wide = rectangleZones(EPSG, { wide: [X0, Y1 - 160, X0 + 320, Y1] });
    const third = await city({ rasters: { 'a.tif': bare, 'c.tif': full }, spec: { grid: undefined }, zones: wide });
    const report3 = await (await explainer(third))(solid.x, solid.y);
    expect(report3.layers[0]?.takes.map(({ state }) => state)).toEqual(['owner', 'unneeded']);
  });

  test('a mask over the land cover hides its class, and says by which code', async () => {
    const mask = raster(ON_GRID, 255, (row) => (row === 3 ? 7 : 4));
    const where = await folder();
    await writeFile(join(where, 'a.tif'), RASTERS['a.tif'] as Uint8Array);
    await writeFile(join(where, 'quality.tif'), mask);
    const layers = {
      landcover: { scenes: './a.tif', mask: { layer: 'quality', drop_bits: [0] } },
      quality: { scenes: './quality.tif' },
    };
    const parts = { zones: wholeZone, zonesKeys: { id: 'id' }, factors: plainFactors([1, 2, 3]) };
    const spec = await writeCity({ folder: where, scenes: './a.tif', ...parts, spec: { layers } });
    const explain = await explainer(spec);
    const hidden = await explain(solid.x, solid.y);
    expect(hidden.layers.map(({ layer, value }) => [layer, value])).toEqual([
      ['landcover', null],
      ['quality', 7],
    ]);
    expect(hidden.layers[0]).toMatchObject({
      without: 'hidden',
      mask: { layer: 'quality', code: 7, drop_bits: [0], keeps: false },
      takes: [{ state: 'hidden' }],
    });
    expect(hidden).toMatchObject({ class: null, adds: null, zone: { id: 'whole' } });
    const shown = await explain(solid.x, solid.y - CELL_M * 3);
    expect(shown.layers[0]).toMatchObject({
      without: null,
      mask: { code: 4, keeps: true },
      takes: [{ state: 'owner' }],
    });
  });

  test('a class without factors is named and adds nothing', async () => {
    const spec = await city({ rasters: { 'a.tif': RASTERS['a.tif'] as Uint8Array }, classes: [9] });
    const report = await (await explainer(spec))(solid.x, solid.y);
    expect(report.class).toEqual({ code: report.layers[0]?.value, factors: null });
    expect(report.adds).toBeNull();
  });
});

describe('citysink explain', () => {
  let where: string;
  let spec: string;

  beforeAll(async () => {
    where = await folder();
    spec = await writeLayers(where, 'first', 'mode');
  });

  test('prints as JSON what the report is, for longitude and latitude as for map coordinates', async () => {
    const { x, y } = centreOf({ row: 4, col: 4 });
    const report = await (await explainer(spec))(x, y);
    const words = ['explain', '--json', spec, '--at', `${report.cell?.lon},${report.cell?.lat}`];
    const { code, stdout, stderr } = await runCli(words, { cwd: where });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { asked, ...told } = JSON.parse(stdout) as CellReport;
    expect(told).toEqual(JSON.parse(JSON.stringify({ ...report, asked: undefined })));
    expect(asked.crs).toContain('EPSG:4326');
  });

  test('tells a person the way from pixels to carbon, and writes nothing', async () => {
    const { x, y } = centreOf({ row: 5, col: 4 });
    const { code, stdout, stderr } = await runCli(['explain', spec, '--at', `${x},${y}`, '--crs', 'EPSG:32650']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^cell {5}row 5, col 4 of the grid/m);
    expect(stdout).toMatch(/^zone {5}c5-4$/m);
    expect(stdout).toMatch(/^ {2}1\. has no data here\n.*a\.tif.*on the grid.*\n.*stored 0, nodata$/m);
    expect(stdout).toMatch(/^ {2}2\. owns the cell\n.*b\.tif.*mode from EPSG:32651.*\n.*stored [123], weight 0\.\d+$/m);
    expect(stdout).toMatch(/= stored x 0\.5 - 1\.5$/m);
    const adds = /^adds {5}storage [\d.]+ t C \(above [\d.]+, below 0\.005, dead 0, soil ([\d.]+)\)$/m.exec(stdout);
    // The cell has 0.01 ha, and the raster's soil in place of the table's.
    const soil = /^layer {4}soil: ([\d.]+) t\/ha$/m.exec(stdout);
    expect(Number(adds?.[1])).toBeCloseTo(Number(soil?.[1]) / 100, 6);
    expect(stdout).toMatch(/^ {9}sequestration 0\.001 t C\/yr$/m);
    expect(await resultNames(join(where, 'results'))).toEqual([]);
  });

  test('of a place beside all zones and scenes says so with exit 0', async () => {
    const { code, stdout } = await runCli(['explain', spec, '--at', '-3.5,40.4']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^zone {5}none: the cell's centre lies in no zone/m);
    expect(stdout).toMatch(/not read, no pixel under the cell: .*a\.tif, and those of 1 more/);
    expect(stdout).toMatch(/^adds {5}nothing: it is in no zone$/m);
  });

  test.each(['30.2,120.1', '120.1', '120.1;30.2', 'here', '1e999,3'])('refuses --at %s with exit 2', async (at) => {
    const { code, stdout, stderr } = await runCli(['explain', '--json', spec, '--at', at]);
    expect(code).toBe(2);
    expect(stderr).toContain('--at');
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'REQUEST_INVALID', problems: [{ where: '--at' }] } });
  });

  test('of a run that is done still answers', async () => {
    expect((await runCli(['run', '--workers', '1', spec], { cwd: where })).code).toBe(0);
    const { x, y } = centreOf({ row: 4, col: 4 });
    const { code, stdout } = await runCli(['explain', spec, '--at', `${x},${y}`, '--crs', '32650'], { cwd: where });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^adds {5}storage/m);
  });
});
