/** Tonnes of carbon a hectare in a unit of soil rasters; null: the unit is not one of soil. */
export function soilUnit(unit: string | null): number | null {
  if (unit === 't/ha' || unit === 'Mg/ha' || unit === 't C/ha') return 1;
  return unit === 'kg/m2' || unit === 'kg C/m2' ? 10 : null;
}
