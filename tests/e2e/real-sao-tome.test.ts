import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { SumRow } from '../../src/reducer/carbon-model.ts';
import type { Figures } from '../../src/reducer/totals.ts';
import { temporaryFolder, writeCity } from '../support/city.ts';
import { runCli } from '../support/cli.ts';
import { NO_TEST_DATA, testData } from '../support/test-data.ts';
import { latestTotals } from '../support/totals.ts';

/** São Tomé from real rasters, soil and green spaces too: each sentence that a reader gets, against the figures. */

const root = testData();
const real = join(root ?? '', 'data/real/sao-tome');
const EMISSIONS_T_CO2 = 150_000;

function strip(id: string, west: number, east: number): object {
  const ring = [
    [west, 0.3],
    [east, 0.3],
    [east, 0.38],
    [west, 0.38],
    [west, 0.3],
  ];
  return { type: 'Feature', properties: { id }, geometry: { type: 'Polygon', coordinates: [ring] } };
}

let text: string;
let figures: Figures;
let warnings: readonly string[];

async function measure(): Promise<void> {
  const folder = await temporaryFolder();
  const cover = join(real, 'worldcover_2021_v200_sao_tome_city.tif');
  const path = await writeCity({
    folder,
    scenes: cover,
    zones: {
      type: 'FeatureCollection',
      features: [strip('west', 6.68, 6.7), strip('mid', 6.7, 6.73), strip('east', 6.73, 6.76)],
    },
    zonesKeys: { id: 'id' },
    factors: '',
    spec: {
      factors: 'library:default+worldcover',
      layers: {
        landcover: { scenes: cover },
        soil: { scenes: join(real, 'soc_0_30cm_2010_10km.tif'), unit: 't/ha', depth_cm: 30 },
      },
      green: { min_ha: 0.04, small_ha: 1 },
      emissions: { t_co2: EMISSIONS_T_CO2, year: 2021, source: 'made up' },
    },
  });
  const { code, stdout, stderr } = await runCli(['run', '--workers', '1', path]);
  expect(code, stderr).toBe(0);
  const totals = await latestTotals(join(folder, 'results'));
  [text, figures, warnings] = [stdout, totals.figures, totals.warnings];
}

/** A number as a person reads it in the text. */
function numbersIn(sentence: RegExp): number[] {
  const [, ...groups] = sentence.exec(text) ?? [];
  expect(groups.length, `${sentence} in\n${text}`).toBeGreaterThan(0);
  return groups.map((group) => Number(group.replaceAll(',', '').replace('−', '-')));
}

const N = '(-?[\\d,.]+)';

type SumOf = Pick<SumRow, 'area_ha' | 'storage_tC' | 'soil_tC' | 'sequestration_tC_yr'>;

function sumOf(rows: readonly SumOf[], key: 'area_ha' | 'storage_tC' | 'soil_tC' | 'sequestration_tC_yr'): number {
  return rows.reduce((sum, row) => sum + (row[key] ?? 0), 0);
}

describe.skipIf(root === null)(`São Tomé${root === null ? ` (${NO_TEST_DATA})` : ''}`, () => {
  beforeAll(measure, 120_000);

  it('is the sum of its zones and of its classes', () => {
    const { total, classes } = figures.city;
    for (const key of ['area_ha', 'storage_tC', 'soil_tC', 'sequestration_tC_yr'] as const) {
      expect(sumOf(classes, key) / (total[key] ?? 0), key).toBeCloseTo(1, 9);
      const zones = figures.zones.map((zone) => zone.total);
      expect(sumOf(zones, key) / (total[key] ?? 0), key).toBeCloseTo(1, 9);
    }
    expect(total.coverage).toBe(1);
  });

  it('says storage and sequestration in CO2 with the bounds of the draws', () => {
    const { uncertainty, city } = figures;
    for (const [sentence, tC, interval] of [
      [`Storage is ${N} t CO2e; .* between ${N} and ${N} t`, city.total.storage_tC, uncertainty?.city.storage_tC],
      [
        `Sequestration is ${N} t CO2e a year; .* between ${N} and ${N} t`,
        city.total.sequestration_tC_yr,
        uncertainty?.city.sequestration_tC_yr,
      ],
    ] as const) {
      const wanted = [tC, interval?.p2_5, interval?.p97_5].map((value) => Math.round(((value ?? 0) * 44) / 12));
      expect(numbersIn(new RegExp(sentence))).toEqual(wanted);
    }
  });

  it('says what share of emissions that is', () => {
    const [share, low, high, emissions] = numbersIn(new RegExp(`offsets ${N} % of`)).concat(
      numbersIn(new RegExp(`between ${N} and ${N} %`)),
      numbersIn(new RegExp(`% of ${N} t CO2 \\(made up\\)`)),
    );
    const percent = (tC: number) => Math.round(((tC * 44) / 12 / EMISSIONS_T_CO2) * 10_000) / 100;
    const sequestration = figures.uncertainty?.city.sequestration_tC_yr;
    expect(share).toBe(percent(figures.city.total.sequestration_tC_yr ?? 0));
    expect([low, high]).toEqual([percent(sequestration?.p2_5 ?? 0), percent(sequestration?.p97_5 ?? 0)]);
    expect(emissions).toBe(EMISSIONS_T_CO2);
  });

  it('says what was left out before: as two scenarios have it', () => {
    const rows = figures.scenarios?.rows ?? [];
    const [off, on] = [rows[0], rows.at(-1)];
    expect([off?.soil, off?.small_green, on?.soil, on?.small_green]).toEqual([false, false, true, true]);
    expect(on?.storage_tC).toBe(figures.city.total.storage_tC);
    const less = (a: number, b: number) => Math.round((1 - a / b) * 1000) / 10;
    const [storageOff, storageOn, storageLess, fluxOff, fluxOn, fluxLess] = numbersIn(
      new RegExp(
        `storage would be ${N} in place of ${N} t C \\(${N} % less\\) and sequestration would be ${N} in place of ${N} t C/yr \\(${N} % less\\)`,
      ),
    );
    expect([storageOff, storageOn]).toEqual([off?.storage_tC, on?.storage_tC].map((value) => Math.round(value ?? 0)));
    expect(storageLess).toBe(less(off?.storage_tC ?? 0, on?.storage_tC ?? 0));
    expect([fluxOff, fluxOn]).toEqual(
      [off?.sequestration_tC_yr, on?.sequestration_tC_yr].map((value) => Math.round(value ?? 0)),
    );
    expect(fluxLess).toBe(less(off?.sequestration_tC_yr ?? 0, on?.sequestration_tC_yr ?? 0));
  });

  it('says of the soil raster how much it covers, how deep it goes and that the table stands in', () => {
    const soil = figures.city.layers.find(({ layer }) => layer === 'soil');
    const [mean, share] = numbersIn(new RegExp(`soil is ${N} t/ha on average, over ${N} % of the area`));
    expect(mean).toBe(Math.round((soil?.mean ?? 0) * 10) / 10);
    expect(share).toBe(Math.floor((soil?.coverage ?? 0) * 10_000) / 100);
    expect(share).toBeLessThan(100);
    expect(warnings).toContainEqual(expect.stringContaining('layers.soil holds 0-30 cm, the factor table 0-100 cm'));
    expect(text).toContain('where layers.soil has no value, soil comes from the factor table');
  });

  it('says that green below a pixel is not seen', () => {
    expect(figures.green?.pixel_m2).toBeCloseTo(85.48, 1);
    expect(text).toContain('green smaller than one pixel of what shows it (85.5 m2) is not seen');
  });
});
