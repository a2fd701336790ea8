import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Figures } from '../../src/reducer/totals.ts';
import { bandRaster } from '../support/band-raster.ts';
import { plainFactors, rectangleZones, temporaryFolder, writeCity } from '../support/city.ts';
import { runCli } from '../support/cli.ts';
import type { Totals } from '../support/totals.ts';

/** `zones.rule: coverage` end to end: each zone has of each cell the share that it covers. Cells of 10 m, classes in stripes of 4 columns. */
const SIDE = 40;
const [X0, Y1] = [500_000, 3_000_000];
const EPSG = 32650;

function classOf(col: number): number {
  return 1 + (Math.floor(col / 4) % 2);
}

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
  const samples = Uint8Array.from({ length: SIDE * SIDE }, (_, cell) => classOf(cell % SIDE));
  const grid = { rows: SIDE, cols: SIDE, epsg: EPSG, originX: X0, originY: Y1 };
  await writeFile(join(folder, 'cover.tif'), bandRaster({ ...grid, cell: 10, samples }));
  const soil = Float32Array.from({ length: SIDE * SIDE }, (_, cell) => 10 + (cell % SIDE));
  await writeFile(join(folder, 'soil.tif'), bandRaster({ ...grid, cell: 10, samples: soil }));
});

async function figures(
  zones: object,
  parts: { rule?: string; area?: string; args?: readonly string[] } = {},
): Promise<Figures> {
  const { rule = 'coverage', area, args = [] } = parts;
  const layers = { landcover: { scenes: './cover.tif' }, soil: { scenes: './soil.tif', unit: 't/ha' } };
  const spec = await writeCity({
    folder,
    scenes: './cover.tif',
    zones,
    zonesKeys: { id: 'id', rule },
    factors: plainFactors([1, 2]),
    spec: { layers, ...(area === undefined ? {} : { area }) },
  });
  const { code, stdout, stderr } = await runCli(['run', '--json', '--workers', '1', ...args, spec]);
  expect(code, stderr + stdout).toBe(0);
  return (JSON.parse(stdout) as { totals: Totals }).totals.figures;
}

/** Zones that cut cells: a rectangle off the lattice, the rest of a frame around it, and a pond smaller than a cell. */
const ZONES = rectangleZones(EPSG, {
  west: [X0 + 13, Y1 - 333, X0 + 177, Y1 - 21],
  east: [X0 + 177, Y1 - 333, X0 + 391, Y1 - 21],
  pond: [X0 + 392, Y1 - 7, X0 + 395, Y1 - 3],
});

function zoneOf(found: Figures, id: string): Figures['zones'][number] {
  return found.zones.find(({ zone }) => zone === id) as Figures['zones'][number];
}

describe('zones that share cells by area', () => {
  it('have their own area exactly, by class too', async () => {
    const found = await figures(ZONES);
    // 164 m x 312 m, 214 m x 312 m, 3 m x 4 m.
    expect(zoneOf(found, 'west').total.area_ha).toBeCloseTo(5.1168, 5);
    expect(zoneOf(found, 'east').total.area_ha).toBeCloseTo(6.6768, 5);
    expect(zoneOf(found, 'pond').total.area_ha).toBeCloseTo(0.0012, 6);
    expect(zoneOf(found, 'pond').total.cells).toBeCloseTo(0.12, 5);
    for (const { zone, x } of [
      { zone: 'west', x: [13, 177] },
      { zone: 'east', x: [177, 391] },
    ] as const) {
      for (const row of zoneOf(found, zone).classes) {
        let metres = 0;
        for (let col = 0; col < SIDE; col++) {
          if (classOf(col) === row.class)
            metres += Math.max(0, Math.min(x[1], col * 10 + 10) - Math.max(x[0], col * 10));
        }
        expect(row.area_ha).toBeCloseTo((metres * 312) / 1e4, 5);
      }
    }
    expect(found.overlaps).toEqual([]);
  });

  it('weigh quantities by what they have of each cell', async () => {
    const found = await figures(ZONES);
    let [sum, width] = [0, 0];
    for (let col = 0; col < SIDE; col++) {
      const metres = Math.max(0, Math.min(177, col * 10 + 10) - Math.max(13, col * 10));
      sum += metres * (10 + col);
      width += metres;
    }
    const [soil] = zoneOf(found, 'west').layers;
    expect(soil?.mean).toBeCloseTo(sum / width, 5);
    expect(soil?.coverage).toBeCloseTo(1, 9);
    expect(soil?.sum_unit_ha).toBeCloseTo((sum / width) * 5.1168, 4);
  });

  it('tile the city: neighbours add up to their union to the last bit, whatever the tiles and areas', async () => {
    const one = rectangleZones(EPSG, { whole: [X0 + 13, Y1 - 333, X0 + 391, Y1 - 21] });
    const both = rectangleZones(EPSG, {
      west: [X0 + 13, Y1 - 333, X0 + 177, Y1 - 21],
      east: [X0 + 177, Y1 - 333, X0 + 391, Y1 - 21],
    });
    for (const area of ['plane', 'ellipsoid']) {
      const whole = await figures(one, { area });
      const halves = await figures(both, { area, args: ['--tile-size', '16'] });
      expect(halves.city).toEqual(whole.city);
      expect(whole.city.total.cells).toBeCloseTo(37.8 * 31.2, 4);
    }
  });

  it('are what centres make of them where edges run along cells', async () => {
    const along = rectangleZones(EPSG, { a: [X0, Y1 - 200, X0 + 200, Y1], b: [X0 + 200, Y1 - 200, X0 + 400, Y1] });
    expect((await figures(along)).zones).toEqual((await figures(along, { rule: 'centre' })).zones);
  });
});

describe('explain', () => {
  it('tells the shares of a cell, and adds what they come to', async () => {
    await figures(ZONES);
    const at = `${X0 + 175},${Y1 - 105}`;
    const args = ['explain', '--at', at, '--crs', `EPSG:${EPSG}`, join(folder, 'spec.yaml')];
    const { code, stdout, stderr } = await runCli(args);
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('70.00 % in west');
    expect(stdout).toContain('30.00 % in east');
  });
});
