import { describe, expect, it } from 'vitest';
import {
  type Asked,
  isSame,
  refusalOf,
  refuseOpenServer,
  SESSION_COOKIE,
  sessionOf,
} from '../../../src/server/access.ts';

const TOKEN = 'the-token-of-this-test';
const open = { host: '127.0.0.1', token: null };
const guarded = { host: '0.0.0.0', token: TOKEN };

function asked(parts: Partial<Asked> = {}): Asked {
  const nothing = { origin: null, fetchSite: null, authorization: null, cookie: null };
  return { method: 'GET', path: '/api/cities', host: '127.0.0.1:8080', ...nothing, ...parts };
}

const status = (parts: Partial<Asked>, settings = open as typeof open | typeof guarded) =>
  refusalOf(asked(parts), settings)?.status ?? 200;

describe('a server without a token', () => {
  it.each(['127.0.0.1', 'localhost', '::1', '[::1]', '127.8.8.8'])('listens on %s', (host) => {
    expect(() => refuseOpenServer({ host, token: null })).not.toThrow();
  });

  it.each(['0.0.0.0', '::', '192.168.1.4', 'example.org', '127.0.0.1.example.org', ''])(
    'does not listen on %j',
    (host) => {
      expect(() => refuseOpenServer({ host, token: null })).toThrow(/answer anyone/);
      expect(() => refuseOpenServer({ host, token: TOKEN })).not.toThrow();
    },
  );

  it('answers to names of this machine alone', () => {
    for (const host of ['127.0.0.1:8080', 'localhost', '[::1]:9'])
      expect([host, status({ host })]).toEqual([host, 200]);
    for (const host of ['evil.example', '127.0.0.1.evil.example', 'localhost.evil.example:8080', '', null])
      expect([host, status({ host })]).toEqual([host, 403]);
  });
});

describe('a change', () => {
  const change = { method: 'POST', path: '/api/runs' };

  it('is taken from the page of this server and from programs', () => {
    expect(status({ ...change, origin: 'http://127.0.0.1:8080', fetchSite: 'same-origin' })).toBe(200);
    expect(status(change)).toBe(200);
  });

  it.each([
    { origin: 'http://evil.example' },
    { origin: 'http://127.0.0.1:9090' },
    { origin: 'null' },
    { fetchSite: 'cross-site' },
    { fetchSite: 'same-site' },
  ])('is not taken from elsewhere: %o', (from) => {
    expect(status({ ...change, ...from })).toBe(403);
    const cookie = `${SESSION_COOKIE}=${sessionOf(TOKEN)}`;
    expect(status({ ...change, ...from, cookie }, guarded)).toBe(403);
  });

  it('with a token in its header says itself who asks', () => {
    const authorization = `Bearer ${TOKEN}`;
    expect(status({ ...change, origin: 'http://tool.example', authorization }, guarded)).toBe(200);
    expect(status({ ...change, origin: 'http://tool.example', authorization: 'Bearer no' }, guarded)).toBe(401);
  });
});

describe('a server with a token', () => {
  it('wants it by header or cookie', () => {
    expect(status({}, guarded)).toBe(401);
    expect(status({ authorization: `bearer ${TOKEN}` }, guarded)).toBe(200);
    expect(status({ cookie: `a=b; ${SESSION_COOKIE}=${sessionOf(TOKEN)}` }, guarded)).toBe(200);
    for (const cookie of [`${SESSION_COOKIE}=${TOKEN}`, `${SESSION_COOKIE}=`, `x${SESSION_COOKIE}=${sessionOf(TOKEN)}`])
      expect([cookie, status({ cookie }, guarded)]).toEqual([cookie, 401]);
  });

  it('shows its page and its health to all, and nothing that only begins like them', () => {
    for (const path of ['/', '/healthz', '/api/session', '/assets/server/web/app.ts', '/api/openapi.json'])
      expect([path, status({ path }, guarded)]).toEqual([path, 200]);
    for (const path of ['/healthz/', '/api/sessions', '/api/session/end', '/metrics', '//', '/api/runs/live'])
      expect([path, status({ path }, guarded)]).toEqual([path, 401]);
  });

  it('answers to any name, since the token is asked for', () => {
    expect(status({ host: 'sinks.example', authorization: `Bearer ${TOKEN}` }, guarded)).toBe(200);
  });

  it('compares tokens of any length', () => {
    expect([isSame('a', 'a'), isSame('a', 'b'), isSame('', 'a'), isSame('aa', 'a')]).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });
});
