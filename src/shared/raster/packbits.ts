/**
 * PackBits into `out` from its start; returns the number of bytes written.
 *
 * A lead byte 0..127 is followed by that many + 1 literal bytes, 129..255 repeats the next byte 257 - n times, 128 is
 * skipped. Stops at the end of input or when `out` is full; runs that would pass either end are cut.
 */
export function decodePackBits(bytes: Uint8Array, out: Uint8Array): number {
  let at = 0;
  let input = 0;
  while (input < bytes.length && at < out.length) {
    const lead = bytes[input++]!;
    if (lead < 128) {
      const count = Math.min(lead + 1, out.length - at, bytes.length - input);
      out.set(bytes.subarray(input, input + count), at);
      input += lead + 1;
      at += count;
    } else if (lead > 128 && input < bytes.length) {
      const count = Math.min(257 - lead, out.length - at);
      out.fill(bytes[input++]!, at, at + count);
      at += count;
    }
  }
  return at;
}
