/**
 * Peak resident memory of the worker processes of a run: node bench/worker-memory.ts SPEC [more words for `citysink run`].
 *
 * Reads VmHWM of every worker below the command from /proc (Linux), so a peak between two looks is not missed.
 */
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandLine, descendants } from '../tests/support/processes.ts';

const LOOK_EVERY_MS = 100;
const launcher = new URL('../bin/citysink.js', import.meta.url).pathname;

async function peakKb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0);
}

const started = performance.now();
const run = spawn(process.execPath, [launcher, 'run', '--fresh', ...process.argv.slice(2)], { stdio: 'inherit' });
const peaks = new Map<number, number>();
let code: number | null = null;
run.once('exit', (exitCode) => {
  code = exitCode ?? 1;
});
while (code === null) {
  for (const pid of await descendants(run.pid ?? 0)) {
    if ((await commandLine(pid)).includes(' worker ')) peaks.set(pid, Math.max(peaks.get(pid) ?? 0, await peakKb(pid)));
  }
  await sleep(LOOK_EVERY_MS);
}
const seconds = ((performance.now() - started) / 1000).toFixed(1);
const megabytes = [...peaks.values()].map((kb) => Math.round(kb / 1024));
console.log(`exit ${code}, ${seconds} s; peak of ${megabytes.length} workers: ${megabytes.join(', ')} MiB`);
process.exitCode = code;
