/** @pure The land cover of Linjiang, a city that does not exist: invented from a seed, for demonstrations and tests. */
import { hash, NOISE_MAX, noiseField } from './value-noise.ts';

/** ESA WorldCover's codes, the ones that occur in the sample. */
export const COVER = {
  nodata: 0,
  tree: 10,
  shrub: 20,
  grass: 30,
  crop: 40,
  built: 50,
  bare: 60,
  water: 80,
  wetland: 90,
} as const;

/** Grid of the sample: 24 km x 20 km of 10 m cells, UTM zone 50 N near 30 N, 120 E. */
export const SAMPLE_GRID = {
  epsg: 32650,
  originX: 760_000,
  originY: 3_340_000,
  cellM: 10,
  rows: 2000,
  cols: 2400,
} as const;

export interface LandCover {
  readonly rows: number;
  readonly cols: number;
  /** rows x cols, row-major, north first. */
  readonly codes: Uint8Array;
}

/** What the rules look at in one cell; fields are 0 to NOISE_MAX. */
interface Site {
  readonly seed: number;
  readonly row: number;
  readonly col: number;
  readonly height: number;
  readonly moisture: number;
  readonly patchiness: number;
  /** Cells to the river's middle line, less its half width: negative in the river. */
  readonly toRiver: number;
  /** 0 out of town to 65536 in the middle of a centre. */
  readonly urbanity: number;
}

/** Centres of town and water bodies: place and radius in thousandths of the grid's rows. */
const CENTRES = [
  { row: 440, col: 590, radius: 260 },
  { row: 700, col: 860, radius: 115 },
  { row: 250, col: 900, radius: 95 },
  { row: 690, col: 330, radius: 80 },
];
const LAKE = { row: 395, col: 425, radius: 58 };
const MARSH = { row: 300, col: 250, radius: 60 };

/** Closeness to the middle of a round place: 65536 in the middle, 0 at the radius, negative outside. */
function closeness(
  place: { row: number; col: number; radius: number },
  rows: number,
  row: number,
  col: number,
): number {
  const dRow = row - Math.trunc((place.row * rows) / 1000);
  const dCol = col - Math.trunc((place.col * rows) / 1000);
  const radius = Math.trunc((place.radius * rows) / 1000);
  return 65_536 - Math.trunc(((dRow * dRow + dCol * dCol) * 65_536) / (radius * radius));
}

/** Land cover of the whole city before any satellite looks at it. */
export function makeLandCover(
  seed: number,
  rows: number = SAMPLE_GRID.rows,
  cols: number = SAMPLE_GRID.cols,
): LandCover {
  const height = noiseField(rows, cols, seed + 1, [
    { step: 400, weight: 110 },
    { step: 150, weight: 80 },
    { step: 50, weight: 40 },
    { step: 15, weight: 26 },
  ]);
  const moisture = noiseField(rows, cols, seed + 2, [
    { step: 120, weight: 110 },
    { step: 37, weight: 80 },
    { step: 9, weight: 66 },
  ]);
  const patchiness = noiseField(rows, cols, seed + 3, [
    { step: 23, weight: 120 },
    { step: 10, weight: 80 },
    { step: 4, weight: 56 },
  ]);
  const river = riverLine(seed, rows, cols);
  const codes = new Uint8Array(rows * cols);
  for (let row = 0; row < rows; row += 1) {
    for (let col = 0; col < cols; col += 1) {
      const i = row * cols + col;
      const toRiver = Math.abs(row - river.middle[col]!) - river.halfWidth[col]!;
      const urbanity = CENTRES.reduce((most, centre) => Math.max(most, closeness(centre, rows, row, col)), 0);
      const hill = height[i]! + 16 * Math.min(toRiver, 1200) - (urbanity >> 1);
      codes[i] = coverOf(
        { seed, row, col, height: hill, moisture: moisture[i]!, patchiness: patchiness[i]!, toRiver, urbanity },
        rows,
      );
    }
  }
  return { rows, cols, codes };
}

/** A river from the west edge to the east: the row of its middle and its half width in cells, for each column. */
function riverLine(seed: number, rows: number, cols: number): { middle: Int32Array; halfWidth: Int32Array } {
  const bends = noiseField(1, cols, seed + 4, [
    { step: 520, weight: 200 },
    { step: 170, weight: 56 },
  ]);
  const widths = noiseField(1, cols, seed + 5, [{ step: 90, weight: 256 }]);
  const reach = Math.trunc(rows / 2);
  return {
    middle: bends.map((bend) => Math.trunc((rows * 33) / 100) + Math.trunc((bend * reach) / NOISE_MAX)),
    halfWidth: widths.map((width) => 14 + (width >> 11)),
  };
}

/** The first rule that fits decides: water, wetland, town, hills, fields. */
function coverOf(site: Site, rows: number): number {
  const ripple = (site.patchiness >> 1) - (NOISE_MAX >> 2);
  const bulge = site.moisture - (NOISE_MAX >> 1);
  if (site.toRiver < 0 || closeness(LAKE, rows, site.row, site.col) + bulge > 0) return COVER.water;
  if (closeness(MARSH, rows, site.row, site.col) + bulge + ripple > 0) return marshCover(site);
  if (site.toRiver < 14 && site.moisture > 41_000) return COVER.wetland;
  if (site.urbanity + bulge + ripple > 24_000) return townCover(site);
  if (site.height > 43_000) return hillCover(site);
  return fieldCover(site);
}

function marshCover({ moisture, patchiness }: Site): number {
  if (patchiness > 40_000) return COVER.water;
  return moisture > 38_000 ? COVER.tree : COVER.wetland;
}

/** Built-up ground with parks of some hectares, gardens of a few cells, street trees of one, and building sites. */
function townCover({ seed, row, col, moisture, patchiness, urbanity }: Site): number {
  if (patchiness > 45_500) return moisture > 33_000 ? COVER.tree : COVER.grass;
  const isStreet = row % 26 === 3 || col % 31 === 5;
  if (isStreet && (hash(seed + 6, row, col) & 7) < 3) return COVER.tree;
  const garden = hash(seed + 7, Math.trunc(row / 6), Math.trunc(col / 6)) & 63;
  if (garden < 3 && row % 6 < 2 + garden && col % 6 < 3) return garden === 0 ? COVER.grass : COVER.tree;
  return urbanity < 34_000 && moisture < 24_500 ? COVER.bare : COVER.built;
}

/** Forest, thinner towards its edge and in dry places; a quarry here and there. */
function hillCover({ height, moisture, patchiness }: Site): number {
  if (patchiness < 14_500 && moisture < 26_000) return COVER.bare;
  if (height < 45_500) return moisture > 30_000 ? COVER.shrub : COVER.grass;
  return moisture < 20_000 ? COVER.shrub : COVER.tree;
}

/** Fields with villages, ponds, copses and a net of country roads. */
function fieldCover({ seed, row, col, moisture, patchiness }: Site): number {
  if (patchiness > 48_500) return COVER.built;
  if (row % 211 === 100 || col % 263 === 40) return COVER.built;
  if (patchiness < 13_500) return moisture > 36_000 ? COVER.water : COVER.tree;
  const parcel = hash(seed + 8, Math.trunc(row / 19), Math.trunc(col / 27)) & 31;
  if (parcel === 0) return COVER.grass;
  return parcel === 1 ? COVER.shrub : COVER.crop;
}
