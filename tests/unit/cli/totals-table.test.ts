import { describe, expect, it } from 'vitest';
import { remarksText, totalsTable } from '../../../src/cli/totals-table.ts';
import { computeFigures } from '../../../src/reducer/totals.ts';
import type { Manifest } from '../../../src/shared/contracts/manifest.ts';
import { hectarePlan, partialOf, zoneTally } from '../../support/plan-parts.ts';

function table(
  names: readonly string[],
  partial = partialOf([zoneTally(6, { 1: 3, 2: 2 }, 1), zoneTally(4, { 2: 4 })]),
): string {
  const plan = hectarePlan();
  const list = names.map((name, i) => ({ id: String(i), name }));
  const figures = computeFigures({ ...plan, zones: { ...plan.zones, list } }, partial);
  return totalsTable({ city: 'Test City', year: 2021, figures, warnings: [] });
}

/** Columns of a terminal: CJK characters take two. */
function width(line: string): number {
  return [...line].reduce((sum, character) => sum + (/[\u2e80-\u9fff\uff00-\uff60]/.test(character) ? 2 : 1), 0);
}

describe('totalsTable', () => {
  it('has a row for each zone and for the city, with density and coverage', () => {
    const lines = table(['North', 'South']).split('\n');
    // 5 ha and 125 t C: 25 t C/ha; 5 of 6 ha are rounded down to 83.33 %.
    expect(lines.find((line) => line.startsWith('North'))).toMatch(/^North +5\.00 +125\.00 +25\.0 +5\.00 +83\.33 %$/);
    expect(lines.find((line) => line.startsWith('city'))).toMatch(/^city +9\.00 +285\.00 +31\.7 +3\.00 +90\.00 %$/);
  });

  it('keeps its columns straight under Chinese names, full-width marks and combining accents', () => {
    const rows = table(['江心区（新）', 'Sa\u0303o Tome\u0301'])
      .split('\n')
      .filter((line) => / %$/.test(line));
    expect(rows).toHaveLength(3);
    const combining = (line: string) => (line.match(/[\u0300-\u036f]/g) ?? []).length;
    const ends = rows.map((line) => width(line) - combining(line));
    expect(new Set(ends).size, rows.join('\n')).toBe(1);
  });

  it('shows a name with control characters without letting it steer the terminal', () => {
    const text = table(['a\u001b[31mb\nc', 'South']);
    expect(text).not.toContain('\u001b');
    expect(text).toContain('b c');
  });

  it('never rounds a gap up to 100 %', () => {
    expect(
      table(['North', 'South'], partialOf([zoneTally(1_000_000, { 1: 999_999 }), zoneTally(1, { 1: 1 })])),
    ).toMatch(/^North .* 99\.99 %$/m);
  });

  it('shows a zone without a cell as such, and at most thirty zones', () => {
    const names = Array.from({ length: 33 }, (_, i) => `z${i}`);
    const text = table(names, partialOf([zoneTally(6, { 1: 6 })]));
    expect(text).toMatch(/^z1 .*no cell$/m);
    expect(text).toMatch(/^\.\.\. 3 more zones in totals\.csv$/m);
    expect(text).not.toMatch(/^z30/m);
  });
});

describe('remarksText', () => {
  it('names what was not read, then the notes', () => {
    const unread = [{ url: 's3://a/b.tif', code: 'RASTER_CORRUPT', message: 'block 3' }];
    expect(remarksText({ unread, warnings: ['zones overlap'] } as unknown as Manifest)).toBe(
      'not read: s3://a/b.tif [RASTER_CORRUPT] block 3\nnote: zones overlap',
    );
  });

  it('names the first of many, and says how many more there are', () => {
    const warnings = Array.from({ length: 30 }, (_, i) => `zone ${i}`);
    const lines = remarksText({ unread: [], warnings } as unknown as Manifest).split('\n');
    expect(lines).toHaveLength(13);
    expect(lines[0]).toBe('note: zone 0');
    expect(lines.at(-1)).toBe('... and 18 more notes in totals.json');
  });
});
