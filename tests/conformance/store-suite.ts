/** What every ObjectStore must do; run against each driver and server. */

import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CitysinkError, type ErrorCode } from '../../src/shared/errors.ts';
import type { ObjectInfo, ObjectStore } from '../../src/shared/io/store.ts';
import { joinUrl } from '../../src/shared/io/store-url.ts';

export interface StoreUnderTest {
  readonly store: ObjectStore;
  /** A folder URL with nothing in it. */
  readonly base: string;
  /** Whether a create that loses a race is always told so; not so on servers without conditional writes. */
  readonly exclusiveCreate: boolean;
  close(): Promise<void>;
}

const TEXT = 'text/plain';
const MIB = 1024 * 1024;

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Byte i is i modulo 251: no two nearby ranges of one length are alike. */
function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => at % 251);
}

async function codeOf(work: Promise<unknown>): Promise<ErrorCode | 'no error' | 'another error'> {
  try {
    await work;
    return 'no error';
  } catch (error) {
    return error instanceof CitysinkError ? error.code : 'another error';
  }
}

async function all(list: AsyncIterable<ObjectInfo>): Promise<ObjectInfo[]> {
  const found: ObjectInfo[] = [];
  for await (const info of list) found.push(info);
  return found;
}

export function storeConformance(name: string, start: () => Promise<StoreUnderTest>): void {
  describe(`store conformance: ${name}`, () => {
    let under: StoreUnderTest;
    let store: ObjectStore;
    const at = (key: string) => joinUrl(under.base, key);

    beforeAll(async () => {
      under = await start();
      store = under.store;
    }, 60_000);
    afterAll(async () => {
      store?.close();
      await under?.close();
    }, 60_000);

    describe('reading', () => {
      it('tells size, version and time of an object', async () => {
        await store.create(at('head.bin'), pattern(1000), TEXT);
        const info = await store.head(at('head.bin'));
        expect(info.url).toBe(at('head.bin'));
        expect(info.sizeBytes).toBe(1000);
        expect(info.etag.length).toBeGreaterThan(8);
        expect(Math.abs(Date.parse(info.modified) - Date.now())).toBeLessThan(3_600_000);
      });

      it('gives the whole object, and refuses one over the limit', async () => {
        await store.create(at('whole.bin'), pattern(70_000), TEXT);
        expect(await store.read(at('whole.bin'), { maxBytes: 70_000 })).toEqual(pattern(70_000));
        expect(await codeOf(store.read(at('whole.bin'), { maxBytes: 69_999 }))).toBe('OBJECT_TOO_LARGE');
      });

      it('gives exactly the bytes of a range', async () => {
        await store.create(at('range.bin'), pattern(100_000), TEXT);
        const range = (offset: number, length: number) => store.readRange(at('range.bin'), { offset, length });
        expect(await range(0, 1)).toEqual(pattern(100_000).subarray(0, 1));
        expect(await range(12_345, 54_321)).toEqual(pattern(100_000).subarray(12_345, 12_345 + 54_321));
        expect(await range(99_999, 1)).toEqual(pattern(100_000).subarray(99_999));
        expect(await range(0, 100_000)).toEqual(pattern(100_000));
        expect(await range(500, 0)).toEqual(new Uint8Array(0));
      });

      it('says that an object is too short for a range', async () => {
        await store.create(at('short.bin'), pattern(10), TEXT);
        expect(await codeOf(store.readRange(at('short.bin'), { offset: 5, length: 6 }))).toBe('OBJECT_TRUNCATED');
        expect(await codeOf(store.readRange(at('short.bin'), { offset: 0, length: 11 }))).toBe('OBJECT_TRUNCATED');
        expect(await codeOf(store.readRange(at('short.bin'), { offset: 10, length: 1 }))).toBe('OBJECT_TRUNCATED');
        expect(await codeOf(store.readRange(at('short.bin'), { offset: 999, length: 1 }))).toBe('OBJECT_TRUNCATED');
      });

      it('keeps an empty object', async () => {
        await store.create(at('empty'), new Uint8Array(0), TEXT);
        expect((await store.head(at('empty'))).sizeBytes).toBe(0);
        expect(await store.read(at('empty'), { maxBytes: 10 })).toEqual(new Uint8Array(0));
      });

      it('says that an object does not exist, and names it', async () => {
        expect(await codeOf(store.head(at('none')))).toBe('OBJECT_NOT_FOUND');
        expect(await codeOf(store.read(at('none'), { maxBytes: 10 }))).toBe('OBJECT_NOT_FOUND');
        expect(await codeOf(store.readRange(at('none'), { offset: 0, length: 1 }))).toBe('OBJECT_NOT_FOUND');
        expect(await codeOf(store.head(at('none/deeper')))).toBe('OBJECT_NOT_FOUND');
        await expect(store.head(at('none'))).rejects.toThrow(at('none'));
      });

      it('notices that an object was replaced since its version was noted', async () => {
        await store.replace(at('version'), bytes('first'), TEXT);
        const { etag } = await store.head(at('version'));
        expect(await store.read(at('version'), { maxBytes: 10, ifMatch: etag })).toEqual(bytes('first'));
        expect(await store.readRange(at('version'), { offset: 1, length: 2 }, { ifMatch: etag })).toEqual(bytes('ir'));
        expect((await store.head(at('version'), { ifMatch: etag })).etag).toBe(etag);
        await store.replace(at('version'), bytes('other'), TEXT);
        expect(await codeOf(store.head(at('version'), { ifMatch: etag }))).toBe('OBJECT_CHANGED');
        expect(await codeOf(store.read(at('version'), { maxBytes: 10, ifMatch: etag }))).toBe('OBJECT_CHANGED');
        const range = store.readRange(at('version'), { offset: 1, length: 2 }, { ifMatch: etag });
        expect(await codeOf(range)).toBe('OBJECT_CHANGED');
      });

      it('stops when it is cancelled', async () => {
        await store.create(at('cancel'), pattern(10), TEXT);
        const signal = AbortSignal.abort();
        expect(await codeOf(store.read(at('cancel'), { maxBytes: 10, signal }))).toBe('CANCELLED');
      });
    });

    describe('writing', () => {
      it('creates once and leaves what is there as it is', async () => {
        expect(await store.create(at('once'), bytes('first'), TEXT)).toBe('created');
        expect(await store.create(at('once'), bytes('second'), TEXT)).toBe('exists');
        expect(await store.read(at('once'), { maxBytes: 100 })).toEqual(bytes('first'));
      });

      it('creates an object whole when many try at once', async () => {
        const bodies = Array.from({ length: 12 }, (_, index) => new Uint8Array(50_000).fill(index + 1));
        const answers = await Promise.all(bodies.map((body) => store.create(at('race'), body, TEXT)));
        const found = await store.read(at('race'), { maxBytes: 100_000 });
        const winners = answers.flatMap((answer, index) => (answer === 'created' ? [index + 1] : []));
        expect(new Set(found).size).toBe(1);
        expect(winners).toContain(found[0]);
        if (under.exclusiveCreate) expect(winners).toHaveLength(1);
      });

      it('creates a large object whole, once', async () => {
        const body = randomBytes(20 * MIB);
        expect(await store.create(at('large.bin'), body, 'application/octet-stream')).toBe('created');
        expect(await store.create(at('large.bin'), body.subarray(1), 'application/octet-stream')).toBe('exists');
        const found = await store.read(at('large.bin'), { maxBytes: 32 * MIB });
        expect(Buffer.compare(found, body)).toBe(0);
        const across = await store.readRange(at('large.bin'), { offset: 8 * MIB - 5, length: 10 });
        expect(Buffer.compare(across, body.subarray(8 * MIB - 5, 8 * MIB + 5))).toBe(0);
      }, 60_000);

      it('replaces an object by a stream, whole or not at all', async () => {
        const body = pattern(20 * MIB + 3);
        async function* chunks(lengths: readonly number[]) {
          let from = 0;
          for (const length of lengths) {
            yield body.subarray(from, from + length);
            from += length;
          }
        }
        const large = { sizeBytes: body.length, chunks: chunks([1, 9 * MIB, 11 * MIB, 2]) };
        await store.replaceStreamed(at('streamed'), large, TEXT);
        expect(Buffer.compare(await store.read(at('streamed'), { maxBytes: 21 * MIB }), body)).toBe(0);
        await expect(
          store.replaceStreamed(at('streamed'), { sizeBytes: body.length, chunks: chunks([17 * MIB]) }, TEXT),
        ).rejects.toThrow(/were announced/);
        expect((await store.head(at('streamed'))).sizeBytes).toBe(body.length);
        await store.replaceStreamed(at('streamed'), { sizeBytes: 5, chunks: chunks([2, 3]) }, TEXT);
        expect(await store.read(at('streamed'), { maxBytes: 5 })).toEqual(body.subarray(0, 5));
      }, 60_000);

      it('replaces a pointer, with readers seeing the old or the new', async () => {
        const versions = ['{"run":"a"}', '{"run":"bb"}', '{"run":"ccc"}'];
        await store.replace(at('latest.json'), bytes(versions[0] ?? ''), 'application/json');
        const writes = Array.from({ length: 12 }, (_, index) =>
          store.replace(at('latest.json'), bytes(versions[index % 3] ?? ''), 'application/json'),
        );
        const reads = await Promise.all(writes.map(() => store.read(at('latest.json'), { maxBytes: 100 })));
        await Promise.all(writes);
        for (const read of reads) expect(versions).toContain(new TextDecoder().decode(read));
      });

      it('removes an object, and does not mind one that is gone', async () => {
        await store.create(at('gone'), bytes('x'), TEXT);
        await store.remove(at('gone'));
        expect(await codeOf(store.head(at('gone')))).toBe('OBJECT_NOT_FOUND');
        await store.remove(at('gone'));
        expect(await store.create(at('gone'), bytes('y'), TEXT)).toBe('created');
      });
    });

    describe('listing', () => {
      it('lists in byte order of keys, by folder and by beginning of a name', async () => {
        const keys = ['l/a-b', 'l/a/1', 'l/a/2', 'l/a0', 'l/B', 'l/é', 'l/\u{ffee}', 'l/\u{1f333}', 'l/ab/c/d', 'm'];
        for (const key of keys) await store.create(at(key), bytes(key), TEXT);
        const urls = async (prefix: string) => (await all(store.list(at(prefix)))).map((info) => info.url);
        const ordered = (some: string[]) => some.map((key) => at(key));
        const inFolder = ['l/B', 'l/a-b', 'l/a/1', 'l/a/2', 'l/a0', 'l/ab/c/d', 'l/é', 'l/\u{ffee}', 'l/\u{1f333}'];
        expect(await urls('l/')).toEqual(ordered(inFolder));
        expect(await urls('l/a')).toEqual(ordered(['l/a-b', 'l/a/1', 'l/a/2', 'l/a0', 'l/ab/c/d']));
        expect(await urls('l/a/')).toEqual(ordered(['l/a/1', 'l/a/2']));
        expect(await urls('nothing/')).toEqual([]);
        expect(await urls('l/nothing')).toEqual([]);
      });

      it('lists what head tells', async () => {
        await store.create(at('same/object'), pattern(77), TEXT);
        const [listed] = await all(store.list(at('same/')));
        const head = await store.head(at('same/object'));
        expect(listed).toMatchObject({ url: head.url, sizeBytes: 77, etag: head.etag });
      });

      it('follows pages to the end', async () => {
        const keys = Array.from({ length: 1050 }, (_, index) => `many/${String(index).padStart(5, '0')}`);
        for (let first = 0; first < keys.length; first += 50) {
          await Promise.all(keys.slice(first, first + 50).map((key) => store.create(at(key), bytes(key), TEXT)));
        }
        const listed = await all(store.list(at('many/')));
        expect(listed.map((info) => info.url)).toEqual(keys.map(at));
      }, 120_000);

      it.each(['with space', 'plus+and', 'per%20cent', 'hash#?&=', "quote'()!*", 'São Tomé 圣多美', '~tilde:@,;$'])(
        'keeps the key %s as it is',
        async (key) => {
          const url = at(`odd/${key}/${key}`);
          await store.create(url, bytes(key), TEXT);
          expect(await store.read(url, { maxBytes: 100 })).toEqual(bytes(key));
          const [listed, ...more] = await all(store.list(at(`odd/${key}/`)));
          expect(more).toEqual([]);
          expect(listed?.url).toBe(url);
        },
      );
    });
  });
}
