import { describe, expect, it } from 'vitest';
import { parseFactors } from '../../../src/producer/load-factors.ts';
import type { CitysinkError, Problem } from '../../../src/shared/errors.ts';

function problemsOf(text: string): readonly Problem[] {
  try {
    parseFactors(text, 'f.csv');
  } catch (error) {
    return (error as CitysinkError).problems;
  }
  return [];
}

const shares = (text: string) => parseFactors(text, 'f.csv').classes.map(({ impervious }) => impervious);

describe('the column of sealed shares', () => {
  it('holds shares from 0 to 1; an empty cell is not stated, and no zero', () => {
    expect(shares('class,name,soil,impervious\n1,a,9,0\n2,b,9,0.25\n3,c,9,1\n4,d,9,\n')).toEqual([0, 0.25, 1, null]);
  });

  it('is known in any case and place, and may be left out', () => {
    expect(shares('Impervious,class,name,soil\n.6,5,built,0\n')).toEqual([0.6]);
    const { classes, coefficients, warnings } = parseFactors('class,name,soil\n5,built,0\n', 'f.csv');
    expect(classes[0]?.impervious).toBeNull();
    expect([coefficients, warnings]).toEqual([['soil'], []]);
  });

  it('is no coefficient: it changes neither pools nor what is known of a table', () => {
    const table = parseFactors('class,name,soil,impervious\n5,built,0,0.6\n', 'f.csv');
    expect(table.coefficients).toEqual(['soil']);
    expect(table.classes[0]?.values).toEqual({ soil: 0 });
    expect(table.warnings).toEqual([]);
  });

  it.each([
    ['60', 'not a share'],
    ['-0.1', 'not a share'],
    ['1.0001', 'not a share'],
    ['60%', 'not a number'],
    ['none', 'not a number'],
  ])('refuses %s, with its line', (cell, message) => {
    expect(problemsOf(`class,name,soil,impervious\n1,a,9,0\n5,built,0,${cell}\n`)).toMatchObject([
      { where: 'f.csv:3 column "impervious"', message, found: cell },
    ]);
  });

  it('given twice is refused; a misspelt one is told of and not used', () => {
    expect(problemsOf('class,name,soil,impervious,Impervious\n1,a,9,0,0\n')).toMatchObject([
      { message: 'column "impervious" occurs twice' },
    ]);
    const { classes, warnings } = parseFactors('class,name,soil,imperviousness\n1,a,9,0.5\n', 'f.csv');
    expect(classes[0]?.impervious).toBeNull();
    expect(warnings).toEqual(['f.csv:1: column "imperviousness" is not known and not used']);
  });

  it("is not read of InVEST's table, which has none", () => {
    const { classes, warnings } = parseFactors('lucode,c_soil,impervious\n5,0,0.6\n', 'pools.csv');
    expect(classes[0]?.impervious).toBeNull();
    expect(warnings.join()).toContain('"impervious" is not known and not used');
  });
});
