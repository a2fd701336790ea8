import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MapLegend, parseLegends } from '../../src/shared/contracts/map-legend.ts';
import { MAP_NAMES, type MapName } from '../../src/shared/contracts/map-names.ts';
import { sha256 } from '../../src/shared/io/stored-json.ts';
import { rgbOf } from '../../src/shared/raster/map-colours.ts';
import { rectangleZones, temporaryFolder, writeCity } from '../support/city.ts';
import { runCli } from '../support/cli.ts';
import { CELL_M, CITY_CORNER, CITY_EPSG, CITY_FACTORS, CITY_GREEN, MapCity } from '../support/map-city.ts';
import { readLevels, readMapFile } from '../support/map-files.ts';

/** Pictures of whole runs, pixel by pixel against the maps that they are of. */

const SIDE = 64;
const ZONE_COLS = 60;
const city = new MapCity({
  rows: SIDE,
  cols: SIDE,
  seed: 5,
  builtBlobs: [14, 30],
  otherBlobs: [180, 5],
  isInZones: (_, col) => col < ZONE_COLS,
});
const ZONES = rectangleZones(CITY_EPSG, {
  whole: [CITY_CORNER.x, CITY_CORNER.y - SIDE * CELL_M, CITY_CORNER.x + ZONE_COLS * CELL_M, CITY_CORNER.y],
});
const NAMES_HERE = MAP_NAMES.filter((name) => name !== 'dead');

let folder = '';

