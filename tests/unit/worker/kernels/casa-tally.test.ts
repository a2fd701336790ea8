import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  absorbedRadiation,
  type FparRule,
  fparOf,
  lightUseEfficiency,
  limitsFromNdvi,
  netPrimaryProduction,
  optimumMonth,
  te1,
  te2,
} from '../../../../src/shared/carbon/casa.ts';
import {
  evaporativeRatio,
  monthLengths,
  thornthwaitePet,
  waterStress,
} from '../../../../src/shared/carbon/evapotranspiration.ts';
import { heterotrophicRespiration } from '../../../../src/shared/carbon/respiration.ts';
import { daysInMonth, megajoulesPerWatt, radiationFromFlux } from '../../../../src/shared/carbon/solar-radiation.ts';
import { CitysinkError } from '../../../../src/shared/errors.ts';
import {
  type CasaCells,
  type CasaRules,
  type CasaYear,
  casaYear,
  type MonthlyInputs,
} from '../../../../src/worker/kernels/casa-tally.ts';

const MISSING = -1;
const FOREST = 10;
const GRASS = 30;
const BUILT = 50;

const FPAR: ReadonlyMap<number, FparRule> = new Map([
  [FOREST, { form: 'limits', limits: limitsFromNdvi(0.023, 0.747), ndviWeight: 0.5 }],
  [GRASS, { form: 'linear' }],
]);
const RULES: CasaRules = {
  coldStop: true,
  halveOutside: true,
  fpar: FPAR,
  respiration: 'pei',
  radiationFactors: new Array(12).fill(1),
  monthLengths: [...monthLengths(30.25, 2021)],
  hotMonths: 'parabola',
};

/** Of the size of a humid subtropical year; of no place. */
const CLIMATE = {
  temperature: [4.9, 6.8, 10.9, 16.8, 21.9, 25.2, 29.1, 28.4, 24.2, 18.9, 12.9, 7],
  precipitation: [81, 88, 141, 124, 129, 219, 172, 162, 116, 79, 74, 55],
  radiation: [240, 262, 345, 432, 490, 440, 560, 530, 405, 352, 266, 242],
  ndvi: [0.35, 0.36, 0.42, 0.55, 0.66, 0.71, 0.74, 0.72, 0.66, 0.57, 0.47, 0.39],
};

/** A small generator: the same numbers for a seed, all between 0 and 1. */
function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

interface Tile {
  readonly inputs: MonthlyInputs;
  readonly cells: CasaCells;
}

/** Rows of cells whose climate holds for `block` cells, of four classes, with some values missing. */
function tileOf(seed: number, count: number, block: number, holes: number, withPet: boolean): Tile {
  const next = numbers(seed);
  const coarse = (base: readonly number[], vary: number, chance: number) =>
    base.map((value) => {
      const column = new Float64Array(count);
      for (let cell = 0; cell < count; cell++) {
        const fresh = cell % block === 0;
        column[cell] = fresh ? (next() < chance ? Number.NaN : value * (1 + vary * (next() - 0.5))) : column[cell - 1]!;
      }
      return column;
    });
  const ndvi = CLIMATE.ndvi.map((value) =>
    Float64Array.from({ length: count }, () => (next() < holes ? Number.NaN : value + 0.5 * (next() - 0.5))),
  );
  const temperature = coarse(CLIMATE.temperature, 2, holes);
  const codes = Int32Array.from(
    { length: count },
    () => [FOREST, FOREST, GRASS, BUILT, MISSING][Math.floor(next() * 5)]!,
  );
  const pet = withPet ? coarse(CLIMATE.precipitation, 1, holes) : null;
  return {
    inputs: {
      ndvi,
      temperature,
      precipitation: coarse(CLIMATE.precipitation, 2, holes),
      radiation: coarse(CLIMATE.radiation, 0.5, holes),
      pet,
    },
    cells: { codes, missing: MISSING },
  };
}

/** The equations one by one for each cell, as they are written down. */
function oneByOne({ inputs, cells }: Tile, rules: CasaRules): CasaYear {
  const light = new Float64Array(cells.codes.length).fill(Number.NaN);
  const respiration = new Float64Array(cells.codes.length).fill(Number.NaN);
  cells.codes.forEach((code, cell) => {
    const fpar = rules.fpar.get(code);
    const at = (months: readonly Float64Array[]) => months.map((column) => column[cell]!);
    const [ndvi, t, rain, sun] = [inputs.ndvi, inputs.temperature, inputs.precipitation, inputs.radiation].map(at);
    const all = [...ndvi!, ...t!, ...rain!, ...sun!, ...(inputs.pet === null ? [] : at(inputs.pet))];
    if (fpar === undefined || all.some(Number.isNaN)) return;
    const pet = new Float64Array(12);
    if (inputs.pet === null) thornthwaitePet(t!, rules.monthLengths, rules.hotMonths, pet);
    else pet.set(at(inputs.pet));
    const optimum = t![optimumMonth(ndvi!)]!;
    light[cell] = 0;
    respiration[cell] = 0;
    for (let month = 0; month < 12; month++) {
      const absorbed = absorbedRadiation(sun![month]! * rules.radiationFactors[month]!, fparOf(fpar, ndvi![month]!));
      const efficiency = lightUseEfficiency(1, {
        te1: te1(t![month]!, optimum, rules),
        te2: te2(t![month]!, optimum, rules),
        we: waterStress(evaporativeRatio(rain![month]!, pet[month]!)),
      });
      light[cell] += netPrimaryProduction(absorbed, efficiency);
      respiration[cell] += heterotrophicRespiration(t![month]!, rain![month]!);
    }
  });
  return { light, respiration };
}

