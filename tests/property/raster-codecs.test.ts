import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coalesce } from '../../src/shared/raster/coalesce.ts';
import { decodeLzw } from '../../src/shared/raster/lzw.ts';
import { decodePackBits } from '../../src/shared/raster/packbits.ts';
import { undoFloatingPoint, undoHorizontal } from '../../src/shared/raster/predictor.ts';
import { packedRowBytes, unpackBits } from '../../src/shared/raster/unpack-bits.ts';

/** Bytes with runs and repeats, which is what makes strings of a dictionary grow. */
const patchy = fc
  .array(fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 6 }), fc.integer({ min: 1, max: 200 })), { maxLength: 20 })
  .map((parts) =>
    Uint8Array.from(
      parts.flatMap(([piece, times]) =>
        Array(times)
          .fill([...piece])
          .flat(),
      ),
    ),
  );

/** TIFF LZW by the book: strings as map keys, clear code first, width grown one code early. */
function encodeLzw(bytes: Uint8Array): Uint8Array {
  const out: number[] = [];
  let held = 0;
  let heldBits = 0;
  let width = 9;
  const put = (code: number) => {
    held = held * 2 ** width + code;
    heldBits += width;
    for (; heldBits >= 8; heldBits -= 8) {
      const unit = 2 ** (heldBits - 8);
      out.push(Math.floor(held / unit));
      held %= unit;
    }
  };
  let table = new Map<string, number>();
  let next = 258;
  put(256);
  let current = '';
  const codeOf = (text: string) => (text.length === 1 ? text.charCodeAt(0) : table.get(text)!);
  for (const byte of bytes) {
    const longer = current + String.fromCharCode(byte);
    if (longer.length === 1 || table.has(longer)) {
      current = longer;
      continue;
    }
    put(codeOf(current));
    table.set(longer, next++);
    if (next === 512 || next === 1024 || next === 2048) width++;
    if (next === 4094) {
      put(256);
      table = new Map();
      next = 258;
      width = 9;
    }
    current = String.fromCharCode(byte);
  }
  if (current !== '') {
    put(codeOf(current));
    next++;
    if (next === 512 || next === 1024 || next === 2048) width++;
  }
  put(257);
  if (heldBits > 0) out.push(held * 2 ** (8 - heldBits));
  return Uint8Array.from(out);
}

function encodePackBits(bytes: Uint8Array): Uint8Array {
  const out: number[] = [];
  for (let i = 0; i < bytes.length; ) {
    let run = 1;
    while (run < 128 && i + run < bytes.length && bytes[i + run] === bytes[i]) run++;
    if (run > 1) out.push(257 - run, bytes[i]!);
    else out.push(0, bytes[i]!);
    i += run;
  }
  return Uint8Array.from(out);
}

describe('codecs give back what simple encoders were given', () => {
  it('LZW', () => {
    fc.assert(
      fc.property(patchy, (bytes) => {
        const out = new Uint8Array(bytes.length);
        expect(decodeLzw(encodeLzw(bytes), out)).toBe(bytes.length);
        expect(out).toEqual(bytes);
      }),
      { numRuns: 150, seed: 7 },
    );
  });

  it('LZW of noise long enough to fill the table several times', () => {
    const bytes = Uint8Array.from({ length: 40_000 }, (_, i) => (Math.imul(i, 2654435761) >>> 13) & 0xff);
    const out = new Uint8Array(bytes.length);
    expect(decodeLzw(encodeLzw(bytes), out)).toBe(bytes.length);
    expect(out).toEqual(bytes);
  });

  it('LZW never writes more than it was given room for, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.integer({ min: 0, max: 300 }), (bytes, room) => {
        const out = new Uint8Array(room);
        try {
          expect(decodeLzw(bytes, out)).toBeLessThanOrEqual(room);
        } catch (error) {
          expect(error).toMatchObject({ code: expect.stringMatching(/^RASTER_(CORRUPT|UNSUPPORTED)$/) });
        }
      }),
      { numRuns: 500, seed: 8 },
    );
  });

  it('PackBits', () => {
    fc.assert(
      fc.property(patchy, (bytes) => {
        const out = new Uint8Array(bytes.length);
        expect(decodePackBits(encodePackBits(bytes), out)).toBe(bytes.length);
        expect(out).toEqual(bytes);
      }),
      { numRuns: 100, seed: 9 },
    );
  });
});

const shapes = fc.record({
  rows: fc.integer({ min: 1, max: 4 }),
  pixels: fc.integer({ min: 1, max: 9 }),
  stride: fc.integer({ min: 1, max: 4 }),
});

/** Little-endian value of `width` bytes. */
function valueAt(bytes: Uint8Array, index: number, width: number): bigint {
  let value = 0n;
  for (let i = width - 1; i >= 0; i--) value = value * 256n + BigInt(bytes[index * width + i]!);
  return value;
}

