import { signatureOf } from '../../src/server/hooks/hook-proof.ts';
import type { Served } from './served.ts';

/** Sends a notification as a store's sender signs it; every one needs a nonce of its own. */
export function sendHook(
  served: Pick<Served, 'get'>,
  text: string,
  { key, nonce }: { readonly key: string; readonly nonce: string },
): Promise<Response> {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signature = signatureOf(key, { timestamp, nonce, body: new TextEncoder().encode(text) });
  return served.get('/hooks/s3', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-citysink-timestamp': timestamp,
      'x-citysink-nonce': nonce,
      'x-citysink-signature': `sha256=${signature}`,
    },
    body: text,
  });
}
