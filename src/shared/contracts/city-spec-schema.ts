/** The form of a city spec as users write it: one zod schema, from which the published JSON Schema is made. */

import { z } from 'zod';
import { casaSchema } from './casa-schema.ts';
import { greenSchema, mixtureSchema } from './green-schema.ts';
import { MAP_NAMES } from './map-names.ts';

const place = z.string().min(1, { error: 'an empty place' }).max(4096);

const crs = z
  .union([z.string().min(1), z.int().positive()], {
    error: 'not a CRS: expected text such as EPSG:32632, or an EPSG code',
  })
  .describe('Coordinate reference system: EPSG:32632, 32632, OGC:CRS84, an OGC URN, or a proj4 string.');

const nameSchema = z
  .union(
    [
      z.string().min(1),
      z.strictObject({
        en: z.string().min(1).optional().describe('English name.'),
        zh: z.string().min(1).optional().describe('Chinese name.'),
      }),
    ],
    { error: 'not a name: expected text, or { en: ..., zh: ... }' },
  )
  .describe('Name of the city as reports show it: text, or one by language. Default: the value of `city`.');

const zonesSchema = z
  .strictObject({
    url: place.describe(
      'GeoJSON, GeoPackage, Shapefile (.shp) or FlatGeobuf with Polygons and MultiPolygons; relative to the spec.',
    ),
    layer: z.string().min(1).optional().describe('Feature table of a GeoPackage. Default: the only one.'),
    id: z
      .string()
      .min(1)
      .optional()
      .describe('Property that holds the id of a zone (text or number, no two alike). Default: numbered from 1.'),
    label: z.string().min(1).optional().describe('Property that holds the name of a zone. Default: its id.'),
    rule: z
      .enum(['centre', 'coverage'])
      .optional()
      .describe(
        'Which cells a zone has: those whose centre lies in it (default, as GDAL and InVEST), or of each cell the share that it covers.',
      ),
    crs: crs
      .optional()
      .describe(
        "CRS of the file's coordinates. Default: the file's own (GeoJSON: its `crs` member, else WGS 84, longitude first).",
      ),
  })
  .describe('The districts to report on. The city is their union.');

const gridSchema = z
  .strictObject({
    crs,
    origin: z
      .array(z.number())
      .length(2)
      .optional()
      .describe("x and y of a cell's corner. Default: the land cover's where its cells are the same, else 0, 0."),
    resolution: z.number().positive().describe("Width and height of a cell in the CRS's own unit."),
  })
  .describe("Analysis grid. Default: the land cover's own grid.");

const scenesSchema = z
  .union([place, z.array(place).min(1).max(10_000)], {
    error: 'not a place: expected a file, folder or glob, or a list of these',
  })
  .describe('A GeoTIFF, a folder or prefix, a glob, or a list of these; relative to the spec.');

const nodataSchema = z
  .union([z.number(), z.literal('nan'), z.nan()], { error: 'not a nodata value: expected a number or nan' })
  .describe("Sample value that means missing, in place of the file's own; a number or `nan`.");

const stacFilters = {
  asset: z
    .string()
    .min(1)
    .max(1024)
    .optional()
    .describe('Key of the asset to read, or common name of its band, or its role. Default: the only GeoTIFF.'),
  datetime: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .describe('Keep items of this time: "2021", "2021-05", "2021-05-03", or two with a slash between; `..` is open.'),
  max_cloud_cover: z.number().min(0).max(100).optional().describe('Keep items with at most this cloud cover, percent.'),
  bbox: z
    .array(z.number())
    .length(4)
    .optional()
    .describe('Keep items whose box meets this one: west, south, east, north in degrees.'),
};

const stacSchema = z
  .union(
    [
      place,
      z.strictObject({ url: place.describe('The place; the keys beside it choose among its items.'), ...stacFilters }),
    ],
    {
      error: 'not a place: expected a file or folder of STAC, or { url: ..., asset: ... }',
    },
  )
  .describe('A STAC item, ItemCollection, collection or catalog, or a folder of items; relative to the spec.');

const stacApiSchema = z
  .strictObject({
    url: z
      .string()
      .regex(/^https?:\/\/[^/]/, { error: 'not the URL of an API' })
      .max(4096)
      .describe('Root of the API; /search is added.'),
    collections: z.array(z.string().min(1)).min(1).max(100).optional().describe('Collections to search.'),
    ...stacFilters,
  })
  .describe('A search at a STAC API. Off unless its host is named in CITYSINK_STAC_HOSTS.');

