/**
 * A throwaway Ceph cluster with its S3 gateway on loopback, all in memory, for the duration of one command:
 * `node scripts/ceph.ts COMMAND ARG...` runs the command with AWS_* variables and CITYSINK_TEST_CEPH set, then stops
 * every daemon it started. Needs Debian's ceph-mon, ceph-mgr, ceph-osd, radosgw; exits 0 with a line where they are missing.
 */

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

const PROGRAMS = ['ceph', 'ceph-mon', 'ceph-mgr', 'ceph-osd', 'monmaptool', 'radosgw', 'radosgw-admin'];
const KEYS = { accessKeyId: 'citysink-ceph', secretAccessKey: 'ceph-secret' };
const READY_WITHIN_MS = 60_000;

const run = promisify(execFile);

function missingPrograms(): string[] {
  const folders = (process.env.PATH ?? '').split(delimiter).concat('/usr/sbin', '/sbin');
  return PROGRAMS.filter((program) => !folders.some((folder) => existsSync(join(folder, program))));
}

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

/**
 * One pool copy, one OSD in memory, no authentication between the daemons: they listen on loopback only. The gateway
 * would ask for encrypted messages, which there are none of without authentication; hence crc.
 */
function configuration(folder: string, fsid: string, monPort: number): string {
  return `[global]
fsid = ${fsid}
mon host = v2:127.0.0.1:${monPort}
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind ipv6 = false
auth cluster required = none
auth service required = none
auth client required = none
ms mon client mode = crc
ms mon service mode = crc
ms mon cluster mode = crc
keyring = ${folder}/keyring
run dir = ${folder}
admin socket = ${folder}/$name.asok
pid file = ${folder}/$name.pid
log file = ${folder}/$name.log
crash dir = ${folder}/crash
mon data = ${folder}/mon
mgr data = ${folder}/mgr
osd data = ${folder}/osd
osd objectstore = memstore
memstore device bytes = 2147483648
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon max pg per osd = 1000
mon data avail crit = 1
rgw enable usage log = false
rgw dynamic resharding = false
`;
}

interface Cluster {
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

class Daemons {
  readonly folder: string;
  readonly #started: ChildProcess[] = [];

  constructor(folder: string) {
    this.folder = folder;
  }

  start(program: string, ...args: string[]): void {
    const log = openSync(join(this.folder, `${program}.out`), 'a');
    this.#started.push(spawn(program, ['-f', '-c', this.conf, ...args], { stdio: ['ignore', log, log] }));
  }

  get conf(): string {
    return join(this.folder, 'ceph.conf');
  }

  /** In the reverse of the order they were started in; by force where the polite signal is not enough. */
  async stop(): Promise<void> {
    for (const child of this.#started.reverse()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await Promise.race([ended, pause(3000)]);
      child.kill('SIGKILL');
      await ended;
    }
  }
}

/** Repeats until it works: daemons need a while until they answer. */
async function until<T>(what: string, work: () => Promise<T>): Promise<T> {
  const end = Date.now() + READY_WITHIN_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (Date.now() > end) throw new Error(`ceph: ${what} did not come up`, { cause: error });
      await pause(500);
    }
  }
}

async function startMonitor(daemons: Daemons, fsid: string, port: number): Promise<void> {
  const { folder, conf } = daemons;
  const map = join(folder, 'monmap');
  await run('monmaptool', ['--create', '--fsid', fsid, '--addv', 'a', `[v2:127.0.0.1:${port}]`, map]);
  mkdirSync(join(folder, 'mon'));
  await run('ceph-mon', ['-c', conf, '--mkfs', '-i', 'a', '--monmap', map, '--keyring', join(folder, 'keyring')]);
  daemons.start('ceph-mon', '-i', 'a');
}

