/** A closed ring of map coordinates, flat `x0, y0, x1, y1 ...`; the last vertex repeats the first. */
export type Ring = Float64Array;

/** One polygon: outer ring first, then holes. */
export type Polygon = readonly Ring[];

/**
 * A place to report on (district, ward, city), in the CRS of the analysis grid.
 * A point is inside by the even-odd rule over all rings, so holes need no order.
 */
export interface Zone {
  /** Value of the spec's `zones.id` property, unique in the file. */
  readonly id: string;
  /** Value of `zones.label`, or the id. */
  readonly name: string;
  readonly polygons: readonly Polygon[];
}
