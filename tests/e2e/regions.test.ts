import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { plainFactors, rectangleZones, temporaryFolder } from '../support/city.ts';
import { runCli } from '../support/cli.ts';
import { SMALL_EPSG, smallRaster } from '../support/small-city.ts';

/** Regions through the command line: folders and files of specs, one bad city, totals, land that two cities share. */

const [X0, Y1] = [500_000, 3_000_000];
/** Of the small raster of 32 x 32 cells of 10 m: the upper half is class 1, the lower class 2. */
const rectangle = (col: number, row: number, cols: number, rows: number): readonly [number, number, number, number] => [
  X0 + col * 10,
  Y1 - (row + rows) * 10,
  X0 + (col + cols) * 10,
  Y1 - row * 10,
];

interface Answer {
  readonly region: string;
  readonly status: string;
  readonly exit_code: number;
  readonly url: string;
  readonly runs: readonly { spec: string; city?: string; status?: string; error?: { code: string }; run?: string }[];
  readonly totals: {
    readonly status: string;
    readonly years: readonly {
      year: number;
      cities: number;
      sum: Record<string, number | null>;
      each_cell_once: boolean;
      counted_twice_ha: number | null;
    }[];
    readonly overlaps: readonly Record<string, unknown>[];
    readonly missing: readonly { code: string }[];
    readonly notes: readonly string[];
  };
}

/** A region file with defaults, and a spec a city that names little but its zones. */
async function region(
  cities: Readonly<Record<string, object>>,
  zones: Readonly<Record<string, object>>,
): Promise<string> {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'cities'));
  await writeFile(join(folder, 'cover.tif'), smallRaster());
  await writeFile(join(folder, 'factors.csv'), plainFactors([1, 2]));
  const defaults = {
    year: 2021,
    layers: { landcover: { scenes: './cover.tif' } },
    factors: './factors.csv',
    results: './results/',
  };
  const text = { region: 'delta', cities: ['./cities/*.yaml'], defaults };
  await writeFile(join(folder, 'region.yaml'), JSON.stringify(text, null, 1));
  for (const [city, keys] of Object.entries(cities)) {
    await writeFile(join(folder, 'cities', `${city}.geojson`), JSON.stringify(zones[city] ?? {}));
    const spec = { city, zones: { url: `./${city}.geojson` }, ...keys };
    await writeFile(join(folder, 'cities', `${city}.yaml`), JSON.stringify(spec, null, 1));
  }
  return folder;
}

const zoneAt = (...at: Parameters<typeof rectangle>) => rectangleZones(SMALL_EPSG, { whole: rectangle(...at) });

async function run(folder: string, code: number, place = join(folder, 'region.yaml')): Promise<Answer> {
  const ran = await runCli(['run', '--json', '--workers', '1', place], { env: { TMPDIR: folder } });
  expect(ran.code, `${ran.stderr}\n${ran.stdout.slice(0, 2000)}`).toBe(code);
  return JSON.parse(ran.stdout) as Answer;
}

describe('A region of cities that lie apart', () => {
  test('has the sum of their totals, as JSON and CSV, and the same file when it is asked again.', async () => {
    const folder = await region({ east: {}, west: {} }, { west: zoneAt(0, 0, 16, 32), east: zoneAt(16, 0, 16, 32) });
    const answer = await run(folder, 0);
    expect(answer).toMatchObject({ region: 'delta', status: 'DONE', exit_code: 0 });
    expect(answer.runs.map(({ city, status }) => [city, status])).toEqual([
      ['east', 'DONE'],
      ['west', 'DONE'],
    ]);
    const [year] = answer.totals.years;
    // 512 cells of 100 m2 in each class: class 1 stores 1.75 t C/ha, class 2 2.75.
    expect(year).toMatchObject({ year: 2021, cities: 2, each_cell_once: true, counted_twice_ha: 0 });
    expect(year?.sum).toMatchObject({
      cells: 1024,
      area_ha: 10.24,
      storage_tC: 5.12 * 1.75 + 5.12 * 2.75,
      coverage: 1,
    });
    expect(answer.totals.overlaps).toEqual([]);
    const stored = await readFile(new URL('totals.json', answer.url), 'utf8');
    const csv = await readFile(new URL('totals.csv', answer.url), 'utf8');
    expect(csv.split('\n')[0]).toMatch(/^region,year,city,status,run,cells,area_ha,/);
    expect(csv).toMatch(/^delta,2021,all,,,1024,10\.24,/m);
    const again = await run(folder, 0);
    expect(again.url).toBe(answer.url);
    expect(await readFile(new URL('totals.json', again.url), 'utf8')).toBe(stored);
    const text = await runCli(['run', '--workers', '1', folder], { env: { TMPDIR: folder } });
    expect(text.stdout).toMatch(/^west +2021 +DONE +5\.12/m);
    expect(text.stdout).toMatch(/^all 2 +2021 +10\.24/m);
  });

  test('goes on where one of them is wrong and one has no scenes, and ends with the gravest code.', async () => {
    const folder = await region(
      { bad: { yeer: 1 }, empty: { layers: { landcover: { scenes: './nowhere.tif' } } }, good: {} },
      { bad: zoneAt(0, 0, 4, 4), empty: zoneAt(0, 0, 4, 4), good: zoneAt(0, 0, 32, 32) },
    );
    const answer = await run(folder, 1);
    expect(answer).toMatchObject({ status: 'PARTIAL', exit_code: 1 });
    expect(answer.runs.map(({ status, error }) => status ?? error?.code)).toEqual([
      'REQUEST_INVALID',
      'OBJECT_NOT_FOUND',
      'DONE',
    ]);
    expect(answer.totals).toMatchObject({ status: 'PARTIAL', years: [{ cities: 1, sum: { cells: 1024 } }] });
    expect(answer.totals.missing.map(({ code }) => code)).toEqual(['REQUEST_INVALID', 'OBJECT_NOT_FOUND']);
  });
});

describe('Cities that share land', () => {
  test('have it stated, exactly where their grids are one.', async () => {
    const folder = await region({ a: {}, b: {} }, { a: zoneAt(0, 0, 20, 32), b: zoneAt(12, 0, 20, 32) });
    const answer = await run(folder, 0);
    expect(answer.totals.overlaps).toMatchObject([
      { city: 'b', with: ['a'], cells: 8 * 32, area_ha: 2.56, same_grid: true },
    ]);
  });
});

test('A folder is a region by its own name; what names no city is left out, and results below it are no specs.', async () => {
  const folder = await region({ a: {} }, { a: zoneAt(0, 0, 4, 4) });
  await writeFile(
    join(folder, 'cities', 'a.yaml'),
    JSON.stringify({ extends: '../region.yaml', city: 'a', zones: { url: './a.geojson' } }),
  );
  const answer = await run(folder, 0, join(folder, 'cities'));
  expect(answer).toMatchObject({ region: 'cities', runs: [{ city: 'a', status: 'DONE' }] });
  expect((await run(folder, 0, join(folder, 'cities'))).runs).toHaveLength(1);
});
