import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { CitysinkError } from '../shared/errors.ts';

/** Who may ask what. Without a token the server answers this machine alone; with one every question about results needs it. */

export interface AccessSettings {
  readonly host: string;
  /** null: none is asked for. */
  readonly token: string | null;
}

/** What is known of a request before it is handled. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  /** Host header, with the port. */
  readonly host: string | null;
  readonly origin: string | null;
  readonly fetchSite: string | null;
  readonly authorization: string | null;
  readonly cookie: string | null;
}

export interface Refusal {
  readonly status: 401 | 403;
  readonly message: string;
  readonly remedy: string;
}

export const SESSION_COOKIE = 'citysink_session';
/** Paths that answer without a token: the page itself, signing in, whether the server lives, and hooks, which have keys of their own. */
const OPEN_PATHS = /^\/(healthz|api\/session|api\/openapi\.json|assets\/.*|hooks\/s3)?$/;
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/i;

export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

/** Errors: CONFIG_INVALID where others could ask and nothing holds them back. */
export function refuseOpenServer({ host, token }: AccessSettings): void {
  if (token !== null || isLoopback(host)) return;
  const problem = {
    where: 'CITYSINK_API_TOKEN',
    message: `not set, and --host ${host} lets other machines ask`,
    expected: 'a token, such as the output of `openssl rand -hex 24`; or --host 127.0.0.1',
  };
  throw new CitysinkError('CONFIG_INVALID', 'the server would answer anyone', { problems: [problem] });
}

/** Null: the request may go on. */
export function refusalOf(asked: Asked, { token }: AccessSettings): Refusal | null {
  if (token === null && !isLoopback(hostName(asked.host))) {
    // A name of someone else that points here (DNS rebinding) would let their page ask as this machine.
    return {
      status: 403,
      message: `this server answers to localhost alone, not to ${asked.host}`,
      remedy: 'Open it as http://127.0.0.1, or set CITYSINK_API_TOKEN.',
    };
  }
  const bearer = bearerOf(asked.authorization);
  if (bearer === null && isChange(asked.method) && isForeign(asked)) {
    return { status: 403, message: 'the request comes from another site', remedy: 'Ask from the page of this server.' };
  }
  if (token === null || OPEN_PATHS.test(asked.path) || isSignedIn(asked, token)) return null;
  return {
    status: 401,
    message: 'this server asks for a token',
    remedy: 'Send `Authorization: Bearer` with the value of CITYSINK_API_TOKEN, or sign in on the page.',
  };
}

export function isSignedIn({ authorization, cookie }: Pick<Asked, 'authorization' | 'cookie'>, token: string): boolean {
  const bearer = bearerOf(authorization);
  if (bearer !== null) return isSame(bearer, token);
  const session = cookieOf(cookie);
  return session !== null && isSame(session, sessionOf(token));
}

/** Value of the cookie: made from the token, so that the token itself stands in no browser. */
export function sessionOf(token: string): string {
  return createHmac('sha256', token).update('citysink session').digest('hex');
}

/** Takes the same time wherever two texts differ. */
export function isSame(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

function isChange(method: string): boolean {
  return method !== 'GET' && method !== 'HEAD';
}

/** Browsers say where a request comes from; programs say nothing, and send no cookie by themselves. */
function isForeign({ fetchSite, origin, host }: Asked): boolean {
  if (fetchSite !== null && fetchSite !== 'same-origin' && fetchSite !== 'none') return true;
  if (origin === null) return false;
  return !URL.canParse(origin) || new URL(origin).host !== host;
}

function hostName(host: string | null): string {
  return host !== null && URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : '';
}

function bearerOf(authorization: string | null): string | null {
  return /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1] ?? null;
}

function cookieOf(header: string | null): string | null {
  const found = (header ?? '').split(';').map((part) => part.trim().split('='));
  return found.find(([name]) => name === SESSION_COOKIE)?.[1] ?? null;
}