const maskKeys = {
  keep: z.array(z.int()).min(1).max(256).optional().describe('Codes under which cells are kept.'),
  drop_bits: z
    .array(z.int().min(0).max(15))
    .min(1)
    .max(16)
    .optional()
    .describe(
      'Bits, from 0, that hide a cell where one of them is set. Landsat QA_PIXEL: 1 dilated cloud, 2 cirrus, 3 cloud, 4 shadow, 5 snow.',
    ),
};

const ownMask = z.enum(['scl', 'qa_pixel']);

const maskSchema = z
  .union(
    [
      ownMask,
      z.strictObject({
        layer: z.string().min(1).optional().describe('Name of the layer that decides.'),
        own: ownMask.optional().describe('In place of a layer: the classes that each STAC item has of its own.'),
        ...maskKeys,
      }),
    ],
    { error: 'not a mask: expected scl, qa_pixel, or { layer: ..., keep: [...] }' },
  )
  .describe(
    'Which cells are kept, by codes or bits of another layer, or of each STAC item: `scl` (Sentinel-2) or `qa_pixel` (Landsat). Where the mask has no data, cells are not kept.',
  );

const layerSchema = z
  .strictObject({
    scenes: scenesSchema.optional(),
    stac: stacSchema.optional(),
    stac_api: stacApiSchema.optional(),
    asset: stacFilters.asset,
    match: z
      .string()
      .min(1)
      .max(256)
      .optional()
      .describe('Glob on file names below a folder or prefix, such as "*_B04.tif".'),
    band: z.int().min(1).max(65_535).optional().describe('Band to read, from 1. Default: 1.'),
    nodata: nodataSchema.optional(),
    scale: z
      .number()
      .optional()
      .describe("value = (stored + offset) x scale. Default: what the STAC item, the product's name or the file says."),
    offset: z
      .number()
      .optional()
      .describe(
        'value = (stored + offset) x scale: added to the stored number before it is scaled, as -1000 of Sentinel-2 is. Default: what the STAC item, the name of the product or the file says.',
      ),
    unit: z.string().min(1).max(40).optional().describe('Unit of the values, such as t/ha.'),
    depth_cm: z
      .number()
      .positive()
      .max(1000)
      .optional()
      .describe('Of `soil`: depth from the surface that its values hold, cm.'),
    relative_se: z
      .number({ error: 'not a relative standard error' })
      .positive({ error: 'not above 0: leave the key out where the error is not known' })
      .max(2, { error: 'more than 2: 0.3 stands for 30 %' })
      .optional()
      .describe(
        'Of `soil` as the pool of soil: standard error of its mean over its mean, 0.3 for 30 %; the whole layer errs together. Default: not known, and named in every interval.',
      ),
    crs: crs.optional().describe('CRS of rasters that name none themselves. Where they do, theirs holds.'),
    resample: z
      .enum(['nearest', 'mode', 'bilinear', 'average'])
      .optional()
      .describe(
        'How pixels become cells where the grids differ. Classes: nearest (default) or mode. Quantities: average where pixels are finer than cells, else bilinear.',
      ),
    composite: z
      .enum(['first', 'newest', 'max_ndvi', 'median'])
      .optional()
      .describe(
        'How several dates of red and nir become one value: the first valid in `order` (default), the newest valid, that of the greatest NDVI, or the median of NDVI.',
      ),
    order: z
      .enum(['newest', 'oldest', 'name', 'listed'])
      .optional()
      .describe(
        'Which scene owns a cell where several have data there: by the date of the object, by file name, or as listed (those of a folder by name). Default: listed.',
      ),
    mask: maskSchema.optional(),
    anonymous: z.boolean().optional().describe('Read without credentials (public buckets). Default: false.'),
    requester_pays: z
      .boolean()
      .optional()
      .describe('Agree to pay for reading from a requester-pays bucket. Default: false.'),
  })
  .describe('Rasters of one kind, and how their samples are to be read. Needs `scenes`, `stac` or `stac_api`.');

const layersSchema = z
  .object({ landcover: layerSchema.describe('Land-cover classes: the layer that is measured with.') })
  .catchall(layerSchema)
  .describe(
    'Rasters by name. `landcover` is counted by class; `red` and `nir` make the NDVI; any other one is a quantity (soil in t/ha, say) that is measured by zone and class, or the mask of another layer.',
  );

/** Years that a spec may name. */
const year = z.int().min(1900).max(2100);

const changeSchema = z
  .strictObject({
    layer: z.string().min(1).describe('Layer with the land cover of the earlier date, in the codes of `landcover`.'),
    year: year.describe('Year that it stands for.'),
    price: z
      .strictObject({
        per_t_c: z.number().describe('Value of a tonne of carbon (not of CO2).'),
        discount_percent: z.number().gt(-100).optional().describe('Discount a year, %. Default: 0.'),
        change_percent: z
          .number()
          .gt(-100)
          .optional()
          .describe('Change of the price a year, %, as InVEST takes it. Default: 0.'),
        currency: z.string().min(1).max(20).optional().describe('Name of the currency.'),
      })
      .optional()
      .describe('Price of carbon, for the net present value of the change.'),
  })
  .describe('Change of storage since an earlier land cover: which class became which, and what that stored or lost.');

