/** A search at a STAC API: the only request that citysink sends to a host other than its stores. Off by default. */

import { z } from 'zod';
import { CitysinkError } from '../errors.ts';
import { withDeadline } from './deadline.ts';
import { redactUrl } from './store-url.ts';

export interface SearchRequest {
  /** Root of the API; the search is `<root>/search`. */
  readonly url: string;
  readonly collections: readonly string[];
  readonly datetime: string | null;
  /** West, south, east, north in degrees. */
  readonly bbox: readonly number[] | null;
}

export interface SearchLimits {
  readonly items: number;
  readonly pages: number;
  readonly pageBytes: number;
  readonly pageMs: number;
  readonly pageItems: number;
}

const SEARCH_LIMITS: SearchLimits = {
  items: 10_000,
  pages: 1000,
  pageBytes: 64 * 2 ** 20,
  pageMs: 60_000,
  pageItems: 100,
};

/** `fetch`, or what stands for it in a test. */
export type HttpClient = (url: string, init: RequestInit) => Promise<Response>;

const linkSchema = z.object({
  rel: z.string(),
  href: z.string().max(8192),
  method: z.string().nullish(),
  body: z.record(z.string(), z.unknown()).nullish(),
  merge: z.boolean().nullish(),
});

const pageSchema = z.object({
  type: z.literal('FeatureCollection'),
  features: z.array(z.unknown()),
  links: z.array(z.unknown()).nullish(),
});

interface PageRequest {
  readonly url: string;
  readonly body: Readonly<Record<string, unknown>> | null;
}

/**
 * All items that match, as they came. Asks no host that is not in `hosts`, and follows no redirect.
 *
 * Errors: REQUEST_INVALID (host not allowed, more items than the limit, an answer of another form), STORE_DENIED,
 * OBJECT_NOT_FOUND, STORE_UNAVAILABLE, STORE_TIMEOUT, OBJECT_TOO_LARGE.
 */
export async function searchStacApi(
  request: SearchRequest,
  hosts: readonly string[],
  client: HttpClient = fetch,
  limits: SearchLimits = SEARCH_LIMITS,
): Promise<unknown[]> {
  const items: unknown[] = [];
  const asked = new Set<string>();
  let next: PageRequest | null = firstPage(request, limits);
  while (next !== null) {
    checkHost(next.url, hosts);
    const key: string = JSON.stringify(next);
    if (asked.has(key)) throw mistake(next.url, 'gives the same page twice', 'pages that end', 'a circle');
    asked.add(key);
    const page = await readPage(next, client, limits);
    items.push(...page.features);
    if (items.length > limits.items) tooMany(request.url, limits.items, 'items');
    next = nextPage(page.links ?? [], next);
    if (next !== null && asked.size >= limits.pages) tooMany(request.url, limits.pages, 'pages');
  }
  return items;
}

function firstPage({ url, collections, datetime, bbox }: SearchRequest, limits: SearchLimits): PageRequest {
  const body = {
    ...(collections.length === 0 ? {} : { collections }),
    ...(datetime === null ? {} : { datetime: apiTime(datetime) }),
    ...(bbox === null ? {} : { bbox }),
    limit: limits.pageItems,
  };
  return { url: `${url.replace(/\/+$/, '')}/search`, body };
}

/** APIs take whole instants and open ends; the exact filter is applied to what comes back, so this one may be wider. */
function apiTime(text: string): string {
  const [from = '', to = from] = text.split('/').map((part) => part.trim());
  const year = (part: string) => Number(part.slice(0, 4));
  const start = /^\d{4}/.test(from) ? `${String(year(from) - 1).padStart(4, '0')}-12-31T00:00:00Z` : '..';
  const end = /^\d{4}/.test(to) ? `${String(year(to) + 1).padStart(4, '0')}-01-02T00:00:00Z` : '..';
  return `${start}/${end}`;
}

