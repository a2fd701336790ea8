/** @pure The `Range` header (RFC 9110, 14.2): one range of bytes; several are answered by the whole. */

export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

/** Null: no range was asked for, or one that is ignored; 'unsatisfiable': it begins behind the end. */
export function parseRange(header: string | null, size: number): ByteRange | 'unsatisfiable' | null {
  const found = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '');
  if (found === null) return null;
  const [first = '', last = ''] = found.slice(1);
  if (first === '' && last === '') return null;
  if (first === '') {
    const length = Math.min(Number(last), size);
    return length === 0 ? 'unsatisfiable' : { offset: size - length, length };
  }
  const offset = Number(first);
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (last !== '' && Number(last) < offset) return null;
  return offset >= size ? 'unsatisfiable' : { offset, length: end - offset + 1 };
}
