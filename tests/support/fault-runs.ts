import { setTimeout as sleep } from 'node:timers/promises';
import type { Manifest } from '../../src/shared/contracts/manifest.ts';
import type { RunningCli } from './cli.ts';
import { commandLine, descendants } from './processes.ts';
import { type TwoSceneCity, twoSceneCity } from './two-scenes.ts';

/** Runs of one city of many small tiles, in which something goes wrong; each in a results root of its own. */

/** 32 cells a side of a tile: 2048 tiles; 128: 128 tiles. */
const TILE_SIDE = process.env.CITYSINK_FAULT_TILE_SIDE ?? '128';

/** A whole run in CI takes a few seconds; one that takes so long hangs. */
const RUN_DEADLINE_MS = 180_000;

export interface FaultyRun {
  readonly status: string;
  readonly code: number | null;
  readonly figures: string | null;
  /** Codes of what is told as the cause. */
  readonly causes: readonly string[];
  readonly seconds: number;
  /** Requests to S3. */
  readonly requests: number;
  readonly manifests: number;
  readonly stderr: string;
}

export interface RunUnderWay {
  readonly cli: RunningCli;
  /** Results root in the bucket, without `s3://`. */
  readonly root: string;
  readonly ended: Promise<FaultyRun>;
}

interface Answer {
  readonly status?: string;
  readonly totals?: { readonly figures_sha256?: string; readonly causes?: readonly { readonly code: string }[] };
  readonly error?: { readonly code: string };
}

export class FaultRuns {
  readonly city: TwoSceneCity;
  #count = 0;

  private constructor(city: TwoSceneCity) {
    this.city = city;
  }

  static async open(): Promise<FaultRuns> {
    return new FaultRuns(await twoSceneCity());
  }

  /** Starts a run with two workers of its own, or with those of a Redis that is named. */
  start(env: Readonly<Record<string, string>> = {}, workers = 2, root = `results/${++this.#count}/`): RunUnderWay {
    const { server, spec } = this.city;
    const before = server.requests.length;
    const started = performance.now();
    const words = [
      'run',
      '--json',
      '--workers',
      String(workers),
      '--tile-size',
      TILE_SIDE,
      '--out',
      `s3://${root}`,
      spec,
    ];
    const cli = this.city.start(words, { CITYSINK_STORE_DEADLINE_S: '30', TMPDIR: this.city.folder, ...env });
    const timer = setTimeout(() => cli.process.kill('SIGKILL'), RUN_DEADLINE_MS);
    const ended = cli.ended.then(({ code, stdout, stderr }): FaultyRun => {
      clearTimeout(timer);
      const answer = (code === null ? {} : JSON.parse(stdout)) as Answer;
      return {
        status: answer.status ?? (code === null ? 'KILLED' : 'FAILED'),
        code,
        figures: answer.totals?.figures_sha256 ?? null,
        causes: [...(answer.totals?.causes ?? []), ...(answer.error === undefined ? [] : [answer.error])].map(
          (one) => one.code,
        ),
        seconds: (performance.now() - started) / 1000,
        requests: server.requests.length - before,
        manifests: this.manifestsOf(root).length,
        stderr,
      };
    });
    return { cli, root, ended };
  }

  run(env: Readonly<Record<string, string>> = {}): Promise<FaultyRun> {
    return this.start(env).ended;
  }

  manifestsOf(root: string): Manifest[] {
    const prefix = root.replace(/^results\//, '');
    const bucket = this.city.server.bucket('results');
    return bucket
      .keys()
      .filter((key) => key.startsWith(prefix) && key.endsWith('/manifest.json'))
      .map((key) => JSON.parse(String(bucket.get(key)?.source)) as Manifest);
  }

  /** Partials that a run has written so far. */
  partialsOf(root: string): number {
    return this.city.server.requests.filter(
      ({ method, key, status }) =>
        method === 'PUT' && status === 200 && `results/${key}`.startsWith(root) && key.includes('/partials/'),
    ).length;
  }

  /** Waits until a run has counted so many tiles, or is at its end. */
  async untilCounted(run: RunUnderWay, tiles: number): Promise<void> {
    while (
      run.cli.process.exitCode === null &&
      run.cli.process.signalCode === null &&
      this.partialsOf(run.root) < tiles
    )
      await sleep(10);
  }
}

/** Worker processes, or the Redis server, of a run under way. */
export async function childrenOf(run: RunUnderWay, command: RegExp): Promise<number[]> {
  const pids = await descendants(run.cli.process.pid ?? 0);
  const commands = await Promise.all(pids.map(commandLine));
  return pids.filter((_, i) => command.test(commands[i] ?? ''));
}
