import { describe, expect, it } from 'vitest';
import type { Partial } from '../../../src/shared/carbon/partial.ts';
import { GREEN_GAPS, mixtureKey } from '../../../src/shared/contracts/counted-names.ts';
import type { PlannedGreen } from '../../../src/shared/contracts/plan-green.ts';
import { countTile } from '../../../src/worker/count-tile.ts';
import type { TileLayer } from '../../../src/worker/tile-task.ts';
import { plannedGreen } from '../../support/green-parts.ts';
import { doubleScene, SIDE, tileLayer, tileTask, uint8Scene } from '../../support/tile-parts.ts';

/** 1 trees, 2 grass, 5 and 6 built-up, 7 bare. NDVI of 0 is bare ground, of 0.5 full vegetation: fractions are exact. */
const MIXTURE = { bare: 0, full: 0.5 };
const CELL = 2 ** 20;

/** Red and near infrared of one date, so that NDVI is what is asked for; NaN: nodata. */
function ndviLayer(values: readonly number[]): TileLayer {
  const [red, nir] = [values.map((value) => 1 - value), values.map((value) => 1 + value)];
  const scenes = [doubleScene(red, SIDE, 's3://scenes/red.tif'), doubleScene(nir, SIDE, 's3://scenes/nir.tif')];
  return { ...tileLayer('ndvi', [], { kind: 'ndvi' }), takes: [{ scenes, mask: null, date: null }] };
}

function count(rows: readonly string[], values: readonly number[], green: globalThis.Partial<PlannedGreen>): Partial {
  const codes = [...rows.join('')].map(Number);
  const plan = plannedGreen({ mixture: MIXTURE, ...green });
  return countTile(tileTask([uint8Scene(codes)], { green: plan, layers: [ndviLayer(values)] }));
}

/** Cells looked into and their green in cells, by class of zone 0. */
function mixed(partial: Partial, name: string): Record<string, [number, number]> {
  const classes = partial.quantities.get(name)?.get(0) ?? new Map();
  return Object.fromEntries([...classes].map(([code, { cells, sum }]) => [code, [cells, Number(sum) / CELL]]));
}

const ROWS = ['5555', '5566', '5517', '5500'];
const NAN = Number.NaN;
// Trees (1) and the missing cells (0) have an NDVI that would count.
const VALUES = [0.125, 0.125, 0.375, -1, 0.25, NAN, 0.25, 0.0625, 0, 0, 0.25, 0.25, 0, 0.9, 0.25, 0.25];

describe('cells of built-up land that do not show green', () => {
  it('are summed by class with the share of green in them, for each threshold', () => {
    const partial = count(ROWS, VALUES, { from: 'ndvi', thresholds: [0.2, 0.3, 0.95] });
    // Class 5: two of 0.25 and four of nothing; those at or above the threshold are out.
    expect(mixed(partial, mixtureKey(0.2))).toEqual({ 5: [6, 0.5], 6: [1, 0.125] });
    expect(mixed(partial, mixtureKey(0.3))).toEqual({ 5: [7, 1], 6: [2, 0.625] });
    // All green at the most: NDVI 0.375 is three quarters, 0.9 a whole cell.
    expect(mixed(partial, mixtureKey(0.95))).toEqual({ 5: [9, 2.75], 6: [2, 0.625] });
  });

  it('are told apart where they have no NDVI', () => {
    const partial = count(ROWS, VALUES, { from: 'ndvi', thresholds: [0.2, 0.3] });
    expect(mixed(partial, GREEN_GAPS)).toEqual({ 5: [1, 0] });
    const blind = count(ROWS, VALUES, { from: 'classes' });
    expect(mixed(blind, GREEN_GAPS)).toEqual({ 5: [1, 0] });
  });

  it('are those without a green class where classes or a layer show green, whatever their NDVI', () => {
    const all = { 5: [9, 2.75], 6: [2, 0.625] };
    expect(mixed(count(ROWS, VALUES, { from: 'classes' }), mixtureKey(null))).toEqual(all);
    const whole = count(ROWS, VALUES, { from: 'classes', builtCodes: [1, 5, 6, 7] });
    expect(mixed(whole, mixtureKey(null))).toEqual({ ...all, 7: [1, 0.5] });
    // No layer of codes has data: nothing shows green, and trees keep their class all the same.
    const layer = count(ROWS, VALUES, { from: 'layer', layer: 'parks', layerCodes: [1], builtCodes: [1, 5, 6] });
    expect(mixed(layer, mixtureKey(null))).toEqual(all);
  });

  it('are not looked into where it is not asked for', () => {
    const partial = count(ROWS, VALUES, { from: 'ndvi', thresholds: [0.2], mixture: null });
    expect([...partial.quantities.keys()]).toEqual(['ndvi']);
  });
});

it('what is counted beside the mixture does not hang on it', () => {
  const rules = { from: 'ndvi' as const, thresholds: [0.2, 0.3] };
  const { quantities, ...others } = count(ROWS, VALUES, rules);
  const { quantities: plain, ...rest } = count(ROWS, VALUES, { ...rules, mixture: null });
  expect(others).toEqual(rest);
  expect(quantities.get('ndvi')).toEqual(plain.get('ndvi'));
});
