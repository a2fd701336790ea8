import { fromArrayBuffer } from 'geotiff';
import { describe, expect, it } from 'vitest';
import { writeCog } from '../../../../src/reducer/write-cog.ts';
import type { Crs } from '../../../../src/shared/geo/crs.ts';
import { deflateBlock, inflateBlock } from '../../../../src/shared/io/map-bytes.ts';
import type { ObjectStore, StreamedBody } from '../../../../src/shared/io/store.ts';
import { wholeBody } from '../../../../src/shared/io/streamed-body.ts';
import { type BlockSizes, type CogImage, cogHead } from '../../../../src/shared/raster/cog-layout.ts';
import {
  BLOCK_CELLS,
  blockCounts,
  emptyBlock,
  halveBlocks,
  levelSizes,
  type MapCells,
  type MapDtype,
} from '../../../../src/shared/raster/map-blocks.ts';

const UTM: Crs = {
  epsg: 32650,
  name: 'WGS 84 / UTM zone 50N',
  kind: 'projected',
  unitSize: 1,
  proj4: '+proj=utm +zone=50 +datum=WGS84 +units=m +no_defs',
  ellipsoid: { a: 6_378_137, e2: 0.0066943799901413165 },
};

function image(rows: number, cols: number, more: Partial<CogImage> = {}): CogImage {
  const window = { row: 3, col: -2, rows, cols };
  const grid = { crs: UTM, originX: 500_000, originY: 3_000_000, cellWidth: 10, cellHeight: 20, window };
  return { grid, dtype: 'uint8', nodata: 255, metadata: '<GDALMetadata/>', ...more };
}

/** Sizes of blocks of all levels, each the same. */
function evenSizes(rows: number, cols: number, bytes: number): BlockSizes {
  return levelSizes({ rows, cols }).map((size) => {
    const counts = blockCounts(size);
    return new Float64Array(counts.rows * counts.cols).fill(bytes);
  });
}

/** A store that keeps what is streamed into it. */
function keepingStore(): { store: ObjectStore; kept: () => Uint8Array } {
  let bytes = new Uint8Array();
  const replaceStreamed = async (_: string, body: StreamedBody) => {
    bytes = new Uint8Array(await wholeBody(body));
  };
  return { store: { replaceStreamed } as unknown as ObjectStore, kept: () => bytes };
}

async function written(parts: CogImage, blocks: readonly (MapCells | null)[][]): Promise<Uint8Array> {
  const bytes = blocks.map((level) => level.map((block) => (block === null ? null : deflateBlock(block))));
  const { store, kept } = keepingStore();
  const inOrder = [...bytes]
    .reverse()
    .flat()
    .filter((block) => block !== null);
  await writeCog(store, 'file:///run/', 'maps/class.tif', {
    image: parts,
    sizes: bytes.map((level) => level.map((block) => block?.length ?? 0)),
    blocks: (async function* () {
      yield* inOrder;
    })(),
  });
  return kept();
}

