import { describe, expect, it } from 'vitest';
import { crsFromEpsg, crsFromProj4, parseCrs } from '../../../../src/shared/geo/crs-registry.ts';

const refused = { code: 'CRS_UNSUPPORTED' };

describe('parseCrs', () => {
  it.each([
    ['EPSG:32632', 32632],
    ['epsg:32632', 32632],
    ['32632', 32632],
    ['urn:ogc:def:crs:EPSG::32632', 32632],
    ['urn:ogc:def:crs:EPSG:6.18:32632', 32632],
    ['http://www.opengis.net/def/crs/EPSG/0/32632', 32632],
    ['OGC:CRS84', 4326],
    ['urn:ogc:def:crs:OGC:1.3:CRS84', 4326],
    ['urn:ogc:def:crs:OGC::CRS84', 4326],
    ['http://www.opengis.net/def/crs/OGC/1.3/CRS84', 4326],
    ['WGS 84', 4326],
  ])('%s is EPSG:%i', async (text, code) => {
    expect((await parseCrs(text)).epsg).toBe(code);
  });

  it.each(['EPSG:999999', 'EPSG:0', 'WGS', '', '../../package', 'EPSG:5773', 'EPSG:4978'])(
    'refuses %j',
    async (text) => {
      await expect(parseCrs(text)).rejects.toMatchObject(refused);
    },
  );

  it('takes a proj4 string', async () => {
    const crs = await parseCrs('+proj=sinu +R=6371007.181 +units=m');
    expect(crs).toMatchObject({ epsg: null, kind: 'projected', unitSize: 1, ellipsoid: { a: 6371007.181, e2: 0 } });
  });
});

describe('crsFromEpsg', () => {
  it('knows the ellipsoid of WGS 84', async () => {
    const crs = await crsFromEpsg(4326);
    expect(crs).toMatchObject({ kind: 'geographic', unitSize: 1 });
    expect(crs.ellipsoid.a).toBe(6378137);
    expect(crs.ellipsoid.e2).toBeCloseTo(0.00669437999014, 13);
  });

  it('tells US survey feet from international feet', async () => {
    expect((await crsFromEpsg(2263)).unitSize).toBe(1200 / 3937);
    expect((await crsFromEpsg(2222)).unitSize).toBe(0.3048);
  });

  it('reads the grads of NTF (Paris)', async () => {
    expect((await crsFromEpsg(4807)).unitSize).toBe(0.9);
  });

  it('takes the ellipsoid of WGS 72, which proj4 does not know, not that of WGS 84', async () => {
    expect((await crsFromEpsg(4322)).ellipsoid.a).toBe(6378135);
  });
});

describe('crsFromProj4', () => {
  it.each([
    '+units=m +ellps=WGS84',
    '+proj=geocent +datum=WGS84',
    '+proj=tmerc +ellps=atlantis +units=m',
    'PROJCS["x"]',
  ])('refuses %j', (definition) => {
    expect(() => crsFromProj4(definition, 'mine')).toThrow(expect.objectContaining(refused));
  });
});
