import type { Log } from '../../shared/log.ts';
import { type EventPlace, placesOf } from './hook-events.ts';
import { HookProof, type Proof } from './hook-proof.ts';
import { RateLimit } from './rate-limit.ts';
import { type FetchText, type SnsMessage, SnsProof, snsMessage } from './sns-message.ts';

/** POST /hooks/s3: who sends it, what it names, and which cities look again because of it. */

export const MAX_HOOK_BYTES = 256 * 1024;

/** 30,000 a minute for one sender, which may be a proxy before all of them. */
const PER_SECOND = 500;
const AT_ONCE = 5_000;

const FETCH_MS = 10_000;
const MAX_FETCH_CHARACTERS = 65_536;

export interface HookSettings {
  readonly keys: readonly string[];
  readonly tokens: readonly string[];
  /** ARNs of SNS topics. */
  readonly topics: readonly string[];
  /** How many cities look again because of these objects. */
  mark(places: readonly EventPlace[]): number;
}

export interface HookRequest {
  readonly body: Uint8Array;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly sender: string;
}

export interface HookAnswer {
  readonly status: number;
  readonly value: object;
}

export class HookDoor {
  private readonly settings: HookSettings;
  private readonly log: Log;
  private readonly proof: HookProof;
  private readonly sns: SnsProof;
  private readonly limit = new RateLimit(PER_SECOND, AT_ONCE);
  private readonly nowMs: () => number;

  constructor(settings: HookSettings, log: Log, fetchText: FetchText = fetchOnce, nowMs: () => number = Date.now) {
    this.settings = settings;
    this.log = log;
    this.proof = new HookProof(settings);
    this.sns = new SnsProof(settings.topics, fetchText);
    this.nowMs = nowMs;
  }

  async receive(request: HookRequest): Promise<HookAnswer> {
    if (!this.limit.take(request.sender, this.nowMs())) return refused(429, 'BUSY', 'too many notifications');
    const proof = this.proofOf(request);
    if (proof === 'replayed') return refused(409, 'REPLAYED', 'this signature was used before');
    const body = parsed(request.body);
    const message = proof === 'proven' ? null : snsMessage(body);
    if (message !== null) return this.receiveSns(message);
    if (proof !== 'proven')
      return refused(401, 'TOKEN_NEEDED', 'the notification is not signed by a key of this server');
    return this.mark(body);
  }

  private proofOf({ headers, body }: HookRequest): Proof {
    const header = (name: string) => (typeof headers[name] === 'string' ? headers[name] : '');
    const signature = header('x-citysink-signature');
    if (signature === '') return this.proof.borne(header('authorization'));
    const parts = { timestamp: header('x-citysink-timestamp'), nonce: header('x-citysink-nonce'), body };
    return this.proof.signed(parts, signature, this.nowMs());
  }

  private async receiveSns(message: SnsMessage): Promise<HookAnswer> {
    const isProven = await this.sns.isProven(message, this.nowMs()).catch((error: unknown) => {
      this.log.warn({ err: error }, 'Hook:Certificate');
      return false;
    });
    if (!isProven)
      return refused(401, 'TOKEN_NEEDED', 'the message is of no topic of this server, or not signed by it');
    if (message.Type === 'Notification') return this.mark(message);
    if (message.Type === 'UnsubscribeConfirmation') return accepted(0, 0);
    const isConfirmed = await this.sns.confirm(message).catch(() => false);
    this.log.info({ topic: message.TopicArn, isConfirmed }, 'Hook:Subscribe');
    return isConfirmed ? accepted(0, 0) : refused(502, 'STORE_UNAVAILABLE', 'the subscription could not be confirmed');
  }

  private mark(body: unknown): HookAnswer {
    const places = placesOf(body);
    if (places === null) return refused(400, 'REQUEST_INVALID', 'no notification of a store that is known here');
    const cities = this.settings.mark(places);
    this.log.debug({ objects: places.length, cities }, 'Hook');
    return accepted(places.length, cities);
  }
}

function accepted(objects: number, cities: number): HookAnswer {
  return { status: 202, value: { objects, cities } };
}

function refused(status: number, code: string, message: string): HookAnswer {
  const remedy = 'See docs/watch.md for what this server takes.';
  return { status, value: { error: { code, message, problems: [], remedy } } };
}

/** Undefined where it is no JSON. */
function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}

/** Follows nowhere else, and not for ever. */
async function fetchOnce(url: string): Promise<string> {
  const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(FETCH_MS) });
  if (!response.ok || response.body === null) throw new Error(`${new URL(url).host} answered ${response.status}`);
  let text = '';
  for await (const part of response.body.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (text.length > MAX_FETCH_CHARACTERS) throw new Error(`${new URL(url).host} answered too much`);
  }
  return text;
}
