/** The scenes of a layer that names STAC: items found, filtered, and turned into places of rasters. */

import type { UnreadInput } from '../../shared/carbon/partial.ts';
import type { LayerSpec, StacSource } from '../../shared/contracts/city-spec.ts';
import { readStacItem, stacError } from '../../shared/contracts/stac.ts';
import { readTimeFilter } from '../../shared/contracts/stac-time.ts';
import { CitysinkError, type Problem, refuseIfAny } from '../../shared/errors.ts';
import type { StoreRegistry } from '../../shared/io/open-store.ts';
import { type HttpClient, type SearchLimits, searchStacApi } from '../../shared/io/stac-search.ts';
import { filterOf, type LeftOut, type PlacedItem, type StacFilters, type StacScene, sceneOf } from './stac-scene.ts';
import { STAC_LIMITS, type StacLimits, walkStac } from './walk-stac.ts';

export interface StacScenes {
  /** One for each raster, in byte order of URLs. */
  readonly scenes: readonly StacScene[];
  /** Items and catalogs that could not be read. */
  readonly unread: readonly UnreadInput[];
}

/** What an API search needs beyond the layer; without hosts every search is refused. */
export interface StacSearchAccess {
  readonly hosts: readonly string[];
  readonly client?: HttpClient;
  readonly limits?: SearchLimits;
}

const NO_SEARCH: StacSearchAccess = { hosts: [] };
const MAX_PROBLEMS = 50;

/**
 * The scenes that the items of a layer's `stac` or `stac_api` name. Errors: REQUEST_INVALID with every item that has a
 * mistake, or where none is left; the store's own where the place itself cannot be read.
 */
export async function resolveStac(
  layer: Pick<LayerSpec, 'anonymous' | 'requesterPays'> & { readonly stac: StacSource },
  stores: StoreRegistry,
  limits: StacLimits = STAC_LIMITS,
  search: StacSearchAccess = NO_SEARCH,
): Promise<StacScenes> {
  const { stac } = layer;
  const time = stac.datetime === null ? null : readTimeFilter(stac.datetime);
  const sorting = new Sorting({ source: stac, time, requesterPays: layer.requesterPays });
  const use = (placed: PlacedItem) => sorting.take(placed);
  const unread =
    stac.api === null ? await walkStac(stac.url, layer, stores, limits, use) : await searched(stac, search, use);
  const scenes = onePerRaster(sorting.scenes);
  if (scenes.length === 0 && unread.length === 0) throw nothingLeft(stac, sorting);
  return { scenes, unread: [...unread].sort((a, b) => order(a.url, b.url)) };
}

/** Items that an API found, with the search as the place they come from: their hrefs must be whole. */
async function searched(
  source: StacSource,
  { hosts, client, limits }: StacSearchAccess,
  use: (placed: PlacedItem) => void,
): Promise<readonly UnreadInput[]> {
  const { url, datetime, bbox, api } = source;
  const request = { url, datetime, bbox, collections: api?.collections ?? [] };
  const problems: Problem[] = [];
  for (const value of await searchStacApi(request, hosts, client, limits)) {
    attempt(() => use({ item: readStacItem(value, url), documentUrl: url }), problems);
  }
  refuseIfAny(problems.slice(0, MAX_PROBLEMS));
  return [];
}

/** Turns items into scenes as they come, and counts those that a filter leaves out. */
class Sorting {
  readonly scenes: StacScene[] = [];
  readonly leftOut: Record<LeftOut, number> = { datetime: 0, max_cloud_cover: 0, bbox: 0 };
  readonly #filters: StacFilters;

  constructor(filters: StacFilters) {
    this.#filters = filters;
  }

  take(placed: PlacedItem): void {
    const filter = filterOf(placed, this.#filters);
    if (filter === null) this.scenes.push(sceneOf(placed, this.#filters));
    else this.leftOut[filter] += 1;
  }
}

function attempt(work: () => void, problems: Problem[]): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof CitysinkError) || error.problems.length === 0) throw error;
    problems.push(...error.problems);
  }
}

function nothingLeft({ url }: StacSource, { leftOut }: Sorting): CitysinkError {
  const reasons = Object.entries(leftOut).flatMap(([name, items]) => (items > 0 ? [`${items} by ${name}`] : []));
  const found = reasons.length > 0 ? `items left out: ${reasons.join(', ')}` : 'no item';
  return stacError(url, 'names nothing to read', 'at least one item', found);
}

/** The same raster from two items (a file and a collection of items) is one scene: that of the first id. */
function onePerRaster(scenes: readonly StacScene[]): StacScene[] {
  const sorted = [...scenes].sort(
    (a, b) => order(a.url, b.url) || order(a.itemId, b.itemId) || order(a.datetime, b.datetime),
  );
  return sorted.filter((scene, index) => scene.url !== sorted[index - 1]?.url);
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
