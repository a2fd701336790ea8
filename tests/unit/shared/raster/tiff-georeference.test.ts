import { describe, expect, it } from 'vitest';
import { georeferenceOf } from '../../../../src/shared/raster/tiff-georeference.ts';
import { TAG } from '../../../../src/shared/raster/tiff-tags.ts';

const SCALE = [TAG.modelPixelScale, [10, 20, 0]] as const;

describe('where an image lies', () => {
  it('a tie point inside the image is carried back to the corner', () => {
    const tags = new Map<number, unknown>([SCALE, [TAG.modelTiepoint, [2, 3, 0, 500000, 4000000, 0]]]);
    expect(georeferenceOf(tags, false).geotransform).toEqual([499980, 10, 0, 4000060, 0, -20]);
  });

  it('pixel-is-point moves the corner out by half a pixel', () => {
    const tags = new Map<number, unknown>([SCALE, [TAG.modelTiepoint, [0, 0, 0, 0, 0, 0]]]);
    expect(georeferenceOf(tags, true).geotransform).toEqual([-5, 10, 0, 10, 0, -20]);
  });

  it('a matrix may be rotated or run south-up, and is kept as it is', () => {
    const matrix = [1.5, -5, 0, 1841000, -5, 1.5, 0, 1144000, 0, 0, 0, 0, 0, 0, 0, 1];
    const tags = new Map<number, unknown>([[TAG.modelTransformation, Float64Array.from(matrix)]]);
    expect(georeferenceOf(tags, false).geotransform).toEqual([1841000, 1.5, -5, 1144000, -5, 1.5]);
  });

  it('tie points without scale are control points: no geotransform, and a remark', () => {
    const tags = new Map<number, unknown>([[TAG.modelTiepoint, Array(12).fill(1)]]);
    const place = georeferenceOf(tags, false);
    expect(place).toMatchObject({ geotransform: null, controlPoints: 2 });
    expect(place.remarks).toEqual(['2 control points are not used: the image has no geotransform']);
  });

  it('infinite, singular or absent tags give no place rather than a wrong one', () => {
    const infinite = new Map<number, unknown>([SCALE, [TAG.modelTiepoint, [0, 0, 0, Infinity, 0, 0]]]);
    const singular = new Map<number, unknown>([[TAG.modelTransformation, Array(16).fill(1)]]);
    expect(georeferenceOf(infinite, false).geotransform).toBeNull();
    expect(georeferenceOf(singular, false).geotransform).toBeNull();
    expect(georeferenceOf(new Map(), false).geotransform).toBeNull();
  });
});
