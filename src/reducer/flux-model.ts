import { gramsPerM2ToTonnesPerHa } from '../shared/carbon/casa.ts';
import { carbonOverArea, carbonToCo2, roundFigure } from '../shared/units.ts';
import type { LayerFigures, LayerRow } from './layer-figures.ts';

/**
 * @pure Flux by model, factors last: NPP = eps_max x light, NEP = NPP - Rh, from means over area by class. Light is the
 * sum of APAR x stresses over the year, MJ m-2 yr-1; respiration is in g C m-2 yr-1 (casa-tally.ts).
 *
 * Figures are of the modelled area, cells with all months of all inputs, and are not stretched to the class. NEP already
 * nets what soil gives off, so soil rates of the factor table are never added to it. Harvest is not subtracted, so
 * cropland is out of the headline.
 */

/** What the model takes of a row of the factor table. */
export interface ModelFactors {
  readonly code: number;
  readonly name: string;
  /** g C MJ-1; null: the class is not modelled. */
  readonly epsMax: number | null;
  readonly epsMaxSe: number | null;
  /** Column `crop`; null where the table does not say: then the name decides (isCropName). */
  readonly crop: boolean | null;
}

/** A class of the zone with what the coefficients give it; rows of totals.ts fit. */
export interface CoefficientRow {
  readonly class: number;
  readonly area_ha: number;
  /** Vegetation and soil together. */
  readonly sequestration_tC_yr: number | null;
}

/** The two summed layers of one zone, or of the city. */
export interface ModelLayers {
  readonly light: LayerFigures;
  /** null, or without values: respiration is not modelled, and there is no NEP. */
  readonly respiration: LayerFigures | null;
}

/** t C/yr of an area. */
export interface FluxAmounts {
  /** Cells with all months of all inputs. */
  readonly modelled_area_ha: number;
  readonly npp_tC_yr: number;
  /** Of eps_max alone; null where a class has no standard error. */
  readonly npp_se_tC_yr: number | null;
  readonly rh_tC_yr: number | null;
  readonly nep_tC_yr: number | null;
  readonly nep_tCO2_yr: number | null;
}

export interface FluxRow extends FluxAmounts {
  readonly class: number;
  readonly name: string;
  readonly crop: boolean;
  /** Modelled area over the area of the class; null where the class has none. */
  readonly coverage: number | null;
  /** t C/ha/yr. */
  readonly npp_tC_ha_yr: number;
  readonly rh_tC_ha_yr: number | null;
  readonly nep_tC_ha_yr: number | null;
  /** NEP over the coefficient flux, both per hectare; null where either is missing or the latter is 0. */
  readonly nep_over_coefficient: number | null;
}

export interface FluxFigures {
  readonly classes: readonly FluxRow[];
  /** All modelled classes, cropland too. */
  readonly total: FluxAmounts;
  /** Without cropland: the figure to quote as NEP. */
  readonly headline: FluxAmounts;
  /** Classes of the zone that the model has nothing for, by code: no eps_max, or no cell with all months. */
  readonly not_modelled: readonly { readonly class: number; readonly area_ha: number }[];
}

/** Figures of one zone or of the city. Classes stand in order of code, and sums go in it. */
export function fluxByModel(
  layers: ModelLayers,
  coefficients: readonly CoefficientRow[],
  factors: ReadonlyMap<number, ModelFactors>,
): FluxFigures {
  const respired = new Map(layers.respiration?.classes.map((row) => [row.class, row]));
  const light = new Map(layers.light.classes.map((row) => [row.class, row]));
  const rows: Amounts[] = [];
  const notModelled: { class: number; area_ha: number }[] = [];
  for (const row of [...coefficients].sort((a, b) => a.class - b.class)) {
    const amounts = classAmounts(row, factors.get(row.class), light.get(row.class), respired.get(row.class));
    if (amounts === null) notModelled.push({ class: row.class, area_ha: row.area_ha });
    else rows.push(amounts);
  }
  return {
    classes: rows.map(publishedRow),
    total: sumOf(rows),
    headline: sumOf(rows.filter(({ crop }) => !crop)),
    not_modelled: notModelled,
  };
}

