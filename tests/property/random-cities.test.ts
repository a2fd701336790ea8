import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deflateSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeClassGeotiff } from '../../src/cli/demo/geotiff-writer.ts';
import { planTiles } from '../../src/producer/plan-tiles.ts';
import { emptyPartial, encodePartial, mergePartials, type Partial } from '../../src/shared/carbon/partial.ts';
import { intersectWindows, type Window, windowRelativeTo } from '../../src/shared/geo/window.ts';
import { blocksOfWindow, blockWindow } from '../../src/shared/raster/block-grid.ts';
import type { BlockLayout } from '../../src/shared/raster/raster-header.ts';
import { countTile } from '../../src/worker/count-tile.ts';
import type { TileBlock, TileScene } from '../../src/worker/tile-task.ts';
import { cellsOf, insideAt, SIXTEENTHS } from '../support/cells-oracle.ts';
import { plainFactors, temporaryFolder, writeCity } from '../support/city.ts';
import { runCli } from '../support/cli.ts';
import { anyRing, packRandomZones, type RandomZone } from '../support/random-zones.ts';
import { uint8Layout } from '../support/tile-parts.ts';
import { classCells, type Totals } from '../support/totals.ts';
import { CELL_M, EPSG, ORIGIN_X, ORIGIN_Y } from '../support/two-scenes.ts';

/**
 * Random small cities, counted the way workers do it (compressed blocks, tiles, merging) and the plain way: one cell
 * after another. Scenes overlap and are offset, have holes, blocks of any size; zones overlap and reach out of them.
 */

interface RandomScene {
  /** Cells of the lattice that it covers. */
  readonly window: Window;
  /** Row by row. */
  readonly codes: Int16Array;
  readonly nodata: number | null;
  readonly blockRows: number;
  readonly blockCols: number;
  readonly tiled: boolean;
  readonly codec: 'none' | 'deflate' | 'zstd';
  readonly wide: boolean;
}

interface RandomCity {
  readonly scenes: readonly RandomScene[];
  readonly zones: readonly RandomZone[];
  readonly tileRows: number;
  readonly tileCols: number;
}

const [LOW, HIGH] = [-6, 30];
const side = fc.integer({ min: 1, max: 24 });
const corner = fc.integer({ min: LOW, max: HIGH - 6 });

/** Runs of classes, as land cover has them, and lonely cells. */
function codesOf(length: number, wide: boolean): fc.Arbitrary<Int16Array> {
  const code = wide ? fc.constantFrom(0, 1, 2, -3, 999) : fc.constantFrom(0, 1, 2, 3, 255);
  const runs = fc.array(fc.tuple(code, fc.integer({ min: 1, max: 40 })), { minLength: 1, maxLength: 60 });
  return runs.map((parts) => {
    const codes = new Int16Array(length);
    for (let at = 0, i = 0; at < length; i++) {
      const [value, count] = parts[i % parts.length] as [number, number];
      codes.fill(value, at, at + count);
      at += count;
    }
    return codes;
  });
}

const scene: fc.Arbitrary<RandomScene> = fc
  .record({ row: corner, col: corner, rows: side, cols: side, wide: fc.boolean() })
  .chain(({ wide, ...window }) =>
    fc.record({
      window: fc.constant(window),
      codes: codesOf(window.rows * window.cols, wide),
      nodata: fc.constantFrom(null, 0, 2),
      blockRows: fc.integer({ min: 1, max: 16 }),
      blockCols: fc.integer({ min: 1, max: 16 }),
      tiled: fc.boolean(),
      codec: fc.constantFrom('none' as const, 'deflate' as const, 'zstd' as const),
      wide: fc.constant(wide),
    }),
  );

const city: fc.Arbitrary<RandomCity> = fc.record({
  scenes: fc.array(scene, { maxLength: 4 }),
  zones: fc.array(fc.array(anyRing(LOW, HIGH), { minLength: 1, maxLength: 2 }), { minLength: 1, maxLength: 3 }),
  tileRows: fc.integer({ min: 2, max: 40 }),
  tileCols: fc.integer({ min: 2, max: 40 }),
});

function layoutOf(one: RandomScene): BlockLayout {
  const { rows, cols } = one.window;
  return {
    ...uint8Layout(1),
    rows,
    cols,
    blockRows: one.tiled ? one.blockRows : Math.min(one.blockRows, rows),
    blockCols: one.tiled ? one.blockCols : cols,
    tiled: one.tiled,
    codec: one.codec,
    ...(one.wide ? { bits: 16, dtype: 'int16', sampleFormat: 'int' } : {}),
  };
}

