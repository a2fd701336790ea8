import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAX_HOOK_BYTES } from '../../src/server/hooks/receive-hook.ts';
import { temporaryFolder } from '../support/city.ts';
import { sendHook } from '../support/hooks.ts';
import { type Served, startServe } from '../support/served.ts';

const KEY = 'a-key-for-these-tests';

let folder: string;
let served: Served;

beforeAll(async () => {
  folder = await temporaryFolder();
  served = await startServe({
    words: ['--specs', folder, '--watch', '1h', folder],
    env: { CITYSINK_HOOK_KEYS: KEY },
  });
});

afterAll(async () => {
  await served.stop();
  await rm(folder, { recursive: true, force: true });
});

/** A notification of one object, filled up with spaces to so many bytes and signed as it must be. */
async function notify(bytes: number): Promise<{ status: number; text: string }> {
  const event = JSON.stringify({ Records: [{ s3: { bucket: { name: 'scenes' }, object: { key: 'a.tif' } } }] });
  const answer = await sendHook(served, event.padEnd(bytes, ' '), { key: KEY, nonce: `of-${bytes}` });
  return { status: answer.status, text: await answer.text() };
}

describe('a notification of a store', () => {
  it('of 256 KiB is taken', async () => {
    expect(await notify(MAX_HOOK_BYTES)).toMatchObject({ status: 202 });
  });

  it('of a byte more is refused before it is looked at, and the next one is taken', async () => {
    expect((await notify(MAX_HOOK_BYTES + 1)).status).toBe(413);
    expect(await notify(1_000)).toMatchObject({ status: 202 });
  });
});