/** `host` or `host:port` for HTTPS, or a whole origin such as `http://127.0.0.1:8080`; compared exactly. */
function checkHost(address: string, hosts: readonly string[]): void {
  const url = URL.parse(address);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
    throw mistake(address, 'is no API', 'an https:// URL', redactUrl(address).slice(0, 200));
  }
  const allowed = hosts.map((host) => URL.parse(host.includes('://') ? host : `https://${host}`)?.origin);
  if (allowed.includes(url.origin)) return;
  throw mistake(address, 'is a host that is not allowed', 'a host of CITYSINK_STAC_HOSTS', url.origin);
}

async function readPage(page: PageRequest, client: HttpClient, limits: SearchLimits) {
  const where = redactUrl(page.url);
  const late = () => new CitysinkError('STORE_TIMEOUT', `${where}: no answer in ${limits.pageMs} ms`);
  const text = await withDeadline(limits.pageMs, undefined, late, async (signal) => {
    const answer = await send(page, client, signal);
    checkStatus(answer, where);
    return boundedText(answer, limits.pageBytes, where);
  });
  const parsed = pageSchema.safeParse(jsonOrNull(text));
  if (!parsed.success) throw mistake(page.url, 'answers in another form', 'a FeatureCollection of items', 'none');
  return parsed.data;
}

async function send({ url, body }: PageRequest, client: HttpClient, signal: AbortSignal): Promise<Response> {
  const headers = { accept: 'application/geo+json, application/json', 'content-type': 'application/json' };
  const post = body === null ? { method: 'GET' } : { method: 'POST', body: JSON.stringify(body) };
  try {
    // A redirect would lead to a host that nobody allowed.
    return await client(url, { ...post, headers, redirect: 'manual', signal });
  } catch (cause) {
    throw new CitysinkError('STORE_UNAVAILABLE', `${redactUrl(url)}: the API could not be reached`, { cause });
  }
}

function checkStatus({ status, ok, type }: Response, where: string): void {
  if (ok) return;
  if (type === 'opaqueredirect' || (status >= 300 && status < 400)) {
    throw mistake(where, 'answers with a redirect', 'the URL that it leads to, named in the spec', `status ${status}`);
  }
  const message = `${where}: the API answered with status ${status}`;
  if (status === 401 || status === 403) throw new CitysinkError('STORE_DENIED', message);
  if (status === 404) throw new CitysinkError('OBJECT_NOT_FOUND', message);
  if (status === 429 || status >= 500) throw new CitysinkError('STORE_UNAVAILABLE', message);
  throw mistake(where, 'refuses the search', 'status 200', `status ${status}`);
}

/** The body, read no further than the limit. */
async function boundedText(answer: Response, mostBytes: number, where: string): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  try {
    for await (const chunk of answer.body ?? []) {
      size += chunk.length;
      if (size > mostBytes) break;
      text += decoder.decode(chunk, { stream: true });
    }
  } catch (cause) {
    throw new CitysinkError('STORE_UNAVAILABLE', `${where}: the answer broke off`, { cause });
  }
  if (size <= mostBytes) return text + decoder.decode();
  throw new CitysinkError('OBJECT_TOO_LARGE', `${where}: a page has over ${mostBytes} bytes`, {
    context: { url: where },
  });
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function nextPage(links: readonly unknown[], last: PageRequest): PageRequest | null {
  for (const value of links) {
    const link = linkSchema.safeParse(value);
    if (!link.success || link.data.rel !== 'next') continue;
    const { href, method, body, merge } = link.data;
    const url = URL.parse(href, last.url)?.href;
    if (url === undefined) throw mistake(last.url, 'names a next page that is none', 'a URL', href.slice(0, 200));
    if (method?.toUpperCase() !== 'POST') return { url, body: null };
    return { url, body: merge === true ? { ...last.body, ...body } : (body ?? last.body ?? {}) };
  }
  return null;
}

function mistake(address: string, message: string, expected: string, found: string): CitysinkError {
  const where = redactUrl(address).slice(0, 300);
  const problems = [{ where, message, expected, found }];
  return new CitysinkError('REQUEST_INVALID', `${where} ${message}: expected ${expected}, found ${found}`, {
    problems,
    context: { url: where },
  });
}

function tooMany(url: string, most: number, what: string): never {
  throw mistake(url, `finds too many ${what}`, `at most ${most}: a narrower datetime, bbox or collection`, 'more');
}
