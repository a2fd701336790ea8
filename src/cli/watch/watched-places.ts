import type { EventPlace } from '../../server/hooks/hook-events.ts';
import type { CitySpec, LayerSpec } from '../../shared/contracts/city-spec.ts';

/** @pure Where the inputs of a city may change: what an event's bucket and key are compared with. */

const GLOB = /[*?]/;

/** More folders than this are watched as their buckets: an event then asks for a look too many, never too few. */
const MOST_FOLDERS = 100;

/** URL prefixes of a spec: its layers' places, its files, the spec itself, and the folders in which scenes were found. */
export function watchedPrefixes(spec: CitySpec, specUrl: string, sceneUrls: readonly string[]): string[] {
  const layers = [spec.landcover, ...Object.values(spec.layers)];
  const named = [specUrl, spec.zones.url, spec.factorsUrl, spec.accuracyUrl ?? ''];
  const folders = new Set(sceneUrls.map((url) => url.slice(0, url.lastIndexOf('/') + 1)));
  const found = folders.size <= MOST_FOLDERS ? [...folders] : sceneUrls.map(bucketOf);
  const all = new Set([...named, ...layers.flatMap(layerPrefixes), ...found]);
  const inBuckets = [...all].filter((url) => url.startsWith('s3://'));
  return inBuckets.filter((url) => !inBuckets.some((other) => other !== url && url.startsWith(other)));
}

/** Whether an event's object stands below one of the prefixes. */
export function isWatched(prefixes: readonly string[], { bucket, key }: EventPlace): boolean {
  const url = `s3://${bucket}/${key}`;
  return prefixes.some((prefix) => url.startsWith(prefix));
}

/** A glob's text before its first star; items of STAC may change anywhere in the folder of their catalog. */
function layerPrefixes({ scenes, stac }: LayerSpec): string[] {
  const places = scenes.map((place) => (GLOB.test(place) ? place.slice(0, place.search(GLOB)) : place));
  return stac === undefined ? places : [...places, stac.url.slice(0, stac.url.lastIndexOf('/') + 1)];
}

function bucketOf(url: string): string {
  return url.slice(0, url.indexOf('/', 's3://'.length) + 1);
}
