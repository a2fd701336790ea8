import { createSign, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { EventPlace } from '../../../../src/server/hooks/hook-events.ts';
import { signatureOf, WINDOW_MS } from '../../../../src/server/hooks/hook-proof.ts';
import { HookDoor, type HookSettings } from '../../../../src/server/hooks/receive-hook.ts';
import { type SnsMessage, signedText } from '../../../../src/server/hooks/sns-message.ts';
import { createLog } from '../../../../src/shared/log.ts';

const NOW = Date.parse('2026-03-01T00:00:00Z');
const KEY = 'a-key-of-this-server';
const NEXT_KEY = 'the-key-after-that-one';
const TOKEN = 'a-token-for-the-store';
const TOPIC = 'arn:aws:sns:eu-central-1:123456789012:scenes';
const EVENT = JSON.stringify({ Records: [{ s3: { bucket: { name: 'scenes' }, object: { key: 'a/b.tif' } } }] });

interface Door {
  readonly marked: EventPlace[];
  readonly fetched: string[];
  clockMs: number;
  send(body: string, headers?: Readonly<Record<string, string>>, sender?: string): Promise<number>;
}

function open(settings: Partial<HookSettings> = {}, fetchText: (url: string) => string = () => ''): Door {
  const marked: EventPlace[] = [];
  const fetched: string[] = [];
  const mark = (places: readonly EventPlace[]) => marked.push(...places);
  const all = { keys: [KEY, NEXT_KEY], tokens: [TOKEN], topics: [TOPIC], mark, ...settings };
  const fetchOne = async (url: string) => {
    fetched.push(url);
    return fetchText(url);
  };
  const state = { clockMs: NOW };
  const door = new HookDoor(all, createLog('silent'), fetchOne, () => state.clockMs);
  return Object.assign(state, {
    marked,
    fetched,
    send: async (body: string, headers: Readonly<Record<string, string>> = {}, sender = '10.0.0.1') =>
      (await door.receive({ body: new TextEncoder().encode(body), headers, sender })).status,
  });
}

/** Headers of a signed request, as docs/watch.md has them. */
function signed(body: string, { key = KEY, atMs = NOW, nonce = '' } = {}): Record<string, string> {
  const timestamp = String(Math.floor(atMs / 1000));
  const signature = signatureOf(key, { timestamp, nonce, body: new TextEncoder().encode(body) });
  return {
    'x-citysink-timestamp': timestamp,
    'x-citysink-signature': `sha256=${signature}`,
    ...(nonce === '' ? {} : { 'x-citysink-nonce': nonce }),
  };
}

describe('A signed notification', () => {
  it('marks what it names, with either key', async () => {
    const door = open();
    expect(await door.send(EVENT, signed(EVENT))).toBe(202);
    expect(await door.send(EVENT, signed(EVENT, { key: NEXT_KEY }))).toBe(202);
    expect(door.marked).toEqual([1, 2].map(() => ({ bucket: 'scenes', key: 'a/b.tif' })));
  });

  it('is the HMAC-SHA256 of `timestamp.body`, as any tool computes it', () => {
    // printf '1700000000.{}' | openssl dgst -sha256 -hmac a-key-of-this-server
    const parts = { timestamp: '1700000000', nonce: '', body: new TextEncoder().encode('{}') };
    expect(signatureOf(KEY, parts)).toBe('54a1e380ba81565a60e59bca7d3dab5a683108080083e318ecaafebcd7499fc9');
  });

  it('is refused with another key, body, time or nonce, and marks nothing', async () => {
    const door = open();
    const good = signed(EVENT, { nonce: 'n-1' });
    expect(await door.send(EVENT, signed(EVENT, { key: 'a-key-of-nobody-here' }))).toBe(401);
    expect(await door.send(`${EVENT} `, good)).toBe(401);
    expect(await door.send(EVENT, { ...good, 'x-citysink-timestamp': String(NOW / 1000 + 1) })).toBe(401);
    expect(await door.send(EVENT, { ...good, 'x-citysink-nonce': 'n-2' })).toBe(401);
    expect(await door.send(EVENT, { ...good, 'x-citysink-signature': '' })).toBe(401);
    expect(await door.send(EVENT, { 'x-citysink-signature': good['x-citysink-signature'] ?? '' })).toBe(401);
    expect(door.marked).toEqual([]);
    expect(await door.send(EVENT, good)).toBe(202);
  });

  it('is taken once: the same signature again is refused as long as it would be good', async () => {
    const door = open();
    const ahead = signed(EVENT, { atMs: NOW + WINDOW_MS });
    expect(await door.send(EVENT, ahead)).toBe(202);
    expect(await door.send(EVENT, ahead)).toBe(409);
    door.clockMs = NOW + 2 * WINDOW_MS;
    expect(await door.send(EVENT, ahead)).toBe(409);
    door.clockMs += 1_000;
    expect(await door.send(EVENT, ahead)).toBe(401);
    expect(door.marked).toHaveLength(1);
  });

  it('of the same body and second is another one with another nonce', async () => {
    const door = open();
    for (const nonce of ['1', '2']) expect(await door.send(EVENT, signed(EVENT, { nonce }))).toBe(202);
  });

  it('is good for five minutes before and after its time', async () => {
    const door = open();
    for (const away of [-WINDOW_MS - 1000, WINDOW_MS + 1000]) {
      expect(await door.send(EVENT, signed(EVENT, { atMs: NOW + away }))).toBe(401);
    }
    for (const away of [-WINDOW_MS, WINDOW_MS]) {
      expect(await door.send(EVENT, signed(EVENT, { atMs: NOW + away }))).toBe(202);
    }
  });

  it('that is no notification is told so', async () => {
    const door = open();
    for (const body of ['', 'no json', '{}', '{"Records":[{}]}', '\u0000']) {
      expect(await door.send(body, signed(body))).toBe(400);
    }
  });
});

describe('A notification with a token', () => {
  it('is taken as MinIO sends it, and as the password of a URL', async () => {
    const door = open();
    expect(await door.send(EVENT, { authorization: `Bearer ${TOKEN}` })).toBe(202);
    expect(await door.send(EVENT, { authorization: `Basic ${btoa(`any:${TOKEN}`)}` })).toBe(202);
  });

  it('is refused with another one, none, or where none is configured', async () => {
    const door = open();
    for (const authorization of ['Bearer x', `Bearer ${TOKEN}x`, TOKEN, `Bearer ${KEY}`, 'Basic !', 'Bearer ']) {
      expect(await door.send(EVENT, { authorization })).toBe(401);
    }
    expect(await door.send(EVENT)).toBe(401);
    expect(await open({ tokens: [], keys: [] }).send(EVENT, { authorization: 'Bearer ' })).toBe(401);
    expect(door.marked).toEqual([]);
  });
});

it('A sender that sends without end is held back, and others are not', async () => {
  const door = open();
  const statuses: number[] = [];
  for (let i = 0; i < 5_010; i++) statuses.push(await door.send('{}'));
  expect(new Set(statuses.slice(0, 5_000))).toEqual(new Set([401]));
  expect(new Set(statuses.slice(5_000))).toEqual(new Set([429]));
  expect(await door.send(EVENT, signed(EVENT), '10.0.0.2')).toBe(202);
  door.clockMs += 1_000;
  expect(await door.send(EVENT, signed(EVENT, { nonce: '1' }))).toBe(202);
});

describe('A message of SNS', () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const CERTIFICATE = 'https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-1.pem';
  const CONFIRM = 'https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&Token=t';

  function message(parts: Partial<SnsMessage> = {}): SnsMessage {
    const plain = {
      Type: 'Notification' as const,
      MessageId: '1',
      TopicArn: TOPIC,
      Message: EVENT,
      Timestamp: new Date(NOW).toISOString(),
      SignatureVersion: '2' as const,
      Signature: '',
      SigningCertURL: CERTIFICATE,
      ...parts,
    };
    const sign = createSign(plain.SignatureVersion === '1' ? 'RSA-SHA1' : 'RSA-SHA256').update(signedText(plain));
    return { ...plain, Signature: sign.sign(privateKey, 'base64') };
  }
  const newDoor = () => open({}, (url) => (url === CERTIFICATE ? pem : 'confirmed'));

  it('is taken where its topic is configured and its signature right; the certificate is fetched once', async () => {
    const door = newDoor();
    expect(await door.send(JSON.stringify(message()))).toBe(202);
    expect(await door.send(JSON.stringify(message({ SignatureVersion: '1', Subject: 'new scene' })))).toBe(202);
    expect(door.marked).toHaveLength(2);
    expect(door.fetched).toEqual([CERTIFICATE]);
  });

  it('is refused where anything in it was changed', async () => {
    const door = newDoor();
    for (const forged of [{ Message: '{}' }, { MessageId: '2' }, { Subject: 'x' }, { Signature: 'AAAA' }]) {
      expect(await door.send(JSON.stringify({ ...message(), ...forged }))).toBe(401);
    }
    expect(await door.send(JSON.stringify(message({ Timestamp: new Date(NOW - 3 * 3_600_000).toISOString() })))).toBe(
      401,
    );
    expect(door.marked).toEqual([]);
  });

  it.each([
    ['another topic', { TopicArn: `${TOPIC}-of-others` }],
    ['a host of others', { SigningCertURL: 'https://sns.eu-central-1.amazonaws.com.evil.example/a.pem' }],
    ['a bucket at Amazon', { SigningCertURL: 'https://s3.amazonaws.com/evil/a.pem' }],
    ['a user before the host', { SigningCertURL: 'https://sns.eu-central-1.amazonaws.com@evil.example/a.pem' }],
    ['another port', { SigningCertURL: 'https://sns.eu-central-1.amazonaws.com:8443/a.pem' }],
    ['no TLS', { SigningCertURL: 'http://sns.eu-central-1.amazonaws.com/a.pem' }],
    ['no certificate', { SigningCertURL: 'https://sns.eu-central-1.amazonaws.com/?Action=X' }],
    ['no URL', { SigningCertURL: 'x' }],
  ])('of %s fetches nothing and is refused', async (_, parts) => {
    const door = newDoor();
    expect(await door.send(JSON.stringify(message(parts)))).toBe(401);
    expect(door.fetched).toEqual([]);
  });

  it('that asks whether to subscribe is confirmed for a configured topic, at a host of Amazon alone', async () => {
    const ask = {
      Type: 'SubscriptionConfirmation' as const,
      Token: 't',
      Message: 'You have chosen',
      SubscribeURL: CONFIRM,
    };
    const door = newDoor();
    expect(await door.send(JSON.stringify(message(ask)))).toBe(202);
    expect(door.fetched).toEqual([CERTIFICATE, CONFIRM]);
    const others = newDoor();
    expect(await others.send(JSON.stringify(message({ ...ask, TopicArn: `${TOPIC}x` })))).toBe(401);
    expect(others.fetched).toEqual([]);
    expect(await others.send(JSON.stringify(message({ ...ask, SubscribeURL: 'https://169.254.169.254/' })))).toBe(502);
    expect(others.fetched).toEqual([CERTIFICATE]);
    expect(others.marked).toEqual([]);
  });
});
