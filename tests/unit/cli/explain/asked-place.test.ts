import { describe, expect, test } from 'vitest';
import { askedPlace, cellOf } from '../../../../src/cli/explain/asked-place.ts';
import { crsFromEpsg } from '../../../../src/shared/geo/crs-registry.ts';
import type { AnalysisGrid } from '../../../../src/shared/geo/grid.ts';

async function refusal(at: string, crs: string | null = null) {
  const error = await askedPlace(at, crs).catch((thrown: unknown) => thrown);
  return error as { readonly code: string; readonly problems: readonly object[] };
}

async function grid(epsg: number, originX: number, originY: number, cell: number): Promise<AnalysisGrid> {
  const window = { row: 10, col: 20, rows: 100, cols: 100 };
  return { crs: await crsFromEpsg(epsg), originX, originY, cellWidth: cell, cellHeight: cell, window };
}

describe('A place on the command line', () => {
  test.each([
    ['120.15,30.25', 120.15, 30.25],
    [' -3.5 , +40.4 ', -3.5, 40.4],
    ['1e1,.5', 10, 0.5],
    ['180,-90', 180, -90],
  ])('%s is longitude, then latitude.', async (at, x, y) => {
    expect(await askedPlace(at, null)).toMatchObject({ x, y, crs: { epsg: 4326 } });
  });

  test('is of the CRS that is named, in its own units.', async () => {
    const place = await askedPlace('500005,2999995', 'EPSG:32650');
    expect(place).toMatchObject({ x: 500_005, y: 2_999_995, crs: { epsg: 32650 } });
  });

  test.each(['', '1', '1,2,3', '1 2', 'a,b', '0x10,1', '1e999,0', 'NaN,0'])('%j is refused.', async (at) => {
    expect(await refusal(at)).toMatchObject({ code: 'REQUEST_INVALID', problems: [{ where: '--at', found: at }] });
  });

  test('with latitude first is refused where the latitude could not be one.', async () => {
    expect(await refusal('30.2,120.1')).toMatchObject({
      problems: [{ where: '--at', message: 'the place is not on the Earth' }],
    });
  });

  test('of a CRS that is not known is refused by that.', async () => {
    expect(await refusal('1,2', 'EPSG:99999')).toMatchObject({
      code: 'REQUEST_INVALID',
      problems: [{ where: '--crs', found: 'EPSG:99999' }],
    });
  });
});

describe('The cell of a place', () => {
  test('is the one that contains it, west and north edges included.', async () => {
    const utm = await grid(32650, 500_000, 3_000_000, 10);
    const at = async (text: string) => cellOf(utm, await askedPlace(text, '32650'));
    expect(await at('500005,2999995')).toMatchObject({ row: 0, col: 0, x: 500_005, y: 2_999_995 });
    expect(await at('500010,2999990')).toMatchObject({ row: 1, col: 1 });
    expect(await at('500009.999,2999990.001')).toMatchObject({ row: 0, col: 0 });
    expect(await at('499999,3000001')).toMatchObject({ row: -1, col: -1 });
  });

  test('has a centre that leads back to it.', async () => {
    const utm = await grid(32650, 500_000, 3_000_000, 10);
    const cell = await cellOf(utm, await askedPlace('117.01,27.11', null));
    const again = await cellOf(utm, await askedPlace(`${cell?.lon},${cell?.lat}`, null));
    expect(again).toEqual(cell);
    // Half a cell of 10 m is less than 0.0001 degrees.
    expect(Math.abs((cell?.lon ?? 0) - 117.01)).toBeLessThan(1e-4);
    expect(Math.abs((cell?.lat ?? 0) - 27.11)).toBeLessThan(1e-4);
  });

  test('on a grid of degrees is met at any whole turn.', async () => {
    const degrees = await grid(4326, 170, 10, 0.25);
    const beyond = await cellOf(degrees, await askedPlace('-179.9,2.6', null));
    // -179.9 is 180.1: 10.1 degrees, or 40.4 cells, east of the origin.
    expect(beyond).toMatchObject({ row: 29, col: 40 });
    expect(await cellOf(degrees, await askedPlace('180.1,2.6', null))).toEqual(beyond);
  });

  test('is none where the CRS of the grid is not defined.', async () => {
    const mercator = await grid(3857, 0, 0, 100);
    expect(await cellOf(mercator, await askedPlace('10,90', null))).toBeNull();
  });
});
