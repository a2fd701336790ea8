/** A small S3 server for tests and the demo: signatures, ranges, conditions, pages, parts; counts and fails on command. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Answer, empty, errorAnswer, S3Refusal, xmlAnswer } from './answer.ts';
import { Bucket, type BucketOptions } from './buckets.ts';
import { type FailureAction, Failures } from './failures.ts';
import { OPERATIONS, operationOf, type S3Request } from './operations.ts';
import { decodePayload } from './payload.ts';
import { reset, send, sendSpoiled } from './send.ts';
import { type Keys, type Signature, verifySignature } from './sigv4.ts';

export interface S3ServerOptions {
  readonly buckets?: Readonly<Record<string, BucketOptions>> | readonly string[];
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
  /** Default: a free one. */
  readonly port?: number;
}

/** One request as it was answered; tests count these. */
export interface RequestRecord {
  readonly method: string;
  readonly operation: string;
  readonly bucket: string;
  readonly key: string;
  readonly range: string | null;
  readonly status: number;
  /** Bytes of body sent. */
  readonly bytes: number;
  readonly signed: boolean;
}

export interface S3Server {
  readonly url: string;
  readonly port: number;
  readonly requests: RequestRecord[];
  readonly failures: Failures;
  /** AWS_* and CITYSINK_* variables with which a child process reaches this server. */
  readonly env: Readonly<Record<string, string>>;
  bucket(name: string): Bucket;
  put(bucket: string, key: string, bytes: Uint8Array | string): void;
  putFile(bucket: string, key: string, path: string): void;
  remove(bucket: string, key: string): void;
  close(): Promise<void>;
}

const REGION = 'us-east-1';
/** No body of the pipeline is near it; an endless one must not take the machine's memory. */
const MAX_BODY_BYTES = 2 ** 30;

interface Context {
  readonly keys: Keys;
  readonly buckets: Map<string, Bucket>;
  readonly failures: Failures;
  readonly requests: RequestRecord[];
}

async function readBody(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new S3Refusal('InvalidArgument');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Bucket and key of `/bucket/key` or, with a host such as `bucket.localhost`, of `/key`. */
function parseTarget(message: IncomingMessage): { bucketName: string; key: string; query: URLSearchParams } {
  const target = message.url ?? '/';
  const at = target.indexOf('?');
  const path = decodeURIComponent((at < 0 ? target : target.slice(0, at)).slice(1));
  const query = new URLSearchParams(at < 0 ? '' : target.slice(at + 1));
  const host = (message.headers.host ?? '').replace(/:\d+$/, '');
  if (host.endsWith('.localhost')) return { bucketName: host.slice(0, -'.localhost'.length), key: path, query };
  const slash = path.indexOf('/');
  const bucketName = slash < 0 ? path : path.slice(0, slash);
  return { bucketName, key: slash < 0 ? '' : path.slice(slash + 1), query };
}

function parseRequest(message: IncomingMessage): Omit<S3Request, 'ignoreConditions'> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(message.headers)) headers[name] = String(value);
  return { method: message.method ?? 'GET', headers, ...parseTarget(message) };
}

function authenticate(request: S3Request, target: string, keys: Keys): Signature | null {
  if (request.headers.authorization === undefined) return null;
  const verdict = verifySignature({ method: request.method, target, headers: request.headers }, keys);
  if (typeof verdict === 'string') throw new S3Refusal(verdict);
  return verdict;
}

function authorize(request: S3Request, operation: string, bucket: Bucket, signed: boolean): void {
  const { publicRead, requesterPays, deniedPrefixes = [], folder } = bucket.options;
  // Keys of a bucket on disk are paths: none may lead out of its folder.
  if (folder !== undefined && request.key.split('/').includes('..')) throw new S3Refusal('InvalidArgument');
  const isRead = /^(Get|Head|List)/.test(operation);
  if (!signed && !(publicRead === true && isRead)) throw new S3Refusal('AccessDenied');
  if (requesterPays === true && request.headers['x-amz-request-payer'] !== 'requester')
    throw new S3Refusal('AccessDenied');
  const place = request.key === '' ? (request.query.get('prefix') ?? '') : request.key;
  if (deniedPrefixes.some((prefix) => place.startsWith(prefix))) throw new S3Refusal('AccessDenied');
}

function execute(context: Context, request: S3Request, operation: string, target: string, raw: Buffer): Answer {
  const signature = authenticate(request, target, context.keys);
  const body = decodePayload(raw, request.headers, signature);
  if (typeof body === 'string') throw new S3Refusal(body);
  const signed = signature !== null;
  if (operation === 'ListBuckets') return listBuckets(context, signed);
  if (operation === 'CreateBucket') return createBucket(context, request.bucketName, signed);
  const bucket = context.buckets.get(request.bucketName);
  if (bucket === undefined) throw new S3Refusal(signed ? 'NoSuchBucket' : 'AccessDenied');
  authorize(request, operation, bucket, signed);
  const handler = OPERATIONS[operation];
  if (handler === undefined) throw new S3Refusal('NotImplemented');
  return handler({ request, buckets: context.buckets, bucket, body });
}

