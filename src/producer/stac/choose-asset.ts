/** Which asset of an item a layer means: by key, else by a band's common name, else by role. */

import { nearestWord } from '../../shared/contracts/nearest-word.ts';
import {
  bandsOf,
  commonNameOf,
  readStacAsset,
  type StacAsset,
  type StacBand,
  type StacItem,
  stacError,
} from '../../shared/contracts/stac.ts';
import type { CitysinkError } from '../../shared/errors.ts';

export interface ChosenAsset {
  readonly key: string;
  readonly asset: StacAsset;
  /** What is said of the band that is meant; empty where nothing is. */
  readonly band: StacBand;
  /** Place of that band in the asset, from 1; null where the asset was not chosen by a band's name. */
  readonly bandNumber: number | null;
}

interface Candidate {
  readonly key: string;
  readonly asset: StacAsset;
  readonly bands: readonly StacBand[];
}

/** Pictures made of the data are no data. */
const NO_DATA_ROLES = ['thumbnail', 'overview', 'visual', 'metadata', 'tiles'];
const MAX_NAMED = 40;

/**
 * The asset that `wanted` names; null means the item's only raster. Of several with a band of that
 * name, a GeoTIFF goes before another format, and one band alone before a composite. Errors: REQUEST_INVALID that lists what is there.
 */
export function chooseAsset(item: StacItem, wanted: string | null, where: string): ChosenAsset {
  if (wanted !== null && Object.hasOwn(item.assets, wanted)) return byKey(item, wanted, where);
  const all = candidatesOf(item, where);
  const found = wanted === null ? all.filter(isRaster) : matching(all, wanted);
  const [only] = found;
  if (only === undefined) throw absent(item, wanted, all, where);
  if (found.length > 1) throw ambiguous(item, wanted, found, where);
  const index = wanted === null ? -1 : only.bands.findIndex((band) => commonNameOf(band) === wanted);
  const band = only.bands[Math.max(0, index)] ?? {};
  return { key: only.key, asset: only.asset, band, bandNumber: index < 0 ? null : index + 1 };
}

function byKey(item: StacItem, key: string, where: string): ChosenAsset {
  const asset = readStacAsset(item, key, where);
  const bands = bandsOf(item, asset);
  return { key, asset, band: bands[0] ?? {}, bandNumber: null };
}

function candidatesOf(item: StacItem, where: string): Candidate[] {
  return Object.keys(item.assets).map((key) => {
    const asset = readStacAsset(item, key, where);
    return { key, asset, bands: bandsOf(item, asset) };
  });
}

function matching(all: readonly Candidate[], wanted: string): readonly Candidate[] {
  const byBand = all.filter(({ asset, bands }) => !isPicture(asset) && bands.some((b) => commonNameOf(b) === wanted));
  if (byBand.length > 0) return better(better(byBand, isRaster), ({ bands }) => bands.length === 1);
  return better(
    all.filter(({ asset }) => asset.roles?.includes(wanted)),
    isRaster,
  );
}

/** Those that pass, or all where none does. */
function better(found: readonly Candidate[], passes: (candidate: Candidate) => boolean): readonly Candidate[] {
  const passing = found.filter(passes);
  return passing.length > 0 ? passing : found;
}

function isPicture(asset: StacAsset): boolean {
  return asset.roles?.some((role) => NO_DATA_ROLES.includes(role)) === true;
}

function isRaster({ asset }: Candidate): boolean {
  if (isPicture(asset)) return false;
  if (asset.type != null) return /^image\/(tiff|vnd\.stac\.geotiff)/i.test(asset.type);
  return /\.tiff?$/i.test(asset.href);
}

/** Assets as a message lists them: `B04 (red), SCL`. */
function listed(candidates: readonly Candidate[]): string {
  if (candidates.length === 0) return 'no assets';
  const names = candidates.slice(0, MAX_NAMED).map(({ key, bands }) => {
    const common = bands.map(commonNameOf).filter((name) => name !== null);
    return common.length === 0 || common.includes(key) ? key : `${key} (${common.join(', ')})`;
  });
  return `${names.join(', ')}${candidates.length > MAX_NAMED ? ' ...' : ''}`;
}

function absent(item: StacItem, wanted: string | null, all: readonly Candidate[], where: string): CitysinkError {
  const near = wanted === null ? null : nearestWord(wanted, Object.keys(item.assets));
  const expected =
    wanted === null ? 'a GeoTIFF' : `an asset "${wanted}"${near === null ? '' : ` (did you mean "${near}"?)`}`;
  return stacError(where, `item ${item.id} has no such asset`, expected, listed(all));
}

function ambiguous(item: StacItem, wanted: string | null, found: readonly Candidate[], where: string): CitysinkError {
  const what = wanted === null ? 'has several rasters' : `has several assets for "${wanted}"`;
  return stacError(where, `item ${item.id} ${what}`, 'asset: the key of one of them', listed(found));
}
