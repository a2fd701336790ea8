import type { UnreadInput } from '../shared/carbon/partial.ts';
import type { LayerSpec, SceneOrder, StacSource } from '../shared/contracts/city-spec.ts';
import { CitysinkError, type Problem, refuseIfAny, toCitysinkError } from '../shared/errors.ts';
import type { StoreRegistry } from '../shared/io/open-store.ts';
import type { ObjectInfo } from '../shared/io/store.ts';
import { baseNameOf, folderOf } from '../shared/io/store-url.ts';
import type { Radiometry } from '../shared/raster/reflectance.ts';
import { dayInName } from './imagery-names.ts';
import { resolveStac, type StacSearchAccess } from './stac/resolve-stac.ts';
import type { StacScene } from './stac/stac-scene.ts';
import { STAC_LIMITS } from './stac/walk-stac.ts';

/** A raster of a layer, with what its listing or item tells of it. */
export interface ResolvedScene {
  readonly info: ObjectInfo;
  /** Time of the imagery where an item says it, or day where the name does, ISO 8601. */
  readonly datetime: string | null;
  /** What rasters of one date share over layers: the item, the text under the stars of a glob, or the place in a list. */
  readonly key: string;
  /** Scale, offset and nodata as the item states them, or null. */
  readonly radiometry: Radiometry | null;
  /** The item's own classes, looked up where the layer's mask asks for them. */
  readonly ownMask: ObjectInfo | null;
}

/** The objects of a layer, in the order of ownership, and those that were named and are not there. */
export interface ResolvedScenes {
  readonly scenes: readonly ResolvedScene[];
  readonly unread: readonly UnreadInput[];
}

/** A layer by its name in the spec. */
export interface NamedLayer {
  readonly name: string;
  readonly layer: LayerSpec;
}

/** A listing longer than this is a mistake in the prefix. */
const MAX_SCENES = 10_000;
const HEADS_AT_ONCE = 8;
const TIFF_NAME = /\.tiff?$/i;
const GLOB = /[*?]/;

/**
 * Turns files, prefixes, globs and STAC items into objects with version marks; reads no raster.
 *
 * Errors: REQUEST_INVALID where nothing matches or too much, and for mistakes in STAC; the store's own where no scene
 * at all can be reached.
 */
export async function resolveScenes(
  named: NamedLayer,
  stores: StoreRegistry,
  search?: StacSearchAccess,
): Promise<ResolvedScenes> {
  const { layer } = named;
  const { stac } = layer;
  const { found, failures, unread } =
    stac === undefined
      ? await fromPlaces(named, stores)
      : await fromStac({ ...named, layer: { ...layer, stac } }, stores, search);
  if (found.length === 0) {
    if (failures[0] !== undefined) throw failures[0];
    refuse(named, layer.scenes.join(', '), 'no scene');
  }
  const failed = failures.map((error) => ({
    url: String(error.context.url),
    code: error.code,
    message: error.message,
  }));
  return { scenes: inOrder(found, layer.order), unread: [...unread, ...failed] };
}

interface Found {
  readonly found: readonly ResolvedScene[];
  readonly failures: readonly CitysinkError[];
  readonly unread: readonly UnreadInput[];
}

async function fromPlaces(named: NamedLayer, stores: StoreRegistry): Promise<Found> {
  const found = new Map<string, ResolvedScene>();
  const failures: CitysinkError[] = [];
  for (const [index, place] of named.layer.scenes.entries()) {
    try {
      for (const { info, key } of await resolvePlace(place, index, named, stores)) {
        found.set(info.url, { info, datetime: dayInName(info.url), key, radiometry: null, ownMask: null });
      }
    } catch (thrown) {
      failures.push(withUrl(toCitysinkError(thrown), place));
    }
    if (found.size > MAX_SCENES) refuse(named, place, `more than ${MAX_SCENES} scenes`);
  }
  return { found: [...found.values()], failures, unread: [] };
}

/** The rasters that items name, looked up a few at a time; those that are not there are failures, in order of URLs. */
async function fromStac(
  { name, layer }: { readonly name: string; readonly layer: LayerSpec & { readonly stac: StacSource } },
  stores: StoreRegistry,
  search?: StacSearchAccess,
): Promise<Found> {
  const { scenes, unread } = await resolveStac(layer, stores, STAC_LIMITS, search);
  refuseIfAny([...bandProblems(name, layer, scenes), ...maskProblems(name, layer, scenes)]);
  const found: ResolvedScene[] = [];
  const failures: CitysinkError[] = [];
  for (let at = 0; at < scenes.length; at += HEADS_AT_ONCE) {
    const batch = scenes.slice(at, at + HEADS_AT_ONCE);
    const heads = await Promise.allSettled(batch.map((scene) => headsOf(scene, layer, stores)));
    for (const [index, head] of heads.entries()) {
      if (head.status === 'fulfilled') found.push(head.value);
      else failures.push(withUrl(toCitysinkError(head.reason), batch[index]?.url ?? ''));
    }
  }
  return { found, failures, unread };
}

