/** @pure Rules between the keys of a spec's layers that the form alone does not hold. */

import { soilUnit } from '../shared/carbon/soil-unit.ts';
import { nearestWord } from '../shared/contracts/nearest-word.ts';
import { readTimeFilter } from '../shared/contracts/stac-time.ts';
import { CitysinkError } from '../shared/errors.ts';
import { shown } from '../shared/geo/shown-value.ts';
import type { SpecMistake } from './spec-mistake.ts';

type Json = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const SOURCES = ['scenes', 'stac', 'stac_api'];

/** Names stand in columns of tables. */
const LAYER_NAME = /^[a-z][a-z0-9_-]{0,39}$/i;
const MOST_LAYERS = 32;

/** Mistakes of all layers: sources, filters, masks, composites, and what would spoil classes. */
export function layerRuleMistakes(layers: Json): SpecMistake[] {
  const names = Object.keys(layers);
  const mistakes = names.flatMap((name) => layerMistakes(name, layers[name], layers));
  if (names.length > MOST_LAYERS) {
    const found = `${names.length} layers`;
    mistakes.push({ path: ['layers'], message: 'has too many layers', expected: `at most ${MOST_LAYERS}`, found });
  }
  return [...mistakes, ...landcoverMistakes(layers.landcover)];
}

function layerMistakes(name: string, layer: unknown, layers: Json): SpecMistake[] {
  const path = ['layers', name];
  const mistakes: SpecMistake[] = [];
  if (name !== 'landcover' && layers.landcover === undefined && nearestWord(name, ['landcover']) !== null) {
    mistakes.push({ path, message: 'unknown layer', expected: 'did you mean "landcover"?', found: name });
  } else if (!LAYER_NAME.test(name) || (name === 'ndvi' && layers.red !== undefined && layers.nir !== undefined)) {
    const expected = name === 'ndvi' ? 'another name: red and nir make `ndvi`' : 'letters, digits, _ and -';
    mistakes.push({ path, message: 'is no name for a layer', expected, found: name });
  }
  if (!isObject(layer)) return mistakes;
  return [
    ...mistakes,
    ...sourceMistakes(layer, path),
    ...stacMistakes(layer, path),
    ...maskMistakes(layer, path, layers),
    ...compositeMistakes(name, layer, path),
    ...offsetMistakes(layer, path),
    ...errorMistakes(name, layer, path),
  ];
}

function sourceMistakes(layer: Json, path: readonly PropertyKey[]): SpecMistake[] {
  const sources = SOURCES.filter((key) => layer[key] !== undefined);
  if (sources.length > 1) {
    const both = `has ${sources.length === 2 ? 'both ' : ''}${sources.join(' and ')}`;
    return [{ path, message: both, expected: 'one of them' }];
  }
  // A misspelt source is reported as such.
  const misspelt = Object.keys(layer).some((key) => nearestWord(key, SOURCES) !== null);
  return sources.length > 0 || misspelt ? [] : [{ path, message: 'has no source', expected: 'scenes, or stac' }];
}

/** Filters that the schema takes for text and numbers. */
function stacMistakes(layer: Json, path: readonly PropertyKey[]): SpecMistake[] {
  const mistakes: SpecMistake[] = [];
  for (const key of ['stac', 'stac_api']) {
    const { asset, datetime, bbox } = isObject(layer[key]) ? layer[key] : {};
    if (asset !== undefined && layer.asset !== undefined && asset !== layer.asset) {
      mistakes.push({ path: [...path, key, 'asset'], message: 'is named twice', expected: 'one asset' });
    }
    if (Array.isArray(bbox) && bbox.length === 4 && !isBox(bbox)) {
      const expected = 'west, south, east, north in degrees';
      mistakes.push({ path: [...path, key, 'bbox'], message: 'is no box', expected, found: shown(bbox) });
    }
    if (typeof datetime === 'string' && !isTimeFilter(datetime)) {
      const expected = 'for example 2021, 2021-05/2021-09, or 2020/..';
      mistakes.push({ path: [...path, key, 'datetime'], message: 'is no time', expected, found: shown(datetime) });
    }
  }
  return mistakes;
}

function isTimeFilter(text: string): boolean {
  try {
    readTimeFilter(text);
    return true;
  } catch (error) {
    if (!(error instanceof CitysinkError)) throw error;
    return false;
  }
}

/** West may be greater than east: such a box crosses 180 degrees. */
function isBox([west, south, east, north]: readonly unknown[]): boolean {
  return Math.abs(Number(west)) <= 180 && Math.abs(Number(east)) <= 180 && boxHeight(Number(south), Number(north)) >= 0;
}

function boxHeight(south: number, north: number): number {
  return Math.abs(south) <= 90 && Math.abs(north) <= 90 ? north - south : -1;
}

