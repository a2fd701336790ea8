import { describe, expect, it } from 'vitest';
import { classColours } from '../../../../src/shared/raster/class-colours.ts';
import {
  BOTH_WAYS_RAMP,
  enlarged,
  paintCells,
  rangeOf,
  rgbOf,
  STOCK_RAMP,
} from '../../../../src/shared/raster/map-colours.ts';

const NODATA = -9999;
const lightness = (colour: string) => {
  const [r, g, b] = rgbOf(colour).map((part) => (part / 255) ** 2.2) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const falls = (colours: readonly string[]) =>
  colours.every((colour, at) => at === 0 || lightness(colour) < lightness(colours[at - 1] as string));

/** Machado, Oliveira and Fernandes (2009), severity 1: linear RGB as eyes without one kind of cone see it. */
const EYES = {
  protan: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deutan: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  tritan: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
} as const;

function seenBy(eye: readonly number[], colour: string): number[] {
  const linear = rgbOf(colour).map((part) => (part / 255) ** 2.2);
  return [0, 1, 2].map((row) => {
    const sum = linear.reduce((total, part, at) => total + part * (eye[3 * row + at] as number), 0);
    return Math.max(0, sum) ** (1 / 2.2) * 255;
  });
}

describe('Ramps of maps', () => {
  it('fall in lightness all the way, so that a grey print and every eye tell high from low', () => {
    expect(falls(STOCK_RAMP)).toBe(true);
    expect(falls(BOTH_WAYS_RAMP.slice(4))).toBe(true);
    expect(falls(BOTH_WAYS_RAMP.slice(0, 5).reverse())).toBe(true);
  });

  it('begin and end with the ends of the range, and keep what is beyond', () => {
    const colouring = { range: { low: 0, high: 100, colours: STOCK_RAMP }, codes: null };
    const cells = Float32Array.of(0, 100, 140, NODATA, Number.NaN, -1);
    const { rgba } = paintCells(cells, { width: 6, height: 1 }, NODATA, colouring);
    const at = (cell: number) => [...rgba.subarray(4 * cell, 4 * cell + 4)];
    const [first, last] = [rgbOf(STOCK_RAMP[0] as string), rgbOf(STOCK_RAMP.at(-1) as string)];
    expect([at(0), at(1), at(2), at(5)]).toEqual([
      [...first, 255],
      [...last, 255],
      [...last, 255],
      [...first, 255],
    ]);
    expect([at(3), at(4)]).toEqual([
      [0, 0, 0, 0],
      [0, 0, 0, 0],
    ]);
  });
});

describe('The range of a map', () => {
  it('begins at 0 and ends on a round number', () => {
    const cells = Float32Array.from({ length: 200 }, (_, cell) => cell * 0.7);
    expect(rangeOf(cells, NODATA)).toMatchObject({ low: 0, high: 150, has_below: false, has_above: false });
  });

  it('leaves single cells beyond it, and says so', () => {
    const cells = Float32Array.from({ length: 500 }, (_, cell) => (cell === 0 ? 9000 : 10 + (cell % 90)));
    expect(rangeOf(cells, NODATA)).toMatchObject({ low: 0, high: 100, has_above: true });
  });

  it('reaches as far below 0 as above where both occur, and is one value where there is one', () => {
    expect(rangeOf(Float32Array.of(-0.3, 2.2, 1), NODATA)).toMatchObject({ low: -2.5, high: 2.5 });
    expect(rangeOf(Float32Array.of(5, 5, NODATA), NODATA)).toMatchObject({ low: 5, high: 5 });
    expect(rangeOf(Float32Array.of(NODATA), NODATA)).toBeNull();
    expect(rangeOf(Float32Array.of(-4, -1), NODATA)).toMatchObject({ low: -4, high: 0 });
  });

  it('shows what is rare where it is all there is to see', () => {
    const cells = new Float32Array(1000);
    cells[7] = 30;
    expect(rangeOf(cells, NODATA)).toMatchObject({ low: 0, high: 30 });
  });
});

describe('Colours of classes', () => {
  const NAMES = [
    'Tree cover',
    'Shrubland',
    'Grassland',
    'Cropland',
    'Built-up',
    'Bare / sparse vegetation',
    'Permanent water bodies',
    'Herbaceous wetland',
    'Urban green, large',
    'Urban green, small',
    'Snow and ice',
  ];

  it('are told apart by eyes without red, green or blue cones', () => {
    const colours = classColours(NAMES.map((name, code) => ({ code, name })));
    for (const [eye, matrix] of Object.entries(EYES)) {
      for (const [i, a] of colours.entries()) {
        for (const [j, b] of colours.slice(0, i).entries()) {
          const [x, y] = [seenBy(matrix, a.colour), seenBy(matrix, b.colour)];
          const apart = Math.hypot(...x.map((part, at) => part - (y[at] as number)));
          expect(apart, `${eye}: ${NAMES[i]} and ${NAMES[j]}`).toBeGreaterThan(30);
        }
      }
    }
  });

  it('go by names in English and Chinese, and hang on no code', () => {
    const [a] = classColours([{ code: 10, name: 'Tree cover' }]);
    const [b] = classColours([{ code: 2, name: '林地' }]);
    expect(a?.colour).toBe(b?.colour);
    const [green, built] = classColours([
      { code: 1, name: 'Urban green, small' },
      { code: 2, name: 'Urban fabric' },
    ]);
    expect(green?.colour).not.toBe(built?.colour);
  });
});

describe('Small maps', () => {
  it('are drawn with larger cells', () => {
    const rgba = new Uint8Array(Uint32Array.of(1, 2).buffer);
    const { width, height, rgba: out } = enlarged({ width: 2, height: 1, rgba }, 2);
    expect([width, height]).toEqual([4, 2]);
    expect([...new Uint32Array(out.buffer)]).toEqual([1, 1, 2, 2, 1, 1, 2, 2]);
  });
});
