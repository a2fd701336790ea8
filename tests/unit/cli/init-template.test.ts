import { describe, expect, it } from 'vitest';
import { factorsTemplate, specTemplate } from '../../../src/cli/init-template.ts';
import { parseFactors } from '../../../src/producer/load-factors.ts';
import { readSpec } from '../../../src/producer/load-spec.ts';

function read(text: string) {
  return readSpec(new TextEncoder().encode(text), 'file:///city/spec.yaml');
}

describe('specTemplate', () => {
  it.each(['hangzhou', '2021', 'true', 'sao-tome', '0x10'])('is a spec for %s', async (city) => {
    expect(await read(specTemplate(city))).toMatchObject({ city, factorsUrl: 'file:///city/factors.csv', unused: [] });
  });

  it('stays a spec when every setting that is commented out is taken in', async () => {
    const open = specTemplate('a').replaceAll(
      /^(\s*)# (name: \{|id:|label:|crs:|grid:|area:|match:|band:|order:|anonymous:|emissions:)/gm,
      '$1$2',
    );
    expect(await read(open)).toMatchObject({
      name: { en: 'Hangzhou', zh: '杭州' },
      zones: { id: 'code', label: 'name', crs: 'EPSG:4326' },
      grid: { crs: 'EPSG:32632', resolution: 10 },
      area: 'ellipsoid',
      landcover: { match: '*_Map.tif', band: 1, anonymous: true },
      emissions: { tCo2: 31415926, year: 2021 },
    });
  });
});

describe('factorsTemplate', () => {
  const table = parseFactors(factorsTemplate(), 'factors.csv');

  it('is a factor table whose every row names its source', () => {
    expect(table.warnings).toEqual([]);
    expect(table.classes.map(({ source }) => source)).not.toContain(null);
    expect(table.coefficients).toEqual(['above', 'below', 'dead', 'soil', 'sequestration', 'soil_sequestration']);
  });

  it('leaves out the WorldCover codes that have no sourced value, and the spec says so', () => {
    expect(table.classes.map(({ code }) => code)).toEqual([10, 20, 30, 40, 60, 90, 95, 100]);
    for (const code of [50, 70, 80]) expect(specTemplate('a')).toMatch(new RegExp(`#\\s+${code} `));
  });

  it('takes the row that the spec gives as an example', () => {
    const row = /50,Built-up,.*/.exec(specTemplate('a'))?.[0];
    expect(parseFactors(`${factorsTemplate()}${row}\n`, 'factors.csv').classes).toHaveLength(9);
  });
});
