/** A coordinate reference system as the pipeline needs it: enough to compare, to project and to measure. */
export interface Crs {
  /** EPSG code, or null for a user-defined system. */
  readonly epsg: number | null;
  readonly name: string;
  readonly kind: 'geographic' | 'projected';
  /** Metres in one linear unit (projected), or degrees in one angular unit (geographic). */
  readonly unitSize: number;
  /** proj4 definition string used for transforms. */
  readonly proj4: string;
  /** Semi-major axis in metres and squared eccentricity of the ellipsoid. */
  readonly ellipsoid: { readonly a: number; readonly e2: number };
}

/** Whether two systems are the same: by EPSG code where both have one, else by proj4 definition. */
export function sameCrs(a: Crs, b: Crs): boolean {
  if (a.epsg !== null && b.epsg !== null) return a.epsg === b.epsg;
  return a.proj4 === b.proj4;
}
