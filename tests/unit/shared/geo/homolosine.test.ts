import { describe, expect, it } from 'vitest';
import { crsFromProj4, crsFromWkt, parseCrs } from '../../../../src/shared/geo/crs-registry.ts';
import { forwardOnSphere, inverseOnSphere } from '../../../../src/shared/geo/homolosine.ts';
import { makeTransform } from '../../../../src/shared/geo/project.ts';

const DEGREE = Math.PI / 180;
const RADIUS = 6378137;
/** Goode's joint, 40 degrees 44' 11.8". */
const JOINT = 40 + 44 / 60 + 11.8 / 3600;

const sphere = crsFromProj4('+proj=longlat +datum=WGS84 +no_defs', 'longitude and latitude');
const plane = crsFromProj4('+proj=igh +lat_0=0 +lon_0=0 +datum=WGS84 +units=m +no_defs', 'Homolosine');
const forward = makeTransform(sphere, plane);
const inverse = makeTransform(plane, sphere);

describe('lobes of the Homolosine plane', () => {
  it('central meridians are straight and true: x is their arc of the equator', () => {
    for (const [lon, lat] of [
      [-100, 20],
      [30, 70],
      [-160, -30],
      [-60, -65],
      [20, -1],
      [140, -89],
    ] as const) {
      expect(forward(lon, lat)[0]).toBeCloseTo(lon * DEGREE * RADIUS, 6);
    }
  });

  it('a border belongs to the lobe in the west, the equator to the north', () => {
    expect(forward(-40, 30)[0]).toBeLessThan(-40 * DEGREE * RADIUS);
    expect(forward(-40 + 1e-9, 30)[0]).toBeGreaterThan(-40 * DEGREE * RADIUS);
    expect(forward(80, -30)[0]).toBeLessThan(80 * DEGREE * RADIUS);
    expect(forward(80 - 1e-9, 0)).toEqual([expect.closeTo((80 - 1e-9) * DEGREE * RADIUS, 6), 0]);
  });

  it('areas are kept everywhere: the Jacobian is that of a sphere', () => {
    const step = 1e-5;
    for (const [lon, lat] of [
      [120, 30],
      [-75, 41],
      [-3, 55],
      [151, -34],
      [-70, -52],
      [10, 84],
      [25, -80],
    ] as const) {
      const [east, west] = [forward(lon + step, lat), forward(lon - step, lat)];
      const [north, south] = [forward(lon, lat + step), forward(lon, lat - step)];
      const area = (east[0] - west[0]) * (north[1] - south[1]) - (east[1] - west[1]) * (north[0] - south[0]);
      const expected = (2 * step * DEGREE * RADIUS) ** 2 * Math.cos(lat * DEGREE);
      expect(area / expected, `${lon} ${lat}`).toBeCloseTo(1, 6);
    }
  });

  it('sinusoidal and Mollweide join, but for what a joint rounded to 0.1" leaves: 3e-7 of the width', () => {
    for (const sign of [1, -1]) {
      const [below, above] = [forward(110, sign * (JOINT - 1e-10)), forward(110, sign * (JOINT + 1e-10))];
      expect(Math.abs(above[1] - below[1])).toBeLessThan(1e-4);
      expect(Math.abs(above[0] - below[0])).toBeLessThan(3e-7 * 80 * DEGREE * RADIUS);
      expect(inverse(...forward(110, sign * JOINT))[1]).toBeCloseTo(sign * JOINT, 11);
    }
  });

  it('longitudes beyond half a turn are those of the other side', () => {
    expect(forward(190, 20)[0]).toBeCloseTo(forward(-170, 20)[0], 6);
    expect(forward(-180, 20)[0]).toBeLessThan(0);
    expect(forward(180, 20)[0]).toBeGreaterThan(0);
  });
});

describe('the poles', () => {
  it('are one point in each lobe, and come back from there', () => {
    for (const [lon, lat, centre] of [
      [150, 90, 30],
      [-170, 90, -100],
      [-120, -90, -160],
      [80, -90, 20],
    ] as const) {
      expect(forward(lon, lat)[0]).toBeCloseTo(centre * DEGREE * RADIUS, 6);
      expect(inverse(...forward(lon, lat))).toEqual([expect.closeTo(centre, 9), lat]);
    }
  });

  it('points from 100 km to a centimetre away come back within a micrometre', () => {
    for (let metres = 1e5; metres > 5e-3; metres /= 10) {
      for (const lat of [90 - metres / 111_195, metres / 111_195 - 90]) {
        const [lon = Number.NaN, back = Number.NaN] = inverse(...forward(99, lat));
        expect(Math.abs(back - lat) * 111_195, `${metres} m`).toBeLessThan(1e-6);
        expect(Math.abs(lon - 99) * DEGREE * metres, `${metres} m`).toBeLessThan(1e-6);
      }
    }
  });

  it('beyond them there is nothing', () => {
    expect(forward(0, 90.001)).toEqual([Number.NaN, Number.NaN]);
    expect(forward(0, -91)).toEqual([Number.NaN, Number.NaN]);
    expect(forwardOnSphere({ x: 0, y: Number.NaN })).toBeUndefined();
    expect(inverse(30 * DEGREE * RADIUS, 8_683_270)).toEqual([Number.NaN, Number.NaN]);
  });
});

