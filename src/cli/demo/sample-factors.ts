/** @pure Coefficients for the sample's classes, with the paper that each comes from; t C/ha and t C/ha/yr. */

/**
 * Standard errors: the papers print none for these means, so 30 % of a stock and 50 % of a flux stand in.
 * That is a convention of this project, named in every source below, and no measurement.
 */
const STOCK_SE = 0.3;
const FLUX_SE = 0.5;
const SE_NOTE = 'SE by convention: 30 % of stocks and 50 % of fluxes';

interface Row {
  readonly code: number;
  readonly en: string;
  readonly zh: string;
  readonly green: boolean;
  readonly built: boolean;
  /** above, below, dead, soil: t C/ha. */
  readonly stocks: readonly [number, number, number, number];
  /** vegetation, soil: t C/ha/yr. */
  readonly fluxes: readonly [number, number];
  readonly source: string;
}

const ZHEJIANG =
  'Li et al. 2016 doi:10.17521/cjpe.2015.0193 (Zhejiang mean; tree and shrub-herb layers split by root:shoot 0.23)';
const FOREST_FLUX = 'Yang et al. 2022 Biogeosciences 19:2989 (154.8 Tg C/yr; soil 0.20 of vegetation)';
const GRASS =
  'stocks srep21378 Tab. 1 (subtropical shrub-tussock); flux Lyu 2023 Acta Geogr. Sin. 78(3):640 Tab. 7 (Guangdong grass)';
const LYU = 'Lyu 2023 Acta Geogr. Sin. 78(3):640 Tab. 7 (Guangdong)';

const URBAN_GREEN =
  'vegetation Chen 2015 doi:10.1016/j.cities.2015.01.005 (mean of 35 Chinese cities, split by root:shoot 0.23); soil: lawns of Shanghai (abstract, depth not stated)';

const ROWS: readonly Row[] = [
  {
    code: 10,
    en: 'Tree cover',
    zh: '林地',
    green: true,
    built: false,
    stocks: [22.77, 5.24, 2.28, 90.51],
    fluxes: [0.89, 0.18],
    source: `${ZHEJIANG}; flux ${FOREST_FLUX}`,
  },
  {
    code: 20,
    en: 'Shrubland',
    zh: '灌木地',
    green: true,
    built: false,
    stocks: [1.17, 5.11, 0, 90.12],
    fluxes: [0.055, 0],
    source: GRASS,
  },
  {
    code: 30,
    en: 'Grassland',
    zh: '草地',
    green: true,
    built: false,
    stocks: [1.17, 5.11, 0, 90.12],
    fluxes: [0.055, 0],
    source: GRASS,
  },
  {
    code: 40,
    en: 'Cropland',
    zh: '耕地',
    green: false,
    built: false,
    stocks: [0, 0, 0, 45.69],
    fluxes: [0, -0.027],
    source: `soil Li et al. 2023 Geoderma Reg. e00679 (Zhejiang cropland; depth not stated); annual crop biomass not counted; flux ${LYU}`,
  },
  {
    code: 50,
    en: 'Built-up',
    zh: '建设用地',
    green: false,
    built: true,
    stocks: [0, 0, 0, 0],
    fluxes: [0, 0],
    source: 'sealed ground is taken as zero (convention of this project)',
  },
  {
    code: 60,
    en: 'Bare / sparse vegetation',
    zh: '裸地',
    green: false,
    built: false,
    stocks: [0, 0, 0, 40.9],
    fluxes: [0, 0],
    source: 'soil ChinaXiv-202103.00039 (Mata watershed, class other)',
  },
  {
    code: 80,
    en: 'Permanent water bodies',
    zh: '水体',
    green: false,
    built: false,
    stocks: [0, 0, 0, 0],
    fluxes: [0, 0],
    source: 'no sourced value for open water of East China: counted as zero on purpose',
  },
  {
    code: 90,
    en: 'Herbaceous wetland',
    zh: '湿地',
    green: true,
    built: false,
    stocks: [0, 0, 0, 204.27],
    fluxes: [0, 0.164],
    source: `weak: total of s41598-024-78693-9 T7 (Bosten basin) put in soil; flux ${LYU}; CH4 ignored`,
  },
  // No code of the land cover: green patches inside of built-up land, by their size.
  {
    code: 1009,
    en: 'Urban green, large',
    zh: '大型城市绿地',
    green: true,
    built: false,
    stocks: [17.35, 3.99, 0, 26.5],
    fluxes: [2.16, 0],
    source: URBAN_GREEN,
  },
  {
    code: 1010,
    en: 'Urban green, small',
    zh: '小微城市绿地',
    green: true,
    built: false,
    stocks: [17.35, 3.99, 0, 26.5],
    fluxes: [2.16, 0],
    source: URBAN_GREEN,
  },
];

const STOCKS = ['above', 'below', 'dead', 'soil'] as const;
const FLUXES = ['sequestration', 'soil_sequestration'] as const;

/** Mixed depths are a known weakness of the table: forest and grass soils to 100 cm, the others as their papers have it. */
export function sampleFactorsCsv(): string {
  const head = [
    'class',
    'name',
    'name_zh',
    'green',
    'built',
    ...[...STOCKS, ...FLUXES].flatMap((name) => [name, `${name}_se`]),
    'source',
  ];
  const lines = ROWS.map((row) =>
    [
      row.code,
      quoted(row.en),
      row.zh,
      row.green,
      row.built,
      ...row.stocks.flatMap((value) => [value, standardError(value, STOCK_SE)]),
      ...row.fluxes.flatMap((value) => [value, standardError(value, FLUX_SE)]),
      quoted(`${row.source}. ${SE_NOTE}`),
    ].join(','),
  );
  return `${[head.join(','), ...lines].join('\n')}\n`;
}

/** Rounded to a thousandth, so that the table reads well. */
function standardError(value: number, share: number): number {
  return Math.round(Math.abs(value) * share * 1000) / 1000;
}

function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}
