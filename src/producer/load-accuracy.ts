/** Reads a confusion matrix of the land cover: how many reference samples of each class lie in each class of the map. */

import { createHash } from 'node:crypto';
import type { ConfusionMatrix } from '../shared/carbon/stratified-areas.ts';
import { type Problem, refuseIfAny } from '../shared/errors.ts';
import type { ObjectStore } from '../shared/io/store.ts';
import { baseNameOf } from '../shared/io/store-url.ts';
import { type CsvRow, readCsvRows } from './load-factors.ts';
import { decodeUtf8 } from './request-text.ts';

export interface Accuracy {
  readonly url: string;
  /** sha256 of the file, hex. */
  readonly digest: string;
  readonly matrix: ConfusionMatrix;
}

const MAX_BYTES = 2 ** 20;
const WHOLE = /^\d{1,9}$/;
const CODE = /^-?\d{1,10}$/;

/**
 * CSV with a row for each class of the map and a column for each class of the reference, both by code:
 * `map,10,30,50` above `10,97,2,1`. Errors: REQUEST_INVALID with every mistake; the store's own.
 */
export async function loadAccuracy(store: ObjectStore, url: string): Promise<Accuracy> {
  const bytes = await store.read(url, { maxBytes: MAX_BYTES });
  const file = baseNameOf(url);
  const matrix = parseMatrix(decodeUtf8(bytes, file), file);
  return { url, digest: createHash('sha256').update(bytes).digest('hex'), matrix };
}

/** Errors: REQUEST_INVALID for a table without its form. Whether the counts say enough is told where they are used. */
export function parseMatrix(text: string, file: string): ConfusionMatrix {
  const [header, ...rows] = readCsvRows(text, file);
  const problems: Problem[] = [];
  const classes = codesOf(header, file, problems);
  const byCode = new Map(rows.map((row) => [row.cells[0] ?? '', row]));
  for (const row of rows) {
    if (classes.some((code) => String(code) === row.cells[0])) continue;
    problems.push({
      where: `${file}:${row.line}`,
      message: 'a map class that is no reference class',
      expected: classes.join(', '),
      found: row.cells[0] ?? '',
    });
  }
  const counts = classes.map((code) => countsOf(byCode.get(String(code)), code, classes.length, file, problems));
  refuseIfAny(problems);
  return { classes, counts };
}

function codesOf(header: CsvRow | undefined, file: string, problems: Problem[]): number[] {
  const [, ...cells] = header?.cells ?? [];
  const codes = cells.filter((cell) => CODE.test(cell)).map(Number);
  if (codes.length < 2 || codes.length !== cells.length || new Set(codes).size !== codes.length) {
    const expected = 'a first line such as map,10,30,50: two or more class codes, no two alike';
    problems.push({
      where: `${file}:${header?.line ?? 1}`,
      message: 'not the head of a confusion matrix',
      expected,
      found: (header?.cells ?? []).join(',').slice(0, 80),
    });
  }
  return codes;
}

function countsOf(row: CsvRow | undefined, code: number, width: number, file: string, problems: Problem[]): number[] {
  if (row === undefined) {
    problems.push({
      where: file,
      message: `no row for map class ${code}`,
      expected: 'a row for each class of the head',
    });
    return [];
  }
  const [, ...cells] = row.cells;
  if (cells.length !== width || !cells.every((cell) => WHOLE.test(cell))) {
    const expected = `${width} whole numbers of samples`;
    problems.push({
      where: `${file}:${row.line}`,
      message: `map class ${code}`,
      expected,
      found: cells.join(',').slice(0, 80),
    });
    return [];
  }
  return cells.map(Number);
}
