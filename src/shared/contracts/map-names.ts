/** Maps that a spec may ask for. Each is one Cloud Optimized GeoTIFF in the run's folder (docs/maps.md). */

/** t C/ha: by pool, and their sum over the pools that the factor table has; t C/ha/yr. */
export const DENSITY_MAPS = ['storage', 'above', 'below', 'dead', 'soil', 'sequestration'] as const;

/** What soil and small green spaces add, as means over squares of about 1 km. */
export const LEFT_OUT_MAPS = ['left_out_storage', 'left_out_sequestration'] as const;

/** In the order in which they are drawn and listed. */
export const MAP_NAMES = [...DENSITY_MAPS, 'class', 'green_patches', ...LEFT_OUT_MAPS] as const;

export type MapName = (typeof MAP_NAMES)[number];
export type LeftOutMap = (typeof LEFT_OUT_MAPS)[number];
/** Maps on the cells of the analysis grid. */
export type CellMap = Exclude<MapName, LeftOutMap>;

export function isLeftOutMap(name: MapName): name is LeftOutMap {
  return (LEFT_OUT_MAPS as readonly string[]).includes(name);
}

/** Values of the map `green_patches`. */
export const PATCH_VALUE = { none: 0, belowMin: 1, small: 2, large: 3, nodata: 255 } as const;

/** Cells of the maps of means are summed in 2^-16 t C/ha: exact, in any order, for 2^26 cells of 2000 t C/ha. */
export const SUM_BITS = 16;
