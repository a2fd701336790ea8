/** Objects of a run against the digests of its manifest: the manifest itself, its records, its outputs. */

import { createHash } from 'node:crypto';
import { sealManifest } from '../../reducer/publish.ts';
import type { Manifest } from '../../shared/contracts/manifest.ts';
import { toCitysinkError } from '../../shared/errors.ts';
import type { ObjectStore } from '../../shared/io/store.ts';
import { joinUrl } from '../../shared/io/store-url.ts';
import { jsonBytes, sha256 } from '../../shared/io/stored-json.ts';
import { type Check, check, type Difference } from './findings.ts';

/** Bytes that are read at once; maps are larger and come in parts. */
const PART_BYTES = 16 * 2 ** 20;

/** The manifest's own text, byte by byte: its seal covers all its lines, and its form is the one that is written. */
export function verifyManifest(url: string, text: string, manifest: Manifest): Check {
  if (manifest.seal === null) return check('manifest', 0, [], 'was written before manifests had a seal');
  const expected = sealManifest(manifest);
  const differences: Difference[] = [];
  if (expected.seal !== manifest.seal) {
    differences.push({
      place: url,
      message: `its lines have the sha256 ${expected.seal}, and it says ${manifest.seal}`,
    });
  } else if (new TextDecoder().decode(jsonBytes(expected)) !== text) {
    differences.push({ place: url, message: 'is not the text that is written for what it says' });
  }
  return check('manifest', 1, differences);
}

type NamedObject = Manifest['outputs'][number];

/** Tables, report, outlines and maps, or the plan's files: each whole, by its size and sha256. */
export async function verifyObjects(
  name: string,
  store: ObjectStore,
  runUrl: string,
  objects: readonly NamedObject[],
): Promise<Check> {
  const differences: Difference[] = [];
  for (const object of objects) {
    const place = joinUrl(runUrl, object.name);
    const message = await differenceOf(store, place, object);
    if (message !== null) differences.push({ place, message });
  }
  return check(name, objects.length, differences);
}

async function differenceOf(store: ObjectStore, url: string, expected: NamedObject): Promise<string | null> {
  try {
    const { sizeBytes, etag } = await store.head(url);
    if (sizeBytes !== expected.sizeBytes) return `has ${sizeBytes} bytes, the manifest ${expected.sizeBytes}`;
    const digest = await digestOf(store, url, sizeBytes, etag);
    return digest === expected.sha256 ? null : `has the sha256 ${digest}, the manifest ${expected.sha256}`;
  } catch (thrown) {
    const { code, message } = toCitysinkError(thrown);
    return `cannot be read: ${message} [${code}]`;
  }
}

async function digestOf(store: ObjectStore, url: string, sizeBytes: number, etag: string): Promise<string> {
  if (sizeBytes <= PART_BYTES) return sha256(await store.read(url, { maxBytes: PART_BYTES, ifMatch: etag }));
  const hash = createHash('sha256');
  for (let offset = 0; offset < sizeBytes; offset += PART_BYTES) {
    const length = Math.min(PART_BYTES, sizeBytes - offset);
    hash.update(await store.readRange(url, { offset, length }, { ifMatch: etag }));
  }
  return hash.digest('hex');
}
