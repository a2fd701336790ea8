import { describe, expect, it } from 'vitest';
import { bodyOf, partBytesOf, partsOf, wholeBody } from '../../../../src/shared/io/streamed-body.ts';

async function* chunksOf(...lengths: readonly number[]): AsyncGenerator<Uint8Array> {
  let next = 0;
  for (const length of lengths) yield Uint8Array.from({ length }, () => next++);
}

async function partsFrom(sizeBytes: number, partBytes: number, lengths: readonly number[]): Promise<number[][]> {
  const parts: number[][] = [];
  for await (const part of partsOf({ sizeBytes, chunks: chunksOf(...lengths) }, partBytes)) parts.push([...part]);
  return parts;
}

describe('A streamed body', () => {
  it.each([[[10]], [[1, 2, 3, 4]], [[5, 0, 5]], [[4, 4, 2]]])(
    'in chunks of %j comes in parts of one size',
    async (lengths) => {
      expect(await partsFrom(10, 4, lengths)).toEqual([
        [0, 1, 2, 3],
        [4, 5, 6, 7],
        [8, 9],
      ]);
    },
  );

  it('of another size than was announced is refused', async () => {
    await expect(partsFrom(10, 4, [9])).rejects.toThrow('9 bytes, 10 were announced');
    await expect(partsFrom(10, 4, [11])).rejects.toThrow('more than the 10 bytes');
  });

  it('is one piece where it is small, also an empty one', async () => {
    expect([...(await wholeBody(bodyOf(Uint8Array.of(1, 2))))]).toEqual([1, 2]);
    expect(await wholeBody({ sizeBytes: 0, chunks: chunksOf() })).toHaveLength(0);
  });

  it('never needs more parts than S3 takes', () => {
    expect(partBytesOf(20 * 1024 * 1024)).toBe(8 * 1024 * 1024);
    expect(5e12 / partBytesOf(5e12)).toBeLessThanOrEqual(10_000);
  });
});
