import { describe, expect, it } from 'vitest';
import { formatTags, parseTags } from '../../../../src/shared/carbon/factor-provenance.ts';

describe('tags', () => {
  it('are read for the columns that the table has, the bare word for all that are not named', () => {
    expect(parseTags('Read  soil=derived', ['above', 'soil'])).toEqual({ above: 'read', soil: 'derived' });
    expect(parseTags('soil=assumed', ['above', 'soil'])).toEqual({ soil: 'assumed' });
    expect(parseTags('', ['above'])).toEqual({});
    expect(parseTags('below=read', ['above'])).toBeNull();
  });

  it.each([
    [{ above: 'read', below: 'read', soil: 'derived' }, 'read soil=derived'],
    [{ soil: 'assumed' }, 'soil=assumed'],
    [{}, ''],
  ] as const)('written and read again are the same: %o', (tags, text) => {
    const coefficients = ['above', 'below', 'soil'] as const;
    expect(formatTags(tags, coefficients)).toBe(text);
    expect(parseTags(text, coefficients)).toEqual(tags);
  });
});
