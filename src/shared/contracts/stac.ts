/**
 * STAC documents as they are read: strict about the fields that are used, blind to all others. Forms of 0.6 to 1.1
 * are told apart by content, since `type` and `stac_version` of old documents say little.
 *
 * Sources: STAC 1.0.0 and 1.1.0 item, collection and catalog specs; extensions eo, proj, raster, alternate-assets,
 * storage; the 0.7.0 items of USGS.
 */

import { z } from 'zod';
import { CitysinkError, type Problem } from '../errors.ts';
import { shown } from '../geo/shown-value.ts';

/** An address is no essay. */
const MAX_HREF = 4096;
const MAX_ASSETS = 2000;
const MAX_BANDS = 1000;
const MAX_LINKS = 50_000;

const word = z.string().max(1024);
const href = z.string().min(1).max(MAX_HREF);

const linkSchema = z.object({ rel: word, href });

/** STAC writes markers that JSON has no number for as words. */
const nodataSchema = z.union([z.number(), z.enum(['nan', 'inf', '-inf'])]);

const bandSchema = z.object({
  name: word.nullish(),
  common_name: word.nullish(),
  'eo:common_name': word.nullish(),
  nodata: nodataSchema.nullish(),
  scale: z.number().nullish(),
  offset: z.number().nullish(),
  'raster:scale': z.number().nullish(),
  'raster:offset': z.number().nullish(),
});

const alternateSchema = z.object({ href, 'storage:requester_pays': z.boolean().nullish() });

const epsgCode = z.int().positive().nullish();

const assetSchema = z.object({
  href,
  type: word.nullish(),
  roles: z.array(word).max(100).nullish(),
  /** Objects; in 0.6 to 0.8 places in the item's own `eo:bands`. */
  'eo:bands': z
    .array(z.union([z.int().nonnegative(), bandSchema]))
    .max(MAX_BANDS)
    .nullish(),
  'raster:bands': z.array(bandSchema).max(MAX_BANDS).nullish(),
  /** STAC 1.1. */
  bands: z.array(bandSchema).max(MAX_BANDS).nullish(),
  nodata: nodataSchema.nullish(),
  'raster:scale': z.number().nullish(),
  'raster:offset': z.number().nullish(),
  'proj:epsg': epsgCode,
  'proj:code': word.nullish(),
  'storage:requester_pays': z.boolean().nullish(),
  alternate: z.record(word, z.unknown()).nullish(),
});

const propertiesSchema = z.object({
  datetime: word.nullish(),
  start_datetime: word.nullish(),
  end_datetime: word.nullish(),
  'eo:cloud_cover': z.number().min(0).max(100).nullish(),
  'eo:bands': z.array(bandSchema).max(MAX_BANDS).nullish(),
  'proj:epsg': epsgCode,
  'proj:code': word.nullish(),
  /** 0.6 to 0.8. */
  'eo:epsg': epsgCode,
  'storage:requester_pays': z.boolean().nullish(),
  platform: word.nullish(),
  constellation: word.nullish(),
  's2:processing_baseline': word.nullish(),
  'sentinel:processing_baseline': word.nullish(),
  'processing:version': word.nullish(),
  'processing:level': word.nullish(),
  's2:product_type': word.nullish(),
  's2:product_uri': word.nullish(),
  'sentinel:product_id': word.nullish(),
  's2:datatake_id': word.nullish(),
  'earthsearch:boa_offset_applied': z.boolean().nullish(),
  'sentinel:boa_offset_applied': z.boolean().nullish(),
  'landsat:collection_number': word.nullish(),
  'landsat:correction': word.nullish(),
});

const itemSchema = z.object({
  type: z.literal('Feature'),
  stac_version: word,
  id: word.min(1),
  collection: word.nullish(),
  bbox: z
    .union([z.array(z.number()).length(4), z.array(z.number()).length(6)])
    .nullish()
    .describe('four or six numbers'),
  properties: propertiesSchema,
  /** Assets are read one by one: a broken thumbnail does not spoil the band beside it. */
  assets: z.record(word, z.unknown()),
});

/** An item that was read; assets are not yet. */
export type StacItem = z.infer<typeof itemSchema>;
export type StacAsset = z.infer<typeof assetSchema>;
export type StacBand = z.infer<typeof bandSchema>;
export type StacLink = z.infer<typeof linkSchema>;

/** What a JSON document is. `items` are still to be read one by one. */
export type StacDocument =
  | { readonly kind: 'item'; readonly item: unknown }
  | { readonly kind: 'items'; readonly items: readonly unknown[] }
  | { readonly kind: 'links'; readonly links: readonly StacLink[] };

