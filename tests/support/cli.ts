import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

/** The command line as a user runs it: a real process, real exit codes. */

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
}

const LAUNCHER = join(import.meta.dirname, '../../bin/citysink.js');

/** A started command; `ended` resolves when the process is gone and its output is complete. */
export interface RunningCli {
  readonly process: ChildProcess;
  readonly ended: Promise<CliResult>;
  /** Output so far. */
  stderr(): string;
  stdout(): string;
}

/** AWS variables of the machine must not leak into tests; REDIS_URL is set only where a test sets it. */
function cleanEnvironment(): Record<string, string | undefined> {
  const entries = Object.entries(process.env).filter(
    ([name]) => !/^(AWS_|REDIS_URL|CITYSINK_(S3|LOG|QUEUE|STAC|API|HOOK))/.test(name),
  );
  return Object.fromEntries(entries);
}

export function startCli(words: readonly string[], options: CliOptions = {}): RunningCli {
  const child = spawn(process.execPath, [LAUNCHER, ...words], {
    env: { ...cleanEnvironment(), AWS_EC2_METADATA_DISABLED: 'true', ...options.env } as NodeJS.ProcessEnv,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = new Promise<CliResult>((resolve) => {
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
  return { process: child, ended, stderr: () => stderr, stdout: () => stdout };
}

export function runCli(words: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return startCli(words, options).ended;
}
