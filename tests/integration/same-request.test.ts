import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { enqueue, missingTiles } from '../../src/producer/enqueue.ts';
import { loadSpec } from '../../src/producer/load-spec.ts';
import { isPlanned, produce, storePlan } from '../../src/producer/produce.ts';
import { parseTileJob } from '../../src/shared/contracts/tile-job.ts';
import { JobQueue } from '../../src/shared/io/job-queue.ts';
import { StoreRegistry } from '../../src/shared/io/open-store.ts';
import type { PrivateRedis } from '../../src/shared/io/private-redis.ts';
import { DEFAULT_STORE_SETTINGS } from '../../src/shared/io/store-settings.ts';
import { pathToUrl } from '../../src/shared/io/store-url.ts';
import { startTestRedis } from '../support/redis-server.ts';
import { startServe } from '../support/served.ts';
import { smallCity } from '../support/small-city.ts';
import { latestTotals } from '../support/totals.ts';
import { twoSceneCity } from '../support/two-scenes.ts';

/** The same request many times at once: one run, each of its tiles counted once. */

const MANY = 200;

let redis: PrivateRedis;

beforeAll(async () => {
  redis = await startTestRedis();
});

afterAll(async () => {
  await redis?.stop();
});

const runsOf = async (results: string) =>
  (await readdir(join(results, 'test-city'))).filter((name) => name.startsWith('2021-'));

describe(`${MANY} requests at once`, () => {
  test('through the server are one run; every block of the scenes is read once.', async () => {
    const where = await twoSceneCity();
    const specs = join(where.folder, 'specs');
    await mkdir(specs);
    const text = { city: 'test-city', year: 2021, zones: { url: '../zones.geojson' }, factors: '../factors.csv' };
    const layers = { landcover: { scenes: ['s3://scenes/a/', 's3://scenes/b/'] } };
    await writeFile(join(specs, 'city.yaml'), JSON.stringify({ ...text, layers }));
    const words = ['--specs', specs, '--workers', '1', where.results];
    const served = await startServe({ words, env: { ...where.server.env, REDIS_URL: redis.url } });
    try {
      const answers = await Promise.all(
        Array.from({ length: MANY }, async () => {
          const response = await served.post('/api/runs', { name: 'city.yaml' });
          return (await response.json()) as { run: string; outcome: string };
        }),
      );
      const names = new Set(answers.map(({ run }) => run));
      expect(names.size).toBe(1);
      expect(answers.map(({ outcome }) => outcome)).not.toContain(undefined);
      while ((await latestTotals(where.results).catch(() => null)) === null) await sleep(50);
      expect(await runsOf(where.results)).toEqual([...names]);
      const blocks = where.server.requests.filter(
        ({ method, bucket, range }) => method === 'GET' && bucket === 'scenes' && /^bytes=[1-9]/.test(range ?? ''),
      );
      const places = blocks.map(({ key, range }) => `${key} ${range}`);
      expect(places.length).toBeGreaterThan(0);
      expect(new Set(places).size).toBe(places.length);
      const again = (await (await served.post('/api/runs', { name: 'city.yaml' })).json()) as object;
      expect(again).toMatchObject({ run: [...names][0], outcome: 'unchanged' });
    } finally {
      await served.stop();
      await where.server.close();
      await rm(where.folder, { recursive: true, force: true });
    }
  });

  test('through producers that know nothing of each other are one run; each tile is handed out once, the run once.', async () => {
    const { spec, results } = await smallCity();
    const stores = new StoreRegistry(DEFAULT_STORE_SETTINGS);
    const queues = Array.from({ length: 8 }, () => new JobQueue(redis.url, 'same'));
    const specUrl = pathToUrl(spec);
    const runs = await Promise.all(
      Array.from({ length: MANY }, async (_, index) => {
        const city = await loadSpec((url) => stores.storeFor(url), specUrl);
        const options = { tileSize: 256, fresh: null, again: false, stacHosts: [] };
        const produced = await produce(city, specUrl, stores, options);
        if (!isPlanned(produced)) throw new Error('settled before it was run');
        await storePlan(produced, stores);
        const { plan, runUrl, tiles } = produced;
        const missing = await missingTiles(stores.storeFor(runUrl), plan, tiles);
        await enqueue(queues[index % queues.length] as JobQueue, plan, runUrl, tiles, missing);
        return { run: plan.run, tiles: tiles.length };
      }),
    );
    expect(new Set(runs.map(({ run }) => run)).size).toBe(1);
    expect(await runsOf(results)).toEqual([runs[0]?.run]);
    const calls: string[] = [];
    const [queue] = queues as [JobQueue];
    const service = queue.serve(
      {
        tile: async (data) => void calls.push(`tile ${parseTileJob(data).tile}`),
        group: async () => void calls.push('group'),
        run: async () => void calls.push('run'),
      },
      { concurrency: 4, tileDeadlineMs: 60_000 },
    );
    while ((await queue.runState(runs[0]?.run ?? '')) !== 'absent') await sleep(20);
    await service.drain(2_000);
    const tiles = Array.from({ length: runs[0]?.tiles ?? 0 }, (_, tile) => `tile ${tile}`);
    expect(calls.sort()).toEqual(['group', 'run', ...tiles].sort());
    await Promise.all(queues.map((one) => one.close()));
  });
});
