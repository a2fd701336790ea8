import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plainFactors, rectangleZones, temporaryFolder, writeCity } from '../support/city.ts';
import { runCli } from '../support/cli.ts';
import { sendHook } from '../support/hooks.ts';
import { type S3Server, startS3Server } from '../support/s3-server/s3-server.ts';
import { type Served, startServe } from '../support/served.ts';
import { cellRectangle, EPSG, sceneBytes } from '../support/two-scenes.ts';

/**
 * Scenes that change all the time, and notifications of it that are lost, doubled, late and forged: `serve --watch` ends
 * where a full run ends, and never runs a city twice at once.
 */

const CITIES = ['alpha', 'beta', 'gamma'];
const SCENES = 4;
const SIDE = 32;
const KEY = 'a-key-for-these-tests';
const EVENTS = 2_000;
const LOST = 0.3;
const DOUBLED = 0.2;
/** An event comes after up to so many others that were sent later. */
const LATE = 100;
/** 10,000 a minute. */
const PAUSE_MS = 6;

let s3: S3Server;
let folder: string;
let served: Served;

beforeAll(async () => {
  s3 = await startS3Server({ buckets: { scenes: {}, results: {}, fresh: {} } });
  folder = await temporaryFolder();
  for (const city of CITIES) {
    for (let scene = 0; scene < SCENES; scene++) putScene(city, scene, scene + 1);
    await writeCity({
      folder: join(folder, city),
      name: city,
      scenes: `s3://scenes/${city}/`,
      zones: rectangleZones(EPSG, { whole: cellRectangle(0, 0, SIDE, SCENES * SIDE) }),
      zonesKeys: { id: 'id' },
      factors: plainFactors([1, 2, 3, 4]),
      spec: { results: 's3://results/' },
    });
  }
  served = await startServe({
    words: ['--specs', folder, '--watch', '3s', '--settle', '0s', '--workers', '1', 's3://results/'],
    env: { ...s3.env, CITYSINK_HOOK_KEYS: KEY },
  });
});

afterAll(async () => {
  await served.stop();
  await s3.close();
  await rm(folder, { recursive: true, force: true });
});

function putScene(city: string, scene: number, seed: number): void {
  s3.put('scenes', `${city}/${scene}.tif`, sceneBytes(scene * SIDE, seed, SIDE));
}

/** The same numbers in every run of the tests. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** As EventBridge, S3 or a queue would send it. */
function eventText(key: string, form: number): string {
  const records = { Records: [{ s3: { bucket: { name: 'scenes' }, object: { key: encodeURIComponent(key) } } }] };
  const bridged = { 'detail-type': 'Object Created', detail: { bucket: { name: 'scenes' }, object: { key } } };
  const queued = { Records: [{ eventSource: 'aws:sqs', body: JSON.stringify(records) }] };
  return JSON.stringify([records, bridged, queued][form % 3]);
}

let sent = 0;

async function notify(text: string, key = KEY): Promise<number> {
  const answer = await sendHook(served, text, { key, nonce: String(sent++) });
  await answer.arrayBuffer();
  return answer.status;
}

/** Plans and manifests as the store got them: where runs of a city begin and end. */
function runsOf(city: string): { readonly run: string; readonly what: 'begins' | 'ends' }[] {
  return s3.requests
    .filter(({ method, bucket, status }) => method === 'PUT' && bucket === 'results' && status === 200)
    .flatMap(({ key }) => {
      const [, name, run = '', file] = /^([^/]+)\/([^/]+)\/(plan|manifest)\.json$/.exec(key) ?? [];
      return name === city ? [{ run, what: file === 'plan' ? ('begins' as const) : ('ends' as const) }] : [];
    });
}

