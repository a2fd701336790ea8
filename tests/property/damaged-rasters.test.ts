import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CitysinkError } from '../../src/shared/errors.ts';
import { inspectRaster } from '../../src/shared/io/raster-inspect.ts';
import { MAX_BLOCK_BYTES } from '../../src/shared/raster/tiff-layout.ts';
import { FUZZ_FACTOR, readOrRefuse } from '../support/damage.ts';
import { MemoryObject } from '../support/memory-object.ts';
import { Seeded } from '../support/seeded.ts';
import { NO_TEST_DATA, testData } from '../support/test-data.ts';

const TEST_MS = 120_000 * Math.max(1, FUZZ_FACTOR);

const FOLDER = join(import.meta.dirname, '../fixtures/rasters');
const FILES = readdirSync(FOLDER).filter((name) => name.endsWith('.tif'));
const MUTATIONS_A_FILE = 120 * FUZZ_FACTOR;

/** Files of other programs, some of them broken on purpose; absent where the machine has no test data. */
const ODD = join(testData() ?? '', 'data/real/odd');
const ODD_FILES = testData() === null ? [] : readdirSync(ODD).filter((name) => name.endsWith('.tif'));
const MOST_ODD_BYTES = 2 ** 20;

/** Values that break parsers: zero, one, small, huge, all ones. */
const NASTY = [0, 1, 2, 0x7f, 0x80, 0xff, 0xfe];

function damaged(bytes: Uint8Array, random: Seeded): Uint8Array {
  const out = bytes.slice();
  const pick = (limit: number) => Math.floor(random.next() * limit);
  if (random.next() < 0.2) return out.subarray(0, pick(out.length)).slice();
  const changes = 1 + pick(6);
  for (let i = 0; i < changes; i++) {
    // Half of the damage falls on the header at the front, where it does most.
    const at = random.next() < 0.5 ? pick(Math.min(out.length, 400)) : pick(out.length);
    const run = random.next() < 0.2 ? 4 : 1;
    const value = random.next() < 0.6 ? NASTY[pick(NASTY.length)]! : pick(256);
    out.fill(value, at, at + run);
  }
  return out;
}

/** Opens and decodes everything, if the damaged header does not ask for a very large image. */
async function readAll(bytes: Uint8Array): Promise<void> {
  const store = new MemoryObject(bytes);
  const header = (await inspectRaster(store, store.info.url)) as { rows: number; cols: number; bands: unknown[] };
  if (header.rows * header.cols * header.bands.length > MAX_BLOCK_BYTES / 16) return;
  await inspectRaster(store, store.info.url, { sha256: true });
}

/** What lies beyond the end is known before it is asked for. */
function notBeyondEnd(error: unknown): never {
  if (error instanceof CitysinkError && error.code === 'OBJECT_TRUNCATED')
    throw new Error('asked for more than there is', { cause: error });
  throw error;
}

async function expectSafe(path: string, seed: number): Promise<void> {
  const bytes = new Uint8Array(readFileSync(path));
  const random = new Seeded(seed);
  const outcomes = { read: 0, refused: 0 };
  for (let i = 0; i < MUTATIONS_A_FILE; i++) {
    const name = `${path}, mutation ${i} of seed ${seed}`;
    await readOrRefuse(outcomes, name, () => readAll(damaged(bytes, random)).catch(notBeyondEnd));
  }
  expect(outcomes.refused).toBeGreaterThan(0);
  expect(outcomes.read + outcomes.refused).toBe(MUTATIONS_A_FILE);
}

describe('damaged rasters', () => {
  it.each(FILES.map((name, index) => [name, index + 1] as const))(
    '%s with random bytes changed or cut off is read or refused by name, and nothing else',
    (name, seed) => expectSafe(join(FOLDER, name), seed),
    TEST_MS,
  );

  it.skipIf(ODD_FILES.length === 0)(
    `rasters of other programs too${ODD_FILES.length === 0 ? `: ${NO_TEST_DATA}` : ''}`,
    async () => {
      const small = ODD_FILES.filter((name) => statSync(join(ODD, name)).size <= MOST_ODD_BYTES);
      for (const [index, name] of small.entries()) await expectSafe(join(ODD, name), 1000 + index);
    },
    TEST_MS,
  );
});
