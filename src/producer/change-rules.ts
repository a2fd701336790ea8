/** @pure Rules between `change` and the rest of a spec. */

import { nearestWord } from '../shared/contracts/nearest-word.ts';
import { shown } from '../shared/geo/shown-value.ts';
import type { SpecMistake } from './spec-mistake.ts';

type Json = Readonly<Record<string, unknown>>;

const MEASURED = ['landcover', 'red', 'nir'];

export function changeMistakes({ layer, year }: Json, layers: Json, toYear: unknown, zoneRule: unknown): SpecMistake[] {
  const mistakes: SpecMistake[] = [];
  if (typeof layer === 'string' && (layers[layer] === undefined || MEASURED.includes(layer))) {
    const others = Object.keys(layers).filter((name) => !MEASURED.includes(name));
    const near = nearestWord(layer, others);
    const expected =
      near === null ? 'a layer beside `landcover` with the classes of an earlier date' : `did you mean "${near}"?`;
    mistakes.push({ path: ['change', 'layer'], message: 'names no earlier land cover', expected, found: layer });
  }
  if (typeof year === 'number' && typeof toYear === 'number' && year >= toYear) {
    mistakes.push({
      path: ['change', 'year'],
      message: 'is not before the year of the spec',
      expected: `at most ${toYear - 1}`,
      found: shown(year),
    });
  }
  if (zoneRule === 'coverage') {
    const expected = '`rule: centre`: a cell changes as a whole';
    mistakes.push({ path: ['zones', 'rule'], message: 'does not go with `change`', expected, found: 'coverage' });
  }
  return mistakes;
}
