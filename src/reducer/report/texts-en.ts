/** @pure Words of the report in English. Every sentence must hold for any figures: negative, missing, partial, one district. */
export const EN = {
  title: (city: string, year: number) => `Carbon sink of ${city}, ${year}`,
  subtitle: 'Carbon stored in the land and taken up each year',
  language: 'Language',
  contents: 'Contents',
  skip: 'Skip to the figures',
  done: 'Complete',
  partial: 'Partial',
  partialNote: (coverage: string, inputs: number) =>
    `Some input could not be read (${inputs} named under Warnings). All figures are of the ${coverage} of the area that was seen; nothing is filled in for the rest.`,
  partialNoteUnknown: (inputs: number) =>
    `Some input could not be read (${inputs} named under Warnings), and no area was seen.`,

  headline: 'Key figures',
  storage: 'Storage',
  sequestration: 'Sequestration',
  offset: 'Offset',
  unitStorage: 't C',
  unitStorageCo2: 't CO₂e',
  unitRate: 't C/yr',
  unitRateCo2: 't CO₂e/yr',
  unitDensity: 't C/ha',
  unitRateDensity: 't C/ha/yr',
  storageWords: 'Carbon that the land holds.',
  uptakeWords: 'Carbon that the land takes up in a year.',
  sourceWords: 'Below zero: the land gives off more carbon than it takes up.',
  offsetWords: (emissions: string, year: number) => `of ${emissions} t CO₂ emitted in ${year}`,
  colon: ': ',
  space: ' ',
  offsetSource: 'Source of the emissions',
  noOffset: 'No emissions were given, so no share of them is stated.',
  noOffsetRate: 'Without a rate of sequestration there is no share of emissions.',
  noStorage: 'The factor table has no densities, so storage is not measured.',
  noSequestration: 'The factor table has no rates, so sequestration is not measured.',
  interval: (low: string, high: string, unit: string) => `95 % of draws lie between ${low} and ${high} ${unit}`,
  noInterval: 'No interval: the factors have no standard errors.',
  lowerBound: (inputs: number) =>
    inputs === 1
      ? '1 input has no error: the interval is at least so wide'
      : `${inputs} inputs have no error: the interval is at least so wide`,
  coverage: 'Coverage',
  coverageNote: (seen: string, all: string, coverage: string) => `${seen} of ${all} ha were seen (${coverage}).`,
  coverageNone: 'No cell of the grid has its centre in a district.',
  bounds: (what: string, low: string, high: string, unit: string) =>
    `If all that was not seen were of the poorest or of the richest class, ${what} would be ${low} to ${high} ${unit}.`,
  storageLower: 'storage',
  sequestrationLower: 'sequestration',

  map: 'Map of the districts',
  measure: 'Measure',
  mapStorage: 'Storage, t C/ha',
  mapSequestration: 'Sequestration, t C/ha/yr',
  mapLeftOut: 'Share of storage in soil and small green, %',
  mapLeftOutSoil: 'Share of storage in soil, %',
  mapCoverage: 'Coverage, %',
  mapRange: (measure: string, lowName: string, low: string, highName: string, high: string) =>
    `${measure}: lowest in ${lowName} (${low}), highest in ${highName} (${high}).`,
  mapOne: (measure: string, name: string, value: string) =>
    `${measure}: ${value} in ${name}, the only district with a figure.`,
  mapSame: (measure: string, value: string) => `${measure}: ${value} in all districts with a figure.`,
  mapNone: (measure: string) => `${measure}: no district has a figure.`,
  mapLegend: (from: string, to: string) => `${from} to ${to}`,
  mapNoFigure: 'no figure',
  mapTwin:
    'The table of districts below has the same figures; numbers on the map are places in it. Outlines are simplified for drawing; zones.geojson has them whole.',
  north: 'North is up.',
  noMap: 'No outline can be drawn.',
  scaleBar: (length: string) => `${length} km`,
  pictureRange: (title: string, low: string, high: string, unit: string) =>
    `${title} of each place, from ${low} to ${high} ${unit}; darker is further from 0, and what has no value is left blank.`,
  pictureSame: (title: string, value: string, unit: string) => `${title}: ${value} ${unit} wherever there is a value.`,
  pictureClasses: (count: number) =>
    count === 1 ? 'One class is in sight.' : `${count} classes are in sight; what has no value is left blank.`,
  pictureEmpty: 'No cell has a value.',
  pictureCells: ' Each cell of the map is drawn.',
  picturePixels: (cells: number, isCodes: boolean) =>
    ` A pixel stands for ${cells} by ${cells} cells: ${isCodes ? 'the most frequent class of them' : 'their mean'}. The folder maps/ has every cell.`,
  pictureLow: 'low',
  pictureHigh: 'high',
  pictureNone: 'blank: no value',

  ranking: 'Districts',
  rankingWords: (count: number, name: string, value: string, last: string, lastValue: string) =>
    `Of ${count} districts, ${name} stores most per hectare (${value} t C/ha) and ${last} least (${lastValue} t C/ha).`,
  rankingOne: (name: string, value: string) => `${name} is the only district with a figure: ${value} t C/ha.`,
  rankingSame: (count: number, value: string) =>
    `All ${count} districts with a figure store the same per hectare: ${value} t C/ha.`,
  rankingNone: 'No district has a storage per hectare, so they stand in the order of the file.',
  rank: 'Rank',
  district: 'District',
  area: 'Area, ha',
  storageCol: 'Storage, t C',
  densityCol: 'Storage, t C/ha',
  rateCol: 'Sequestration, t C/yr',
  rateDensityCol: 'Sequestration, t C/ha/yr',
  coverageCol: 'Coverage',
  leftOutCol: 'In soil and small green, %',
  leftOutColSoil: 'In soil, %',
  city: 'City',
  rankedBy: 'Districts by storage per hectare',
  moreRows: (count: number) => `${count} more rows are in totals.csv.`,
  belowCell: 'smaller than a cell',

  classes: 'Land cover and pools',
  classesWords: (name: string, value: string, pool: string, poolValue: string) =>
    `Of the classes, ${name} holds most (${value} t C); of the pools, ${pool} (${poolValue} t C).`,
  classesNone: 'No class has a storage: the factor table has no densities, or nothing was seen.',
  class: 'Class',
  above: 'Above ground',
  below: 'Below ground',
  dead: 'Dead matter',
  soil: 'Soil',
  aboveCol: 'Above ground, t C',
  belowCol: 'Below ground, t C',
  deadCol: 'Dead matter, t C',
  soilCol: 'Soil, t C',
  classesCaption: 'Storage and sequestration by class',
  poolsMissing: (pools: string) => `Not in storage, as the factor table has no column of it: ${pools}.`,
  allClasses: 'All classes',

  scenarios: 'With and without soil and small green',
  scenariosSoil: 'With and without soil',
  scenariosWords: (what: string, storage: string, sequestration: string) =>
    `Without ${what}, ${storage}, and ${sequestration}.`,
  soilAndGreen: 'soil and small green spaces',
  soilAlone: 'soil',
  wouldBe: (what: string, bare: string, whole: string, unit: string, change: string) =>
    `${what} would be ${bare} in place of ${whole} ${unit}${change}`,
  changeLess: (size: string) => ` (${size} less)`,
  changeMore: (size: string) => ` (${size} more)`,
  lessThanTenth: 'less than 0.1 %',
  theSame: (what: string, value: string, unit: string) => `${what} would be the same, ${value} ${unit}`,
  greenAlone: 'small green spaces',
  nothingToCompare: 'Nothing to compare: neither soil nor small green spaces are counted, or nothing of the city is.',
  leftOutInterval: (what: string, low: string, high: string) =>
    `Storage in ${what}: 95 % of draws lie between ${low} and ${high} t C.`,
  amountsOf: (coverage: string) => `Amounts are of the ${coverage} of the area that was seen.`,
  notMeasured: (what: string) => `${what} would not be measured`,
  noneAnyway: (what: string) => `${what} is not measured in either case`,
  rankWords: (value: string) =>
    `Ranked by storage per hectare, the districts would stand in an order with a correlation of ${value} to the order with them (1: the same order; -1: the reverse).`,
  rankNone: 'Fewer than three districts, or districts that are all equal, have no order to compare.',
  scenariosCaption: 'The same city counted in different ways',
  counted: 'Counted',
  soilCounted: 'Soil',
  greenCounted: 'Small green',
  yes: 'with',
  no: 'without',
  notSought: 'not sought',
  offsetCol: 'Offset, %',

  green: 'Green spaces in built-up land',
  greenWords: (patches: string, area: string, small: string, smallPatches: string, smallArea: string) =>
    `${patches} patches of green space cover ${area} ha; those below ${small} ha are ${smallPatches} of the patches and ${smallArea} of the area.`,
  greenNone: 'No patch of green space was found inside of built-up land.',
  greenCaption: 'Patches of green by size',
  size: 'Size, ha',
  sizeFrom: (from: string, to: string) => `${from} to below ${to}`,
  sizeOver: (from: string) => `${from} and more`,
  patches: 'Patches',
  patchShare: 'Share of patches',
  areaShare: 'Share of area',
  greenChart: 'Share of all patches, and of their area, by the size of a patch in ha.',
  greenBelow: (min: string, patches: string, area: string) =>
    `Patches below ${min} ha are no green space here: ${patches} of them, ${area} ha, count as built-up land. The sizes in the chart include them.`,
  greenMixture: (green: string, looked: string) =>
    `In cells that show no green, ${green} of ${looked} ha are green by the mixture of their NDVI; that counts as small green.`,
  greenPixel: (pixel: string) => `Green smaller than one pixel of what shows it (${pixel} m²) is not seen.`,

  flux: 'Flux by model',
  fluxWords: (nep: string, area: string, coefficients: string) =>
    `By the model (CASA), the ${area} ha modelled without cropland take up ${nep} t C a year net of respiration (NEP; below zero they give it off); the coefficients give ${coefficients} t C for the whole city. The model is in no sum above.`,
  fluxNpp: (npp: string, area: string) =>
    `By the model (CASA), plants on the ${area} ha modelled without cropland take up ${npp} t C a year (NPP). Respiration is not modelled, so this is no sink.`,
  fluxNone: 'The model has nothing to work with: no class has an eps_max and all months.',
  fluxCaption: 'Model beside coefficients, by class',
  modelled: 'Modelled, ha',
  npp: 'NPP, t C/ha/yr',
  rh: 'Respiration, t C/ha/yr',
  nep: 'NEP, t C/ha/yr',
  ratio: 'NEP over coefficient',
  crop: 'cropland, in no headline',

  change: 'Change between two dates',
  changeLost: (from: number, to: number, tC: string, ha: string) =>
    `From ${from} to ${to} the land lost ${tC} t C by change of class, over ${ha} ha seen on both dates.`,
  changeStored: (from: number, to: number, tC: string, ha: string) =>
    `From ${from} to ${to} the land stored ${tC} t C more by change of class, over ${ha} ha seen on both dates.`,
  changeNone: (from: number, to: number, ha: string) =>
    `From ${from} to ${to} storage did not change, over ${ha} ha seen on both dates.`,
  changeCaption: 'Changes of class by what they stored or lost',
  from: 'From',
  to: 'To',
  changeCol: 'Change, t C',
  lost: 'lost',
  stored: 'stored',
  worth: (value: string, currency: string, per: string) =>
    `Net present value: ${value} ${currency} (${per} ${currency} a tonne of carbon).`,
  changeMost: (shown: number, all: number) => `The ${shown} largest of ${all} changes; totals.json has all.`,

  uncertainty: 'Where the intervals come from',
  causesStorage: 'Causes of the spread of storage',
  causesSequestration: 'Causes of the spread of sequestration',
  causesWords: (what: string, name: string, value: string) =>
    `Most of the spread of ${what} comes from ${name} (${value} of the variance).`,
  causesNone: (what: string) => `Nothing is known of the spread of ${what}.`,
  cause: 'Cause',
  varianceShare: 'Share of variance',
  uncertaintyNone: 'The factor table has no standard errors and no accuracy was given: figures have no intervals.',

  layers: 'Measured layers',
  layersWords: 'Means over the cells that have a class and a value, by area.',
  layer: 'Layer',
  mean: 'Mean',
  unit: 'Unit',

  accuracy: 'Accuracy of the land cover',
  accuracyWords: (overall: string, error: string) =>
    `By the sample, ${overall} ± ${error} % of the area is classed rightly (standard error).`,
  mapped: 'Mapped, ha',
  adjusted: 'By the sample, ha',
  adjustedSe: 'Standard error, ha',
  users: "User's accuracy",
  producers: "Producer's accuracy",

  methods: 'How this was counted',
  methodCells: (width: string, height: string, unit: string) =>
    `The city is cut into cells of ${width} by ${height} ${unit}. Each cell has one class of land cover: that of the first scene, in order, with valid data there.`,
  degrees: 'degrees',
  metres: 'm',
  mapUnits: 'units of the grid',
  methodCentre:
    'A cell counts for the first district, in the order of the file, whose outline contains its centre. The city is the union of its districts.',
  methodCoverage:
    'A cell counts for each district by the share of it that the outline covers. The city is the union of its districts.',
  methodPlane: 'Areas are those of the plane of the grid.',
  methodEllipsoid: 'Areas are those of the ellipsoid, cell by cell.',
  methodStorage:
    'Storage is the density of a class (t C/ha) times its area, summed over pools. Sequestration is its rate (t C/ha/yr) times its area; above zero the land takes up.',
  methodSoil: 'Soil comes from a raster where it has a value, else from the factor table.',
  methodGreen: (min: string, small: string) =>
    `Green spaces are patches of green cells inside of built-up land, joined over the whole city: from ${min} ha on they count, below ${small} ha they are small.`,
  methodCo2: 'Carbon is elemental carbon; CO₂e is carbon times 44/12.',
  methodInterval: (draws: string) =>
    `Intervals: ${draws} draws of the coefficients within their standard errors, the same draw for all districts; the outer 2.5 % on either side are left out.`,
  methodCoverageWord:
    'Coverage is the area with a class over the area of the district. What was not seen is counted as nothing and named.',
  methodDash: 'A dash stands for what was not measured. It is not zero.',
  methodLimits:
    'Densities and rates are averages of a class. Figures of single cells or small districts say less than those of the city.',

  factors: 'Factors and their sources',
  factorsWords: (classes: number) =>
    `${classes} classes have coefficients. Densities in t C/ha, rates in t C/ha/yr, ± standard error.`,
  factorsCaption: 'Coefficients by class',
  rates: 'Sequestration',
  soilRate: 'Soil sequestration',
  source: 'Source',
  tags: 'Origin',
  absent: 'does not occur here',
  factorTable: 'Table',
  tagRead: 'read: printed in the source',
  tagDerived: 'derived: computed from such numbers',
  tagAssumed: 'assumed: a choice',
  tagRecalled: 'recalled: from memory, no source was read',

  warnings: 'Warnings and notes',
  warningsNone: 'There are none.',
  warningsLanguage: 'In the words of the program:',
  unreadTitle: 'Not read',
  notesTitle: 'Notes',
  overlapsTitle: 'Overlapping districts',
  overlap: (first: string, later: string, cells: string, ha: string) =>
    `${first} and ${later} share ${cells} cells (${ha} ha); they count for ${first}.`,
  failuresTitle: 'Tiles that were not counted',
  moreInJson: (count: number) => `${count} more are in totals.json.`,
  tile: 'Tile',

  provenance: 'Provenance',
  run: 'Run',
  software: 'Software',
  model: 'Counting',
  grid: 'Grid',
  gridCell: 'Cell',
  gridReason: 'Why this grid',
  areaRule: 'Area rule',
  zoneRule: 'District rule',
  zonesFile: 'Districts',
  factorsFile: 'Factor table',
  spec: 'Spec',
  scenes: 'Scenes',
  scenesWords: (count: number) =>
    count === 1 ? '1 scene was planned.' : `${count} scenes were planned, in the order of ownership within a layer.`,
  url: 'Place',
  etag: 'ETag',
  sizeBytes: 'Bytes',
  modified: 'Changed',
  usedBy: 'Layers',
  digest: 'Digest',
  madeBy: (version: string) => `Made by citysink ${version}.`,
  files:
    'Beside this report stand totals.csv, totals.json, totals.xlsx, totals.parquet, zones.geojson, zones.gpkg, item.json and, last, manifest.json with the digest of each.',
} as const;

/** The same keys and arguments in every language. */
export type Texts = {
  readonly [K in keyof typeof EN]: (typeof EN)[K] extends (...words: infer A) => string
    ? (...words: A) => string
    : string;
};
