import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { plainFactors } from '../support/city.ts';
import type { RequestRecord, S3Server } from '../support/s3-server/s3-server.ts';
import type { Totals } from '../support/totals.ts';
import { EAST, SIDE, sceneBytes, type TwoSceneCity, twoSceneCity, WEST } from '../support/two-scenes.ts';

/** What a second run reads and counts: only what has changed since. Requests are counted on the S3 server. */

interface Answer {
  readonly run: string;
  readonly unchanged: boolean;
  readonly tiles: { readonly all: number; readonly reused: number; readonly queued: number };
  readonly totals: Totals;
}

/** A scene of 1024 x 1024 cells in tiles of 512: four; the city has eight. */
const TILES_OF_A_SCENE = 4;

const cities: TwoSceneCity[] = [];

afterAll(async () => {
  for (const { server, folder } of cities) {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  }
});

/** A city in S3 that was run once. */
async function countedCity(): Promise<TwoSceneCity & { readonly first: Answer }> {
  const city = await twoSceneCity({ resultsUrl: 's3://results/' });
  cities.push(city);
  const first = await run(city);
  expect(first.tiles).toEqual({ all: 2 * TILES_OF_A_SCENE, reused: 0, queued: 2 * TILES_OF_A_SCENE });
  return { ...city, first };
}

/** Runs the city; the server's log of requests then holds those of this run alone. */
async function run(city: TwoSceneCity, ...words: string[]): Promise<Answer> {
  city.server.requests.length = 0;
  const running = city.start(['run', '--json', '--workers', '1', '--tile-size', '512', ...words, city.spec]);
  const { code, stdout, stderr } = await running.ended;
  expect(code, `${stderr}\n${stdout.slice(0, 2000)}`).toBe(0);
  return JSON.parse(stdout) as Answer;
}

/** Scenes of which bytes were read, headers too. */
function scenesRead({ requests }: S3Server): Set<string> {
  const reads = requests.filter(({ method, bucket, key }) => method === 'GET' && bucket === 'scenes' && key !== '');
  return new Set(reads.map(({ key }) => key));
}

/** Scenes of which blocks were read: headers stand at the beginning of these files, blocks behind them. */
function blocksRead({ requests }: S3Server): Set<string> {
  const reads = requests.filter(({ bucket, range }) => bucket === 'scenes' && /^bytes=[1-9]/.test(range ?? ''));
  return new Set(reads.map(({ key }) => key));
}

/** Partials written: one for each tile counted, and one for the group that they make. A refused write (a probe) is none. */
function partialsWritten({ requests }: S3Server): number {
  const written = ({ method, status }: RequestRecord) => method === 'PUT' && status === 200;
  return requests.filter((request) => written(request) && request.key.includes('/partials/')).length;
}

/** The run that latest.json names. */
function latestRun(server: S3Server): string {
  const stored = server.bucket('results').get('test-city/latest.json');
  return (JSON.parse(String(stored?.source)) as { run: string }).run;
}

describe('A second run', () => {
  it('on unchanged input reads no byte of any scene, writes nothing, and says so', async () => {
    const city = await countedCity();
    const second = await run(city);
    expect(second).toMatchObject({ unchanged: true, run: city.first.run, tiles: { reused: 8, queued: 0 } });
    expect(second.totals).toEqual(city.first.totals);
    expect(scenesRead(city.server)).toEqual(new Set());
    expect(city.server.requests.filter(({ method }) => method === 'PUT')).toEqual([]);
    const { stdout } = await city.start(['run', '--tile-size', '512', city.spec]).ended;
    expect(stdout).toMatch(new RegExp(`unchanged since run ${city.first.run}: no block was read`));
  });

  it('after one of two scenes was replaced counts the tiles of that scene alone', async () => {
    const city = await countedCity();
    const replacement = sceneBytes(SIDE, 5_551_212);
    city.server.put('scenes', EAST, replacement);
    const second = await run(city);
    expect(second.tiles).toEqual({ all: 8, reused: TILES_OF_A_SCENE, queued: TILES_OF_A_SCENE });
    expect(blocksRead(city.server)).toEqual(new Set([EAST]));
    expect(partialsWritten(city.server)).toBe(TILES_OF_A_SCENE + 1);
    // The same as if nothing had been there before.
    const fresh = await run(city, '--fresh');
    expect(fresh.totals.figures_sha256).toBe(second.totals.figures_sha256);
    expect(second.totals.figures_sha256).not.toBe(city.first.totals.figures_sha256);
  });

  it('after a scene came back as it was before counts nothing', async () => {
    const city = await countedCity();
    city.server.put('scenes', EAST, sceneBytes(SIDE, 5_551_212));
    const second = await run(city);
    city.server.put('scenes', EAST, city.east);
    const third = await run(city);
    expect(third.totals.figures_sha256).toBe(city.first.totals.figures_sha256);
    expect(third.totals.figures_sha256).not.toBe(second.totals.figures_sha256);
    // The pointer names the run that answers the city as it is now, not the one that was made last.
    expect(latestRun(city.server)).toBe(third.run);
    expect(blocksRead(city.server)).toEqual(new Set());
  });

  it('with new factors reads no block: counts are merged again, and multiplied', async () => {
    const city = await countedCity();
    const doubled = plainFactors([1, 2, 3, 4]).replaceAll(/,(\d),0\.5/g, (_, above) => `,${Number(above) * 2},0.5`);
    await writeFile(join(city.folder, 'factors.csv'), doubled);
    const second = await run(city);
    expect(second).toMatchObject({ unchanged: false, tiles: { all: 8, reused: 8, queued: 0 } });
    expect(blocksRead(city.server)).toEqual(new Set());
    expect(partialsWritten(city.server)).toBe(0);
    const [before, after] = [city.first.totals.figures.city.total, second.totals.figures.city.total];
    expect(after.above_tC).toBe((before.above_tC ?? Number.NaN) * 2);
    expect(after.cells).toBe(before.cells);
  });

  it('with --fresh counts everything again, to the same figures', async () => {
    const city = await countedCity();
    const second = await run(city, '--fresh');
    expect(second.tiles).toEqual({ all: 8, reused: 0, queued: 8 });
    expect(blocksRead(city.server)).toEqual(new Set([WEST, EAST]));
    expect(second.run).not.toBe(city.first.run);
    expect(second.totals.figures_sha256).toBe(city.first.totals.figures_sha256);
  });
});
