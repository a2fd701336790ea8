/** Conversions of units, each once, with its origin. Inside the code one base a quantity: metres, m2, t C, years. */

/** Square metres in one hectare. */
export const M2_PER_HA = 10_000;

/** Mass of carbon dioxide per mass of carbon: (12 + 2 x 16) / 12, atomic weights rounded as the IPCC does. */
export const CO2_PER_C = 44 / 12;

/** Hectares from square metres. */
export function m2ToHa(areaM2: number): number {
  return areaM2 / M2_PER_HA;
}

/** Tonnes of CO2 from tonnes of elemental carbon. */
export function carbonToCo2(tC: number): number {
  return tC * CO2_PER_C;
}

/** Tonnes of carbon from a density (t C/ha) over an area (ha); for rates the result is t C/yr. */
export function carbonOverArea(densityTCPerHa: number, areaHa: number): number {
  return densityTCPerHa * areaHa;
}

/** Significant digits that published figures keep: far inside a double, and free of its last noisy digits. */
export const FIGURE_DIGITS = 12;

/** A figure as it is published: rounded to 12 significant digits, the same number in CSV and JSON. */
export function roundFigure(value: number): number {
  return value === 0 ? 0 : Number(value.toPrecision(FIGURE_DIGITS));
}
