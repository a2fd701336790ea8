/** Texts of the files that `citysink init` writes. Pure: no file, no clock. */

/** Plain where YAML reads the word as text, quoted where it would be a number, a date or a truth value. */
function yamlText(word: string): string {
  const plain = /^[a-z][a-z0-9-]*$/.test(word) && !['true', 'false', 'null', 'yes', 'no', 'on', 'off'].includes(word);
  return plain ? word : JSON.stringify(word);
}

/** A commented spec for a city (short name: lower-case letters, digits, dashes). */
export function specTemplate(city: string): string {
  return `# What citysink measures: one city, one year. Paths are relative to this file; s3://bucket/key works everywhere.
# Every key is described in docs/spec.md.

# Short name: lower-case letters, digits, dashes. It names the folder of results.
city: ${yamlText(city)}

# Name in reports, by language.
# name: { en: Hangzhou, zh: 杭州 }

# Year that the land cover stands for.
year: 2021

# Districts to report on (GeoJSON). The city is their union.
zones:
  url: ./zones.geojson
  # id: code                # property with a unique id; default: numbered from 1
  # label: name             # property with the name; default: the id
  # crs: EPSG:4326          # default: the file's own crs member, else WGS 84, longitude first

# Analysis grid. Default: the land cover's own grid.
# grid: { crs: EPSG:32632, resolution: 10 }

# How cell areas are measured: plane (the CRS's own units) or ellipsoid.
# Default: ellipsoid for geographic grids, plane for projected ones.
# area: ellipsoid

layers:
  # Land-cover classes, for example ESA WorldCover: a file, a folder, a glob or a list of these.
  landcover:
    scenes: ./scenes/landcover/
    nodata: 0               # code that means missing; default: the file's own
    # match: "*_Map.tif"    # glob on file names in a folder
    # band: 1
    # order: newest         # which scene owns a cell where several have data: listed (default), newest, oldest, name
    # anonymous: true       # public bucket, read without credentials

# Carbon by class: densities t C/ha, rates t C/ha/yr. Columns are described in docs/factors.md.
# The file that init writes has values for ESA WorldCover codes with their sources. Three codes are not in it, because
# no sourced number is at hand. Add them if they occur in the city: a class without a row is an error, never zero.
#   50 built-up             zero if you take sealed ground as empty; 33.8 t C/ha of soil (0-20 cm, residential land in
#                           Fuzhou, ChinaXiv-201803.00258) times the unsealed share is another choice
#   70 snow and ice         no value
#   80 permanent water      no value; zero is a choice of yours, not a measurement
# Such a row reads, for example: 50,Built-up,false,true,0,0,0,0,0,0,"assumption: sealed ground holds no carbon"
factors: ./factors.csv

# Emissions of the city, to give sequestration as a share of them: t CO2 (not t C), year and source of the inventory.
# emissions: { t_co2: 31415926, year: 2021, source: "city inventory 2021" }

# Where results go: <results>/<city>/<run>/
results: ./results/
`;
}

const FOREST =
  'Zhejiang forests (Li et al. 2016, doi:10.17521/cjpe.2015.0193): tree 24.65 + shrub-herb 3.36 split by root:shoot 0.23 (IPCC 2019 Table 4.4), litter 2.28, soil 0-100 cm; ' +
  'uptake: China forests 154.8 Tg C/yr over 174.1 Mha (Yang et al. 2022, BG 19:2989), soil 0.20 of vegetation (China forests 2004-08)';
const GRASS =
  'China grassland region R6, subtropical shrub-tussock (doi:10.1038/srep21378 Table 1); dead wood not counted; uptake: Guangdong grass 0.2 t CO2 (Lyu et al. 2023, Acta Geogr. Sin. 78(3):640)';
const CROP =
  'annual crop biomass not counted; soil: Zhejiang cropland, depth not stated (Li et al. 2023, Geoderma Reg. e00679); soil uptake: Guangdong cropland -0.1 t CO2 (Lyu et al. 2023)';
const WETLAND =
  'weak: whole stock of Bosten basin wetlands put in soil (doi:10.1038/s41598-024-78693-9 Table 7); uptake: Guangdong wetland 0.6 t CO2 (Lyu et al. 2023), CH4 ignored';
const BARE = 'Mata watershed, Loess Plateau, other land (ChinaXiv-202103.00039)';

const FACTOR_ROWS: readonly (readonly [number, string, boolean, readonly number[], string])[] = [
  [10, 'Tree cover', true, [22.77, 5.24, 2.28, 90.51, 0.89, 0.18], FOREST],
  [20, 'Shrubland', true, [1.17, 5.11, 0, 90.12, 0.055, 0], GRASS],
  [30, 'Grassland', true, [1.17, 5.11, 0, 90.12, 0.055, 0], GRASS],
  [40, 'Cropland', false, [0, 0, 0, 45.69, 0, -0.027], CROP],
  [60, 'Bare or sparse vegetation', false, [0, 0, 0, 40.9, 0, 0], BARE],
  [90, 'Herbaceous wetland', true, [0, 0, 0, 204.27, 0, 0.164], WETLAND],
  [95, 'Mangroves', true, [22.77, 5.24, 2.28, 90.51, 0.89, 0.18], `taken as forest; ${FOREST}`],
  [100, 'Moss and lichen', true, [1.17, 5.11, 0, 90.12, 0.055, 0], `taken as grass; ${GRASS}`],
];

/**
 * A factor table for ESA WorldCover codes: East China values with their sources, to be replaced by local ones.
 * Codes 50, 70 and 80 have no sourced value and no row; the spec says so.
 */
export function factorsTemplate(): string {
  const header = 'class,name,green,built,above,below,dead,soil,sequestration,soil_sequestration,source';
  const rows = FACTOR_ROWS.map(
    ([code, name, green, values, source]) =>
      `${code},${name},${green},false,${values.join(',')},"${source.replaceAll('"', '""')}"`,
  );
  return `${[header, ...rows].join('\n')}\n`;
}
