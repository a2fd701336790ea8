/** @pure Maps that could only be empty are refused before anything is read. */

import { type Coefficient, type FactorTable, POOLS, RATES } from '../shared/carbon/factors.ts';
import { soilUnit } from '../shared/carbon/soil-unit.ts';
import type { CitySpec } from '../shared/contracts/city-spec.ts';
import type { MapName } from '../shared/contracts/map-names.ts';
import { type Problem, refuseIfAny } from '../shared/errors.ts';

/** Errors: REQUEST_INVALID for maps of what neither the factor table nor the spec has. */
export function refuseEmptyMaps(spec: CitySpec, factors: FactorTable): void {
  refuseIfAny(spec.maps.flatMap((name): Problem[] => problemOf(name, spec, factors) ?? []));
}

function problemOf(name: MapName, spec: CitySpec, factors: FactorTable): Problem[] | null {
  const where = 'maps';
  if (name === 'class') return null;
  if (name === 'green_patches') {
    const expected = 'the key `green`, which says how they are found';
    return spec.green === null
      ? [{ where, message: 'green_patches: green patches are not looked for', expected }]
      : null;
  }
  const { columns, orSoil } = needsOf(name);
  const hasSoil = orSoil && soilUnit(spec.layers.soil?.unit ?? null) !== null;
  if (hasSoil || columns.some((column) => factors.coefficients.includes(column))) return null;
  const named = columns.map((column) => `\`${column}\``).join(', ');
  const expected = `${columns.length > 1 ? 'one of the columns' : 'the column'} ${named}${orSoil ? ', or a layer `soil` with a unit of carbon' : ''}`;
  return [{ where, message: `${name}: the factor table has nothing to draw it from`, expected }];
}

function needsOf(name: Exclude<MapName, 'class' | 'green_patches'>): {
  columns: readonly Coefficient[];
  orSoil: boolean;
} {
  if (name === 'storage' || name === 'left_out_storage') return { columns: POOLS, orSoil: true };
  if (name === 'sequestration' || name === 'left_out_sequestration') return { columns: RATES, orSoil: false };
  return { columns: [name], orSoil: name === 'soil' };
}
