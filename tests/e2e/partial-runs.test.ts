import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Figures, ZoneFigures } from '../../src/reducer/totals.ts';
import type { Manifest } from '../../src/shared/contracts/manifest.ts';
import { latestTotals, type Totals } from '../support/totals.ts';
import {
  BLOCK,
  blockRange,
  EAST,
  SIDE,
  sceneBytes,
  type TwoSceneCity,
  type TwoSceneOptions,
  twoSceneCity,
  WEST,
  ZONE_CELLS,
} from '../support/two-scenes.ts';

/**
 * What a run makes of scenes that cannot be read whole: PARTIAL, the scene by its name, and everything else as if
 * nothing had happened. Each city is two scenes; the east one is spoiled.
 */

const cities: TwoSceneCity[] = [];

async function city(options: TwoSceneOptions = {}): Promise<TwoSceneCity> {
  const made = await twoSceneCity(options);
  cities.push(made);
  return made;
}

afterAll(async () => {
  for (const { server, folder } of cities) {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  }
});

interface RunAnswer {
  readonly status: string;
  readonly exit_code: number;
  readonly run: string;
  readonly tiles: { readonly all: number; readonly reused: number; readonly queued: number };
  readonly totals: Totals;
  readonly unread: readonly { readonly url: string; readonly code: string; readonly message: string }[];
}

/** One store request is tried twice, so that lasting refusals end soon. */
const QUICK = { CITYSINK_STORE_RETRIES: '2' };

async function run({ start, spec }: TwoSceneCity, ...options: string[]): Promise<RunAnswer> {
  const { code, stdout, stderr } = await start(['run', '--workers', '1', '--json', ...options, spec], QUICK).ended;
  expect(code, stderr).not.toBe(null);
  const answer = JSON.parse(stdout) as RunAnswer;
  expect(answer.exit_code).toBe(code);
  return answer;
}

function zone(figures: Figures, id: string): ZoneFigures {
  return figures.zones.find((one) => one.zone === id) as ZoneFigures;
}

async function manifestOf(results: string, run: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(results, 'test-city', run, 'manifest.json'), 'utf8')) as Manifest;
}

/** What holds of every PARTIAL run: exit 3, the scene named everywhere, coverage below 1, latest.json at it. */
async function expectPartial(where: TwoSceneCity, answer: RunAnswer, code: string, scene: string): Promise<void> {
  expect({ status: answer.status, exit: answer.exit_code }).toEqual({ status: 'PARTIAL', exit: 3 });
  expect(answer.unread).toEqual([expect.objectContaining({ url: scene, code })]);
  const totals = await latestTotals(where.results);
  expect(totals).toEqual(answer.totals);
  expect(totals.unread).toEqual(answer.unread);
  const manifest = await manifestOf(where.results, answer.run);
  expect(manifest.status).toBe('PARTIAL');
  expect(manifest.unread).toEqual(answer.unread);
  expect(totals.figures.city.total.coverage).toBeLessThan(1);
  expect(totals.figures.scenarios.summary).toMatch(/; \d+\.\d % of the area was seen, and amounts are of that\.$/);
}

let clean: Figures;

beforeAll(async () => {
  const answer = await run(await city());
  expect(answer.status).toBe('DONE');
  clean = answer.totals.figures;
  expect(clean.scenarios.summary).not.toContain('was seen');
});

function expectWestAsEver(figures: Figures): void {
  expect(zone(figures, 'nw')).toEqual(zone(clean, 'nw'));
  expect(zone(figures, 'sw')).toEqual(zone(clean, 'sw'));
}

test('The clean city is covered whole, and each zone is two blocks.', () => {
  for (const id of ['nw', 'sw', 'ne', 'se']) {
    expect(zone(clean, id).total).toMatchObject({
      cells: ZONE_CELLS,
      zone_cells: ZONE_CELLS,
      unread_cells: 0,
      coverage: 1,
    });
  }
});

