/** Writes docs/city-spec.schema.json from the zod schema; with --check fails if the file is not up to date. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { citySpecJsonSchema } from '../src/shared/contracts/city-spec-schema.ts';

const target = join(import.meta.dirname, '../docs/city-spec.schema.json');
const text = `${JSON.stringify(citySpecJsonSchema(), null, 2)}\n`;

if (process.argv.includes('--check')) {
  if (readFileSync(target, 'utf8') !== text) {
    console.error('docs/city-spec.schema.json is not up to date: run node scripts/make-schema.ts');
    process.exitCode = 1;
  }
} else {
  writeFileSync(target, text);
}
