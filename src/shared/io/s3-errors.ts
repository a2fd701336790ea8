/** What an S3 failure means: the SDK's many errors as few of ours, and whether repeating can help. */

import { CitysinkError, type ErrorCode } from '../errors.ts';
import { redactUrl } from './store-url.ts';

/** What was asked of which object; stands in every message. */
export interface S3Call {
  /** A verb of the reader's words: `read`, `create`, `list`. */
  readonly verb: string;
  readonly url: string;
}

interface S3Failure {
  /** S3's code such as NoSuchKey, or Node's such as ECONNRESET. */
  readonly name: string;
  /** HTTP status; 0 where there was no answer. */
  readonly status: number;
  readonly message: string;
}

const THROTTLED = new Set([
  'SlowDown',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
  'RequestTimeout',
]);
const FULL = new Set([
  'QuotaExceeded',
  'XMinioStorageFull',
  'InsufficientStorage',
  'StorageFull',
  'ServiceQuotaExceeded',
]);
const TIMEOUTS = new Set(['TimeoutError', 'ETIMEDOUT', 'ESOCKETTIMEDOUT']);
/** No answer and no use in asking again at once: the name does not resolve, the certificate is wrong. */
const UNREACHABLE = /^(ENOTFOUND|EINVAL|ERR_INVALID_URL|ERR_TLS|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/;

const NAME_REMEDY =
  'Check the endpoint; where the server has no host-style buckets (bucket.endpoint), set CITYSINK_S3_PATH_STYLE=true.';

function failureOf(error: unknown): S3Failure {
  const bag = (typeof error === 'object' && error !== null ? error : {}) as {
    name?: unknown;
    code?: unknown;
    message?: unknown;
    $metadata?: { httpStatusCode?: number };
  };
  const status = bag.$metadata?.httpStatusCode ?? 0;
  const name = status === 0 && typeof bag.code === 'string' ? bag.code : String(bag.name ?? 'Error');
  return { name, status, message: typeof bag.message === 'string' ? bag.message : String(error) };
}

/** The SDK's errors carry the request with its Authorization header; only name and scrubbed text go on. */
function scrubbedCause(failure: S3Failure): Error {
  const text = redactUrl(failure.message).replace(/(X-Amz-[A-Za-z-]+|Signature|Credential)=[^&\s,]+/gi, '$1=...');
  const cause = new Error(text);
  cause.name = failure.name;
  return cause;
}

function missing(failure: S3Failure): string {
  if (failure.name === 'NoSuchBucket') return 'the bucket does not exist';
  return failure.name === 'NoSuchKey'
    ? 'the bucket has no object of this key'
    : 'the object or its bucket does not exist';
}

function denied(failure: S3Failure): string {
  if (failure.name === 'RequestTimeTooSkewed') return "access refused: this machine's clock differs from the server's";
  if (/^(InvalidAccessKeyId|SignatureDoesNotMatch)$/.test(failure.name)) {
    return `access refused: the access key or its secret is wrong (${failure.name})`;
  }
  // Answers to HEAD have no body that would give a reason.
  const reason = /^(Unknown|UnknownError|Error)$/.test(failure.name) ? failure.status : failure.name;
  return `access refused (${reason}); S3 says so too for a missing object where listing is not allowed`;
}

/** Code, sentence and transience of a failure without an HTTP answer. */
function classifyUnanswered(failure: S3Failure): [ErrorCode, string, boolean] {
  if (failure.name === 'CredentialsProviderError') {
    return ['STORE_DENIED', 'no credentials were found in the environment, profile or role', false];
  }
  if (TIMEOUTS.has(failure.name)) return ['STORE_TIMEOUT', 'no connection within the deadline', true];
  return ['STORE_UNAVAILABLE', `the server could not be reached (${failure.name})`, !UNREACHABLE.test(failure.name)];
}

function classify(failure: S3Failure): [ErrorCode, string, boolean] {
  const { name, status } = failure;
  const answered = `the server answered ${status} ${name}`;
  if (FULL.has(name) || status === 507) return ['STORE_FULL', `no space is left (${name})`, false];
  if (THROTTLED.has(name) || status === 429) return ['STORE_UNAVAILABLE', answered, true];
  if (status === 0) return classifyUnanswered(failure);
  if (status === 404) return ['OBJECT_NOT_FOUND', missing(failure), false];
  if (status === 412 || status === 304) return ['OBJECT_CHANGED', 'the object was replaced', false];
  if (status === 416) return ['OBJECT_TRUNCATED', 'the range begins behind the end of the object', false];
  if (status === 401 || status === 403) return ['STORE_DENIED', denied(failure), false];
  if (status === 301 || status === 307)
    return ['STORE_UNAVAILABLE', `${answered}: the bucket is in another region`, false];
  if (status === 409) return ['STORE_UNAVAILABLE', answered, true];
  return ['STORE_UNAVAILABLE', answered, status >= 500 && status !== 501];
}

/** Any failure of a call as a CitysinkError; `context.transient` says whether repeating can help. */
export function s3Error(error: unknown, call: S3Call): CitysinkError {
  if (error instanceof CitysinkError) return error;
  const failure = failureOf(error);
  const [code, sentence, transient] = classify(failure);
  const context = { url: call.url, verb: call.verb, status: failure.status, s3Code: failure.name, transient };
  const remedy = failure.name === 'ENOTFOUND' ? { remedy: NAME_REMEDY } : {};
  const details = { context, cause: scrubbedCause(failure), ...remedy };
  return new CitysinkError(code, `${call.verb} ${call.url}: ${sentence}`, details);
}

/** OBJECT_NOT_FOUND about the bucket of a call. */
export function missingBucket(call: S3Call): CitysinkError {
  return s3Error({ name: 'NoSuchBucket', message: 'NoSuchBucket', $metadata: { httpStatusCode: 404 } }, call);
}

/** Whether the same call may succeed if made again. */
export function isTransient(error: unknown): boolean {
  return error instanceof CitysinkError && error.context.transient === true;
}

/** The server has no conditional writes: NotImplemented (501), or a header it refuses as invalid (400). */
export function refusesConditionals(error: unknown): boolean {
  if (!(error instanceof CitysinkError)) return false;
  const { status, s3Code } = error.context;
  return status === 501 || (status === 400 && /^(NotImplemented|Invalid|Unsupported|BadRequest)/.test(String(s3Code)));
}
