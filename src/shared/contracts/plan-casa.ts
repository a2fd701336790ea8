import { z } from 'zod';
import { MONTHS } from '../carbon/casa.ts';

/** The flux by model (CASA) in a stored plan: all of it that is not linear, and so decides what workers sum up. */

const ofMonths = z.array(z.number().nonnegative()).length(MONTHS);
const layerName = z.string().min(1);

export const casaSchema = z.strictObject({
  /** Names of layers of kind `months`. `pet` null: by Thornthwaite. */
  inputs: z.strictObject({
    ndvi: layerName,
    temperature: layerName,
    precipitation: layerName,
    radiation: layerName,
    pet: layerName.nullable(),
  }),
  fpar: z.discriminatedUnion('form', [
    z.strictObject({ form: z.literal('linear') }),
    z.strictObject({
      form: z.literal('limits'),
      /** Weight of the term by NDVI beside the one by simple ratio (a of C6). */
      ndviWeight: z.number().min(0).max(1),
      /** NDVI limits by class code; code null: of all others. Classes without limits are not modelled. */
      limits: z.array(z.strictObject({ code: z.int().nullable(), ndviMin: z.number(), ndviMax: z.number() })).min(1),
    }),
  ]),
  coldStop: z.boolean(),
  halveOutside: z.boolean(),
  respiration: z.enum(['pei', 'none']),
  hotMonths: z.enum(['parabola', 'power']),
  /** From the unit of the radiation layer to MJ m-2 month-1, by month. */
  radiationFactors: ofMonths,
  /** Months in units of 30 days of 12 hours of light, at one latitude of the city; all 1 where `pet` is given. */
  monthLengths: ofMonths,
});

export type PlannedCasa = z.infer<typeof casaSchema>;
