import { describe, expect, it } from 'vitest';
import { headComments, parseFactors } from '../../../src/producer/load-factors.ts';
import type { CitysinkError } from '../../../src/shared/errors.ts';

function problemsOf(text: string) {
  try {
    parseFactors(text, 'f.csv');
  } catch (error) {
    return (error as CitysinkError).problems;
  }
  return [];
}

describe('a factor table with provenance', () => {
  it('keeps depth, tags and caveat row by row, and reads the same numbers without them', () => {
    const table = parseFactors(
      'class,name,above,soil,soil_depth_cm,tags,caveat\n1,a,2,90,100,read above=derived,"weak: far away"\n2,b,0,0,,,\n',
      'f.csv',
    );
    expect(table.provenance).toEqual([
      { code: 1, soilDepthCm: 100, tags: { above: 'derived', soil: 'read' }, caveat: 'weak: far away' },
      { code: 2, soilDepthCm: null, tags: {}, caveat: null },
    ]);
    const bare = parseFactors('class,name,above,soil\n1,a,2,90\n2,b,0,0\n', 'f.csv');
    expect([bare.classes, bare.warnings]).toEqual([table.classes, []]);
    expect(bare.provenance.map(({ tags, soilDepthCm, caveat }) => [tags, soilDepthCm, caveat])).toEqual([
      [{}, null, null],
      [{}, null, null],
    ]);
  });

  it.each([
    ['read maybe', 'tags', '100'],
    ['soil=red', 'tags', '100'],
    ['sequestration=read', 'tags', '100'],
    ['read', 'soil_depth_cm', '0'],
    ['read', 'soil_depth_cm', '0-100'],
  ])('refuses tags "%s" or the depth of column %s "%s"', (tags, column, depth) => {
    expect(problemsOf(`class,name,soil,soil_depth_cm,tags\n1,a,90,${depth},${tags}\n`)).toMatchObject([
      { where: `f.csv:2 column "${column}"` },
    ]);
  });

  it('does not mind depths of rows without carbon in soil', () => {
    const text = 'class,name,soil,soil_depth_cm\n1,a,90,100\n2,b,0,\n3,c,0,20\n';
    expect(parseFactors(text, 'f.csv').warnings).toEqual([]);
  });

  it('passes over comments above the header, quoted ones too, and still counts lines as an editor does', () => {
    const text = '\ufeff# table: a; b\n"# about: x, y",,\nclass,name,above\n1,a,x\n';
    expect(headComments(text)[0]).toBe('table: a; b');
    expect(problemsOf(text)).toMatchObject([{ where: 'f.csv:4 column "above"', found: 'x' }]);
    expect(problemsOf('# a comment\nclass;name;above\n')).toMatchObject([
      { where: 'f.csv:2', message: 'columns are not separated by commas' },
    ]);
    expect(problemsOf('# nothing else\n')).toMatchObject([{ message: 'no header' }]);
  });

  it('takes no comment below the header: a row stays a row', () => {
    expect(problemsOf('class,name,above\n#1,a,2\n')).toMatchObject([{ where: 'f.csv:2 column "class"', found: '#1' }]);
  });
});
