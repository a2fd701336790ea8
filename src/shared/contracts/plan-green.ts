import { z } from 'zod';

/** Green spaces inside of built-up land, in a stored plan: what of them workers find, and what is applied to it later. */

/** Decides what is counted. */
export const greenSchema = z.strictObject({
  from: z.enum(['classes', 'ndvi', 'layer']),
  /** Layer of codes with `from: layer`, else null. */
  layer: z.string().nullable(),
  /** Codes of that layer that are green inside of built-up land; empty for other sources. */
  layerCodes: z.array(z.int()),
  /** Green classes of the land cover: outside of built-up land they go on with a patch, so that its edge is not taken for a small one. */
  greenClasses: z.array(z.int()),
  /** NDVI from which a cell is green: one, or the candidates among which the city's own is chosen; empty for other sources. */
  thresholds: z.array(z.number()),
  /** Land-cover classes of built-up land. */
  builtCodes: z.array(z.int()).min(1),
  closingCells: z.number().nonnegative(),
  holeCells: z.int().nonnegative(),
  /** Cells around a tile that the footprint of built-up land needs. */
  haloCells: z.int().nonnegative(),
  connectivity: z.literal([4, 8]),
  /** NDVI of bare ground and of full vegetation, between which cells that are not green themselves are mixed; null: not looked into. */
  mixture: z.strictObject({ bare: z.number(), full: z.number() }).nullable(),
});

/** Is applied to what was counted. */
export const greenScoreSchema = z.strictObject({
  minHa: z.number().nonnegative(),
  smallHa: z.number().positive(),
  /** Rows of the factor table that patches take; null: each cell keeps its class. */
  small: z.int().nullable(),
  large: z.int().nullable(),
  /** Row of built-up land, which patches below the least size go back to, and small ones where they are left out. */
  built: z.int(),
});

export type PlannedGreen = z.infer<typeof greenSchema>;
export type GreenScore = z.infer<typeof greenScoreSchema>;
