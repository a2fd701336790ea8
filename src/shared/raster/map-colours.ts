import type { MapCells } from './map-blocks.ts';

/** Colours of maps: ramps that rise or fall in lightness only, so that every eye and a grey print tell high from low. */

/** `#rrggbb`. */
export type Hex = string;

/** Low to high: pale to dark. */
export const STOCK_RAMP: readonly Hex[] = [
  '#f7f6d4',
  '#d9e7a5',
  '#a9d18b',
  '#6db57d',
  '#3a9573',
  '#197365',
  '#0d5157',
  '#0b3146',
];

/** Below 0 orange, 0 pale, above 0 blue: both sides grow darker away from 0. */
export const BOTH_WAYS_RAMP: readonly Hex[] = [
  '#8c3d04',
  '#c4661c',
  '#e9a266',
  '#f6d9bd',
  '#ece9e2',
  '#c5d9ea',
  '#7fb0d6',
  '#3a7fb8',
  '#174f86',
];

/** How values of a map become colours. Values beyond the range take the colour of its end. */
export interface ColourRange {
  readonly low: number;
  readonly high: number;
  /** From `low` to `high`, evenly spread; between them colours are mixed. */
  readonly colours: readonly Hex[];
}

export interface CodeColour {
  readonly code: number;
  readonly colour: Hex;
}

export type Colouring =
  | { readonly range: ColourRange; readonly codes: null }
  | { readonly range: null; readonly codes: readonly CodeColour[] };

/** Red, green, blue, alpha of each pixel by row, then column. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8Array;
}

const STEPS = 256;

/** Cells into pixels; nodata, NaN and codes without colour stay transparent. */
export function paintCells(
  cells: MapCells | Float64Array,
  { width, height }: { readonly width: number; readonly height: number },
  nodata: number,
  colouring: Colouring,
): Picture {
  const rgba = new Uint8Array(4 * width * height);
  const pixels = new Uint32Array(rgba.buffer);
  const colourOf = colouring.range === null ? codeColours(colouring.codes) : rangeColours(colouring.range);
  for (let cell = 0; cell < width * height; cell++) {
    const value = cells[cell]!;
    if (value !== nodata && !Number.isNaN(value)) pixels[cell] = colourOf(value);
  }
  return { width, height, rgba };
}

function codeColours(codes: readonly CodeColour[]): (value: number) => number {
  const known = new Map(codes.map(({ code, colour }) => [code, packed(rgbOf(colour))]));
  return (value) => known.get(value) ?? 0;
}

function rangeColours({ low, high, colours }: ColourRange): (value: number) => number {
  const table = Uint32Array.from({ length: STEPS }, (_, step) => packed(mixed(colours, step / (STEPS - 1))));
  // One value alone has the colour in the middle.
  if (high <= low) return () => table[STEPS / 2]!;
  const scale = (STEPS - 1) / (high - low);
  return (value) => table[Math.max(0, Math.min(STEPS - 1, Math.round((value - low) * scale)))]!;
}

type Rgb = readonly [number, number, number];

/** Parts from 0 to 255. */
export function rgbOf(colour: Hex): Rgb {
  const part = (at: number) => Number.parseInt(colour.slice(at, at + 2), 16);
  return [part(1), part(3), part(5)];
}

/** The colour at a place of a ramp, 0 its begin and 1 its end. */
function mixed(colours: readonly Hex[], place: number): Rgb {
  const at = place * (colours.length - 1);
  const from = Math.min(colours.length - 2, Math.floor(at));
  const [a, b] = [rgbOf(colours[from] ?? '#000000'), rgbOf(colours[from + 1] ?? colours[from] ?? '#000000')];
  const mix = (part: 0 | 1 | 2) => Math.round(a[part] + (b[part] - a[part]) * (at - from));
  return [mix(0), mix(1), mix(2)];
}

/** Opaque, as a little-endian word of red, green, blue, alpha. */
function packed([red, green, blue]: Rgb): number {
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

/** Each pixel as a square of `times` pixels, so that small maps can be seen. */
export function enlarged({ width, height, rgba }: Picture, times: number): Picture {
  if (times <= 1) return { width, height, rgba };
  const from = new Uint32Array(rgba.buffer, rgba.byteOffset, width * height);
  const out = new Uint32Array(width * height * times * times);
  for (let row = 0; row < height * times; row++) {
    const start = Math.floor(row / times) * width;
    for (let col = 0; col < width * times; col++)
      out[row * width * times + col] = from[start + Math.floor(col / times)]!;
  }
  return { width: width * times, height: height * times, rgba: new Uint8Array(out.buffer) };
}

/** Share of the valid cells that a range may leave out at each end: single cells must not hide all others. */
const BEYOND = 0.01;

export interface FoundRange extends ColourRange {
  /** Whether values lie below `low` or above `high`. */
  readonly has_below: boolean;
  readonly has_above: boolean;
}

/**
 * The range of a map on round numbers; from 0 where values come near it, and as far below 0 as above where both occur
 * (`bothWays`: always, for differences). null: no cell has a value.
 */
export function rangeOf(cells: MapCells | Float64Array, nodata: number, bothWays = false): FoundRange | null {
  const valid = Float64Array.from(cells).filter((value) => value !== nodata && !Number.isNaN(value));
  if (valid.length === 0) return null;
  valid.sort();
  const at = (share: number): number => valid[Math.round(share * (valid.length - 1))]!;
  const [least, largest] = [valid[0]!, valid[valid.length - 1]!];
  const ends = roundedEnds(at(BEYOND), at(1 - BEYOND), bothWays);
  // What is rare may be all that there is to see.
  const range = ends.low === ends.high && least !== largest ? roundedEnds(least, largest, bothWays) : ends;
  return { ...range, has_below: least < range.low, has_above: largest > range.high };
}

function roundedEnds(low: number, high: number, bothWays: boolean): ColourRange {
  if (bothWays || (low < 0 && high > 0)) {
    const end = roundUp(Math.max(Math.abs(low), Math.abs(high)));
    return { low: -end + 0, high: end, colours: BOTH_WAYS_RAMP };
  }
  if (low === high) return { low, high, colours: STOCK_RAMP };
  if (high <= 0)
    return { low: -roundUp(-low), high: high > 0.5 * low ? 0 : high, colours: [...BOTH_WAYS_RAMP.slice(0, 5)] };
  if (low <= 0.5 * high) return { low: 0, high: roundUp(high), colours: STOCK_RAMP };
  const step = roundUp((high - low) / 4);
  return { low: tidy(Math.floor(low / step) * step), high: tidy(Math.ceil(high / step) * step), colours: STOCK_RAMP };
}

/** The next of 1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6 and 8 times a power of ten; 0 stays 0. */
function roundUp(value: number): number {
  if (value <= 0) return 0;
  const power = 10 ** Math.floor(Math.log10(value));
  const times = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].find((one) => one * power >= value * (1 - 1e-9)) ?? 10;
  return tidy(times * power);
}

/** Without the last noisy digits of a multiplication. */
function tidy(value: number): number {
  return Number(value.toPrecision(12)) + 0;
}
