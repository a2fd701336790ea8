import { describe, expect, it } from 'vitest';
import { loadFactors, parseFactors } from '../../../src/producer/load-factors.ts';
import type { CitysinkError, Problem } from '../../../src/shared/errors.ts';
import type { ObjectStore } from '../../../src/shared/io/store.ts';

function problemsOf(text: string): readonly Problem[] {
  try {
    parseFactors(text, 'factors.csv');
  } catch (error) {
    return (error as CitysinkError).problems;
  }
  return [];
}

describe('parseFactors', () => {
  it('reads the own form with standard errors, flags and a source', () => {
    const table = parseFactors(
      'class,name,name_zh,green,built,above,above_se,sequestration,source\n10,Trees,树木,true,0,22.77,2.5,-0.1,"Li, 2016"\n50,Built-up,,,yes,0,,0,\n',
      'factors.csv',
    );
    expect(table.coefficients).toEqual(['above', 'sequestration']);
    expect(table.classes).toEqual([
      {
        code: 10,
        name: 'Trees',
        nameZh: '树木',
        green: true,
        built: false,
        impervious: null,
        epsMax: null,
        epsMaxSe: null,
        crop: null,
        values: { above: 22.77, sequestration: -0.1 },
        standardErrors: { above: 2.5 },
        source: 'Li, 2016',
      },
      {
        code: 50,
        name: 'Built-up',
        nameZh: null,
        green: null,
        built: true,
        impervious: null,
        epsMax: null,
        epsMaxSe: null,
        crop: null,
        values: { above: 0, sequestration: 0 },
        standardErrors: {},
        source: null,
      },
    ]);
  });

  it("reads InVEST's pools table in any order and case, with a byte order mark and Windows line ends", () => {
    const table = parseFactors(
      '\ufeffLULC_name,lucode,C_below,c_above,c_dead,c_soil\r\nForest,1,2,15,0.5,35\r\n',
      'pools.csv',
    );
    expect(table.coefficients).toEqual(['above', 'below', 'dead', 'soil']);
    expect(table.classes).toMatchObject([
      { code: 1, name: 'Forest', values: { above: 15, below: 2, dead: 0.5, soil: 35 } },
    ]);
  });

  it('takes a table of InVEST without names', () => {
    expect(parseFactors('lucode,c_above\n7,1\n', 'pools.csv').classes).toMatchObject([{ code: 7, name: 'class 7' }]);
  });

  it('leaves out empty rows and columns that spreadsheets add', () => {
    expect(parseFactors('class,name,above,,\n1,a,2,,\n,,,,\n\n', 'factors.csv').classes).toHaveLength(1);
  });

  it('names every mistake at once, with line and column', () => {
    const text = [
      'class,name,above,soil,soil_se',
      '1,a,n/a,1,',
      '2,b,"1,5",1,',
      '3,c,,1,',
      '4,d,-1,1,-2',
      '5.5,e,1,NaN,',
      '6,f,1,1e999,x',
      '6,g,1,1,',
      '7,h,1',
    ].join('\n');
    expect(problemsOf(text).map(({ where, message }) => `${where}: ${message}`)).toEqual([
      'factors.csv:2 column "above": not a number',
      'factors.csv:3 column "above": not a number',
      'factors.csv:4 column "above": no value',
      'factors.csv:5 column "above": negative density',
      'factors.csv:5 column "soil_se": negative standard error',
      'factors.csv:6 column "class": not a class code',
      'factors.csv:6 column "soil": not a number',
      'factors.csv:7 column "soil": not a number',
      'factors.csv:7 column "soil_se": not a number',
      'factors.csv:9: another number of cells than the header',
      'factors.csv:8: class 6 occurs twice',
    ]);
  });

  it('never takes an empty cell for zero', () => {
    expect(problemsOf('class,name,above\n1,a,\n')).toMatchObject([
      { found: 'an empty cell', expected: expect.stringContaining('never taken as zero') },
    ]);
  });

  it.each([
    ['semicolons', 'class;name;above\n1;a;2,5\n', 'columns are not separated by commas'],
    ['tabs', 'class\tname\tabove\n1\ta\t2\n', 'columns are not separated by commas'],
    ['no class', 'name,above\na,1\n', 'no column "class"'],
    ['no name', 'class,above\n1,1\n', 'no column "name"'],
    ['no value', 'class,name\n1,a\n', 'no column with a density or rate'],
    ['both forms', 'class,lucode,name,above\n1,1,a,1\n', 'both "class" and "lucode"'],
    ['a column twice', 'class,name,above,above\n1,a,1,1\n', 'column "above" occurs twice'],
    ['an error without its value', 'class,name,above,soil_se\n1,a,1,1\n', 'column "soil_se" without its value'],
    ['a misspelt column', 'class,name,abvoe\n1,a,1\n', 'unknown column "abvoe"'],
    ['no rows', 'class,name,above\n', 'no rows'],
    ['an empty file', '', 'no header'],
    ['a quote that does not end', 'class,name,above\n1,"a,1\n', expect.stringMatching(/^not CSV/)],
  ])('refuses a table with %s', (_, text, message) => {
    expect(problemsOf(text)[0]?.message).toEqual(message);
  });

  it('suggests the column that was meant, and only warns of one that is like none', () => {
    expect(problemsOf('class,name,sequestraton\n1,a,1\n')).toMatchObject([
      { expected: 'did you mean "sequestration"?' },
    ]);
    expect(parseFactors('class,name,above,remarks,note\n1,a,1,x,y\n', 'f.csv').warnings).toEqual([
      'f.csv:1: column "remarks" is not known and not used',
      'f.csv:1: column "note" is not known and not used',
    ]);
  });

  it('counts lines as an editor does where cells run over lines', () => {
    expect(problemsOf('class,name,above\n1,"two\nlines",x\n')).toMatchObject([
      { where: expect.stringMatching(/^factors\.csv:[23] /) },
    ]);
  });
});

describe('loadFactors', () => {
  it('gives the sha256 of the file and reads at most 1 MiB', async () => {
    const limits: number[] = [];
    const store: Pick<ObjectStore, 'read'> = {
      read: async (_, { maxBytes }) => {
        limits.push(maxBytes);
        return new TextEncoder().encode('class,name,above\n1,a,2\n');
      },
    };
    const table = await loadFactors(store as ObjectStore, 'file:///city/factors.csv');
    // From sha256sum.
    expect(table.digest).toBe('1293e25ec2188ed6242a4986724e13fef96aac46104608647960e54639e9bb8c');
    expect([table.url, limits]).toEqual(['file:///city/factors.csv', [2 ** 20]]);
  });
});