describe('A scene cut off in the middle of its data', () => {
  test('loses exactly the blocks behind the cut, for any tile size.', async () => {
    const where = await city();
    // The cut goes through block 2, the first of the lower row; block 3 lies behind it. se is lost, ne is whole.
    const { offset, length } = blockRange(where.east, 2);
    where.server.put('scenes', EAST, where.east.subarray(0, offset + Math.floor(length / 2)));
    const answer = await run(where);
    await expectPartial(where, answer, 'RASTER_CORRUPT', `s3://scenes/${EAST}`);
    const { figures } = answer.totals;
    expectWestAsEver(figures);
    expect(zone(figures, 'ne')).toEqual(zone(clean, 'ne'));
    expect(zone(figures, 'se').total).toMatchObject({
      cells: 0,
      zone_cells: ZONE_CELLS,
      unread_cells: ZONE_CELLS,
      coverage: 0,
      storage_tC: 0,
    });
    expect(figures.city.total).toMatchObject({ unread_cells: ZONE_CELLS, coverage: 0.75 });
    // Tiles of 300 cut through blocks; tiles of 512 are blocks.
    for (const side of ['300', '512']) expect((await run(where, '--tile-size', side)).totals.figures).toEqual(figures);
  });
});

describe('A scene with overwritten bytes', () => {
  test('loses exactly the blocks that no longer decode, for any tile size.', async () => {
    const where = await city();
    const spoiled = where.east.slice();
    const { offset, length } = blockRange(where.east, 1);
    spoiled.fill(0xff, offset + Math.floor(length / 3), offset + Math.floor(length / 2));
    where.server.put('scenes', EAST, spoiled);
    const answer = await run(where);
    await expectPartial(where, answer, 'RASTER_CORRUPT', `s3://scenes/${EAST}`);
    const { figures } = answer.totals;
    expectWestAsEver(figures);
    expect(zone(figures, 'se')).toEqual(zone(clean, 'se'));
    // Block 1 is the right half of ne.
    expect(zone(figures, 'ne').total).toMatchObject({
      cells: BLOCK * BLOCK,
      unread_cells: BLOCK * BLOCK,
      coverage: 0.5,
    });
    expect((await run(where, '--tile-size', '200')).totals.figures).toEqual(figures);
    expect(answer.unread[0]?.message).toMatch(/block row 0, col 1/);
  });

  test('The same request is not worked on twice: it would end the same way.', async () => {
    const where = await city();
    where.server.put('scenes', EAST, spoilBlock(where.east, 3));
    await run(where);
    const before = where.server.requests.length;
    const again = await run(where);
    expect(again.status).toBe('PARTIAL');
    expect(again.tiles).toMatchObject({ queued: 0 });
    const since = where.server.requests.slice(before);
    expect(since.filter(({ operation }) => operation === 'GetObject')).toEqual([]);
  });
});

function spoilBlock(file: Uint8Array, block: number): Uint8Array {
  const { offset, length } = blockRange(file, block);
  return file.slice().fill(0xff, offset + 100, offset + length - 100);
}

describe('A scene without a readable header', () => {
  test('is left out by name; its cells are cells of the zones that nobody saw.', async () => {
    const where = await city();
    where.server.put('scenes', EAST, where.east.slice().fill(0xff, 0, 200));
    const answer = await run(where);
    await expectPartial(where, answer, 'RASTER_CORRUPT', `s3://scenes/${EAST}`);
    expectWestAsEver(answer.totals.figures);
    expect(answer.totals.figures.city.total).toMatchObject({
      zone_cells: 4 * ZONE_CELLS,
      cells: 2 * ZONE_CELLS,
      coverage: 0.5,
    });
  });
});

describe('A scene that is named and not there', () => {
  const scenes = [`s3://scenes/${WEST}`, `s3://scenes/${EAST}`];

  test('is named, and the next run after it came back counts only what it lacked.', async () => {
    const where = await city({ scenes });
    where.server.remove('scenes', EAST);
    const answer = await run(where, '--tile-size', '512');
    await expectPartial(where, answer, 'OBJECT_NOT_FOUND', `s3://scenes/${EAST}`);
    expectWestAsEver(answer.totals.figures);
    where.server.put('scenes', EAST, where.east);
    const { code, stdout, stderr } = await where.start(['retry', answer.run, '--workers', '1', '--json'], QUICK).ended;
    expect(code, stderr).toBe(0);
    const retried = JSON.parse(stdout) as RunAnswer;
    // 8 tiles of 512: the four of the west scene were counted before.
    expect(retried).toMatchObject({ status: 'DONE', tiles: { all: 8, reused: 4, queued: 4 } });
    expect(retried.totals.figures).toEqual(clean);
    expect((await latestTotals(where.results)).status).toBe('DONE');
  });
});

