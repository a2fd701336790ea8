import { type CitysinkError, type ErrorCode, type Problem, toCitysinkError } from '../shared/errors.ts';
import { redactUrls } from '../shared/log.ts';

/** Errors over HTTP: the same code, message and mistakes as on the command line, under a status that says whose they are. */

const STATUS: Partial<Record<ErrorCode, number>> = {
  RUN_NOT_FOUND: 404,
  OBJECT_NOT_FOUND: 404,
  REQUEST_INVALID: 422,
  CONFIG_INVALID: 409,
  CANCELLED: 409,
  REDIS_UNAVAILABLE: 503,
  REDIS_MISSING: 503,
  STORE_DENIED: 502,
  STORE_TIMEOUT: 504,
  STORE_UNAVAILABLE: 502,
};

export function statusOf({ code }: CitysinkError): number {
  return STATUS[code] ?? 500;
}

/** Passwords in URLs are cut out. */
export function errorBody(thrown: unknown): object {
  const { code, message, problems, remedy } = toCitysinkError(thrown);
  return { error: { code, message: redactUrls(message), problems: problems.map(shown), remedy } };
}

function shown(problem: Problem): object {
  return Object.fromEntries(Object.entries(problem).map(([name, text]) => [name, redactUrls(String(text))]));
}
