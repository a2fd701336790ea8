import { Readable } from 'node:stream';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { z } from 'zod';
import { CitysinkError } from '../shared/errors.ts';
import type { StoreMeter } from '../shared/io/store-meter.ts';
import type { Log } from '../shared/log.ts';
import { type Asked, isSame, isSignedIn, refusalOf, refuseOpenServer, SESSION_COOKIE, sessionOf } from './access.ts';
import { healthSchema, type sessionSchema } from './answers.ts';
import type { Desk } from './desk.ts';
import { errorBody, statusOf } from './error-answer.ts';
import { HookDoor, type HookSettings, MAX_HOOK_BYTES } from './hooks/receive-hook.ts';
import { liveRoutes, specRoutes } from './live-routes.ts';
import { mapRoutes } from './map-routes.ts';
import { Metrics } from './metrics.ts';
import { openapiDocument } from './openapi.ts';
import { resultsRoutes } from './results-routes.ts';
import { Forbidden, json, type Reply, type Route, route } from './route.ts';
import { RunWatch } from './run-watch.ts';
import { SECURITY_HEADERS } from './security-headers.ts';
import { type Asset, loadAssets } from './web-assets.ts';

/** The HTTP server: routes as data (route.ts) put onto Fastify, who may ask (access.ts), and the page. */

export interface ServerSettings {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** null: none is asked for, and only this machine may ask. */
  readonly token: string | null;
  /** null: no notifications are taken. */
  readonly hooks: HookSettings | null;
}

export interface RunningServer {
  readonly url: string;
  close(): Promise<void>;
}

const MAX_BODY_BYTES = 512 * 1024;
/** Streams of events that are open at once; each costs a connection. */
const MAX_STREAMS = 200;

/** Errors: CONFIG_INVALID where the server would answer anyone, or its address cannot be had. */
export async function startServer(
  desk: Desk,
  settings: ServerSettings,
  log: Log,
  meter: StoreMeter,
): Promise<RunningServer> {
  refuseOpenServer(settings);
  const assets = await loadAssets();
  const metrics = new Metrics(desk, meter);
  const app = fastify({
    logger: false,
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: 30_000,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 250 },
  });
  addHooks(app, settings, metrics, log);
  const routes = [
    ...resultsRoutes(desk),
    ...mapRoutes(desk),
    ...liveRoutes(desk, new RunWatch(desk)),
    ...specRoutes(desk),
    ...operationRoutes(desk, metrics),
  ];
  for (const one of routes) addRoute(app, one);
  addSession(app, desk, settings);
  if (settings.hooks !== null) await addStoreHooks(app, new HookDoor(settings.hooks, log));
  app.get('/api/openapi.json', () => openapiDocument(routes, desk.version));
  app.get('/', (request, reply) => sendAsset(request, reply, assets.page));
  app.get('/assets/*', (request, reply) => {
    const asset = assets.files.get((request.params as { '*': string })['*']);
    return asset === undefined ? notFound(reply) : sendAsset(request, reply, asset);
  });
  app.setNotFoundHandler((_request, reply) => notFound(reply));
  return listening(app, settings);
}

async function listening(app: FastifyInstance, { host, port }: ServerSettings): Promise<RunningServer> {
  try {
    await app.listen({ host: host.replace(/^\[|\]$/g, ''), port });
  } catch (cause) {
    await app.close();
    const problem = { where: '--port', message: cause instanceof Error ? cause.message : String(cause) };
    throw new CitysinkError('CONFIG_INVALID', `cannot listen on ${host}:${port}`, { problems: [problem], cause });
  }
  const address = app.server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  return {
    url: `http://${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${bound}`,
    close: () => app.close(),
  };
}

function addHooks(app: FastifyInstance, settings: ServerSettings, metrics: Metrics, log: Log): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(SECURITY_HEADERS);
    const refusal = refusalOf(askedOf(request), settings);
    if (refusal === null) return;
    const { status, message, remedy } = refusal;
    if (status === 401) reply.header('www-authenticate', 'Bearer realm="citysink"');
    return reply.code(status).send(refused(status === 401 ? 'TOKEN_NEEDED' : 'FORBIDDEN', message, remedy));
  });
  app.addHook('onResponse', async (request, reply) => {
    const seconds = reply.elapsedTime / 1000;
    metrics.count(request.method, request.routeOptions.url ?? 'unknown', reply.statusCode, seconds);
    log.debug({ method: request.method, route: request.routeOptions.url, status: reply.statusCode, seconds }, 'Http');
  });
  app.setErrorHandler((error, _request, reply) => {
    if (error instanceof Forbidden) return reply.code(403).send(refused('FORBIDDEN', error.message, error.remedy));
    const status = fastifyStatus(error);
    if (status !== null) {
      return reply.code(status).send(refused('REQUEST_INVALID', (error as Error).message, 'See /api/openapi.json.'));
    }
    const known = error instanceof CitysinkError ? statusOf(error) : 500;
    if (known >= 500) log.warn({ err: error }, 'Http:Fail');
    return reply.code(known).send(errorBody(error));
  });
}

/** Fastify's own refusals (a body that is no JSON, too large, of another type) say whose mistake it is. */
function fastifyStatus(error: unknown): number | null {
  const status = (error as { statusCode?: unknown }).statusCode;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : null;
}

function refused(code: string, message: string, remedy: string): object {
  return { error: { code, message, problems: [], remedy } };
}

