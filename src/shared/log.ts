import { destination, type Logger, pino } from 'pino';

/** Structured log lines on standard error, one JSON object each; secrets are cut out before they are written. */

export type Log = Logger;

const SECRET_KEYS = ['password', 'secret', 'token', 'authorization', 'accessKeyId', 'secretAccessKey', 'sessionToken'];

/** URLs may carry a user and password; log lines keep the rest. */
const CREDENTIALS_IN_URL = /(\w+:\/\/)[^/\s@]*:[^/\s@]*@/g;

/** The text without passwords in URLs. */
export function redactUrls(text: string): string {
  return text.replace(CREDENTIALS_IN_URL, '$1***@');
}

export function createLog(level: string, bindings: Readonly<Record<string, unknown>> = {}): Log {
  return pino(
    {
      level,
      base: { pid: process.pid, ...bindings },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: SECRET_KEYS.flatMap((key) => [key, `*.${key}`]), censor: '***' },
      hooks: { streamWrite: redactUrls },
    },
    destination({ dest: 2, sync: true }),
  );
}
