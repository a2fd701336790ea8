import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { plainFactors, rectangleZones, temporaryFolder } from '../support/city.ts';
import { runCli, startCli } from '../support/cli.ts';
import { startS3Server } from '../support/s3-server/s3-server.ts';
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
    const status = await runCli(['status', '--json', join(folder, 'region.yaml')], {
      cwd: folder,
      env: { TMPDIR: folder },
    });
    expect(JSON.parse(status.stdout)).toMatchObject({
      region: 'delta',
      cities: [
        { city: null, state: 'REQUEST_INVALID', message: expect.stringMatching(/bad\.yaml:\d+ yeer/) },
        { city: 'empty', state: 'never run' },
        { city: 'good', state: 'DONE', tiles: '1 tile' },
      ],
      totals: expect.stringMatching(/_regions\/delta\/[0-9a-f]{12}\/totals\.json$/),
    });
    const text = await runCli(['status', folder], { cwd: folder, env: { TMPDIR: folder } });
    expect(text.stdout).toMatch(/^delta: 1 DONE, 1 REQUEST_INVALID, 1 never run\n/);
  });
});

describe('Cities that share land', () => {
  test('have it once in the sum where their grids are one: as one city of both would have it.', async () => {
    const folder = await region({ a: {}, b: {} }, { a: zoneAt(0, 0, 20, 32), b: zoneAt(12, 0, 20, 32) });
    const answer = await run(folder, 0);
    expect(answer.totals.overlaps).toMatchObject([
      {
        city: 'b',
        with: ['a'],
        cells: 8 * 32,
        area_ha: 2.56,
        same_grid: true,
        left_out: true,
        own: { cells: 12 * 32 },
      },
    ]);
    const [year] = answer.totals.years;
    expect(year).toMatchObject({ each_cell_once: true, counted_twice_ha: 0 });
    expect(year?.sum).toMatchObject({
      cells: 1024,
      area_ha: 10.24,
      storage_tC: 5.12 * 1.75 + 5.12 * 2.75,
      coverage: 1,
    });
    expect(answer.totals.notes[0]).toMatch(/^b \(2021\) shares 2\.56 ha with a: the sums have that land once/);
    expect((await run(folder, 0)).url).toBe(answer.url);
  });

  test('on two grids have it stated with its area, and that the sum has it twice.', async () => {
    const grid = { crs: 'EPSG:32650', resolution: 5 };
    const folder = await region({ a: {}, b: { grid } }, { a: zoneAt(0, 0, 20, 32), b: zoneAt(12, 0, 20, 32) });
    const answer = await run(folder, 0);
    expect(answer.totals.overlaps).toMatchObject([{ city: 'b', area_ha: 2.56, same_grid: false, left_out: false }]);
    expect(answer.totals.years[0]).toMatchObject({
      each_cell_once: false,
      counted_twice_ha: 2.56,
      sum: { area_ha: 12.8 },
    });
    expect(answer.totals.notes[0]).toMatch(/^b \(2021\) shares about 2\.56 ha with a: .*more than once/);
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

test('A region, its specs and its results may all stand in S3, and its nights too.', async () => {
  const server = await startS3Server({ buckets: { specs: {}, results: {} } });
  const folder = await temporaryFolder();
  const json = (name: string, value: object) =>
    server.put('specs', name, new TextEncoder().encode(JSON.stringify(value)));
  try {
    server.put('specs', 'delta/cover.tif', smallRaster());
    server.put('specs', 'delta/factors.csv', new TextEncoder().encode(plainFactors([1, 2])));
    const defaults = { year: 2021, layers: { landcover: { scenes: './cover.tif' } }, factors: './factors.csv' };
    json('delta/region.json', { region: 'delta', cities: ['cities/*.json'], defaults, results: 's3://results/' });
    json('delta/cities/a.json', { city: 'a', zones: { url: '../a.geojson' }, results: 's3://results/' });
    json('delta/a.geojson', zoneAt(0, 0, 32, 32));
    const options = { cwd: folder, env: { ...server.env, TMPDIR: folder } };
    const out = ['--out', 's3://results/'];
    const place = 's3://specs/delta/region.json';
    const added = await runCli(['schedule', 'add', place, '--cron', '0 2 * * *', ...out], options);
    expect(added.code, added.stderr).toBe(0);
    const at = new Date(Date.now() + 86_400_000).toISOString();
    const due = await runCli(['schedule', 'due', '--workers', '1', '--json', '--at', at, ...out], options);
    expect(due.code, due.stderr).toBe(0);
    const ran = await runCli(['run', '--json', '--workers', '1', place], options);
    expect(JSON.parse(ran.stdout)).toMatchObject({ status: 'DONE', runs: [{ city: 'a', unchanged: true }] });
    const keys = [...server.bucket('results').keys()];
    expect(keys.filter((key) => /^_nights\/delta\/[^/]+T0200\/a-[0-9a-f]{8}(\.end)?\.json$/.test(key))).toHaveLength(2);
    expect(keys).toContain('_regions/delta/latest.json');
  } finally {
    await server.close();
  }
});

describe('A schedule of a region', () => {
  test('is kept in the results root, runs each night once and makes up for those that were missed.', async () => {
    const folder = await region({ a: {}, b: {} }, { a: zoneAt(0, 0, 16, 32), b: zoneAt(16, 0, 16, 32) });
    const env = { TMPDIR: folder };
    const schedule = async (...words: string[]) => {
      const { code, stdout, stderr } = await runCli(['schedule', ...words, '--out', join(folder, 'results')], { env });
      return { code, text: stdout, stderr };
    };
    const added = await schedule('add', join(folder, 'region.yaml'), '--cron', '30 2 * * *', '--tz', 'Asia/Shanghai');
    expect(added, added.stderr).toMatchObject({ code: 0 });
    expect(added.text).toMatch(/^delta {2}new {2}next \d{4}-\d\d-\d\dT18:30:00\.000Z/);
    expect((await schedule('list')).text).toMatch(/^delta {2}30 2 \* \* \* {2}Asia\/Shanghai {2}next /);
    const at = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
    const first = await schedule('due', '--workers', '1', '--json', '--at', at(1));
    expect(first, first.stderr).toMatchObject({ code: 0 });
    const { schedules } = JSON.parse(first.text) as {
      schedules: { schedule: string; closed: string[]; owed: string[] }[];
    };
    expect(schedules).toMatchObject([{ schedule: 'delta', closed: [expect.stringMatching(/T0230$/)], owed: [] }]);
    const again = await schedule('due', '--workers', '1', '--json', '--at', at(1));
    expect(JSON.parse(again.text)).toMatchObject({ schedules: [{ closed: [], owed: [] }] });
    const later = await schedule('due', '--workers', '1', '--json', '--at', at(3));
    expect((JSON.parse(later.text) as { schedules: { closed: string[] }[] }).schedules[0]?.closed).toHaveLength(2);
    const nights = (await readdir(join(folder, 'results/_nights/delta'), { recursive: true })).filter((name) =>
      name.includes('/'),
    );
    expect(nights.filter((name) => !name.endsWith('.end.json'))).toHaveLength(3 * 2);
    expect(nights.filter((name) => name.endsWith('.end.json'))).toHaveLength(3 * 2);
    const runs = (await readdir(join(folder, 'results/a'))).filter((name) => name.startsWith('2021-'));
    expect(runs).toHaveLength(1);
    expect(await readdir(join(folder, 'results/_regions/delta'))).toHaveLength(2);
    expect(await schedule('remove', 'delta')).toMatchObject({ code: 0, text: 'delta  removed\n' });
    expect(await schedule('remove', 'delta')).toMatchObject({ code: 2 });
  });

  test('is kept by a process that is killed in the middle of a night and by the next one: one run a city, then it ends in order.', async () => {
    const folder = await region({ a: {}, b: {} }, { a: zoneAt(0, 0, 16, 32), b: zoneAt(16, 0, 16, 32) });
    const results = join(folder, 'results');
    const yesterday = new Date(Date.now() - 86_400_000);
    const schedule = {
      schema: 'citysink-schedule-1',
      name: 'delta',
      places: [`file://${join(folder, 'region.yaml')}`],
      cron: '0 3 * * *',
      tz: 'UTC',
      since: yesterday.toISOString(),
      out: null,
    };
    await mkdir(join(results, '_schedules'), { recursive: true });
    await writeFile(join(results, '_schedules/delta.json'), JSON.stringify(schedule));
    const serve = () =>
      startCli(['schedule', 'serve', '--workers', '1', '--out', results], { env: { TMPDIR: folder } });
    const nights = async () => {
      const all = await readdir(join(results, '_nights'), { recursive: true }).catch(() => []);
      const files = all.filter((name) => name.endsWith('.json'));
      return {
        claimed: files.filter((name) => name.split('/').length === 3 && !name.endsWith('.end.json')).length,
        ended: files.filter((name) => name.endsWith('.end.json')).length,
        closed: files.filter((name) => name.split('/').length === 2).length,
      };
    };
    const first = serve();
    while ((await nights()).claimed === 0) await sleep(5);
    first.process.kill('SIGKILL');
    await first.ended;
    expect((await nights()).closed).toBe(0);
    const second = serve();
    while ((await nights()).closed === 0) await sleep(20);
    second.process.kill('SIGTERM');
    expect((await second.ended).code).toBe(0);
    expect(await nights()).toEqual({ claimed: 2, ended: 2, closed: 1 });
    for (const city of ['a', 'b']) {
      expect((await readdir(join(results, city))).filter((name) => name.startsWith('2021-'))).toHaveLength(1);
    }
  });

  test('with a pattern, zone and name that are none is refused with all three.', async () => {
    const folder = await temporaryFolder();
    const words = ['schedule', 'add', 'a.yaml', '--cron', '0 25 * * *', '--tz', 'Mars/Olympus', '--name', 'A!'];
    const { code, stderr } = await runCli(words, { cwd: folder });
    expect(code).toBe(2);
    for (const mistake of ['"25" is no hour', 'no time zone', 'no short name']) expect(stderr).toContain(mistake);
  });
});
