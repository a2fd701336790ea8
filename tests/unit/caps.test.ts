import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseFactors } from '../../src/producer/load-factors.ts';
import { readSpec } from '../../src/producer/load-spec.ts';
import { ZONE_LIMITS, zonesOf } from '../../src/producer/load-zones.ts';
import { STAC_LIMITS } from '../../src/producer/stac/walk-stac.ts';
import { readStacDocument, readStacItem } from '../../src/shared/contracts/stac.ts';
import { parseTileJob } from '../../src/shared/contracts/tile-job.ts';
import { openRaster } from '../../src/shared/io/raster-file.ts';
import { MAX_BLOCK_BYTES } from '../../src/shared/raster/tiff-layout.ts';
import { MemoryObject } from '../support/memory-object.ts';
import { UTM_50N } from '../support/plan-parts.ts';
import { stacItem } from '../support/stac-items.ts';
import { DATA_OFFSET, stripTags, type TestTags, tiffBytes } from '../support/tiff-bytes.ts';

/** Caps of what comes from outside, as docs/security.md lists them: each is refused by its code before it takes memory. */

const IMAGE = stripTags(2, 2, 8, DATA_OFFSET, 4);
const DATA = Uint8Array.of(1, 2, 3, 4);

function open(bytes: Uint8Array) {
  const store = new MemoryObject(bytes);
  return openRaster(store, store.info);
}

function withTag(bytes: Uint8Array, tag: number, change: (view: DataView, entry: number) => void): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const at = view.getUint32(4, true);
  for (let i = 0; i < view.getUint16(at, true); i++) {
    const entry = at + 2 + 12 * i;
    if (view.getUint16(entry, true) === tag) change(view, entry);
  }
  return bytes;
}

describe('of a raster', () => {
  it('64 image directories are read and 65 are refused', async () => {
    const many = (count: number) => tiffBytes({ directories: Array.from({ length: count }, () => IMAGE), data: DATA });
    await expect(open(many(64))).resolves.toMatchObject({ header: { rows: 2 } });
    await expect(open(many(65))).rejects.toMatchObject({ code: 'RASTER_TOO_LARGE' });
  });

  it('a cycle of directories is corrupt', async () => {
    const first = new DataView(tiffBytes({ directories: [IMAGE], data: DATA }).buffer).getUint32(4, true);
    await expect(open(tiffBytes({ directories: [IMAGE, IMAGE], data: DATA, lastNext: first }))).rejects.toMatchObject({
      code: 'RASTER_CORRUPT',
    });
  });

  it('512 tags of a directory are read and 513 are refused', async () => {
    const tags = (count: number): TestTags => {
      const extra = Array.from({ length: count - Object.keys(IMAGE).length }, (_, i) => [
        40_000 + i,
        { type: 3, values: [0] },
      ]);
      return { ...IMAGE, ...(Object.fromEntries(extra) as TestTags) };
    };
    await expect(open(tiffBytes({ directories: [tags(512)], data: DATA }))).resolves.toBeTruthy();
    await expect(open(tiffBytes({ directories: [tags(513)], data: DATA }))).rejects.toMatchObject({
      code: 'RASTER_CORRUPT',
    });
  });

  it('a tag that claims gigabytes is refused by its claim', async () => {
    const bytes = withTag(
      tiffBytes({ directories: [{ ...IMAGE, 40000: { type: 4, values: [1, 2, 3] } }], data: DATA }),
      40_000,
      (view, entry) => view.setUint32(entry + 4, 2 ** 30, true),
    );
    const store = new MemoryObject(bytes);
    await expect(openRaster(store, store.info)).rejects.toMatchObject({ code: 'RASTER_CORRUPT' });
    expect(Math.max(...store.requests.map(({ length }) => length))).toBeLessThan(2 ** 20);
  });

  it('a block of over 64 MiB is refused by what the header says of it', async () => {
    expect(MAX_BLOCK_BYTES).toBe(64 * 2 ** 20);
    const tags = stripTags(9000, 9000, 8, DATA_OFFSET, 4);
    await expect(open(tiffBytes({ directories: [tags], data: DATA }))).rejects.toMatchObject({
      code: 'RASTER_TOO_LARGE',
    });
  });
});

const SOURCE = { url: 'file:///z.geojson', id: null, label: null, crs: null };

