import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadZones, ZONE_LIMITS } from '../../../src/producer/load-zones.ts';
import type { Crs } from '../../../src/shared/geo/crs.ts';
import { crsFromEpsg } from '../../../src/shared/geo/crs-registry.ts';
import type { Lattice } from '../../../src/shared/geo/grid.ts';
import { packZones } from '../../../src/shared/geo/packed-zones.ts';
import type { Window } from '../../../src/shared/geo/window.ts';
import { WindowAreas } from '../../../src/shared/geo/window-areas.ts';
import type { Zone } from '../../../src/shared/geo/zone.ts';
import { FileStore } from '../../../src/shared/io/store-file.ts';
import { SPAN_STRIDE, zoneSpans, zoneTallies } from '../../../src/shared/raster/zone-spans.ts';
import { IN_PLANE } from '../../support/tile-parts.ts';

const store = new FileStore();
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'citysink-zones-'));
});
afterAll(() => rm(folder, { recursive: true }));

const RING = [
  [9, 45],
  [9.1, 45],
  [9.1, 45.1],
  [9, 45],
];

async function source(text: string | object, crs: string | null = null, name = 'districts.geojson') {
  const path = join(folder, name);
  await writeFile(path, typeof text === 'string' ? text : JSON.stringify(text));
  return { url: pathToFileURL(path).href, id: null, label: null, crs };
}

const POLYGON = { type: 'Polygon', coordinates: [RING] };

describe('loadZones', () => {
  it('leaves coordinates in the CRS of the grid untouched, bit for bit', async () => {
    const { zones } = await loadZones(store, await source(POLYGON), await crsFromEpsg(4326));
    expect([...(zones[0]?.polygons[0]?.[0] ?? [])]).toEqual(RING.flat());
  });

  it('projects to the CRS of the grid', async () => {
    const { zones } = await loadZones(store, await source(POLYGON), await crsFromEpsg(32632));
    // GDAL: 9 E 45 N is 500000, 4982950.400 in UTM 32N.
    expect(zones[0]?.polygons[0]?.[0]?.[0]).toBeCloseTo(500_000, 3);
    expect(zones[0]?.polygons[0]?.[0]?.[1]).toBeCloseTo(4_982_950.4, 1);
  });

  it("takes the spec's CRS before the file's own, and the file's own before WGS 84", async () => {
    const utm = await crsFromEpsg(32632);
    const map = [
      [500_000, 5_000_000],
      [501_000, 5_000_000],
      [501_000, 5_001_000],
      [500_000, 5_000_000],
    ];
    const own = {
      type: 'Polygon',
      coordinates: [map],
      crs: { type: 'name', properties: { name: 'urn:ogc:def:crs:EPSG::32632' } },
    };
    const byFile = await loadZones(store, await source(own), utm);
    const bySpec = await loadZones(
      store,
      await source({ ...own, crs: { type: 'name', properties: { name: 'EPSG:4326' } } }, 'EPSG:32632'),
      utm,
    );
    expect([...(byFile.zones[0]?.polygons[0]?.[0] ?? [])]).toEqual(map.flat());
    expect(bySpec.digest).toBe(byFile.digest);
    await expect(loadZones(store, await source({ ...own, crs: undefined }), utm)).rejects.toMatchObject({
      code: 'REQUEST_INVALID',
    });
  });

  it('gives a digest that depends on ids and coordinates and on nothing else', async () => {
    const grid = await crsFromEpsg(4326);
    const first = await loadZones(store, await source(POLYGON), grid);
    const spaced = await loadZones(store, await source(JSON.stringify(POLYGON, null, 2), null, 'other.geojson'), grid);
    const moved = await loadZones(
      store,
      await source({ ...POLYGON, coordinates: [RING.map(([x = 0, y = 0]) => [x + 1e-12, y])] }),
      grid,
    );
    expect(first.digest).toMatch(/^[0-9a-f]{64}$/);
    expect(spaced.digest).toBe(first.digest);
    expect(moved.digest).not.toBe(first.digest);
  });

  it('names the line of an error in JSON', async () => {
    const text = '{\n"type": "Polygon",\n"coordinates": [,]\n}';
    await expect(loadZones(store, await source(text), await crsFromEpsg(4326))).rejects.toMatchObject({
      code: 'REQUEST_INVALID',
      problems: [{ where: 'districts.geojson:3', message: expect.stringMatching(/^not JSON/) }],
    });
  });

  it('refuses files of other encodings, and larger ones than the limit', async () => {
    const grid = await crsFromEpsg(4326);
    const path = join(folder, 'utf16.geojson');
    await writeFile(path, Buffer.from('\ufeff{}', 'utf16le'));
    const utf16 = { url: pathToFileURL(path).href, id: null, label: null, crs: null };
    await expect(loadZones(store, utf16, grid)).rejects.toMatchObject({
      problems: [{ message: 'not UTF-8 text', found: 'UTF-16 text' }],
    });
    const limits = { ...ZONE_LIMITS, maxBytes: 10 };
    await expect(loadZones(store, await source(POLYGON), grid, limits)).rejects.toMatchObject({
      code: 'OBJECT_TOO_LARGE',
    });
  });

  it('refuses a CRS that needs a shift grid', async () => {
    const nad27 = await source(POLYGON, 'EPSG:4267');
    await expect(loadZones(store, nad27, await crsFromEpsg(32632))).rejects.toMatchObject({ code: 'CRS_UNSUPPORTED' });
  });

  it('names zones that lie where the grid is not defined', async () => {
    const pole = {
      type: 'Polygon',
      coordinates: [
        [
          [0, 89],
          [1, 90],
          [0, 90],
          [0, 89],
        ],
      ],
    };
    await expect(loadZones(store, await source(pole), await crsFromEpsg(3857))).rejects.toMatchObject({
      problems: [
        { where: 'districts.geojson: feature 1 (id "1")', message: expect.stringMatching(/outside the area/) },
      ],
    });
  });
});

