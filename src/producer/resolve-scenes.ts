import type { UnreadInput } from '../shared/carbon/partial.ts';
import type { LayerSpec, SceneOrder } from '../shared/contracts/city-spec.ts';
import { CitysinkError, toCitysinkError } from '../shared/errors.ts';
import type { StoreRegistry } from '../shared/io/open-store.ts';
import type { ObjectInfo } from '../shared/io/store.ts';
import { baseNameOf, folderOf } from '../shared/io/store-url.ts';

/** The objects of a layer, in the order of ownership, and those that were named and are not there. */
export interface ResolvedScenes {
  readonly scenes: readonly ObjectInfo[];
  readonly unread: readonly UnreadInput[];
}

/** A listing longer than this is a mistake in the prefix. */
const MAX_SCENES = 10_000;
const TIFF_NAME = /\.tiff?$/i;
const GLOB = /[*?]/;

/**
 * Turns files, prefixes and globs into objects with version marks; reads no object.
 *
 * Errors: REQUEST_INVALID where nothing matches or too much; the store's own where no scene at all can be reached.
 */
export async function resolveScenes(layer: LayerSpec, stores: StoreRegistry): Promise<ResolvedScenes> {
  const found = new Map<string, ObjectInfo>();
  const failures: CitysinkError[] = [];
  for (const place of layer.scenes) {
    try {
      for (const info of await resolvePlace(place, layer, stores)) found.set(info.url, info);
    } catch (thrown) {
      failures.push(withUrl(toCitysinkError(thrown), place));
    }
    if (found.size > MAX_SCENES) refuse(place, `more than ${MAX_SCENES} scenes`);
  }
  if (found.size === 0) {
    if (failures[0] !== undefined) throw failures[0];
    refuse(layer.scenes.join(', '), 'no scene');
  }
  const unread = failures.map((error) => ({
    url: String(error.context.url),
    code: error.code,
    message: error.message,
  }));
  return { scenes: inOrder([...found.values()], layer.order), unread };
}

async function resolvePlace(place: string, layer: LayerSpec, stores: StoreRegistry): Promise<ObjectInfo[]> {
  const store = stores.storeFor(place, layer);
  const isPrefix = place.endsWith('/');
  if (!isPrefix && !GLOB.test(place)) return [await store.head(place)];
  const prefix = isPrefix ? place : place.slice(0, place.search(GLOB));
  const wanted = isPrefix ? nameFilter(layer.match) : globFilter(place);
  const infos: ObjectInfo[] = [];
  for await (const info of store.list(isPrefix ? prefix : listPrefix(prefix))) {
    if (wanted(info.url)) infos.push(info);
    if (infos.length > MAX_SCENES) break;
  }
  if (infos.length === 0)
    refuse(place, layer.match === null || !isPrefix ? 'no GeoTIFF' : `no object that matches ${layer.match}`);
  return infos;
}

/** File stores list folders: the glob's text before the first star is cut back to its folder. */
function listPrefix(prefix: string): string {
  return prefix.startsWith('file:') ? folderOf(prefix) : prefix;
}

function nameFilter(match: string | null): (url: string) => boolean {
  if (match === null) return (url) => TIFF_NAME.test(url);
  const pattern = globPattern(match);
  return (url) => pattern.test(baseNameOf(url));
}

function globFilter(glob: string): (url: string) => boolean {
  const pattern = globPattern(glob);
  return (url) => pattern.test(url);
}

/** `*` matches within one folder, `**` over folders, `?` one character. */
function globPattern(glob: string): RegExp {
  const source = glob.replace(/[.+^${}()|[\]\\]/g, '\\$&').replace(/\*\*|\*|\?/g, (part) => {
    if (part === '**') return '.*';
    return part === '*' ? '[^/]*' : '[^/]';
  });
  return new RegExp(`^${source}$`);
}

function refuse(place: string, found: string): never {
  const problem = {
    where: 'layers.landcover.scenes',
    message: `${place} names nothing to read`,
    expected: 'at least one GeoTIFF',
    found,
  };
  throw new CitysinkError('REQUEST_INVALID', `layers.landcover.scenes: ${place}: ${found}`, { problems: [problem] });
}

function withUrl(error: CitysinkError, place: string): CitysinkError {
  if (typeof error.context.url === 'string') return error;
  const { code, message, problems, remedy, context } = error;
  return new CitysinkError(code, message, { problems, remedy, context: { ...context, url: place }, cause: error });
}

/** In the order of ownership. Listings come in byte order of keys, so `listed` needs no sorting. */
function inOrder(scenes: readonly ObjectInfo[], order: SceneOrder): readonly ObjectInfo[] {
  return order === 'listed' ? scenes : [...scenes].sort(byOrder(order));
}

/** The URL decides between equals, so the order never depends on the listing. */
function byOrder(order: SceneOrder): (a: ObjectInfo, b: ObjectInfo) => number {
  const byUrl = (a: ObjectInfo, b: ObjectInfo) => compare(a.url, b.url);
  if (order === 'newest') return (a, b) => compare(b.modified, a.modified) || byUrl(a, b);
  if (order === 'oldest') return (a, b) => compare(a.modified, b.modified) || byUrl(a, b);
  return (a, b) => compare(baseNameOf(a.url), baseNameOf(b.url)) || byUrl(a, b);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
