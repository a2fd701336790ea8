import { describe, expect, it } from 'vitest';
import { parseRange } from '../../../src/server/byte-range.ts';

describe('a range of bytes', () => {
  it.each([
    ['bytes=0-0', { offset: 0, length: 1 }],
    ['bytes=2-5', { offset: 2, length: 4 }],
    ['bytes=7-', { offset: 7, length: 3 }],
    ['bytes=7-99', { offset: 7, length: 3 }],
    ['bytes=-4', { offset: 6, length: 4 }],
    ['bytes=-99', { offset: 0, length: 10 }],
  ])('%s of ten bytes', (header, expected) => {
    expect(parseRange(header, 10)).toEqual(expected);
  });

  it.each([['bytes=10-'], ['bytes=99-100'], ['bytes=-0']])('%s of ten bytes cannot be had', (header) => {
    expect(parseRange(header, 10)).toBe('unsatisfiable');
  });

  it.each([
    [null],
    ['bytes=5-2'],
    ['bytes=-'],
    ['bytes=0-1,3-4'],
    ['lines=0-1'],
    ['bytes=a-b'],
    ['bytes=9999999999999999-'],
  ])('%s is no range, and the whole is sent', (header) => {
    expect(parseRange(header, 10)).toBeNull();
  });
});
