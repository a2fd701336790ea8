/** @pure Attribute table of a Shapefile (.dbf, dBASE III with the types that GIS tools write). */

import { refuseFile } from './zone-layer.ts';

export interface AttributeTable {
  readonly rowCount: number;
  /** Values of a row by field name; none where the row was deleted and only not yet packed away, or is beyond the table. */
  readonly row: (index: number) => Readonly<Record<string, unknown>> | null;
}

/** First byte of rows that were deleted. */
const DELETED = 0x2a;

interface Field {
  readonly name: string;
  readonly type: string;
  readonly offset: number;
  readonly length: number;
}

const HEADER_BYTES = 32;
const FIELD_BYTES = 32;
const TERMINATOR = 0x0d;

/** Encodings by the language driver in the header (byte 29); others are looked for in the text itself. */
const DRIVER_ENCODINGS: Readonly<Record<number, string>> = {
  3: 'windows-1252',
  19: 'shift_jis',
  77: 'gbk',
  78: 'euc-kr',
  79: 'big5',
  87: 'windows-1252',
  88: 'windows-1252',
  89: 'windows-1252',
  120: 'big5',
  121: 'euc-kr',
  122: 'gbk',
  123: 'shift_jis',
  200: 'windows-1250',
  201: 'windows-1251',
  202: 'windows-1254',
  203: 'windows-1253',
};

/** What .cpg files say, in their many spellings, as names of the encoding standard. */
function encodingOf(label: string, where: string): string {
  const plain = label
    .trim()
    .toLowerCase()
    .replace(/^(ansi|cp|windows)[ _-]*/, '');
  const numbers: Readonly<Record<string, string>> = {
    65001: 'utf-8',
    936: 'gbk',
    950: 'big5',
    932: 'shift_jis',
    949: 'euc-kr',
  };
  const iso = /^(?:iso[ _-]?)?8859[ _-]?(\d+)$/.exec(plain)?.[1] ?? /^88591?(\d)$/.exec(plain)?.[1];
  const name =
    numbers[plain] ?? (iso === undefined ? (/^125\d$/.test(plain) ? `windows-${plain}` : plain) : `iso-8859-${iso}`);
  try {
    return new TextDecoder(name).encoding;
  } catch {
    return refuseFile(where, 'an unknown encoding', 'for example UTF-8', label.trim().slice(0, 40));
  }
}

type Decode = (bytes: Uint8Array) => string;

function decodeAs(encoding: string): Decode {
  const decoder = new TextDecoder(encoding);
  return (bytes) => decoder.decode(bytes);
}

/** Decoder of all text of the table: the .cpg's encoding, the header's, else UTF-8 where the bytes are, else Latin 1. */
function decoderOf(bytes: Uint8Array, cpg: Uint8Array | undefined, where: string): Decode {
  if (cpg !== undefined && cpg.byteLength > 0) {
    const label = new TextDecoder().decode(cpg.subarray(0, 100));
    return decodeAs(encodingOf(label, where.replace(/dbf$/i, 'cpg')));
  }
  const byDriver = DRIVER_ENCODINGS[bytes[29] ?? 0];
  if (byDriver !== undefined) return decodeAs(byDriver);
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(
      bytes.subarray(new DataView(bytes.buffer, bytes.byteOffset).getUint16(8, true)),
    );
    return decodeAs('utf-8');
  } catch {
    return decodeAs('windows-1252');
  }
}

/** Opens a .dbf. Errors: REQUEST_INVALID where header or fields do not fit the file. */
export function openAttributeTable(bytes: Uint8Array, cpg: Uint8Array | undefined, where: string): AttributeTable {
  const damaged = (found: string): never => refuseFile(where, 'a damaged attribute table', 'a dBASE table', found);
  if (bytes.byteLength < HEADER_BYTES + 1) return damaged(`${bytes.byteLength} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [rowCount, headerBytes, rowBytes] = [
    view.getUint32(4, true),
    view.getUint16(8, true),
    view.getUint16(10, true),
  ];
  if (headerBytes > bytes.byteLength || rowBytes < 1) return damaged(`a header of ${headerBytes} bytes`);
  const decode = decoderOf(bytes, cpg, where);
  const fields = fieldsOf(bytes, headerBytes, decode);
  const last = fields.at(-1);
  if (last !== undefined && last.offset + last.length > rowBytes) return damaged('fields longer than its rows');
  const stored = Math.min(rowCount, Math.floor((bytes.byteLength - headerBytes) / rowBytes));
  const row = (index: number) => {
    if (index >= stored) return null;
    const start = headerBytes + index * rowBytes;
    if (bytes[start] === DELETED) return null;
    return valuesOf(bytes.subarray(start, start + rowBytes), fields, decode);
  };
  return { rowCount: stored, row };
}

function fieldsOf(bytes: Uint8Array, headerBytes: number, decode: Decode): Field[] {
  const fields: Field[] = [];
  // Byte 0 of a row marks deleted ones.
  let offset = 1;
  for (let at = HEADER_BYTES; at + FIELD_BYTES <= headerBytes && bytes[at] !== TERMINATOR; at += FIELD_BYTES) {
    const raw = bytes.subarray(at, at + 11);
    const end = raw.indexOf(0);
    const name = decode(end < 0 ? raw : raw.subarray(0, end));
    const type = String.fromCharCode(bytes[at + 11] ?? 0);
    // Long text fields of some tools keep the upper byte of their length where others have decimals.
    const length = (bytes[at + 16] ?? 0) + (type === 'C' ? (bytes[at + 17] ?? 0) * 256 : 0);
    fields.push({ name, type, offset, length });
    offset += length;
  }
  return fields;
}

function valuesOf(row: Uint8Array, fields: readonly Field[], decode: Decode): Record<string, unknown> {
  const values: Record<string, unknown> = Object.create(null);
  for (const { name, type, offset, length } of fields) {
    values[name] = fieldValue(type, decode(row.subarray(offset, offset + length)));
  }
  return values;
}

function fieldValue(type: string, stored: string): unknown {
  const text = stored.replace(/[\s\0]+$/, '');
  if (type !== 'N' && type !== 'F') return text === '' ? null : text;
  const number = Number(text.trim());
  // Asterisks fill fields whose number did not fit.
  return text.trim() === '' || !Number.isFinite(number) ? null : number;
}