async function headsOf(scene: StacScene, layer: LayerSpec, stores: StoreRegistry): Promise<ResolvedScene> {
  const { url, datetime, itemId, scale, offset, nodata, radiometry, mask } = scene;
  const head = (place: string) => stores.storeFor(place, layer).head(place);
  const info = await head(url);
  const ownMask = layer.mask?.own == null || mask === null ? null : await head(mask.url);
  return { info, datetime, key: itemId, radiometry: { scale, offset, nodata, ...radiometry }, ownMask };
}

/** `mask: scl` asks each item for classes of its own. */
function maskProblems(name: string, layer: LayerSpec, scenes: readonly StacScene[]): Problem[] {
  const own = layer.mask?.own ?? null;
  if (own === null) return [];
  return scenes
    .filter(({ mask }) => mask?.kind !== own)
    .slice(0, 20)
    .map(({ itemId, mask }) => ({
      where: `layers.${name}.mask`,
      message: `item ${itemId} has no asset that is read for \`${own}\``,
      expected: own === 'scl' ? 'an asset `scl` that is a GeoTIFF' : 'an asset `qa_pixel` that is a GeoTIFF',
      found: mask === null ? 'none' : mask.kind,
    }));
}

/** A band that its common name finds inside of a raster must be the one that the layer reads. */
function bandProblems(name: string, layer: LayerSpec, scenes: readonly StacScene[]): Problem[] {
  return scenes
    .filter(({ band }) => band !== null && band !== layer.band)
    .slice(0, 20)
    .map(({ itemId, assetKey, band }) => ({
      where: `layers.${name}.band`,
      message: `${layer.stac?.asset} is another band of asset ${assetKey} in item ${itemId}`,
      expected: String(band),
      found: String(layer.band),
    }));
}

interface ListedObject {
  readonly info: ObjectInfo;
  readonly key: string;
}

async function resolvePlace(
  place: string,
  index: number,
  named: NamedLayer,
  stores: StoreRegistry,
): Promise<ListedObject[]> {
  const { layer } = named;
  const store = stores.storeFor(place, layer);
  const isPrefix = place.endsWith('/');
  if (!isPrefix && !GLOB.test(place)) return [{ info: await store.head(place), key: `#${index}` }];
  const prefix = isPrefix ? place : place.slice(0, place.search(GLOB));
  const keyOf = isPrefix ? nameKey(place, layer.match) : globKey(place);
  const objects: ListedObject[] = [];
  for await (const info of store.list(isPrefix ? prefix : listPrefix(prefix))) {
    const key = keyOf(info.url);
    if (key !== null) objects.push({ info, key });
    if (objects.length > MAX_SCENES) break;
  }
  if (objects.length === 0)
    refuse(named, place, layer.match === null || !isPrefix ? 'no GeoTIFF' : `no object that matches ${layer.match}`);
  return objects;
}

/** File stores list folders: the glob's text before the first star is cut back to its folder. */
export function listPrefix(prefix: string): string {
  return prefix.startsWith('file:') ? folderOf(prefix) : prefix;
}

/** The key of a wanted object below a folder: its folder, and its name or what the stars of `match` stand for; else null. */
function nameKey(folder: string, match: string | null): (url: string) => string | null {
  const pattern = match === null ? null : globPattern(match);
  return (url) => {
    const name = baseNameOf(url);
    const within = url.slice(folder.length, url.length - name.length);
    if (pattern === null) return TIFF_NAME.test(url) ? within + name : null;
    const stars = pattern.exec(name);
    return stars === null ? null : [within, ...stars.slice(1)].join('\n');
  };
}

function globKey(glob: string): (url: string) => string | null {
  const pattern = globPattern(glob);
  return (url) => pattern.exec(url)?.slice(1).join('\n') ?? null;
}

/** `*` matches within one folder, `**` over folders, `?` one character; each is a group. */
export function globPattern(glob: string): RegExp {
  const source = glob.replace(/[.+^${}()|[\]\\]/g, '\\$&').replace(/\*\*|\*|\?/g, (part) => {
    if (part === '**') return '(.*)';
    return part === '*' ? '([^/]*)' : '([^/])';
  });
  return new RegExp(`^${source}$`);
}

function refuse({ name, layer }: NamedLayer, place: string, found: string): never {
  const problem = {
    where: `layers.${name}.${layer.stac === undefined ? 'scenes' : 'stac'}`,
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
function inOrder(found: readonly ResolvedScene[], order: SceneOrder): readonly ResolvedScene[] {
  return order === 'listed' ? found : [...found].sort(byOrder(order));
}

/**
 * Ownership order: by the time of the imagery where an item tells it, else by the object's last change. The URL decides
 * between equals, so the order never depends on the listing.
 */
function byOrder(order: SceneOrder): (a: ResolvedScene, b: ResolvedScene) => number {
  const byUrl = (a: ResolvedScene, b: ResolvedScene) => compare(a.info.url, b.info.url);
  const byTime = (a: ResolvedScene, b: ResolvedScene) => compare(timeOf(a), timeOf(b));
  if (order === 'newest') return (a, b) => byTime(b, a) || byUrl(a, b);
  if (order === 'oldest') return (a, b) => byTime(a, b) || byUrl(a, b);
  return (a, b) => compare(baseNameOf(a.info.url), baseNameOf(b.info.url)) || byUrl(a, b);
}

function timeOf({ info, datetime }: ResolvedScene): string {
  return datetime ?? info.modified;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