/** Versions whose forms are known. */
const KNOWN_VERSION = /^(0\.[6-9]\.|1\.[01]\.)/;
const KNOWN_VERSIONS = '0.6 to 1.1';

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** REQUEST_INVALID about one document. */
export function stacError(where: string, message: string, expected: string, found: string): CitysinkError {
  const problem: Problem = { where, message, expected, found };
  return new CitysinkError('REQUEST_INVALID', `${where}: ${message}: expected ${expected}, found ${found}`, {
    problems: [problem],
    context: { url: where },
  });
}

function fromIssues(where: string, what: string, error: z.ZodError, value: unknown): CitysinkError {
  const problems = error.issues.slice(0, 20).map((issue) => {
    const path = issue.path.map(String).join('.');
    return {
      where: path === '' ? where : `${where} ${path}`,
      message: `${what} cannot be read`,
      expected: issue.message,
      found: shown(issue.path.reduce<unknown>((at, key) => (isRecord(at) ? at[String(key)] : undefined), value)),
    };
  });
  const first = problems[0];
  return new CitysinkError(
    'REQUEST_INVALID',
    `${first?.where ?? where}: ${what} cannot be read: ${first?.expected ?? ''}`,
    { problems, context: { url: where } },
  );
}

/** Whether a JSON value says of itself that it is STAC; others in a folder of items are passed over. */
export function isStac(value: unknown): boolean {
  if (!isRecord(value)) return false;
  return typeof value.stac_version === 'string' || (value.type === 'FeatureCollection' && hasStacItem(value.features));
}

function hasStacItem(features: unknown): boolean {
  return Array.isArray(features) && features.some((item) => isRecord(item) && typeof item.stac_version === 'string');
}

/** Item, ItemCollection, or a document that links to such. Errors: REQUEST_INVALID at `where`. */
export function readStacDocument(value: unknown, where: string): StacDocument {
  if (!isRecord(value)) throw stacError(where, 'is not STAC', 'an object', shown(value));
  if (value.type === 'Feature') return { kind: 'item', item: value };
  if (value.type === 'FeatureCollection') {
    if (!Array.isArray(value.features)) throw stacError(where, 'is no ItemCollection', 'features', 'none');
    return { kind: 'items', items: value.features };
  }
  checkVersion(value.stac_version, where);
  // Before 1.0.0 collections and catalogs had no type.
  const links = z.array(linkSchema).max(MAX_LINKS).safeParse(value.links);
  if (!links.success) throw fromIssues(where, 'the list of links', links.error, value.links);
  return { kind: 'links', links: links.data };
}

function checkVersion(version: unknown, where: string): void {
  if (typeof version !== 'string') {
    throw stacError(where, 'is not STAC', `stac_version ${KNOWN_VERSIONS}`, shown(version));
  }
  if (!KNOWN_VERSION.test(version)) {
    throw stacError(where, 'has a stac_version that is not read', KNOWN_VERSIONS, version.slice(0, 60));
  }
}

/** One item. Errors: REQUEST_INVALID with every field that is used and has another form. */
export function readStacItem(value: unknown, where: string): StacItem {
  checkVersion(isRecord(value) ? value.stac_version : undefined, where);
  const parsed = itemSchema.safeParse(value);
  if (!parsed.success) throw fromIssues(where, 'the STAC item', parsed.error, value);
  const count = Object.keys(parsed.data.assets).length;
  if (count > MAX_ASSETS) throw stacError(where, 'has too many assets', `at most ${MAX_ASSETS}`, String(count));
  return parsed.data;
}

/** One asset of an item. Errors: REQUEST_INVALID. */
export function readStacAsset(item: StacItem, key: string, where: string): StacAsset {
  const value = Object.hasOwn(item.assets, key) ? item.assets[key] : undefined;
  const parsed = assetSchema.safeParse(value);
  if (!parsed.success) throw fromIssues(`${where} assets.${key}`, 'the asset', parsed.error, value);
  return parsed.data;
}

/** An alternate place of an asset, or null where it is none that can be read. */
export function readAlternate(asset: StacAsset, name: string): z.infer<typeof alternateSchema> | null {
  const alternates = asset.alternate ?? {};
  const parsed = alternateSchema.safeParse(Object.hasOwn(alternates, name) ? alternates[name] : undefined);
  return parsed.success ? parsed.data : null;
}

/** The bands of an asset in file order, with what eo, raster and 1.1's common form say of each laid over one another. */
export function bandsOf(item: StacItem, asset: StacAsset): StacBand[] {
  const own = item.properties['eo:bands'] ?? [];
  const named = (asset['eo:bands'] ?? []).map((band) => (typeof band === 'number' ? (own[band] ?? {}) : band));
  const raster = asset['raster:bands'] ?? [];
  const common = asset.bands ?? [];
  const count = Math.max(named.length, raster.length, common.length);
  return Array.from({ length: count }, (_, index) => ({ ...named[index], ...raster[index], ...common[index] }));
}

/** The common name of a band (red, nir ...), or null. */
export function commonNameOf(band: StacBand): string | null {
  return band['eo:common_name'] ?? band.common_name ?? null;
}
