/**
 * The library of factor tables and crosswalks in data/: found by name, read, and joined to a table for a product.
 * `library:default` is a table as it stands; `library:default+worldcover` gives it the codes of a product.
 */

import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { formatTags } from '../shared/carbon/factor-provenance.ts';
import type { FactorTable } from '../shared/carbon/factors.ts';
import { modelClassOf, URBAN_GREEN_LARGE, URBAN_GREEN_SMALL } from '../shared/carbon/model-classes.ts';
import { nearestWord } from '../shared/contracts/nearest-word.ts';
import { requestInvalid } from '../shared/errors.ts';
import { projectUrl } from '../shared/io/project-files.ts';
import type { ObjectStore } from '../shared/io/store.ts';
import { type Crosswalk, type CrosswalkClass, readCrosswalk } from './crosswalk.ts';
import { headComments, loadFactors, parseFactors, readCsvRows } from './load-factors.ts';

const SCHEME = 'library:';
/** Where the library stands in a checkout and in an image. */
const LIBRARY = fileURLToPath(projectUrl('data/'));
const FOLDERS = { table: 'factors', crosswalk: 'crosswalks' } as const;

export type LibraryKind = keyof typeof FOLDERS;

export interface LibraryEntry {
  readonly kind: LibraryKind;
  readonly name: string;
  readonly version: string;
  readonly title: string;
  readonly titleZh: string;
  /** Of a table: `model` where its codes are those of the model's classes, so that a crosswalk can be laid on it. */
  readonly classes: 'model' | 'own';
  readonly about: string | null;
  /** Classes in the file. */
  readonly rows: number;
  readonly text: string;
}

/** Whether the `factors` of a spec name a table of the library. */
export function isLibraryName(text: string): boolean {
  return text.startsWith(SCHEME);
}

/**
 * The factor table of a spec: of the library for `library:NAME`, else the file at that URL. Errors: REQUEST_INVALID
 * with every mistake; the store's own.
 */
export async function loadNamedFactors(url: string, storeFor: (url: string) => ObjectStore): Promise<FactorTable> {
  return isLibraryName(url) ? loadLibraryFactors(url) : loadFactors(storeFor(url), url);
}

/**
 * A table of the library by name: `library:default`, `library:default+worldcover`; the scheme may be left out. The
 * digest is of the text that `factors show` prints. Errors: REQUEST_INVALID for names that the library does not have.
 */
export async function loadLibraryFactors(name: string): Promise<FactorTable> {
  const url = `${SCHEME}${plainName(name)}`;
  const text = await libraryText(name);
  return { url, digest: createHash('sha256').update(text).digest('hex'), ...parseFactors(text, url) };
}

/** The CSV text of a table by name, with or without a crosswalk. Errors: REQUEST_INVALID. */
export async function libraryText(name: string): Promise<string> {
  const [tableName = '', crosswalkName, ...more] = plainName(name).split('+');
  if (more.length > 0) throw unknownName(name, 'TABLE or TABLE+CROSSWALK', null);
  const table = await libraryEntry('table', tableName);
  if (crosswalkName === undefined) return table.text;
  if (table.classes !== 'model') throw unknownName(name, 'a table by classes of the model for a crosswalk', tableName);
  return joinCrosswalk(table, await libraryEntry('crosswalk', crosswalkName));
}

/** A crosswalk by name. Errors: REQUEST_INVALID for a name that the library does not have. */
export async function loadCrosswalk(name: string): Promise<Crosswalk> {
  return crosswalkOf(await libraryEntry('crosswalk', name));
}

/** All of the library, tables first, each in the order of names. */
export async function listLibrary(): Promise<readonly LibraryEntry[]> {
  const kinds: readonly LibraryKind[] = ['table', 'crosswalk'];
  const all = kinds.map(async (kind) => {
    const names = await namesOf(kind);
    return Promise.all(names.map((name) => libraryEntry(kind, name)));
  });
  return (await Promise.all(all)).flat();
}

/** A file of the library. Errors: REQUEST_INVALID with the names that there are. */
export async function libraryEntry(kind: LibraryKind, name: string): Promise<LibraryEntry> {
  const names = await namesOf(kind);
  if (!names.includes(name)) {
    const near = nearestWord(name, names);
    throw unknownName(name, near === null ? `a ${kind}: ${names.join(', ')}` : `did you mean "${near}"?`, name);
  }
  const text = await readFile(`${LIBRARY}${FOLDERS[kind]}/${name}.csv`, 'utf8');
  const head = headOf(text);
  return {
    kind,
    name,
    version: head.get('version') ?? '0',
    title: head.get('title') ?? name,
    titleZh: head.get('title_zh') ?? name,
    classes: head.get('classes') === 'model' ? 'model' : 'own',
    about: head.get('about') ?? null,
    rows: readCsvRows(text, `${name}.csv`).length - 1,
    text,
  };
}

async function namesOf(kind: LibraryKind): Promise<string[]> {
  const files = await readdir(`${LIBRARY}${FOLDERS[kind]}`);
  return files.flatMap((file) => (file.endsWith('.csv') ? [file.slice(0, -4)] : [])).sort();
}

