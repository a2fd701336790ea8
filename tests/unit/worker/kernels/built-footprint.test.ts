import { describe, expect, it } from 'vitest';
import type { Window } from '../../../../src/shared/geo/window.ts';
import { builtFootprint, type FootprintRule, haloCells } from '../../../../src/worker/kernels/built-footprint.ts';
import { below, latticeTiles } from '../../../support/patch-rasters.ts';
import { type Random, seeded } from '../../../support/random-mosaics.ts';

const BUILT = 50;

/** Rows of letters (# is built) with as many empty cells around as the rule asks for; the answer in letters again. */
function footprintOf(rows: readonly string[], rule: FootprintRule): string[] {
  const inner = { row: 5, col: -3, rows: rows.length, cols: rows[0]?.length ?? 0 };
  const cell = (row: number, col: number) => (rows[row - inner.row]?.[col - inner.col] === '#' ? BUILT : 30);
  const bits = footprintIn(inner, rule, cell);
  return rows.map((_, row) =>
    [...bits.subarray(row * inner.cols, (row + 1) * inner.cols)].map((bit) => (bit === 1 ? '#' : '.')).join(''),
  );
}

function footprintIn(
  inner: Window,
  rule: FootprintRule,
  codeAt: (row: number, col: number) => number,
  halo = haloCells(rule),
): Uint8Array {
  const [row, col, rows, cols] = [inner.row - halo, inner.col - halo, inner.rows + 2 * halo, inner.cols + 2 * halo];
  const codes = new Int32Array(rows * cols);
  for (let cell = 0; cell < codes.length; cell++) {
    codes[cell] = codeAt(row + Math.floor(cell / cols), col + (cell % cols));
  }
  return builtFootprint({ window: { row, col, rows, cols }, codes, built: new Set([BUILT, 51]) }, inner, rule);
}

/** Closing and filling by their definitions, cell by cell, over a raster with nothing built around. */
function byDefinition(bits: Uint8Array, rows: number, cols: number, { radius, holeCells }: FootprintRule): Uint8Array {
  const pad = 2 * Math.floor(radius) + 2;
  const [tall, wide] = [rows + 2 * pad, cols + 2 * pad];
  let map = new Uint8Array(tall * wide);
  for (let row = 0; row < rows; row++) map.set(bits.subarray(row * cols, (row + 1) * cols), (row + pad) * wide + pad);
  const discs = (holds: (values: number[]) => boolean, from: Uint8Array) =>
    Uint8Array.from(from, (_, cell) => {
      const [row, col] = [Math.floor(cell / wide), cell % wide];
      const values: number[] = [];
      for (let r = Math.max(0, row - pad); r < Math.min(tall, row + pad + 1); r++) {
        for (let c = Math.max(0, col - pad); c < Math.min(wide, col + pad + 1); c++) {
          if ((r - row) ** 2 + (c - col) ** 2 <= radius ** 2) values.push(from[r * wide + c] as number);
        }
      }
      return holds(values) ? 1 : 0;
    });
  map = discs((values) => values.includes(1), map);
  map = discs((values) => !values.includes(0), map);
  const seen = new Set<number>();
  for (let first = 0; first < map.length; first++) {
    if (map[first] === 1 || seen.has(first)) continue;
    const hole = [first];
    seen.add(first);
    for (const cell of hole) {
      const col = cell % wide;
      const beside = [cell - wide, cell + wide, col > 0 ? cell - 1 : -1, col < wide - 1 ? cell + 1 : -1];
      for (const next of beside) {
        if (next < 0 || next >= map.length || map[next] === 1 || seen.has(next)) continue;
        seen.add(next);
        hole.push(next);
      }
    }
    if (hole.length <= holeCells) for (const cell of hole) map[cell] = 1;
  }
  return Uint8Array.from(
    bits,
    (_, cell) => map[(Math.floor(cell / cols) + pad) * wide + pad + (cell % cols)] as number,
  );
}

function randomBits(random: Random): { rows: number; cols: number; bits: Uint8Array } {
  const [rows, cols, density] = [4 + below(random, 20), 4 + below(random, 20), random()];
  return { rows, cols, bits: Uint8Array.from({ length: rows * cols }, () => (random() < density ? 1 : 0)) };
}

describe('built-up footprint', () => {
  it('closes a street between blocks and leaves the open side of a block as it is', () => {
    expect(footprintOf(['##.##', '##.##', '##.##'], { radius: 1, holeCells: 0 })).toEqual(['##.##', '#####', '##.##']);
    expect(footprintOf(['##..', '##..'], { radius: 1, holeCells: 0 })).toEqual(['##..', '##..']);
  });

  it('fills a hole of just so many cells, joined by sides only, and none that is one cell larger', () => {
    const yard = ['#####', '#.#.#', '#..##', '#####'];
    expect(footprintOf(yard, { radius: 0, holeCells: 1 })).toEqual(['#####', '#.###', '#..##', '#####']);
    expect(footprintOf(yard, { radius: 0, holeCells: 2 })[2]).toBe('#..##');
    expect(footprintOf(yard, { radius: 0, holeCells: 3 })).toEqual(['#####', '#####', '#####', '#####']);
  });

  it('refuses a halo that is too narrow for exact bits at the edge', () => {
    const rule = { radius: 2, holeCells: 3 };
    const inner = { row: 0, col: 0, rows: 4, cols: 4 };
    expect(() => footprintIn(inner, rule, () => BUILT, haloCells(rule) - 1)).toThrow(/needs 7 cells around a tile/);
  });

  it('random rasters have the same bits in any tiles as by the definitions over the whole', () => {
    for (let seed = 0; seed < 150; seed++) {
      const random = seeded(seed);
      const { rows, cols, bits } = randomBits(random);
      const rule = { radius: [0, 1, 1.5, 2, 3][below(random, 5)] as number, holeCells: below(random, 6) };
      const window = { row: below(random, 50) - 25, col: below(random, 50) - 25, rows, cols };
      const at = (row: number, col: number) => {
        const [r, c] = [row - window.row, col - window.col];
        const inside = r >= 0 && c >= 0 && r < rows && c < cols;
        return inside && bits[r * cols + c] === 1 ? BUILT + (r % 2) : 30;
      };
      const joined = new Uint8Array(rows * cols);
      const size = () => 1 + below(random, 12);
      for (const tile of latticeTiles({ window }, size(), size(), [0, 0])) {
        footprintIn(tile, rule, at).forEach((bit, cell) => {
          const row = tile.row - window.row + Math.floor(cell / tile.cols);
          joined[row * cols + tile.col - window.col + (cell % tile.cols)] = bit;
        });
      }
      expect(joined, `seed ${seed}, ${JSON.stringify(rule)}`).toEqual(byDefinition(bits, rows, cols, rule));
    }
  });
});
