import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CitysinkError } from '../../src/shared/errors.ts';
import { inspectRaster } from '../../src/shared/io/raster-inspect.ts';
import { MAX_BLOCK_BYTES } from '../../src/shared/raster/tiff-layout.ts';
import { MemoryObject } from '../support/memory-object.ts';

const FOLDER = join(import.meta.dirname, '../fixtures/rasters');
const FILES = readdirSync(FOLDER).filter((name) => name.endsWith('.tif'));
const MUTATIONS_A_FILE = 120;

/** A small generator with a seed (mulberry32), so that a failure can be repeated. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Values that break parsers: zero, one, small, huge, all ones. */
const NASTY = [0, 1, 2, 0x7f, 0x80, 0xff, 0xfe];

function damaged(bytes: Uint8Array, random: () => number): Uint8Array {
  const out = bytes.slice();
  const pick = (limit: number) => Math.floor(random() * limit);
  if (random() < 0.2) return out.subarray(0, pick(out.length)).slice();
  const changes = 1 + pick(6);
  for (let i = 0; i < changes; i++) {
    // Half of the damage falls on the header at the front, where it does most.
    const at = random() < 0.5 ? pick(Math.min(out.length, 400)) : pick(out.length);
    const run = random() < 0.2 ? 4 : 1;
    const value = random() < 0.6 ? NASTY[pick(NASTY.length)]! : pick(256);
    out.fill(value, at, at + run);
  }
  return out;
}

/** Opens and decodes everything, if the damaged header does not ask for a very large image. */
async function readAll(bytes: Uint8Array): Promise<'read' | 'refused' | 'large'> {
  const store = new MemoryObject(bytes);
  try {
    const header = (await inspectRaster(store, store.info.url)) as { rows: number; cols: number; bands: unknown[] };
    if (header.rows * header.cols * header.bands.length > MAX_BLOCK_BYTES / 16) return 'large';
    await inspectRaster(store, store.info.url, { sha256: true });
    return 'read';
  } catch (error) {
    if (error instanceof CitysinkError && error.code !== 'INTERNAL' && error.code !== 'OBJECT_TRUNCATED')
      return 'refused';
    throw error;
  }
}

describe('damaged rasters', () => {
  for (const [index, name] of FILES.entries()) {
    it(`${name} with random bytes changed or cut off is read or refused by name, and nothing else`, async () => {
      const bytes = new Uint8Array(readFileSync(join(FOLDER, name)));
      const random = generator(index + 1);
      const seen = { read: 0, refused: 0, large: 0 };
      for (let i = 0; i < MUTATIONS_A_FILE; i++) seen[await readAll(damaged(bytes, random))]++;
      expect(seen.refused).toBeGreaterThan(0);
      expect(seen.read + seen.refused + seen.large).toBe(MUTATIONS_A_FILE);
    });
  }
});
