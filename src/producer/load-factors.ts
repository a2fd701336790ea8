/** Reads a factor table: the own CSV form or InVEST's carbon-pools table. The only file that imports csv-parse. */

import { createHash } from 'node:crypto';
import { CsvError, parse } from 'csv-parse/sync';
import { parseTags, provenanceWarnings } from '../shared/carbon/factor-provenance.ts';
import {
  type ClassFactors,
  type Coefficient,
  type FactorTable,
  QUALITY_TAGS,
  type RowProvenance,
} from '../shared/carbon/factors.ts';
import { type Problem, refuseIfAny } from '../shared/errors.ts';
import type { ObjectStore } from '../shared/io/store.ts';
import { baseNameOf } from '../shared/io/store-url.ts';
import { type Column, readHeader, type TableHeader } from './factor-header.ts';
import { decodeUtf8 } from './request-text.ts';

const MAX_BYTES = 2 ** 20;
const MAX_ROWS = 10_000;

/** A row of cells and the line of the file that it starts on. */
export interface CsvRow {
  readonly line: number;
  readonly cells: readonly string[];
}

/**
 * The factor table of a run. Errors: REQUEST_INVALID with every mistake of the file (file:line and column);
 * those of the store, OBJECT_TOO_LARGE over 1 MiB among them.
 */
export async function loadFactors(store: ObjectStore, url: string): Promise<FactorTable> {
  const bytes = await store.read(url, { maxBytes: MAX_BYTES });
  const file = baseNameOf(url);
  const table = parseFactors(decodeUtf8(bytes, file), file);
  return { url, digest: createHash('sha256').update(bytes).digest('hex'), ...table };
}

/** The text of a table's file. Errors: REQUEST_INVALID for another encoding; those of the store, OBJECT_TOO_LARGE among them. */
export async function readTableText(store: ObjectStore, url: string): Promise<string> {
  return decodeUtf8(await store.read(url, { maxBytes: MAX_BYTES }), baseNameOf(url));
}

/** The table of a CSV text. Errors: REQUEST_INVALID with every mistake. */
export function parseFactors(text: string, file: string): Omit<FactorTable, 'url' | 'digest'> {
  const rows = readCsvRows(text, file);
  const [headerRow, ...body] = rows;
  if (headerRow === undefined) {
    refuseIfAny([
      { where: file, message: 'no header', expected: 'a line with the names of columns', found: 'an empty file' },
    ]);
  }
  const header = readHeader(headerRow?.cells ?? [], `${file}:${headerRow?.line ?? 1}`);
  // A wrong header would make every row look wrong: it is reported alone.
  if (header.problems.some((problem) => problem.fatal)) refuseIfAny(header.problems.map(plain));
  const problems: Problem[] = header.problems.map(plain);
  if (body.length === 0)
    problems.push({ where: file, message: 'no rows', expected: 'one row for each land-cover class' });
  if (body.length > MAX_ROWS)
    problems.push({
      where: file,
      message: 'too many rows',
      expected: `at most ${MAX_ROWS}`,
      found: String(body.length),
    });
  const classes = body.slice(0, MAX_ROWS).flatMap((row) => readClass(row, header, file, problems));
  refuseDuplicates(classes, file, problems);
  refuseIfAny(problems.slice(0, 200));
  const factors = classes.map((row) => row.factors);
  const provenance = classes.map((row) => row.provenance);
  const warnings = [...header.warnings, ...provenanceWarnings(factors, provenance, file)];
  return { coefficients: header.coefficients, classes: factors, provenance, warnings };
}

function plain({ fatal: _, ...problem }: Problem & { fatal?: boolean }): Problem {
  return problem;
}