describe('The layout of a COG', () => {
  it('has the structural metadata of GDAL behind the header, and the first directory behind them', () => {
    const { bytes } = cogHead(image(10, 10), evenSizes(10, 10, 100));
    const text = new TextDecoder('latin1').decode(bytes.subarray(8, 8 + 43 + 140));
    expect(text).toMatch(/^GDAL_STRUCTURAL_METADATA_SIZE=000140 bytes\nLAYOUT=IFDS_BEFORE_DATA\n/);
    expect(text.endsWith('KNOWN_INCOMPATIBLE_EDITION=NO\n ')).toBe(true);
    expect(new DataView(bytes.buffer).getUint32(4, true)).toBe(192);
  });

  it.each(['uint8', 'uint16', 'int32', 'float32'] as const)(
    'is read by geotiff.js, %s, with a block left out',
    async (dtype) => {
      const parts = image(300, 700, { dtype, nodata: dtype === 'uint8' ? 255 : 9999 });
      const block = emptyBlock(parts);
      for (let cell = 0; cell < BLOCK_CELLS; cell += 3) block[cell] = cell % 200;
      const half = halveBlocks([block, null, null, null], parts);
      const tiff = await fromArrayBuffer(Uint8Array.from(await written(parts, [[block, null], [half]])).buffer);
      const full = await tiff.getImage(0);
      const [band] = (await full.readRasters()) as unknown as [ArrayLike<number>];
      expect([full.getHeight(), full.getWidth(), full.getGDALNoData()]).toEqual([300, 700, parts.nodata]);
      expect(full.getBoundingBox()).toEqual([499_980, 3_000_000 - 60 - 6000, 499_980 + 7000, 3_000_000 - 60]);
      for (const cell of [0, 1, 511, 512, 699, 700 * 299, 700 * 299 + 600]) {
        const [row, col] = [Math.floor(cell / 700), cell % 700];
        expect(band[cell]).toBe(col < 512 ? block[row * 512 + col] : parts.nodata);
      }
      expect((await tiff.getImage(1)).getWidth()).toBe(350);
    },
  );

  it('counts its own bytes: leaders, trailers and blocks are all that follows the head', () => {
    const { bytes, sizeBytes } = cogHead(image(1100, 600), evenSizes(1100, 600, 1000));
    const blocks = 3 * 2 + 2 * 1 + 1;
    expect(sizeBytes).toBe(bytes.length + blocks * 1008);
  });

  it('becomes a BigTIFF from 4 GB on, with offsets beyond them', () => {
    // 2^15 cells a side are 64 x 64 blocks, with overviews 5461: of 800,000 bytes each they pass 4 GB.
    const side = 2 ** 15;
    const small = cogHead(image(side, side), evenSizes(side, side, 700_000));
    expect(small.bytes[2]).toBe(42);
    const { bytes, sizeBytes } = cogHead(image(side, side), evenSizes(side, side, 800_000));
    expect([bytes[2], bytes[4]]).toEqual([43, 8]);
    expect(sizeBytes).toBe(bytes.length + 5461 * 800_008);
    const view = new DataView(bytes.buffer);
    const directory = Number(view.getBigUint64(8, true));
    const entries = Number(view.getBigUint64(directory, true));
    const offsets = Array.from({ length: entries }, (_, i) => directory + 8 + i * 20).find(
      (at) => view.getUint16(at, true) === 324,
    );
    expect(view.getUint16((offsets ?? 0) + 2, true)).toBe(16);
    const list = Number(view.getBigUint64((offsets ?? 0) + 12, true));
    // The last block of the full map ends with the file.
    expect(Number(view.getBigUint64(list + 8 * (64 * 64 - 1), true))).toBe(sizeBytes - 4 - 800_000);
  });

  it('refuses sizes that are not those of its blocks', () => {
    expect(() => cogHead(image(600, 600), [[1, 1, 1]])).toThrow(RangeError);
    expect(() => cogHead(image(600, 600), [[1, 1, 1], [1]])).toThrow(/3 blocks, expected 4/);
  });

  it('names a CRS without EPSG code by its proj4 definition', async () => {
    const { grid, ...rest } = image(10, 10);
    const parts = { ...rest, grid: { ...grid, crs: { ...UTM, epsg: null, proj4: '+proj=eqearth +datum=WGS84' } } };
    const tiff = await fromArrayBuffer(Uint8Array.from(await written(parts, [[null]])).buffer);
    const keys = (await tiff.getImage(0)).getGeoKeys();
    expect(keys).toMatchObject({ ProjectedCSTypeGeoKey: 32_767, GTCitationGeoKey: '+proj=eqearth +datum=WGS84' });
  });

  it('has the equal-area grid around a city in full', async () => {
    const { grid, ...rest } = image(10, 10);
    const proj4 = '+proj=laea +lat_0=30.25 +lon_0=120.5 +x_0=0 +y_0=0 +datum=WGS84 +units=m +no_defs';
    const parts = { ...rest, grid: { ...grid, crs: { ...UTM, epsg: null, proj4 } } };
    const tiff = await fromArrayBuffer(Uint8Array.from(await written(parts, [[null]])).buffer);
    expect((await tiff.getImage(0)).getGeoKeys()).toMatchObject({
      GeographicTypeGeoKey: 4326,
      ProjCoordTransGeoKey: 10,
      ProjLinearUnitsGeoKey: 9001,
      ProjCenterLongGeoKey: 120.5,
      ProjCenterLatGeoKey: 30.25,
    });
  });
});

describe('Overviews', () => {
  const quadOf = (dtype: MapDtype, nodata: number, four: readonly number[]) => {
    const block = emptyBlock({ dtype, nodata });
    [block[0], block[1], block[512], block[513]] = four as [number, number, number, number];
    return halveBlocks([null, null, null, block], { dtype, nodata });
  };
  /** The south-east block fills the lower right quarter. */
  const at = 256 * 512 + 256;

  it.each([
    [[1, 2, 3, 6], 3],
    [[1, -9999, -9999, 4], 2.5],
    [[-9999, -9999, -9999, 7], 7],
    [[-9999, -9999, -9999, -9999], -9999],
  ])('of %j are the mean of what is valid, %d', (four, mean) => {
    expect(quadOf('float32', -9999, four)?.[at]).toBe(mean);
  });

  it.each([
    [[1, 2, 2, 3], 2],
    [[5, 4, 4, 5], 5],
    [[0, 0, 0, 9], 9],
    [[0, 3, 2, 0], 3],
    [[0, 0, 0, 0], 0],
  ])('of codes %j are the most frequent that is valid, the first of equals: %d', (four, mode) => {
    expect(quadOf('uint8', 0, four)?.[at]).toBe(mode);
  });

  it('are nothing where all four blocks are', () => {
    expect(halveBlocks([null, null, null, null], { dtype: 'uint8', nodata: 0 })).toBeNull();
  });
});

describe('Blocks of a map', () => {
  it('come back from their bytes, and bytes that are none are refused', () => {
    const cells = Float32Array.from({ length: BLOCK_CELLS }, (_, cell) => cell / 7);
    expect(inflateBlock(deflateBlock(cells), 'float32')).toEqual(cells);
    expect(() => inflateBlock(deflateBlock(cells), 'uint8')).toThrow(/do not decompress/);
    expect(() => inflateBlock(Uint8Array.of(1, 2, 3), 'uint8')).toThrow(/do not decompress/);
  });
});