describe('A prefix without permission', () => {
  test('is named with the refusal; once it is granted, retry ends DONE.', async () => {
    const deniedPrefixes = ['b/'];
    const where = await city({ deniedPrefixes });
    const answer = await run(where);
    await expectPartial(where, answer, 'STORE_DENIED', 's3://scenes/b/');
    expectWestAsEver(answer.totals.figures);
    deniedPrefixes.length = 0;
    const { code, stderr } = await where.start(['retry', answer.run, '--workers', '1', '--json'], QUICK).ended;
    expect(code, stderr).toBe(0);
    expect((await latestTotals(where.results)).figures).toEqual(clean);
  });
});

describe('A permission that is taken away in mid-run', () => {
  test('fails the tiles of that scene; retry counts those and no other.', async () => {
    const where = await city();
    const { failures, requests } = where.server;
    failures.add({
      match: { key: EAST, range: /^bytes=[1-9]/ },
      times: Number.POSITIVE_INFINITY,
      action: { kind: 'status', status: 403, code: 'AccessDenied' },
    });
    const answer = await run(where, '--tile-size', '512');
    await expectPartial(where, answer, 'STORE_DENIED', `s3://scenes/${EAST}`);
    expectWestAsEver(answer.totals.figures);
    expect(answer.totals.figures.city.total).toMatchObject({
      zone_cells: 4 * ZONE_CELLS,
      cells: 2 * ZONE_CELLS,
      coverage: 0.5,
    });
    failures.clear();
    const before = requests.length;
    const { code, stdout, stderr } = await where.start(['retry', answer.run, '--workers', '1', '--json'], QUICK).ended;
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ status: 'DONE', tiles: { all: 8, reused: 4, queued: 4 } });
    expect((await latestTotals(where.results)).figures).toEqual(clean);
    const blocksOfWest = requests
      .slice(before)
      .filter(({ key, range }) => key === WEST && /^bytes=[1-9]/.test(range ?? ''));
    expect(blocksOfWest).toEqual([]);
  });
});

describe('A scene replaced while it is being read', () => {
  test('is noticed at its first block and never mixed with the version that was planned.', async () => {
    const where = await city();
    const other = sceneBytes(SIDE, 4711);
    where.server.failures.add({
      match: { key: EAST, range: /^bytes=[1-9]/ },
      action: { kind: 'meanwhile', happens: () => where.server.put('scenes', EAST, other) },
    });
    const answer = await run(where, '--tile-size', '512');
    await expectPartial(where, answer, 'OBJECT_CHANGED', `s3://scenes/${EAST}`);
    expectWestAsEver(answer.totals.figures);
    expect(zone(answer.totals.figures, 'ne').total).toMatchObject({ cells: 0, coverage: 0 });
    // The next run plans the new version.
    const next = await run(where, '--tile-size', '512');
    expect(next).toMatchObject({ status: 'DONE', tiles: { reused: 4, queued: 4 } });
    const fresh = await city();
    fresh.server.put('scenes', EAST, other);
    expect((await run(fresh)).totals.figures).toEqual(next.totals.figures);
  });

  test('is noticed between planning and the first tile too, with results on the same server.', async () => {
    const where = await city({ resultsUrl: 's3://results/' });
    where.server.failures.add({
      match: { bucket: 'results', key: /plan\.json$/, operation: 'PutObject' },
      action: { kind: 'meanwhile', happens: () => where.server.put('scenes', EAST, sceneBytes(SIDE, 4711)) },
    });
    const answer = await run(where, '--tile-size', '512');
    expect(answer).toMatchObject({
      status: 'PARTIAL',
      exit_code: 3,
      unread: [{ url: `s3://scenes/${EAST}`, code: 'OBJECT_CHANGED' }],
    });
    expectWestAsEver(answer.totals.figures);
  });
});

describe('What a person sees of a PARTIAL run', () => {
  test('is the scene, why it was not read, and the coverage beside the totals.', async () => {
    const where = await city();
    where.server.put('scenes', EAST, spoilBlock(where.east, 0));
    const { code, stdout } = await where.start(['run', '--workers', '1', where.spec], QUICK).ended;
    expect(code).toBe(3);
    expect(stdout).toMatch(new RegExp(`not read: s3://scenes/${EAST} \\[RASTER_CORRUPT\\] block row 0, col 0`));
    expect(stdout).toMatch(/^PARTIAL /m);
    expect(stdout).toMatch(/^city .* 87\.50 %$/m);
    expect(stdout).toMatch(/^ne .* 50\.00 %$/m);
  });
});
