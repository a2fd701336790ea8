import { createHash } from 'node:crypto';
import { CitysinkError } from '../errors.ts';

/** Whole objects against the MD5 that S3 gives as their ETag: a byte that was flipped on the way is not believed. */

const MD5 = /^"([0-9a-f]{32})"$/;

/** What is known of a store's ETags. Those of encrypted objects may look like an MD5 and be none. */
export class EtagTrust {
  #isMd5 = true;

  /**
   * `read` gives an object with its ETag. What contradicts the ETag is read once more; what comes twice alike is what is
   * stored, and the store's ETags are not asked again. Errors: those of `read`; STORE_UNAVAILABLE for bytes that differ each time.
   */
  async believed(
    url: string,
    read: () => Promise<{ readonly bytes: Uint8Array; readonly etag: string }>,
  ): Promise<Uint8Array> {
    const first = await read();
    if (!this.#isMd5 || agrees(first)) return first.bytes;
    const second = await read();
    if (agrees(second)) return second.bytes;
    if (second.etag !== first.etag || Buffer.compare(first.bytes, second.bytes) !== 0) {
      throw new CitysinkError(
        'STORE_UNAVAILABLE',
        `read ${url}: two answers differ, and neither is what its ETag says`,
        {
          context: { url },
        },
      );
    }
    this.#isMd5 = false;
    return second.bytes;
  }
}

function agrees({ bytes, etag }: { readonly bytes: Uint8Array; readonly etag: string }): boolean {
  const md5 = MD5.exec(etag)?.[1];
  return md5 === undefined || createHash('md5').update(bytes).digest('hex') === md5;
}
