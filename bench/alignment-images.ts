/** Generated images for bench/alignment.ts, in deflate tiles: a land cover, and a band of reflectances. */
import { deflateSync } from 'node:zlib';
import type { Window } from '../src/shared/geo/window.ts';
import { blocksOfWindow } from '../src/shared/raster/block-grid.ts';
import type { BlockLayout } from '../src/shared/raster/raster-header.ts';
import type { TileBlock } from '../src/worker/tile-task.ts';

const BLOCK = 512;
/** Share of pixels without data. */
const HOLES = 0.02;

export type ImageKind = 'land cover' | 'band';

/** A random number by place: between 0 and 1, the same on every run. */
function noise(row: number, col: number, seed: number): number {
  let hash = Math.imul(row, 0x27d4eb2d) ^ Math.imul(col, 0x165667b1) ^ seed;
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  hash = Math.imul(hash ^ (hash >>> 12), 0x297a2d39);
  return ((hash ^ (hash >>> 15)) >>> 0) / 2 ** 32;
}

/** Noise that is linear between knots `size` pixels apart. */
function patches(row: number, col: number, size: number, seed: number): number {
  const [r, c] = [Math.floor(row / size), Math.floor(col / size)];
  const [t, u] = [row / size - r, col / size - c];
  const upper = noise(r, c, seed) * (1 - u) + noise(r, c + 1, seed) * u;
  return upper * (1 - t) + (noise(r + 1, c, seed) * (1 - u) + noise(r + 1, c + 1, seed) * u) * t;
}

/** Ground between 0 and 1: large forms with detail down to a few pixels. */
function ground(row: number, col: number): number {
  return (
    0.4 * patches(row, col, 97, 1) +
    0.25 * patches(row, col, 31, 2) +
    0.2 * patches(row, col, 11, 3) +
    0.15 * patches(row, col, 3, 4)
  );
}

function sample(kind: ImageKind, row: number, col: number): number {
  // Holes come in patches, as clouds and image edges do.
  if (patches(row, col, 53, 9) > 1 - HOLES * 5) return 0;
  const value = ground(row, col);
  if (kind === 'land cover') return 10 * (1 + Math.floor(value * 9));
  return 400 + Math.floor(5000 * value + 60 * noise(row, col, 7));
}

export function imageLayout(kind: ImageKind, rows: number, cols: number): BlockLayout {
  const band = kind === 'band';
  return {
    rows,
    cols,
    bandCount: 1,
    blockRows: BLOCK,
    blockCols: BLOCK,
    tiled: true,
    codec: 'deflate',
    predictor: band ? 2 : 1,
    interleave: 'pixel',
    littleEndian: true,
    bits: band ? 16 : 8,
    dtype: band ? 'uint16' : 'uint8',
    sampleFormat: 'uint',
    reversedBits: false,
  };
}

/** The blocks of a window as a file stores them. */
export function storedBlocks(kind: ImageKind, layout: BlockLayout, window: Window): TileBlock[] {
  return blocksOfWindow(layout, window).map(({ blockRow, blockCol }) => {
    const samples = kind === 'band' ? new Uint16Array(BLOCK * BLOCK) : new Uint8Array(BLOCK * BLOCK);
    for (let row = 0; row < BLOCK; row++) {
      let before = 0;
      for (let col = 0; col < BLOCK; col++) {
        const value = sample(kind, blockRow * BLOCK + row, blockCol * BLOCK + col);
        samples[row * BLOCK + col] = kind === 'band' ? value - before : value;
        before = value;
      }
    }
    return { blockRow, blockCol, bytes: deflateSync(new Uint8Array(samples.buffer), { level: 6 }) };
  });
}
