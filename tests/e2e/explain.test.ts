import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
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
import { latestTotals, type Totals } from '../support/totals.ts';

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
/** Around the same place: x 500000, y 3000000 of zone 50 lies at about x -95600, y 3026000 of zone 51. */
const NEXT_ZONE: RasterPlace = { epsg: 32651, originX: -97_000, originY: 3_027_000, cellM: 20, side: 160 };
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
      [{ id: 'late', name: 'late' }],
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
