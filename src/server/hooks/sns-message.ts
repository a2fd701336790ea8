import { createPublicKey, createVerify } from 'node:crypto';
import { z } from 'zod';

/** Messages of Amazon SNS over HTTPS: signed by a certificate of Amazon's own hosts, for topics that were named. */

/** SNS tries again for a while: an older message is one that somebody kept. */
const OLDEST_MS = 2 * 3_600_000;
const AHEAD_MS = 5 * 60_000;
const KEPT_CERTIFICATES = 8;

const HOST = /^sns\.[a-z0-9-]{1,40}\.amazonaws\.com(\.cn)?$/;

const text = z.string().max(262_144);
const snsSchema = z.looseObject({
  Type: z.enum(['Notification', 'SubscriptionConfirmation', 'UnsubscribeConfirmation']),
  MessageId: text,
  TopicArn: text,
  Message: text,
  Timestamp: z.iso.datetime(),
  Subject: text.nullish(),
  Token: text.optional(),
  SubscribeURL: text.optional(),
  SignatureVersion: z.enum(['1', '2']),
  Signature: text,
  SigningCertURL: text,
});

export type SnsMessage = z.infer<typeof snsSchema>;

/** Null: the body is no message of SNS. */
export function snsMessage(body: unknown): SnsMessage | null {
  return snsSchema.safeParse(body).data ?? null;
}

/** The text of an `https:` URL on a host that was checked. Errors: any, where it cannot be had. */
export type FetchText = (url: string) => Promise<string>;

export class SnsProof {
  private readonly topics: readonly string[];
  private readonly fetchText: FetchText;
  /** PEM by URL. */
  private readonly certificates = new Map<string, string>();

  constructor(topics: readonly string[], fetchText: FetchText) {
    this.topics = topics;
    this.fetchText = fetchText;
  }

  /** Nothing is fetched for a topic that was not named, nor from a host that is not Amazon's. */
  async isProven(message: SnsMessage, nowMs: number): Promise<boolean> {
    const age = nowMs - Date.parse(message.Timestamp);
    if (!this.topics.includes(message.TopicArn) || age > OLDEST_MS || age < -AHEAD_MS) return false;
    if (!isOfSns(message.SigningCertURL) || !message.SigningCertURL.endsWith('.pem')) return false;
    const pem = await this.certificate(message.SigningCertURL);
    const verify = createVerify(message.SignatureVersion === '1' ? 'RSA-SHA1' : 'RSA-SHA256');
    return verify.update(signedText(message)).verify(createPublicKey(pem), message.Signature, 'base64');
  }

  /** Answers a proven confirmation of a subscription, where its address is Amazon's. */
  async confirm({ SubscribeURL: url = '' }: SnsMessage): Promise<boolean> {
    if (!isOfSns(url)) return false;
    await this.fetchText(url);
    return true;
  }

  private async certificate(url: string): Promise<string> {
    const known = this.certificates.get(url);
    if (known !== undefined) return known;
    const pem = await this.fetchText(url);
    const [oldest] = this.certificates.keys();
    if (this.certificates.size >= KEPT_CERTIFICATES && oldest !== undefined) this.certificates.delete(oldest);
    this.certificates.set(url, pem);
    return pem;
  }
}

function isOfSns(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, host, username, password } = new URL(url);
  return protocol === 'https:' && HOST.test(host) && username === '' && password === '';
}

/** What Amazon signs: names and values in the order of its documentation, each with a line end. */
export function signedText(message: SnsMessage): string {
  const { Message, MessageId, Subject, SubscribeURL, Timestamp, Token, TopicArn, Type } = message;
  const parts =
    Type === 'Notification'
      ? { Message, MessageId, Subject, Timestamp, TopicArn, Type }
      : { Message, MessageId, SubscribeURL, Timestamp, Token, TopicArn, Type };
  return Object.entries(parts)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([name, value]) => `${name}\n${value}\n`)
    .join('');
}