async function startStorage(daemons: Daemons, ceph: (...args: string[]) => Promise<string>): Promise<void> {
  const uuid = randomUUID();
  mkdirSync(join(daemons.folder, 'osd'));
  mkdirSync(join(daemons.folder, 'mgr'));
  daemons.start('ceph-mgr', '-i', 'x');
  const id = (await until('the monitor', () => ceph('osd', 'new', uuid))).trim();
  await run('ceph-osd', ['-c', daemons.conf, '-i', id, '--mkfs', '--osd-uuid', uuid]);
  daemons.start('ceph-osd', '-i', id);
  await until('the OSD', async () => {
    const { num_up_osds: up } = JSON.parse(await ceph('osd', 'stat', '-f', 'json')) as { num_up_osds: number };
    if (up !== 1) throw new Error('the OSD is not up');
  });
}

async function startGateway(daemons: Daemons): Promise<number> {
  const port = await freePort();
  daemons.start('radosgw', '-n', 'client.rgw', `--rgw-frontends=beast endpoint=127.0.0.1:${port}`);
  await until('the gateway', () => fetch(`http://127.0.0.1:${port}/`));
  const user = [
    '--uid=test',
    '--display-name=test',
    `--access-key=${KEYS.accessKeyId}`,
    `--secret=${KEYS.secretAccessKey}`,
  ];
  await run('radosgw-admin', ['-c', daemons.conf, '-n', 'client.rgw', 'user', 'create', ...user]);
  return port;
}

async function startCluster(): Promise<Cluster> {
  // A short folder: the names of Unix sockets have at most 107 bytes.
  const folder = mkdtempSync(join(tmpdir(), 'ceph-'));
  const daemons = new Daemons(folder);
  const stop = async () => {
    await daemons.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const fsid = randomUUID();
    const monPort = await freePort();
    writeFileSync(join(folder, 'ceph.conf'), configuration(folder, fsid, monPort));
    writeFileSync(
      join(folder, 'keyring'),
      '[mon.]\n\tkey = AQAAAAAAAAAAEAAAAAAAAAAAAAAAAAAAAAAAAA==\n\tcaps mon = "allow *"\n',
    );
    const ceph = async (...args: string[]) =>
      (await run('ceph', ['-c', daemons.conf, '--connect-timeout', '5', ...args])).stdout;
    await startMonitor(daemons, fsid, monPort);
    await startStorage(daemons, ceph);
    const url = `http://127.0.0.1:${await startGateway(daemons)}`;
    return { env: variables(url), stop };
  } catch (error) {
    if (process.env.CITYSINK_KEEP_CEPH === undefined) await stop();
    else await daemons.stop();
    throw error;
  }
}

function variables(url: string): Record<string, string> {
  return {
    AWS_ACCESS_KEY_ID: KEYS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
    AWS_REGION: 'us-east-1',
    AWS_ENDPOINT_URL_S3: url,
    AWS_EC2_METADATA_DISABLED: 'true',
    CITYSINK_S3_PATH_STYLE: 'true',
    CITYSINK_TEST_CEPH: url,
  };
}

async function main(): Promise<number> {
  const [command, ...args] = process.argv.slice(2);
  const missing = missingPrograms();
  if (missing.length > 0) {
    console.log(
      `skipped: no ${missing.join(', ')} here; on Debian: apt-get install ceph-mon ceph-mgr ceph-osd radosgw`,
    );
    return 0;
  }
  if (command === undefined) throw new Error('usage: node scripts/ceph.ts COMMAND ARG...');
  const cluster = await startCluster();
  // The command gets its own Ctrl-C; this process stays to stop the daemons.
  process.on('SIGINT', () => undefined);
  try {
    const child = spawn(command, args, { stdio: 'inherit', env: { ...process.env, ...cluster.env } });
    process.once('SIGTERM', () => child.kill('SIGTERM'));
    return await new Promise((resolve) => child.once('close', (code) => resolve(code ?? 1)));
  } finally {
    await cluster.stop();
  }
}

process.exitCode = await main();
