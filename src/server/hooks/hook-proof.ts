import { createHmac } from 'node:crypto';
import { isSame } from '../access.ts';

/** Whether a notification comes from somebody who knows a key. Keys never leave this file. */

/** A signed request is good for this long before and after its time. */
export const WINDOW_MS = 5 * 60_000;

/** Signatures that are remembered; more within the window are refused. A rate limit keeps them below. */
const MOST_NONCES = 200_000;

export interface HookKeys {
  /** Keys of HMAC-SHA256; two while one is replaced by the other. */
  readonly keys: readonly string[];
  /** Tokens of `Authorization: Bearer`, or passwords of `Basic`. */
  readonly tokens: readonly string[];
}

export interface SignedParts {
  /** Unix seconds. */
  readonly timestamp: string;
  /** Anything that makes two equal bodies of one second two requests; empty: none. */
  readonly nonce: string;
  readonly body: Uint8Array;
}

/** Hex of HMAC-SHA256 over `timestamp.body`, or `timestamp.nonce.body`. */
export function signatureOf(key: string, { timestamp, nonce, body }: SignedParts): string {
  const head = nonce === '' ? `${timestamp}.` : `${timestamp}.${nonce}.`;
  return createHmac('sha256', key).update(head).update(body).digest('hex');
}

export type Proof = 'proven' | 'replayed' | 'refused';

export class HookProof {
  private readonly keys: HookKeys;
  /** Signatures by when they may be forgotten, ms, in the order in which they came. */
  private readonly used = new Map<string, number>();

  constructor(keys: HookKeys) {
    this.keys = keys;
  }

  /** By signature: each is taken once. */
  signed(parts: SignedParts, given: string, nowMs: number): Proof {
    const atMs = /^\d{1,12}$/.test(parts.timestamp) ? Number(parts.timestamp) * 1000 : Number.NaN;
    if (!(Math.abs(nowMs - atMs) <= WINDOW_MS)) return 'refused';
    const signature = given.replace(/^sha256=/, '').toLowerCase();
    // Every key is tried, so that the time says nothing of which one it was.
    const matches = this.keys.keys.filter((key) => isSame(signature, signatureOf(key, parts)));
    if (matches.length === 0) return 'refused';
    this.forget(nowMs);
    if (this.used.has(signature) || this.used.size >= MOST_NONCES) return 'replayed';
    this.used.set(signature, nowMs + 2 * WINDOW_MS);
    return 'proven';
  }

  /** By a token in the `Authorization` header. */
  borne(authorization: string): Proof {
    const [, scheme = '', value = ''] = /^(Bearer|Basic) +(\S+)$/i.exec(authorization) ?? [];
    const given = scheme.toLowerCase() === 'basic' ? passwordOf(value) : value;
    const matches = this.keys.tokens.filter((token) => isSame(given, token));
    return matches.length > 0 ? 'proven' : 'refused';
  }

  private forget(nowMs: number): void {
    for (const [signature, untilMs] of this.used) {
      if (untilMs >= nowMs) return;
      this.used.delete(signature);
    }
  }
}

function passwordOf(basic: string): string {
  const text = Buffer.from(basic, 'base64').toString('utf8');
  return text.slice(text.indexOf(':') + 1);
}