/** Unrounded figures of a class. */
interface Amounts {
  readonly row: CoefficientRow;
  readonly name: string;
  readonly crop: boolean;
  readonly areaHa: number;
  readonly npp: number;
  readonly nppSe: number | null;
  readonly rh: number | null;
}

function classAmounts(
  row: CoefficientRow,
  factors: ModelFactors | undefined,
  light: LayerRow | undefined,
  respired: LayerRow | undefined,
): Amounts | null {
  if (factors === undefined || factors.epsMax === null) return null;
  if (light === undefined || light.mean === null) return null;
  const { area_ha: areaHa, mean } = light;
  const tonnes = (perM2: number) => carbonOverArea(gramsPerM2ToTonnesPerHa(perM2), areaHa);
  return {
    row,
    name: factors.name,
    crop: isCrop(factors),
    areaHa,
    npp: tonnes(factors.epsMax * mean),
    nppSe: factors.epsMaxSe === null ? null : tonnes(factors.epsMaxSe * mean),
    rh: respired === undefined || respired.mean === null ? null : tonnes(respired.mean),
  };
}

function publishedRow({ row, name, crop, areaHa, npp, nppSe, rh }: Amounts): FluxRow {
  const nep = rh === null ? null : npp - rh;
  return {
    class: row.class,
    name,
    crop,
    coverage: row.area_ha === 0 ? null : roundFigure(areaHa / row.area_ha),
    ...amountsOf(areaHa, npp, nppSe, rh),
    npp_tC_ha_yr: roundFigure(npp / areaHa),
    rh_tC_ha_yr: rh === null ? null : roundFigure(rh / areaHa),
    nep_tC_ha_yr: nep === null ? null : roundFigure(nep / areaHa),
    nep_over_coefficient: nep === null ? null : ratioToCoefficient(nep / areaHa, row),
  };
}

function ratioToCoefficient(nepPerHa: number, { area_ha, sequestration_tC_yr: taken }: CoefficientRow): number | null {
  if (taken === null || taken === 0 || area_ha === 0) return null;
  return roundFigure(nepPerHa / (taken / area_ha));
}

/**
 * Standard errors add up plainly, as if classes erred together: the spread of eps_max is one between schools, and moves all
 * classes one way. A sum of squares would make the city surer than any of its classes.
 */
function sumOf(rows: readonly Amounts[]): FluxAmounts {
  const add = (value: (row: Amounts) => number | null): number | null =>
    rows.reduce<number | null>((sum, row) => plus(sum, value(row)), 0);
  const rh = rows.length === 0 ? null : add((row) => row.rh);
  return amountsOf(
    add((row) => row.areaHa) ?? 0,
    add((row) => row.npp) ?? 0,
    add((row) => row.nppSe),
    rh,
  );
}

function plus(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a + b;
}

function amountsOf(areaHa: number, npp: number, nppSe: number | null, rh: number | null): FluxAmounts {
  return {
    modelled_area_ha: roundFigure(areaHa),
    npp_tC_yr: roundFigure(npp),
    npp_se_tC_yr: nppSe === null ? null : roundFigure(nppSe),
    rh_tC_yr: rh === null ? null : roundFigure(rh),
    nep_tC_yr: rh === null ? null : roundFigure(npp - rh),
    nep_tCO2_yr: rh === null ? null : roundFigure(carbonToCo2(npp - rh)),
  };
}

/** Whether a class is cropland: as the table says, else by its name. */
export function isCrop({ crop, name }: ModelFactors): boolean {
  return crop ?? isCropName(name);
}

/** Names such as Cropland, Paddy field, Cultivated land, 耕地. */
export function isCropName(name: string): boolean {
  return /crop|cultivated|farm|paddy|arable|耕地|农田|农地|水田|旱地|作物/i.test(name);
}
