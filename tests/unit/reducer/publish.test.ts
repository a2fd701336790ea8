import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Outcome, publish } from '../../../src/reducer/publish.ts';
import { NO_QUICKLOOKS } from '../../../src/reducer/quicklooks.ts';
import { computeFigures } from '../../../src/reducer/totals.ts';
import { parseManifest } from '../../../src/shared/contracts/manifest.ts';
import { encodeZones } from '../../../src/shared/contracts/zones-file.ts';
import { FileStore } from '../../../src/shared/io/store-file.ts';
import { pathToUrl } from '../../../src/shared/io/store-url.ts';
import { compactJsonBytes, sha256 } from '../../../src/shared/io/stored-json.ts';
import { temporaryFolder } from '../../support/city.ts';
import { hectarePlan, partialOf, zoneTally } from '../../support/plan-parts.ts';

const store = new FileStore();
let folder = '';

beforeEach(async () => {
  folder = await temporaryFolder();
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const FIGURES = computeFigures(hectarePlan(), partialOf([zoneTally(6, { 1: 6 }), zoneTally(4, { 2: 4 })]));
const DONE: Outcome = { status: 'DONE', figures: FIGURES, unread: [], failures: [], causes: [], warnings: [] };
const FAILED: Outcome = {
  ...DONE,
  status: 'FAILED',
  figures: null,
  causes: [{ code: 'CLASS_WITHOUT_FACTOR', message: 'class 9' }],
};

/** Outlines of the plan's zones, as the producer stores them: the upper and the lower half of its grid. */
async function storeZones(runUrl: string): Promise<void> {
  const half = (y0: number, y1: number) =>
    Float64Array.of(500_000, y0, 501_000, y0, 501_000, y1, 500_000, y1, 500_000, y0);
  const zones = [
    { id: 'n', name: 'North', polygons: [[half(2_999_500, 3_000_000)]] },
    { id: 's', name: 'South, "old"', polygons: [[half(2_999_000, 2_999_500)]] },
  ];
  await store.replace(`${runUrl}zones.json`, compactJsonBytes(encodeZones(zones)));
}

async function publishRun(outcome: Outcome, run = '2021-0123456789ab', finished = '2021-06-01T00:00:00Z') {
  const plan = hectarePlan({ run, resultsUrl: pathToUrl(`${folder}/`) });
  const runUrl = pathToUrl(`${folder}/test-city/${run}/`);
  await storeZones(runUrl);
  for (const name of ['plan.json', 'tiles.json']) await store.replace(`${runUrl}${name}`, compactJsonBytes([]));
  return publish(store, {
    plan,
    runUrl,
    tiles: [],
    seals: [],
    outcome,
    maps: [],
    quicklooks: NO_QUICKLOOKS,
    version: '1.2.3',
    finished,
  });
}

async function stored(name: string, run = '2021-0123456789ab'): Promise<Buffer> {
  return readFile(join(folder, 'test-city', run, name));
}

async function latestRun(): Promise<string> {
  return (JSON.parse(await readFile(join(folder, 'test-city', 'latest.json'), 'utf8')) as { run: string }).run;
}

describe('publish', () => {
  it('writes tables, a manifest that has their digests, and the pointer', async () => {
    await publishRun(DONE);
    const manifest = parseManifest(JSON.parse((await stored('manifest.json')).toString()));
    expect(manifest).toMatchObject({
      status: 'DONE',
      finished: '2021-06-01T00:00:00Z',
      software: { version: '1.2.3' },
    });
    for (const { name, sha256: digest, sizeBytes } of manifest.outputs) {
      const bytes = await stored(name);
      expect([sha256(bytes), bytes.length]).toEqual([digest, sizeBytes]);
    }
    expect(manifest.outputs.map(({ name }) => name)).toEqual([
      'totals.csv',
      'totals.json',
      'totals.parquet',
      'totals.xlsx',
      'report.html',
      'zones.geojson',
      'zones.gpkg',
      'item.json',
    ]);
    expect(await latestRun()).toBe('2021-0123456789ab');
  });

  it('of a run that is published already changes nothing', async () => {
    await publishRun(DONE);
    const before = await stored('manifest.json');
    await publishRun(FAILED, '2021-0123456789ab', '2022-01-01T00:00:00Z');
    expect(await stored('manifest.json')).toEqual(before);
  });

  it('of a run that FAILED writes the manifest alone beside the plan, and leaves the pointer at the run before', async () => {
    await publishRun(DONE, '2021-aaaaaaaaaaaa');
    await publishRun(FAILED, '2021-bbbbbbbbbbbb');
    expect(await readdir(join(folder, 'test-city', '2021-bbbbbbbbbbbb'))).toEqual([
      'manifest.json',
      'plan.json',
      'tiles.json',
      'zones.json',
    ]);
    expect(await latestRun()).toBe('2021-aaaaaaaaaaaa');
  });

  it('the time of the run stands in the manifest alone: the tables are the same bytes', async () => {
    await publishRun(DONE, '2021-aaaaaaaaaaaa', '2021-06-01T00:00:00Z');
    const first = await stored('totals.csv', '2021-aaaaaaaaaaaa');
    const json = (await stored('totals.json', '2021-aaaaaaaaaaaa')).toString();
    expect(json).not.toContain('2021-06-01');
    await publishRun(DONE, '2021-bbbbbbbbbbbb', '2022-06-01T00:00:00Z');
    expect(await stored('totals.csv', '2021-bbbbbbbbbbbb')).toEqual(first);
    expect((await stored('totals.json', '2021-bbbbbbbbbbbb')).toString()).toBe(
      json.replaceAll('2021-aaaaaaaaaaaa', '2021-bbbbbbbbbbbb'),
    );
  });
});
