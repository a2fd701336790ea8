import { createHash } from 'node:crypto';
import { CitysinkError } from '../errors.ts';
import type { ObjectStore } from './store.ts';

/** JSON objects in the store: plans, partials, manifests. */

/** Largest JSON object that is read: a plan of a million tiles. */
const MAX_JSON_BYTES = 256 * 1024 * 1024;

/** Errors: those of the store; JOB_INVALID where the object is not JSON. */
export async function readJson(store: ObjectStore, url: string): Promise<unknown> {
  const text = await readText(store, url);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CitysinkError('JOB_INVALID', `${url} is not JSON`, { cause });
  }
}

export async function readText(store: ObjectStore, url: string): Promise<string> {
  return new TextDecoder().decode(await store.read(url, { maxBytes: MAX_JSON_BYTES }));
}

/** The parsed object, or null where there is none. */
export async function readJsonIfThere(store: ObjectStore, url: string): Promise<unknown> {
  return ifThere(readJson(store, url));
}

export async function readTextIfThere(store: ObjectStore, url: string): Promise<string | null> {
  return ifThere(readText(store, url));
}

async function ifThere<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof CitysinkError && error.code === 'OBJECT_NOT_FOUND') return null;
    throw error;
  }
}

export async function isThere(store: ObjectStore, url: string): Promise<boolean> {
  return (await ifThere(store.head(url).then(() => true))) ?? false;
}

/** Bytes of a value as JSON; the trailing line end is for people. */
export function jsonBytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(value, null, 1)}\n`);
}

/** The same on one line, for long lists that machines read. */
export function compactJsonBytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(value)}\n`);
}

/** sha256 in hex. */
export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** Digest that names a partial or basis: the first 128 bits of sha256, in hex. */
export function shortDigest(content: string): string {
  return sha256(content).slice(0, 32);
}
