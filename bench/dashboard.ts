/**
 * `node bench/dashboard.ts [CITIES]`: the server over a results folder of many cities, each a copy of one real run under
 * another name. Prints times of the API, the first paint of the page in a real Chromium, and the memory of the server.
 */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { makeSampleCity, SAMPLE_CITY } from '../src/cli/demo/sample-files.ts';

const CLI = fileURLToPath(new URL('../bin/citysink.js', import.meta.url));
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
const ROUNDS = 100;

/** One run with its maps; its folder. */
async function realRun(folder: string): Promise<string> {
  const { specPath } = await makeSampleCity(join(folder, 'city'));
  const words = [CLI, 'run', '--json', '--workers', '2', specPath];
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8', maxBuffer: 2 ** 26 });
  if (status !== 0) throw new Error(stderr);
  return join(folder, 'city/results', SAMPLE_CITY, (JSON.parse(stdout) as { run: string }).run);
}

/** What the server reads of a run; the files of a run that it only lists are not copied. */
async function copyRun(from: string, root: string, city: string): Promise<void> {
  const run = from.split('/').at(-1) ?? '';
  const to = join(root, city, run);
  await mkdir(to, { recursive: true });
  for (const name of ['plan.json', 'zones.json']) await copyFile(join(from, name), join(to, name));
  for (const name of ['manifest.json', 'totals.json']) {
    const text = await readFile(join(from, name), 'utf8');
    await writeFile(join(to, name), text.replace(`"city": "${SAMPLE_CITY}"`, `"city": "${city}"`));
  }
  const { year } = JSON.parse(await readFile(join(from, 'manifest.json'), 'utf8')) as { year: number };
  const latest = { schema: 'citysink-latest-1', run, status: 'DONE', year, manifest: `${run}/manifest.json` };
  await writeFile(join(root, city, 'latest.json'), JSON.stringify(latest));
}

async function serve(roots: readonly string[], folder: string): Promise<{ url: string; process: ChildProcess }> {
  const child = spawn(process.execPath, [CLI, 'serve', '--port', '0', ...roots], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, TMPDIR: folder },
  });
  let text = '';
  for await (const part of child.stdout) {
    text += String(part);
    const url = /serves (http:\S+)/.exec(text)?.[1];
    if (url !== undefined) return { url, process: child };
  }
  throw new Error('the server ended');
}

async function timedMs(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** Times of one request after the other, in ms: the middle one, and that which 95 of 100 stay below. */
async function spread(ask: (round: number) => Promise<unknown>): Promise<string> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) times.push(await timedMs(() => ask(round)));
  times.sort((a, b) => a - b);
  const at = (share: number) => (times[Math.floor(share * (times.length - 1))] ?? Number.NaN).toFixed(1);
  return `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms`;
}

/** Resident memory of a process, MB; Linux. */
async function residentMb(pid: number | undefined): Promise<string> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return `${Math.round(Number(/VmRSS:\s+(\d+)/.exec(text)?.[1] ?? Number.NaN) / 1024)} MB`;
}

async function paintTimes(url: string): Promise<string> {
  if (CHROMIUM === undefined) return 'no Chromium';
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    const rows = await timedMs(async () => {
      await page.goto(url);
      await page.locator('tbody tr').first().waitFor();
    });
    const paint = await page.evaluate<number>(
      'performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? NaN',
    );
    return `first paint ${paint.toFixed(0)} ms, rows after ${rows.toFixed(0)} ms`;
  } finally {
    await browser.close();
  }
}

async function main(cities: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'citysink-dashboard-'));
  const from = await realRun(folder);
  const root = join(folder, 'many');
  for (let city = 0; city < cities; city++) await copyRun(from, root, `city-${String(city).padStart(5, '0')}`);
  const run = from.split('/').at(-1) ?? '';
  const server = await serve([root, join(folder, 'city/results')], folder);
  const get = async (path: string) => (await fetch(new URL(path, server.url))).arrayBuffer();
  const nth = (round: number) => `city-${String((round * 37) % cities).padStart(5, '0')}`;
  const print = (name: string, text: string) => console.log(`${name.padEnd(34)} ${text}`);
  try {
    print('cities', String(cities));
    print('GET /api/cities, the first time', `${(await timedMs(() => get('/api/cities'))).toFixed(0)} ms`);
    print('memory then', await residentMb(server.process.pid));
    print('GET /api/cities', await spread(() => get('/api/cities')));
    print('GET /api/cities/:city/runs', await spread((round) => get(`/api/cities/${nth(round)}/runs`)));
    print('GET /api/runs/:city/:run', await spread((round) => get(`/api/runs/${nth(round)}/${run}`)));
    print('GET .../zones', await spread((round) => get(`/api/runs/${nth(round)}/${run}/zones`)));
    const map = `/api/runs/${SAMPLE_CITY}/${run}/maps/storage/picture`;
    print('GET .../picture, the whole', await spread((n) => get(`${map}?row=0&col=${n}&rows=1800&cols=2000&px=600`)));
    print(
      'GET .../picture, closer',
      await spread((n) => get(`${map}?row=${8 * n}&col=${8 * n}&rows=600&cols=600&px=600`)),
    );
    print('the page', await paintTimes(server.url));
    print('memory at the end', await residentMb(server.process.pid));
  } finally {
    const ended = once(server.process, 'exit');
    server.process.kill('SIGTERM');
    await ended;
    await rm(folder, { recursive: true, force: true });
  }
}

await main(Number(process.argv[2] ?? 2000));
