import { describe, expect, it } from 'vitest';
import { crsFromEpsg, crsFromProj4 } from '../../../../src/shared/geo/crs-registry.ts';
import { makeTransform } from '../../../../src/shared/geo/project.ts';

const refused = expect.objectContaining({ code: 'CRS_UNSUPPORTED' });

describe('makeTransform', () => {
  it.each([
    [26711, /shift grid/],
    [4267, /shift grid/],
    [27700, /shift grid/],
    [21418, /no shift .* known well enough/],
    [2048, /axes run 'wsu'/],
    [6991, /no shift/],
    [6247, /projection/],
  ])('refuses EPSG:%i from WGS 84 rather than shift it wrongly', async (code, reason) => {
    const [wgs84, other] = [await crsFromEpsg(4326), await crsFromEpsg(code)];
    expect(() => makeTransform(wgs84, other)).toThrow(refused);
    expect(() => makeTransform(other, wgs84)).toThrow(reason);
  });

  it('projects within NAD27, where no shift is needed', async () => {
    const [x, y] = makeTransform(await crsFromEpsg(4267), await crsFromEpsg(26711))(-117, 33.9);
    // The central meridian of zone 11; northing of Clarke 1866.
    expect(x).toBeCloseTo(500_000, 6);
    expect(y).toBeGreaterThan(3_750_000);
  });

  it('takes a shift that the user writes', async () => {
    const mine = crsFromProj4('+proj=longlat +ellps=krass +towgs84=15.8,-154.4,-82.3', 'mine');
    const [lon, lat] = makeTransform(mine, await crsFromEpsg(4326))(120, 30);
    expect(Math.abs(lon - 120) + Math.abs(lat - 30)).toBeGreaterThan(1e-5);
  });

  it('takes latitudes of a spherical system as they are', async () => {
    const sphere = crsFromProj4('+proj=sinu +R=6371007.181 +units=m', 'MODIS');
    const [, y] = makeTransform(await crsFromEpsg(4326), sphere)(0, 45);
    expect(y).toBeCloseTo((Math.PI / 4) * 6371007.181, 3);
  });

  it('reads grads as 0.9 degrees', async () => {
    const grads = { ...(await crsFromEpsg(4326)), epsg: null, unitSize: 0.9 };
    expect(makeTransform(grads, await crsFromEpsg(4326))(100, 50)).toEqual([90, 45]);
  });

  it('gives NaN outside the domain of a projection', async () => {
    const transform = makeTransform(await crsFromEpsg(4326), await crsFromEpsg(3857));
    expect(transform(0, 91).every(Number.isFinite)).toBe(false);
    expect(transform(Number.NaN, 0)).toEqual([Number.NaN, Number.NaN]);
  });
});
