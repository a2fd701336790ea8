// Makes sure that a Redis server can be started: silent where one is on the PATH or REDIS_URL names one, else installs
// Debian's or Homebrew's package, else says in one sentence what to do. Run before `npm test` and `npm run demo`.
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const SERVERS = ['redis-server', 'valkey-server'];
const HINT = 'citysink needs a Redis server: install redis-server or valkey-server, or set REDIS_URL.';

function isOnPath(program: string): boolean {
  // /usr/sbin and Homebrew's folder are not on every PATH that npm scripts see.
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/bin', '/opt/homebrew/bin'];
  return folders.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return folder !== '';
    } catch {
      return false;
    }
  });
}

function hasServer(): boolean {
  return SERVERS.some(isOnPath);
}

/** Runs a command without input and without questions; its output is shown only if it fails. */
function succeeds(command: readonly string[]): boolean {
  const [program = '', ...args] = command;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const result = spawnSync(program, args, {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    timeout: 300_000,
  });
  if (result.status === 0) return true;
  console.error(
    `${command.join(' ')} failed: ${(result.error?.message ?? result.stderr).trim().split('\n').slice(-3).join('\n')}`,
  );
  return false;
}

/** `[]` as root, sudo's words where it asks for no password, null where neither. */
function rootPrefix(): readonly string[] | null {
  if (process.getuid?.() === 0) return [];
  const probe = isOnPath('sudo') && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0;
  return probe ? ['sudo', '-n', 'env', 'DEBIAN_FRONTEND=noninteractive'] : null;
}

function installWithApt(): boolean {
  const prefix = isOnPath('apt-get') ? rootPrefix() : null;
  if (prefix === null) return false;
  console.error('setting up: installing redis-server with apt-get ...');
  // An outdated or partly unreachable index may still hold the package, so a failed update does not end the attempt.
  succeeds([...prefix, 'apt-get', 'update', '-qq']);
  const install = [...prefix, 'apt-get', 'install', '-y', '-qq', '--no-install-recommends'];
  return succeeds([...install, 'redis-server']) || succeeds([...install, 'valkey-server']);
}

function installWithBrew(): boolean {
  if (!isOnPath('brew')) return false;
  console.error('setting up: installing redis with Homebrew ...');
  return succeeds(['brew', 'install', '--quiet', 'redis']);
}

if (!process.env.REDIS_URL && !hasServer()) {
  installWithApt() || installWithBrew();
  if (!hasServer()) {
    console.error(HINT);
    process.exitCode = 1;
  }
}
