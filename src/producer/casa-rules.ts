/** @pure Rules between `casa` and the rest of a spec. */

import type { FactorTable } from '../shared/carbon/factors.ts';
import { daysInMonth, megajoulesPerWatt } from '../shared/carbon/solar-radiation.ts';
import type { CasaSpec } from '../shared/contracts/city-spec.ts';
import { nearestWord } from '../shared/contracts/nearest-word.ts';
import { refuseIfAny } from '../shared/errors.ts';
import { shown } from '../shared/geo/shown-value.ts';
import type { SpecMistake } from './spec-mistake.ts';

type Json = Readonly<Record<string, unknown>>;

/** Keys of `casa` that name layers. */
export const CASA_LAYERS = ['ndvi', 'temperature', 'precipitation', 'radiation', 'pet'] as const;
type CasaLayer = (typeof CASA_LAYERS)[number];

/** Other keys of the spec that name layers. */
export interface OtherKeys {
  readonly green?: unknown;
  readonly change?: unknown;
}

/** Mistakes of `casa`: layers that are none or do something else too, units that contradict, limits. */
export function casaMistakes(casa: Json, layers: Json, { green, change }: OtherKeys): SpecMistake[] {
  const taken = otherUses(layers, green, change);
  const byName = new Map<string, CasaLayer>();
  const mistakes: SpecMistake[] = [];
  for (const key of CASA_LAYERS) {
    const name = casa[key];
    if (typeof name !== 'string' || name === '') continue;
    const twice = byName.get(name);
    byName.set(name, key);
    const wrong =
      layers[name] === undefined
        ? unknownLayer(name, layers)
        : (otherUse(taken.get(name)) ?? (twice === undefined ? null : otherUse(`casa.${twice}`)));
    if (wrong !== null) mistakes.push({ path: ['casa', key], ...wrong, found: name });
    else mistakes.push(...layerMistakes(key, name, layers[name]));
  }
  return [...mistakes, ...limitMistakes(casa)];
}

function unknownLayer(name: string, layers: Json): Pick<SpecMistake, 'message' | 'expected'> {
  const others = Object.keys(layers).filter((other) => other !== 'landcover');
  const near = nearestWord(name, others);
  const listed = others.length === 0 ? 'the name of a layer of twelve months' : `one of ${others.join(', ')}`;
  return { message: 'names no layer', expected: near === null ? listed : `did you mean "${near}"?` };
}

function otherUse(use: string | undefined): Pick<SpecMistake, 'message' | 'expected'> | null {
  return use === undefined ? null : { message: `is ${use} too`, expected: 'a layer of its own, of twelve months' };
}

