import { describe, expect, it } from 'vitest';
import { checkClaims, type PublishedClaims } from '../support/published-claims.ts';

const NOTHING: PublishedClaims = {
  storageT: null,
  densityTHa: null,
  sequestrationT: null,
  rateTHa: null,
  emissionsT: null,
  offsetPercent: null,
};

/** Zhao et al. 2010, J. Environ. Manage. 91:807, of Hangzhou. */
const ZHAO: PublishedClaims = {
  storageT: 11.74e6,
  densityTHa: 30.25,
  sequestrationT: 1_328_166.55,
  rateTHa: 1.66,
  emissionsT: 7e6,
  offsetPercent: 18.57,
};

/** Chen 2015, Cities, of 35 Chinese cities together. */
const CHEN: PublishedClaims = {
  ...NOTHING,
  storageT: 18.7e6,
  densityTHa: 21.34,
  sequestrationT: 1.9e6,
  rateTHa: 2.16,
};

/** Tai'an, as printed. */
const TAIAN: PublishedClaims = {
  ...NOTHING,
  storageT: 5_828_165.9,
  densityTHa: 37.19,
  sequestrationT: 936_789.03,
  rateTHa: 5.97,
};

describe('published figures of a city', () => {
  it('of Hangzhou 2010 speak of two areas, and of an offset that does not follow', () => {
    expect(checkClaims(ZHAO)).toEqual([
      'inconsistent areas: 11740000 t C at 30.25 t C/ha are 388099 ha, 1328166.55 t C/yr at 1.66 t C/ha/yr are 800100 ha',
      'inconsistent offset: 1328166.55 of 7000000 t C/yr are 18.97 %, not 18.57 %',
    ]);
  });

  it('with the offset that follows, only the areas are left to name', () => {
    expect(checkClaims({ ...ZHAO, offsetPercent: 18.97 })).toEqual([expect.stringContaining('inconsistent areas')]);
    expect(checkClaims({ ...ZHAO, densityTHa: 11.74e6 / 800_100 })).toEqual([
      expect.stringContaining('inconsistent offset'),
    ]);
  });

  it.each([
    ['35 Chinese cities', CHEN],
    ["Tai'an", TAIAN],
  ])('of %s go together within half a percent', (_, claims) => {
    expect(checkClaims(claims)).toEqual([]);
    // A rate that is a percent off is no rounding any more.
    expect(checkClaims({ ...claims, rateTHa: (claims.rateTHa ?? 0) * 1.01 })).toHaveLength(1);
    expect(checkClaims({ ...claims, rateTHa: (claims.rateTHa ?? 0) / 1.01 })).toHaveLength(1);
  });

  it('are refused in units that do not fit: kg/m2 for t/ha, or emissions in CO2 for carbon', () => {
    expect(checkClaims({ ...CHEN, densityTHa: 2.134 })).toHaveLength(1);
    const offset = { ...CHEN, emissionsT: 10e6, offsetPercent: 19 };
    expect(checkClaims(offset)).toEqual([]);
    expect(checkClaims({ ...offset, emissionsT: (10e6 * 44) / 12 })).toEqual([
      expect.stringMatching(/are 5\.18 %, not 19 %/),
    ]);
  });

  it('say nothing where too little is printed to tell', () => {
    expect(checkClaims(NOTHING)).toEqual([]);
    expect(checkClaims({ ...ZHAO, densityTHa: null, emissionsT: null })).toEqual([]);
    expect(checkClaims({ ...ZHAO, rateTHa: null, offsetPercent: null })).toEqual([]);
    expect(checkClaims({ ...ZHAO, densityTHa: 0, emissionsT: 0 })).toEqual([]);
  });

  it('know a city that emits more than it takes up', () => {
    const source = { ...NOTHING, sequestrationT: -50, emissionsT: 1000, offsetPercent: -5 };
    expect(checkClaims(source)).toEqual([]);
    expect(checkClaims({ ...source, offsetPercent: 5 })).toHaveLength(1);
  });
});
