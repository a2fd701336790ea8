import { describe, expect, it } from 'vitest';
import type { CatalogScene } from '../../../src/producer/catalog.ts';
import { monthScenes } from '../../../src/producer/month-scenes.ts';
import type { LayerSpec } from '../../../src/shared/contracts/city-spec.ts';
import type { Problem } from '../../../src/shared/errors.ts';
import { BYTE_BAND, catalogScene, northUp, PLAIN_LAYER, rasterHeader } from '../../support/placed-scenes.ts';

const NAMES = Array.from({ length: 12 }, (_, month) => `m${String(month + 1).padStart(2, '0')}.tif`);
const LISTED: Partial<LayerSpec> = { scenes: NAMES.map((name) => `s3://s/${name}`) };
const FOLDER: Partial<LayerSpec> = { scenes: ['s3://s/'] };
const STAC: Partial<LayerSpec> = {
  stac: { url: 's3://s/', asset: null, datetime: null, maxCloudCover: null, bbox: null, api: null },
};

function months(scenes: readonly CatalogScene[], layer: Partial<LayerSpec>, lost = 0) {
  const problems: Problem[] = [];
  const unread = Array.from({ length: lost }, () => ({ url: 's3://s/x', code: 'OBJECT_NOT_FOUND', message: '' }));
  const found = monthScenes('rain', { ...PLAIN_LAYER, ...layer }, { scenes, unread }, problems);
  const name = ({ scene, band }: (typeof found)[number]) => `${scene.info.url.slice('s3://s/'.length)} ${band}`;
  return { months: found.map(name), problems: problems.map(({ where, message, found: had }) => [where, message, had]) };
}

const byName = (names: readonly string[]) => names.map((name) => catalogScene(name));
const dated = (names: readonly string[], days: readonly string[]) =>
  names.map((name, index) => catalogScene(name, undefined, { datetime: days[index] ?? null }));
const DAYS = NAMES.map((_, month) => `2021-${String(month + 1).padStart(2, '0')}-15`);

describe('months of a layer', () => {
  it('are twelve files as listed, or by name in a folder, each by the band of the layer', () => {
    const expected = NAMES.map((name) => `${name} 3`);
    expect(months(byName(NAMES), { ...LISTED, band: 3 })).toEqual({ months: expected, problems: [] });
    expect(months(byName(NAMES), { ...FOLDER, band: 3 })).toEqual({ months: expected, problems: [] });
  });

  it('are the bands of a file that has twelve', () => {
    const header = rasterHeader(northUp(0, 0), { bands: new Array(12).fill(BYTE_BAND) });
    const found = months([catalogScene('all.tif', header)], FOLDER);
    expect(found.months).toEqual(NAMES.map((_, month) => `all.tif ${month + 1}`));
  });

  it.each([
    [11, '11 files'],
    [13, '13 files'],
    [1, 'one file of 1 band'],
  ])('are refused where they are another number: %i scenes', (count, found) => {
    const scenes = Array.from({ length: count }, (_, index) => catalogScene(`${index}.tif`));
    expect(months(scenes, FOLDER)).toEqual({
      months: [],
      problems: [['layers.rain', 'has another number of months', found]],
    });
  });

  it('are none, without a mistake, where one of twelve could not be read', () => {
    expect(months(byName(NAMES.slice(1)), LISTED, 1)).toEqual({ months: [], problems: [] });
    expect(months(byName(NAMES), LISTED, 1).problems).toHaveLength(1);
  });

  it('go by their days where each has one, and refuse a list in another order', () => {
    const [first, second, ...rest] = DAYS as [string, string, ...string[]];
    const swapped = dated(NAMES, [second, first, ...rest]);
    const expected = ['m02.tif 1', 'm01.tif 1', ...NAMES.slice(2).map((name) => `${name} 1`)];
    expect(months(swapped, FOLDER)).toEqual({ months: expected, problems: [] });
    expect(months(swapped, STAC)).toEqual({ months: expected, problems: [] });
    expect(months(swapped, LISTED).problems).toEqual([
      ['layers.rain.scenes', 'lists months out of their order', 'm01.tif as month 1'],
    ]);
  });

  it('of items have one day in each month', () => {
    const twice = dated(NAMES, ['2021-02-01', ...DAYS.slice(1)]);
    expect(months(twice, STAC).problems[0]).toEqual([
      'layers.rain.stac',
      'has not one item for each month',
      '2, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12',
    ]);
    // A day in the name that all share says when the files were made.
    expect(months(dated(NAMES, new Array(12).fill('2022-05-05')), FOLDER).problems).toEqual([]);
  });

  it('of a folder are refused where names without a zero before the digit put October before February', () => {
    const names = NAMES.map((_, month) => `${month + 1}.tif`).sort();
    expect(months(byName(names), FOLDER).problems).toEqual([
      ['layers.rain.scenes', 'has names whose order is not that of months', '12.tif before 2.tif'],
    ]);
    expect(months(byName(names), LISTED).problems).toEqual([]);
  });
});
