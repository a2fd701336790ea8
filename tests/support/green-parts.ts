import type { ClassFactors, FactorTable } from '../../src/shared/carbon/factors.ts';
import type { CitySpec, GreenSpec } from '../../src/shared/contracts/city-spec.ts';
import type { PlannedGreen } from '../../src/shared/contracts/plan-green.ts';
import { factorRow } from './plan-parts.ts';

/** What specs, tables and plans say of green space, for tests: 1 trees, 2 grass, 5 and 6 built-up, 7 bare. */

/** `green: {}` of a spec without red and nir. */
export const GREEN_SPEC: GreenSpec = {
  minHa: 0.04,
  smallHa: 1,
  connectivity: 8,
  from: 'classes',
  ndviMin: 'otsu',
  closingM: 50,
  holesHa: null,
  small: null,
  large: null,
  mixture: null,
};

/** A spec of which only `green` is read. */
export function specOf(changes: Partial<GreenSpec> | null = {}): CitySpec {
  return { green: changes === null ? null : { ...GREEN_SPEC, ...changes }, casa: null } as CitySpec;
}

/** A row of the table with its flags. */
export function flaggedRow(code: number, flags: Partial<ClassFactors> = {}): ClassFactors {
  return { ...factorRow(code, 1, 1, 0), ...flags };
}

/** Rows in no order. */
export const ROWS: readonly ClassFactors[] = [
  flaggedRow(6, { built: true, green: false }),
  flaggedRow(2, { green: true, built: false }),
  flaggedRow(7),
  flaggedRow(5, { built: true }),
  flaggedRow(1, { green: true }),
];

export const URBAN_ROWS: readonly ClassFactors[] = [
  flaggedRow(40, { name: 'Urban green, large' }),
  flaggedRow(41, { name: 'urban_green_small' }),
];

export function tableOf(classes: readonly ClassFactors[] = ROWS): FactorTable {
  const coefficients = ['above', 'soil', 'sequestration'] as const;
  return { url: 'file:///city/factors.csv', digest: 'f', coefficients, classes, provenance: [], warnings: [] };
}

/** Green classes inside of built-up land as it stands: no gap is closed, no hole filled. */
export function plannedGreen(changes: Partial<PlannedGreen> = {}): PlannedGreen {
  return {
    from: 'classes',
    layer: null,
    layerCodes: [],
    greenClasses: [1, 2],
    thresholds: [],
    builtCodes: [5, 6],
    closingCells: 0,
    holeCells: 0,
    haloCells: 0,
    connectivity: 8,
    mixture: null,
    ...changes,
  };
}