function zones(text: string, limits = ZONE_LIMITS) {
  const main = new TextEncoder().encode(text);
  return zonesOf(
    { file: 'z.geojson', format: 'geojson', main, beside: new Map(), digest: '' },
    SOURCE,
    UTM_50N,
    limits,
  );
}

describe('of zones', () => {
  it('files have 64 MiB, outlines 2,000,000 vertices, and a file 100,000 features', () => {
    expect(ZONE_LIMITS).toEqual({ maxBytes: 64 * 2 ** 20, maxVertices: 2_000_000, maxFeatures: 100_000 });
  });

  it('one vertex more than the limit is refused', async () => {
    const ring = '[[110,20],[111,20],[111,21],[110,20]]';
    const text = `{"type":"Polygon","coordinates":[${ring}]}`;
    await expect(zones(text, { ...ZONE_LIMITS, maxVertices: 3 })).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
  });

  it.each([1000, 100_000, 5_000_000])('brackets %i deep are refused, not followed', async (depth) => {
    const text = `{"type":"Polygon","coordinates":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    await expect(zones(text)).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
  });
});

describe('of requests', () => {
  it.each(['[', '{a: '])('a spec of %s a hundred thousand deep is refused', async (opening) => {
    const text = new TextEncoder().encode(`city: ${opening.repeat(100_000)}`);
    await expect(readSpec(text, 'file:///spec.yaml')).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
  });

  it('a factor table has 10,000 rows', () => {
    const rows = (count: number) =>
      `class,name,above\n${Array.from({ length: count }, (_, i) => `${i},c${i},1`).join('\n')}\n`;
    expect(parseFactors(rows(10_000), 'f.csv').classes).toHaveLength(10_000);
    expect(() => parseFactors(rows(10_001), 'f.csv')).toThrow(expect.objectContaining({ code: 'REQUEST_INVALID' }));
  });

  it('a STAC item has 2000 assets, and a walk 8 levels, 10,000 items and 20,000 documents of 64 MiB', () => {
    const assets = Object.fromEntries(Array.from({ length: 2001 }, (_, i) => [`a${i}`, { href: './a.tif' }]));
    expect(() => readStacItem(stacItem({ assets }), 'x.json')).toThrow(
      expect.objectContaining({ code: 'REQUEST_INVALID' }),
    );
    const links = Array.from({ length: 50_001 }, () => ({ rel: 'item', href: './a.json' }));
    const catalog = { type: 'Catalog', stac_version: '1.0.0', id: 'c', description: '', links };
    expect(() => readStacDocument(catalog, 'x.json')).toThrow(expect.objectContaining({ code: 'REQUEST_INVALID' }));
    expect(STAC_LIMITS).toEqual({ depth: 8, items: 10_000, documents: 20_000, documentBytes: 64 * 2 ** 20 });
  });
});

describe('of jobs', () => {
  it('a tile has 96 scenes, and a run folder 600 characters', () => {
    const job = { v: 1, runUrl: 's3://r/', tile: 0, window: [0, 0, 1, 1], scenes: [0], partial: '0'.repeat(32) };
    expect(parseTileJob({ ...job, scenes: Array(96).fill(0) }).scenes).toHaveLength(96);
    for (const bad of [{ scenes: Array(97).fill(0) }, { runUrl: `s3://${'r'.repeat(600)}/` }, { more: 1 }]) {
      expect(() => parseTileJob({ ...job, ...bad })).toThrow(expect.objectContaining({ code: 'JOB_INVALID' }));
    }
  });
});

describe('docs/security.md', () => {
  it('names a file for each of its lines, and each file is there', () => {
    const root = join(import.meta.dirname, '../..');
    const page = readFileSync(join(root, 'docs/security.md'), 'utf8');
    const rows = page.split('\n').filter((line) => /^\| (?!---)/.test(line) && !/^\| (cap|threat) /.test(line));
    expect(rows.length).toBeGreaterThan(20);
    for (const row of rows) {
      const named = [...row.matchAll(/`((?:tests|src)\/[^`]+)`/g)].map(([, path]) => path ?? '');
      expect(named, row).not.toEqual([]);
      for (const path of named) expect(() => readFileSync(join(root, path)), row).not.toThrow();
    }
  });
});
