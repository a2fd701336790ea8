import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { projectUrl } from '../shared/io/project-files.ts';
import type { CliContext } from './context.ts';

/** Worker processes that a run starts for itself: kept at their number, and ended with the run. */

const LAUNCHER = fileURLToPath(projectUrl('bin/citysink.js'));

/** Restarts before a run gives up on its workers: a machine that kills them all will not finish. */
const RESTARTS_PER_WORKER = 20;
const STOP_DEADLINE_MS = 25_000;

/** One thread counts while the next tile is being read. */
const TILES_AT_ONCE = 2;

export class WorkerProcesses {
  private readonly context: CliContext;
  private readonly environment: Record<string, string | undefined>;
  private readonly running = new Set<ChildProcess>();
  private restartsLeft: number;
  private stopping = false;

  constructor(context: CliContext, count: number, redisUrl: string) {
    this.context = context;
    const { environment, logLevel } = context.config;
    this.environment = { ...environment, REDIS_URL: redisUrl, CITYSINK_LOG_LEVEL: logLevel ?? 'error' };
    this.restartsLeft = count * RESTARTS_PER_WORKER;
    for (let i = 0; i < count; i++) this.start();
  }

  /** Process ids of the workers that run now. */
  get pids(): number[] {
    return [...this.running].flatMap((child) => child.pid ?? []);
  }

  private start(): void {
    const child = spawn(process.execPath, [LAUNCHER, 'worker', '--child', '--concurrency', String(TILES_AT_ONCE)], {
      env: this.environment as NodeJS.ProcessEnv,
      stdio: ['pipe', 'ignore', 'inherit'],
      detached: true, // Ctrl-C reaches the run, which lets its workers drain.
    });
    this.running.add(child);
    child.on('error', () => {});
    child.stdin?.on('error', () => {});
    child.once('exit', (code, signal) => this.ended(child, signal ?? `exit code ${code}`));
  }

  private ended(child: ChildProcess, how: string): void {
    this.running.delete(child);
    if (this.stopping) return;
    if (this.restartsLeft <= 0) {
      this.context.note(`worker ${child.pid} ended (${how}); too many have, none is started in its place`);
      return;
    }
    this.restartsLeft -= 1;
    this.context.note(`worker ${child.pid} ended (${how}); another one takes its tiles`);
    this.start();
  }

  /** Ends the workers: at once where their queue ends with them, else after they finished what they are at. */
  async stop(how: 'at once' | 'drain'): Promise<void> {
    this.stopping = true;
    const children = [...this.running];
    const ended = Promise.all(
      children.map((child) => new Promise<void>((resolve) => child.once('exit', () => resolve()))),
    );
    for (const child of children) child.kill(how === 'at once' ? 'SIGKILL' : 'SIGTERM');
    const timer = setTimeout(() => {
      for (const child of children) child.kill('SIGKILL');
    }, STOP_DEADLINE_MS);
    if (children.length > 0) await ended;
    clearTimeout(timer);
  }
}
