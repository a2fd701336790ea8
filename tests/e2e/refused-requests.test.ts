import { execFile } from 'node:child_process';
import { chmod, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CityParts } from '../support/city.ts';
import { plainFactors, rectangleZones, temporaryFolder } from '../support/city.ts';
import { type CliResult, runCli } from '../support/cli.ts';
import { type S3Server, startS3Server } from '../support/s3-server/s3-server.ts';
import { halves, matrixTag, oddRaster, SMALL_EPSG, smallCity, smallRaster } from '../support/small-city.ts';
import { latestTotals, resultNames } from '../support/totals.ts';
import { EAST, twoSceneCity } from '../support/two-scenes.ts';

/** Requests that cannot be done: one clear message each, the right exit code, and nothing left behind as a result. */

const CANARY = 'canary-7f3a';

let s3: S3Server;
const folders: string[] = [];

beforeAll(async () => {
  s3 = await startS3Server({
    buckets: { open: {}, closed: { deniedPrefixes: [''] } },
    secretAccessKey: `secret-${CANARY}`,
  });
  s3.put('open', 'cover.tif', smallRaster());
});

afterAll(async () => {
  await s3?.close();
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

type Environment = Readonly<Record<string, string | undefined>>;

interface Refusal {
  readonly parts?: Partial<CityParts> & { readonly rasters?: Readonly<Record<string, Uint8Array>> };
  readonly words?: readonly string[];
  readonly env?: Environment;
  readonly exit: 1 | 2;
  readonly code: string;
  /** What standard error says. */
  readonly says: readonly RegExp[];
}

interface ErrorAnswer {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
  readonly problems: readonly {
    readonly where: string;
    readonly message: string;
    readonly expected?: string;
    readonly found?: string;
  }[];
}

/** The same words as the text for people has. */
function errorWords({ message, remedy, problems }: ErrorAnswer): string {
  return [
    message,
    remedy,
    ...problems.map((one) => `${one.where}: ${one.message}, expected: ${one.expected}, found: ${one.found}`),
  ].join('\n');
}

/** Runs the request for people and for programs, and checks what holds of every refusal. */
async function expectRefused({ parts = {}, words = [], env = {}, exit, code, says }: Refusal): Promise<void> {
  const { folder, spec, results } = await smallCity(parts);
  folders.push(folder);
  const options = { cwd: folder, env: { ...s3.env, CITYSINK_STORE_RETRIES: '1', ...env } };
  const run = (...more: string[]) => runCli(['run', '--workers', '1', ...more, ...words, spec], options);
  const [text, json] = [await run(), await run('--json')];
  expectPlainError(text, exit, code, says);
  expect(json.code, json.stderr).toBe(exit);
  const { error } = JSON.parse(json.stdout) as { error: ErrorAnswer };
  expect(error.code).toBe(code);
  for (const pattern of says) expect(errorWords(error)).toMatch(pattern);
  expect(json.stdout).not.toContain(CANARY);
  await expectNoResult(results);
}

function expectPlainError(
  { code: exitCode, stderr, stdout }: CliResult,
  exit: number,
  code: string,
  says: readonly RegExp[],
): void {
  expect(exitCode, stderr).toBe(exit);
  for (const pattern of says) expect(stderr).toMatch(pattern);
  expect(stderr.match(/^citysink: .*$/gm)).toEqual([expect.stringContaining(`[${code}]`)]);
  expect(stderr).not.toMatch(/^\s+at |node:internal|\.ts:\d+/m);
  expect(stdout + stderr).not.toContain(CANARY);
}

/** No manifest, no totals, no pointer, and no temporary file. */
async function expectNoResult(results: string): Promise<void> {
  const names = await resultNames(results);
  expect(names.filter((name) => /manifest|totals|latest|tmp|part$/.test(name))).toEqual([]);
}

function polygon(...corners: readonly [number, number][]): object {
  const crs = { type: 'name', properties: { name: `EPSG:${SMALL_EPSG}` } };
  return {
    type: 'FeatureCollection',
    crs,
    features: [{ type: 'Feature', properties: {}, geometry: { type: 'Polygon', coordinates: [corners] } }],
  };
}

const BOW_TIE = polygon(
  [500_000, 3_000_000],
  [500_320, 2_999_680],
  [500_320, 3_000_000],
  [500_000, 2_999_680],
  [500_000, 3_000_000],
);

describe('A spec', () => {
  test('with an unknown key: its line, and the key that was meant.', () =>
    expectRefused({
      parts: { spec: { resuls: './results/' } },
      exit: 2,
      code: 'REQUEST_INVALID',
      says: [/spec\.yaml:\d+ resuls/, /unknown key/, /did you mean .*results/],
    }));

  test('that is not there.', async () => {
    const { code, stdout, stderr } = await runCli(['run', '/nowhere/spec.yaml', '--workers', '1', '--json']);
    expect(code, stderr).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({
      error: { code: 'REQUEST_INVALID', problems: [{ message: expect.stringContaining('no such file') }] },
    });
  });

  test('whose zones and factors are not there: both are named.', () =>
    expectRefused({
      parts: { zones: './zonen.geojson', factors: './faktoren.csv' },
      exit: 2,
      code: 'REQUEST_INVALID',
      says: [/zones\.url/, /zonen\.geojson/, /factors/, /faktoren\.csv/, /no such file/],
    }));

  test('with mistakes, and with mistakes in zones and factors too: all are named at once.', () =>
    expectRefused({
      parts: {
        spec: { yeer: 2021, emissions: { t_co2: -1 } },
        zones: BOW_TIE,
        factors: 'class,name,above\n1,a,lots\n2,b,-1\n',
      },
      exit: 2,
      code: 'REQUEST_INVALID',
      says: [
        /yeer/,
        /emissions\.t_co2/,
        /crosses itself/,
        /factors\.csv:2/,
        /not a number/,
        /factors\.csv:3/,
        /negative density/,
      ],
    }));

  test('without mistakes, and mistakes in zones, factors and scenes: all are named at once.', () =>
    expectRefused({
      parts: {
        zones: BOW_TIE,
        factors: 'class,name,above\n1,a,lots\n',
        rasters: { 'a.tif': oddRaster({ crs: false }) },
      },
      exit: 2,
      code: 'REQUEST_INVALID',
      says: [/crosses itself/, /factors\.csv:2/, /a\.tif.*no CRS/],
    }));
});

describe('A factor table', () => {
  test('with text in place of a number: line and column.', () =>
    expectRefused({
      parts: { factors: 'class,name,above\n1,a,lots\n2,b,1\n' },
      exit: 2,
      code: 'REQUEST_INVALID',
      says: [/factors\.csv:2 column .*above/, /not a number/, /lots/],
    }));

  test('with a negative density: line and column.', () =>
    expectRefused({
      parts: { factors: 'class,name,above\n1,a,1\n2,b,-3\n' },
      exit: 2,
      code: 'REQUEST_INVALID',
      says: [/factors\.csv:3 column .*above/, /negative density/, /-3/],
    }));

  test('without a class that occurs in the city: the class, its cells and a place.', async () => {
    const { folder, spec, results } = await smallCity({ factors: plainFactors([1, 3]) });
    folders.push(folder);
    const [text, json] = [
      await runCli(['run', '--workers', '1', spec]),
      await runCli(['run', '--workers', '1', '--json', spec]),
    ];
    // Class 2 is the lower half: 512 cells. Its first one is row 16, col 0: x 500005, y 2999835, 117 E 27.1 N.
    expectPlainError(text, 1, 'CLASS_WITHOUT_FACTOR', [
      /factors\.csv: class 2 occurs in the city/,
      /512 cells/,
      /lon 117\.0000\d+ lat 27\.12\d+/,
      /x 500005 y 2999835/,
      /Add a row/,
    ]);
    expect(json.code).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({
      status: 'FAILED',
      exit_code: 1,
      error: { code: 'CLASS_WITHOUT_FACTOR' },
      totals: null,
    });
    // The run is complete, as FAILED: its manifest says why, and there is no figure and no pointer to it.
    const names = await resultNames(results);
    expect(names.filter((name) => /totals|latest|tmp/.test(name))).toEqual([]);
    expect(names.filter((name) => name.endsWith('manifest.json'))).toHaveLength(1);
  });
});

describe('Zones', () => {
  test('without any polygon.', () =>
    expectRefused({
      parts: {
        zones: {
          type: 'FeatureCollection',
          features: [{ type: 'Feature', properties: {}, geometry: { type: 'Point', coordinates: [117, 27] } }],
        },
      },
      exit: 2,
      code: 'REQUEST_INVALID',
      says: [/zones\.geojson: feature 1/, /Polygon or MultiPolygon/, /Point/],
    }));

  test('of an empty collection.', () =>
    expectRefused({
      parts: { zones: { type: 'FeatureCollection', features: [] } },
      exit: 2,
      code: 'REQUEST_INVALID',
      says: [/zones\.geojson/, /no (features|zones)|at least one/],
    }));

  test('whose outline crosses itself: the zone and the place.', () =>
    expectRefused({
      parts: { zones: BOW_TIE },
      exit: 2,
      code: 'REQUEST_INVALID',
      says: [/zones\.geojson: feature 1/, /crosses itself/, /500160, 2999840/],
    }));

  test('that miss the land cover: both extents.', () =>
    expectRefused({
      parts: { zones: rectangleZones(SMALL_EPSG, { far: [600_000, 2_000_000, 600_100, 2_000_100] }) },
      exit: 2,
      code: 'REQUEST_INVALID',
      says: [/no zone meets the land cover/, /500000 to 500320/, /600000 to 600100/, /zones\.crs/],
    }));
});

describe('A land cover', () => {
  const refusedRaster = (rasters: Record<string, Uint8Array>, ...says: RegExp[]) =>
    expectRefused({ parts: { rasters }, exit: 2, code: 'REQUEST_INVALID', says });

  test('without CRS.', () =>
    refusedRaster({ 'a.tif': oddRaster({ crs: false }) }, /a\.tif: the raster has no CRS/, /gdal_edit/));

  test('without any place on the map.', () =>
    refusedRaster({ 'a.tif': oddRaster({ georeference: {} }) }, /a\.tif: the raster has no geotransform/));

  // Cells of 10 m, turned by atan2(6, 8).
  test('that is rotated.', () =>
    refusedRaster(
      { 'a.tif': oddRaster({ georeference: matrixTag(8, 6, 500_000, 6, -8, 3_000_000) }) },
      /a\.tif: the raster is rotated/,
      /8, 6/,
    ));

  test('with rows from south to north.', () =>
    refusedRaster(
      { 'a.tif': oddRaster({ georeference: matrixTag(10, 0, 500_000, 0, 10, 2_999_680) }) },
      /a\.tif: .*not north-up/,
      /north to south/,
    ));

  test('of scenes on different lattices: the one that differs, and from which.', () =>
    refusedRaster(
      { 'a.tif': smallRaster(), 'b.tif': oddRaster({ georeference: matrixTag(10, 0, 500_323, 0, -10, 3_000_000) }) },
      /b\.tif: the scene lies on another lattice/,
      /aligned with .*a\.tif/,
      /500323/,
    ));

  test('of fractions in place of classes.', () =>
    refusedRaster(
      { 'a.tif': oddRaster({ float: true }) },
      /a\.tif: land cover must be a raster of class codes/,
      /uint8/,
      /float32/,
    ));
});

describe('A store', () => {
  test('that refuses access to the only scene: the scene, and what to check.', () =>
    expectRefused({
      parts: { scenes: 's3://closed/cover.tif' },
      exit: 1,
      code: 'STORE_DENIED',
      says: [/s3:\/\/closed\/cover\.tif: access refused \(403\)/, /--anonymous/],
    }));

  test('that refuses listing.', () =>
    expectRefused({
      parts: { scenes: 's3://closed/' },
      exit: 1,
      code: 'STORE_DENIED',
      says: [/s3:\/\/closed\/: access refused/],
    }));

  test('without such a bucket.', () =>
    expectRefused({
      parts: { scenes: 's3://nowhere/' },
      exit: 1,
      code: 'OBJECT_NOT_FOUND',
      says: [/s3:\/\/nowhere\/: the bucket does not exist/],
    }));

  test('with nothing under the prefix.', () =>
    expectRefused({
      parts: { scenes: 's3://open/none/' },
      exit: 2,
      code: 'REQUEST_INVALID',
      says: [/s3:\/\/open\/none\/ names nothing to read/],
    }));

  test('with another secret: never shown.', () =>
    expectRefused({
      parts: { scenes: 's3://open/' },
      env: { AWS_SECRET_ACCESS_KEY: `wrong-${CANARY}` },
      exit: 1,
      code: 'STORE_DENIED',
      says: [/the access key or its secret is wrong/],
    }));

  test('without the bucket for results.', () =>
    expectRefused({
      parts: { spec: { results: 's3://nowhere/' } },
      exit: 1,
      code: 'OBJECT_NOT_FOUND',
      says: [/s3:\/\/nowhere\/.*the bucket does not exist/],
    }));

  test('that refuses to keep what workers counted: FAILED, not PARTIAL, for no input was lost.', async () => {
    const city = await twoSceneCity({ resultsUrl: 's3://results/' });
    folders.push(city.folder);
    city.server.failures.add({
      match: { bucket: 'results', key: /\/partials\//, method: 'PUT' },
      times: Number.POSITIVE_INFINITY,
      action: { kind: 'status', status: 403, code: 'AccessDenied' },
    });
    const { code, stdout, stderr } = await city.start(['run', '--workers', '1', '--json', city.spec]).ended;
    expect(code, stderr).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ status: 'FAILED', unread: [], error: { code: 'STORE_DENIED' } });
    const keys = city.server.bucket('results').keys();
    expect(keys.filter((key) => /totals|latest/.test(key))).toEqual([]);
    expect(city.server.bucket('scenes').get(EAST)).toBeDefined();
    await city.server.close();
  });
});

describe('Redis', () => {
  test('that does not answer at REDIS_URL: its host, never its password.', () =>
    expectRefused({
      env: { REDIS_URL: `redis://:${CANARY}@127.0.0.1:1` },
      exit: 1,
      code: 'REDIS_UNAVAILABLE',
      says: [/Redis at 127\.0\.0\.1:1 does not answer/, /REDIS_URL/],
    }));

  test('that is not installed, with REDIS_URL unset: how to get it.', () =>
    expectRefused({
      env: { PATH: '/nonexistent' },
      exit: 1,
      code: 'REDIS_MISSING',
      says: [/neither redis-server nor valkey-server/, /apt-get install redis-server/],
    }));
});

describe('Options and environment', () => {
  test.each(['x', '5', '9000', '-1', '512.5'])('--tile-size %s: what it may be.', (size) =>
    expectRefused({
      words: [`--tile-size=${size}`],
      exit: 2,
      code: 'CONFIG_INVALID',
      says: [/--tile-size/, /whole number from 16 to 8192/, new RegExp(`found.* ${size.replace('.', '\\.')}`)],
    }),
  );

  test('variables that cannot be used: all are named, none is shown.', () =>
    expectRefused({
      env: { CITYSINK_S3_PATH_STYLE: 'yes', CITYSINK_TILE_DEADLINE_S: '1', REDIS_URL: `http://:${CANARY}@queue` },
      exit: 2,
      code: 'CONFIG_INVALID',
      says: [/CITYSINK_S3_PATH_STYLE/, /true or false/, /CITYSINK_TILE_DEADLINE_S/, /10 to 3600/, /REDIS_URL/],
    }));
});

const run = promisify(execFile);

/** Mounts a file system of its own at a folder, or null where this machine does not let us. */
async function mount(folder: string, options: string): Promise<(() => Promise<void>) | null> {
  await mkdir(folder, { recursive: true });
  try {
    await run('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]);
    return async () => void (await run('umount', [folder]));
  } catch {
    return null;
  }
}

describe('A place for results', () => {
  // Three pages of plan, five partials (four tiles of 16 x 16 and their group), two totals and the manifest, 4 KiB each.
  test.for([
    ['its tiles', 20],
    ['their sum', 28],
    ['the totals', 36],
    ['the manifest', 44],
  ])(
    'that is full before %s: STORE_FULL, no result, and with more space the run goes on.',
    async ([, kib], context) => {
      const folder = await temporaryFolder();
      folders.push(folder);
      const unmount = await mount(join(folder, 'results'), `size=${kib}k`);
      if (unmount === null) return context.skip('needs leave to mount a small file system');
      try {
        const { spec, results } = await smallCity({ folder });
        const words = ['run', '--workers', '1', '--tile-size', '16', spec];
        expectPlainError(await runCli(words), 1, 'STORE_FULL', [/no space is left/, /--out/]);
        expect((await resultNames(results)).filter((name) => /manifest|latest|tmp/.test(name))).toEqual([]);
        await run('mount', ['-o', 'remount,size=1m', results]);
        const next = await runCli(words);
        expect(next.code, next.stderr).toBe(0);
        expect((await latestTotals(results)).figures.city.total.cells).toBe(1024);
      } finally {
        await unmount();
      }
    },
  );

  test('that is full before anything is written.', async (context) => {
    const folder = await temporaryFolder();
    folders.push(folder);
    const unmount = await mount(join(folder, 'results'), 'size=8k');
    if (unmount === null) return context.skip('needs leave to mount a small file system');
    try {
      const { spec, results } = await smallCity({ folder });
      await writeFile(join(results, 'filler'), new Uint8Array(8192)).catch(() => {});
      expectPlainError(await runCli(['run', '--workers', '1', spec]), 1, 'STORE_FULL', [/no space is left/]);
      await expectNoResult(results);
    } finally {
      await unmount();
    }
  });

  test('that is read-only: the file, and no result.', async (context) => {
    const folder = await temporaryFolder();
    folders.push(folder);
    const results = join(folder, 'results');
    // Root may write where the mode forbids it; only a read-only file system stops it.
    const isRoot = process.getuid?.() === 0;
    const unmount = isRoot ? await mount(results, 'ro') : async () => chmod(results, 0o755);
    if (unmount === null) return context.skip('needs leave to mount a small file system');
    if (!isRoot) await mkdir(results, { mode: 0o555 });
    try {
      const { spec } = await smallCity({ folder, rasters: { 'cover.tif': smallRaster(halves()) } });
      expectPlainError(await runCli(['run', '--workers', '1', spec]), 1, 'STORE_DENIED', [
        /results/,
        /read-only|refuses access/,
      ]);
      expect(await readdir(results)).toEqual([]);
    } finally {
      await unmount();
    }
  });
});
