import { z } from 'zod';
import { type FparRule, limitsFromNdvi, MONTHS } from '../carbon/casa.ts';

/** The flux by model (CASA) in a stored plan: all of it that is not linear, and so decides what workers sum up. */

/** Light of the year (MJ m-2 yr-1) and respiration (g C m-2 yr-1) among the quantities of a partial; no layer can have these names. */
export const CASA_LIGHT = 'casa.light';
export const CASA_RESPIRATION = 'casa.respiration';

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

/** FPAR rule of each class that occurs; classes without one are left out. */
export function fparRules({ fpar }: PlannedCasa, codes: Iterable<number>): Map<number, FparRule> {
  const rules = new Map<number, FparRule>();
  for (const code of codes) {
    if (fpar.form === 'linear') {
      rules.set(code, fpar);
      continue;
    }
    const own = fpar.limits.find((row) => row.code === code) ?? fpar.limits.find((row) => row.code === null);
    if (own === undefined) continue;
    const limits = limitsFromNdvi(own.ndviMin, own.ndviMax);
    rules.set(code, { form: 'limits', limits, ndviWeight: fpar.ndviWeight });
  }
  return rules;
}
