/** The header of a factor table: which form it is, which column is what, and what is wrong with it. */

import { type Coefficient, POOLS, RATES } from '../shared/carbon/factors.ts';
import { nearestWord } from '../shared/contracts/nearest-word.ts';
import type { Problem } from '../shared/errors.ts';

export interface Column {
  readonly index: number;
  /** As the file spells it. */
  readonly name: string;
}

export interface ValueColumn extends Column {
  readonly coefficient: Coefficient;
  readonly isRate: boolean;
  /** Whether it holds the standard error of the coefficient. */
  readonly isError: boolean;
}

/** `fatal`: rows cannot be read under this header. */
export type HeaderProblem = Problem & { readonly fatal: boolean };

export interface TableHeader {
  /** Number of columns with a name. */
  readonly width: number;
  readonly classColumn: Column;
  readonly nameColumn: Column | null;
  readonly nameZhColumn: Column | null;
  readonly greenColumn: Column | null;
  readonly builtColumn: Column | null;
  readonly sourceColumn: Column | null;
  readonly imperviousColumn: Column | null;
  readonly epsMaxColumn: Column | null;
  readonly epsMaxErrorColumn: Column | null;
  readonly cropColumn: Column | null;
  readonly depthColumn: Column | null;
  readonly tagsColumn: Column | null;
  readonly caveatColumn: Column | null;
  readonly values: readonly ValueColumn[];
  /** In the order of POOLS and RATES. */
  readonly coefficients: readonly Coefficient[];
  readonly problems: readonly HeaderProblem[];
  readonly warnings: readonly string[];
}

const COEFFICIENTS: readonly Coefficient[] = [...POOLS, ...RATES];

/** InVEST's names for the pools. */
const INVEST: Readonly<Record<string, Coefficient>> = {
  c_above: 'above',
  c_below: 'below',
  c_soil: 'soil',
  c_dead: 'dead',
};

const OWN_NAMES = [
  'class',
  'name',
  'name_zh',
  'green',
  'built',
  'source',
  ...COEFFICIENTS,
  ...COEFFICIENTS.map((name) => `${name}_se`),
];
/** Known too, but no word is taken for a misspelling of them: a column of remarks by another name stays a remark. */
const PROVENANCE_NAMES = ['impervious', 'eps_max', 'eps_max_se', 'crop', 'soil_depth_cm', 'tags', 'caveat'];
const INVEST_NAMES = ['lucode', 'lulc_name', ...Object.keys(INVEST)];

const EXPECTED =
  "class,name and any of above,below,dead,soil,sequestration,soil_sequestration; or InVEST's lucode,lulc_name,c_above,c_below,c_soil,c_dead";

/** Reads a header line; names are taken without regard to case. */
export function readHeader(cells: readonly string[], where: string): TableHeader {
  const width = cells.findLastIndex((cell) => cell !== '') + 1;
  const columns = cells.slice(0, width).map((name, index) => ({ index, name }));
  const find = (name: string): Column | null => columns.find((column) => column.name.toLowerCase() === name) ?? null;
  const invest = find('class') === null && find('lucode') !== null;
  const values = columns.flatMap((column) => valueColumn(column, invest));
  const coefficients = COEFFICIENTS.filter((name) =>
    values.some((column) => column.coefficient === name && !column.isError),
  );
  const unknown = unknownColumns(columns, invest, where);
  return {
    width,
    classColumn: find(invest ? 'lucode' : 'class') ?? { index: -1, name: 'class' },
    nameColumn: find(invest ? 'lulc_name' : 'name'),
    nameZhColumn: invest ? null : find('name_zh'),
    greenColumn: invest ? null : find('green'),
    builtColumn: invest ? null : find('built'),
    sourceColumn: invest ? null : find('source'),
    imperviousColumn: invest ? null : find('impervious'),
    epsMaxColumn: invest ? null : find('eps_max'),
    epsMaxErrorColumn: invest ? null : find('eps_max_se'),
    cropColumn: invest ? null : find('crop'),
    depthColumn: invest ? null : find('soil_depth_cm'),
    tagsColumn: invest ? null : find('tags'),
    caveatColumn: invest ? null : find('caveat'),
    values,
    coefficients,
    problems: [
      ...formProblems(columns, invest, where),
      ...valueProblems(values, coefficients, where, unknown.problems),
      ...unknown.problems,
      ...(invest ? [] : epsMaxProblems(columns, where)),
    ],
    warnings: unknown.warnings,
  };
}

