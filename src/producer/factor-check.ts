/** A factor table looked through by the rules of the loader, and for what is allowed and yet likely wrong. */

import { type ClassFactors, type Coefficient, POOLS, RATES } from '../shared/carbon/factors.ts';
import { isNamed, URBAN_GREEN_LARGE, URBAN_GREEN_SMALL } from '../shared/carbon/model-classes.ts';
import { CitysinkError, type Problem } from '../shared/errors.ts';
import type { Crosswalk } from './crosswalk.ts';
import { parseFactors } from './load-factors.ts';

/** `error`: no run takes the table. `warning`: a run takes it, and someone should look. */
export interface Finding extends Problem {
  readonly level: 'error' | 'warning';
}

type Table = ReturnType<typeof parseFactors>;

/** Least of the largest soil density of a table with several, t C/ha: soils hold more, unless they are kg/m2. */
const SMALL_SOIL = 30;
/** A forest with its soil, t C/ha: less looks like kg C/m2, more like t CO2 or biomass. */
const FOREST_TOTAL = { least: 35, most: 400 };
/** No class holds more than this in all pools but deep peat, t C/ha. */
const MOST_TOTAL = 800;
/** No land takes up or loses this much as a mean, t C/ha/yr. */
const MOST_RATE = 10;

const TREES = /\b(forest|tree|trees|wood|woodland|mangroves?|conifer|broadleaf|pine|fir)\b|林|乔木/i;

/** All findings of a table, in the order: errors, form, units, provenance, classes. `crosswalk`: whose codes it should have. */
export function checkFactors(text: string, file: string, crosswalk: Crosswalk | null): Finding[] {
  let table: Table;
  try {
    table = parseFactors(text, file);
  } catch (error) {
    if (!(error instanceof CitysinkError) || error.code !== 'REQUEST_INVALID') throw error;
    return error.problems.map((problem) => ({ level: 'error', ...problem }));
  }
  const problems = [
    ...table.warnings.map((message) => ({ where: file, message: message.replace(`${file}: `, '') })),
    ...missingColumns(table, file),
    ...unitProblems(table, file),
    ...rowProblems(table, file),
    ...sourceProblems(table, file),
    ...(crosswalk === null ? [] : classProblems(table, file, crosswalk)),
  ];
  return problems.map((problem) => ({ level: 'warning', ...problem }));
}

/** Pools, rates and standard errors that a report would lack. */
function missingColumns({ coefficients, classes }: Table, file: string): Problem[] {
  const has = (name: Coefficient) => coefficients.includes(name);
  const pools = POOLS.filter((pool) => !has(pool));
  const problems: Problem[] = [];
  if (pools.length > 0 && pools.length < POOLS.length)
    problems.push({ where: file, message: `no column for ${pools.join(', ')}: storage is the sum of the other pools` });
  if (pools.length === POOLS.length) problems.push({ where: file, message: 'no pool: no storage is reported' });
  if (!RATES.some(has)) problems.push({ where: file, message: 'no rate: no sequestration is reported' });
  const bare = classes.filter((row) =>
    coefficients.some((name) => (row.values[name] ?? 0) !== 0 && row.standardErrors[name] === undefined),
  );
  if (bare.length > 0)
    problems.push({
      where: file,
      message: `no standard error for some number of ${bare.length} of ${classes.length} classes`,
      expected: 'columns such as above_se; a common assumption is 30 % of a stock and 50 % of a rate',
      found: names(bare),
    });
  return problems;
}

function unitProblems({ coefficients, classes }: Table, file: string): Problem[] {
  const problems: Problem[] = [];
  const soils = classes.map((row) => row.values.soil ?? 0).filter((value) => value > 0);
  const largest = Math.max(...soils);
  if (soils.length >= 3 && largest < SMALL_SOIL)
    problems.push({
      where: file,
      message: 'soils look like kg C/m2',
      expected: 't C/ha: 1 kg C/m2 is 10 t C/ha',
      found: `at most ${largest} in ${soils.length} classes`,
    });
  const rates = classes.map((row) => row.values.sequestration ?? 0).filter((value) => value !== 0);
  if (rates.length >= 2 && rates.every((rate) => rate < 0))
    problems.push({
      where: file,
      message: 'every rate of sequestration is negative',
      expected: 'uptake by land is positive; many inventories write it negative',
    });
  const complete = POOLS.every((pool) => coefficients.includes(pool));
  for (const row of complete ? classes.filter(isTrees) : []) {
    const total = totalOf(row);
    if (total === 0 || (total >= FOREST_TOTAL.least && total <= FOREST_TOTAL.most)) continue;
    const like = total < FOREST_TOTAL.least ? 'kg C/m2 (x 10)' : 't CO2/ha (x 12/44) or dry biomass (x 0.47)';
    problems.push({
      where: `${file} class ${row.code}`,
      message: `the sum of pools of ${row.name} looks like ${like}`,
      expected: `${FOREST_TOTAL.least} to ${FOREST_TOTAL.most} t C/ha for forest`,
      found: String(Number(total.toPrecision(6))),
    });
  }
  return problems;
}

