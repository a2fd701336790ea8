import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { COVER, makeLandCover } from '../../../../src/cli/demo/sample-city.ts';
import { cutScenes } from '../../../../src/cli/demo/sample-scenes.ts';

const ROWS = 700;
const COLS = 840;
const city = makeLandCover(11, ROWS, COLS);
const [west, east] = cutScenes(city, 11);

/** Sizes in cells of the 8-connected patches of a class, by flood fill. */
function patchSizes(codes: Uint8Array, cols: number, wanted: (code: number) => boolean): number[] {
  const seen = new Uint8Array(codes.length);
  const sizes: number[] = [];
  for (let start = 0; start < codes.length; start += 1) {
    if (seen[start] === 1 || !wanted(codes[start]!)) continue;
    let size = 0;
    const open = [start];
    seen[start] = 1;
    for (let cell = open.pop(); cell !== undefined; cell = open.pop()) {
      size += 1;
      const col = cell % cols;
      for (const step of [-cols - 1, -cols, -cols + 1, -1, 1, cols - 1, cols, cols + 1]) {
        const next = cell + step;
        const isBeside = Math.abs((next % cols) - col) <= 1 && next >= 0 && next < codes.length;
        if (!isBeside || seen[next] === 1 || !wanted(codes[next]!)) continue;
        seen[next] = 1;
        open.push(next);
      }
    }
    sizes.push(size);
  }
  return sizes;
}

describe('the land cover of the sample city', () => {
  test('is the same landscape for the same seed on every machine, and another for another seed', () => {
    const digest = createHash('sha256').update(city.codes).digest('hex');
    expect(digest).toBe('5cb8488dd173908b83a1496977c949873c6cc7315f2316f3efaab03ed97881c2');
    expect(makeLandCover(12, ROWS, COLS).codes).not.toEqual(city.codes);
  });

  test('holds every class of the factor table, each on at least one cell in a thousand', () => {
    for (const code of Object.values(COVER)) {
      const cells = city.codes.filter((found) => found === code).length;
      if (code === COVER.nodata) expect(cells).toBe(0);
      else expect(cells, `class ${code}`).toBeGreaterThan(code === COVER.bare ? 100 : city.codes.length / 1000);
    }
  });

  test('has green patches in its town from single street trees to parks above one hectare', () => {
    // The middle of the main centre: 440 and 590 thousandths of the rows.
    const [top, left, side] = [Math.trunc(ROWS * 0.38), Math.trunc(ROWS * 0.53), Math.trunc(ROWS * 0.12)];
    const town = Uint8Array.from(
      { length: side * side },
      (_, i) => city.codes[(top + Math.trunc(i / side)) * COLS + left + (i % side)]!,
    );
    const sizes = patchSizes(town, side, (code) => code === COVER.tree || code === COVER.grass);
    expect(sizes.some((cells) => cells === 1)).toBe(true);
    expect(sizes.some((cells) => cells >= 4 && cells < 100)).toBe(true);
    expect(sizes.some((cells) => cells >= 100)).toBe(true);
  });
});

describe('the two scenes of the sample city', () => {
  test('show the land cover where they look, except fields that the autumn scene finds bare', () => {
    const surprises = new Set<string>();
    for (const scene of [west, east]) {
      scene.codes.forEach((code, i) => {
        const real = city.codes[Math.trunc(i / scene.cols) * COLS + scene.col + (i % scene.cols)];
        if (code !== COVER.nodata && code !== real) surprises.add(`${scene.date}: ${real} seen as ${code}`);
      });
    }
    expect([...surprises]).toEqual(['2021-10-19: 40 seen as 60']);
  });

  test('overlap, and leave only a sliver of the south-east unseen', () => {
    const looks = new Uint8Array(ROWS * COLS);
    for (const scene of [west, east]) {
      scene.codes.forEach((code, i) => {
        if (code !== COVER.nodata) looks[Math.trunc(i / scene.cols) * COLS + scene.col + (i % scene.cols)]! += 1;
      });
    }
    const unseen = [...looks.keys()].filter((i) => looks[i] === 0);
    expect(looks.filter((count) => count === 2).length).toBeGreaterThan(looks.length / 20);
    expect(unseen.length).toBeGreaterThan(0);
    expect(unseen.length).toBeLessThan(looks.length / 20);
    expect(unseen.every((i) => Math.trunc(i / COLS) > ROWS / 3 && i % COLS > COLS * 0.9)).toBe(true);
  });
});