function difference(bytes: Uint8Array, width: number, rows: number, rowSamples: number, stride: number): Uint8Array {
  const out = bytes.slice();
  const modulus = 1n << BigInt(8 * width);
  for (let row = 0; row < rows; row++) {
    for (let i = stride; i < rowSamples; i++) {
      const at = row * rowSamples + i;
      let value = (valueAt(bytes, at, width) - valueAt(bytes, at - stride, width) + modulus) % modulus;
      for (let byte = 0; byte < width; byte++, value /= 256n) out[at * width + byte] = Number(value % 256n);
    }
  }
  return out;
}

function toPlanes(bytes: Uint8Array, width: number, rows: number, rowSamples: number, stride: number): Uint8Array {
  const out = new Uint8Array(bytes.length);
  const rowBytes = rowSamples * width;
  for (let row = 0; row < rows; row++) {
    const planes = new Uint8Array(rowBytes);
    for (let i = 0; i < rowSamples; i++) {
      for (let byte = 0; byte < width; byte++) {
        planes[(width - 1 - byte) * rowSamples + i] = bytes[row * rowBytes + i * width + byte]!;
      }
    }
    for (let i = rowBytes - 1; i >= stride; i--) planes[i] = planes[i]! - planes[i - stride]!;
    out.set(planes, row * rowBytes);
  }
  return out;
}

describe('predictors undo their own differences', () => {
  for (const width of [1, 2, 4, 8] as const) {
    it(`horizontal, ${8 * width}-bit samples, any interleaving`, () => {
      fc.assert(
        fc.property(shapes, fc.infiniteStream(fc.integer({ min: 0, max: 255 })), ({ rows, pixels, stride }, stream) => {
          const rowSamples = pixels * stride;
          const bytes = Uint8Array.from(stream.take(rows * rowSamples * width));
          const coded = difference(bytes, width, rows, rowSamples, stride);
          undoHorizontal(coded, width, { rows, rowSamples, stride });
          expect(coded).toEqual(bytes);
        }),
        { numRuns: 60, seed: width },
      );
    });
  }

  for (const width of [2, 3, 4, 8]) {
    it(`floating point, ${8 * width}-bit samples, any interleaving`, () => {
      fc.assert(
        fc.property(shapes, fc.infiniteStream(fc.integer({ min: 0, max: 255 })), ({ rows, pixels, stride }, stream) => {
          const rowSamples = pixels * stride;
          const bytes = Uint8Array.from(stream.take(rows * rowSamples * width));
          const coded = toPlanes(bytes, width, rows, rowSamples, stride);
          undoFloatingPoint(coded, width, { rows, rowSamples, stride });
          expect(coded).toEqual(bytes);
        }),
        { numRuns: 60, seed: width },
      );
    });
  }
});

describe('samples of odd widths', () => {
  it('come out as they were packed, each row from a new byte', () => {
    const cases = fc.record({ bits: fc.integer({ min: 1, max: 31 }), rows: fc.integer({ min: 1, max: 3 }) });
    fc.assert(
      fc.property(cases, fc.array(fc.nat(), { minLength: 1, maxLength: 12 }), ({ bits, rows }, raw) => {
        const values = raw.map((value) => value % 2 ** bits);
        const text = values.map((value) => value.toString(2).padStart(bits, '0')).join('');
        const row = text.padEnd(8 * packedRowBytes(values.length, bits), '0').match(/.{8}/g) ?? [];
        const packed = Array(rows)
          .fill(row.map((byte) => Number.parseInt(byte, 2)))
          .flat();
        const out = new Uint32Array(rows * values.length);
        unpackBits(Uint8Array.from(packed), bits, rows, values.length, out);
        expect([...out]).toEqual(Array(rows).fill(values).flat());
      }),
      { numRuns: 200, seed: 3 },
    );
  });
});

describe('merging byte ranges', () => {
  it('covers every span once, keeps the limits, and leaves no gap that could be merged', () => {
    const spans = fc.array(fc.record({ offset: fc.nat(5000), length: fc.integer({ min: 1, max: 400 }) }), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(spans, fc.nat(200), fc.integer({ min: 400, max: 3000 }), (input, maxGapBytes, maxRangeBytes) => {
        const ranges = coalesce(input, { maxGapBytes, maxRangeBytes });
        expect(ranges.flatMap((range) => range.spans)).toHaveLength(input.length);
        for (const range of ranges) {
          expect(range.length).toBeLessThanOrEqual(maxRangeBytes);
          for (const span of range.spans) {
            expect(span.offset).toBeGreaterThanOrEqual(range.offset);
            expect(span.offset + span.length).toBeLessThanOrEqual(range.offset + range.length);
          }
        }
        for (let i = 1; i < ranges.length; i++) {
          const before = ranges[i - 1]!;
          const here = ranges[i]!;
          const gap = here.offset - (before.offset + before.length);
          const first = here.spans[0]!;
          const joined = Math.max(before.length, first.offset + first.length - before.offset);
          expect(gap > maxGapBytes || joined > maxRangeBytes).toBe(true);
        }
      }),
      { numRuns: 200, seed: 4 },
    );
  });
});