/** Values of one row that cannot well be so. */
function rowProblems({ classes }: Table, file: string): Problem[] {
  return classes.flatMap((row) => {
    const where = `${file} class ${row.code}`;
    const { above = 0, below = 0, dead = 0 } = row.values;
    const total = totalOf(row);
    const problems: Problem[] = [];
    if (total > MOST_TOTAL)
      problems.push({
        where,
        message: 'more carbon than land holds',
        expected: `at most ${MOST_TOTAL} t C/ha`,
        found: String(total),
      });
    if (isTrees(row) && above > 0 && below > above)
      problems.push({
        where,
        message: 'more carbon in roots than above ground',
        expected: 'a root:shoot ratio of 0.2 to 0.5 for trees',
        found: `${below} to ${above}`,
      });
    if (isTrees(row) && above > 0 && dead > above)
      problems.push({ where, message: 'more dead wood and litter than living trees', found: `${dead} to ${above}` });
    for (const rate of RATES) {
      const value = row.values[rate] ?? 0;
      if (Math.abs(value) > MOST_RATE)
        problems.push({
          where,
          message: `${rate} is implausible, perhaps t CO2`,
          expected: `within ${MOST_RATE} t C/ha/yr`,
          found: String(value),
        });
    }
    for (const pool of POOLS) {
      const error = row.standardErrors[pool] ?? 0;
      if (error > (row.values[pool] ?? 0))
        problems.push({
          where,
          message: `the standard error of ${pool} is larger than its value`,
          found: `${row.values[pool]} ± ${error}`,
        });
    }
    if (row.green === true && row.built === true) problems.push({ where, message: 'both green and built' });
    return problems;
  });
}

function sourceProblems({ classes, provenance, coefficients }: Table, file: string): Problem[] {
  const problems: Problem[] = [];
  const unsourced = classes.filter((row) => row.source === null);
  if (unsourced.length > 0)
    problems.push({
      where: file,
      message: 'no source',
      expected: 'author, year and where it can be found',
      found: names(unsourced),
    });
  const depths = provenance.some(({ soilDepthCm }) => soilDepthCm !== null);
  const hasSoil = classes.some((row) => (row.values.soil ?? 0) > 0);
  if (hasSoil && !depths)
    problems.push({ where: file, message: 'the depth of soils is not stated', expected: 'a column soil_depth_cm' });
  const untagged = classes.filter((_, index) =>
    coefficients.some((name) => provenance[index]?.tags[name] === undefined),
  );
  if (untagged.length > 0 && untagged.length < classes.length)
    problems.push({
      where: file,
      message: 'numbers without a tag',
      expected: 'read, derived, assumed or recalled',
      found: names(untagged),
    });
  return problems;
}

/** Classes of a product that lack rows, and rows of no class of it. */
function classProblems({ classes }: Table, file: string, crosswalk: Crosswalk): Problem[] {
  const codes = new Set(classes.map(({ code }) => code));
  const known = new Map(crosswalk.classes.map((product) => [product.code, product]));
  const lacking = crosswalk.classes.filter(({ code, modelClass }) => modelClass !== null && !codes.has(code));
  const strange = classes.filter((row) => !known.has(row.code) && !isUrbanGreen(row));
  const ignored = classes.filter(({ code }) => known.get(code)?.modelClass === null);
  const problems: Problem[] = [];
  if (lacking.length > 0)
    problems.push({
      where: file,
      message: `classes of ${crosswalk.title} have no row: where one occurs, the run fails`,
      found: names(lacking),
    });
  if (strange.length > 0)
    problems.push({ where: file, message: `rows of no class of ${crosswalk.title}`, found: names(strange) });
  if (ignored.length > 0)
    problems.push({
      where: file,
      message: `rows of codes that mean no data or are ignored in ${crosswalk.title}`,
      found: names(ignored),
    });
  return problems;
}

/** Rows that patches take in built-up land are of no product's classes. */
function isUrbanGreen({ name }: ClassFactors): boolean {
  return isNamed(name, URBAN_GREEN_LARGE) || isNamed(name, URBAN_GREEN_SMALL);
}

function isTrees(row: ClassFactors): boolean {
  return TREES.test(row.name) || TREES.test(row.nameZh ?? '');
}

function totalOf(row: ClassFactors): number {
  return POOLS.reduce((sum, pool) => sum + (row.values[pool] ?? 0), 0);
}

function names(rows: readonly { readonly code: number; readonly name: string }[]): string {
  const told = rows.slice(0, 12).map(({ code, name }) => `${code} ${name}`);
  return `${told.join(', ')}${rows.length > told.length ? ` and ${rows.length - told.length} more` : ''}`;
}