/** Compressed bytes of one block; the padding of tiles is a class that occurs nowhere. */
function encodeBlock(one: RandomScene, layout: BlockLayout, place: { blockRow: number; blockCol: number }): Uint8Array {
  const inside = blockWindow(layout, place);
  const rows = layout.tiled ? layout.blockRows : inside.rows;
  const length = rows * layout.blockCols;
  const samples = one.wide ? new Int16Array(length).fill(77) : new Uint8Array(length).fill(77);
  for (let row = 0; row < inside.rows; row++) {
    const from = (inside.row + row) * layout.cols + inside.col;
    samples.set(one.codes.subarray(from, from + inside.cols), row * layout.blockCols);
  }
  const bytes = new Uint8Array(samples.buffer);
  if (layout.codec === 'none') return bytes;
  return layout.codec === 'zstd' ? zstdCompressSync(bytes) : deflateSync(bytes);
}

function tileScene(one: RandomScene, index: number, tile: Window): TileScene | null {
  const common = intersectWindows(one.window, tile);
  if (common === null) return null;
  const layout = layoutOf(one);
  const blocks: TileBlock[] = blocksOfWindow(layout, windowRelativeTo(common, one.window)).map((place) => ({
    ...place,
    bytes: encodeBlock(one, layout, place),
  }));
  const url = `s3://scenes/${index}.tif`;
  return { url, origin: one.window, layout, maskLayout: null, band: 0, nodata: one.nodata, blocks, maskBlocks: [] };
}

/** An area for each row of the lattice, as on the ellipsoid: integers, no two near rows alike. */
function areaOfRow(row: number): number {
  return 2 ** 49 + 7919 * (row + 1000);
}

const WORLD: Window = { row: LOW, col: LOW, rows: HIGH - LOW + 1, cols: HIGH - LOW + 1 };

/** As workers and the reducer do it. */
function countInTiles({ scenes, zones }: RandomCity, rows: number, cols: number): Partial {
  const packed = packRandomZones(zones);
  const windows = scenes.map((one) => one.window);
  const tiles = planTiles({ window: WORLD, shape: { rows, cols }, zones: packed, scenes: windows, nameOf: () => '' });
  let merged = emptyPartial('b');
  for (const [row, col, tileRows, tileCols, owners] of tiles) {
    const window = { row, col, rows: tileRows, cols: tileCols };
    const parts = owners.flatMap((index) => tileScene(scenes[index] as RandomScene, index, window) ?? []);
    const rowAreaUnits = Float64Array.from({ length: tileRows }, (_, i) => areaOfRow(row + i));
    merged = mergePartials(merged, countTile({ basis: 'b', window, rowAreaUnits, zones: packed, scenes: parts }));
  }
  return merged;
}

/** Code of a cell: of the first scene that covers it and has a value there. */
function codeAt(scenes: readonly RandomScene[], row: number, col: number): number | null {
  for (const { window, codes, nodata } of scenes) {
    const [r, c] = [row - window.row, col - window.col];
    if (r < 0 || c < 0 || r >= window.rows || c >= window.cols) continue;
    const code = codes[r * window.cols + c] as number;
    if (code !== nodata) return code;
  }
  return null;
}

/** The plain way; null where an edge runs through a centre, since ties have a rule of their own. */
function countPlainly({ scenes, zones }: RandomCity): Partial | null {
  const found = new Map<
    number,
    { cells: number; area: bigint; classes: Map<number, { cells: number; area: bigint }> }
  >();
  const places = new Map<number, { row: number; col: number }>();
  const overlaps = new Map<string, number>();
  for (const { row, col } of cellsOf(WORLD)) {
    const verdicts = zones.map((rings) => insideAt(rings, row, col));
    if (verdicts.includes('edge')) return null;
    const zone = verdicts.indexOf('in');
    if (zone < 0) continue;
    verdicts.forEach((verdict, later) => {
      const key = `${zone},${later}`;
      if (later > zone && verdict === 'in') overlaps.set(key, (overlaps.get(key) ?? 0) + 1);
    });
    const area = BigInt(areaOfRow(row));
    const tally = found.get(zone) ?? { cells: 0, area: 0n, classes: new Map() };
    found.set(zone, tally);
    tally.cells += 1;
    tally.area += area;
    const code = codeAt(scenes, row, col);
    if (code === null) continue;
    const ofClass = tally.classes.get(code) ?? { cells: 0, area: 0n };
    tally.classes.set(code, { cells: ofClass.cells + 1, area: ofClass.area + area });
    if (!places.has(code)) places.set(code, { row, col });
  }
  const none = { cells: 0, area: 0n };
  const tallies = [...found].map(([zone, { cells, area, classes }]) => {
    return [zone, { all: { cells, area }, unread: none, classes }] as const;
  });
  return { basis: 'b', zones: new Map(tallies), places, overlaps, unread: [] };
}

