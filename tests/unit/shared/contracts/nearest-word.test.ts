import { describe, expect, it } from 'vitest';
import { editDistance, nearestWord } from '../../../../src/shared/contracts/nearest-word.ts';

describe('nearestWord', () => {
  it.each([
    ['scene', 'scenes'],
    ['Scenes', 'scenes'],
    ['csenes', 'scenes'],
    ['nodta', 'nodata'],
  ])('%s is near %s', (word, near) => {
    expect(nearestWord(word, ['band', 'nodata', 'scenes'])).toBe(near);
  });

  it('finds nothing near a word that is like none', () => {
    expect(nearestWord('resolution', ['band', 'nodata', 'scenes'])).toBeNull();
    expect(nearestWord('x'.repeat(1e6), ['band'])).toBeNull();
  });
});

describe('editDistance', () => {
  it.each([
    ['', 'abc', 3],
    ['kitten', 'sitting', 3],
    ['ab', 'ba', 1],
    ['same', 'same', 0],
  ])('from %j to %j takes %i edits', (a, b, edits) => {
    expect(editDistance(a, b)).toBe(edits);
  });
});
