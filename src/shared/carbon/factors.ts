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
  /** Share of the class's area that is sealed: soil of a raster is taken without it. null: not stated. */
  readonly impervious: number | null;
  /** Greatest light use efficiency, g C MJ-1, and its standard error; null: the flux by model leaves the class out. */
  readonly epsMax: number | null;
  readonly epsMaxSe: number | null;
  /** Whether harvest leaves the field; null: not stated. */
  readonly crop: boolean | null;
  /** Value by coefficient; a coefficient whose column the table does not have is absent, never zero. */
  readonly values: Readonly<Partial<Record<Coefficient, number>>>;
  /** Standard error by coefficient, where the table gives one. */
  readonly standardErrors: Readonly<Partial<Record<Coefficient, number>>>;
  readonly source: string | null;
}

/**
 * How a number came about. read: printed in the source that the row names. derived: computed from such numbers, as the
 * source says. assumed: a choice, such as 0 for what is not counted. recalled: from memory, no source text was seen.
 */
export const QUALITY_TAGS = ['read', 'derived', 'assumed', 'recalled'] as const;
export type QualityTag = (typeof QUALITY_TAGS)[number];

export interface RowProvenance {
  readonly code: number;
  /** Lower end of the soil layer that `soil` stands for, from the surface; null: not stated. */
  readonly soilDepthCm: number | null;
  /** By coefficient; absent where the row has no tag for it. */
  readonly tags: Readonly<Partial<Record<Coefficient, QualityTag>>>;
  /** What weakens the row, as a sentence to print beside figures that rest on it. */
  readonly caveat: string | null;
}

export interface FactorTable {
  readonly url: string;
  /** sha256 of the file, hex. */
  readonly digest: string;
  /** Columns that the table has, in the order of POOLS and RATES. */
  readonly coefficients: readonly Coefficient[];
  readonly classes: readonly ClassFactors[];
  /** Row by row as `classes`: depths, tags and caveats, where the table has such columns. */
  readonly provenance: readonly RowProvenance[];
  readonly warnings: readonly string[];
}
