/** Mistakes of a spec in words: those that the schema finds, and rules between keys. Pure but for looking up CRSs. */

import type { z } from 'zod';
import { citySpecSchema, knownKeys } from '../shared/contracts/city-spec-schema.ts';
import { nearestWord } from '../shared/contracts/nearest-word.ts';
import { CitysinkError } from '../shared/errors.ts';
import { parseCrs } from '../shared/geo/crs-registry.ts';
import { shown } from '../shared/geo/shown-value.ts';
import { casaMistakes } from './casa-rules.ts';
import { changeMistakes } from './change-rules.ts';
import { greenMistakes } from './green-rules.ts';
import { layerRuleMistakes } from './layer-rules.ts';
import type { SpecMistake } from './spec-mistake.ts';

type Json = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value at a path, or undefined. */
export function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let at = value;
  for (const step of path) {
    if (Array.isArray(at)) at = at[Number(step)];
    else if (isObject(at) && Object.hasOwn(at, step)) at = at[String(step)];
    else return undefined;
  }
  return at;
}

/** Mistakes that the schema finds, with a suggestion for each unknown key. */
export function schemaMistakes(value: unknown): SpecMistake[] {
  const result = citySpecSchema.safeParse(value);
  return result.success ? [] : result.error.issues.flatMap((issue) => mistakesOf(issue, value));
}

function mistakesOf(issue: z.core.$ZodIssue, value: unknown): SpecMistake[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => unknownKey([...issue.path, key]));
  }
  const at = valueAt(value, issue.path);
  if (at === undefined) return [{ path: issue.path, message: 'is missing', expected: expectedBy(issue) }];
  if (at === null) return [{ path: issue.path, message: 'has no value', expected: expectedBy(issue) }];
  return [{ path: issue.path, message: messageOf(issue), expected: expectedBy(issue), found: shown(at) }];
}

function unknownKey(path: readonly PropertyKey[]): SpecMistake {
  const known = knownKeys(path.slice(0, -1)).filter((name) => name !== '$schema');
  const key = String(path.at(-1));
  const near = nearestWord(key, known);
  return {
    path,
    message: 'unknown key',
    expected: near === null ? `one of ${known.join(', ')}` : `did you mean "${near}"?`,
    found: key,
  };
}

function messageOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return 'has another type';
    case 'too_small':
    case 'too_big':
      return 'is out of range';
    case 'invalid_format':
      return 'has another form';
    case 'invalid_value':
      return 'is not a known value';
    default:
      return issue.message.split(':', 1)[0] ?? issue.message;
  }
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  int: 'a whole number',
  number: 'a number',
  string: 'text',
  boolean: 'true or false',
  array: 'a list',
  object: 'keys and values',
};

function expectedBy(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return TYPE_WORDS[issue.expected] ?? issue.expected;
    case 'too_small':
      return `${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}`;
    case 'too_big':
      return `${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}`;
    case 'invalid_format':
      return issue.path[0] === 'city' ? 'lower-case letters, digits and dashes' : issue.message;
    case 'invalid_value':
      return issue.values.map(String).join(', ');
    default:
      return issue.message.replace(/^[^:]*: expected /, '');
  }
}

/** Rules that the form alone does not hold: between keys, and what this version cannot do yet. */
export function ruleMistakes(value: unknown): SpecMistake[] {
  const layers = valueAt(value, ['layers']);
  const [green, change, casa] = ['green', 'change', 'casa'].map((key) => valueAt(value, [key]));
  const zoneRule = valueAt(value, ['zones', 'rule']);
  if (!isObject(layers)) return [];
  return [
    ...layerRuleMistakes(layers),
    ...(isObject(green) ? greenMistakes(green, layers, zoneRule) : []),
    ...(isObject(change) ? changeMistakes(change, layers, valueAt(value, ['year']), zoneRule) : []),
    ...(isObject(casa) ? casaMistakes(casa, layers, { green, change }) : []),
  ];
}

/** CRSs of the spec that cannot be used. */
export async function crsMistakes(value: unknown): Promise<SpecMistake[]> {
  const mistakes: SpecMistake[] = [];
  const layers = valueAt(value, ['layers']);
  const layerPaths = Object.keys(isObject(layers) ? layers : {}).map((name) => ['layers', name, 'crs']);
  for (const path of [['zones', 'crs'], ['grid', 'crs'], ...layerPaths]) {
    const text = valueAt(value, path);
    if (typeof text !== 'string' && typeof text !== 'number') continue;
    try {
      await parseCrs(String(text));
    } catch (error) {
      if (!(error instanceof CitysinkError)) throw error;
      mistakes.push({
        path,
        message: 'is not a CRS that can be used',
        expected: 'for example EPSG:32632',
        found: error.message,
      });
    }
  }
  return mistakes;
}
