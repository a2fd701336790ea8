import type { StreamedBody } from './store.ts';

/** Parts of an upload are this large, or larger where more than MAX_PARTS would be needed (S3 takes 10,000). */
const PART_BYTES = 8 * 1024 * 1024;
const MAX_PARTS = 9_000;

/** Bytes of one part of an upload of so many bytes. */
export function partBytesOf(sizeBytes: number): number {
  return Math.max(PART_BYTES, Math.ceil(sizeBytes / MAX_PARTS));
}

/** Chunks of any size as parts of one size, the last one smaller. Errors: RangeError where they are not `sizeBytes` in all. */
export async function* partsOf({ sizeBytes, chunks }: StreamedBody, partBytes: number): AsyncGenerator<Uint8Array> {
  let left = sizeBytes;
  let part = new Uint8Array(Math.min(partBytes, left));
  let filled = 0;
  for await (const chunk of chunks) {
    for (let from = 0; from < chunk.length; ) {
      const taken = Math.min(part.length - filled, chunk.length - from);
      if (taken === 0) throw new RangeError(`more than the ${sizeBytes} bytes that were announced`);
      part.set(chunk.subarray(from, from + taken), filled);
      filled += taken;
      from += taken;
      if (filled < part.length) continue;
      yield part;
      left -= filled;
      part = new Uint8Array(Math.min(partBytes, left));
      filled = 0;
    }
  }
  if (left > 0) throw new RangeError(`${sizeBytes - left + filled} bytes, ${sizeBytes} were announced`);
}

/** A body that is in memory already. */
export function bodyOf(bytes: Uint8Array): StreamedBody {
  return {
    sizeBytes: bytes.length,
    chunks: (async function* () {
      yield bytes;
    })(),
  };
}

/** All parts as one piece of bytes; for bodies that are known to be small. */
export async function wholeBody(body: StreamedBody): Promise<Uint8Array> {
  for await (const part of partsOf(body, Math.max(1, body.sizeBytes))) return part;
  return new Uint8Array(0);
}
