import { z } from 'zod';
import { POOLS, RATES } from '../carbon/factors.ts';
import { CitysinkError } from '../errors.ts';
import { casaSchema } from './plan-casa.ts';
import { greenSchema, greenScoreSchema } from './plan-green.ts';
import { crsSchema, layerSchema, sceneSchema, windowSchema } from './plan-layers.ts';

/** The plan of a run as it is stored: everything that decides the figures, and nothing secret. */

export const PLAN_SCHEMA = 'citysink-plan-3';

/** Version of what workers compute. A change of any counted figure changes this, and with it the names of partials. */
export const MODEL_VERSION = 'count-3';

const gridSchema = z.strictObject({
  crs: crsSchema,
  originX: z.number(),
  originY: z.number(),
  cellWidth: z.number().positive(),
  cellHeight: z.number().positive(),
  window: windowSchema,
});

const unreadSchema = z.strictObject({ url: z.string(), code: z.string(), message: z.string() });

const coefficientSchema = z.enum([...POOLS, ...RATES]);
const valuesSchema = z.partialRecord(coefficientSchema, z.number());

const factorsSchema = z.strictObject({
  url: z.string(),
  digest: z.string(),
  coefficients: z.array(coefficientSchema),
  classes: z.array(
    z.strictObject({
      code: z.int(),
      name: z.string(),
      nameZh: z.string().nullable(),
      green: z.boolean().nullable(),
      built: z.boolean().nullable(),
      impervious: z.number().min(0).max(1).nullable(),
      /** Greatest light use efficiency, g C MJ-1; null: the flux by model leaves the class out. */
      epsMax: z.number().nonnegative().nullable(),
      epsMaxSe: z.number().nonnegative().nullable(),
      crop: z.boolean().nullable(),
      values: valuesSchema,
      standardErrors: valuesSchema,
      source: z.string().nullable(),
    }),
  ),
  warnings: z.array(z.string()),
});

const planSchema = z.strictObject({
  schema: z.literal(PLAN_SCHEMA),
  model: z.literal(MODEL_VERSION),
  run: z.string(),
  /** Digest of all that decides what is measured; with factors and emissions it names the run. */
  measured: z.string(),
  city: z.string(),
  name: z.strictObject({ en: z.string(), zh: z.string().optional() }),
  year: z.int(),
  resultsUrl: z.string(),
  specUrl: z.string(),
  /** Where finished partials stand; a run that may reuse nothing has a folder of its own. */
  partialsUrl: z.string(),
  area: z.enum(['plane', 'ellipsoid']),
  grid: gridSchema,
  /** Why this grid, in words. */
  gridReason: z.string(),
  /** How areas on the ellipsoid are kept: one number a row (geographic grids) or a cell (projected); null in the plane. */
  areaBy: z.enum(['row', 'cell']).nullable(),
  /** Plane over ellipsoid less 1, over the grid's window; null on the ellipsoid, or where it is not known. */
  planeDistortion: z.strictObject({ mean: z.number(), least: z.number(), largest: z.number() }).nullable(),
  /** Unit of area is 2^-areaExponent m2 on the ellipsoid; null in the plane. */
  areaExponent: z.int().nullable(),
  /** Side that the request asked for; null: it was chosen. */
  tileSize: z.int().positive().nullable(),
  tileRows: z.int().positive(),
  tileCols: z.int().positive(),
  tileCount: z.int().nonnegative(),
  /** Digest that partials must share to be merged. */
  basis: z.string(),
  /** Scenes of all layers; those of a layer in the order of ownership. */
  scenes: z.array(sceneSchema),
  layers: z.array(layerSchema).min(1),
  /** Green spaces inside of built-up land, where they are measured. */
  green: greenSchema.nullable(),
  /** Area of the coarsest pixel that shows green, m2, or of a cell where that is larger: nothing smaller is seen. */
  greenPixelM2: z.number().positive().nullable(),
  /** The flux by model, where it is asked for. */
  casa: casaSchema.nullable(),
  /** Layer of codes with the land cover of an earlier date, where the two are compared. */
  change: z.strictObject({ layer: z.string() }).nullable(),
  /** Inputs whose header could not be read: the run can only be PARTIAL. */
  unread: z.array(unreadSchema),
  zones: z.strictObject({
    url: z.string(),
    digest: z.string(),
    /** Under `coverage` all counts are in units of a cell (CELL_UNITS, zone-fractions.ts). */
    rule: z.enum(['centre', 'coverage']),
    list: z.array(
      z.strictObject({
        id: z.string(),
        name: z.string(),
        /** Area of the outline itself, and the same in cells; absent where it was not measured. */
        areaHa: z.number().nonnegative().optional(),
        areaCells: z.number().nonnegative().optional(),
      }),
    ),
  }),
  factors: factorsSchema,
  emissions: z.strictObject({ tCo2: z.number().positive(), year: z.int(), source: z.string() }).nullable(),
  /** Confusion matrix of the land cover, where one was given. */
  accuracy: z
    .strictObject({
      url: z.string(),
      digest: z.string(),
      matrix: z.strictObject({ classes: z.array(z.int()), counts: z.array(z.array(z.int().nonnegative())) }),
    })
    .nullable(),
  unused: z.array(z.string()),
  greenScore: greenScoreSchema.nullable(),
  changeScore: z
    .strictObject({
      year: z.int(),
      price: z
        .strictObject({
          perTC: z.number(),
          discountPercent: z.number(),
          changePercent: z.number(),
          currency: z.string(),
        })
        .nullable(),
    })
    .nullable(),
  /** Of the raster that is the pool of soil: standard error over mean; null: not known, as in plans of before. */
  soilRelativeSe: z.number().positive().nullable().default(null),
  /** About what is measured. */
  warnings: z.array(z.string()),
  /** About what is applied to it. */
  scoreWarnings: z.array(z.string()),
});

export type Plan = z.infer<typeof planSchema>;

const tileSchema = z.tuple([
  z.int(),
  z.int(),
  z.int().positive(),
  z.int().positive(),
  z.array(z.int().nonnegative()),
  z.string().regex(/^[0-9a-f]{32}$/),
]);

/** One tile of the plan: row, col, rows, cols on the lattice, scene indexes, name of its partial. */
export type PlannedTile = z.infer<typeof tileSchema>;

/** Errors: JOB_INVALID where a stored plan does not parse. */
export function parsePlan(data: unknown): Plan {
  return parseStored('plan.json', planSchema, data);
}

export function parseTiles(data: unknown): PlannedTile[] {
  return parseStored('tiles.json', z.array(tileSchema), data);
}

function parseStored<T>(name: string, schema: z.ZodType<T>, data: unknown): T {
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  throw new CitysinkError(
    'JOB_INVALID',
    `stored ${name} has not the form it must have: ${z.prettifyError(parsed.error)}`,
  );
}
