import type { ChildProcess } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { plainFactors, rectangleZones, temporaryFolder } from '../support/city.ts';
import { canMakeHosts, Hosts } from '../support/hosts.ts';
import { cellRectangle, EPSG, sceneBytes } from '../support/two-scenes.ts';

/**
 * A region on several hosts of one wire: store, Redis, producer and workers each at an address of its own. A worker loses
 * its cable in the middle, one comes, one goes.
 */
const isPossible = canMakeHosts();
const LAUNCHER = join(import.meta.dirname, '../../bin/citysink.js');
const SUPPORT = join(import.meta.dirname, '../support');
const REDIS = 'redis-server';

let hosts: Hosts;
let folder: string;
let env: Record<string, string>;
const started: ChildProcess[] = [];

function start(host: string, words: readonly string[], more: Readonly<Record<string, string>> = {}) {
  const child = hosts.start(host, words, more);
  started.push(child);
  const output = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  return { child, output, ended };
}

async function until(what: () => boolean, why: () => string): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!what()) {
    if (performance.now() > deadline) throw new Error(`it did not come to it: ${why()}`);
    await sleep(20);
  }
}

async function startStore(): Promise<void> {
  const address = hosts.add('store');
  const buckets = [`scenes=${join(folder, 'scenes')}`, 'results'];
  const server = start('store', [process.execPath, join(SUPPORT, 's3-server/main.ts'), ...buckets]);
  await until(
    () => server.output.stdout.includes('\n'),
    () => server.output.stderr,
  );
  const { port, env: reach } = JSON.parse(server.output.stdout) as { port: number; env: Record<string, string> };
  const words = [join(SUPPORT, 'slow-forwarder.ts'), address, '7070', String(port), '120'];
  const forwarder = start('store', [process.execPath, ...words]);
  await until(
    () => forwarder.output.stdout.includes('listening'),
    () => forwarder.output.stderr,
  );
  env = { ...reach, AWS_ENDPOINT_URL_S3: `http://${address}:7070`, PATH: `${process.env.PATH}:/usr/sbin` };
}

async function startRedis(): Promise<void> {
  const address = hosts.add('redis');
  const words = ['--bind', address, '--port', '6379', '--protected-mode', 'no', '--save', '', '--dir', folder];
  const redis = start('redis', [REDIS, ...words, '--maxmemory-policy', 'noeviction']);
  await until(
    () => /Ready to accept/.test(redis.output.stdout),
    () => redis.output.stdout + redis.output.stderr,
  );
  env = { ...env, REDIS_URL: `redis://${address}:6379` };
}

async function startWorker(host: string) {
  hosts.add(host);
  const words = [process.execPath, LAUNCHER, 'worker', '--concurrency', '1'];
  const worker = start(host, words, { ...env, CITYSINK_LOG_LEVEL: 'info' });
  await until(
    () => /Worker:Start/.test(worker.output.stderr),
    () => worker.output.stderr,
  );
  return worker;
}

/** Three cities side by side on one scene of 1024 x 1024 cells, 8 tiles and more each. */
async function writeRegion(): Promise<void> {
  await mkdir(join(folder, 'scenes'), { recursive: true });
  await mkdir(join(folder, 'cities'));
  await writeFile(join(folder, 'scenes/cover.tif'), sceneBytes(0, 4711));
  await writeFile(join(folder, 'factors.csv'), plainFactors([1, 2, 3, 4]));
  const defaults = { year: 2021, layers: { landcover: { scenes: 's3://scenes/cover.tif' } }, factors: './factors.csv' };
  const text = { region: 'delta', cities: ['./cities/*.yaml'], defaults: { ...defaults, results: 's3://results/' } };
  await writeFile(join(folder, 'region.yaml'), JSON.stringify(text));
  for (const [index, city] of ['east', 'mid', 'west'].entries()) {
    const zones = rectangleZones(EPSG, { whole: cellRectangle(0, index * 340, 1024, 340) });
    await writeFile(join(folder, `cities/${city}.geojson`), JSON.stringify(zones));
    const spec = { city, zones: { url: `./${city}.geojson`, id: 'id' } };
    await writeFile(join(folder, `cities/${city}.yaml`), JSON.stringify(spec));
  }
}

const runRegion = (words: readonly string[], more: Readonly<Record<string, string>>) =>
  start(
    'producer',
    [process.execPath, LAUNCHER, 'run', '--json', '--tile-size', '256', ...words, join(folder, 'region.yaml')],
    more,
  );

interface Answer {
  readonly status: string;
  readonly totals: { readonly years: readonly { readonly cities: number; readonly sum: unknown }[] };
}

describe.skipIf(!isPossible)(`several hosts${isPossible ? '' : ' (network namespaces cannot be made here)'}`, () => {
  beforeAll(async () => {
    folder = await temporaryFolder();
    hosts = new Hosts();
    await writeRegion();
    await startStore();
    hosts.add('producer');
  }, 60_000);

  afterAll(async () => {
    for (const child of started) if (child.exitCode === null) child.kill('SIGKILL');
    await sleep(200);
    hosts?.remove();
    await rm(folder, { recursive: true, force: true });
  });

  test('a cut cable, a worker that comes and one that goes change no figure', async () => {
    const calm = runRegion(['--workers', '2', '--out', 's3://results/calm/'], env);
    expect(await calm.ended, calm.output.stderr + calm.output.stdout).toBe(0);
    const wanted = JSON.parse(calm.output.stdout) as Answer;
    expect(wanted.totals.years).toMatchObject([{ cities: 3 }]);

    await startRedis();
    const cut = await startWorker('w1');
    const leaving = await startWorker('w2');
    const staying = await startWorker('w3');
    const run = runRegion(['--workers', '0', '--out', 's3://results/wild/'], env);
    const done = (worker: { output: { stderr: string } }) => worker.output.stderr.match(/"Tile:Done"/g)?.length ?? 0;
    const why = () => run.output.stderr + cut.output.stderr;
    await until(() => done(cut) > 0 && done(leaving) > 0 && done(staying) > 0, why);
    hosts.link('w1', 'down');
    const joining = await startWorker('w4');
    await until(() => done(joining) > 0, why);
    leaving.child.kill('SIGTERM');
    expect(await leaving.ended).toBe(0);
    expect(leaving.output.stderr).toContain('"outcome":"drained"');

    expect(await run.ended, why()).toBe(0);
    const found = JSON.parse(run.output.stdout) as Answer;
    expect(found.status).toBe(wanted.status);
    expect(found.totals.years).toEqual(wanted.totals.years);
    // Back on the wire, the worker that was cut off is as good as any, and drains.
    hosts.link('w1', 'up');
    await sleep(1000);
    cut.child.kill('SIGTERM');
    expect(await cut.ended).toBe(0);
  });
});
