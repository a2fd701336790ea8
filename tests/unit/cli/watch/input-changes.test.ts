import { describe, expect, it } from 'vitest';
import { inputChanges } from '../../../../src/cli/watch/input-changes.ts';

const A = { url: 's3://b/a.tif', etag: '"1"', sizeBytes: 10, modified: '2026-01-01T00:00:00.000Z' };
const B = { url: 's3://b/b.tif', etag: '"2"', sizeBytes: 10, modified: '2026-01-02T00:00:00.000Z' };
const DIGESTS = { factorsDigest: 'f' };
const NOTHING = { added: [], replaced: [], removed: [], factors: false, newestMs: null };

function changes(now: readonly (typeof A)[], before: readonly (typeof A)[], more: object = {}) {
  return inputChanges({ scenes: now, ...DIGESTS }, { scenes: before, unread: [], ...DIGESTS, ...more });
}

describe('Inputs against those of the newest run', () => {
  it('are the same by URL, ETag and size; the time of a copy says nothing', () => {
    expect(changes([A, B], [B, { ...A, modified: '2020-01-01T00:00:00.000Z' }])).toEqual(NOTHING);
  });

  it('name what came, went, and has another ETag or size, with the time of the newest', () => {
    expect(changes([A, { ...B, etag: '"3"' }], [A, B])).toMatchObject({
      replaced: [B.url],
      newestMs: Date.parse(B.modified),
    });
    expect(changes([{ ...A, sizeBytes: 11 }, B], [A]).replaced).toEqual([A.url]);
    expect(changes([{ ...A, sizeBytes: 11 }, B], [A]).added).toEqual([B.url]);
    expect(changes([A, A, B], [])).toMatchObject({ added: [A.url, B.url], newestMs: Date.parse(B.modified) });
  });

  it('have no time where something went or the factors changed: such a change is watched standing still', () => {
    expect(changes([A], [A, B])).toEqual({ ...NOTHING, removed: [B.url] });
    expect(changes([A], [B]).newestMs).toBeNull();
    expect(changes([A, B], [A], { factorsDigest: 'other' })).toMatchObject({ factors: true, newestMs: null });
  });

  it('that the newest run could not read are no new scenes', () => {
    expect(changes([A, B], [A], { unread: [B.url] })).toEqual(NOTHING);
  });
});