/** Lines that begin with # above the header, in quotes where a spreadsheet saved them. */
const HEAD_COMMENTS = /^\ufeff?(?:"?#[^\r\n]*(?:\r\n|\n|\r|$))+/;

/** The comment lines above the header, without their mark. */
export function headComments(text: string): string[] {
  const head = HEAD_COMMENTS.exec(text)?.[0] ?? '';
  return head.split(/\r\n|\n|\r/).flatMap((line) => (line === '' ? [] : [line.replace(/^\ufeff?"?#\s?/, '')]));
}

/**
 * Rows of a CSV text, the header among them; lines of nothing and comments above the header are left out.
 * Errors: REQUEST_INVALID for other separators and broken quotes.
 */
export function readCsvRows(text: string, file: string): CsvRow[] {
  // Blank lines in their place keep the numbers of all lines.
  const body = text.replace(HEAD_COMMENTS, (head) => head.replaceAll(/[^\r\n]/g, ''));
  const first = body.split(/\r\n|\n|\r/).find((line) => line.trim() !== '') ?? '';
  const other = [';', '\t'].find((mark) => first.includes(mark) && !first.includes(','));
  if (other !== undefined) {
    const found = other === ';' ? 'semicolons' : 'tabs';
    refuseIfAny([
      {
        where: `${file}:${lineOf(body, first)}`,
        message: 'columns are not separated by commas',
        expected: 'commas, and a point in decimals',
        found,
      },
    ]);
  }
  try {
    const records = parse(body, {
      bom: true,
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      trim: true,
      max_record_size: 65_536,
      // With `info` the types of csv-parse still promise bare records.
    }) as unknown as readonly { record: string[]; info: { lines: number } }[];
    // Spreadsheets leave rows of nothing but separators behind.
    return records
      .map(({ record, info }) => ({ line: info.lines, cells: record }))
      .filter((row) => row.cells.some((cell) => cell !== ''));
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = typeof error.lines === 'number' ? error.lines : 1;
    refuseIfAny([{ where: `${file}:${line}`, message: `not CSV: ${error.message}` }]);
    throw error;
  }
}

/** Number of the first line that reads so, from 1. */
function lineOf(text: string, line: string): number {
  return text.split(/\r\n|\n|\r/).indexOf(line) + 1;
}

interface ReadClass {
  readonly line: number;
  readonly factors: ClassFactors;
  readonly provenance: RowProvenance;
}

/** One row; mistakes go to `problems`, and a row without a usable class gives nothing. */
function readClass(row: CsvRow, header: TableHeader, file: string, problems: Problem[]): ReadClass[] {
  const where = `${file}:${row.line}`;
  const extra = row.cells.slice(header.width).some((cell) => cell !== '');
  if (row.cells.length < header.width || extra) {
    problems.push({
      where,
      message: 'another number of cells than the header',
      expected: String(header.width),
      found: String(row.cells.length),
    });
    return [];
  }
  const reader = new RowReader(row, where, problems);
  const code = reader.code(header.classColumn);
  const values: Partial<Record<Coefficient, number>> = {};
  const standardErrors: Partial<Record<Coefficient, number>> = {};
  for (const column of header.values) {
    const value = column.isError ? reader.error(column) : reader.value(column);
    if (value !== null) (column.isError ? standardErrors : values)[column.coefficient] = value;
  }
  const factors: Omit<ClassFactors, 'code'> = {
    name: reader.text(header.nameColumn) ?? `class ${code ?? '?'}`,
    nameZh: reader.text(header.nameZhColumn),
    green: reader.flag(header.greenColumn),
    built: reader.flag(header.builtColumn),
    impervious: reader.share(header.imperviousColumn),
    epsMax: reader.positive(header.epsMaxColumn, 'a light use efficiency above 0, g C/MJ, or an empty cell'),
    epsMaxSe: header.epsMaxErrorColumn === null ? null : reader.error(header.epsMaxErrorColumn),
    crop: reader.flag(header.cropColumn),
    values,
    standardErrors,
    source: reader.text(header.sourceColumn),
  };
  const provenance: Omit<RowProvenance, 'code'> = {
    soilDepthCm: reader.positive(header.depthColumn, 'a depth in cm above 0, or an empty cell'),
    tags: reader.tags(header.tagsColumn, header.coefficients),
    caveat: reader.text(header.caveatColumn),
  };
  if (code === null) return [];
  return [{ line: row.line, factors: { code, ...factors }, provenance: { code, ...provenance } }];
}

const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;

class RowReader {
  readonly row: CsvRow;
  readonly where: string;
  readonly problems: Problem[];

  constructor(row: CsvRow, where: string, problems: Problem[]) {
    this.row = row;
    this.where = where;
    this.problems = problems;
  }

  cell(column: Column): string {
    return this.row.cells[column.index] ?? '';
  }

  report(column: Column, message: string, expected: string): null {
    const cell = this.cell(column);
    const found = cell === '' ? 'an empty cell' : cell.length > 60 ? `${cell.slice(0, 57)}...` : cell;
    this.problems.push({ where: `${this.where} column "${column.name}"`, message, expected, found });
    return null;
  }

  code(column: Column): number | null {
    const value = NUMBER.test(this.cell(column)) ? Number(this.cell(column)) : Number.NaN;
    if (Number.isSafeInteger(value)) return value + 0;
    return this.report(column, 'not a class code', 'a whole number, as stored in the land cover');
  }

  number(column: Column): number | null {
    const cell = this.cell(column);
    if (cell === '') return this.report(column, 'no value', 'a number; an empty cell is never taken as zero');
    const hint = /^[+-]?\d+,\d+$/.test(cell) ? 'a number with a decimal point' : 'a number';
    if (!NUMBER.test(cell) || !Number.isFinite(Number(cell))) return this.report(column, 'not a number', hint);
    return Number(cell) + 0;
  }

  /** Densities are not negative; a negative rate is a source of carbon. */
  value(column: Column & { readonly isRate: boolean }): number | null {
    const value = this.number(column);
    if (value !== null && value < 0 && !column.isRate)
      return this.report(column, 'negative density', '0 or more, t C/ha');
    return value;
  }

  /** A standard error may be left out for a row. */
  error(column: Column): number | null {
    if (this.cell(column) === '') return null;
    const value = this.number(column);
    if (value !== null && value < 0) return this.report(column, 'negative standard error', '0 or more');
    return value;
  }

  /** Share of a class's area that is sealed, 0 to 1; an empty cell means that it is not stated. */
  share(column: Column | null): number | null {
    if (column === null || this.cell(column) === '') return null;
    const value = this.number(column);
    if (value !== null && (value < 0 || value > 1)) return this.report(column, 'not a share', 'a number from 0 to 1');
    return value;
  }

  /** A number above 0; an empty cell means that it is not stated. */
  positive(column: Column | null, expected: string): number | null {
    if (column === null || this.cell(column) === '') return null;
    const value = this.number(column);
    return value !== null && value <= 0 ? this.report(column, 'not above 0', expected) : value;
  }

  tags(column: Column | null, coefficients: readonly Coefficient[]): RowProvenance['tags'] {
    if (column === null) return {};
    const tags = parseTags(this.cell(column), coefficients);
    if (tags !== null) return tags;
    const words = QUALITY_TAGS.join(', ');
    this.report(column, 'not a quality tag', `${words}; or pairs such as soil=read, parted by spaces`);
    return {};
  }

  text(column: Column | null): string | null {
    const cell = column === null ? '' : this.cell(column);
    return cell === '' ? null : cell;
  }

  flag(column: Column | null): boolean | null {
    const cell = this.text(column)?.toLowerCase();
    if (column === null || cell === undefined) return null;
    if (['1', 'true', 'yes'].includes(cell)) return true;
    if (['0', 'false', 'no'].includes(cell)) return false;
    return this.report(column, 'not a yes or no', '1, true, yes, 0, false, no or an empty cell');
  }
}

function refuseDuplicates(classes: readonly ReadClass[], file: string, problems: Problem[]): void {
  const lines = new Map<number, number>();
  for (const { line, factors } of classes) {
    const earlier = lines.get(factors.code);
    if (earlier === undefined) lines.set(factors.code, line);
    else
      problems.push({
        where: `${file}:${line}`,
        message: `class ${factors.code} occurs twice`,
        expected: 'one row for each class',
        found: `another in line ${earlier}`,
      });
  }
}
