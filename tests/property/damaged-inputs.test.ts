import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseFactors } from '../../src/producer/load-factors.ts';
import { readSpec } from '../../src/producer/load-spec.ts';
import { zonesOf } from '../../src/producer/load-zones.ts';
import { hrefToUrl } from '../../src/producer/stac/asset-href.ts';
import { chooseAsset } from '../../src/producer/stac/choose-asset.ts';
import type { ZoneBytes } from '../../src/producer/zone-files/zone-bytes.ts';
import { parseManifest } from '../../src/shared/contracts/manifest.ts';
import { parsePartialFile, writePartialFile } from '../../src/shared/contracts/partial-file.ts';
import { parsePlan, parseTiles } from '../../src/shared/contracts/plan.ts';
import { readStacDocument, readStacItem } from '../../src/shared/contracts/stac.ts';
import { parseGroupJob, parseRunJob, parseTileJob } from '../../src/shared/contracts/tile-job.ts';
import { encodeZones, parseZones } from '../../src/shared/contracts/zones-file.ts';
import { CitysinkError } from '../../src/shared/errors.ts';
import { openSealed, sealText } from '../../src/shared/io/sealed-json.ts';
import { plainFactors } from '../support/city.ts';
import { damagedBytes, damagedJson, FUZZ_FACTOR, type Outcomes, readOrRefuse } from '../support/damage.ts';
import { hectarePlan, partialOf, UTM_50N, zoneTally } from '../support/plan-parts.ts';
import { Seeded } from '../support/seeded.ts';
import { itemCollection, stacCatalog, stacItem } from '../support/stac-items.ts';

/** What comes from outside with damage in it: read, or refused by its code; never a crash, a hang or a gulp of memory. */

const ROOT = join(import.meta.dirname, '../..');
const FOLDER = join(ROOT, 'tests/fixtures/zones');
const EACH = 250 * FUZZ_FACTOR;
/** Fuzzing grows with the factor; the limit ends what hangs. */
const TEST_MS = 60_000 * Math.max(1, FUZZ_FACTOR);

function bytesOf(name: string): Uint8Array {
  return new Uint8Array(readFileSync(join(FOLDER, name)));
}

async function expectSafe(name: string, seed: number, read: (random: Seeded) => unknown): Promise<void> {
  const random = new Seeded(seed);
  const outcomes: Outcomes = { read: 0, refused: 0 };
  for (let i = 0; i < EACH; i++)
    await readOrRefuse(outcomes, `${name}, mutation ${i} of seed ${seed}`, () => read(random));
  expect(outcomes.refused, name).toBeGreaterThan(0);
  expect(outcomes.read + outcomes.refused).toBe(EACH);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
}

const SOURCE = { url: 'file:///zones', id: 'code', label: 'name', crs: null };

function zoneBytes(
  file: string,
  format: ZoneBytes['format'],
  main: Uint8Array,
  beside: ZoneBytes['beside'] = new Map(),
) {
  return zonesOf(
    { file, format, main, beside, digest: '' },
    { ...SOURCE, ...(format === 'geopackage' ? { layer: 'districts' } : {}) },
    UTM_50N,
  );
}

describe('damaged zones', () => {
  it.each([
    ['formats.geojson', 'geojson'],
    ['formats.gpkg', 'geopackage'],
    ['formats.fgb', 'flatgeobuf'],
  ] as const)(
    '%s with bytes changed, cut off, doubled',
    async (file, format) => {
      const bytes = bytesOf(file);
      await expect(zoneBytes(file, format, bytes)).resolves.toBeTruthy();
      await expectSafe(file, 11, (random) => zoneBytes(file, format, damagedBytes(bytes, random)));
    },
    TEST_MS,
  );

  it(
    'a Shapefile with any of its files damaged',
    async () => {
      const parts = ['shp', 'dbf', 'prj', 'cpg', 'shx'].map(
        (ending) => [ending, bytesOf(`formats.${ending}`)] as const,
      );
      await expectSafe('formats.shp', 12, (random) => {
        const spoiled = random.below(3);
        const [[, main], ...beside] = parts.map(
          ([ending, bytes], i) => [ending, i === spoiled ? damagedBytes(bytes, random) : bytes] as const,
        ) as [readonly [string, Uint8Array], ...(readonly [string, Uint8Array])[]];
        return zoneBytes('formats.shp', 'shapefile', main, new Map(beside));
      });
    },
    TEST_MS,
  );

  it(
    'GeoJSON whose values are others',
    async () => {
      const value: unknown = JSON.parse(Buffer.from(bytesOf('formats.geojson')).toString());
      await expectSafe('GeoJSON values', 13, (random) =>
        zoneBytes('z.geojson', 'geojson', new TextEncoder().encode(JSON.stringify(damagedJson(value, random)))),
      );
    },
    TEST_MS,
  );
});