/** What layers are used for beside `casa`, by name. */
function otherUses(layers: Json, green: unknown, change: unknown): Map<string, string> {
  const uses = new Map([['landcover', 'the land cover']]);
  if (layers.red !== undefined && layers.nir !== undefined) {
    for (const band of ['red', 'nir']) uses.set(band, 'a band of the NDVI');
  }
  for (const [name, layer] of Object.entries(layers)) {
    const mask = isObject(layer) && isObject(layer.mask) ? layer.mask.layer : undefined;
    if (typeof mask === 'string') uses.set(mask, `the mask of layers.${name}`);
  }
  const from = isObject(green) ? green.from : undefined;
  if (typeof from === 'string' && from !== 'classes' && from !== 'ndvi') uses.set(from, 'what `green` is found from');
  if (isObject(change) && typeof change.layer === 'string') uses.set(change.layer, 'an earlier land cover');
  return uses;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function layerMistakes(key: CasaLayer, name: string, layer: unknown): SpecMistake[] {
  if (!isObject(layer)) return [];
  const { unit, resample, order } = layer;
  const mistakes: SpecMistake[] = [];
  if (resample === 'mode') {
    const expected = 'nearest, bilinear or average';
    mistakes.push({ path: ['layers', name, 'resample'], message: 'is for classes', expected, found: 'mode' });
  }
  if (order === 'newest' || order === 'oldest') {
    const expected = 'listed or name: months go by their days where all have one, else as listed';
    mistakes.push({ path: ['layers', name, 'order'], message: 'is no order of months', expected, found: order });
  }
  if (unit !== undefined && typeof unit !== 'string') return mistakes;
  if (UNITS[key].fits(unit ?? null)) return mistakes;
  const found = unit === undefined ? 'no unit' : shown(unit);
  const message = unit === undefined ? 'has to be stated' : `does not go with casa.${key}`;
  return [...mistakes, { path: ['layers', name, 'unit'], message, expected: UNITS[key].expected, found }];
}

/** Which units a layer may state; null: none is stated. */
interface Units {
  readonly fits: (unit: string | null) => boolean;
  readonly expected: string;
}

const MILLIMETRES: Units = {
  fits: (unit) => unit === null || /^(mm|kg[ /]?m-?2)([ /]month|[ /]month-1| a month)?$/.test(plain(unit)),
  expected: 'mm (a month); other units by `scale`',
};

const UNITS: Readonly<Record<CasaLayer, Units>> = {
  ndvi: {
    fits: (unit) => unit === null || /^(1|-|ndvi|index|unitless)$/.test(plain(unit)),
    expected: 'no unit, and values from -1 to 1 by `scale` and `offset`',
  },
  temperature: {
    fits: (unit) => unit === null || /^(°c|℃|c|deg ?c|degc|celsius|degrees? c(elsius)?)$/.test(plain(unit)),
    expected: 'degC; of kelvin with `offset: -273.15`, which is added before `scale`',
  },
  precipitation: MILLIMETRES,
  radiation: {
    fits: (unit) => unit !== null && radiationFactors(unit, 2001) !== null,
    expected: 'MJ/m2 (a month), MJ/m2/day, kJ/m2/day or W/m2',
  },
  pet: MILLIMETRES,
};

function plain(unit: string): string {
  return unit.trim().toLowerCase().replaceAll('²', '2').replaceAll('^', '').replaceAll('⁻', '-').replace(/\s+/g, ' ');
}

const ENERGY: Readonly<Record<string, number>> = { mj: 1, kj: 1e-3, j: 1e-6 };

/** What values in a unit are multiplied by in each month to be MJ m-2 month-1; null: not a unit of radiation. */
export function radiationFactors(unit: string, year: number): number[] | null {
  const found = /^(mj|kj|j|w)[ /]m-?2(?:[ /](month|day|d)(?:-1)?)?$/.exec(plain(unit));
  if (found === null) return null;
  const [, amount = '', time] = found;
  const months = Array.from({ length: 12 }, (_, month) => daysInMonth(year, month));
  if (amount === 'w') return time === undefined ? months.map(megajoulesPerWatt) : null;
  const energy = ENERGY[amount] ?? Number.NaN;
  return months.map((days) => (time === undefined || time === 'month' ? energy : energy * days));
}

/** The schema sees to it that each limit lies between -1 and 1. */
function limitMistakes({ fpar, ndvi_limits: limits }: Json): SpecMistake[] {
  const path = ['casa', 'ndvi_limits'];
  if (limits === undefined) {
    const expected = '[least, greatest] NDVI, or such a pair by class code: 5 % and 95 % of what the imagery shows';
    return fpar === 'limits' ? [{ path, message: 'is missing', expected }] : [];
  }
  if (fpar === 'linear') {
    return [{ path, message: 'is not used', expected: '`fpar: limits`, or no limits', found: shown(limits) }];
  }
  const pairs: [PropertyKey[], unknown][] = isObject(limits)
    ? Object.entries(limits).map(([code, pair]) => [[...path, code], pair])
    : [[path, limits]];
  return pairs.flatMap(([at, pair]) => {
    const [least, greatest] = Array.isArray(pair) ? pair : [];
    if (typeof least !== 'number' || typeof greatest !== 'number' || least < greatest) return [];
    return [
      { path: at, message: 'are not in order', expected: 'the least first, then the greatest', found: shown(pair) },
    ];
  });
}

/** Errors: REQUEST_INVALID where the flux by model is asked for and the table has no class that it can be given for. */
export function refuseWithoutEpsMax({ casa }: { readonly casa: CasaSpec | null }, factors: FactorTable): void {
  if (casa === null || factors.classes.some(({ epsMax }) => epsMax !== null)) return;
  const problem = {
    where: factors.url,
    message: '`casa` needs the greatest light use efficiency of at least one class',
    expected: 'a column `eps_max`, g C/MJ, as library:default has it',
  };
  refuseIfAny([problem]);
}
