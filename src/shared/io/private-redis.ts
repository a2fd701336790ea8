import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { access, constants, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { CitysinkError } from '../errors.ts';
import { pingRedis } from './redis.ts';

/** A Redis of this process alone: loopback, random password, nothing on disk; it ends with the process. */
export interface PrivateRedis {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

const START_DEADLINE_MS = 10_000;
const STOP_DEADLINE_MS = 5_000;

/**
 * Keeps the server as long as standard input is open: when the parent ends, by SIGKILL too, the pipe closes and the
 * server is stopped, so none is left behind. A server that dies before is started again on its port: its jobs are gone,
 * and the run queues them again from the store. The folder, which holds the password, goes with the server.
 */
const GUARD = `
serve() {
  while :; do
    "$1" "$2" >/dev/null 2>&1 & server=$!
    trap 'kill "$server" 2>/dev/null; wait "$server"; exit' TERM
    wait "$server"
    sleep 0.2
  done
}
serve "$1" "$2" & guarded=$!
cat >/dev/null
kill "$guarded" 2>/dev/null
wait "$guarded"
rm -rf -- "\${2%/*}"
`;

/** Errors: REDIS_MISSING where neither redis-server nor valkey-server is installed; REDIS_UNAVAILABLE if it won't start. */
export async function startPrivateRedis(path: string): Promise<PrivateRedis> {
  const binary = await findServer(path);
  const folder = await mkdtemp(join(tmpdir(), 'citysink-redis-'));
  const port = await freePort();
  const password = randomBytes(16).toString('hex');
  const settings = join(folder, 'redis.conf'); // A file of mode 600: arguments are seen by every user of the machine.
  await writeFile(settings, redisConf({ port, folder, password }), { mode: 0o600 });
  const guard = spawn('sh', ['-c', GUARD, 'sh', binary, settings], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true, // Ctrl-C on the terminal must reach the run first, not its Redis.
  });
  const ended = new Promise<void>((resolve) => guard.once('exit', () => resolve()));
  const url = `redis://:${password}@127.0.0.1:${port}`;
  const stop = async () => {
    guard.ref(); // Waiting for its end must keep the process alive.
    guard.stdin?.end();
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, STOP_DEADLINE_MS).unref())]);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await waitUntilUp(url);
  } catch (error) {
    await stop();
    throw error;
  }
  guard.unref();
  return { url, pid: guard.pid ?? 0, stop };
}

function redisConf(place: { port: number; folder: string; password: string }): string {
  return [
    `port ${place.port}`,
    'bind 127.0.0.1',
    `dir "${place.folder}"`,
    'save ""',
    'appendonly no',
    'maxmemory-policy noeviction',
    `requirepass ${place.password}`,
    '',
  ].join('\n');
}

async function findServer(path: string): Promise<string> {
  for (const name of ['redis-server', 'valkey-server']) {
    for (const folder of path.split(delimiter)) {
      const file = join(folder, name);
      if (
        await access(file, constants.X_OK).then(
          () => true,
          () => false,
        )
      )
        return file;
    }
  }
  throw new CitysinkError(
    'REDIS_MISSING',
    'REDIS_URL is unset and neither redis-server nor valkey-server is on the PATH',
  );
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

async function waitUntilUp(url: string): Promise<void> {
  const deadline = performance.now() + START_DEADLINE_MS;
  for (;;) {
    try {
      await pingRedis(url, 1_000);
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }
}
