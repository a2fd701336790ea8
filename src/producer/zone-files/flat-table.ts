/**
 * @pure Reads FlatBuffers tables (flatbuffers.dev, internals) from bytes of others: every position and length is checked
 * against the buffer, and what does not fit throws MalformedTable.
 */

export class MalformedTable extends Error {
  override readonly name = 'MalformedTable';
}

/** One table inside of a buffer; fields by their number in the schema. */
export class FlatTable {
  readonly view: DataView;
  private readonly at: number;
  private readonly vtable: number;
  private readonly vtableBytes: number;

  constructor(view: DataView, at: number) {
    this.view = view;
    this.at = at;
    this.vtable = at - this.signed(at);
    this.vtableBytes = this.short(this.vtable);
  }

  /** The root table of a buffer that begins at `start`. */
  static root(view: DataView, start: number): FlatTable {
    within(view, start, 4);
    return new FlatTable(view, start + view.getUint32(start, true));
  }

  byte(field: number, otherwise: number): number {
    const at = this.place(field, 1);
    return at === null ? otherwise : this.view.getUint8(at);
  }

  uint16(field: number, otherwise: number): number {
    const at = this.place(field, 2);
    return at === null ? otherwise : this.view.getUint16(at, true);
  }

  int32(field: number): number {
    const at = this.place(field, 4);
    return at === null ? 0 : this.view.getInt32(at, true);
  }

  uint64(field: number): number {
    const at = this.place(field, 8);
    return at === null ? 0 : Number(this.view.getBigUint64(at, true));
  }

  text(field: number): string | null {
    const bytes = this.vector(field, 1);
    return bytes === null ? null : new TextDecoder().decode(viewBytes(this.view, bytes.at, bytes.length));
  }

  table(field: number): FlatTable | null {
    const at = this.target(field);
    return at === null ? null : new FlatTable(this.view, at);
  }

  tables(field: number): FlatTable[] {
    const { at, length } = this.vector(field, 4) ?? { at: 0, length: 0 };
    return Array.from({ length }, (_, index) => {
      const place = at + index * 4;
      return new FlatTable(this.view, place + this.view.getUint32(place, true));
    });
  }

  /** Position and length (in items) of a vector, all of it inside of the buffer; null where there is none. */
  vector(field: number, itemBytes: number): { readonly at: number; readonly length: number } | null {
    const at = this.target(field);
    if (at === null) return null;
    within(this.view, at, 4);
    const length = this.view.getUint32(at, true);
    within(this.view, at + 4, length * itemBytes);
    return { at: at + 4, length };
  }

  private target(field: number): number | null {
    const at = this.place(field, 4);
    return at === null ? null : at + this.view.getUint32(at, true);
  }

  private place(field: number, byteCount: number): number | null {
    const entry = 4 + field * 2;
    const offset = entry + 2 <= this.vtableBytes ? this.short(this.vtable + entry) : 0;
    if (offset === 0) return null;
    within(this.view, this.at + offset, byteCount);
    return this.at + offset;
  }

  private signed(at: number): number {
    within(this.view, at, 4);
    return this.view.getInt32(at, true);
  }

  private short(at: number): number {
    within(this.view, at, 2);
    return this.view.getUint16(at, true);
  }
}

function within(view: DataView, at: number, byteCount: number): void {
  if (at >= 0 && at + byteCount <= view.byteLength) return;
  throw new MalformedTable(`bytes ${at} to ${at + byteCount} of ${view.byteLength}`);
}

/** Bytes of a view from `at` on. */
export function viewBytes(view: DataView, at: number, length: number): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + at, length);
}