function expectNear(actual: Float64Array, expected: Float64Array): void {
  expect(actual.length).toBe(expected.length);
  actual.forEach((value, cell) => {
    const other = expected[cell]!;
    if (Number.isNaN(other)) expect(value).toBeNaN();
    else expect(Math.abs(value - other)).toBeLessThanOrEqual(1e-12 * Math.abs(other));
  });
}

/** Part of a tile's cells, as another tiling has them. */
function partOf({ inputs, cells }: Tile, from: number, to: number): Tile {
  const cut = (months: readonly Float64Array[]) => months.map((column) => column.slice(from, to));
  return {
    inputs: {
      ndvi: cut(inputs.ndvi),
      temperature: cut(inputs.temperature),
      precipitation: cut(inputs.precipitation),
      radiation: cut(inputs.radiation),
      pet: inputs.pet === null ? null : cut(inputs.pet),
    },
    cells: { ...cells, codes: cells.codes.slice(from, to) },
  };
}

const run = ({ inputs, cells }: Tile, rules = RULES) => casaYear(inputs, cells, rules);

/** One cell of one class with the climate above, some of it changed. */
function oneCell(
  changed: Partial<Record<keyof typeof CLIMATE, (values: number[]) => number[]>> = {},
  code = FOREST,
): Tile {
  const columns = (name: keyof typeof CLIMATE) => {
    const values = [...CLIMATE[name]];
    return (changed[name]?.(values) ?? values).map((value) => Float64Array.of(value));
  };
  return {
    inputs: {
      ndvi: columns('ndvi'),
      temperature: columns('temperature'),
      precipitation: columns('precipitation'),
      radiation: columns('radiation'),
      pet: null,
    },
    cells: { codes: Int32Array.of(code), missing: MISSING },
  };
}

const set = (month: number, value: number) => (values: number[]) => values.with(month, value);

