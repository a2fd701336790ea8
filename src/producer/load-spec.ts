/** Reads a city spec: every mistake at once, defaults filled in, every place made an absolute URL. */

import { pathToFileURL } from 'node:url';
import type {
  CasaSpec,
  ChangeSpec,
  CitySpec,
  Composite,
  GreenSpec,
  LayerSpec,
  MaskSpec,
  NdviLimits,
  StacSource,
} from '../shared/contracts/city-spec.ts';
import { type CitySpecText, citySpecSchema, type LayerText } from '../shared/contracts/city-spec-schema.ts';
import { MAP_NAMES } from '../shared/contracts/map-names.ts';
import { CitysinkError, type Problem, refuseIfAny } from '../shared/errors.ts';
import type { ObjectStore } from '../shared/io/store.ts';
import { baseNameOf, folderOf, resolveUrl } from '../shared/io/store-url.ts';
import { isLibraryName } from './factor-library.ts';
import { namedFileProblems } from './named-files.ts';
import { chainOfOne, readSpecChain, type SpecChain } from './spec-chain.ts';
import type { SpecMistake } from './spec-mistake.ts';
import { partsOfSpecName } from './spec-name.ts';
import { placePaths } from './spec-places.ts';
import { crsMistakes, ruleMistakes, schemaMistakes, valueAt } from './spec-problems.ts';

export interface SpecOptions {
  /** Results root in place of the spec's: a URL, or a path relative to the working directory. */
  readonly out?: string;
  /** Read scenes without credentials wherever the spec does not say. */
  readonly anonymous?: boolean;
}

/**
 * The spec at a URL (YAML or JSON, by content). Errors: REQUEST_INVALID with every mistake, each as
 * `spec.yaml:12 layers.landcover.scene`, and with those of the zones and factors that it names; those of the store. What it
 * `extends` lies below it.
 */
export async function loadSpec(
  openStore: (url: string) => ObjectStore,
  specUrl: string,
  options: SpecOptions = {},
): Promise<CitySpec> {
  const chain = await readSpecChain(openStore, specUrl);
  const url = partsOfSpecName(specUrl).specUrl;
  try {
    return await completed(chain, url, options);
  } catch (error) {
    if (!(error instanceof CitysinkError) || error.code !== 'REQUEST_INVALID') throw error;
    refuseIfAny([...error.problems, ...(await namedFileProblems(chain.value, url, openStore))]);
    throw error;
  }
}

/** The same from bytes already read, which may extend nothing. */
export async function readSpec(bytes: Uint8Array, specUrl: string, options: SpecOptions = {}): Promise<CitySpec> {
  return completed(chainOfOne(bytes, baseNameOf(specUrl)), specUrl, options);
}

async function completed(chain: SpecChain, specUrl: string, options: SpecOptions): Promise<CitySpec> {
  const { value } = chain;
  const mistakes = [...schemaMistakes(value), ...ruleMistakes(value), ...(await crsMistakes(value))];
  const places = new Places(folderOf(specUrl));
  const parsed = citySpecSchema.safeParse(value);
  for (const path of placePaths(value)) places.resolve(String(valueAt(value, path)), path);
  const spec = parsed.success ? completeSpec(parsed.data, new Places(places.folder), options) : null;
  if (parsed.data?.extends !== undefined) mistakes.push({ path: ['extends'], message: 'cannot be followed from here' });
  refuseIfAny(problemsOf([...mistakes, ...places.mistakes], chain));
  if (spec === null) {
    throw new CitysinkError('INTERNAL', `${baseNameOf(specUrl)}: the spec was refused without a reason`);
  }
  return spec;
}

function problemsOf(mistakes: readonly SpecMistake[], chain: SpecChain): Problem[] {
  return mistakes
    .map(({ path, ...rest }) => ({ ...chain.placeOf(path), path: path.map(String).join('.'), rest }))
    .sort((a, b) => a.rank - b.rank || a.line - b.line)
    .map(({ file, line, path, rest }) => ({ where: `${file}:${line}${path === '' ? '' : ` ${path}`}`, ...rest }));
}

/** Resolves places against the folder of the spec and keeps those that are none as mistakes. */
class Places {
  readonly folder: string;
  readonly mistakes: SpecMistake[] = [];

  constructor(folder: string) {
    this.folder = folder;
  }

