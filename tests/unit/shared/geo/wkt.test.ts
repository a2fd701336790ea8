import { describe, expect, it } from 'vitest';
import { crsFromWkt } from '../../../../src/shared/geo/crs-registry.ts';
import { epsgOf, parseWkt } from '../../../../src/shared/geo/wkt.ts';

const SPHEROID = 'SPHEROID["WGS_1984",6378137.0,298.257223563]';
const GEOGCS = `GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",${SPHEROID}],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]`;

function utm(more = '', geogcs = GEOGCS, projection = 'Transverse_Mercator'): string {
  const parameters = [
    ['False_Easting', 500000],
    ['False_Northing', 0],
    ['Central_Meridian', 117],
    ['Scale_Factor', 0.9996],
    ['Latitude_Of_Origin', 0],
  ].map(([name, value]) => `PARAMETER["${name}",${value}]`);
  return `PROJCS["UTM 50N",${geogcs},PROJECTION["${projection}"],${parameters.join(',')},UNIT["Meter",1.0]${more}]`;
}

describe('parseWkt', () => {
  it('reads nodes, quoted quotes, bare words, both kinds of brackets and line breaks', () => {
    expect(parseWkt('\ufeffCRS [ "a ""b""" ,\n AXIS("x",EAST), ID["EPSG",4326] ]')).toEqual({
      keyword: 'CRS',
      values: ['a "b"'],
      children: [
        { keyword: 'AXIS', values: ['x', 'EAST'], children: [] },
        { keyword: 'ID', values: ['EPSG', 4326], children: [] },
      ],
    });
  });

  it.each(['', 'GEOGCS', 'GEOGCS[', 'GEOGCS["a"', 'GEOGCS["a",]', 'GEOGCS["a"]]', '["a"]', 'GEOGCS["a" "b"]', '{}'])(
    'takes %j for no WKT',
    (text) => {
      expect(parseWkt(text)).toBeNull();
    },
  );

  it('bounds depth and length', () => {
    expect(parseWkt(`${'A['.repeat(5000)}1${']'.repeat(5000)}`)).toBeNull();
    expect(parseWkt(`A["${'x'.repeat(70_000)}"]`)).toBeNull();
  });

  it('takes the code of the system itself, not of its parts', () => {
    const inner = parseWkt('PROJCS["x",GEOGCS["y",AUTHORITY["EPSG","4326"]],UNIT["m",1]]');
    expect(inner === null ? 0 : epsgOf(inner)).toBeNull();
  });
});

describe('crsFromWkt', () => {
  it.each([
    ['WKT 1', utm(',AUTHORITY["EPSG","32650"]'), 32650],
    ['a compound system', `COMPD_CS["c",${utm(',AUTHORITY["EPSG","32650"]')},VERT_CS["h"]]`, 32650],
    ['WKT 2', 'PROJCRS["x",BASEGEOGCRS["y"],CONVERSION["z"],CS[Cartesian,2],ID["EPSG",25832]]', 25832],
    ['a bound system', 'BOUNDCRS[SOURCECRS[GEOGCRS["y",ID["EPSG",4258]]],TARGETCRS[GEOGCRS["w"]]]', 4258],
  ])('knows the EPSG code in %s', async (_, wkt, epsg) => {
    expect((await crsFromWkt(wkt)).epsg).toBe(epsg);
  });

  it.each([
    ['another prime meridian', utm('', GEOGCS.replace('"Greenwich",0.0', '"Paris",2.33722917')), /prime meridian/],
    ['angles in grads', utm('', GEOGCS.replace('0.0174532925199433', '0.01570796326794897')), /degrees/],
    [
      'a datum that its text does not tie to WGS 84',
      utm('', GEOGCS.replace(SPHEROID, 'SPHEROID["Bessel",6377397.155,299.1528128]')),
      /how its datum/,
    ],
    [
      'Cyprus, whose ellipsoid is that of WGS 84 and whose datum is not',
      utm('', GEOGCS.replace('D_WGS_1984', 'D_Cyprus_Geodetic_Reference_System_1993')),
      /how its datum/,
    ],
    ['a projection that is not read', utm('', GEOGCS, 'Hotine_Oblique_Mercator'), /not read from WKT/],
    ['axes to the south', utm(',AXIS["Southing",SOUTH]'), /west or south/],
    ['a parameter that is not read', utm(',PARAMETER["Azimuth",30]'), /azimuth is not read/],
    ['WKT 2 without a code', 'PROJCRS["x",BASEGEOGCRS["y"],CONVERSION["z"]]', /only WKT 1/],
    ['a local system', 'LOCAL_CS["Undefined Cartesian"]', /not a coordinate reference system/],
  ])('refuses %s', async (_, wkt, message) => {
    await expect(crsFromWkt(wkt)).rejects.toMatchObject({
      code: 'CRS_UNSUPPORTED',
      message: expect.stringMatching(message),
    });
  });

  it('takes a shift to WGS 84 that the text itself gives', async () => {
    const bessel =
      'SPHEROID["Bessel",6377397.155,299.1528128],TOWGS84[577.326,90.129,463.919,5.137,1.474,5.297,2.4232]';
    const crs = await crsFromWkt(utm('', GEOGCS.replace(SPHEROID, bessel)));
    expect(crs.proj4).toContain('+towgs84=577.326,90.129,463.919,5.137,1.474,5.297,2.4232');
  });
});
