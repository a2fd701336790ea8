/** Smallest TIFF writer for tests of unusual headers: classic, one or more directories, blocks given as bytes. */

/** Tag number to its field type and values: SHORT, LONG or DOUBLE numbers, or ASCII text. */
export type TestTags = Readonly<
  Record<number, { readonly type: 2 | 3 | 4 | 12; readonly values: readonly number[] | string }>
>;

const TYPE_BYTES = { 2: 1, 3: 2, 4: 4, 12: 8 } as const;

export function shorts(...values: number[]) {
  return { type: 3, values } as const;
}

export function longs(...values: number[]) {
  return { type: 4, values } as const;
}

export function doubles(...values: number[]) {
  return { type: 12, values } as const;
}

export function ascii(text: string) {
  return { type: 2, values: `${text}\0` } as const;
}

/** Tags of an image of one uncompressed strip; `offset` is where its samples will lie. */
export function stripTags(rows: number, cols: number, bits: number, offset: number, bytes: number): TestTags {
  return {
    256: shorts(cols),
    257: shorts(rows),
    258: shorts(bits),
    259: shorts(1),
    262: shorts(1),
    273: longs(offset),
    277: shorts(1),
    278: shorts(rows),
    279: longs(bytes),
  };
}

export interface TestTiff {
  readonly littleEndian?: boolean;
  readonly directories: readonly TestTags[];
  /** Bytes right after the 8-byte header. */
  readonly data?: Uint8Array;
  /** Where the last directory points to; 0 ends the chain. */
  readonly lastNext?: number;
}

/** Offset of `data` in every file that `tiffBytes` makes. */
export const DATA_OFFSET = 8;

export function tiffBytes({
  littleEndian = true,
  directories,
  data = new Uint8Array(0),
  lastNext = 0,
}: TestTiff): Uint8Array {
  const bytes = new Uint8Array(64 * 1024);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, littleEndian ? 0x4949 : 0x4d4d);
  view.setUint16(2, 42, littleEndian);
  bytes.set(data, DATA_OFFSET);
  let at = DATA_OFFSET + data.length + (data.length % 2);
  let linkAt = 4;
  for (const tags of directories) {
    view.setUint32(linkAt, at, littleEndian);
    const entries = Object.entries(tags);
    view.setUint16(at, entries.length, littleEndian);
    let valuesAt = at + 2 + 12 * entries.length + 4;
    linkAt = valuesAt - 4;
    for (const [i, [tag, { type, values }]] of entries.entries()) {
      const entry = at + 2 + 12 * i;
      const size = TYPE_BYTES[type] * values.length;
      view.setUint16(entry, Number(tag), littleEndian);
      view.setUint16(entry + 2, type, littleEndian);
      view.setUint32(entry + 4, values.length, littleEndian);
      const target = size <= 4 ? entry + 8 : valuesAt;
      if (size > 4) {
        view.setUint32(entry + 8, valuesAt, littleEndian);
        valuesAt += size + (size % 2);
      }
      writeValues(view, target, type, values, littleEndian);
    }
    at = valuesAt;
  }
  view.setUint32(linkAt, lastNext, littleEndian);
  return bytes.slice(0, at);
}

function writeValues(
  view: DataView,
  at: number,
  type: 2 | 3 | 4 | 12,
  values: readonly number[] | string,
  little: boolean,
): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (typeof value === 'string') view.setUint8(at + i, value.charCodeAt(0));
    else if (type === 3) view.setUint16(at + 2 * i, value ?? 0, little);
    else if (type === 4) view.setUint32(at + 4 * i, value ?? 0, little);
    else view.setFloat64(at + 8 * i, value ?? 0, little);
  }
}
