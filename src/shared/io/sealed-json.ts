import { CitysinkError } from '../errors.ts';
import type { ObjectStore } from './store.ts';
import { readText, sha256 } from './stored-json.ts';

/**
 * JSON objects that carry the sha256 of their own text as their first member, so that one flipped byte is noticed by
 * whoever reads them: a number with another digit is valid JSON, and would count.
 */

const SEAL = /^\{"sha256":"([0-9a-f]{64})",/;

/** A text that was found to be what was written. */
export interface SealedText {
  /** The object without its seal. */
  readonly text: string;
  /** Digest of `text`; null: written before there were seals, so that nothing vouches for it. */
  readonly seal: string | null;
}

/** `text` is an object of at least one member. */
export function sealText(text: string): Uint8Array {
  return new TextEncoder().encode(`{"sha256":"${sha256(text)}",${text.slice(1)}`);
}

/** Errors: OBJECT_CORRUPT where the text is not the one that was sealed. */
export function openSealed(stored: string, url: string): SealedText {
  const found = SEAL.exec(stored);
  if (found === null) return { text: stored, seal: null };
  const text = `{${stored.slice(found[0].length)}`;
  const seal = sha256(text);
  if (seal === found[1]) return { text, seal };
  throw new CitysinkError(
    'OBJECT_CORRUPT',
    `${url} is not what was written there: its bytes have the sha256 ${seal}, and it says ${found[1]}`,
    { context: { url }, remedy: `Remove ${url} and run again: it is made anew.` },
  );
}

/** Reads a sealed object; what is spoiled on the way is read once more before it is believed. Errors: the store's, OBJECT_CORRUPT. */
export async function readSealed(store: ObjectStore, url: string): Promise<SealedText> {
  const once = async (): Promise<SealedText> => openSealed(await readText(store, url), url);
  try {
    return await once();
  } catch (error) {
    if (!(error instanceof CitysinkError) || error.code !== 'OBJECT_CORRUPT') throw error;
    return once();
  }
}

/** The same, or null where there is none. */
export async function readSealedIfThere(store: ObjectStore, url: string): Promise<SealedText | null> {
  try {
    return await readSealed(store, url);
  } catch (error) {
    if (error instanceof CitysinkError && error.code === 'OBJECT_NOT_FOUND') return null;
    throw error;
  }
}
