import { describe, expect, it } from 'vitest';
import { baselineOf, type RadiometryFacts, radiometry } from '../../../../src/shared/raster/reflectance.ts';

const NOTHING: RadiometryFacts = {
  itemId: 'x',
  collection: null,
  productName: null,
  constellation: null,
  processingLevel: null,
  baseline: null,
  boaOffsetApplied: null,
  landsatCollection: null,
  landsatCorrection: null,
  assetKey: 'data',
  href: 's3://b/data.tif',
  mediaType: null,
  commonName: null,
  scale: null,
  offset: null,
  nodata: null,
};

const S2_RED: RadiometryFacts = {
  ...NOTHING,
  itemId: 'S2A_31UDQ_20200219_0_L2A',
  constellation: 'sentinel-2',
  commonName: 'red',
};

function s2(facts: Partial<RadiometryFacts>) {
  const { scale, offset, nodata, doubt } = radiometry({ ...S2_RED, ...facts });
  return { scale, offset, nodata, doubtful: doubt !== null };
}

describe('Sentinel-2', () => {
  it.each([
    ['03.01', 0],
    ['04.00', -0.1],
    ['05.00', -0.1],
    ['05.11', -0.1],
    ['0214', 0],
  ])('of baseline %s has offset %d', (baseline, offset) => {
    expect(s2({ baseline })).toEqual({ scale: 0.0001, offset, nodata: 0, doubtful: false });
  });

  it.each([
    ['S2A_MSIL2A_20220801T105631_N0400_R094_T31UDQ_20220801T170000.SAFE', -0.1],
    // Sensed long before 2022 and reprocessed: the date would say 0.
    ['S2A_MSIL2A_20180801T105631_N0500_R094_T31UDQ_20230801T170000.SAFE', -0.1],
    ['S2A_MSIL2A_20200219T112111_N0214_R037_T29RKH_20200219T123947.SAFE', 0],
    ['GS2A_20200219T112111_024344_N02.14', 0],
  ])('without a property takes the baseline from the name %s', (productName, offset) => {
    expect(s2({ productName }).offset).toBe(offset);
  });

  it('whose provider has applied the offset has none left, whatever is stated beside', () => {
    expect(s2({ baseline: '05.11', boaOffsetApplied: true, scale: 0.0001, offset: -0.1 }).offset).toBe(0);
  });

  it('keeps the offset of the originals that such an item names too', () => {
    const original = { mediaType: 'image/jp2', href: 's3://sentinel-s2-l2a/tiles/B04.jp2' };
    expect(s2({ baseline: '05.11', boaOffsetApplied: true, offset: -0.1, ...original }).offset).toBe(-0.1);
  });

  it('takes a stated offset before the baseline, and says where that is doubtful', () => {
    expect(s2({ baseline: '05.11', offset: -0.1, scale: 0.0001 })).toMatchObject({ offset: -0.1, doubtful: false });
    expect(s2({ baseline: '05.11', offset: 0, scale: 0.0001 })).toMatchObject({ offset: 0, doubtful: true });
    expect(s2({ baseline: '05.11', offset: -0.1, boaOffsetApplied: false })).toMatchObject({
      offset: -0.1,
      doubtful: true,
    });
  });

  it('of an unknown baseline has no offset that could be taken', () => {
    expect(s2({})).toEqual({ scale: 0.0001, offset: null, nodata: 0, doubtful: true });
  });

  it.each(['SCL', 'AOT', 'visual', 'WVP'])('%s is no reflectance', (assetKey) => {
    const facts = { ...S2_RED, commonName: null, assetKey, href: `s3://b/T31_${assetKey}.tif`, baseline: '05.11' };
    expect(radiometry(facts)).toMatchObject({ scale: null, offset: null, nodata: null });
  });

  it('bands are known by their file where no name is given', () => {
    expect(
      s2({ commonName: null, assetKey: 'x', href: 's3://b/T31UDQ_20220801T105631_B8A_20m.tif', baseline: '04.00' })
        .offset,
    ).toBe(-0.1);
  });
});

describe('Landsat Collection 2 Level 2', () => {
  const band = {
    ...NOTHING,
    itemId: 'LC08_L2SP_028030_20200114_20200824_02_T1_SR',
    commonName: 'red',
    href: 's3://u/LC08_x_SR_B4.TIF',
  };

  it('has the scale and offset of the product guide', () => {
    expect(radiometry(band)).toMatchObject({ scale: 0.0000275, offset: -0.2, nodata: 0, doubt: null });
  });

  it('has bits in QA_PIXEL, whose fill is 1', () => {
    expect(radiometry({ ...band, commonName: null, href: 's3://u/LC08_x_QA_PIXEL.TIF' })).toMatchObject({
      scale: null,
      offset: null,
      nodata: 1,
    });
  });

  it.each(['LC08_L1TP_028030_20200114_20200824_02_T1', 'LC08_L2SP_028030_20200114_20200824_01_T1'])(
    '%s is none',
    (itemId) => {
      expect(radiometry({ ...band, itemId })).toMatchObject({ scale: null, offset: null, nodata: null });
    },
  );
});

describe('baselineOf', () => {
  it.each([
    ['5.11', null],
    ['', null],
    ['05.11', 511],
    [' 0400 ', 400],
  ])('%j is %s', (baseline, number) => {
    expect(baselineOf({ ...NOTHING, baseline })).toBe(number);
  });
});
