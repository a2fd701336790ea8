/** One command, timed with all of its processes by peers/measured.py. */
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface Cost {
  readonly wallS: number;
  /** User and system time of all processes. */
  readonly cpuS: number;
  /** Peak of the memory resident in all processes together; shared pages count in each. */
  readonly treeMib: number;
  readonly largestMib: number;
}

export const PYTHON = '/usr/bin/python3';
const WRAPPER = join(import.meta.dirname, 'peers/measured.py');

/** Runs a command in a folder for scratch files. Errors: Error with the end of its output where it does not end with 0. */
export async function measured(
  command: readonly string[],
  scratch: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Cost> {
  const [answer, log] = [join(scratch, 'cost.json'), join(scratch, 'log.txt')];
  const child = spawn(PYTHON, [WRAPPER, answer, log, ...command], {
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  const code = await new Promise((resolve) => child.once('exit', resolve));
  const cost = JSON.parse(await readFile(answer, 'utf8')) as Cost & { readonly code: number };
  if (code !== 0 || cost.code !== 0) {
    const tail = (await readFile(log, 'utf8')).slice(-2000);
    throw new Error(`${command.join(' ')} ended with ${cost.code}:\n${tail}`);
  }
  return cost;
}
