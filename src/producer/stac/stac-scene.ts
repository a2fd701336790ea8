/** One item and one of its assets as a scene to read. */

import type { StacSource } from '../../shared/contracts/city-spec.ts';
import {
  commonNameOf,
  readAlternate,
  readStacAsset,
  type StacAsset,
  type StacItem,
  stacError,
} from '../../shared/contracts/stac.ts';
import { spanOf, type TimeSpan } from '../../shared/contracts/stac-time.ts';
import { CitysinkError } from '../../shared/errors.ts';
import { type Radiometry, radiometry } from '../../shared/raster/reflectance.ts';
import { hrefToUrl, isRelativeHref } from './asset-href.ts';
import { type ChosenAsset, chooseAsset } from './choose-asset.ts';

export interface StacScene {
  /** Store URL of the raster. */
  readonly url: string;
  /** ISO 8601 UTC time of the imagery, or of its beginning. */
  readonly datetime: string;
  /** Percent, or null where the item does not say. */
  readonly cloudCover: number | null;
  readonly itemId: string;
  readonly collection: string | null;
  readonly assetKey: string;
  /** Band that the layer's asset name means, from 1; null where it names the asset itself. */
  readonly band: number | null;
  readonly epsg: number | null;
  /** value = stored * scale + offset; null where neither the item nor its product says. */
  readonly scale: number | null;
  readonly offset: number | null;
  readonly nodata: Radiometry['nodata'];
  /** Why these three, and what speaks against them. */
  readonly radiometry: Pick<Radiometry, 'why' | 'doubt'>;
  /** The item's cloud and quality classes, where it has those of Sentinel-2 (SCL) or Landsat (QA_PIXEL). */
  readonly mask: { readonly kind: 'scl' | 'qa_pixel'; readonly assetKey: string; readonly url: string } | null;
}

/** Filters of a layer, read once. */
export interface StacFilters {
  readonly source: StacSource;
  readonly time: TimeSpan | null;
  readonly requesterPays: boolean;
}

/** An item with the place that its relative hrefs start from. */
export interface PlacedItem {
  readonly item: StacItem;
  readonly documentUrl: string;
}

/** What kept an item out. */
export type LeftOut = 'datetime' | 'max_cloud_cover' | 'bbox';

/** The filter that an item does not pass, or null. Errors: REQUEST_INVALID where it lacks what a filter asks for. */
export function filterOf({ item, documentUrl }: PlacedItem, { source, time }: StacFilters): LeftOut | null {
  const where = placeOf(item, documentUrl);
  const span = itemSpan(item, where);
  if (time !== null && !(span.fromMs <= time.toMs && time.fromMs <= span.toMs)) return 'datetime';
  const cloud = item.properties['eo:cloud_cover'] ?? null;
  if (source.maxCloudCover !== null) {
    if (cloud === null) {
      throw stacError(where, 'cannot be filtered', 'eo:cloud_cover, since the spec sets max_cloud_cover', 'none');
    }
    if (cloud > source.maxCloudCover) return 'max_cloud_cover';
  }
  if (source.bbox !== null && item.bbox != null && !boxesMeet(item.bbox, source.bbox)) return 'bbox';
  return null;
}

function placeOf(item: StacItem, documentUrl: string): string {
  return `${documentUrl} ${item.id}`;
}

/** The span of an item's imagery. Errors: REQUEST_INVALID where it has none, or one that is no time. */
function itemSpan(item: StacItem, where: string): TimeSpan {
  const { datetime, start_datetime: start, end_datetime: end } = item.properties;
  const [first, last] = [datetime ?? start ?? null, datetime ?? end ?? start ?? null];
  if (first === null || last === null) throw stacError(where, 'has no time', 'datetime or start_datetime', 'none');
  const [from, to] = [spanOf(first), spanOf(last)];
  if (from === null || to === null) throw stacError(where, 'has a time that is none', 'RFC 3339', first.slice(0, 60));
  return { fromMs: from.fromMs, toMs: Math.max(from.fromMs, to.toMs) };
}

/** Boxes of longitude and latitude, 4 or 6 numbers; one whose west is greater than its east crosses 180 degrees. */
export function boxesMeet(a: readonly number[], b: readonly number[]): boolean {
  const [boxA, boxB] = [flat(a), flat(b)];
  if (boxA.south > boxB.north || boxB.south > boxA.north) return false;
  return boxA.spans.some(([w1, e1]) => boxB.spans.some(([w2, e2]) => w1 <= e2 && w2 <= e1));
}

function flat(box: readonly number[]) {
  const [west = 0, south = 0, east = 0, north = 0] = box.length === 6 ? [box[0], box[1], box[3], box[4]] : box;
  const spans = west <= east ? [[west, east] as const] : [[west, 180] as const, [-180, east] as const];
  return { south, north, spans };
}

