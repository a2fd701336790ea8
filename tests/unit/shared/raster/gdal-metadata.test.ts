import { describe, expect, it } from 'vitest';
import { bandMetadata } from '../../../../src/shared/raster/gdal-metadata.ts';

const PLAIN = { scale: 1, offset: 0, unit: null, description: null };

describe('GDAL metadata of bands', () => {
  it('finds each band by its sample number, and unescapes what GDAL escapes twice', () => {
    const xml = `<GDALMetadata>
  <Item name="OFFSET" sample="0" role="offset">-0.1</Item>
  <Item name="SCALE" sample="1" role="scale">2.75e-05</Item>
  <Item name="DESCRIPTION" sample="1" role="description">soil &amp;amp; litter</Item>
  <Item name="UNITTYPE" sample="0" role="unittype">t/ha &amp;lt;C&amp;gt;</Item>
  <Item name="AREA_OR_POINT">Area</Item>
</GDALMetadata>`;
    expect(bandMetadata(xml, 2)).toEqual([
      { ...PLAIN, offset: -0.1, unit: 't/ha <C>' },
      { ...PLAIN, scale: 2.75e-5, description: 'soil & litter' },
    ]);
  });

  it('numbers that are none and bands that do not exist change nothing', () => {
    const xml =
      '<Item sample="0" role="scale">abc</Item><Item sample="0" role="offset"></Item>' +
      '<Item sample="9" role="scale">2</Item><Item sample="-1" role="scale">2</Item><Item role="scale">2</Item>';
    expect(bandMetadata(xml, 1)).toEqual([PLAIN]);
    expect(bandMetadata(null, 1)).toEqual([PLAIN]);
  });

  it('hostile text ends soon', () => {
    expect(bandMetadata('<Item '.repeat(200_000), 1)).toEqual([PLAIN]);
    expect(bandMetadata(`<Item ${'a="b'.repeat(200_000)}>1</Item>`, 1)).toEqual([PLAIN]);
  });
});
