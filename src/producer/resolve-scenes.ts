import type { UnreadInput } from '../shared/carbon/partial.ts';
import type { LayerSpec, SceneOrder, StacSource } from '../shared/contracts/city-spec.ts';
import { CitysinkError, type Problem, refuseIfAny, toCitysinkError } from '../shared/errors.ts';
import type { StoreRegistry } from '../shared/io/open-store.ts';
import type { ObjectInfo } from '../shared/io/store.ts';
import { baseNameOf, folderOf } from '../shared/io/store-url.ts';
import { resolveStac, type StacSearchAccess } from './stac/resolve-stac.ts';
import type { StacScene } from './stac/stac-scene.ts';
import { STAC_LIMITS } from './stac/walk-stac.ts';

/** The objects of a layer, in the order of ownership, and those that were named and are not there. */
export interface ResolvedScenes {
  readonly scenes: readonly ObjectInfo[];
  readonly unread: readonly UnreadInput[];
}

/** A listing longer than this is a mistake in the prefix. */
const MAX_SCENES = 10_000;
const HEADS_AT_ONCE = 8;
const TIFF_NAME = /\.tiff?$/i;
const GLOB = /[*?]/;

/** A scene's object, and the time of its imagery where STAC tells it. */
interface DatedObject {
  readonly info: ObjectInfo;
  readonly datetime: string | null;
}

/**
 * Turns files, prefixes, globs and STAC items into objects with version marks; reads no raster.
 *
 * Errors: REQUEST_INVALID where nothing matches or too much, and for mistakes in STAC; the store's own where no scene
 * at all can be reached.
 */
export async function resolveScenes(
  layer: LayerSpec,
  stores: StoreRegistry,
  search?: StacSearchAccess,
): Promise<ResolvedScenes> {
  const { stac } = layer;
  const { found, failures, unread } =
    stac === undefined ? await fromPlaces(layer, stores) : await fromStac({ ...layer, stac }, stores, search);
  if (found.length === 0) {
    if (failures[0] !== undefined) throw failures[0];
    refuse(layer, layer.scenes.join(', '), 'no scene');
  }
  const failed = failures.map((error) => ({
    url: String(error.context.url),
    code: error.code,
    message: error.message,
  }));
  const scenes = inOrder(found, layer.order).map(({ info }) => info);
  return { scenes, unread: [...unread, ...failed] };
}

interface Found {
  readonly found: readonly DatedObject[];
  readonly failures: readonly CitysinkError[];
  readonly unread: readonly UnreadInput[];
}

async function fromPlaces(layer: LayerSpec, stores: StoreRegistry): Promise<Found> {
  const found = new Map<string, DatedObject>();
  const failures: CitysinkError[] = [];
  for (const place of layer.scenes) {
    try {
      for (const info of await resolvePlace(place, layer, stores)) found.set(info.url, { info, datetime: null });
    } catch (thrown) {
      failures.push(withUrl(toCitysinkError(thrown), place));
    }
    if (found.size > MAX_SCENES) refuse(layer, place, `more than ${MAX_SCENES} scenes`);
  }
  return { found: [...found.values()], failures, unread: [] };
}

/** The rasters that items name, looked up a few at a time; those that are not there are failures, in order of URLs. */
async function fromStac(
  layer: LayerSpec & { readonly stac: StacSource },
  stores: StoreRegistry,
  search?: StacSearchAccess,
): Promise<Found> {
  const { scenes, unread } = await resolveStac(layer, stores, STAC_LIMITS, search);
  refuseIfAny(bandProblems(layer, scenes));
  const found: DatedObject[] = [];
  const failures: CitysinkError[] = [];
  for (let at = 0; at < scenes.length; at += HEADS_AT_ONCE) {
    const batch = scenes.slice(at, at + HEADS_AT_ONCE);
    const heads = await Promise.allSettled(batch.map(({ url }) => stores.storeFor(url, layer).head(url)));
    for (const [index, head] of heads.entries()) {
      const { url = '', datetime = null } = batch[index] ?? {};
      if (head.status === 'fulfilled') found.push({ info: head.value, datetime });
      else failures.push(withUrl(toCitysinkError(head.reason), url));
    }
  }
  return { found, failures, unread };
}

/** A band that its common name finds inside of a raster must be the one that the layer reads. */
function bandProblems(layer: LayerSpec, scenes: readonly StacScene[]): Problem[] {
  return scenes
    .filter(({ band }) => band !== null && band !== layer.band)
    .slice(0, 20)
    .map(({ itemId, assetKey, band }) => ({
      where: 'layers.landcover.band',
      message: `${layer.stac?.asset} is another band of asset ${assetKey} in item ${itemId}`,
      expected: String(band),
      found: String(layer.band),
    }));
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
    refuse(layer, place, layer.match === null || !isPrefix ? 'no GeoTIFF' : `no object that matches ${layer.match}`);
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

function refuse(layer: LayerSpec, place: string, found: string): never {
  const problem = {
    where: `layers.landcover.${layer.stac === undefined ? 'scenes' : 'stac'}`,
    message: `${place} names nothing to read`,
    expected: 'at least one GeoTIFF',
    found,
  };
  throw new CitysinkError('REQUEST_INVALID', `${problem.where}: ${place}: ${found}`, { problems: [problem] });
}

function withUrl(error: CitysinkError, place: string): CitysinkError {
  if (typeof error.context.url === 'string') return error;
  const { code, message, problems, remedy, context } = error;
  return new CitysinkError(code, message, { problems, remedy, context: { ...context, url: place }, cause: error });
}

/** In the order of ownership. Listings come in byte order of keys, so `listed` needs no sorting. */
function inOrder(found: readonly DatedObject[], order: SceneOrder): readonly DatedObject[] {
  return order === 'listed' ? found : [...found].sort(byOrder(order));
}

/**
 * Ownership order: by the time of the imagery where an item tells it, else by the object's last change. The URL decides
 * between equals, so the order never depends on the listing.
 */
function byOrder(order: SceneOrder): (a: DatedObject, b: DatedObject) => number {
  const byUrl = (a: DatedObject, b: DatedObject) => compare(a.info.url, b.info.url);
  const byTime = (a: DatedObject, b: DatedObject) => compare(timeOf(a), timeOf(b));
  if (order === 'newest') return (a, b) => byTime(b, a) || byUrl(a, b);
  if (order === 'oldest') return (a, b) => byTime(a, b) || byUrl(a, b);
  return (a, b) => compare(baseNameOf(a.info.url), baseNameOf(b.info.url)) || byUrl(a, b);
}

function timeOf({ info, datetime }: DatedObject): string {
  return datetime ?? info.modified;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