/** `key: value` of the comments above the header. */
function headOf(text: string): ReadonlyMap<string, string> {
  const pairs = headComments(text).flatMap((line) => {
    const [, key, value] = /^(\w+): (.*)$/.exec(line) ?? [];
    return key === undefined || value === undefined ? [] : [[key, value] as const];
  });
  return new Map(pairs);
}

function crosswalkOf(entry: LibraryEntry): Crosswalk {
  return readCrosswalk(entry.name, entry.title, readCsvRows(entry.text, `${entry.name}.csv`));
}

function plainName(name: string): string {
  return name.startsWith(SCHEME) ? name.slice(SCHEME.length) : name;
}

function unknownName(where: string, expected: string, found: string | null) {
  const problem = { where: `${SCHEME}${plainName(where)}`, message: 'not in the library of factors', expected };
  return requestInvalid([{ ...problem, ...(found === null ? {} : { found }) }]);
}

type Cell = string | number | boolean | null | undefined;

/**
 * A table for a product: each code gets the row of its model class, with the product's names and the crosswalk's note
 * before the row's caveat. Ignored codes, and codes whose class the table lacks, get no row: where one occurs in a city
 * the run says so. The comments name both.
 */
function joinCrosswalk(table: LibraryEntry, entry: LibraryEntry): string {
  const { classes } = crosswalkOf(entry);
  const model = parseFactors(table.text, `${table.name}.csv`);
  const byCode = new Map(model.classes.map((row, index) => [row.code, { row, from: model.provenance[index] }]));
  const mapped = classes.map((product) => {
    const code = product.modelClass === null ? undefined : modelClassOf(product.modelClass)?.code;
    return { product, found: code === undefined ? undefined : byCode.get(code) };
  });
  const { coefficients } = model;
  const values = coefficients.flatMap((name) => [name, `${name}_se`]);
  const hasModel = model.classes.some(({ epsMax }) => epsMax !== null);
  const header = [
    'class',
    'name',
    'name_zh',
    'green',
    'built',
    'impervious',
    ...values,
    ...(hasModel ? ['eps_max', 'eps_max_se', 'crop'] : []),
    'soil_depth_cm',
    'tags',
    'caveat',
    'source',
  ];
  const cellsOf = (
    label: Pick<CrosswalkClass, 'code' | 'name' | 'nameZh' | 'note'>,
    { row, from }: ModelRow,
  ): Cell[] => {
    const numbers = coefficients.flatMap((name) => [row.values[name], row.standardErrors[name]]);
    const caveat = [label.note, from?.caveat].filter((text) => text).join('; ');
    const provenance: Cell[] = [from?.soilDepthCm, formatTags(from?.tags ?? {}, coefficients), caveat, row.source];
    const model: Cell[] = hasModel ? [row.epsMax, row.epsMaxSe, row.crop] : [];
    const head: Cell[] = [label.code, label.name, label.nameZh, row.green, row.built, row.impervious];
    return [...head, ...numbers, ...model, ...provenance];
  };
  const rows = mapped.flatMap(({ product, found }) => (found === undefined ? [] : [cellsOf(product, found)]));
  rows.push(...urbanRows(classes, byCode).map(({ label, found }) => cellsOf(label, found)));
  const missing = mapped.filter(({ product, found }) => product.modelClass !== null && found === undefined);
  const comments = [
    `# table: ${table.name}+${entry.name}`,
    `# version: ${table.version}+${entry.version}`,
    `# title: ${table.title}; codes of ${entry.title}`,
    `# title_zh: ${table.titleZh}；代码：${entry.titleZh}`,
    '# classes: own',
    `# about: made from table ${table.name} and crosswalk ${entry.name}; which class a code stands for is our choice`,
    `# ignored: ${codeList(classes.filter(({ modelClass }) => modelClass === null))}`,
    ...(missing.length === 0 ? [] : [`# missing: ${codeList(missing.map(({ product }) => product))}`]),
  ];
  return `${[...comments, header.join(','), ...rows.map((cells) => cells.map(csvCell).join(','))].join('\n')}\n`;
}

interface ModelRow {
  readonly row: FactorTable['classes'][number];
  readonly from: FactorTable['provenance'][number] | undefined;
}

/** Codes of urban green in tables of products, none of which has a class of its own for it: 1000 and the model's code. */
const URBAN_CODE_OFFSET = 1000;

/** Rows for green patches inside of built-up land, which are found by their size, not by a code of the product. */
function urbanRows(classes: readonly CrosswalkClass[], byCode: ReadonlyMap<number, ModelRow>) {
  return [URBAN_GREEN_LARGE, URBAN_GREEN_SMALL].flatMap((key) => {
    const model = modelClassOf(key);
    const found = model === null ? undefined : byCode.get(model.code);
    const code = URBAN_CODE_OFFSET + (model?.code ?? 0);
    if (model === null || found === undefined || classes.some((product) => product.code === code)) return [];
    return [{ label: { code, name: model.name, nameZh: model.nameZh, note: null }, found }];
  });
}

function codeList(classes: readonly CrosswalkClass[]): string {
  return classes.length === 0 ? 'none' : classes.map(({ code, name }) => `${code} ${name}`).join('; ');
}

function csvCell(cell: Cell): string {
  const text = cell === null || cell === undefined ? '' : String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
