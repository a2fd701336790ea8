/** Largest run of unwanted bytes that is read along: cheaper than another request. */
export const MAX_GAP_BYTES = 64 * 1024;
/** Largest merged request; one block that is larger still comes in one piece. */
export const MAX_RANGE_BYTES = 8 * 1024 * 1024;

/** Bytes of something at a place in a file. */
export interface ByteSpan {
  readonly offset: number;
  readonly length: number;
}

/** One request that covers several spans. */
export interface MergedRange<T extends ByteSpan> extends ByteSpan {
  /** The spans inside, by offset. */
  readonly spans: readonly T[];
}

/** Merges spans into few requests, by offset; spans may overlap or come in any order. */
export function coalesce<T extends ByteSpan>(
  spans: readonly T[],
  limits: { readonly maxGapBytes?: number; readonly maxRangeBytes?: number } = {},
): MergedRange<T>[] {
  const { maxGapBytes = MAX_GAP_BYTES, maxRangeBytes = MAX_RANGE_BYTES } = limits;
  const sorted = spans.toSorted((a, b) => a.offset - b.offset || a.length - b.length);
  const ranges: { offset: number; length: number; spans: T[] }[] = [];
  for (const span of sorted) {
    const last = ranges.at(-1);
    const end = span.offset + span.length;
    const grown = last === undefined ? 0 : Math.max(last.length, end - last.offset);
    if (last !== undefined && span.offset - (last.offset + last.length) <= maxGapBytes && grown <= maxRangeBytes) {
      last.length = grown;
      last.spans.push(span);
    } else {
      ranges.push({ offset: span.offset, length: span.length, spans: [span] });
    }
  }
  return ranges;
}
