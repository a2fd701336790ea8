/** @pure Rules between `green` and the rest of a spec. */

import { nearestWord } from '../shared/contracts/nearest-word.ts';
import { shown } from '../shared/geo/shown-value.ts';
import type { SpecMistake } from './spec-mistake.ts';

type Json = Readonly<Record<string, unknown>>;

export function greenMistakes(green: Json, layers: Json, zoneRule: unknown): SpecMistake[] {
  const mistakes: SpecMistake[] = [];
  const { min_ha: min, small_ha: small } = green;
  if (typeof min === 'number' && typeof small === 'number' && min > small) {
    mistakes.push({
      path: ['green', 'min_ha'],
      message: 'is above small_ha',
      expected: `at most ${small}`,
      found: shown(min),
    });
  }
  if (zoneRule === 'coverage') {
    const expected = '`rule: centre`: a patch is made of whole cells';
    mistakes.push({ path: ['zones', 'rule'], message: 'does not go with `green`', expected, found: 'coverage' });
  }
  return [...mistakes, ...sourceMistakes(green, layers), ...mixtureMistakes(green, layers)];
}

function mixtureMistakes({ mixture }: Json, layers: Json): SpecMistake[] {
  if (typeof mixture !== 'object' || mixture === null) return [];
  const { bare, full } = mixture as Json;
  const mistakes: SpecMistake[] = [];
  if (layers.red === undefined || layers.nir === undefined) {
    mistakes.push({ path: ['green', 'mixture'], message: 'has no NDVI', expected: 'layers `red` and `nir`' });
  }
  if (typeof bare === 'number' && typeof full === 'number' && bare >= full) {
    mistakes.push({
      path: ['green', 'mixture', 'bare'],
      message: 'is not below full',
      expected: `less than ${full}`,
      found: shown(bare),
    });
  }
  return mistakes;
}

function sourceMistakes({ from, keep, ndvi_min: ndviMin }: Json, layers: Json): SpecMistake[] {
  const hasNdvi = layers.red !== undefined && layers.nir !== undefined;
  const mistakes: SpecMistake[] = [];
  const isLayer = typeof from === 'string' && from !== 'classes' && from !== 'ndvi';
  if (from === 'ndvi' && !hasNdvi) {
    mistakes.push({
      path: ['green', 'from'],
      message: 'has no NDVI',
      expected: 'layers `red` and `nir`',
      found: 'ndvi',
    });
  }
  if (isLayer && (layers[from] === undefined || ['landcover', 'red', 'nir'].includes(from))) {
    const others = Object.keys(layers).filter((name) => !['landcover', 'red', 'nir'].includes(name));
    const near = nearestWord(from, ['classes', 'ndvi', ...others]);
    const expected =
      near === null ? `one of classes, ndvi${others.map((name) => `, ${name}`).join('')}` : `did you mean "${near}"?`;
    mistakes.push({ path: ['green', 'from'], message: 'names no layer of codes', expected, found: from });
  }
  if (keep !== undefined && !isLayer) {
    mistakes.push({
      path: ['green', 'keep'],
      message: 'has no layer',
      expected: '`from` with the name of a layer of codes',
    });
  }
  if (ndviMin !== undefined && (from === 'classes' || isLayer || !hasNdvi)) {
    mistakes.push({
      path: ['green', 'ndvi_min'],
      message: 'has no NDVI',
      expected: '`from: ndvi`, with layers `red` and `nir`',
    });
  }
  return mistakes;
}
