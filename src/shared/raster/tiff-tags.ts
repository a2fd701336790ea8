import { CitysinkError } from '../errors.ts';

/** Numbers of the TIFF and GeoTIFF tags that are read. */
export const TAG = {
  newSubfileType: 254,
  subfileType: 255,
  imageWidth: 256,
  imageLength: 257,
  bitsPerSample: 258,
  compression: 259,
  photometric: 262,
  fillOrder: 266,
  stripOffsets: 273,
  orientation: 274,
  samplesPerPixel: 277,
  rowsPerStrip: 278,
  stripByteCounts: 279,
  planarConfiguration: 284,
  predictor: 317,
  tileWidth: 322,
  tileLength: 323,
  tileOffsets: 324,
  tileByteCounts: 325,
  sampleFormat: 339,
  modelPixelScale: 33550,
  modelTiepoint: 33922,
  modelTransformation: 34264,
  geoKeyDirectory: 34735,
  gdalMetadata: 42112,
  gdalNodata: 42113,
} as const;

/** Values of one image's tags, as the parser gave them: numbers, texts or arrays of numbers. Not yet trusted. */
export type TagBag = ReadonlyMap<number, unknown>;

function corrupt(tag: number, found: unknown): CitysinkError {
  return new CitysinkError('RASTER_CORRUPT', `tag ${tag} has a value that is not a whole number: ${String(found)}`);
}

/** First value of a tag that holds whole numbers from 0; `fallback` where the tag is absent or empty. */
export function tagNumber(tags: TagBag, tag: number, fallback: number): number {
  const values = tagNumbers(tags, tag);
  const first = values[0];
  if (first === undefined) return fallback;
  if (!Number.isSafeInteger(first) || first < 0) throw corrupt(tag, first);
  return first;
}

/** All values of a numeric tag; empty where it is absent. */
export function tagNumbers(tags: TagBag, tag: number): readonly number[] {
  const value = tags.get(tag);
  if (value === undefined || value === null) return [];
  if (typeof value === 'number') return [value];
  if (typeof value === 'string') throw corrupt(tag, value.slice(0, 40));
  return Array.from(value as ArrayLike<number>, Number);
}

/** Text of an ASCII tag without its closing NULs; null where it is absent or no text. */
export function tagText(tags: TagBag, tag: number): string | null {
  const value = tags.get(tag);
  return typeof value === 'string' ? value.replace(/\0+$/, '') : null;
}
