import { execFileSync } from 'node:child_process';
import { afterEach, describe, expect, it } from 'vitest';
import type { PrivateRedis } from '../../src/shared/io/private-redis.ts';
import { pingRedis } from '../../src/shared/io/redis.ts';
import { startTestRedis } from '../support/redis-server.ts';

let redis: PrivateRedis | null = null;

afterEach(async () => {
  await redis?.stop();
  redis = null;
});

/** Process ids of the servers below the guard. */
function serverPids(guard: number): number[] {
  const table = execFileSync('ps', ['-eo', 'pid=,ppid=,comm='], { encoding: 'utf8' }).trim().split('\n');
  const rows = table
    .map((line) => line.trim().split(/\s+/))
    .map(([pid, parent, name]) => ({ pid: Number(pid), parent: Number(parent), name }));
  const shells = rows.filter((row) => row.parent === guard).map((row) => row.pid);
  return rows.filter((row) => shells.includes(row.parent) && /redis|valkey/.test(row.name ?? '')).map((row) => row.pid);
}

async function untilUp(url: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const up = await pingRedis(url, 500).then(
      () => true,
      () => false,
    );
    if (up) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('Redis did not come back');
}

describe('a private Redis', () => {
  it('asks for its password and never evicts', async () => {
    redis = await startTestRedis();
    expect((await pingRedis(redis.url)).policy).toBe('noeviction');
    const open = redis.url.replace(/:[^:@]*@/, '');
    await expect(pingRedis(open)).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' });
  });

  it('is started again at the same place when it is killed', async () => {
    redis = await startTestRedis();
    const before = serverPids(redis.pid);
    expect(before).toHaveLength(1);
    process.kill(before[0] as number, 'SIGKILL');
    await untilUp(redis.url);
    expect(serverPids(redis.pid)).not.toEqual(before);
  });

  it('leaves no process behind when it is stopped', async () => {
    redis = await startTestRedis();
    const { url, pid } = redis;
    const pids = serverPids(pid);
    await redis.stop();
    redis = null;
    await expect(pingRedis(url, 500)).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' });
    for (const server of pids) expect(() => process.kill(server, 0)).toThrow();
  });

  it('says what to install where there is no server on the PATH', async () => {
    const { startPrivateRedis } = await import('../../src/shared/io/private-redis.ts');
    await expect(startPrivateRedis('/nonexistent')).rejects.toMatchObject({ code: 'REDIS_MISSING' });
  });
});