/** The scene of an item. Errors: REQUEST_INVALID about the asset, its place, or who pays for reading it. */
export function sceneOf({ item, documentUrl }: PlacedItem, { source, requesterPays }: StacFilters): StacScene {
  const where = placeOf(item, documentUrl);
  const chosen = chooseAsset(item, source.asset, where);
  const place = assetPlace(chosen.asset, documentUrl);
  if (place.requesterPays && !requesterPays) {
    throw stacError(where, 'lies in a bucket whose reader pays', 'requester_pays: true in the layer', place.url);
  }
  const { scale, offset, nodata, why, doubt } = radiometry(factsOf(item, chosen, place.url));
  return {
    url: place.url,
    datetime: new Date(itemSpan(item, where).fromMs).toISOString(),
    cloudCover: item.properties['eo:cloud_cover'] ?? null,
    itemId: item.id,
    collection: item.collection ?? null,
    assetKey: chosen.key,
    band: chosen.bandNumber,
    epsg: epsgOf(item, chosen.asset),
    scale,
    offset,
    nodata,
    radiometry: { why, doubt },
    mask: maskOf(item, documentUrl, where),
  };
}

interface AssetPlace {
  readonly url: string;
  readonly requesterPays: boolean;
}

/**
 * Where an asset is read: beside its document where its href is relative (a copy was put there), else the alternate in
 * S3, else the href itself. Errors: REQUEST_INVALID.
 */
function assetPlace(asset: StacAsset, documentUrl: string): AssetPlace {
  const own = { href: asset.href, 'storage:requester_pays': asset['storage:requester_pays'] };
  const alternate = isRelativeHref(asset.href) ? null : (readAlternate(asset, 's3') ?? readAlternate(asset, 'S3'));
  const taken = alternate ?? own;
  return { url: hrefToUrl(taken.href, documentUrl), requesterPays: taken['storage:requester_pays'] === true };
}

function epsgOf(item: StacItem, asset: StacAsset): number | null {
  const { properties } = item;
  const code = /^EPSG:(\d{1,7})$/i.exec(asset['proj:code'] ?? properties['proj:code'] ?? '')?.[1];
  const plain = asset['proj:epsg'] ?? properties['proj:epsg'] ?? properties['eo:epsg'];
  return plain ?? (code === undefined ? null : Number(code));
}

function factsOf(item: StacItem, { key, asset, band }: ChosenAsset, url: string) {
  const { properties: p } = item;
  // STAC 1.1 states what holds for all bands once, at the asset.
  const scale = band['raster:scale'] ?? band.scale ?? asset['raster:scale'] ?? null;
  const offset = band['raster:offset'] ?? band.offset ?? asset['raster:offset'] ?? null;
  return {
    itemId: item.id,
    collection: item.collection ?? null,
    productName: p['s2:product_uri'] ?? p['sentinel:product_id'] ?? p['s2:datatake_id'] ?? null,
    constellation: p.constellation ?? null,
    processingLevel: p['processing:level'] ?? p['s2:product_type'] ?? null,
    baseline: p['s2:processing_baseline'] ?? p['sentinel:processing_baseline'] ?? p['processing:version'] ?? null,
    boaOffsetApplied: p['earthsearch:boa_offset_applied'] ?? p['sentinel:boa_offset_applied'] ?? null,
    landsatCollection: p['landsat:collection_number'] ?? null,
    landsatCorrection: p['landsat:correction'] ?? null,
    assetKey: key,
    href: url,
    mediaType: asset.type ?? null,
    commonName: bandIsAlone(asset) ? commonNameOf(band) : null,
    scale,
    offset,
    nodata: band.nodata ?? asset.nodata ?? null,
  };
}

/** A composite (visual) has the common names of its parts and is none of them. */
function bandIsAlone(asset: StacAsset): boolean {
  return (asset['eo:bands'] ?? asset.bands ?? []).length <= 1;
}

const MASK_KEYS = { scl: 'scl', qa_pixel: 'qa_pixel', 'qa_pixel.tif': 'qa_pixel' } as const;

function maskOf(item: StacItem, documentUrl: string, where: string): StacScene['mask'] {
  for (const key of Object.keys(item.assets)) {
    const kind = Object.hasOwn(MASK_KEYS, key.toLowerCase())
      ? MASK_KEYS[key.toLowerCase() as keyof typeof MASK_KEYS]
      : null;
    if (kind === null) continue;
    try {
      return { kind, assetKey: key, url: assetPlace(readStacAsset(item, key, where), documentUrl).url };
    } catch (error) {
      // A mask that cannot be read is none; who needs it says so.
      if (!(error instanceof CitysinkError)) throw error;
    }
  }
  return null;
}
