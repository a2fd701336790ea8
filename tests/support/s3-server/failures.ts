import { Seeded } from '../seeded.ts';

/** Failures on command: rules that make the server misbehave for requests that match, a number of times. */

export type FailureAction =
  /** An error answer: 500 InternalError, 503 ServiceUnavailable, 429 or 503 SlowDown ... */
  | { readonly kind: 'status'; readonly status: number; readonly code?: string }
  /** The connection is reset before any byte of the answer. */
  | { readonly kind: 'reset' }
  /** Nothing is ever answered. */
  | { readonly kind: 'no-answer' }
  /** The head of the answer, then silence. */
  | { readonly kind: 'headers-then-silence' }
  /** The connection is reset after so many bytes of the body (default half). */
  | { readonly kind: 'reset-mid-body'; readonly afterBytes?: number }
  /** The body comes a few bytes at a time. */
  | { readonly kind: 'slow-drip'; readonly bytes: number; readonly everyMs: number }
  /** Content-Length is right, the body ends before it (default half). */
  | { readonly kind: 'truncate'; readonly afterBytes?: number }
  /** One bit of the body is wrong. */
  | { readonly kind: 'flip-byte'; readonly at?: number }
  | { readonly kind: 'wrong-etag' }
  /** The write is done and the connection reset in place of an answer. */
  | { readonly kind: 'drop-answer' }
  /** Something happens to the store just before the request is done, which then goes its normal way. */
  | { readonly kind: 'meanwhile'; readonly happens: () => void }
  /** If-Match and If-None-Match are not looked at. */
  | { readonly kind: 'ignore-conditionals' }
  /** Requests with If-Match or If-None-Match on writes are answered 501. */
  | { readonly kind: 'refuse-conditionals' };

export interface RequestMatch {
  readonly method?: string;
  /** S3's name of the call, such as GetObject or UploadPart. */
  readonly operation?: string;
  readonly bucket?: string;
  /** The whole key, or a pattern in it. */
  readonly key?: string | RegExp;
  /** A pattern in the Range header, such as `bytes=0-`; requests without one do not match. */
  readonly range?: RegExp;
}

export interface FailureRule {
  readonly match: RequestMatch;
  /** How often the rule acts; default once, Infinity for ever. */
  readonly times?: number;
  /** Share of matching requests that the rule acts on, 0 to 1; default all. Which ones comes from the seed of `Failures`. */
  readonly share?: number;
  readonly action: FailureAction;
}

interface Seen {
  readonly method: string;
  readonly operation: string;
  readonly bucket: string;
  readonly key: string;
  readonly range: string | null;
}

function matches(match: RequestMatch, seen: Seen): boolean {
  if (match.method !== undefined && match.method !== seen.method) return false;
  if (match.operation !== undefined && match.operation !== seen.operation) return false;
  if (match.bucket !== undefined && match.bucket !== seen.bucket) return false;
  if (match.range !== undefined && !match.range.test(seen.range ?? '')) return false;
  if (match.key === undefined) return true;
  return typeof match.key === 'string' ? match.key === seen.key : match.key.test(seen.key);
}

export class Failures {
  #rules: { rule: FailureRule; left: number }[] = [];
  #random = new Seeded(1);
  /** Requests that a rule acted on since the last `clear`. */
  acted = 0;

  /** Starts the draws of `share` anew. */
  seed(seed: number): void {
    this.#random = new Seeded(seed);
  }

  add(rule: FailureRule): void {
    this.#rules.push({ rule, left: rule.times ?? 1 });
  }

  clear(): void {
    this.#rules = [];
    this.acted = 0;
  }

  /** The action for this request, used up by being asked for. */
  take(seen: Seen): FailureAction | null {
    const found = this.#rules.find((one) => one.left > 0 && matches(one.rule.match, seen) && this.#drawn(one.rule));
    if (found === undefined) return null;
    found.left -= 1;
    this.acted += 1;
    return found.rule.action;
  }

  #drawn({ share = 1 }: FailureRule): boolean {
    return share >= 1 || this.#random.next() < share;
  }
}