function listBuckets(context: Context, signed: boolean): Answer {
  if (!signed) throw new S3Refusal('AccessDenied');
  const Bucket = [...context.buckets.keys()].map((Name) => ({ Name, CreationDate: new Date().toISOString() }));
  return xmlAnswer('ListAllMyBucketsResult', { Buckets: { Bucket } });
}

function createBucket(context: Context, name: string, signed: boolean): Answer {
  if (!signed) throw new S3Refusal('AccessDenied');
  if (!context.buckets.has(name)) context.buckets.set(name, new Bucket(name, {}));
  return empty(200, { location: `/${name}` });
}

/** The answer, a refusal as XML, or what a failure on command makes of the request before it is done. */
function decide(
  context: Context,
  request: S3Request,
  operation: string,
  target: string,
  raw: Buffer,
  action: FailureAction | null,
) {
  try {
    if (action?.kind === 'status') throw new S3Refusal(action.code ?? 'InternalError', action.status);
    const conditional =
      request.method !== 'GET' && ('if-match' in request.headers || 'if-none-match' in request.headers);
    if (action?.kind === 'refuse-conditionals' && conditional) throw new S3Refusal('NotImplemented');
    return execute(context, request, operation, target, raw);
  } catch (error) {
    const refusal = error instanceof S3Refusal ? error : new S3Refusal('InternalError');
    return errorAnswer(refusal, target.replace(/\?.*/s, ''));
  }
}

const NOT_SPOILING = new Set(['status', 'meanwhile', 'ignore-conditionals', 'refuse-conditionals']);

async function handle(context: Context, message: IncomingMessage, response: ServerResponse): Promise<void> {
  const parsed = parseRequest(message);
  const operation = operationOf(parsed);
  const { method, bucketName, key } = parsed;
  const range = parsed.headers.range ?? null;
  const action = context.failures.take({ method, operation, bucket: bucketName, key, range });
  if (action?.kind === 'meanwhile') action.happens();
  const request = { ...parsed, ignoreConditions: action?.kind === 'ignore-conditionals' };
  const signed = 'authorization' in parsed.headers;
  const note = (status: number, bytes: number) => {
    context.requests.push({ method, operation, bucket: bucketName, key, range, status, bytes, signed });
  };
  if (action?.kind === 'reset') {
    note(0, 0);
    return reset(response);
  }
  const answer = decide(context, request, operation, message.url ?? '/', await readBody(message), action);
  if (action?.kind === 'drop-answer') {
    note(0, 0);
    return reset(response);
  }
  response.setHeader('x-amz-request-id', '0');
  const withBody = method !== 'HEAD' && answer.status !== 204 && answer.status !== 304;
  const spoiled = action !== null && !NOT_SPOILING.has(action.kind);
  // Noted before the bytes go, so that a client that has its answer also finds its request counted.
  const planned = withBody ? Number(answer.headers['content-length'] ?? Buffer.byteLength(String(answer.body))) : 0;
  note(spoiled && action.kind === 'no-answer' ? 0 : answer.status, planned);
  await (spoiled ? sendSpoiled(response, answer, withBody, action) : send(response, answer, withBody));
}

function bucketMap(buckets: S3ServerOptions['buckets'] = {}): Map<string, Bucket> {
  const named = Array.isArray(buckets) ? buckets.map((name) => [name, {}] as const) : Object.entries(buckets);
  return new Map(named.map(([name, options]) => [name, new Bucket(name, options)]));
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    // Loopback only: the keys are known to everyone who reads this.
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** Starts the server on 127.0.0.1. */
export async function startS3Server(options: S3ServerOptions = {}): Promise<S3Server> {
  const keys = {
    accessKeyId: options.accessKeyId ?? 'citysink-test',
    secretAccessKey: options.secretAccessKey ?? 'test-secret',
  };
  const context: Context = { keys, buckets: bucketMap(options.buckets), failures: new Failures(), requests: [] };
  const server = createServer((message, response) => {
    // A client that goes away in mid-answer is no failure of the server.
    handle(context, message, response).catch(() => response.destroy());
  });
  // Longer than any client keeps an idle connection, so that none is closed under a new request.
  server.keepAliveTimeout = 120_000;
  const port = await listen(server, options.port ?? 0);
  const url = `http://127.0.0.1:${port}`;
  const bucket = (name: string): Bucket => {
    const found = context.buckets.get(name);
    if (found === undefined) throw new Error(`the test server has no bucket ${name}`);
    return found;
  };
  return {
    url,
    port,
    requests: context.requests,
    failures: context.failures,
    env: {
      AWS_ACCESS_KEY_ID: keys.accessKeyId,
      AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
      AWS_REGION: REGION,
      AWS_ENDPOINT_URL_S3: url,
      AWS_EC2_METADATA_DISABLED: 'true',
      CITYSINK_S3_PATH_STYLE: 'true',
    },
    bucket,
    put: (name, key, bytes) => void bucket(name).put(key, Buffer.from(bytes as Uint8Array)),
    putFile: (name, key, path) => void bucket(name).putFile(key, path),
    remove: (name, key) => bucket(name).remove(key),
    close: () => closed(server),
  };
}