function valueColumn(column: Column, invest: boolean): ValueColumn[] {
  const name = column.name.toLowerCase();
  const isError = !invest && name.endsWith('_se');
  const base = isError ? name.slice(0, -3) : name;
  const coefficient = invest ? INVEST[base] : COEFFICIENTS.find((known) => known === base);
  if (coefficient === undefined) return [];
  return [{ ...column, coefficient, isError, isRate: RATES.some((rate) => rate === coefficient) }];
}

/** What makes the header unlike either form, and columns that stand twice. */
function formProblems(columns: readonly Column[], invest: boolean, where: string): HeaderProblem[] {
  const names = columns.map((column) => column.name.toLowerCase());
  const problems: HeaderProblem[] = [];
  const found = columns
    .map((column) => column.name)
    .join(',')
    .slice(0, 200);
  if (!invest && !names.includes('class')) {
    problems.push({ where, message: 'no column "class"', expected: EXPECTED, found, fatal: true });
  }
  if (names.includes('class') && names.includes('lucode')) {
    problems.push({
      where,
      message: 'both "class" and "lucode"',
      expected: 'one of the two forms',
      found,
      fatal: true,
    });
  }
  if (!invest && names.includes('class') && !names.includes('name')) {
    problems.push({ where, message: 'no column "name"', expected: EXPECTED, found, fatal: false });
  }
  const twice = new Set(names.filter((name, index) => name !== '' && names.indexOf(name) !== index));
  for (const name of twice) {
    problems.push({ where, message: `column "${name}" occurs twice`, expected: 'each column once', fatal: true });
  }
  if (names.includes(''))
    problems.push({ where, message: 'a column without a name', expected: 'a name for every column', fatal: true });
  return problems;
}

function valueProblems(
  values: readonly ValueColumn[],
  coefficients: readonly Coefficient[],
  where: string,
  misspelt: readonly HeaderProblem[],
): HeaderProblem[] {
  const problems: HeaderProblem[] = [];
  for (const column of values) {
    if (!column.isError || coefficients.includes(column.coefficient)) continue;
    problems.push({
      where,
      message: `column "${column.name}" without its value`,
      expected: `a column "${column.coefficient}" too`,
      fatal: false,
    });
  }
  // A misspelt value column is already reported as such.
  if (coefficients.length === 0 && misspelt.length === 0) {
    problems.push({ where, message: 'no column with a density or rate', expected: EXPECTED, fatal: false });
  }
  return problems;
}

function epsMaxProblems(columns: readonly Column[], where: string): HeaderProblem[] {
  const names = columns.map((column) => column.name.toLowerCase());
  if (!names.includes('eps_max_se') || names.includes('eps_max')) return [];
  const message = 'column "eps_max_se" without its value';
  return [{ where, message, expected: 'a column "eps_max" too', fatal: false }];
}

function unknownColumns(columns: readonly Column[], invest: boolean, where: string) {
  const known = invest ? INVEST_NAMES : OWN_NAMES;
  const names = columns.map((column) => column.name.toLowerCase());
  const problems: HeaderProblem[] = [];
  const warnings: string[] = [];
  for (const { name } of columns) {
    const passed = [...known, 'class', 'lucode', ...(invest ? [] : PROVENANCE_NAMES)];
    if (name === '' || passed.includes(name.toLowerCase())) continue;
    const missing = known.filter((candidate) => !names.includes(candidate));
    const near = nearestWord(name, missing);
    if (near === null) warnings.push(`${where}: column "${name}" is not known and not used`);
    else
      problems.push({
        where,
        message: `unknown column "${name}"`,
        expected: `did you mean "${near}"?`,
        found: name,
        fatal: false,
      });
  }
  return { problems, warnings };
}
