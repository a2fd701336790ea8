/**
 * Constants of vegetation that CASA is run with: greatest light use efficiency, and limits of NDVI. Every row says where
 * it was read. Defaults by model class are a choice: the two columns of the first table differ by up to 2.7 times.
 */

import type { FparLimits } from './casa.ts';

/** `read`: in the source named. `derived`: arithmetic on such numbers. `ours`: a choice of this project. */
export type TableTag = 'read' | 'derived' | 'ours';

/** Greatest light use efficiency of a vegetation type, g C MJ-1, by two schools; null: the source has none. */
export interface EpsMaxRow {
  readonly vegetation: string;
  /** Zhu et al. 2007, as ChinaXiv 201703.00404 prints it. */
  readonly zhu: number | null;
  /** Running et al., as ChinaXiv 201704.00147 prints it, where it has fewer types. */
  readonly running: number | null;
}

/** Read in the two texts named. A third, 201805.00093, has reed wetland 1.257 and cropland 0.573. */
export const EPS_MAX: readonly EpsMaxRow[] = [
  { vegetation: 'deciduous needleleaf', zhu: 0.485, running: 1.008 },
  { vegetation: 'evergreen needleleaf', zhu: 0.389, running: 1.008 },
  { vegetation: 'deciduous broadleaf', zhu: 0.692, running: 1.044 },
  { vegetation: 'evergreen broadleaf', zhu: 0.985, running: 1.044 },
  { vegetation: 'needle-broad mixed', zhu: 0.475, running: null },
  { vegetation: 'evergreen/deciduous broadleaf mixed', zhu: 0.768, running: null },
  { vegetation: 'shrub', zhu: 0.429, running: 0.768 },
  { vegetation: 'grass', zhu: 0.542, running: 0.608 },
  { vegetation: 'cropland', zhu: 0.542, running: 0.604 },
  { vegetation: 'other', zhu: 0.542, running: 0.389 },
];

/** What CASA first used for all vegetation of the world, g C MJ-1. */
export const EPS_MAX_CLASSIC = 0.389;

/** Default of a model class, g C MJ-1. */
export interface EpsMaxDefault {
  readonly value: number;
  readonly se: number;
  readonly source: string;
  readonly tag: TableTag;
}

/** Classes of the model that have an efficiency; water, built-up and bare ground have none and are not modelled. */
export type ModelledClassName = 'forest' | 'shrub' | 'grass' | 'cropland' | 'wetland' | 'urban_green';

/** Forest of Zhejiang by group, 100 ha (doi:10.17521/cjpe.2015.0193); bamboo, 8834, has no efficiency and is left out. */
const ZHEJIANG_AREAS = { needleleaf: 21_618, mixed: 5676, broadleaf: 13_713 } as const;

const TABLE = 'ChinaXiv 201703.00404 (Zhu et al. 2007), spread to 201704.00147 (Running et al.)';

/**
 * Values are Zhu's, fitted in China for these equations. `se` is the difference to Running's over sqrt 2: the error of
 * taking one of two equally likely values. It is shared by all classes: both columns rise and fall together.
 */
export const EPS_MAX_DEFAULTS: Readonly<Record<ModelledClassName, EpsMaxDefault>> = {
  forest: {
    value: forestOfZhejiang({ needleleaf: 0.389, mixed: 0.475, broadleaf: 0.768 }),
    se: spread(
      forestOfZhejiang({ needleleaf: 0.389, mixed: 0.475, broadleaf: 0.768 }),
      // Running has no mixed forest: the mean of its two.
      forestOfZhejiang({ needleleaf: 1.008, mixed: 1.026, broadleaf: 1.044 }),
    ),
    source: `${TABLE}; types weighted by the forest areas of Zhejiang, broadleaf taken as mixed evergreen and deciduous`,
    tag: 'ours',
  },
  shrub: { value: 0.429, se: spread(0.429, 0.768), source: TABLE, tag: 'read' },
  grass: { value: 0.542, se: spread(0.542, 0.608), source: `${TABLE}, steppe there`, tag: 'read' },
  cropland: { value: 0.542, se: spread(0.542, 0.604), source: TABLE, tag: 'read' },
  wetland: {
    value: 1.257,
    // Sample deviation of 0.859 (inverted), 1.257 and 1.667 (literature).
    se: 0.404,
    source: 'ChinaXiv 201805.00093, reed in the dry north-west: weak elsewhere',
    tag: 'read',
  },
  urban_green: {
    value: (0.542 + 0.768) / 2,
    se: spread((0.542 + 0.768) / 2, (0.608 + 1.044) / 2),
    source: `${TABLE}; lawn and mixed broadleaf trees in halves`,
    tag: 'ours',
  },
};

function forestOfZhejiang(eps: Readonly<Record<keyof typeof ZHEJIANG_AREAS, number>>): number {
  const { needleleaf, mixed, broadleaf } = ZHEJIANG_AREAS;
  const carried = needleleaf * eps.needleleaf + mixed * eps.mixed + broadleaf * eps.broadleaf;
  return carried / (needleleaf + mixed + broadleaf);
}

function spread(taken: number, other: number): number {
  return Math.abs(other - taken) / Math.SQRT2;
}

/**
 * Limits of NDVI and simple ratio by vegetation type as published (ChinaXiv 202106.00083, Table 1, read). They are of
 * AVHRR, 8 km, where nothing is pure: at 10 m take the 5 % and 95 % of the imagery itself [ours].
 */
export const AVHRR_LIMITS: Readonly<Record<string, FparLimits>> = {
  'deciduous needleleaf': { ndviMax: 0.738, ndviMin: 0.023, srMax: 6.63, srMin: 1.05 },
  'evergreen needleleaf': { ndviMax: 0.647, ndviMin: 0.023, srMax: 4.67, srMin: 1.05 },
  'evergreen broadleaf': { ndviMax: 0.676, ndviMin: 0.023, srMax: 5.17, srMin: 1.05 },
  'deciduous broadleaf': { ndviMax: 0.747, ndviMin: 0.023, srMax: 6.91, srMin: 1.05 },
  shrub: { ndviMax: 0.636, ndviMin: 0.023, srMax: 4.49, srMin: 1.05 },
  grass: { ndviMax: 0.634, ndviMin: 0.023, srMax: 4.46, srMin: 1.05 },
};
