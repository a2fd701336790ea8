/** @pure Value noise in whole numbers: the same seed gives the same landscape on every machine. */

/** Highest value of a field whose octaves' weights sum to 256. */
export const NOISE_MAX = 65_535;

/** One scale of detail: lattice points every `step` cells, contributing `weight` / 256 of the field. */
export interface Octave {
  readonly step: number;
  readonly weight: number;
}

/** 32 well-mixed bits of three integers; the only source of chance in the sample. */
export function hash(seed: number, row: number, col: number): number {
  let h = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(row + 0x7f4a7c15, 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d) ^ Math.imul(col + 0x165667b1, 0x297a2d39);
  h = Math.imul(h ^ (h >>> 12), 0x27d4eb2f);
  return (h ^ (h >>> 15)) >>> 0;
}

/**
 * Sum of octaves of smooth noise.
 *
 * Shape: rows x cols, row-major. Values 0 to NOISE_MAX where the weights sum to 256, centred on the middle.
 */
export function noiseField(rows: number, cols: number, seed: number, octaves: readonly Octave[]): Int32Array {
  const field = new Int32Array(rows * cols);
  octaves.forEach((octave, index) => {
    addOctave(field, cols, seed + index * 7919, octave);
  });
  return field;
}

/** Adds one octave: along each row, interpolates lattice values that were interpolated between lattice rows before. */
function addOctave(field: Int32Array, cols: number, seed: number, { step, weight }: Octave): void {
  const ease = easeTable(step);
  const knots = new Int32Array(Math.ceil(cols / step) + 2);
  for (let row = 0; row * cols < field.length; row += 1) {
    const latticeRow = Math.floor(row / step);
    for (let k = 0; k < knots.length; k += 1) {
      const above = hash(seed, latticeRow, k) >>> 16;
      const below = hash(seed, latticeRow + 1, k) >>> 16;
      knots[k] = above + (((below - above) * ease[row % step]!) >> 8);
    }
    for (let col = 0; col < cols; col += 1) {
      const k = (col / step) | 0;
      const left = knots[k]!;
      const value = left + (((knots[k + 1]! - left) * ease[col % step]!) >> 8);
      field[row * cols + col]! += (value * weight) >> 8;
    }
  }
}

/** Smoothstep 3t^2 - 2t^3 of t = i / step, in 1/256; products stay below 2^53, so no rounding differs anywhere. */
function easeTable(step: number): Int32Array {
  return Int32Array.from({ length: step }, (_, i) =>
    Math.floor(((3 * i * i * step - 2 * i * i * i) * 256) / step ** 3),
  );
}
