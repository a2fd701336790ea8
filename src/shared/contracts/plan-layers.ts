import { z } from 'zod';

/** The scenes and layers of a stored plan: where each raster lies on the grid, how its samples are read, what it is for. */

export const crsSchema = z.strictObject({
  epsg: z.int().nullable(),
  name: z.string(),
  kind: z.enum(['geographic', 'projected']),
  unitSize: z.number().positive(),
  proj4: z.string(),
  ellipsoid: z.strictObject({ a: z.number().positive(), e2: z.number().min(0).lt(1) }),
});

export const windowSchema = z.strictObject({
  row: z.int(),
  col: z.int(),
  rows: z.int().positive(),
  cols: z.int().positive(),
});

const number = z.number();

/** A raster on another lattice than the grid's: cells find their pixels through transforms (geo/position-lattice.ts). */
const warpSchema = z.strictObject({
  crs: crsSchema,
  geotransform: z.tuple([number, number, number, number, number, number]),
  rows: z.int().positive(),
  cols: z.int().positive(),
  /** Cells between the nodes of exact transforms. */
  step: z.int().positive(),
});

export const sceneSchema = z.strictObject({
  url: z.string(),
  etag: z.string(),
  sizeBytes: z.int().nonnegative(),
  modified: z.string(),
  /** Time of the imagery, ISO 8601, where an item says it. */
  datetime: z.string().nullable(),
  /** On the grid's own lattice: the cell under pixel (0, 0), and the size in cells. Null where there is a `warp`. */
  window: windowSchema.nullable(),
  warp: warpSchema.nullable(),
  band: z.int().positive(),
  /** Stored marker of missing samples, or null; NaN as the string. */
  nodata: z.union([z.number(), z.literal('nan')]).nullable(),
  /** value = stored * gain + bias; 1 and 0 for classes. */
  gain: z.number(),
  bias: z.number(),
  anonymous: z.boolean(),
  requesterPays: z.boolean(),
});

const takeSchema = z.strictObject({
  /** Indexes into the plan's scenes: one, or red and near infrared. */
  scenes: z.array(z.int().nonnegative()).min(1).max(2),
  /** Scene that masks this take, or null. */
  mask: z.int().nonnegative().nullable(),
  /** Day of the imagery (2021-05-03) where it is known. */
  date: z.string().nullable(),
});

export const layerSchema = z.strictObject({
  name: z.string(),
  /**
   * `classes`: the land cover. `codes`: a mask for others. `ndvi`: of red and near infrared. `months`: twelve takes, January
   * first, that the flux by model is made from. `quantity`: any other.
   */
  kind: z.enum(['classes', 'codes', 'ndvi', 'months', 'quantity']),
  resample: z.enum(['nearest', 'mode', 'bilinear', 'average']),
  unit: z.string().nullable(),
  composite: z.enum(['first', 'max_ndvi', 'median']),
  mask: z
    .strictObject({
      /** Layer of codes that masks all takes alike; null where each take has its own. */
      layer: z.string().nullable(),
      keep: z.array(z.int()).nullable(),
      dropBits: z.array(z.int()).nullable(),
    })
    .nullable(),
  takes: z.array(takeSchema),
});

/** One raster of a plan; at most one of `window` and `warp` is null. */
export type PlannedScene = z.infer<typeof sceneSchema>;
/** The rasters of one date, or one raster, that may own cells of a layer. */
export type Take = z.infer<typeof takeSchema>;
export type PlannedLayer = z.infer<typeof layerSchema>;