describe('interruptions', () => {
  it('have no place on the Earth', () => {
    for (const [x, y] of [
      [-40, 45],
      [-100, -45],
      [-20, -10],
      [80, -60],
      [179, 60],
      [-179, -30],
      [181, 1],
    ] as const) {
      expect(inverse(x * DEGREE * RADIUS, y * DEGREE * RADIUS), `${x} ${y}`).toEqual([Number.NaN, Number.NaN]);
    }
  });

  it('end within a metre of the lobes on both sides', () => {
    for (const [lon, lat] of [
      [-40, 50],
      [-100, -50],
      [-20, -20],
      [80, -20],
    ] as const) {
      const [west, east] = [forward(lon - 1e-9, lat), forward(lon + 1e-9, lat)];
      expect(inverse(west[0] - 1, west[1])[0]).toBeCloseTo(lon, 4);
      expect(inverse(east[0] + 1, east[1])[0]).toBeCloseTo(lon, 4);
      expect(inverse(west[0] + 1, west[1])[0]).toBeNaN();
      expect(inverse(east[0] - 1, east[1])[0]).toBeNaN();
    }
  });

  it('show Greenland whole in both northern lobes, though only one of them is where it is put', () => {
    const offset = 130 * DEGREE;
    const place = inverseOnSphere(forwardOnSphere({ x: -41 * DEGREE, y: 72 * DEGREE }) as { x: number; y: number });
    expect(place?.x).toBeCloseTo(-41 * DEGREE, 12);
    const east = forwardOnSphere({ x: 30 * DEGREE + 1, y: 72 * DEGREE }) as { x: number; y: number };
    const scale = east.x - 30 * DEGREE;
    const repeated = inverseOnSphere({ x: 30 * DEGREE + (59 * DEGREE - offset) * scale, y: east.y });
    expect(repeated?.x).toBeCloseTo(-41 * DEGREE, 12);
  });

  it('are nothing in other systems too', async () => {
    const toUtm = makeTransform(plane, await parseCrs('EPSG:32650'));
    expect(toUtm(-40 * DEGREE * RADIUS, 5e6)).toEqual([Number.NaN, Number.NaN]);
    expect(makeTransform(plane, plane)(-40 * DEGREE * RADIUS, 5e6)).toEqual([Number.NaN, Number.NaN]);
    const kilometres = crsFromProj4('+proj=igh +datum=WGS84 +units=km', 'Homolosine in km');
    expect(makeTransform(plane, kilometres)(-40 * DEGREE * RADIUS, 5e6)).toEqual([Number.NaN, Number.NaN]);
    expect(makeTransform(plane, kilometres)(1e7, 3e6)).toEqual([expect.closeTo(1e4, 9), expect.closeTo(3e3, 9)]);
  });
});

const GEOGCS =
  'GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]';
const esri = (option: string) =>
  `PROJCS["World_Goode",${GEOGCS},PROJECTION["Goode_Homolosine"],PARAMETER["Central_Meridian",0.0]${option},UNIT["Meter",1.0]]`;

describe('its names', () => {
  it('SoilGrids by its well-known text, and ESRI by number and text, are the same system', async () => {
    const soilgrids = `PROJCS["Homolosine", ${GEOGCS}, PROJECTION["Interrupted_Goode_Homolosine"], UNIT["Meter",1]]`;
    for (const crs of [
      await crsFromWkt(soilgrids),
      await crsFromWkt(esri(',PARAMETER["Option",1.0]')),
      await parseCrs('ESRI:54052'),
    ]) {
      expect(makeTransform(sphere, crs)(120, 30)).toEqual(forward(120, 30));
    }
  });

  it.each([
    ['ocean-oriented', ',PARAMETER["Option",2.0]', /option is not read/],
    ['not interrupted', ',PARAMETER["Option",0.0]', /option is not read/],
    ['not interrupted, as OGC writes it', '', /option is missing/],
  ])('the form that is %s is refused', async (_, option, reason) => {
    await expect(crsFromWkt(esri(option))).rejects.toThrow(reason);
  });

  it('igh_o, cut for oceans, is refused by name', () => {
    const ocean = crsFromProj4('+proj=igh_o +lon_0=-160 +datum=WGS84 +no_defs', 'Goode for oceans');
    expect(() => makeTransform(sphere, ocean)).toThrow(/Goode for oceans: its projection is not one/);
  });
});
