import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Folder with the shared real data (`data/real`, `bench`), or null where this machine has none; such tests skip and say so. */
export function testData(): string | null {
  const root = process.env.CITYSINK_TEST_DATA ?? join(import.meta.dirname, '../../../shared');
  return existsSync(join(root, 'data/real/expected.json')) ? root : null;
}

/** Reason shown where a test is skipped for want of data. */
export const NO_TEST_DATA = 'needs the shared test data: set CITYSINK_TEST_DATA to its folder';
