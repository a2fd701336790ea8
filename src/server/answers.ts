import { z } from 'zod';

/** @pure What the API answers, as schemas: the types of the code and the OpenAPI document are both made from them. */

const nullableNumber = z.number().nullable();

/** DONE, PARTIAL, FAILED; without a manifest what a queue says; `stopped`: no queue knows it; `unreadable`: of another version, or half copied. */
export const runState = z.string();

export const runSummarySchema = z.object({
  city: z.string(),
  run: z.string(),
  year: z.int().nullable(),
  state: runState,
  /** ISO time; null while it runs. */
  finished: z.string().nullable(),
  url: z.string(),
  storage_tC: nullableNumber,
  sequestration_tC_yr: nullableNumber,
  sequestration_tCO2_yr: nullableNumber,
  offset_percent: nullableNumber,
  area_ha: nullableNumber,
  /** Seen over zone area, 0 to 1. */
  coverage: nullableNumber,
  tiles: z.int().nullable(),
  warnings: z.int(),
  unread: z.int(),
});
export type RunSummary = z.infer<typeof runSummarySchema>;

/** New less old; null where one of both has no such figure. */
export const changeSchema = z.object({
  against: z.string(),
  year: z.int().nullable(),
  storage_tC: nullableNumber,
  storage_percent: nullableNumber,
  sequestration_tC_yr: nullableNumber,
  sequestration_percent: nullableNumber,
});

export const citySchema = z.object({
  city: z.string(),
  name: z.object({ en: z.string(), zh: z.string().optional() }),
  runs: z.int(),
  /** Named by latest.json; null: no run is DONE or PARTIAL. */
  newest: runSummarySchema.nullable(),
  change: changeSchema.nullable(),
});
export type CityAnswer = z.infer<typeof citySchema>;

const causeSchema = z.object({ code: z.string(), message: z.string() });
export const failureSchema = causeSchema.extend({ tile: z.int() });

export const fileSchema = z.object({ name: z.string(), sizeBytes: z.int(), sha256: z.string(), href: z.string() });

export const runDetailSchema = z.object({
  summary: runSummarySchema,
  name: z.object({ en: z.string(), zh: z.string().optional() }),
  /** manifest.json as stored; null while the run is under way or was stopped. */
  manifest: z.looseObject({}).nullable(),
  /** totals.json as stored; null where there is none. */
  totals: z.looseObject({}).nullable(),
  files: z.array(fileSchema),
  /** Whether the outlines of its zones are there for a map. */
  has_zones: z.boolean(),
});
export type RunDetail = z.infer<typeof runDetailSchema>;

export const zoneMapSchema = z.object({
  /** Size of the picture; x to the right, y down. */
  width: z.number(),
  height: z.number(),
  /** Place of its upper left corner, and map units a picture unit, in the CRS of the grid: `x = west + px * unit_x`, `y = north - py * unit_y`. */
  crs: z.string(),
  west: z.number(),
  north: z.number(),
  unit_x: z.number(),
  unit_y: z.number(),
  /** SVG path data, to be filled by the even-odd rule. */
  zones: z.array(z.object({ zone: z.string(), name: z.string(), path: z.string() })),
});
export type ZoneMap = z.infer<typeof zoneMapSchema>;

const wordsSchema = z.object({ en: z.string(), zh: z.string() });
const rangeSchema = z.object({
  low: z.number(),
  high: z.number(),
  /** `#rrggbb` from low to high, evenly spread. */
  colours: z.array(z.string()).readonly(),
  has_below: z.boolean(),
  has_above: z.boolean(),
});
const codesSchema = z.array(z.object({ code: z.int(), name: wordsSchema, colour: z.string(), pixels: z.int() }));

/** A map that can be looked at: what its colours mean, and where it lies in the CRS of the grid. */
export const mapLayerSchema = z.object({
  name: z.string(),
  title: wordsSchema,
  /** null: codes. */
  unit: z.string().nullable(),
  range: rangeSchema.nullable(),
  codes: codesSchema.nullable(),
  rows: z.int(),
  cols: z.int(),
  west: z.number(),
  north: z.number(),
  cell_width: z.number(),
  cell_height: z.number(),
});
export type MapLayer = z.infer<typeof mapLayerSchema>;
export const mapLayersSchema = z.object({ maps: z.array(mapLayerSchema) });
export type MapLayers = z.infer<typeof mapLayersSchema>;

/** Maps that two runs have on one grid. `none`: one of both has no map; `grid`: their cells are not the same. */
export const comparedMapsSchema = z.object({
  maps: z.array(z.object({ name: z.string(), title: wordsSchema, unit: z.string().nullable() })),
  reason: z.enum(['none', 'grid']).nullable(),
});
export type ComparedMaps = z.infer<typeof comparedMapsSchema>;

