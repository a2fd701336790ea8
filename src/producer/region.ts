import { REGION_NAME, type RegionText, regionSchema } from '../shared/contracts/region-schema.ts';
import { CitysinkError, type Problem, refuseIfAny } from '../shared/errors.ts';
import type { ObjectStore } from '../shared/io/store.ts';
import { baseNameOf, folderOf, joinUrl, resolveUrl } from '../shared/io/store-url.ts';
import { globPattern, listPrefix } from './resolve-scenes.ts';
import { MAX_SPEC_BYTES } from './spec-chain.ts';
import { parseSpecDocument, type SpecDocument } from './spec-document.ts';
import { specName } from './spec-name.ts';
import { valueAt } from './spec-problems.ts';

/** Cities that belong together: a folder of specs, or a region file that names them and what they share. */
export interface Region {
  readonly name: string;
  /** Names of specs (spec-name.ts), in the order of the file; those of a folder or glob in byte order. */
  readonly specs: readonly string[];
  /** Folder URL of results, where the region file names one. */
  readonly resultsUrl: string | null;
  /** Files that matched and name no `city`: what cities extend, for one. */
  readonly leftOut: readonly string[];
}

type OpenStore = (url: string) => ObjectStore;

const REGION_FILES = ['region.yaml', 'region.yml', 'region.json'];
const SPEC_FILE = /\.(ya?ml|json)$/;
/** What a file that names a city has in it, whatever else it is. */
const MENTIONS_CITY = /\bcity"?\s*:/;
/** Hidden folders, packages and results hold no specs. */
const NO_SPECS = /(^|\/)(\.|node_modules\/|results\/|_regions\/|_schedules\/)/;
const MOST_CITIES = 10_000;
/** More objects than this below a folder are no folder of specs. */
const MOST_LISTED = 200_000;
const GLOB = /[*?]/;

/**
 * The region at a place: a folder (with a slash at its end), or a file with `region`; null where the place is one spec.
 * Errors: REQUEST_INVALID for a region file with mistakes, and where no city is found; those of the store.
 */
export async function findRegion(url: string, openStore: OpenStore): Promise<Region | null> {
  if (!url.endsWith('/')) return regionOfFile(url, openStore);
  for (const name of REGION_FILES) {
    const region = await regionOfFile(joinUrl(url, name), openStore).catch((error: unknown) => {
      if (error instanceof CitysinkError && error.code === 'OBJECT_NOT_FOUND') return null;
      throw error;
    });
    if (region !== null) return region;
  }
  const found = await specsBelow(url, (path) => SPEC_FILE.test(path), openStore, url);
  return cityOrRefuse({ name: nameOfFolder(url), ...found, resultsUrl: null }, url);
}

