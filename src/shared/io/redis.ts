import { Redis } from 'ioredis';
import { CitysinkError } from '../errors.ts';

/** Connections to Redis, with the settings that BullMQ asks for. The only file that makes them. */

const CONNECT_TIMEOUT_MS = 5_000;
const LONGEST_PAUSE_MS = 2_000;

/** For blocking workers: commands wait through an outage, for ever if need be; reconnects with growing pauses. */
export function connectWorker(url: string): Redis {
  return quiet(
    new Redis(url, { maxRetriesPerRequest: null, connectTimeout: CONNECT_TIMEOUT_MS, retryStrategy: pauseMs }),
  );
}

/** For producers and status: a command gives up after a few reconnects, so that a caller can say so. */
export function connectClient(url: string): Redis {
  return quiet(new Redis(url, { maxRetriesPerRequest: 5, connectTimeout: CONNECT_TIMEOUT_MS, retryStrategy: pauseMs }));
}

function pauseMs(attempt: number): number {
  return Math.min(LONGEST_PAUSE_MS, 100 * attempt);
}

/** Outages show as failed or waiting commands; the event itself must only not crash the process. */
function quiet(redis: Redis): Redis {
  redis.on('error', () => {});
  return redis;
}

/** Errors: REDIS_UNAVAILABLE where the server does not answer a ping within the deadline. */
export async function pingRedis(
  url: string,
  deadlineMs = CONNECT_TIMEOUT_MS,
): Promise<{ version: string; policy: string }> {
  const redis = quiet(
    new Redis(url, {
      lazyConnect: true,
      retryStrategy: () => null,
      connectTimeout: deadlineMs,
      maxRetriesPerRequest: 0,
    }),
  );
  try {
    await redis.connect();
    const info = await redis.info();
    return { version: infoField(info, 'redis_version'), policy: infoField(info, 'maxmemory_policy') };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CitysinkError('REDIS_UNAVAILABLE', `Redis at ${redisPlace(url)} does not answer: ${reason}`, { cause });
  } finally {
    redis.disconnect();
  }
}

function infoField(info: string, name: string): string {
  return new RegExp(`^${name}:(.*)$`, 'm').exec(info)?.[1]?.trim() ?? 'unknown';
}

/** Host and port for messages; the URL itself may hold a password. */
function redisPlace(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'REDIS_URL';
}
