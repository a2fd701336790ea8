import { open, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { verifyCommand } from '../../src/cli/commands/verify.ts';
import { type CliContext, createContext } from '../../src/cli/context.ts';
import type { Check, Difference } from '../../src/cli/verify/findings.ts';
import type { Manifest } from '../../src/shared/contracts/manifest.ts';
import { openSealed, sealText } from '../../src/shared/io/sealed-json.ts';
import { plainFactors, rectangleZones, temporaryFolder } from '../support/city.ts';
import { runCli } from '../support/cli.ts';
import { Seeded } from '../support/seeded.ts';
import { smallCity } from '../support/small-city.ts';
import { resultNames } from '../support/totals.ts';
import { blockRange, cellRectangle, EPSG, sceneBytes } from '../support/two-scenes.ts';

/**
 * `verify` on a real run with maps: single bytes are flipped in place, under the same size and time, so that no version
 * mark of a file tells of them.
 */

const SIDE = 1024;
/** A flip each; half a second each. */
const FLIPS = Number(process.env.CITYSINK_TEST_FLIPS ?? 100);
const SEED = 20_211;

let folder = '';
let run = '';
let runFolder = '';
let context: CliContext;
let printed = '';

beforeAll(async () => {
  folder = await temporaryFolder();
  const { spec } = await smallCity({
    folder,
    zones: rectangleZones(EPSG, { n: cellRectangle(0, 0, 100, SIDE), s: cellRectangle(100, 0, SIDE - 100, SIDE) }),
    zonesKeys: { id: 'id' },
    factors: plainFactors([1, 2, 3, 4]),
    rasters: { 'cover.tif': sceneBytes(0, 4711, SIDE) },
    spec: { maps: ['storage'] },
  });
  await utimes(join(folder, 'cover.tif'), 1_600_000_000, 1_600_000_000);
  const ended = await runCli(['run', '--json', '--workers', '1', '--tile-size', '512', spec], { cwd: folder });
  expect(ended.code, ended.stderr + ended.stdout).toBe(0);
  run = (JSON.parse(ended.stdout) as { run: string }).run;
  runFolder = join(folder, 'results/test-city', run);
  context = {
    ...createContext('fatal'),
    print: (text) => {
      printed += text;
    },
  };
});

afterAll(async () => {
  context.stores.close();
  await rm(folder, { recursive: true, force: true });
});

interface Verdict {
  readonly code: number;
  readonly checks: readonly Check[];
  readonly differences: readonly Difference[];
}

async function verify(options: { readonly all?: boolean; readonly tiles?: number } = {}): Promise<Verdict> {
  printed = '';
  const { all = true, tiles = 4 } = options;
  const code = await verifyCommand(`${runFolder}/`, { out: null, tiles, all, seed: null, json: true }, context);
  const { checks } = JSON.parse(printed) as { checks: Check[] };
  return { code, checks, differences: checks.flatMap((one) => one.differences) };
}

/** Flips one bit where the file stands, looks, and flips it back. */
async function withFlip<T>(file: string, at: number, bit: number, look: () => Promise<T>): Promise<T> {
  const { atime, mtime } = await stat(file);
  const flip = async (): Promise<void> => {
    const handle = await open(file, 'r+');
    const byte = Buffer.alloc(1);
    await handle.read(byte, 0, 1, at);
    byte[0] = (byte[0] ?? 0) ^ (1 << bit);
    await handle.write(byte, 0, 1, at);
    await handle.close();
    await utimes(file, atime, mtime);
  };
  await flip();
  try {
    return await look();
  } finally {
    await flip();
  }
}

/** Kinds of files of a run, each with the ranges of bytes that belong to the run. */
async function targets(): Promise<Record<string, { file: string; from: number; to: number }[]>> {
  const whole = async (file: string) => ({ file, from: 0, to: (await stat(file)).size });
  const names = (await resultNames(join(folder, 'results'))).filter((name) => /\.[a-z]+$/.test(name));
  const below = (pattern: RegExp) =>
    Promise.all(
      names.filter((name) => pattern.test(name)).map((name) => whole(join(folder, 'results/test-city', name))),
    );
  const scene = join(folder, 'cover.tif');
  const bytes = await readFile(scene);
  const blocks = [0, 1, 2, 3].map((block) => blockRange(bytes, block));
  return {
    scenes: blocks.map(({ offset, length }) => ({ file: scene, from: offset, to: offset + length })),
    partials: await below(/^partials\//),
    tables: await below(/totals\.|zones\.g/),
    maps: await below(/maps\//),
    report: await below(/report\.html|item\.json/),
    records: await below(/(plan|tiles|zones|manifest)\.json$/),
  };
}

describe('A finished run', () => {
  test('is found as it was: every kind of check has looked at something.', async () => {
    const { code, checks } = await verify();
    const manifest = JSON.parse(await readFile(join(runFolder, 'manifest.json'), 'utf8')) as Manifest;
    expect(manifest.outputs.length).toBeGreaterThanOrEqual(9);
    expect(checks.flatMap((one) => one.differences)).toEqual([]);
    expect(code).toBe(0);
    expect(Object.fromEntries(checks.map(({ name, checked }) => [name, checked]))).toEqual({
      manifest: 1,
      'plan, tiles and zones': 3,
      outputs: manifest.outputs.length,
      partials: 4,
      figures: 1,
      scenes: 1,
      factors: 1,
      'tiles counted again': 4,
    });
  });

  test('says how many tiles a sample leaves out.', async () => {
    const { checks } = await verify({ all: false, tiles: 1 });
    expect(checks.at(-1)).toMatchObject({ checked: 1, note: '3 were not; --all counts every tile' });
  });

  test('exits 0 in a process of its own; a run that is not there is a wrong request, exit 2.', async () => {
    const good = await runCli(['verify', `test-city/${run}`], { cwd: folder });
    expect(good.code, good.stderr).toBe(0);
    expect(good.stdout).toMatch(/^OK$/m);
    expect((await runCli(['verify', '2021-000000000000'], { cwd: folder })).code).toBe(2);
  });
});

describe('One flipped byte', () => {
  test(`is found ${FLIPS} of ${FLIPS} times, and its file is named.`, async () => {
    const random = new Seeded(SEED);
    const kinds = Object.entries(await targets());
    const missed: string[] = [];
    for (let i = 0; i < FLIPS; i++) {
      const [kind, files] = kinds[i % kinds.length] as (typeof kinds)[number];
      expect(files, kind).not.toEqual([]);
      const { file, from, to } = random.of(files);
      const at = from + random.below(to - from);
      const bit = random.below(8);
      const { code, differences } = await withFlip(file, at, bit, () => verify());
      const named = differences.some(({ place }) => place.includes(file));
      if (code !== 1 || !named) missed.push(`${file} byte ${at} bit ${bit}: ${JSON.stringify(differences)}`);
    }
    expect(missed).toEqual([]);
    expect((await verify()).code).toBe(0);
  });
});

describe('What is whole and yet another', () => {
  test('A partial that was replaced by another whole one is told, with the group of it or without.', async () => {
    const { partials = [] } = await targets();
    const texts = await Promise.all(partials.map(({ file }) => readFile(file, 'utf8')));
    const group = partials[texts.findIndex((text) => text.includes('"members"'))]?.file ?? '';
    const tile = partials[texts.findIndex((text) => text.includes('"read"'))]?.file ?? '';
    const [groupText, tileText] = [await readFile(group, 'utf8'), await readFile(tile, 'utf8')];
    const { text } = openSealed(tileText, tile);
    const forged = text.replace(/"all":\[(\d+)/, (_, cells: string) => `"all":[${Number(cells) + 1}`);
    await writeFile(tile, sealText(forged));
    const beside = await verify({ all: false, tiles: 0 });
    expect(beside.differences).toContainEqual(expect.objectContaining({ place: expect.stringContaining(group) }));
    await rm(group);
    const alone = await verify({ all: false, tiles: 0 });
    expect(alone.differences.map(({ message }) => message)).toContainEqual(
      expect.stringMatching(/one was replaced by another that is whole/),
    );
    await writeFile(tile, tileText);
    await writeFile(group, groupText);
    expect((await verify({ tiles: 0, all: false })).code).toBe(0);
  });

  test('A scene that was written again has another version mark: it is named.', async () => {
    const scene = join(folder, 'cover.tif');
    await utimes(scene, 1_600_000_000, 1_600_000_001);
    const { code, differences } = await verify({ all: false, tiles: 0 });
    await utimes(scene, 1_600_000_000, 1_600_000_000);
    expect(code).toBe(1);
    expect(differences).toEqual([expect.objectContaining({ place: expect.stringContaining('cover.tif') })]);
  });

  test('An output that is gone is named.', async () => {
    const { report = [] } = await targets();
    const file = report[0]?.file ?? '';
    const bytes = await readFile(file);
    await rm(file);
    const { code, differences } = await verify({ all: false, tiles: 0 });
    expect(code).toBe(1);
    expect(differences[0]?.place).toContain(file);
    await writeFile(file, bytes);
  });
});