const emissionsSchema = z
  .strictObject({
    t_co2: z.number().positive().describe('Emissions of one year, t CO2 (not t C).'),
    year: year.optional().describe('Year of the inventory. Default: the year of the spec.'),
    source: z.string().min(1).optional().describe('Where the figure comes from.'),
  })
  .describe('What the city emits, to give sequestration as a share of it.');

/** A city spec as written; unknown keys are refused. */
export const citySpecSchema = z
  .strictObject({
    $schema: z.string().optional().describe('URL or path of this schema, for editors.'),
    extends: z
      .union([place, z.array(place).min(1).max(8)], { error: 'not a place: expected a file, or a list of files' })
      .optional()
      .describe(
        'Spec that this one rests upon, or several, the later over the earlier; relative to this file. Keys and values are merged, lists replaced, and null takes a key away.',
      ),
    city: z
      .string()
      .regex(/^[a-z0-9-]+$/, { error: 'not a short name' })
      .max(64)
      .describe('Short name of the city: lower-case letters, digits, dashes. It names the folder of results.'),
    name: nameSchema.optional(),
    year: year.describe('Year that the land cover stands for.'),
    zones: zonesSchema,
    grid: gridSchema.optional(),
    area: z
      .enum(['plane', 'ellipsoid'])
      .optional()
      .describe(
        "How cell areas are measured. Default: ellipsoid for geographic grids, plane (the CRS's own units) for projected ones.",
      ),
    layers: layersSchema,
    factors: place.describe(
      "CSV table of carbon densities and rates by class, or InVEST's carbon-pools table, relative to the spec; or a table of the library, such as library:default+worldcover.",
    ),
    green: greenSchema.optional(),
    casa: casaSchema.optional(),
    change: changeSchema.optional(),
    accuracy: place
      .optional()
      .describe(
        'CSV with a confusion matrix of the land cover: samples by map class (rows) and reference class (columns), `map,10,30` above `10,95,5`; relative to the spec. It widens the intervals.',
      ),
    emissions: emissionsSchema.optional(),
    maps: z
      .array(z.enum(MAP_NAMES))
      .min(1)
      .max(MAP_NAMES.length)
      .optional()
      .describe('Maps to draw, as Cloud Optimized GeoTIFFs in `maps/` of the results. Default: none.'),
    results: place.optional().describe('Folder or prefix for results; relative to the spec. Default: ./results/'),
  })
  .describe('What citysink measures: one city, one year.');

export type CitySpecText = z.infer<typeof citySpecSchema>;
export type LayerText = z.infer<typeof layerSchema>;

/** Keys that are known below a path of the spec; used to suggest the nearest one. */
export function knownKeys(path: readonly PropertyKey[]): readonly string[] {
  const [top, second, third] = path.map(String);
  if (top === undefined) return Object.keys(citySpecSchema.shape);
  if (top === 'layers') return knownLayerKeys(second, third);
  if (top === 'green' && second === 'mixture') return Object.keys(mixtureSchema.shape);
  if (second !== undefined) return [];
  if (top === 'name') return ['en', 'zh'];
  const shapes = {
    zones: zonesSchema,
    grid: gridSchema,
    green: greenSchema,
    casa: casaSchema,
    change: changeSchema,
    emissions: emissionsSchema,
  };
  return top in shapes ? Object.keys(shapes[top as keyof typeof shapes].shape) : [];
}

function knownLayerKeys(layer: string | undefined, part: string | undefined): readonly string[] {
  if (layer === undefined) return ['landcover'];
  if (part === 'mask') return ['layer', 'own', ...Object.keys(maskKeys)];
  if (part === 'stac') return ['url', ...Object.keys(stacFilters)];
  return Object.keys(part === 'stac_api' ? stacApiSchema.shape : layerSchema.shape);
}

/** JSON Schema (draft 2020-12) of the spec, for editors and other tools. */
export function citySpecJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(citySpecSchema, {
    target: 'draft-2020-12',
    io: 'input',
    // NaN is written `nan` in the text forms that JSON Schema can describe.
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      if (jsonSchema.anyOf !== undefined) {
        jsonSchema.anyOf = jsonSchema.anyOf.filter((option) => Object.keys(option).length > 0);
      }
    },
  });
  return { ...schema, title: 'citysink city spec' };
}
