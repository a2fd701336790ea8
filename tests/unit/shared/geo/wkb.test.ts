import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MalformedGeometry, parseGeoPackageGeometry, parseWkb } from '../../../../src/shared/geo/wkb.ts';

const RING = [
  [0, 0],
  [4, 0],
  [4, 4],
  [0, 0],
];

/** WKB of a polygon with rings of this many numbers a position, in either byte order. */
function polygon(type: number, little: boolean, dimensions = 2, srid: number | null = null): Uint8Array {
  const bytes = new Uint8Array(9 + (srid === null ? 0 : 4) + 4 + RING.length * dimensions * 8);
  const view = new DataView(bytes.buffer);
  let at = 0;
  const uint = (value: number) => {
    view.setUint32(at, value, little);
    at += 4;
  };
  view.setUint8(at++, little ? 1 : 0);
  uint(type);
  if (srid !== null) uint(srid);
  uint(1);
  uint(RING.length);
  for (const position of RING) {
    for (let i = 0; i < dimensions; i++, at += 8) view.setFloat64(at, position[i] ?? 99, little);
  }
  return bytes;
}

function concat(...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

function defectOf(work: () => unknown): MalformedGeometry['defect'] {
  try {
    work();
  } catch (error) {
    if (error instanceof MalformedGeometry) return error.defect;
    throw error;
  }
  throw new Error('no defect');
}

describe('parseWkb', () => {
  it.each([
    ['little-endian', polygon(3, true)],
    ['big-endian', polygon(3, false)],
    ['ISO with heights', polygon(1003, true, 3)],
    ['ISO with measures', polygon(2003, true, 3)],
    ['ISO with both', polygon(3003, false, 4)],
    ['EWKB with heights', polygon((0x80000000 | 3) >>> 0, true, 3)],
    ['EWKB with both and an SRID', polygon((0xe0000000 | 3) >>> 0, true, 4, 4326)],
  ])('reads a polygon: %s', (_, bytes) => {
    expect(parseWkb(bytes)).toEqual({ type: 'Polygon', coordinates: [RING] });
  });

  it.each([6, 12])('reads polygons of mixed byte order in a collection of type %i', (type) => {
    const bytes = concat([1, type, 0, 0, 0, 2, 0, 0, 0], polygon(3, false), polygon(3, true));
    expect(parseWkb(bytes)).toEqual({ type: 'MultiPolygon', coordinates: [[RING], [RING]] });
  });

  it.each([
    ['a point', concat([1, 1, 0, 0, 0], new Uint8Array(16)), 'Point'],
    ['a collection', Uint8Array.of(1, 7, 0, 0, 0, 0, 0, 0, 0), 'GeometryCollection'],
    ['a polygon with arcs', Uint8Array.of(1, 10, 0, 0, 0, 0, 0, 0, 0), 'CurvePolygon'],
    ['arcs in a multisurface', concat([1, 12, 0, 0, 0, 1, 0, 0, 0], [1, 10, 0, 0, 0, 0, 0, 0, 0]), 'CurvePolygon'],
    [
      'a multipolygon in a multipolygon',
      concat([1, 6, 0, 0, 0, 1, 0, 0, 0], [1, 6, 0, 0, 0, 0, 0, 0, 0]),
      'MultiPolygon',
    ],
  ])('refuses %s', (_, bytes, found) => {
    expect(defectOf(() => parseWkb(bytes))).toMatchObject({ message: 'not an area', found });
  });

  it('believes no count that the bytes do not bear out', () => {
    const bytes = polygon(3, true);
    new DataView(bytes.buffer).setUint32(9, 0xffffffff, true);
    expect(defectOf(() => parseWkb(bytes)).message).toBe('a damaged geometry');
  });

  it('gives an area or a defect for any bytes', () => {
    const whole = concat([1, 6, 0, 0, 0, 1, 0, 0, 0], polygon(3, true));
    const spoiled = fc.tuple(fc.nat(whole.length - 1), fc.nat(255), fc.nat(whole.length)).map(([at, value, end]) => {
      const bytes = whole.slice(0, end);
      bytes[at] = value;
      return bytes.slice(0, end);
    });
    fc.assert(
      fc.property(fc.oneof(spoiled, fc.uint8Array({ maxLength: 40 })), (bytes) => {
        try {
          parseWkb(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedGeometry);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('parseGeoPackageGeometry', () => {
  it.each([
    [0, 0],
    [1, 32],
    [2, 48],
    [3, 48],
    [4, 64],
  ])('skips an envelope of code %i', (code, size) => {
    const bytes = concat([0x47, 0x50, 0, (code << 1) | 1, 0x8a, 0x7f, 0, 0], new Uint8Array(size), polygon(3, false));
    expect(parseGeoPackageGeometry(bytes)).toEqual({
      srsId: 32650,
      geometry: { type: 'Polygon', coordinates: [RING] },
    });
  });

  it.each([
    ['another mark', [0x58, 0x50, 0, 1, 0, 0, 0, 0], /mark GP/],
    ['an unknown envelope', [0x47, 0x50, 0, 0x0b, 0, 0, 0, 0], /standard/],
    ['an extended geometry', [0x47, 0x50, 0, 0x21, 0, 0, 0, 0], /standard/],
    ['an end too early', [0x47, 0x50, 0], /more bytes/],
  ])('refuses %s', (_, header, expected) => {
    const bytes = header.length < 8 ? Uint8Array.from(header) : concat(header, polygon(3, true));
    expect(defectOf(() => parseGeoPackageGeometry(bytes)).expected).toMatch(expected);
  });
});
