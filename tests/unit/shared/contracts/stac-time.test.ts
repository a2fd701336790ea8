import { describe, expect, it } from 'vitest';
import { readTimeFilter, spanOf } from '../../../../src/shared/contracts/stac-time.ts';

const iso = (ms: number) => (Number.isFinite(ms) ? new Date(ms).toISOString() : String(ms));
const show = (span: { fromMs: number; toMs: number } | null) => span && [iso(span.fromMs), iso(span.toMs)];

describe('spanOf', () => {
  it.each([
    ['2021', '2021-01-01T00:00:00.000Z', '2021-12-31T23:59:59.999Z'],
    ['2020-02', '2020-02-01T00:00:00.000Z', '2020-02-29T23:59:59.999Z'],
    ['2021-12', '2021-12-01T00:00:00.000Z', '2021-12-31T23:59:59.999Z'],
    ['2019-12-01', '2019-12-01T00:00:00.000Z', '2019-12-01T23:59:59.999Z'],
    ['2020-01-14T17:05:46.732651Z', '2020-01-14T17:05:46.732Z', '2020-01-14T17:05:46.732Z'],
    ['2020-06-15T06:06:41+05:30', '2020-06-15T00:36:41.000Z', '2020-06-15T00:36:41.000Z'],
    ['2020-06-15 06:06:41', '2020-06-15T06:06:41.000Z', '2020-06-15T06:06:41.000Z'],
    ['2016-12-31T23:59:60Z', '2016-12-31T23:59:59.000Z', '2016-12-31T23:59:59.000Z'],
  ])('%s is from %s to %s', (text, from, to) => {
    expect(show(spanOf(text))).toEqual([from, to]);
  });

  it.each(['', 'May 2021', '21-05', '2021-13', '2021-06-31', '2021-06-01T25:00:00Z', '2021-5-1', '2021-06-01T10:00Z'])(
    '%j is none',
    (text) => {
      expect(spanOf(text)).toBeNull();
    },
  );
});

describe('readTimeFilter', () => {
  it.each([
    ['2021-05/2021-09', '2021-05-01T00:00:00.000Z', '2021-09-30T23:59:59.999Z'],
    ['2021', '2021-01-01T00:00:00.000Z', '2021-12-31T23:59:59.999Z'],
    ['2020/..', '2020-01-01T00:00:00.000Z', 'Infinity'],
    ['../2020-06-01', '-Infinity', '2020-06-01T23:59:59.999Z'],
    ['/2020', '-Infinity', '2020-12-31T23:59:59.999Z'],
  ])('%s keeps %s to %s', (text, from, to) => {
    expect(show(readTimeFilter(text))).toEqual([from, to]);
  });

  it.each(['2021-09/2021-05', 'summer', '2020/2021/2022', '..', ''])('refuses %j', (text) => {
    expect(() => readTimeFilter(text)).toThrow(expect.objectContaining({ code: 'REQUEST_INVALID' }));
  });
});