function maskMistakes(layer: Json, layerPath: readonly PropertyKey[], layers: Json): SpecMistake[] {
  const { mask } = layer;
  const path = [...layerPath, 'mask'];
  if (typeof mask === 'string') return ownMaskMistakes(layer, path);
  if (!isObject(mask)) return [];
  const mistakes: SpecMistake[] = [];
  if ((mask.layer === undefined) === (mask.own === undefined)) {
    mistakes.push({ path, message: 'names no layer, or two', expected: 'one of `layer` and `own`' });
  }
  if (mask.own !== undefined) mistakes.push(...ownMaskMistakes(layer, path));
  else if ((mask.keep === undefined) === (mask.drop_bits === undefined)) {
    mistakes.push({ path, message: 'says not what to keep', expected: 'one of `keep` and `drop_bits`' });
  }
  if (mask.keep !== undefined && mask.drop_bits !== undefined && mask.own !== undefined) {
    mistakes.push({ path, message: 'has two rules', expected: 'one of `keep` and `drop_bits`' });
  }
  const named = mask.layer;
  if (typeof named !== 'string') return mistakes;
  const others = Object.keys(layers).filter((name) => name !== layerPath[1]);
  if (!others.includes(named)) {
    const near = nearestWord(named, others);
    const expected = near === null ? `one of ${others.join(', ')}` : `did you mean "${near}"?`;
    mistakes.push({ path: [...path, 'layer'], message: 'names no other layer', expected, found: named });
  } else if (isObject(layers[named]) && layers[named].mask !== undefined) {
    const expected = 'a layer without a mask of its own';
    mistakes.push({ path: [...path, 'layer'], message: 'is masked itself', expected, found: named });
  }
  return mistakes;
}

function ownMaskMistakes(layer: Json, path: readonly PropertyKey[]): SpecMistake[] {
  if (layer.stac !== undefined || layer.stac_api !== undefined) return [];
  const expected = 'a layer of STAC items, or mask: { layer: ..., keep: [...] }';
  return [{ path, message: 'asks for the classes of STAC items', expected }];
}

function compositeMistakes(name: string, layer: Json, path: readonly PropertyKey[]): SpecMistake[] {
  const { composite, order } = layer;
  if (composite === undefined) return [];
  const mistakes: SpecMistake[] = [];
  if (name !== 'red' && name !== 'nir') {
    const expected = 'composites for `red` and `nir` only; elsewhere `order` says which scene owns a cell';
    mistakes.push({ path: [...path, 'composite'], message: 'is for the NDVI', expected, found: shown(composite) });
  }
  if (composite === 'newest' && order !== undefined && order !== 'newest') {
    mistakes.push({
      path: [...path, 'order'],
      message: 'contradicts the composite',
      expected: 'newest',
      found: shown(order),
    });
  }
  return mistakes;
}

/** -0.1 with 0.0001 is how STAC and GDAL write it, after scaling; here the offset comes before. */
function offsetMistakes({ scale, offset }: Json, path: readonly PropertyKey[]): SpecMistake[] {
  if (typeof scale !== 'number' || typeof offset !== 'number') return [];
  const tiny = Math.abs(scale) <= 0.01 && offset !== 0 && Math.abs(offset) < 1;
  if (!tiny) return [];
  const expected = `${Number((offset / scale).toPrecision(12))}: value = (stored + offset) x scale`;
  return [{ path: [...path, 'offset'], message: 'is added before scaling', expected, found: shown(offset) }];
}

/** Only the raster that is the pool of soil is in an interval: anywhere else an error would be lost in silence. */
function errorMistakes(name: string, layer: Json, path: readonly PropertyKey[]): SpecMistake[] {
  const { unit, relative_se: error } = layer;
  if (error === undefined) return [];
  if (name === 'soil' && soilUnit(typeof unit === 'string' ? unit : null) !== null) return [];
  const message = name === 'soil' ? 'is for soil in a unit of carbon over area' : 'is for the layer soil only';
  const expected =
    name === 'soil'
      ? 'unit: t/ha or kg/m2 beside it'
      : 'no relative_se here: errors of classes stand in the factor table';
  return [{ path: [...path, 'relative_se'], message, expected, found: shown(error) }];
}

function landcoverMistakes(layer: unknown): SpecMistake[] {
  if (!isObject(layer)) return [];
  const path = (key: string) => ['layers', 'landcover', key];
  const mistakes: SpecMistake[] = [];
  if (layer.resample === 'bilinear' || layer.resample === 'average') {
    mistakes.push({
      path: path('resample'),
      message: 'would blend classes',
      expected: 'nearest or mode',
      found: layer.resample,
    });
  }
  for (const [key, identity] of [
    ['scale', 1],
    ['offset', 0],
  ] as const) {
    if (layer[key] === undefined || layer[key] === identity) continue;
    mistakes.push({
      path: path(key),
      message: 'would change class codes',
      expected: `no ${key} for land cover`,
      found: shown(layer[key]),
    });
  }
  return mistakes;
}
