import { describe, expect, it } from 'vitest';
import { countsOfPeer, countsOfTotals, differences, layerDifferences } from '../../../bench/agreement.ts';
import { type Results, reportText } from '../../../bench/report.ts';
import { markdownTable, median, ratio, shortNumber, shownSpread, spread } from '../../../bench/statistics.ts';

describe('numbers of repeated measurements', () => {
  it('takes the middle one, of an even number the mean of the two in the middle, in any order', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([10, 1, 4, 2])).toBe(3);
    expect(() => median([])).toThrow(RangeError);
  });

  it('keeps the least and the most beside the middle', () => {
    expect(spread([3, 1, 2])).toEqual({ median: 2, least: 1, most: 3 });
    expect(shownSpread([2.345, 2.2, 2.61])).toBe('2.35 (2.20-2.61)');
  });

  it('divides medians, and divides nothing by nothing', () => {
    expect(ratio([4, 2, 3], [6, 6, 6])).toBe(0.5);
    expect(ratio([1], [0])).toBeNull();
  });

  it('shows three figures without an exponent', () => {
    expect([0, 0.0345, 0.5, 4.5678, 45.678, 456.78, 45_678].map(shortNumber)).toEqual([
      '0',
      '0.035',
      '0.500',
      '4.57',
      '45.7',
      '457',
      '45678',
    ]);
  });

  it('makes a table in which a bar stays a cell', () => {
    expect(markdownTable(['a', 'b'], [['1', 'x|y']])).toBe('| a | b |\n| --- | --- |\n| 1 | x\\|y |');
  });
});

const TOTALS = 'zone,class,cells\n1,10,7\n1,20,3\n1,all,10\nall,10,7\n14,101,5\n';

describe('agreement of counts', () => {
  it('reads cells by zone and class, without the sums', () => {
    expect([...countsOfTotals(TOTALS)]).toEqual([
      ['1/10', 7],
      ['1/20', 3],
      ['14/101', 5],
    ]);
  });

  it('names each cell count that differs, one that is missing too', () => {
    const peer = countsOfPeer({ zones: { '1': { cells: { '10': 7, '30': 2 } } }, small: { '0': 5 } });
    expect(differences(countsOfTotals(TOTALS), peer)).toEqual([
      'zone/class 1/20: 3 cells, the peer 0',
      'zone/class 1/30: 0 cells, the peer 2',
    ]);
    expect(differences(countsOfTotals(TOTALS), peer, 101)).toEqual([]);
  });

  it('takes means for the same within rounding only, and cells only where they are equal', () => {
    const totals = (cells: number, mean: number): string =>
      JSON.stringify({ figures: { zones: [{ zone: '1', layers: [{ layer: 'ndvi', cells, mean }] }] } });
    const peer = { zones: { '1': { cells: {}, ndvi: [10, 5] as const } } };
    expect(layerDifferences(totals(10, 0.500_000_1), peer)).toEqual([]);
    expect(layerDifferences(totals(10, 0.501), peer)).toHaveLength(1);
    expect(layerDifferences(totals(11, 0.5), peer)).toHaveLength(1);
  });
});

const machine = {
  cores: 2,
  model: 'a CPU',
  memoryGib: 8,
  kernel: '6',
  date: '2026-01-02 03:04',
  load: 0.5,
  versions: { gdal: null, node: 'v24' },
};
const cost = (wallS: number) => ({ wallS, cpuS: 2 * wallS, treeMib: 100, largestMib: 60 });

describe('the page of benchmarks', () => {
  it('sets ours by theirs, names what is absent and what differs', () => {
    const outcomes = [
      { name: 'citysink', ours: true, costs: [cost(2), cost(4), cost(3)], differs: [] },
      { name: 'peer', ours: false, costs: [cost(6)], differs: ['zone/class 1/10: 1 cells, the peer 2'] },
    ];
    const job = { id: 'tables', title: 'Job', rounds: 3, machine, outcomes, absent: ['GRASS (not installed here)'] };
    const text = reportText({ contests: { tables: job }, sides: null } satisfies Results);
    expect(text).toContain('| citysink | 3.00 (2.00-4.00) | 6.00 (4.00-8.00) | 100 |  |  |  |');
    expect(text).toContain('| peer | 6.00 (6.00-6.00) | 12.0 (12.0-12.0) | 100 | 0.500 | 0.500 | **1 differ** |');
    expect(text).toContain('Not measured: GRASS (not installed here).');
    expect(text).toContain('- peer: zone/class 1/10');
    expect(text).toContain('2 cores (a CPU)');
    expect(text).not.toContain('gdal');
  });

  it('says why a job is not measured', () => {
    const job = {
      id: 'maps',
      title: 'Maps',
      rounds: 5,
      machine,
      outcomes: [],
      absent: [],
      skipped: 'not measured: no key',
    };
    expect(reportText({ contests: { maps: job }, sides: null })).toContain('## Maps\n\nnot measured: no key');
  });
});
