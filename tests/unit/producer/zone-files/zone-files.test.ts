import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fetchZones, loadZones, ZONE_LIMITS } from '../../../../src/producer/load-zones.ts';
import { openZones } from '../../../../src/producer/zone-files/open-zones.ts';
import type { ZoneBytes } from '../../../../src/producer/zone-files/zone-bytes.ts';
import { CitysinkError, type Problem } from '../../../../src/shared/errors.ts';
import { crsFromEpsg } from '../../../../src/shared/geo/crs-registry.ts';
import { FileStore } from '../../../../src/shared/io/store-file.ts';

const fixtures = join(import.meta.dirname, '../../../fixtures/zones');
const store = new FileStore();
const UTM50 = await crsFromEpsg(32650);
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'citysink-zone-files-'));
});
afterAll(() => rm(folder, { recursive: true }));

type More = { id?: string; label?: string; crs?: string; layer?: string };

function load(path: string, more: More = {}, limits = ZONE_LIMITS) {
  const source = { url: pathToFileURL(path).href, id: null, label: null, crs: null, ...more };
  return loadZones(store, source, UTM50, limits);
}

async function problemsOf(path: string, more: More = {}, limits = ZONE_LIMITS): Promise<readonly Problem[]> {
  const error = await load(path, more, limits).catch((thrown: unknown) => thrown);
  if (!(error instanceof CitysinkError)) throw error;
  expect(error.code).toBe('REQUEST_INVALID');
  return error.problems;
}

/** Copies of the Shapefile's parts with these endings, under another name; `patch` changes the bytes of one. */
async function shapefile(name: string, endings: readonly string[], patch?: [string, (bytes: Buffer) => Uint8Array]) {
  for (const ending of endings) await copyFile(join(fixtures, `formats.${ending}`), join(folder, `${name}.${ending}`));
  if (patch !== undefined) {
    const path = join(folder, `${name}.${patch[0]}`);
    await writeFile(path, patch[1](await readFile(path)));
  }
  return join(folder, `${name}.shp`);
}

/** Bytes with a little-endian number put in. */
function withInt32(at: number, value: number): (bytes: Buffer) => Buffer {
  return (bytes) => {
    bytes.writeInt32LE(value, at);
    return bytes;
  };
}

const ALL = ['shp', 'shx', 'dbf', 'prj', 'cpg'];

/** A GeoPackage with statements of SQL run over it. */
async function geoPackage(name: string, ...statements: readonly string[]): Promise<string> {
  const path = join(folder, name);
  await copyFile(join(fixtures, 'formats.gpkg'), path);
  const database = new DatabaseSync(path);
  for (const statement of statements) database.exec(statement);
  database.close();
  return path;
}

describe('zones in files that are not what they should be', () => {
  it.each([
    ['zones.zip', [0x50, 0x4b, 3, 4], /unpack it/],
    ['zones.geojson.gz', [0x1f, 0x8b, 8], /unpack it/],
    ['zones.kml', [...Buffer.from('<?xml version="1.0"?>')], /KML/],
    ['zones.fgb', [0x66, 0x67, 0x62, 2, 0x66, 0x67, 0x62, 0], /another version/],
    ['zones.parquet', [...Buffer.from('PAR1')], /Parquet/],
    ['zones.dbf', [3, 1, 1, 1], /dbf/],
  ])('refuses %s with a hint', async (name, bytes, found) => {
    await writeFile(join(folder, name), Uint8Array.from(bytes));
    expect(await problemsOf(join(folder, name))).toMatchObject([{ where: name, found: expect.stringMatching(found) }]);
  });

  it('goes by content, not by name', async () => {
    const path = join(folder, 'really-a.geojson');
    await copyFile(join(fixtures, 'formats.fgb'), path);
    expect((await load(path)).zones).toHaveLength(3);
  });

  it('has no layers to choose from in GeoJSON', async () => {
    expect(await problemsOf(join(fixtures, 'formats.geojson'), { layer: 'a' })).toMatchObject([
      { where: 'zones.layer' },
    ]);
  });
});

