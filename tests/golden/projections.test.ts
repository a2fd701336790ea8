import { describe, expect, it } from 'vitest';
import { crsFromEpsg } from '../../src/shared/geo/crs-registry.ts';
import { makeTransform } from '../../src/shared/geo/project.ts';

/**
 * EPSG code, longitude, latitude (WGS 84), and x, y as GDAL 3.6.2 (PROJ 9.1) gives them:
 * osr.CoordinateTransformation with OAMS_TRADITIONAL_GIS_ORDER on both sides, no grids installed.
 */
const FROM_GDAL: readonly (readonly [number, number, number, number, number])[] = [
  [32632, 9.0, 45.5, 500000.0, 5038496.504432763],
  [32632, 6.7, 0.3, 244001.84711392186, 33185.93138506052],
  [31985, -34.87, -8.0, 293892.10553984996, 9115233.92355868],
  [4559, -61.5, 16.2, 660342.3123888624, 1791644.131494719],
  [3035, 4.3, 52.1, 3930867.8169557666, 3236397.724463096],
  [3035, 21.0, 60.0, 4933495.627194555, 4147568.6479411284],
  [2263, -73.97, 40.75, 992562.1859326175, 212523.30999732454],
  [3857, 120.15, 30.25, 13375036.81881182, 3535725.6597991595],
  [5070, -95.0, 40.0, 84621.06947956844, 1887422.787464088],
  [32650, 118.5, 30.1, 644534.5276701386, 3330815.2183166756],
  [4549, 120.2, 30.2, 519258.46322602837, 3342301.1315952637],
  [2154, 2.35, 48.85, 652301.5648305281, 6861302.725899576],
  [32618, -74.0, 40.7, 584482.3522822947, 4505935.869447077],
  [2193, 174.76, -36.85, 1756911.9448501726, 5920321.818190336],
  [3577, 149.13, -35.28, 1550570.618764107, -3957368.5942200646],
  [4490, 120.2, 30.2, 120.2, 30.2],
  [2056, 8.55, 47.37, 2683941.5303450297, 1247167.393043294],
  [28992, 4.9, 52.37, 121819.36516274615, 487013.76152221597],
  [31370, 4.35, 50.85, 148679.44737789372, 171066.81032996625],
  [2039, 34.78, 32.08, 179383.78389240737, 665268.3345386835],
  [3003, 9.19, 45.46, 1514882.5915821455, 5034090.198974064],
  [31256, 16.37, 48.2, 2814.771435648755, 340177.4407786196],
  [2853, -77.05, 38.9, 3625774.904929174, 2137892.6058086082],
  [23700, 19.04, 47.5, 649439.1116111326, 239562.88113042142],
  [2100, 23.73, 37.98, 476138.5858448203, 4203342.4397097],
  [30169, 139.75, 35.68, -7249.941379294838, -35854.962866457034],
  [5533, -46.63, -23.55, 333669.25174740574, 7394693.244203],
];

/**
 * Metres that systems may differ by. NAD83(HARN) and MGI: PROJ prefers another shift than the index.
 * Tokyo and SAD69(96): the way back differs by millimetres after a shift of hundreds of metres.
 */
const LOOSER: Readonly<Record<number, number>> = { 2853: 1, 31256: 1, 30169: 0.01, 5533: 0.01 };

describe('projections', () => {
  it.each(FROM_GDAL)('EPSG:%i at %f, %f lies where GDAL puts it', async (code, lon, lat, x, y) => {
    const to = await crsFromEpsg(code);
    const [ourX, ourY] = makeTransform(await crsFromEpsg(4326), to)(lon, lat);
    const metresPerUnit = to.kind === 'projected' ? to.unitSize : 111_320;
    expect(Math.hypot(ourX - x, ourY - y) * metresPerUnit).toBeLessThan(LOOSER[code] ?? 0.001);
  });

  it.each(FROM_GDAL)('EPSG:%i at %f, %f comes back', async (code, lon, lat, x, y) => {
    const [backLon, backLat] = makeTransform(await crsFromEpsg(code), await crsFromEpsg(4326))(x, y);
    const degrees = (LOOSER[code] ?? 0.001) / 60_000;
    expect(Math.hypot(backLon - lon, backLat - lat)).toBeLessThan(degrees);
  });
});