/** Resident memory of the server, MiB. */
function memoryMib(): number {
  const status = readFileSync(`/proc/${served.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}

describe('serve --watch', () => {
  it('converges to what a full run finds, whatever becomes of 2,000 notifications', async () => {
    const random = generator(20_261_124);
    const deliveries: { readonly at: number; readonly text: string }[] = [];
    const puts = Array.from({ length: EVENTS }, (_, at) => {
      const city = CITIES[Math.floor(random() * CITIES.length)] as string;
      const scene = Math.floor(random() * SCENES);
      const text = eventText(`${city}/${scene}.tif`, at);
      const times = random() < LOST ? 0 : random() < DOUBLED ? 2 : 1;
      for (let i = 0; i < times; i++) deliveries.push({ at: at + random() * LATE, text });
      return { city, scene };
    });
    deliveries.sort((a, b) => a.at - b.at);
    const answers = new Map<number, number>();
    for (const [at, { city, scene }] of puts.entries()) {
      putScene(city, scene, 1_000 + at);
      while (deliveries[0] !== undefined && deliveries[0].at <= at) {
        const status = await notify(deliveries.shift()?.text ?? '');
        answers.set(status, (answers.get(status) ?? 0) + 1);
      }
      if (at % 10 === 0)
        expect(await notify(eventText(`${city}/${scene}.tif`, at), 'a-forged-key-of-nobody')).toBe(401);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
    for (const { text } of deliveries) await notify(text);
    expect([...answers.keys()]).toEqual([202]);

    await untilQuiet();
    for (const city of CITIES) {
      const plain = await settledRun(city);
      const ends = runsOf(city);
      // Each begins when the one before has ended, though scenes changed all the while.
      let open: string | null = null;
      for (const { run, what } of ends) {
        if (what === 'begins') expect(open, JSON.stringify(ends)).toBeNull();
        open = what === 'begins' ? run : null;
      }
      expect(ends.length).toBeGreaterThan(2);
      const fresh = await runCli(
        ['run', '--json', '--fresh', '--workers', '1', '--out', 's3://fresh/', join(folder, city, 'spec.yaml')],
        { env: s3.env },
      );
      expect(JSON.parse(fresh.stdout).totals.figures_sha256).toBe(plain.totals.figures_sha256);
    }
  }, 240_000);

  it('takes 20,000 more notifications, true and forged, in the memory that it has', async () => {
    const burst = async (count: number) => {
      for (let i = 0; i < count; i += 20) {
        await Promise.all(
          Array.from({ length: 20 }, (_, n) =>
            notify(eventText(`elsewhere/${i}.tif`, n), n % 2 === 0 ? KEY : 'forged'),
          ),
        );
      }
    };
    await burst(4_000);
    const before = memoryMib();
    await burst(20_000);
    const grown = memoryMib() - before;
    console.info(`memory of the server: ${before.toFixed(0)} MiB, and ${grown.toFixed(1)} MiB more after 20,000`);
    expect(grown).toBeLessThan(48);
  });
});

interface Answer {
  readonly unchanged: boolean;
  readonly run: string;
  readonly totals: { readonly figures_sha256: string };
}

/** Waits until a sweep has passed in which no run began or ended. */
async function untilQuiet(): Promise<void> {
  const count = () => CITIES.reduce((sum, city) => sum + runsOf(city).length, 0);
  for (let before = -1; count() > before; ) {
    before = count();
    await new Promise((resolve) => setTimeout(resolve, 6_000));
  }
}

/** A full run has nothing to do, and latest.json names what it would be. */
async function settledRun(city: string): Promise<Answer> {
  const latest = () => JSON.parse(String(s3.bucket('results').get(`${city}/latest.json`)?.source)) as { run: string };
  const { stdout, stderr } = await runCli(
    ['run', '--json', '--workers', '1', '--out', 's3://results/', join(folder, city, 'spec.yaml')],
    { env: s3.env },
  );
  expect(stdout, stderr).not.toBe('');
  const answer = JSON.parse(stdout) as Answer;
  expect(answer.unchanged, `${stdout}\n${served.stderr().slice(-4000)}`).toBe(true);
  expect(latest().run).toBe(answer.run);
  return answer;
}
