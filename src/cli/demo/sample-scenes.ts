/** @pure Two satellite scenes cut from the sample's land cover: they overlap, differ in season and end in slanted edges. */
import { COVER, type LandCover } from './sample-city.ts';
import { hash } from './value-noise.ts';

export interface SampleScene {
  readonly name: string;
  /** Date of the imagery, ISO 8601. */
  readonly date: string;
  /** Column of the land cover where the scene begins; scenes have all its rows. */
  readonly col: number;
  readonly rows: number;
  readonly cols: number;
  /** rows x cols, row-major; COVER.nodata outside of the swath. */
  readonly codes: Uint8Array;
}

/** Columns that the swath's edge moves per 1000 rows: the tilt of an orbit of 98 degrees at 30 degrees north. */
const TILT_PER_1000_ROWS = 190;

/**
 * The western scene of spring and the eastern one of autumn. Their swaths overlap in the middle, so one of them has to own
 * each cell there, and the eastern swath leaves a sliver of the south-east corner that no scene covers.
 */
export function cutScenes(city: LandCover, seed: number): readonly [SampleScene, SampleScene] {
  const third = Math.trunc(city.cols / 3);
  const overlap = Math.trunc(city.cols / 20);
  const west = cut(city, { name: 'linjiang-2021-05-12-west', date: '2021-05-12', col: 0, cols: 2 * third + overlap });
  const east = cut(afterHarvest(city, seed), {
    name: 'linjiang-2021-10-19-east',
    date: '2021-10-19',
    col: third + overlap,
    cols: city.cols - third - overlap,
  });
  const westEnd = west.cols;
  const sliver = city.cols - east.col + Math.trunc((city.rows * 8) / 100);
  blankOutside(west, (row) => [0, westEnd - tilt(row)]);
  blankOutside(east, (row) => [tilt(city.rows - row), sliver - tilt(row)]);
  return [west, east];
}

function tilt(rows: number): number {
  return Math.trunc((rows * TILT_PER_1000_ROWS) / 1000);
}

function cut(city: LandCover, place: Pick<SampleScene, 'name' | 'date' | 'col' | 'cols'>): SampleScene {
  const codes = new Uint8Array(city.rows * place.cols);
  for (let row = 0; row < city.rows; row += 1) {
    const from = row * city.cols + place.col;
    codes.set(city.codes.subarray(from, from + place.cols), row * place.cols);
  }
  return { ...place, rows: city.rows, codes };
}

/** Erases, in place, the cells of each row outside of `[first, end)`. */
function blankOutside(scene: SampleScene, span: (row: number) => readonly [number, number]): void {
  for (let row = 0; row < scene.rows; row += 1) {
    const [first, end] = span(row);
    const line = scene.codes.subarray(row * scene.cols, (row + 1) * scene.cols);
    line.fill(COVER.nodata, 0, Math.max(0, first));
    line.fill(COVER.nodata, Math.min(scene.cols, Math.max(0, end)));
  }
}

/** In autumn one parcel of fields in eight lies bare: where the scenes overlap, the owner decides what is counted. */
function afterHarvest(city: LandCover, seed: number): LandCover {
  const codes = city.codes.map((code, i) => {
    if (code !== COVER.crop) return code;
    const row = Math.trunc(i / city.cols);
    const parcel = hash(seed + 9, Math.trunc(row / 19), Math.trunc((i % city.cols) / 27));
    return (parcel & 7) === 0 ? COVER.bare : code;
  });
  return { ...city, codes };
}
