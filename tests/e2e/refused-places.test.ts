import { execFile } from 'node:child_process';
import { chmod, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../support/city.ts';
import { runCli } from '../support/cli.ts';
import {
  CANARY,
  expectNoResult,
  expectPlainError,
  expectRefused as expectRefusedAnywhere,
  type Refusal,
} from '../support/refusals.ts';
import { type S3Server, startS3Server } from '../support/s3-server/s3-server.ts';
import { halves, smallCity, smallRaster } from '../support/small-city.ts';
import { latestTotals, resultNames } from '../support/totals.ts';
import { EAST, twoSceneCity } from '../support/two-scenes.ts';

/** Stores, Redis, options and places for results that cannot be used. */

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

/** With the S3 server in reach. */
function expectRefused(refusal: Refusal): Promise<void> {
  return expectRefusedAnywhere({ ...refusal, env: { ...s3.env, ...refusal.env } });
}

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