describe('a year of light and respiration', () => {
  it('is what the equations give one by one, with climate shared by neighbours or not, demand given or not', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.constantFrom(1, 7, 50),
        fc.constantFrom(0, 0.02),
        fc.boolean(),
        (seed, block, holes, pet) => {
          const tile = tileOf(seed, 700, block, holes, pet);
          const [ours, theirs] = [run(tile), oneByOne(tile, RULES)];
          expectNear(ours.light, theirs.light);
          expectNear(ours.respiration, theirs.respiration);
          expect(holes === 0 ? ours.light.some((value) => value > 0) : true).toBe(true);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('has the same bits however cells are cut into tiles', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 1199 }), fc.constantFrom(1, 9, 60), (seed, cut, block) => {
        const tile = tileOf(seed, 1200, block, 0.01, false);
        const whole = run(tile);
        const parts = [run(partOf(tile, 0, cut)), run(partOf(tile, cut, 1200))];
        for (const name of ['light', 'respiration'] as const) {
          const joined = parts.flatMap((part) => [...part[name]]);
          expect(joined.every((value, cell) => Object.is(value, whole[name][cell]))).toBe(true);
        }
      }),
      { numRuns: 25 },
    );
  });

  it('of a humid subtropical year makes several t C/ha of production, and respires less than soils of China do', () => {
    const { light, respiration } = run(oneCell());
    const npp = 0.5276 * light[0]! * 0.01;
    expect(npp).toBeGreaterThan(3);
    expect(npp).toBeLessThan(12);
    expect(respiration[0]! * 0.01).toBeGreaterThan(2);
    expect(respiration[0]! * 0.01).toBeLessThan(7.09);
  });

  it('is missing in both where any month of any input is', () => {
    for (const name of ['ndvi', 'temperature', 'precipitation', 'radiation'] as const) {
      for (const month of [0, 5, 11]) {
        const { light, respiration } = run(oneCell({ [name]: set(month, Number.NaN) }));
        expect([light[0], respiration[0]]).toEqual([Number.NaN, Number.NaN]);
      }
    }
  });

  it('is missing for cells without class and for classes without a rule', () => {
    for (const code of [MISSING, BUILT]) {
      const { light, respiration } = run(oneCell({}, code));
      expect([light[0], respiration[0]]).toEqual([Number.NaN, Number.NaN]);
    }
  });

  it('takes the optimum from the month of greatest NDVI of each cell, not of its climate', () => {
    const summer = oneCell();
    const spring = oneCell({ ndvi: set(3, 0.75) });
    const beside: Tile = {
      inputs: {
        ...summer.inputs,
        ndvi: summer.inputs.ndvi.map((column, month) => Float64Array.of(column[0]!, spring.inputs.ndvi[month]![0]!)),
        temperature: summer.inputs.temperature.map((column) => Float64Array.of(column[0]!, column[0]!)),
        precipitation: summer.inputs.precipitation.map((column) => Float64Array.of(column[0]!, column[0]!)),
        radiation: summer.inputs.radiation.map((column) => Float64Array.of(column[0]!, column[0]!)),
      },
      cells: { codes: Int32Array.of(FOREST, FOREST), missing: MISSING },
    };
    expect([...run(beside).light]).toEqual([run(summer).light[0], run(spring).light[0]]);
    expectNear(run(beside).light, oneByOne(beside, RULES).light);
  });

  it('takes the first of months that are equally green', () => {
    const twice = oneCell({ ndvi: (values) => values.with(3, 0.74) });
    expectNear(run(twice).light, oneByOne(twice, RULES).light);
    expect(run(twice).light[0]).not.toBe(run(oneCell({ ndvi: set(3, 0.7399) })).light[0]);
    expect(run(twice).light[0]).toBeCloseTo(run(oneCell({ ndvi: set(3, 0.74 + 1e-12) })).light[0]!, 6);
  });

  it.each(['temperature', 'precipitation', 'radiation'] as const)(
    'tells cells apart that differ in %s of one month alone, up or down, or by a gap',
    (name) => {
      for (const value of [CLIMATE[name][8]! + 1, CLIMATE[name][8]! - 1, Number.NaN]) {
        const [one, other] = [oneCell(), oneCell({ [name]: set(8, value) })];
        const order = [one, other, one, one, other, other];
        const columns = (of: 'ndvi' | 'temperature' | 'precipitation' | 'radiation') =>
          one.inputs[of].map((_, month) => Float64Array.from(order, ({ inputs }) => inputs[of][month]![0]!));
        const inputs: MonthlyInputs = {
          ndvi: columns('ndvi'),
          temperature: columns('temperature'),
          precipitation: columns('precipitation'),
          radiation: columns('radiation'),
          pet: null,
        };
        const tile = { inputs, cells: { codes: new Int32Array(6).fill(FOREST), missing: MISSING } };
        expect([...run(tile).light]).toEqual(order.map((cell) => run(cell).light[0]));
        expect([...run(tile).respiration]).toEqual(order.map((cell) => run(cell).respiration[0]));
      }
    },
  );

  it('takes radiation in W m-2 by the days of each month', () => {
    const year = Array.from({ length: 12 }, (_, month) => daysInMonth(2020, month));
    const watts = oneCell({ radiation: (values) => values.map((_, month) => 100 + month) });
    const joules = oneCell({
      radiation: (values) => values.map((_, month) => radiationFromFlux(100 + month, year[month]!)),
    });
    const scaled = run(watts, { ...RULES, radiationFactors: year.map(megajoulesPerWatt) });
    expect(scaled.light[0]).toBeCloseTo(run(joules).light[0]!, 9);
  });

  it('without a model of respiration has light alone', () => {
    const { light, respiration } = run(oneCell(), { ...RULES, respiration: 'none' });
    expect(light[0]).toBe(run(oneCell()).light[0]);
    expect(respiration[0]).toBeNaN();
  });

  it('changes by the rule of C10 where winters are far below the optimum', () => {
    const smooth = run(oneCell(), { ...RULES, halveOutside: false });
    expect(run(oneCell()).light[0]!).toBeGreaterThan(smooth.light[0]! * 1.02);
  });

  it.each([
    ['temperature', 6, 302.25, 'temperature of month 7 has the value 302.25'],
    ['ndvi', 6, 7400, 'ndvi of month 7 has the value 7400'],
    ['ndvi', 0, -3, 'ndvi of month 1 has the value -3'],
    ['precipitation', 0, -32768, 'precipitation of month 1 has the value -32768'],
    ['radiation', 11, -1, 'radiation of month 12 has the value -1'],
  ] as const)('refuses %s in another unit or scale', (name, month, value, message) => {
    const refused = () => run(oneCell({ [name]: set(month, value) }));
    expect(refused).toThrow(CitysinkError);
    expect(refused).toThrow(message);
  });
});
