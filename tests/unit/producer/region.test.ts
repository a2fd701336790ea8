import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findRegion } from '../../../src/producer/region.ts';
import { partsOfSpecName } from '../../../src/producer/spec-name.ts';
import type { CitysinkError } from '../../../src/shared/errors.ts';
import { FileStore } from '../../../src/shared/io/store-file.ts';
import { pathToUrl } from '../../../src/shared/io/store-url.ts';

/** Which specs a folder or a region file comes to. */

const store = new FileStore();
const CITY = 'city: x\nyear: 2021\n';

async function folderOf(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = join(await mkdtemp(join(tmpdir(), 'citysink-test-')), 'The Delta');
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return folder;
}

async function find(folder: string, place = '') {
  const region = await findRegion(pathToUrl(join(folder, place) + (place === '' ? '/' : '')), () => store);
  if (region === null) return null;
  const short = (url: string) => url.slice(pathToUrl(`${folder}/`).length);
  const specs = region.specs.map(partsOfSpecName).map(({ specUrl, regionUrl }) => {
    return regionUrl === null ? short(specUrl) : `${short(specUrl)} with ${short(regionUrl)}`;
  });
  return { name: region.name, specs, leftOut: region.leftOut.map(short), resultsUrl: region.resultsUrl };
}

describe('A folder', () => {
  test('is the region of all files below it that name a city at their top, in byte order.', async () => {
    const folder = await folderOf({
      'b.yaml': CITY,
      'a/a.yml': CITY,
      'c.json': '{"year": 2021, "city": "c"}',
      'base.yaml': 'layers: {}\nemissions: { city: 1 }\n',
      'zones.json': '{"type": "FeatureCollection"}',
      'broken.yaml': 'city: [\n',
      'readme.txt': CITY,
      '.hidden/d.yaml': CITY,
      'results/x/2021-1/plan.json': '{"schema": "citysink-plan-3", "city": "x"}',
      'out/x/2021-1/plan.json': '{"schema": "citysink-plan-3", "city": "x"}',
    });
    expect(await find(folder)).toEqual({
      name: 'the-delta',
      specs: ['a/a.yml', 'b.yaml', 'broken.yaml', 'c.json'],
      leftOut: ['base.yaml', 'out/x/2021-1/plan.json', 'zones.json'],
      resultsUrl: null,
    });
  });

  test('without a city is refused.', async () => {
    const folder = await folderOf({ 'base.yaml': 'year: 2021\n' });
    await expect(find(folder)).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
  });
});

describe('A region file', () => {
  test('names specs and globs; what has no star is a city in any case, and none is named twice.', async () => {
    const folder = await folderOf({
      'region.yaml':
        'region: delta\ncities: [cities/*.yaml, "deep/**/*.yaml", cities/b.yaml, lost.yaml]\nresults: s3://res/x\n',
      'cities/a.yaml': CITY,
      'cities/b.yaml': CITY,
      'cities/base.yaml': 'year: 2021\n',
      'deep/1/2/c.yaml': CITY,
      'other/d.yaml': CITY,
    });
    const found = {
      name: 'delta',
      specs: ['cities/a.yaml', 'cities/b.yaml', 'deep/1/2/c.yaml', 'lost.yaml'],
      leftOut: ['cities/base.yaml'],
      resultsUrl: 's3://res/x/',
    };
    expect(await find(folder, 'region.yaml')).toEqual(found);
    expect(await find(folder)).toEqual(found);
  });

  test('with defaults gives each spec the name of both; without `cities` it has those of its folder.', async () => {
    const folder = await folderOf({
      'all.yaml': 'region: delta\ndefaults: { year: 2021, results: ./out }\n',
      'cities/a.yaml': CITY,
    });
    expect(await find(folder, 'all.yaml')).toMatchObject({
      specs: ['cities/a.yaml with all.yaml'],
      resultsUrl: pathToUrl(join(folder, 'out/')),
    });
  });

  test('that has mistakes is refused with each, by file and line; a plain spec is no region.', async () => {
    const folder = await folderOf({
      'odd.yaml': 'region: Delta!\ncitys: []\ncities: []\n',
      'a.yaml': CITY,
    });
    const error = await find(folder, 'odd.yaml').then(
      () => null,
      (thrown: unknown) => thrown as CitysinkError,
    );
    expect(error?.problems.map(({ where }) => where).sort()).toEqual([
      'odd.yaml:1 region',
      'odd.yaml:2 citys',
      'odd.yaml:3 cities',
    ]);
    expect(await find(folder, 'a.yaml')).toBeNull();
  });
});