export const liveRunSchema = z.object({
  run: z.string(),
  city: z.string(),
  year: z.int().nullable(),
  state: runState,
  tiles_all: z.int(),
  tiles_left: z.int().nullable(),
});
export type LiveRun = z.infer<typeof liveRunSchema>;

/** Tiles by place in the plan, one letter each: `d` done, `f` failed, `a` being counted, `w` waiting. */
const tileStates = z.string();

export const progressSchema = z.object({
  run: z.string(),
  city: z.string(),
  year: z.int(),
  state: runState,
  tiles: z.object({ all: z.int(), done: z.int(), failed: z.int(), active: z.int(), waiting: z.int() }),
  /** null where no queue knows the run, or it has too many tiles to be drawn one by one. */
  tile_states: tileStates.nullable(),
  workers: z.int(),
  failures: z.array(failureSchema),
  causes: z.array(causeSchema),
  /** Cells of all tiles together. */
  cells: z.number(),
});
export type RunProgress = z.infer<typeof progressSchema>;

export const progressEventSchema = progressSchema.extend({
  cells_per_second: nullableNumber,
  eta_seconds: nullableNumber,
});
export type ProgressEvent = z.infer<typeof progressEventSchema>;

/** Where tiles lie on their lattice: `cells[i]` is row x cols + col of tile i. */
export const layoutSchema = z.object({ rows: z.int(), cols: z.int(), cells: z.array(z.int()) });
export type TileLayout = z.infer<typeof layoutSchema>;

export const specsSchema = z.object({
  /** false: the server was started without --specs. */
  allowed: z.boolean(),
  specs: z.array(z.object({ name: z.string(), sizeBytes: z.int() })),
});

export const specTextSchema = z.object({ name: z.string(), text: z.string() });

/** `text`: as edited; it is kept below the folder under `name` when a run of it is queued. */
export const specRequestSchema = z.object({
  name: z
    .string()
    .max(200)
    .regex(
      /^(?!\/)(?!.*(^|\/)\.)[A-Za-z0-9_./-]+\.(yaml|yml|json)$/,
      'expected a .yaml, .yml or .json file below the specs',
    ),
  text: z.string().max(262_144).optional(),
});
export type SpecRequest = z.infer<typeof specRequestSchema>;

export const quoteSchema = z.object({
  run: z.string(),
  city: z.string(),
  year: z.int(),
  url: z.string(),
  /** A finished run answers the request: nothing would be queued. */
  unchanged: z.boolean(),
  tiles: z.int(),
  tiles_reused: z.int(),
  requests: z.number(),
  bytes: z.number(),
  cpu_seconds: z.number(),
  worker_memory_mb: z.number(),
  warnings: z.array(z.string()),
  /** As `citysink plan` prints it. */
  text: z.string(),
});
export type Quote = z.infer<typeof quoteSchema>;

export const startedSchema = z.object({
  run: z.string(),
  city: z.string(),
  /** queued; unchanged: a finished run answers it. */
  outcome: z.enum(['queued', 'unchanged']),
});
export type Started = z.infer<typeof startedSchema>;

export const cancelSchema = z.object({ run: z.string(), outcome: z.enum(['cancelled', 'ended already']) });
export type Cancelled = z.infer<typeof cancelSchema>;

/** Answers of the commands `compare` and `explain` with --json, and their texts. */
export const comparisonSchema = z.looseObject({ text: z.string() });
export const explanationSchema = z.looseObject({ text: z.string() });

const reachable = z.enum(['ok', 'down', 'none']);
export const healthSchema = z.object({
  status: z.enum(['ok', 'degraded']),
  version: z.string(),
  /** none: REDIS_URL is unset, and no run is under way on this machine. */
  redis: reachable,
  store: reachable,
});
export type Health = z.infer<typeof healthSchema>;

export const queueSchema = z.object({
  waiting: z.int(),
  active: z.int(),
  delayed: z.int(),
  workers: z.int(),
  queues: z.int(),
});
export type QueueCounts = z.infer<typeof queueSchema>;

export const sessionSchema = z.object({
  /** Whether this server asks for a token. */
  token_needed: z.boolean(),
  signed_in: z.boolean(),
  version: z.string(),
  specs_allowed: z.boolean(),
});
export type SessionAnswer = z.infer<typeof sessionSchema>;

export const errorSchema = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    problems: z.array(z.looseObject({ where: z.string(), message: z.string() })),
    remedy: z.string(),
  }),
});
