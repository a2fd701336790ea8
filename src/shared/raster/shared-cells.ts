import type { ZoneSpans } from './zone-spans.ts';
import { SPAN_STRIDE } from './zone-spans.ts';

/** Cells of one window that zones of both have, counted once each. The windows must be the same. */
export function sharedCells(a: ZoneSpans, b: ZoneSpans): number {
  let cells = 0;
  for (let row = 0; row < a.window.rows; row++) {
    let at = a.rowStarts[row]!;
    let other = b.rowStarts[row]!;
    // Spans of a row stand in order and do not overlap.
    while (at < a.rowStarts[row + 1]! && other < b.rowStarts[row + 1]!) {
      const [start, end] = [a.spans[at * SPAN_STRIDE]!, a.spans[at * SPAN_STRIDE + 1]!];
      const [otherStart, otherEnd] = [b.spans[other * SPAN_STRIDE]!, b.spans[other * SPAN_STRIDE + 1]!];
      cells += Math.max(0, Math.min(end, otherEnd) - Math.max(start, otherStart));
      if (end < otherEnd) at += 1;
      else other += 1;
    }
  }
  return cells;
}
