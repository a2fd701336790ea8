import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

/** Private Redis servers of runs under way on this machine, so that `status` and `cancel` in a second terminal find them. */

function folder(): string {
  return join(tmpdir(), `citysink-${userInfo().uid}`);
}

/** Notes the server of this process; the file is readable by its owner alone, since the URL has the password. */
export async function announceRedis(url: string): Promise<() => Promise<void>> {
  await mkdir(folder(), { recursive: true, mode: 0o700 });
  const file = join(folder(), `${process.pid}.json`);
  await writeFile(file, JSON.stringify({ pid: process.pid, url }), { mode: 0o600 });
  return () => rm(file, { force: true });
}

/** URLs of servers whose run still lives. */
export async function announcedRedis(): Promise<string[]> {
  const names = await readdir(folder()).catch(() => []);
  const urls: string[] = [];
  for (const name of names.filter((n) => n.endsWith('.json'))) {
    const entry = parseEntry(await readFile(join(folder(), name), 'utf8').catch(() => ''));
    if (entry !== null && isAlive(entry.pid)) urls.push(entry.url);
    else await rm(join(folder(), name), { force: true });
  }
  return urls;
}

function parseEntry(text: string): { pid: number; url: string } | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return null;
    const { pid, url } = value as { pid?: unknown; url?: unknown };
    return typeof pid === 'number' && typeof url === 'string' && url.startsWith('redis://') ? { pid, url } : null;
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