const FULL_SPEC = {
  city: 'a',
  name: { en: 'A', zh: '甲' },
  year: 2021,
  zones: { url: './z.geojson', id: 'code', label: 'name' },
  grid: { crs: 'EPSG:32632', resolution: 10 },
  area: 'plane',
  layers: {
    landcover: { scenes: ['s3://b/a.tif', './b.tif'], nodata: 0 },
    red: { scenes: 's3://b/s2/', match: '*_B04.tif', offset: -1000, scale: 0.0001 },
    nir: { stac: 's3://b/items/', asset: 'nir' },
    soil: { scenes: 's3://b/ocs.tif', unit: 't/ha' },
  },
  factors: './f.csv',
  green: { min_ha: 0.04, small_ha: 1, connectivity: 8 },
  emissions: { t_co2: 3.1e7, year: 2021, source: 'x' },
  results: 's3://results/',
};

describe('damaged requests', () => {
  const read = (bytes: Uint8Array) => readSpec(bytes, 'file:///home/city/spec.yaml');

  it(
    'a spec whose values are others',
    async () => {
      await expectSafe('spec values', 21, (random) =>
        read(new TextEncoder().encode(JSON.stringify(damagedJson(FULL_SPEC, random)))),
      );
    },
    TEST_MS,
  );

  it(
    'the spec of the example with bytes changed',
    async () => {
      const text = new Uint8Array(readFileSync(join(ROOT, 'examples/hangzhou/spec.yaml')));
      await expect(read(text)).resolves.toBeTruthy();
      await expectSafe('spec bytes', 22, (random) => read(damagedBytes(text, random)));
    },
    TEST_MS,
  );

  it(
    'factor tables with bytes changed',
    async () => {
      const folder = join(ROOT, 'data/factors');
      const tables = [plainFactors([1, 2, 3]), ...tablesBelow(folder)];
      await expectSafe('factors', 23, (random) => {
        const bytes = damagedBytes(new TextEncoder().encode(random.of(tables)), random);
        return parseFactors(new TextDecoder().decode(bytes), 'f.csv');
      });
    },
    TEST_MS,
  );

  it(
    'STAC documents whose values are others',
    async () => {
      const documents = [
        stacItem({ cloud: 3 }),
        itemCollection([stacItem(), stacItem({ id: 'two' })]),
        stacCatalog({ item: ['./one.json'], child: ['./c/'] }),
      ];
      await expectSafe('STAC', 24, (random) => {
        const document = readStacDocument(damagedJson(random.of(documents), random), 'x.json');
        const items = document.kind === 'item' ? [document.item] : document.kind === 'items' ? document.items : [];
        for (const value of items) {
          const { asset } = chooseAsset(readStacItem(value, 'x.json'), null, 'x.json');
          hrefToUrl(asset.href, 's3://b/x.json');
        }
      });
    },
    TEST_MS,
  );
});

function tablesBelow(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.csv'))
      .map((name) => readFileSync(join(folder, name), 'utf8'));
  } catch {
    return [];
  }
}

describe('damaged payloads of Redis and objects of the store', () => {
  const tile = {
    v: 1,
    runUrl: 's3://r/a/2021-000000000000/',
    tile: 3,
    window: [0, 0, 16, 16],
    scenes: [0, 1],
    partial: '0'.repeat(32),
  };
  const group = { v: 1, runUrl: tile.runUrl, group: 0 };
  const run = { v: 1, runUrl: tile.runUrl };
  const digest = 'a'.repeat(32);
  const partial = writePartialFile(digest, partialOf([zoneTally(6, { 1: 6 }), zoneTally(4, { 2: 4 })]), {
    read: [digest],
  });
  const half = Float64Array.of(0, 0, 1, 0, 1, 1, 0, 1, 0, 0);

  it.each([
    ['tile jobs', tile, parseTileJob],
    ['group jobs', group, parseGroupJob],
    ['run jobs', run, parseRunJob],
    ['plans', hectarePlan(), parsePlan],
    ['lists of tiles', [[0, 0, 16, 16, [0], digest]], parseTiles],
    ['zones', encodeZones([{ id: 'a', name: 'A', polygons: [[half]] }]), parseZones],
    ['manifests', { schema: 'citysink-manifest-1', status: 'DONE', run: 'r', outputs: [] }, parseManifest],
  ] as const)(
    '%s whose values are others',
    async (name, value: unknown, parse: (data: unknown) => unknown) => {
      await expectSafe(name, 31, (random) => parse(damagedJson(value, random)));
    },
    TEST_MS,
  );

  it(
    'partials whose values are others',
    async () => {
      const value: unknown = JSON.parse(partial);
      await expectSafe('partial values', 32, (random) =>
        parsePartialFile(JSON.stringify(damagedJson(value, random)), digest),
      );
    },
    TEST_MS,
  );

  it('a sealed partial is refused for any byte that is another', async () => {
    const sealed = sealText(partial);
    const random = new Seeded(33);
    for (let i = 0; i < EACH; i++) {
      const spoiled = sealed.slice();
      const at = random.below(spoiled.length);
      spoiled[at] = (spoiled[at] ?? 0) ^ (1 << random.below(8));
      const read = () => parsePartialFile(openSealed(new TextDecoder().decode(spoiled), 's3://r/x.json').text, digest);
      expect(read, `byte ${at}`).toThrow(CitysinkError);
    }
  });
});
