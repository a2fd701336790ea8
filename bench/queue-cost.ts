/** What BullMQ costs a job that does nothing: added in bulk, taken by a worker in this process, on a Redis of its own. */
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { startTestRedis } from '../tests/support/redis-server.ts';

export interface QueueCost {
  /** CPU of this process and of Redis for one job, adding included. */
  readonly cpuMsPerJob: number;
  readonly addMsPerJob: number;
  readonly redisBytesPerJob: number;
}

const BULK = 500;

export async function queueCost(jobs: number): Promise<QueueCost> {
  const server = await startTestRedis();
  const { hostname: host, port, password } = new URL(server.url);
  const connection = { host, port: Number(port), password, maxRetriesPerRequest: null };
  const redis = new Redis(connection);
  const queue = new Queue('bench', { connection });
  try {
    await queue.waitUntilReady();
    const empty = await redisUse(redis);
    const before = process.cpuUsage();
    for (let at = 0; at < jobs; at += BULK) {
      await queue.addBulk(
        Array.from({ length: BULK }, (_, i) => ({
          name: 'tile',
          data: { run: 'file:///somewhere/results/bench/2021-0123456789ab/', tile: at + i, window: [0, 0, 2048, 2048] },
        })),
      );
    }
    const full = await redisUse(redis);
    const adding = cpuMs(process.cpuUsage(before));
    await workOff(connection, jobs);
    const all = cpuMs(process.cpuUsage(before)) + (await redisUse(redis)).cpuMs - empty.cpuMs;
    return {
      cpuMsPerJob: all / jobs,
      addMsPerJob: (adding + full.cpuMs - empty.cpuMs) / jobs,
      redisBytesPerJob: Math.round((full.bytes - empty.bytes) / jobs),
    };
  } finally {
    await queue.close();
    redis.disconnect();
    await server.stop();
  }
}

async function workOff(connection: { host: string; port: number; password: string }, jobs: number): Promise<void> {
  let done = 0;
  const blocking = { ...connection, maxRetriesPerRequest: null };
  const worker = new Worker('bench', async () => {}, { connection: blocking, concurrency: 2 });
  await new Promise<void>((resolve) => {
    worker.on('completed', () => {
      done += 1;
      if (done === jobs) resolve();
    });
  });
  await worker.close();
}

async function redisUse(redis: Redis): Promise<{ cpuMs: number; bytes: number }> {
  const text = await redis.info();
  const of = (name: string): number => Number(new RegExp(`${name}:([0-9.]+)`).exec(text)?.[1] ?? 0);
  return { cpuMs: (of('used_cpu_user') + of('used_cpu_sys')) * 1000, bytes: of('used_memory') };
}

function cpuMs({ user, system }: NodeJS.CpuUsage): number {
  return (user + system) / 1000;
}