describe('GeoPackage', () => {
  const path = join(fixtures, 'formats.gpkg');

  it('asks for the layer where there are several, and lists them', async () => {
    expect(await problemsOf(path)).toMatchObject([
      {
        where: 'formats.gpkg',
        expected: expect.stringContaining('zones.layer'),
        found: 'feature tables: districts, wards',
      },
    ]);
    expect(await problemsOf(path, { layer: 'Wards' })).toMatchObject([
      { message: 'no such layer', expected: 'one of: districts, wards', found: 'Wards' },
    ]);
  });

  it('names layer and feature number of every mistake at once', async () => {
    const spoiled = await geoPackage(
      'spoiled.gpkg',
      "UPDATE districts SET geom = x'475000010000000001030000000100000000' WHERE fid = 1",
      'UPDATE districts SET geom = NULL, code = NULL WHERE fid = 2',
      "UPDATE districts SET geom = x'00' WHERE fid = 3",
    );
    const problems = await problemsOf(spoiled, { id: 'code', layer: 'districts' });
    expect(problems.map(({ where, message }) => `${where}: ${message}`)).toEqual([
      'spoiled.gpkg, layer districts: feature 1 (fid 1, id "p1"): a damaged geometry',
      'spoiled.gpkg, layer districts: feature 2 (fid 2): no usable id in property "code"',
      'spoiled.gpkg, layer districts: feature 2 (fid 2): no geometry',
      'spoiled.gpkg, layer districts: feature 3 (fid 3, id "p3"): a damaged geometry',
    ]);
  });

  it('takes the CRS by its organisation and code, or from its well-known text, or asks for it', async () => {
    const wkt = "UPDATE gpkg_spatial_ref_sys SET organization = 'NONE' WHERE srs_id = 32650";
    const byText = await load(await geoPackage('wkt.gpkg', wkt), { layer: 'districts' });
    const byCode = await load(path, { layer: 'districts' });
    expect(byText.digest).toBe(byCode.digest);
    const none = await geoPackage('none.gpkg', 'UPDATE gpkg_geometry_columns SET srs_id = -1');
    expect(await problemsOf(none, { layer: 'districts' })).toMatchObject([
      { where: 'none.gpkg, layer districts', expected: expect.stringContaining('zones.crs') },
    ]);
    // The geometries still say EPSG:32650, and their layer that nobody knows.
    expect(await problemsOf(none, { layer: 'districts', crs: 'EPSG:32650' })).toMatchObject([
      { message: 'a geometry in another CRS' },
      { message: 'a geometry in another CRS' },
      { message: 'a geometry in another CRS' },
    ]);
  });

  it('runs nothing that the file brings along: views, and columns that compute', async () => {
    const view = await geoPackage(
      'view.gpkg',
      'CREATE VIEW v AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS fid, geom FROM n, districts',
      "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) VALUES ('v', 'features', 'v', 32650)",
      "INSERT INTO gpkg_geometry_columns VALUES ('v', 'geom', 'POLYGON', 32650, 0, 0)",
    );
    expect(await problemsOf(view, { layer: 'v' })).toMatchObject([{ found: 'a view' }]);
    const computed = await geoPackage(
      'computed.gpkg',
      'ALTER TABLE districts ADD COLUMN big TEXT AS (hex(zeroblob(400000000))) VIRTUAL',
    );
    expect((await load(computed, { layer: 'districts' })).zones).toHaveLength(3);
  });

  it('reads a file that was left in write-ahead mode, and refuses one whose changes are still outside', async () => {
    const logged = await geoPackage('logged.gpkg', 'PRAGMA journal_mode = WAL');
    expect((await load(logged, { layer: 'districts' })).zones).toHaveLength(3);
    await writeFile(`${logged}-wal`, 'changes');
    expect(await problemsOf(logged, { layer: 'districts' })).toMatchObject([
      { message: expect.stringMatching(/not written/) },
    ]);
  });

  it('bounds features, and refuses an SQLite file that is no GeoPackage', async () => {
    const few = { ...ZONE_LIMITS, maxFeatures: 2 };
    expect(await problemsOf(path, { layer: 'districts' }, few)).toMatchObject([{ message: 'too many features' }]);
    const other = await geoPackage('other.gpkg', 'DROP TABLE gpkg_geometry_columns');
    expect(await problemsOf(other)).toMatchObject([{ message: 'an SQLite file without feature tables' }]);
  });
});