beforeAll(async () => {
  folder = await temporaryFolder();
  await writeFile(join(folder, 'cover.tif'), city.coverFile());
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function run(args: readonly string[], maps: readonly MapName[] | null = NAMES_HERE): Promise<string> {
  const spec = await writeCity({
    folder: join(folder, crypto.randomUUID()),
    scenes: '',
    zones: ZONES,
    zonesKeys: { id: 'id' },
    factors: CITY_FACTORS,
    spec: {
      layers: { landcover: { scenes: `${folder}/cover.tif` } },
      green: CITY_GREEN,
      ...(maps === null ? {} : { maps }),
    },
  });
  const { code, stdout, stderr } = await runCli(['run', '--json', ...args, spec]);
  expect(code, stderr + stdout).toBe(0);
  const { run: name } = JSON.parse(stdout) as { run: string };
  return join(spec, '../results/test-city', name);
}

async function picturesOf(at: string): Promise<Record<string, string>> {
  const names = (await readdir(join(at, 'maps'))).filter((name) => !name.endsWith('.tif')).sort();
  return Object.fromEntries(
    await Promise.all(names.map(async (n) => [n, sha256(await readFile(join(at, 'maps', n)))])),
  );
}

interface Pixels {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue, alpha. */
  at(row: number, col: number): readonly number[];
}

async function pixelsOf(path: string): Promise<Pixels> {
  const { data, info } = await sharp(path).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  return {
    width: info.width,
    height: info.height,
    at: (row, col) => [...data.subarray(4 * (row * info.width + col), 4 * (row * info.width + col) + 4)],
  };
}

async function legendsOf(at: string): Promise<Map<MapName, MapLegend>> {
  const legends = parseLegends(JSON.parse(await readFile(join(at, 'maps/legends.json'), 'utf8')));
  return new Map(legends.map((legend) => [legend.name, legend]));
}

describe('Pictures of the maps of a run', () => {
  let at = '';
  beforeAll(async () => {
    at = await run(['--workers', '1']);
  });

  it.each(['png', 'webp'])(
    'show each class in the colour of its legend, and nothing where nothing is: %s',
    async (form) => {
      const [full] = await readLevels(await readMapFile(at, 'class'));
      const picture = await pixelsOf(join(at, 'maps', `class.${form}`));
      const legend = (await legendsOf(at)).get('class');
      // 60 x 64 cells, each a square of seven pixels.
      expect([picture.width, picture.height]).toEqual([7 * ZONE_COLS, 7 * SIDE]);
      expect(legend).toMatchObject({ width_px: 420, height_px: 448, unit: null, range: null });
      const colours = new Map(legend?.codes?.map(({ code, colour }) => [code, [...rgbOf(colour), 255]]));
      for (let cell = 0; cell < ZONE_COLS * SIDE; cell++) {
        const [row, col] = [Math.floor(cell / ZONE_COLS), cell % ZONE_COLS];
        const code = full?.cells[cell] ?? Number.NaN;
        for (const part of [0, 6]) {
          const found = picture.at(7 * row + part, 7 * col + part);
          if (Number.isNaN(code)) expect(found[3]).toBe(0);
          else expect(found).toEqual(colours.get(code));
        }
      }
    },
  );

  it('count in their legend the cells that totals.csv has of each class', async () => {
    const rows = (await readFile(join(at, 'totals.csv'), 'utf8')).trim().split('\n');
    const header = (rows[0] ?? '').split(',');
    const column = (row: string, name: string) => row.split(',')[header.indexOf(name)] ?? '';
    const ofCity = rows.filter((row) => column(row, 'zone') === 'all' && column(row, 'class') !== 'all');
    const cells = new Map(ofCity.map((row) => [Number(column(row, 'class')), Number(column(row, 'cells'))]));
    const codes = (await legendsOf(at)).get('class')?.codes ?? [];
    expect(ofCity.length).toBeGreaterThan(4);
    for (const { code, pixels } of codes) expect([code, pixels]).toEqual([code, cells.get(code) ?? 0]);
    for (const row of ofCity) {
      const areaHa = (Number(column(row, 'cells')) * CELL_M * CELL_M) / 10_000;
      expect(Number(column(row, 'area_ha'))).toBeCloseTo(areaHa, 6);
    }
  });

  it('show densities from pale to dark over the range that the legend says', async () => {
    const [full] = await readLevels(await readMapFile(at, 'storage'));
    const picture = await pixelsOf(join(at, 'maps', 'storage.png'));
    const range = (await legendsOf(at)).get('storage')?.range;
    const seen: { value: number; light: number }[] = [];
    full?.cells.forEach((value, cell) => {
      const [r = 0, g = 0, b = 0, alpha = 0] = picture.at(7 * Math.floor(cell / ZONE_COLS), 7 * (cell % ZONE_COLS));
      expect(alpha).toBe(Number.isNaN(value) ? 0 : 255);
      if (alpha === 255) seen.push({ value, light: 0.2126 * r + 0.7152 * g + 0.0722 * b });
    });
    const values = seen.map(({ value }) => value);
    expect(range?.low).toBeLessThanOrEqual(Math.min(...values));
    expect(range?.has_above).toBe(Math.max(...values) > (range?.high ?? Number.NaN));
    seen.sort((a, b) => a.value - b.value);
    for (const [i, one] of seen.entries()) expect(one.light).toBeLessThanOrEqual(seen[i - 1]?.light ?? 255);
    expect(new Set(seen.map(({ light }) => light)).size).toBeGreaterThan(3);
  });

  it('are the same bytes in other tiles with other workers', async () => {
    const reference = await picturesOf(at);
    expect(Object.keys(reference)).toHaveLength(2 * NAMES_HERE.length + 1);
    expect(await picturesOf(await run(['--workers', '2', '--tile-size', '33']))).toEqual(reference);
  });

  it('stand in the manifest and the item with digests, roles and their legend in words', async () => {
    const manifest = JSON.parse(await readFile(join(at, 'manifest.json'), 'utf8')) as {
      outputs: { name: string; sha256: string }[];
    };
    const listed = Object.fromEntries(
      manifest.outputs
        .filter(({ name }) => name.startsWith('maps/') && !name.endsWith('.tif'))
        .map(({ name, sha256: digest }) => [name.slice('maps/'.length), digest]),
    );
    expect(listed).toEqual(await picturesOf(at));
    const { assets } = JSON.parse(await readFile(join(at, 'item.json'), 'utf8')) as {
      assets: Record<string, { type: string; roles: string[]; description?: string; 'file:checksum': string }>;
    };
    expect(assets['maps/storage.png']).toMatchObject({ type: 'image/png', roles: ['overview', 'thumbnail'] });
    expect(assets['maps/class.webp']).toMatchObject({ type: 'image/webp', roles: ['overview'] });
    expect(assets['maps/storage.png']?.description).toMatch(/^0 \(pale\) to \d+ t C\/ha \(dark\)$/);
    expect(assets['maps/class.webp']?.description).toContain('Trees');
    for (const [name, digest] of Object.entries(listed))
      expect(assets[`maps/${name}`]?.['file:checksum']).toBe(`1220${digest}`);
  });

  it('stand in the report, storage before classes, and in none of a run without maps', async () => {
    const report = await readFile(join(at, 'report.html'), 'utf8');
    expect(report).toContain('src="data:image/webp;base64,');
    expect(report).toContain('Storage of each place, from 0 to ');
    const classes = await readFile(join(await run(['--workers', '1'], ['class']), 'report.html'), 'utf8');
    expect(classes).toContain('classes are in sight');
    const plain = await readFile(join(await run(['--workers', '1'], null), 'report.html'), 'utf8');
    expect(plain).not.toContain('data:image/webp');
  });
});
