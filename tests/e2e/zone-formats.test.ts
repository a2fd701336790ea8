import { readFileSync } from 'node:fs';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rectangleZones, temporaryFolder, writeCity } from '../support/city.ts';
import { runCli } from '../support/cli.ts';
import { SMALL_EPSG, smallCity } from '../support/small-city.ts';
import { NO_TEST_DATA, testData } from '../support/test-data.ts';
import type { Totals } from '../support/totals.ts';

/** Runs of the command line with zones in other formats than GeoJSON, and with zones that are odd in size or place. */

async function totalsOf(spec: string): Promise<Totals> {
  const { code, stdout, stderr } = await runCli(['run', '--json', '--workers', '1', spec]);
  expect(code, `${stderr}\n${stdout.slice(0, 2000)}`).toBe(0);
  return (JSON.parse(stdout) as { totals: Totals }).totals;
}

const fixtures = join(import.meta.dirname, '../fixtures/zones');

describe('zones in other formats', () => {
  it('give the figures of the GeoJSON, whichever it is', async () => {
    const figures: unknown[] = [];
    for (const [file, keys] of [
      ['formats.geojson', {}],
      ['formats.gpkg', { layer: 'districts' }],
      ['formats.shp', {}],
    ] as const) {
      const folder = await temporaryFolder();
      const zonesKeys = { id: 'code', label: 'name', ...keys };
      // The small raster reaches 320 m: into p1 and its pond.
      const { spec } = await smallCity({ folder, zones: join(fixtures, file), zonesKeys });
      const { figures: found } = await totalsOf(spec);
      expect(found.zones.map(({ zone }) => zone)).toEqual(['p1', 'p2', 'p3']);
      figures.push(found);
    }
    expect(figures[1]).toEqual(figures[0]);
    expect(figures[2]).toEqual(figures[0]);
  });

  it('are another request when only the table of a Shapefile changes', async () => {
    const { folder, spec } = await smallCity({ zones: './zones.shp', zonesKeys: { id: 'code', label: 'name' } });
    for (const ending of ['shp', 'shx', 'prj', 'cpg']) {
      await copyFile(join(fixtures, `formats.${ending}`), join(folder, `zones.${ending}`));
    }
    await copyFile(join(fixtures, 'formats.dbf'), join(folder, 'zones.dbf'));
    const first = await totalsOf(spec);
    const table = await readFile(join(folder, 'zones.dbf'), 'latin1');
    await writeFile(join(folder, 'zones.dbf'), table.replace('Park', 'Wood'), 'latin1');
    const second = await totalsOf(spec);
    expect([first, second].map(({ figures }) => figures.zones[0]?.name.slice(0, 4))).toEqual(['Park', 'Wood']);
  });
});

describe('zones of odd size', () => {
  it('smaller than a cell are marked, with their own area and their share of a cell', async () => {
    const [x, y] = [500_000, 3_000_000];
    const zones = rectangleZones(SMALL_EPSG, {
      field: [x, y - 100, x + 100, y],
      // Around the centre of a cell, and between centres: 4 x 4 m, 3 x 3 m in cells of 10 m.
      kiosk: [x + 203, y - 207, x + 207, y - 203],
      bench: [x + 206, y - 224, x + 209, y - 221],
      claim: [x + 50, y - 150, x + 150, y - 50],
    });
    const { spec } = await smallCity({ zones, zonesKeys: { id: 'id' } });
    const { figures, warnings } = await totalsOf(spec);
    const size = figures.zones.map(({ zone, below_cell, polygon_area_ha, polygon_cells, total }) => [
      zone,
      below_cell,
      polygon_area_ha,
      polygon_cells,
      total.zone_cells,
      total.zone_area_ha,
    ]);
    expect(size).toEqual([
      ['field', false, 1, 100, 100, 1],
      ['kiosk', true, 0.0016, 0.16, 1, 0.01],
      ['bench', true, 0.0009, 0.09, 0, 0],
      ['claim', false, 1, 100, 75, 0.75],
    ]);
    expect(figures.overlaps).toEqual([{ first: 'field', later: 'claim', cells: 25, area_ha: 0.25 }]);
    expect(warnings).toEqual(
      expect.arrayContaining([
        'zones overlap; a cell counts for the first in file order: field and claim (25 cells, 0.25 ha)',
        'zones in which no cell has its centre, so all their figures are 0: bench (0.0009 ha, 0.09 of a cell)',
        'zones smaller than a cell, counted by whole cells: kiosk (0.0016 ha, 0.16 of a cell) counted as 0.01 ha',
      ]),
    );
  });
});

/** A row for each number that a sample may be. */
function codesAsClasses(most: number): string {
  return `class,name,soil\n${Array.from({ length: most }, (_, i) => `${i + 1},c,1`).join('\n')}\n`;
}

const root = testData();

describe.skipIf(root === null)(`a real GeoPackage${root === null ? ` (${NO_TEST_DATA})` : ''}`, () => {
  const real = join(root ?? '', 'data/real');
  const expected = (root === null ? { zonal: {} } : JSON.parse(readFileSync(join(real, 'expected.json'), 'utf8'))) as {
    zonal: Record<string, unknown>;
  };

  it.each(['20180428', '20180903'])(
    'New York, Landsat of %s: cells of 71 districts as GDAL counts them',
    async (date) => {
      // The quality band lies on the grid of the others and has few codes; 1 is outside of the scene.
      const scenes = join(real, `new-york/LC08_L1TP_014032_${date}_BQA.TIF`);
      const spec = await writeCity({
        folder: await temporaryFolder(),
        scenes,
        zones: join(real, 'new-york/nycd.gpkg'),
        zonesKeys: { id: 'fid' },
        landcover: { nodata: 1 },
        factors: codesAsClasses(3010),
      });
      const { figures } = await totalsOf(spec);
      const name = Object.keys(expected.zonal).find((key) => key.startsWith(`new-york/LC08_L1TP_014032_${date} NDVI`));
      const wanted = expected.zonal[name ?? ''] as { fid: number; cells: number }[];
      expect(figures.zones.map(({ zone, total }) => [zone, total.cells])).toEqual(
        wanted.map(({ fid, cells }) => [String(fid), cells]),
      );
    },
  );
});