function lattice(crs: Crs, cell: number): Lattice {
  return { crs, originX: 0, originY: 0, cellWidth: cell, cellHeight: cell };
}

/** Cells of a lattice whose centre is in exactly one zone, and those that two claim. */
function counted(grid: Lattice, zones: readonly Zone[], window: Window): { cells: number; twice: number } {
  const spans = zoneSpans(packZones(grid, zones), window);
  const cells = [...zoneTallies(spans, new WindowAreas({ ...grid, window }, window, IN_PLANE)).values()].reduce(
    (sum, tally) => sum + tally.cells,
    0,
  );
  return { cells, twice: [...spans.overlaps.values()].reduce((sum, count) => sum + count, 0) };
}

function collection(...polygons: readonly (readonly (readonly number[])[])[]) {
  const features = polygons.map((ring) => ({
    type: 'Feature',
    properties: {},
    geometry: { type: 'Polygon', coordinates: [ring] },
  }));
  return { type: 'FeatureCollection', features };
}

describe('edges between CRSs', () => {
  it('neighbours that share a bent edge still tile: no cell is lost between them, none is in both', async () => {
    const grid = lattice(await crsFromEpsg(32632), 30);
    const [west, east] = [
      [
        [7, 45],
        [9.2, 45.3],
        [9.1, 46.4],
        [7, 46],
        [7, 45],
      ],
      [
        [9.2, 45.3],
        [11, 45],
        [11, 46],
        [9.1, 46.4],
        [9.2, 45.3],
      ],
    ];
    const whole = [
      [7, 45],
      [9.2, 45.3],
      [11, 45],
      [11, 46],
      [9.1, 46.4],
      [7, 46],
      [7, 45],
    ];
    const both = await loadZones(store, await source(collection(west!, east!), null, 'two.geojson'), grid);
    const one = await loadZones(store, await source(collection(whole), null, 'one.geojson'), grid);
    // Only the rows of the shared edge: it bends by 370 m, twelve cells.
    const window = { row: -171_000, col: 16_500, rows: 1500, cols: 1500 };
    const halves = counted(grid, both.zones, window);
    expect(halves.twice).toBe(0);
    expect(halves.cells).toBe(counted(grid, one.zones, window).cells);
    expect(halves.cells).toBeGreaterThan(1_000_000);
  });

  it('puts an edge along a parallel where the parallel is, not on the chord', async () => {
    const ring = [
      [6, 45],
      [12, 45],
      [12, 46],
      [6, 46],
      [6, 45],
    ];
    const utm = await crsFromEpsg(32632);
    const dense = await loadZones(store, await source(collection(ring)), lattice(utm, 10));
    const southern = dense.zones[0]?.polygons[0]?.[0] ?? new Float64Array(0);
    const ys = Array.from({ length: southern.length / 2 }, (_, i) => [southern[i * 2]!, southern[i * 2 + 1]!] as const);
    const nearest = ys.reduce((best, point) =>
      Math.hypot(point[0] - 5e5, point[1] - 4_982_950.4) < Math.hypot(best[0] - 5e5, best[1] - 4_982_950.4)
        ? point
        : best,
    );
    // GDAL: 9 E 45 N is 500000, 4982950.400; the chord passes 4.4 km north of it.
    expect(Math.abs(nearest[1] - 4_982_950.4)).toBeLessThan(0.6);
  });
});