describe('Shapefile', () => {
  it('wants its table, and its CRS from the .prj or from the spec', async () => {
    expect(await problemsOf(await shapefile('bare', ['shp']))).toMatchObject([
      { message: 'its attributes are missing', expected: 'bare.dbf beside it' },
    ]);
    const unplaced = await shapefile('unplaced', ['shp', 'dbf']);
    expect(await problemsOf(unplaced)).toMatchObject([{ expected: expect.stringContaining('zones.crs') }]);
    const placed = await load(unplaced, { crs: 'EPSG:32650' });
    expect(placed.digest).toBe((await load(join(fixtures, 'formats.shp'))).digest);
  });

  it('has another digest when any of its parts changes, so that a run is not taken for an older one', async () => {
    const digest = async (path: string) => {
      const source = { url: pathToFileURL(path).href, id: null, label: null, crs: null };
      return (await fetchZones(store, source)).digest;
    };
    const first = await digest(await shapefile('same', ALL));
    const renamed = await shapefile('renamed', ALL, [
      'dbf',
      (bytes) => Buffer.from(bytes.toString('latin1').replace('p1', 'q1'), 'latin1'),
    ]);
    expect(await digest(renamed)).not.toBe(first);
    expect(await digest(await shapefile('unplaced-too', ['shp', 'shx', 'dbf', 'cpg']))).not.toBe(first);
  });

  it.each([
    ['GBK', 'gbk', [0xce, 0xf7, 0xba, 0xfe, 0xc7, 0xf8]],
    ['936', 'gbk', [0xce, 0xf7, 0xba, 0xfe, 0xc7, 0xf8]],
  ])('reads text in the encoding of its .cpg: %s', async (label, _, text) => {
    const path = await shapefile(`names-${label}`, ALL, [
      'dbf',
      (bytes) => {
        const at = bytes.indexOf(Buffer.from('西湖区'));
        bytes.fill(0x20, at, at + 9);
        bytes.set(text, at);
        return bytes;
      },
    ]);
    await writeFile(path.replace(/shp$/, 'cpg'), label);
    expect((await load(path, { id: 'code', label: 'name' })).zones[1]?.name).toBe('西湖区');
  });

  it('refuses an encoding that it does not know', async () => {
    const path = await shapefile('klingon', ALL, ['cpg', () => Buffer.from('KLINGON')]);
    expect(await problemsOf(path)).toMatchObject([{ where: 'klingon.cpg', found: 'KLINGON' }]);
  });

  it('leaves out rows that were deleted', async () => {
    const path = await shapefile('deleted', ALL, [
      'dbf',
      (bytes) => {
        const row = bytes.readUInt16LE(8) + bytes.readUInt16LE(10);
        bytes[row] = 0x2a;
        return bytes;
      },
    ]);
    expect((await load(path, { id: 'code' })).zones.map(({ id }) => id)).toEqual(['p1', 'p3']);
  });

  it('reads without an index, names damaged records, and refuses a table of another file', async () => {
    const whole = await load(join(fixtures, 'formats.shp'));
    expect((await load(await shapefile('plain', ['shp', 'dbf', 'prj']))).digest).toBe(whole.digest);
    const point = await shapefile('point', ALL, ['shp', withInt32(108, 1)]);
    expect(await problemsOf(point, { id: 'code' })).toMatchObject([
      { where: 'point.shp: feature 1 (id "p1")', message: 'not an area', found: 'Point' },
    ]);
    const cut = await shapefile('cut', ALL, ['shp', (bytes) => bytes.subarray(0, -20)]);
    expect(await problemsOf(cut)).toMatchObject([{ message: 'a damaged geometry' }]);
    const short = await shapefile('short', ALL, ['dbf', withInt32(4, 2)]);
    expect(await problemsOf(short)).toMatchObject([{ message: 'shapes and attributes are of different files' }]);
  });
});

describe('bytes from anywhere', () => {
  const damage = fc.record({
    end: fc.double({ min: 0.2, max: 1, noNaN: true }),
    places: fc.array(fc.tuple(fc.double({ min: 0, max: 0.999, noNaN: true }), fc.nat(255)), { maxLength: 4 }),
  });

  function spoil(bytes: Uint8Array, { end, places }: { end: number; places: [number, number][] }): Uint8Array {
    const copy = bytes.slice(0, Math.max(120, Math.floor(bytes.length * end)));
    for (const [at, value] of places) copy[Math.max(8, Math.floor(at * copy.length))] = value;
    return copy;
  }

  it.each([
    ['formats.gpkg', 'geopackage', 'districts'],
    ['formats.fgb', 'flatgeobuf', null],
    ['formats.shp', 'shapefile', null],
  ] as const)('%s, spoiled, gives zones or mistakes of the request and nothing else', async (file, format, layer) => {
    const whole = await readFile(join(fixtures, file));
    const parts = format === 'shapefile' ? ['dbf', 'shx', 'cpg', 'prj'] : [];
    const beside = new Map<string, Uint8Array>();
    for (const ending of parts) beside.set(ending, new Uint8Array(await readFile(join(fixtures, `formats.${ending}`))));
    const reading = { file, idKey: null, labelKey: null, degreesPerUnit: null, maxVertices: 1000 };
    const tryRead = (bytes: ZoneBytes) => {
      try {
        openZones(bytes, layer, { maxFeatures: 100, maxVertices: 1000 }).read(reading);
      } catch (error) {
        expect(error).toMatchObject({ name: 'CitysinkError', code: 'REQUEST_INVALID' });
      }
    };
    fc.assert(
      fc.property(damage, fc.constantFrom('main', ...parts.slice(0, 2)), (how, part) => {
        const main = new Uint8Array(whole);
        const spoiled = new Map(beside);
        const table = beside.get(part);
        if (table !== undefined) spoiled.set(part, spoil(table, how));
        tryRead({ file, format, main: part === 'main' ? spoil(main, how) : main, beside: spoiled, digest: '' });
      }),
      { numRuns: 500 },
    );
  });
});
