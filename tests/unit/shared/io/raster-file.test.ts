import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fetchBlocks, openRaster, planBlockReads, planMaskReads } from '../../../../src/shared/io/raster-file.ts';
import { inspectRaster } from '../../../../src/shared/io/raster-inspect.ts';
import { readWindow, streamRows, wholeWindow } from '../../../../src/shared/io/raster-rows.ts';
import { MemoryObject } from '../../../support/memory-object.ts';
import {
  ascii,
  DATA_OFFSET,
  doubles,
  longs,
  shorts,
  stripTags,
  type TestTiff,
  tiffBytes,
} from '../../../support/tiff-bytes.ts';

const FOLDER = join(import.meta.dirname, '../../../fixtures/rasters');

async function openFixture(name: string) {
  const store = new MemoryObject(new Uint8Array(readFileSync(join(FOLDER, name))));
  return { store, raster: await openRaster(store, store.info) };
}

async function openMade(tiff: TestTiff) {
  const store = new MemoryObject(tiffBytes(tiff));
  return { store, raster: await openRaster(store, store.info) };
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

describe('reading blocks', () => {
  it('a small header takes one request, and every request carries the version that was opened', async () => {
    const { store, raster } = await openFixture('zstd-predictor2-uint16.tif');
    expect(store.requests).toHaveLength(1);
    await readWindow(store, raster, 0, wholeWindow(raster));
    expect(store.requests.map((request) => request.ifMatch)).toEqual(store.requests.map(() => '"1"'));
  });

  it('all blocks of a raster come in one merged request, each once, in buffers of their own', async () => {
    const { store, raster } = await openFixture('zstd-predictor2-uint16.tif');
    const reads = planBlockReads(raster, 0, wholeWindow(raster));
    const blocks = await collect(fetchBlocks(store, raster, [...reads, ...reads]));
    expect(store.requests).toHaveLength(2);
    expect(blocks.map((block) => block.blockId).toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5]);
    for (const { bytes, length } of blocks) {
      expect(bytes?.length).toBe(length);
      expect(bytes?.buffer.byteLength).toBe(length);
    }
  });

  it('sparse blocks come without bytes and without a request', async () => {
    const { store, raster } = await openFixture('sparse-nodata-7.tif');
    const before = store.requests.length;
    const blocks = await collect(fetchBlocks(store, raster, planBlockReads(raster, 0, wholeWindow(raster))));
    expect(blocks.every((block) => block.bytes === null)).toBe(true);
    expect(store.requests).toHaveLength(before);
  });

  it('blocks of the mask have ids of their own', async () => {
    const { raster } = await openFixture('internal-mask.tif');
    const data = planBlockReads(raster, 0, wholeWindow(raster));
    const mask = planMaskReads(raster, wholeWindow(raster));
    const ids = [...data, ...mask].map((read) => read.blockId);
    expect(mask.length).toBeGreaterThan(0);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('rows that are streamed are the rows of the whole, whatever the window', async () => {
    const { store, raster } = await openFixture('planar-predictor2-int16.tif');
    const window = { row: 5, col: 3, rows: 36, cols: 30 };
    const whole = await readWindow(store, raster, 2, window);
    const steps = await collect(streamRows(store, raster, [0, 2], window));
    expect(steps.flatMap((step) => [...(step.bands[1] as Int16Array)])).toEqual([...(whole as Int16Array)]);
  });

  it('a block beyond the end of the file is marked, refused by fetchBlocks, and leaves the others readable', async () => {
    const bytes = new Uint8Array(readFileSync(join(FOLDER, 'uneven-strips-int16.tif')));
    const whole = await openFixture('uneven-strips-int16.tif');
    const last = planBlockReads(whole.raster, 0, wholeWindow(whole.raster)).at(-1);
    const store = new MemoryObject(bytes.slice(0, (last?.offset ?? 0) + 3));
    const raster = await openRaster(store, store.info);
    const reads = planBlockReads(raster, 0, wholeWindow(raster));
    expect(reads.map((read) => read.beyondEnd)).toEqual([false, false, false, false, true]);
    await expect(collect(fetchBlocks(store, raster, reads))).rejects.toMatchObject({ code: 'RASTER_CORRUPT' });
    expect(await collect(fetchBlocks(store, raster, reads.slice(0, 4)))).toHaveLength(4);
  });

  it('a reader that leaves early stops the requests that run ahead', async () => {
    const { store, raster } = await openFixture('big-endian-many-strips-int16.tif');
    const signals: AbortSignal[] = [];
    const watched = Object.create(store, {
      readRange: {
        value: (url: string, range: { offset: number; length: number }, options: { signal: AbortSignal }) => {
          signals.push(options.signal);
          return store.readRange(url, range);
        },
      },
    });
    for await (const _ of fetchBlocks(watched, raster, planBlockReads(raster, 0, wholeWindow(raster)))) break;
    expect(signals.length).toBeGreaterThan(0);
    expect(signals.every((signal) => signal.aborted)).toBe(true);
  });
});

const DATA = Uint8Array.of(1, 2, 3, 4, 5, 6);
const TAGS = stripTags(2, 3, 8, DATA_OFFSET, 6);

describe('unusual headers', () => {
  it('a plain strip is read, in both byte orders', async () => {
    for (const littleEndian of [true, false]) {
      const { store, raster } = await openMade({ littleEndian, directories: [TAGS], data: DATA });
      expect([...((await readWindow(store, raster, 0, wholeWindow(raster))) as Uint8Array)]).toEqual([...DATA]);
    }
  });

  it('long tables of blocks keep the byte order of the file', async () => {
    const strips = 600;
    const data = Uint8Array.from({ length: strips }, (_, i) => i % 251);
    const tags = {
      ...stripTags(strips, 1, 8, DATA_OFFSET, 1),
      273: longs(...Array.from({ length: strips }, (_, i) => DATA_OFFSET + i)),
      278: shorts(1),
      279: longs(...Array<number>(strips).fill(1)),
    };
    const { store, raster } = await openMade({ littleEndian: false, directories: [tags], data });
    expect(await readWindow(store, raster, 0, wholeWindow(raster))).toEqual(data);
  });

  it('byte counts may be absent where nothing is compressed', async () => {
    const { 279: _, ...tags } = TAGS;
    const { store, raster } = await openMade({ directories: [tags], data: DATA });
    expect([...((await readWindow(store, raster, 0, wholeWindow(raster))) as Uint8Array)]).toEqual([...DATA]);
    await expect(openMade({ directories: [{ ...tags, 259: shorts(8) }], data: DATA })).rejects.toMatchObject({
      code: 'RASTER_CORRUPT',
    });
  });

  it('a byte count far beyond the samples is not read', async () => {
    const { store, raster } = await openMade({ directories: [{ ...TAGS, 279: longs(4_000_000_000) }], data: DATA });
    expect(planBlockReads(raster, 0, wholeWindow(raster))[0]).toMatchObject({ length: 6, beyondEnd: false });
    expect([...((await readWindow(store, raster, 0, wholeWindow(raster))) as Uint8Array)]).toEqual([...DATA]);
  });

  it('a header that was spoiled on the way is read once more', async () => {
    const store = new MemoryObject(tiffBytes({ directories: [TAGS], data: DATA }));
    const readRange = store.readRange.bind(store);
    let spoiled = 0;
    store.readRange = async (url, range, options) => {
      const bytes = await readRange(url, range, options);
      if (spoiled++ === 0) bytes.fill(0xff, 4, 8);
      return bytes;
    };
    await expect(openRaster(store, store.info)).resolves.toMatchObject({ header: { bands: [{}] } });
    expect(spoiled).toBe(2);
  });

  it('directories that point back to each other are corrupt', async () => {
    const first = DATA_OFFSET + DATA.length;
    await expect(openMade({ directories: [TAGS, TAGS], data: DATA, lastNext: first })).rejects.toMatchObject({
      code: 'RASTER_CORRUPT',
      message: expect.stringMatching(/cycle/),
    });
  });

  it('more directories than any real file has are refused', async () => {
    await expect(openMade({ directories: Array(65).fill(TAGS), data: DATA })).rejects.toMatchObject({
      code: 'RASTER_TOO_LARGE',
    });
  });

  it('a table with fewer entries than blocks is corrupt', async () => {
    await expect(openMade({ directories: [{ ...TAGS, 278: shorts(1) }], data: DATA })).rejects.toMatchObject({
      code: 'RASTER_CORRUPT',
      message: expect.stringMatching(/1 entries for 2 blocks/),
    });
  });

  it('a file that is no TIFF is refused by name, an empty one too', async () => {
    for (const bytes of [new TextEncoder().encode('{"type":"FeatureCollection"}'), new Uint8Array(0)]) {
      const store = new MemoryObject(bytes);
      await expect(openRaster(store, store.info)).rejects.toMatchObject({
        code: 'RASTER_CORRUPT',
        message: expect.stringMatching(/^file:.*not a TIFF$/),
      });
    }
  });

  it('a CRS that is not understood is none, with a remark', async () => {
    const keys = {
      33550: doubles(1, 1, 0),
      33922: doubles(0, 0, 0, 0, 0, 0),
      34735: shorts(1, 1, 0, 2, 1024, 0, 1, 1, 3072, 0, 1, 12345),
    };
    const { raster } = await openMade({ directories: [{ ...TAGS, ...keys }], data: DATA });
    expect(raster.header.crs).toBeNull();
    expect(raster.header.remarks).toEqual([expect.stringMatching(/EPSG:12345/)]);
  });

  it('coordinates in another unit than the EPSG system has keep their unit', async () => {
    const keys = { 34735: shorts(1, 1, 0, 3, 1024, 0, 1, 1, 3072, 0, 1, 32632, 3076, 0, 1, 9002) };
    const { raster } = await openMade({ directories: [{ ...TAGS, ...keys }], data: DATA });
    expect(raster.header.crs).toMatchObject({ epsg: null, unitSize: 0.3048 });
  });

  it('inspect writes NaN and 64-bit markers as text', async () => {
    const float = { ...stripTags(1, 1, 32, DATA_OFFSET, 4), 339: shorts(3), 42113: ascii('nan') };
    const store = new MemoryObject(tiffBytes({ directories: [float], data: DATA }));
    expect(await inspectRaster(store, store.info.url)).toMatchObject({ bands: [{ dtype: 'float32', nodata: 'nan' }] });
  });
});
