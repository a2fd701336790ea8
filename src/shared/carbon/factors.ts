/** Coefficients by land-cover class. Densities t C/ha, rates t C/ha/yr (positive: taken up by land). */

export const POOLS = ['above', 'below', 'dead', 'soil'] as const;
export type Pool = (typeof POOLS)[number];

export const RATES = ['sequestration', 'soil_sequestration'] as const;
export type Rate = (typeof RATES)[number];

export type Coefficient = Pool | Rate;

export interface ClassFactors {
  /** Land-cover code as stored in the raster. */
  readonly code: number;
  readonly name: string;
  readonly nameZh: string | null;
  readonly green: boolean | null;
  readonly built: boolean | null;
  /** Value by coefficient; a coefficient whose column the table does not have is absent, never zero. */
  readonly values: Readonly<Partial<Record<Coefficient, number>>>;
  /** Standard error by coefficient, where the table gives one. */
  readonly standardErrors: Readonly<Partial<Record<Coefficient, number>>>;
  readonly source: string | null;
}

export interface FactorTable {
  readonly url: string;
  /** sha256 of the file, hex. */
  readonly digest: string;
  /** Columns that the table has, in the order of POOLS and RATES. */
  readonly coefficients: readonly Coefficient[];
  readonly classes: readonly ClassFactors[];
  readonly warnings: readonly string[];
}
