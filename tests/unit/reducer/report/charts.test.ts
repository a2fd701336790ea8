import { describe, expect, it } from 'vitest';
import { bar, barScale, intervalStrip, stackedBar } from '../../../../src/reducer/report/bars.ts';
import { classOf, colorClasses, niceStep } from '../../../../src/reducer/report/color-classes.ts';
import { columnChart } from '../../../../src/reducer/report/columns.ts';
import { elementsOf } from '../../../support/markup.ts';

/** x and width of the bars of a drawing 200 wide. */
function rects(markup: string): [x: number, width: number, fill: string][] {
  return elementsOf(markup)
    .filter(({ tag }) => tag === 'rect')
    .map(({ attributes }) => [Number(attributes.x), Number(attributes.width), attributes.class ?? '']);
}

describe('bars', () => {
  it('begin at 0 on a scale that all rows share', () => {
    const scale = barScale([10, 40, null]);
    expect(rects(bar(10, scale).text)).toEqual([[0, 50, 'f-one']]);
    expect(rects(bar(40, scale).text)).toEqual([[0, 200, 'f-one']]);
  });

  it('run to the left of 0 in a colour of their own where a figure is below it', () => {
    const scale = barScale([-10, 30]);
    expect(rects(bar(-10, scale).text)).toEqual([[0, 50, 'f-neg']]);
    expect(rects(bar(30, scale).text)).toEqual([[50, 150, 'f-one']]);
  });

  it('are nothing for what was not measured, and where all figures are 0', () => {
    expect(bar(null, barScale([1])).text).toBe('');
    expect(bar(0, barScale([0, 0])).text).toBe('');
  });

  it('stack parts side by side; one below 0 goes to its own side', () => {
    const parts = [
      { value: 30, fill: 'above' as const },
      { value: -20, fill: 'soil' as const },
      { value: null, fill: 'dead' as const },
      { value: 50, fill: 'below' as const },
    ];
    expect(rects(stackedBar(parts, { low: -20, high: 80 }).text)).toEqual([
      [40, 60, 'f-above'],
      [0, 40, 'f-soil'],
      [100, 100, 'f-below'],
    ]);
  });

  it('draw an interval and its figure from 0 on, also below it', () => {
    const lines = elementsOf(intervalStrip(-50, -100, 100).text).filter(({ tag }) => tag === 'line');
    const at = (name: string) => lines.find(({ attributes }) => attributes.class === name)?.attributes;
    expect(at('range')).toMatchObject({ x1: '0', x2: '200' });
    expect(at('zero')).toMatchObject({ x1: '100' });
    expect(at('value')).toMatchObject({ x1: '50' });
    expect(intervalStrip(0, 0, 0).text).toBe('');
  });
});

describe('a column chart', () => {
  it('has two columns a bin whose heights are as their shares', () => {
    const bins = [
      { label: '< 1', first: 0.5, second: 0.25 },
      { label: '1 +', first: 0.1, second: null },
    ];
    const heights = elementsOf(columnChart(bins, 'words').text)
      .filter(({ tag }) => tag === 'rect')
      .map(({ attributes }) => Number(attributes.height));
    expect(heights[0]).toBeCloseTo((heights[1] ?? 0) * 2, 1);
    expect(heights[0]).toBeCloseTo((heights[2] ?? 0) * 5, 0);
    expect(heights[3]).toBe(0);
  });
});

describe('colour classes', () => {
  it('are at most six of equal width on round numbers, and hold every value', () => {
    for (const values of [
      [13.4, 111],
      [-0.4, 2.9, 0],
      [0.0012, 0.0049],
      [1e9, 3e9, 2e9],
      [-5, -1],
    ]) {
      const classes = colorClasses(values);
      expect(classes.length).toBeLessThanOrEqual(6);
      expect(classes[0]?.from).toBeLessThanOrEqual(Math.min(...values));
      expect(classes.at(-1)?.to).toBeGreaterThanOrEqual(Math.max(...values));
      for (const value of values) {
        const one = classOf(classes, value);
        expect(one !== null && one.from <= value && value <= one.to).toBe(true);
      }
      expect(classes.slice(1).map(({ from }) => from)).toEqual(classes.slice(0, -1).map(({ to }) => to));
    }
  });

  it('are one where all values are equal, and none where there is none', () => {
    expect(colorClasses([7, 7])).toEqual([{ from: 7, to: 7, color: 2 }]);
    expect(colorClasses([])).toEqual([]);
    expect(classOf([], 1)).toBe(null);
  });

  it('take steps of 1, 2, 2.5 or 5', () => {
    expect([0.9, 1.1, 2.2, 3, 6, 0.03].map(niceStep)).toEqual([1, 2, 2.5, 5, 10, 0.05]);
  });
});
