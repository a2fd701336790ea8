import { createHash } from 'node:crypto';
import { CitysinkError } from '../errors.ts';

/** Whole objects against the MD5 that S3 gives as their ETag: a byte that was flipped on the way is not believed. */

/** Times that one object is asked for before the line is given up. */
const MOST_READS = 4;

const MD5 = /^"([0-9a-f]{32})"$/;

/** What is known of a store's ETags. Those of encrypted objects may look like an MD5 and be none. */
export class EtagTrust {
  #isMd5 = true;

  /**
   * `read` gives an object with its ETag. What contradicts the ETag is read again; what comes twice alike is what is
   * stored, and the store's ETags are not asked again. Errors: those of `read`; STORE_UNAVAILABLE for bytes that differ each time.
   */
  async believed(
    url: string,
    read: () => Promise<{ readonly bytes: Uint8Array; readonly etag: string }>,
  ): Promise<Uint8Array> {
    let last = await read();
    for (let attempt = 1; this.#isMd5 && !agrees(last); attempt++) {
      if (attempt === MOST_READS) throw neverAlike(url);
      const next = await read();
      // Spoiled twice in the same way is not spoiled.
      if (next.etag === last.etag && Buffer.compare(next.bytes, last.bytes) === 0) this.#isMd5 = false;
      last = next;
    }
    return last.bytes;
  }
}

function neverAlike(url: string): CitysinkError {
  const message = `read ${url}: ${MOST_READS} answers differ, and none is what its ETag says`;
  return new CitysinkError('STORE_UNAVAILABLE', message, { context: { url } });
}

function agrees({ bytes, etag }: { readonly bytes: Uint8Array; readonly etag: string }): boolean {
  const md5 = MD5.exec(etag)?.[1];
  return md5 === undefined || createHash('md5').update(bytes).digest('hex') === md5;
}