function notFound(reply: FastifyReply): FastifyReply {
  return reply.code(404).send(refused('NOT_FOUND', 'nothing is here', 'GET /api/openapi.json lists what is.'));
}

function askedOf({ method, url, headers }: FastifyRequest): Asked {
  const text = (value: string | string[] | undefined) => (typeof value === 'string' ? value : null);
  return {
    method,
    path: url.replace(/[?#].*$/s, ''),
    host: text(headers.host),
    origin: text(headers.origin),
    fetchSite: text(headers['sec-fetch-site']),
    authorization: text(headers.authorization),
    cookie: text(headers.cookie),
  };
}

/** Notifications of stores: their bytes as they came, of any type, for signatures stand over bytes. */
async function addStoreHooks(app: FastifyInstance, door: HookDoor): Promise<void> {
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    scope.post('/hooks/s3', { bodyLimit: MAX_HOOK_BYTES }, async ({ body, headers, ip }, reply) => {
      const bytes = body instanceof Uint8Array ? body : new Uint8Array();
      const { status, value } = await door.receive({ body: bytes, headers, sender: ip });
      return reply.code(status).send(value);
    });
  });
}

let openStreams = 0;

function addRoute(app: FastifyInstance, one: Route): void {
  app.route({
    method: one.method,
    url: one.path,
    async handler(request, reply) {
      const gone = new AbortController();
      reply.raw.once('close', () => gone.abort());
      const { range, 'if-range': ifRange, 'if-none-match': ifNoneMatch } = request.headers;
      const answer = await one.handle({
        params: request.params,
        query: request.query,
        body: request.body,
        headers: {
          range: range ?? null,
          ifRange: typeof ifRange === 'string' ? ifRange : null,
          ifNoneMatch: ifNoneMatch ?? null,
        },
        signal: gone.signal,
      });
      return sendReply(reply, answer);
    },
  });
}

function sendReply(reply: FastifyReply, answer: Reply): FastifyReply {
  if (answer.kind === 'json')
    return reply
      .code(answer.status)
      .headers(answer.headers ?? {})
      .send(answer.value);
  if (answer.kind === 'events') return sendEvents(reply, answer.events);
  reply.code(answer.status).headers(answer.headers);
  if (answer.body === null) return reply.send();
  return reply.send(answer.body instanceof Uint8Array ? Buffer.from(answer.body) : Readable.from(answer.body));
}

function sendEvents(reply: FastifyReply, events: AsyncIterable<string>): FastifyReply {
  if (openStreams >= MAX_STREAMS) {
    return reply.code(503).send(refused('BUSY', 'too many streams of events are open', 'Try again in a minute.'));
  }
  openStreams += 1;
  const stream = Readable.from(events, { objectMode: false });
  stream.once('close', () => {
    openStreams -= 1;
  });
  stream.on('error', () => {}); // The client has gone, or sees the stream end and asks again.
  return reply.type('text/event-stream; charset=utf-8').header('x-accel-buffering', 'no').send(stream);
}

function sendAsset(request: FastifyRequest, reply: FastifyReply, { type, body, etag }: Asset): FastifyReply {
  reply.headers({ etag, 'cache-control': 'no-cache', 'content-type': type });
  if (request.headers['if-none-match'] === etag) return reply.code(304).send();
  return reply.send(Buffer.from(body));
}

function operationRoutes(desk: Desk, metrics: Metrics): Route[] {
  return [
    route({
      method: 'GET',
      path: '/healthz',
      summary: 'Whether the server and what it relies on answer; 503 where something does not',
      tag: 'operation',
      answer: healthSchema,
      async handle() {
        const parts = await desk.health();
        const isWell = parts.redis !== 'down' && parts.store !== 'down';
        const status = isWell ? 'ok' : 'degraded';
        return json({ status, version: desk.version, ...parts }, isWell ? 200 : 503);
      },
    }),
    route({
      method: 'GET',
      path: '/metrics',
      summary: 'Numbers for Prometheus',
      tag: 'operation',
      answer: 'text/plain',
      handle: async () => ({
        kind: 'bytes',
        status: 200,
        headers: { 'content-type': metrics.contentType },
        body: new TextEncoder().encode(await metrics.text()),
      }),
    }),
  ];
}

const tokenBody = z.object({ token: z.string().max(1000) });

/** Signing in: the token is given once, and the browser keeps a cookie that no script can read. */
function addSession(app: FastifyInstance, desk: Desk, { token }: ServerSettings): void {
  const cookie = (value: string, seconds: number) =>
    `${SESSION_COOKIE}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${seconds}`;
  app.get('/api/session', (request) => {
    const isIn = token === null || isSignedIn(askedOf(request), token);
    const answer: z.infer<typeof sessionSchema> = {
      token_needed: token !== null,
      signed_in: isIn,
      version: desk.version,
      specs_allowed: desk.specs !== null,
    };
    return answer;
  });
  app.post('/api/session', (request, reply) => {
    const body = tokenBody.safeParse(request.body);
    if (token === null || !body.success || !isSame(body.data.token, token)) {
      return reply
        .code(401)
        .send(
          refused('TOKEN_NEEDED', 'this is not the token of the server', 'Look it up where the server was started.'),
        );
    }
    return reply.header('set-cookie', cookie(sessionOf(token), 12 * 3600)).send({ signed_in: true });
  });
  app.post('/api/session/end', (_request, reply) =>
    reply.header('set-cookie', cookie('', 0)).send({ signed_in: false }),
  );
}