async function regionOfFile(url: string, openStore: OpenStore): Promise<Region | null> {
  const bytes = await openStore(url).read(url, { maxBytes: MAX_SPEC_BYTES });
  const document = parsedOrNull(bytes, baseNameOf(url));
  if (document === null || valueAt(document.value, ['region']) === undefined) return null;
  const text = checked(document, baseNameOf(url));
  const folder = folderOf(url);
  const specs = new Set<string>();
  const leftOut = new Set<string>();
  const entries = text.cities?.map((entry) => citiesOf(entry, folder, openStore, url)) ?? [
    specsBelow(folder, (path) => SPEC_FILE.test(path), openStore, url),
  ];
  for (const found of await Promise.all(entries)) {
    for (const spec of found.specs) specs.add(specName(spec, text.defaults === undefined ? null : url));
    for (const file of found.leftOut) leftOut.add(file);
  }
  const results = text.results ?? valueAt(text.defaults, ['results']);
  const resultsUrl = typeof results === 'string' ? resolveUrl(results, folder).replace(/\/*$/, '/') : null;
  return cityOrRefuse({ name: text.region, specs: [...specs], leftOut: [...leftOut], resultsUrl }, url);
}

/** A text that is no YAML is told where it is read as a spec. */
function parsedOrNull(bytes: Uint8Array, file: string): SpecDocument | null {
  try {
    return parseSpecDocument(bytes, file);
  } catch {
    return null;
  }
}

function checked(document: SpecDocument, file: string): RegionText {
  const parsed = regionSchema.safeParse(document.value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.flatMap((issue): Problem[] => {
    const paths = issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [key]) : [issue.path];
    return paths.map((path) => ({
      where: `${file}:${document.lineOf(path)} ${path.map(String).join('.')}`,
      message: issue.code === 'unrecognized_keys' ? 'unknown key' : 'has another form',
      expected: `region: ${REGION_NAME.source}, cities: a list of specs or globs, defaults: keys of a spec, results: a place`,
    }));
  });
  refuseIfAny(problems);
  throw new RangeError('a region file was refused without a reason');
}

interface FoundSpecs {
  readonly specs: readonly string[];
  readonly leftOut: readonly string[];
}

/** One entry of `cities`: a glob takes what names a city, a plain place is a spec in any case. */
async function citiesOf(entry: string, folder: string, openStore: OpenStore, regionUrl: string): Promise<FoundSpecs> {
  // File URLs encode `?`; here it is a glob.
  const place = resolveUrl(entry, folder).replaceAll('%3F', '?');
  if (!GLOB.test(place)) return { specs: [place], leftOut: [] };
  const pattern = globPattern(place);
  const prefix = listPrefix(place.slice(0, place.search(GLOB)));
  return specsBelow(prefix, (_, url) => pattern.test(url), openStore, regionUrl);
}

async function specsBelow(
  prefix: string,
  wanted: (path: string, url: string) => boolean,
  openStore: OpenStore,
  regionUrl: string,
): Promise<FoundSpecs> {
  const store = openStore(prefix);
  const found: { specs: string[]; leftOut: string[] } = { specs: [], leftOut: [] };
  let listed = 0;
  for await (const { url, sizeBytes } of store.list(prefix)) {
    const path = url.slice(folderOf(prefix).length);
    listed += 1;
    if (listed > MOST_LISTED || found.specs.length > MOST_CITIES) refuseIfAny([tooMany(prefix)]);
    if (url === regionUrl || NO_SPECS.test(path) || !wanted(path, url) || sizeBytes > MAX_SPEC_BYTES) continue;
    const bytes = await store.read(url, { maxBytes: MAX_SPEC_BYTES });
    found[namesCity(bytes, baseNameOf(url)) ? 'specs' : 'leftOut'].push(url);
  }
  return found;
}

/** A spec names its city itself, at the top; plans, manifests and totals do so too. What cannot be parsed is told with its mistakes. */
function namesCity(bytes: Uint8Array, file: string): boolean {
  if (!MENTIONS_CITY.test(new TextDecoder().decode(bytes))) return false;
  const document = parsedOrNull(bytes, file);
  if (document === null) return true;
  const schema = valueAt(document.value, ['schema']);
  return valueAt(document.value, ['city']) !== undefined && !(typeof schema === 'string' && /^citysink-/.test(schema));
}

function tooMany(place: string): Problem {
  return {
    where: place,
    message: 'holds too much for a folder of specs',
    expected: `at most ${MOST_CITIES} cities and ${MOST_LISTED} files; a region file may name them by globs`,
  };
}

function cityOrRefuse(region: Region, url: string): Region {
  if (region.specs.length > 0) return region;
  throw new CitysinkError('REQUEST_INVALID', `${url} holds no city`, {
    problems: [{ where: url, message: 'no spec found', expected: 'files .yaml, .yml or .json with a `city`' }],
  });
}

function nameOfFolder(url: string): string {
  const last = decodeURIComponent(url.replace(/\/+$/, '').split('/').at(-1) ?? '');
  const name = last
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 64);
  return name === '' ? 'region' : name;
}
