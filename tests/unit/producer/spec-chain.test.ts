import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadSpec } from '../../../src/producer/load-spec.ts';
import { mergeSpecs } from '../../../src/producer/merge-specs.ts';
import { specName } from '../../../src/producer/spec-name.ts';
import type { CitysinkError } from '../../../src/shared/errors.ts';
import { FileStore } from '../../../src/shared/io/store-file.ts';
import { pathToUrl } from '../../../src/shared/io/store-url.ts';

/** Specs that rest upon others: what they come to, and where their mistakes are told. */

const store = new FileStore();

async function folderOf(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'citysink-test-'));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return folder;
}

const load = (folder: string, name: string, region: string | null = null) =>
  loadSpec(
    () => store,
    specName(pathToUrl(join(folder, name)), region === null ? null : pathToUrl(join(folder, region))),
  );

async function problems(loading: Promise<unknown>): Promise<string[]> {
  const error = await loading.then(
    () => null,
    (thrown: unknown) => thrown as CitysinkError,
  );
  expect(error?.code).toBe('REQUEST_INVALID');
  return (error?.problems ?? []).map(({ where, message, found }) => `${where}: ${message}; ${found ?? ''}`);
}

const BASE = `
zones: { url: ./districts.geojson, id: code }
layers:
  landcover: { scenes: [./a.tif, ./b.tif], nodata: 0 }
  soil: { scenes: s3://soil/ocs.tif, unit: t/ha }
green: { min_ha: 0.1, small_ha: 2 }
factors: library:default+worldcover
results: ./out/
`;

describe('A spec that extends another', () => {
  test('comes to what the one spec would that has all keys, with places where they were written.', async () => {
    const folder = await folderOf({
      'shared/base.yaml': BASE,
      'cities/a.yaml':
        'extends: ../shared/base.yaml\ncity: a\nyear: 2021\nlayers: { landcover: { scenes: ./own.tif } }\ngreen: { small_ha: 3 }\n',
      'cities/flat.yaml': `
city: a
year: 2021
zones: { url: ../shared/districts.geojson, id: code }
layers:
  landcover: { scenes: ./own.tif, nodata: 0 }
  soil: { scenes: s3://soil/ocs.tif, unit: t/ha }
green: { min_ha: 0.1, small_ha: 3 }
factors: library:default+worldcover
results: ../shared/out/
`,
    });
    expect(await load(folder, 'cities/a.yaml')).toEqual(await load(folder, 'cities/flat.yaml'));
  });

  test('takes a key away by null, and replaces lists whole.', async () => {
    const folder = await folderOf({
      'base.yaml': BASE,
      'a.yaml':
        'extends: base.yaml\ncity: a\nyear: 2021\ngreen: null\nlayers: { soil: null, landcover: { scenes: [./c.tif] } }\n',
    });
    const spec = await load(folder, 'a.yaml');
    expect(spec.green).toBeNull();
    expect(spec.layers).toEqual({});
    expect(spec.landcover.scenes).toEqual([pathToUrl(join(folder, 'c.tif'))]);
  });

  test('goes along a chain and a list: the nearer file wins, the later of a list over the earlier.', async () => {
    const folder = await folderOf({
      'root.yaml': `${BASE}year: 2000\nname: root\narea: plane\n`,
      'middle.yaml': 'extends: root.yaml\nname: middle\nemissions: { t_co2: 1, source: middle }\n',
      'other.yaml': 'emissions: { t_co2: 2 }\n',
      'a.yaml': 'extends: [middle.yaml, other.yaml]\ncity: a\nyear: 2021\n',
    });
    const spec = await load(folder, 'a.yaml');
    expect(spec).toMatchObject({ year: 2021, area: 'plane', name: { en: 'middle' } });
    expect(spec.emissions).toEqual({ tCo2: 2, year: 2021, source: 'middle' });
  });

  test('lies over the defaults of its region, and over those of a region file that it extends.', async () => {
    const folder = await folderOf({
      'region.yaml': `region: delta\ndefaults:${BASE.replaceAll('\n', '\n  ')}\n  year: 2021\n`,
      'cities/a.yaml': 'city: a\nyear: 2022\n',
      'cities/b.yaml': 'extends: ../region.yaml\ncity: a\nyear: 2022\n',
    });
    const spec = await load(folder, 'cities/a.yaml', 'region.yaml');
    expect(spec).toMatchObject({ year: 2022, zones: { url: pathToUrl(join(folder, 'districts.geojson')) } });
    expect(await load(folder, 'cities/b.yaml')).toEqual(spec);
  });

  test('has each mistake told in the file where it stands.', async () => {
    const folder = await folderOf({
      'base.yaml': `${BASE}\ngren: 1\n`,
      'a.yaml': 'extends: base.yaml\ncity: A!\nyear: 2021\n',
    });
    const found = await problems(load(folder, 'a.yaml'));
    expect(found.map((text) => text.split(':').slice(0, 2).join(':'))).toEqual(
      expect.arrayContaining(['a.yaml:2 city', 'base.yaml:10 gren']),
    );
  });

  test('is refused where it goes round in a circle, too deep, to nothing, or names no place.', async () => {
    const deep = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`d${i}.yaml`, `extends: d${i + 1}.yaml\n`]));
    const folder = await folderOf({
      ...deep,
      'a.yaml': 'city: a\nextends: b.yaml\n',
      'b.yaml': 'extends: [a.yaml]\n',
      'lost.yaml': 'city: a\n\nextends: nowhere.yaml\n',
      'odd.yaml': 'city: a\nextends: { a: 1 }\n',
    });
    expect(await problems(load(folder, 'a.yaml'))).toEqual([
      'b.yaml:1 extends: goes round in a circle; a.yaml -> b.yaml -> a.yaml',
    ]);
    expect((await problems(load(folder, 'd0.yaml')))[0]).toMatch(/goes too deep/);
    expect((await problems(load(folder, 'lost.yaml')))[0]).toMatch(/^lost\.yaml:3 extends: there is no such file/);
    expect(await problems(load(folder, 'odd.yaml'))).toContainEqual(expect.stringMatching(/^odd\.yaml:2 extends/));
  });

  test('keeps a null that has nothing to take away as a mistake.', async () => {
    const folder = await folderOf({
      'base.yaml': BASE,
      'a.yaml': 'extends: base.yaml\ncity: a\nyear: 2021\ncasa: null\n',
    });
    expect((await problems(load(folder, 'a.yaml')))[0]).toMatch(/^a\.yaml:4 casa: has no value/);
  });
});

test('Merging is associative, and makes no prototype of a key.', () => {
  const [a, b, c] = [{ x: { p: 1, q: [1, 2] } }, { x: { q: [3] } }, { x: { r: 2 }, y: 1 }];
  expect(mergeSpecs(mergeSpecs(a, b), c)).toEqual(mergeSpecs(a, mergeSpecs(b, c)));
  const odd = mergeSpecs({ a: 1 }, JSON.parse('{"__proto__":{"polluted":1}}')) as Record<string, unknown>;
  expect(odd.polluted).toBeUndefined();
  expect(Object.keys(odd)).toEqual(['a', '__proto__']);
});
