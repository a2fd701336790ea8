/** The form of a spec's `green`: green spaces inside of built-up land. */

import { z } from 'zod';

const endNdvi = z.number().min(-1).max(1);

/** Ends of the NDVI by which green smaller than a cell is found. */
export const mixtureSchema = z
  .strictObject({
    bare: endNdvi.describe('NDVI of ground without vegetation, such as roofs and asphalt.'),
    full: endNdvi.describe('NDVI of ground that vegetation covers wholly; above `bare`.'),
  })
  .describe(
    'Green smaller than a cell, such as street trees: of cells of built-up land that do not show green, the share (NDVI - bare) / (full - bare) counts as small green space. Needs `red` and `nir`. Default: not looked for.',
  );

/** `green` as written; unknown keys are refused. */
export const greenSchema = z
  .strictObject({
    min_ha: z
      .number()
      .nonnegative()
      .optional()
      .describe('Smallest patch that counts as green space, ha. Default: 0.04.'),
    small_ha: z.number().positive().optional().describe('Patches below this are small green space, ha. Default: 1.'),
    connectivity: z
      .union([z.literal(4), z.literal(8)], { error: 'expected 4 or 8' })
      .optional()
      .describe('Neighbours that join cells to a patch: 4 or 8. Default: 8.'),
    from: z
      .string()
      .min(1)
      .optional()
      .describe(
        'What shows green inside of built-up land: `classes` (those that the factor table marks green), `ndvi` (of red and nir), or the name of a layer of codes. Default: ndvi where red and nir are given, else classes.',
      ),
    keep: z.array(z.int()).min(1).max(256).optional().describe('With a layer: its codes that are green. Default: 1.'),
    ndvi_min: z
      .union([z.number().min(-1).max(1), z.literal('otsu')], { error: 'expected a number from -1 to 1, or otsu' })
      .optional()
      .describe(
        "NDVI from which a cell is green; or `otsu`: chosen once for the city from 0.2 to 0.5 in steps of 0.05, after Otsu's rule over built-up land. Default: otsu.",
      ),
    closing_m: z
      .number()
      .min(0)
      .max(1000)
      .optional()
      .describe(
        'Radius by which built-up land is closed, so that streets and gardens between belong to it, m. Default: 50.',
      ),
    holes_ha: z
      .number()
      .min(0)
      .max(100)
      .optional()
      .describe(
        'Holes of built-up land up to this size are filled, ha. Default: 1, less where cells are so fine that too much would be read around each tile.',
      ),
    small: z
      .int()
      .optional()
      .describe(
        'Row of the factor table for small green spaces. Default: the row named `Urban green, small`, else each cell keeps its class.',
      ),
    large: z
      .int()
      .optional()
      .describe(
        'Row of the factor table for larger ones. Default: the row named `Urban green, large`, else each cell keeps its class.',
      ),
    mixture: mixtureSchema.optional(),
  })
  .describe('Green spaces inside of built-up land: found as patches over the whole city, and split by size.');