describe('the antimeridian', () => {
  /** A shape across 180 degrees in pieces, as RFC 7946 wants it, and the same in one piece in map coordinates. */
  const CASES = [
    [
      'Taveuni and its neighbours in Fiji',
      32760,
      [
        [179.6, -17.2],
        [180, -17.05],
        [180, -16.6],
        [179.6, -16.7],
      ],
      [
        [-180, -17.05],
        [-179.7, -17.0],
        [-179.75, -16.7],
        [-180, -16.6],
      ],
    ],
    [
      'a district of Chukotka',
      32601,
      [
        [178, 66],
        [180, 65.8],
        [180, 68.4],
        [178.4, 68.3],
      ],
      [
        [-180, 65.8],
        [-176, 66.1],
        [-177, 68],
        [-180, 68.4],
      ],
    ],
    [
      'the Chatham side of New Zealand',
      2193,
      [
        [179, -44.2],
        [180, -44.3],
        [180, -43.6],
        [179, -43.5],
      ],
      [
        [-180, -44.3],
        [-179.1, -44.2],
        [-179, -43.7],
        [-180, -43.6],
      ],
    ],
  ] as const;

  it.each(CASES)('%s: pieces join without a seam in EPSG:%i', async (_, epsg, westPiece, eastPiece) => {
    const close = (ring: readonly (readonly number[])[]) => [...ring, ring[0] as readonly number[]];
    const pieces = { type: 'MultiPolygon', coordinates: [[close(westPiece)], [close(eastPiece)]] };
    const grid = lattice(await crsFromEpsg(epsg), 500);
    const joined = await loadZones(store, await source(pieces, null, 'pieces.geojson'), grid);
    const apart = await loadZones(
      store,
      await source(collection(close(westPiece), close(eastPiece)), null, 'apart.geojson'),
      grid,
    );
    const [minCol, minRow, maxCol, maxRow] = [...packZones(grid, joined.zones).bounds].map(Math.floor) as [
      number,
      number,
      number,
      number,
    ];
    const window = { row: minRow - 1, col: minCol - 1, rows: maxRow - minRow + 3, cols: maxCol - minCol + 3 };
    // Were one piece on the other side of the Earth, the window would be 80000 cells wide.
    expect(window.cols).toBeLessThan(1200);
    const spans = zoneSpans(packZones(grid, joined.zones), window);
    for (let row = 0; row < window.rows; row++) {
      const ofRow = spans.spans.subarray(spans.rowStarts[row]! * SPAN_STRIDE, spans.rowStarts[row + 1]! * SPAN_STRIDE);
      // Where both pieces have cells in a row, the second goes on where the first ends.
      if (ofRow.length === 2 * SPAN_STRIDE) expect(ofRow[3]).toBe(ofRow[1]);
      expect(ofRow.length).toBeLessThanOrEqual(2 * SPAN_STRIDE);
    }
    const whole = counted(grid, joined.zones, window);
    expect(counted(grid, apart.zones, window)).toEqual({ cells: whole.cells, twice: 0 });
    expect(whole.cells).toBeGreaterThan(5000);
  });

  it('an outline that was not cut is refused with the edge that jumps', async () => {
    const uncut = [
      [179.6, -17.2],
      [-179.7, -17],
      [-179.75, -16.7],
      [179.6, -16.7],
      [179.6, -17.2],
    ];
    await expect(
      loadZones(store, await source(collection(uncut), null, 'fiji.geojson'), await crsFromEpsg(4326)),
    ).rejects.toMatchObject({
      problems: [
        {
          where: 'fiji.geojson: feature 1 (id "1"), outer ring, positions 1 and 2',
          message: 'an edge over more than 180 degrees of longitude',
          found: 'from 179.6, -17.2 to -179.7, -17',
        },
      ],
    });
  });

  it('pieces stay apart in a grid of longitudes, and an edge along a pole may be as long as it likes', async () => {
    const grid = lattice(await crsFromEpsg(4326), 1);
    const cap = [
      [-180, -90],
      [180, -90],
      [180, -60],
      [0, -60],
      [-180, -60],
      [-180, -90],
    ];
    const { zones } = await loadZones(store, await source(collection(cap), null, 'cap.geojson'), grid);
    expect(counted(grid, zones, { row: 50, col: -190, rows: 50, cols: 380 }).cells).toBe(360 * 30);
  });

  it('a zone across the border of a map is refused: it would be torn over the whole of it', async () => {
    const ring = [
      [-31, 10],
      [-29, 10],
      [-29, 12],
      [-31, 12],
      [-31, 10],
    ];
    const pacific = lattice(await crsFromEpsg(3832), 1000);
    await expect(
      loadZones(store, await source(collection(ring), null, 'azores.geojson'), pacific),
    ).rejects.toMatchObject({
      problems: [{ where: 'azores.geojson: feature 1 (id "1")', message: expect.stringMatching(/torn apart/) }],
    });
  });
});