  resolve(text: string, path: readonly PropertyKey[], base = this.folder): string {
    try {
      return resolveUrl(text, base);
    } catch (error) {
      if (!(error instanceof CitysinkError)) throw error;
      this.mistakes.push({
        path,
        message: 'is not a place',
        expected: 's3://bucket/key, file:///path or a path',
        found: error.message,
      });
      return text;
    }
  }

  /** A place that holds others: always with a slash at its end. */
  folderAt(text: string, path: readonly PropertyKey[], base = this.folder): string {
    return this.resolve(text, path, base).replace(/\/*$/, '/');
  }
}

function completeSpec(text: CitySpecText, places: Places, options: SpecOptions): CitySpec {
  const { zones, emissions } = text;
  return {
    city: text.city,
    name: nameOf(text),
    year: text.year,
    zones: {
      url: places.resolve(zones.url, ['zones', 'url']),
      id: zones.id ?? null,
      label: zones.label ?? null,
      crs: zones.crs === undefined ? null : String(zones.crs),
      ...(zones.layer === undefined ? {} : { layer: zones.layer }),
      rule: zones.rule ?? 'centre',
    },
    grid: gridOf(text),
    area: text.area ?? null,
    landcover: completeLayer(text.layers.landcover, ['layers', 'landcover'], places, options),
    layers: otherLayers(text, places, options),
    green: greenOf(text),
    casa: casaOf(text),
    change: changeOf(text),
    maps: MAP_NAMES.filter((name) => text.maps?.includes(name)),
    unused: [],
    factorsUrl: isLibraryName(text.factors) ? text.factors : places.resolve(text.factors, ['factors']),
    accuracyUrl: text.accuracy === undefined ? null : places.resolve(text.accuracy, ['accuracy']),
    emissions:
      emissions === undefined
        ? null
        : { tCo2: emissions.t_co2, year: emissions.year ?? text.year, source: emissions.source ?? 'not stated' },
    resultsUrl: resultsOf(text, places, options),
  };
}

function nameOf(text: CitySpecText): CitySpec['name'] {
  const { name } = text;
  if (typeof name === 'string') return { en: name };
  const zh = name?.zh === undefined ? {} : { zh: name.zh };
  return { en: name?.en ?? text.city, ...zh };
}

function gridOf({ grid }: CitySpecText): CitySpec['grid'] {
  if (grid === undefined) return null;
  const [x, y] = grid.origin ?? [];
  return {
    crs: String(grid.crs),
    resolution: grid.resolution,
    origin: x === undefined || y === undefined ? null : [x, y],
  };
}

function changeOf({ change }: CitySpecText): ChangeSpec | null {
  if (change === undefined) return null;
  const { layer, year, price } = change;
  const {
    per_t_c: perTC,
    discount_percent: discountPercent = 0,
    change_percent: changePercent = 0,
    currency = '',
  } = price ?? {};
  return { layer, year, price: perTC === undefined ? null : { perTC, discountPercent, changePercent, currency } };
}

function greenOf({ green, layers }: CitySpecText): GreenSpec | null {
  if (green === undefined) return null;
  const small = green.small_ha ?? 1;
  const hasNdvi = layers.red !== undefined && layers.nir !== undefined;
  const from = green.from ?? (hasNdvi ? 'ndvi' : 'classes');
  return {
    minHa: green.min_ha ?? Math.min(0.04, small),
    smallHa: small,
    connectivity: green.connectivity ?? 8,
    from: from === 'classes' || from === 'ndvi' ? from : { layer: from, keep: green.keep ?? [1] },
    ndviMin: green.ndvi_min ?? 'otsu',
    closingM: green.closing_m ?? 50,
    holesHa: green.holes_ha ?? null,
    small: green.small ?? null,
    large: green.large ?? null,
    mixture: green.mixture ?? null,
  };
}

function casaOf({ casa }: CitySpecText): CasaSpec | null {
  if (casa === undefined) return null;
  const { ndvi, temperature, precipitation, radiation, pet = null, ndvi_limits: limits } = casa;
  return {
    inputs: { ndvi, temperature, precipitation, radiation, pet },
    fpar: casa.fpar === 'linear' || limits === undefined ? 'linear' : ndviLimits(limits),
    respiration: casa.respiration ?? 'pei',
    coldStop: casa.cold_stop ?? true,
    halveOutside: casa.halve_outside ?? true,
    hotMonths: casa.hot_months ?? 'parabola',
  };
}

/** In order of class codes, the pair of all others last. */
function ndviLimits(written: NonNullable<NonNullable<CitySpecText['casa']>['ndvi_limits']>): NdviLimits[] {
  const byCode = Array.isArray(written) ? { other: written } : written;
  return Object.entries(byCode)
    .map(([key, [ndviMin = 0, ndviMax = 0]]) => ({ code: key === 'other' ? null : Number(key), ndviMin, ndviMax }))
    .sort((a, b) => (a.code ?? Number.POSITIVE_INFINITY) - (b.code ?? Number.POSITIVE_INFINITY));
}

function otherLayers(text: CitySpecText, places: Places, options: SpecOptions): CitySpec['layers'] {
  const { landcover: _, ...others } = text.layers;
  return Object.fromEntries(
    Object.entries(others).map(([name, layer]) => [name, completeLayer(layer, ['layers', name], places, options)]),
  );
}

function resultsOf(text: CitySpecText, places: Places, options: SpecOptions): string {
  if (options.out === undefined) return places.folderAt(text.results ?? './results/', ['results']);
  return places.folderAt(options.out, ['results'], pathToFileURL(`${process.cwd()}/`).href);
}

function completeLayer(
  layer: LayerText,
  path: readonly PropertyKey[],
  places: Places,
  options: SpecOptions,
): LayerSpec {
  const written = layer.scenes ?? [];
  const scenes = typeof written === 'string' ? [written] : written;
  const many = typeof written !== 'string';
  const stac = stacOf(layer, path, places);
  return {
    scenes: scenes.map((place, index) => sceneUrl(place, [...path, 'scenes', ...(many ? [index] : [])], places)),
    ...(stac === null ? {} : { stac }),
    match: layer.match ?? null,
    band: layer.band ?? 1,
    nodata: Number.isNaN(layer.nodata) ? 'nan' : (layer.nodata ?? null),
    scale: layer.scale ?? null,
    offset: layer.offset ?? null,
    unit: layer.unit ?? null,
    depthCm: layer.depth_cm ?? null,
    relativeSe: layer.relative_se ?? null,
    crs: layer.crs === undefined ? null : String(layer.crs),
    resample: layer.resample ?? null,
    order: layer.composite === 'newest' ? 'newest' : (layer.order ?? 'listed'),
    composite: compositeOf(layer),
    mask: maskOf(layer.mask),
    anonymous: layer.anonymous ?? options.anonymous ?? false,
    requesterPays: layer.requester_pays ?? false,
  };
}

function compositeOf({ composite }: LayerText): Composite {
  return composite === undefined || composite === 'newest' ? 'first' : composite;
}

function maskOf(mask: LayerText['mask']): MaskSpec | null {
  if (mask === undefined) return null;
  const {
    layer = null,
    own = null,
    keep = null,
    drop_bits: dropBits = null,
  } = typeof mask === 'string' ? { own: mask } : mask;
  return { layer, own, keep, dropBits };
}

/** The STAC source of a layer, or null; the asset may stand in it or beside it. */
function stacOf(layer: LayerText, path: readonly PropertyKey[], places: Places): StacSource | null {
  const { stac, stac_api: search } = layer;
  const written = typeof stac === 'string' ? { url: stac } : (stac ?? search);
  if (written === undefined) return null;
  const isSearch = stac === undefined;
  const where = [...path, 'stac', ...(typeof stac === 'string' ? [] : ['url'])];
  return {
    url: isSearch ? written.url : sceneUrl(written.url, where, places),
    asset: written.asset ?? layer.asset ?? null,
    datetime: written.datetime ?? null,
    maxCloudCover: written.max_cloud_cover ?? null,
    bbox: written.bbox ?? null,
    api: isSearch ? { collections: search?.collections ?? [] } : null,
  };
}

/**
 * The URL of a scene, folder or glob. A last part without a dot (`./scenes`, `s3://bucket`) is a folder: rasters have a
 * file ending. Anything else that is a folder says so with a slash.
 */
function sceneUrl(text: string, path: readonly PropertyKey[], places: Places): string {
  // File URLs encode `?`; in scenes it is a glob.
  const url = places.resolve(text, path).replaceAll('%3F', '?');
  const last = url.slice(url.lastIndexOf('/') + 1);
  const isFolder = last === '' || (!last.includes('.') && !/[*?]/.test(last)) || /^s3:\/\/[^/]+$/.test(url);
  return isFolder ? url.replace(/\/*$/, '/') : url;
}
