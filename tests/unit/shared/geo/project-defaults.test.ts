import { describe, expect, it } from 'vitest';
import { crsFromEpsg, crsFromProj4 } from '../../../../src/shared/geo/crs-registry.ts';
import { makeTransform } from '../../../../src/shared/geo/project.ts';

describe('definitions that leave out what PROJ takes for granted', () => {
  it.each(['laea +lat_0=52 +lon_0=10', 'sinu +lon_0=0', 'aea +lat_1=25 +lat_2=47 +lat_0=0 +lon_0=105'])(
    '+proj=%s without false easting and northing has them at 0',
    async (projection) => {
      const bare = crsFromProj4(`+proj=${projection} +datum=WGS84 +units=m +no_defs`, 'bare');
      const full = crsFromProj4(`+proj=${projection} +x_0=0 +y_0=0 +datum=WGS84 +units=m +no_defs`, 'full');
      const degrees = await crsFromEpsg(4326);
      const place = makeTransform(degrees, bare)(11, 50);
      expect(place).toEqual(makeTransform(degrees, full)(11, 50));
      expect(place.every(Number.isFinite)).toBe(true);
      const [lon, lat] = makeTransform(bare, degrees)(...place);
      expect(lon).toBeCloseTo(11, 8);
      expect(lat).toBeCloseTo(50, 8);
    },
  );

  // Bern, the origin of the Swiss grid, in its own datum: lon 7 26 22.50, lat 46 57 08.66 (swisstopo, formulas 2016).
  it('the Swiss grid has its origin at Bern, on its own ellipsoid', async () => {
    const swiss = await crsFromEpsg(21781);
    const own = crsFromProj4('+proj=longlat +ellps=bessel +towgs84=674.374,15.056,405.346,0,0,0,0 +no_defs', 'CH1903');
    const [x, y] = makeTransform(
      { ...own, proj4: swiss.proj4.replace(/\+proj=somerc.*?(?=\+ellps)/, '+proj=longlat ') },
      swiss,
    )(7 + 26 / 60 + 22.5 / 3600, 46 + 57 / 60 + 8.66 / 3600);
    expect(x).toBeCloseTo(600_000, 1);
    expect(y).toBeCloseTo(200_000, 1);
  });
});
