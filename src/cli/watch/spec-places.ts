import { stat } from 'node:fs/promises';
import { CitysinkError } from '../../shared/errors.ts';
import { fileUrlToPath } from '../../shared/io/store-url.ts';
import { type CliContext, urlArgument } from '../context.ts';
import { SpecsFolder } from '../serve/specs-folder.ts';

/** What `watch` is given: specs, and folders of specs on this machine or in a bucket. */

const SPEC_FILE = /\.(ya?ml|json)$/;
const MOST_SPECS = 10_000;
const HEAD_BYTES = 256 * 1024;
/** What makes a file a spec: it names its city. */
const NAMES_CITY = /^[\s{]*"?city"?\s*:/m;

/** URLs of all specs that the words name now, each once. Errors: the store's. */
export async function specUrls(words: readonly string[], context: CliContext): Promise<string[]> {
  const found: string[] = [];
  for (const word of words) found.push(...(await specsAt(urlArgument(word), context)));
  return [...new Set(found)];
}

async function specsAt(url: string, context: CliContext): Promise<string[]> {
  if (url.startsWith('s3://')) return url.endsWith('/') ? specsInBucket(url, context) : [url];
  const path = fileUrlToPath(url);
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) return [url];
  const folder = new SpecsFolder(path);
  return (await folder.list()).map(({ name }) => folder.urlOf(name));
}

async function specsInBucket(prefix: string, { stores }: CliContext): Promise<string[]> {
  const store = stores.storeFor(prefix);
  const urls: string[] = [];
  for await (const { url, sizeBytes } of store.list(prefix)) {
    if (!SPEC_FILE.test(url) || /\/(results|\.[^/]*)\//.test(url.slice(prefix.length - 1))) continue;
    if (sizeBytes > HEAD_BYTES) continue;
    const text = new TextDecoder().decode(await store.read(url, { maxBytes: HEAD_BYTES }));
    if (NAMES_CITY.test(text)) urls.push(url);
    if (urls.length > MOST_SPECS)
      throw new CitysinkError('REQUEST_INVALID', `${prefix}: more than ${MOST_SPECS} specs`);
  }
  return urls;
}