describe('a random city', () => {
  it('has the cells, areas, places and overlaps that counting cell by cell gives', () => {
    let compared = 0;
    fc.assert(
      fc.property(city, (one) => {
        const plain = countPlainly(one);
        if (plain === null) return;
        compared += 1;
        expect(encodePartial(countInTiles(one, one.tileRows, one.tileCols))).toEqual(encodePartial(plain));
      }),
      { numRuns: 600 },
    );
    expect(compared).toBeGreaterThan(100);
  });

  it('is the same in any tiles, ties and all', () => {
    fc.assert(
      fc.property(city, (one) => {
        const whole = encodePartial(countInTiles(one, 64, 64));
        expect(encodePartial(countInTiles(one, one.tileRows, one.tileCols))).toEqual(whole);
      }),
      { numRuns: 200 },
    );
  });
});

/** The lattice's origin is that of the first scene by URL; zones are given on the lattice of the first scene here. */
async function runByCommand({ scenes, zones, tileRows }: RandomCity): Promise<Totals> {
  const folder = await temporaryFolder();
  const names = scenes.map((_, index) => `./scene-${index}.tif`);
  for (const [index, { window, codes, nodata }] of scenes.entries()) {
    const place = {
      epsg: EPSG,
      cellM: CELL_M,
      originX: ORIGIN_X + window.col * CELL_M,
      originY: ORIGIN_Y - window.row * CELL_M,
    };
    const raster = { ...window, ...place, codes: Uint8Array.from(codes), nodata: nodata ?? 254 };
    await writeFile(
      join(folder, `scene-${index}.tif`),
      encodeClassGeotiff({ ...raster, description: '', date: '2021-01-01' }),
    );
  }
  const metres = CELL_M / SIXTEENTHS;
  const features = zones.map((rings) => {
    const polygons = rings.map((ring) => {
      const points = ring.map(([x, y]) => [ORIGIN_X + x * metres, ORIGIN_Y - y * metres]);
      return [[...points, points[0]]];
    });
    return { type: 'Feature', properties: {}, geometry: { type: 'MultiPolygon', coordinates: polygons } };
  });
  const crs = { type: 'name', properties: { name: `EPSG:${EPSG}` } };
  const spec = await writeCity({
    folder,
    scenes: names,
    zones: { type: 'FeatureCollection', crs, features },
    factors: plainFactors([0, 1, 2, 3, 255]),
    landcover: { order: 'name' },
  });
  const words = ['run', '--json', '--workers', '1', '--tile-size', String(Math.max(16, tileRows)), spec];
  const { code, stdout, stderr } = await runCli(words);
  expect(code, `${stderr}\n${stdout.slice(0, 2000)}`).toBe(0);
  await rm(folder, { recursive: true, force: true });
  return (JSON.parse(stdout) as { totals: Totals }).totals;
}

/** Triangles do not cross themselves, which a spec's zones must not. */
const triangle = anyRing(LOW, HIGH).map((points) => [points.slice(0, 3)]);

describe('a random city by the command line', () => {
  it('has the cells that counting cell by cell gives', async () => {
    const bytes = scene.filter((one) => !one.wide && one.window.rows > 3 && one.window.cols > 3);
    const plainCity = fc
      .record({
        scenes: fc.array(bytes, { minLength: 2, maxLength: 3 }),
        zones: fc.array(triangle, { minLength: 2, maxLength: 3 }),
        tileRows: fc.integer({ min: 16, max: 40 }),
        tileCols: fc.constant(16),
      })
      .filter((one) => {
        const plain = countPlainly(one);
        return plain !== null && plain.zones.size === one.zones.length && plain.places.size > 2;
      });
    for (const one of fc.sample(plainCity, { numRuns: 4, seed: 42 })) {
      const { figures } = await runByCommand(one);
      const plain = countPlainly(one) as Partial;
      for (const [index, zone] of figures.zones.entries()) {
        const wanted = [...(plain.zones.get(index)?.classes ?? [])].map(([code, tally]) => [code, tally.cells]);
        expect(classCells(figures, zone.zone)).toEqual(Object.fromEntries(wanted));
        expect(zone.total.zone_cells).toBe(plain.zones.get(index)?.all.cells);
      }
      const overlaps = figures.overlaps.reduce((sum, { cells }) => sum + cells, 0);
      expect(overlaps).toBe([...plain.overlaps.values()].reduce((sum, cells) => sum + cells, 0));
    }
  });
});
