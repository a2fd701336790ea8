import { type PrivateRedis, startPrivateRedis } from '../../src/shared/io/private-redis.ts';

/** A real Redis for a test, on a free port; `stop` it in afterAll. */
export function startTestRedis(): Promise<PrivateRedis> {
  return startPrivateRedis(`${process.env.PATH}:/usr/sbin`);
}
