import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type SearchLimits, type SearchRequest, searchStacApi } from '../../../../src/shared/io/stac-search.ts';

/** A STAC API of a few lines: each request as it came, and what is answered by a test. */

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly body: unknown;
}

type Answer = (
  seen: Seen,
  origin: string,
  count: number,
) => { status?: number; json?: unknown; location?: string; hang?: true };

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function api(answer: Answer): Promise<{ origin: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    seen.push({ method: request.method ?? '', url: request.url ?? '', body: text === '' ? null : JSON.parse(text) });
    const { status = 200, json = {}, location, hang } = answer(seen.at(-1) as Seen, origin, seen.length);
    if (hang) return;
    response.writeHead(status, location === undefined ? {} : { location }).end(JSON.stringify(json));
  }
  return { origin, seen };
}

const page = (ids: readonly number[], links: readonly object[] = []) => ({
  type: 'FeatureCollection',
  features: ids.map((id) => ({ id })),
  links,
});
const ANY: Omit<SearchRequest, 'url'> = { collections: ['lc'], datetime: null, bbox: null };
const LIMITS: SearchLimits = { items: 100, pages: 10, pageBytes: 10_000, pageMs: 20_000, pageItems: 2 };

describe('a search at a STAC API', () => {
  it('posts what is asked for and follows pages to their end', async () => {
    const { origin, seen } = await api(({ body }, here) => {
      const { token } = body as { token?: string };
      if (token === undefined)
        return {
          json: page(
            [1, 2],
            [{ rel: 'next', href: `${here}/v1/search`, method: 'POST', merge: true, body: { token: 'b' } }],
          ),
        };
      return { json: page([3], [{ rel: 'self', href: 'x' }]) };
    });
    const request = { ...ANY, url: `${origin}/v1/`, bbox: [6, 0, 7, 1], datetime: '2021-05/2021-09' };
    expect(await searchStacApi(request, [origin], fetch, LIMITS)).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }]);
    const first = {
      collections: ['lc'],
      datetime: '2020-12-31T00:00:00Z/2022-01-02T00:00:00Z',
      bbox: [6, 0, 7, 1],
      limit: 2,
    };
    expect(seen).toEqual([
      { method: 'POST', url: '/v1/search', body: first },
      { method: 'POST', url: '/v1/search', body: { ...first, token: 'b' } },
    ]);
  });

  it('follows pages that are asked for by GET', async () => {
    const { origin, seen } = await api(({ method }) =>
      method === 'POST' ? { json: page([1], [{ rel: 'next', href: '/v1/search?token=2' }]) } : { json: page([2]) },
    );
    expect(await searchStacApi({ ...ANY, url: `${origin}/v1` }, [origin], fetch, LIMITS)).toHaveLength(2);
    expect(seen[1]).toEqual({ method: 'GET', url: '/v1/search?token=2', body: null });
  });

  it.each([[[]], [['127.0.0.1']], [['localhost']], [['http://127.0.0.1:1']]])(
    'asks no host that %j does not name',
    async (hosts) => {
      const { origin, seen } = await api(() => ({ json: page([]) }));
      await expect(searchStacApi({ ...ANY, url: origin }, hosts, fetch, LIMITS)).rejects.toMatchObject({
        code: 'REQUEST_INVALID',
        problems: [{ message: 'is a host that is not allowed', found: origin }],
      });
      expect(seen).toEqual([]);
    },
  );

  it('asks no other host where a page or a redirect leads to one', async () => {
    const other = await api(() => ({ json: page([9]) }));
    const paged = await api(() => ({ json: page([1], [{ rel: 'next', href: `${other.origin}/search` }]) }));
    await expect(searchStacApi({ ...ANY, url: paged.origin }, [paged.origin], fetch, LIMITS)).rejects.toMatchObject({
      problems: [{ found: other.origin }],
    });
    const redirected = await api(() => ({ status: 307, location: `${other.origin}/search` }));
    await expect(
      searchStacApi({ ...ANY, url: redirected.origin }, [redirected.origin], fetch, LIMITS),
    ).rejects.toMatchObject({
      problems: [{ message: 'answers with a redirect' }],
    });
    expect(other.seen).toEqual([]);
  });

  it('ends at its limits: items, pages, bytes, circles, silence', async () => {
    const endless = await api((_, here, count) => ({
      json: page([count], [{ rel: 'next', href: `${here}/search?page=${count}` }]),
    }));
    const ask = (url: string, limits: Partial<SearchLimits>) =>
      searchStacApi({ ...ANY, url }, [url], fetch, { ...LIMITS, ...limits });
    await expect(ask(endless.origin, {})).rejects.toMatchObject({ problems: [{ message: 'finds too many pages' }] });
    await expect(ask(endless.origin, { items: 3 })).rejects.toMatchObject({
      problems: [{ message: 'finds too many items' }],
    });
    const circle = await api((_, here) => ({ json: page([1], [{ rel: 'next', href: `${here}/search?a` }]) }));
    await expect(ask(circle.origin, {})).rejects.toMatchObject({
      problems: [{ message: 'gives the same page twice' }],
    });
    const large = await api(() => ({ json: page(Array.from({ length: 9000 }, (_, id) => id)) }));
    await expect(ask(large.origin, {})).rejects.toMatchObject({ code: 'OBJECT_TOO_LARGE' });
    const silent = await api(() => ({ hang: true }));
    await expect(ask(silent.origin, { pageMs: 100 })).rejects.toMatchObject({ code: 'STORE_TIMEOUT' });
  });

  it.each([
    [{ status: 401 }, 'STORE_DENIED'],
    [{ status: 404 }, 'OBJECT_NOT_FOUND'],
    [{ status: 503 }, 'STORE_UNAVAILABLE'],
    [{ status: 429 }, 'STORE_UNAVAILABLE'],
    [{ status: 400 }, 'REQUEST_INVALID'],
    [{ json: { type: 'Catalog' } }, 'REQUEST_INVALID'],
    [{ json: 7 }, 'REQUEST_INVALID'],
  ])('answered with %j is %s', async (answer, code) => {
    const { origin } = await api(() => answer);
    await expect(searchStacApi({ ...ANY, url: origin }, [origin], fetch, LIMITS)).rejects.toMatchObject({ code });
  });

  it('of a server that is gone is STORE_UNAVAILABLE', async () => {
    await expect(
      searchStacApi({ ...ANY, url: 'http://127.0.0.1:9' }, ['http://127.0.0.1:9'], fetch, LIMITS),
    ).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
    });
  });
});
