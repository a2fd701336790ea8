import { z } from 'zod';

/** Between the two FPAR goes from its least to its greatest. */
const ndviPair = z
  .array(z.number().gt(-1).lt(1))
  .length(2)
  .describe('NDVI of no and of full cover: 5 % and 95 % of what the class shows.');

/** `casa` of a city spec, as users write it. */
export const casaSchema = z
  .strictObject({
    ndvi: z.string().min(1).describe('Layer of monthly NDVI, -1 to 1 after `scale` and `offset`.'),
    temperature: z.string().min(1).describe('Layer of monthly mean temperature, degrees Celsius.'),
    precipitation: z.string().min(1).describe('Layer of precipitation, mm a month.'),
    radiation: z
      .string()
      .min(1)
      .describe(
        'Layer of total solar radiation; its `unit` says which: MJ/m2 (a month), MJ/m2/day, kJ/m2/day or W/m2.',
      ),
    pet: z
      .string()
      .min(1)
      .optional()
      .describe('Layer of potential evapotranspiration, mm a month. Default: after Thornthwaite, of temperature.'),
    fpar: z
      .enum(['linear', 'limits'])
      .optional()
      .describe(
        'How the absorbed share of light follows from NDVI: `linear` (1.16 NDVI - 0.0439), or scaled between `ndvi_limits`. Default: limits where these are given, else linear.',
      ),
    ndvi_limits: z
      .union([ndviPair, z.record(z.string().regex(/^(-?\d+|other)$/), ndviPair)], {
        error: 'not limits: expected [least, greatest], or such a pair by class code and `other`',
      })
      .optional()
      .describe(
        'With `fpar: limits`: one pair for all classes, or one by class code, and `other` for the rest; without it classes that are not named are not modelled.',
      ),
    respiration: z
      .enum(['pei', 'none'])
      .optional()
      .describe(
        'Heterotrophic respiration: `pei`, fitted in dry north-west China, or `none`: then NPP is reported and no NEP. Default: pei.',
      ),
    cold_stop: z.boolean().optional().describe('No growth at -10 degrees and below. Default: true.'),
    halve_outside: z
      .boolean()
      .optional()
      .describe(
        'Half of the efficiency beyond 10 degrees above and 13 below the optimum, as published. Default: true.',
      ),
    hot_months: z
      .enum(['parabola', 'power'])
      .optional()
      .describe('Thornthwaite from 26.5 degrees on: by the parabola, or as any other month. Default: parabola.'),
  })
  .describe(
    'Flux by model (CASA): net primary production from monthly NDVI and climate, less respiration. Each layer has twelve months, January first: twelve files, or one file of twelve bands.',
  );
