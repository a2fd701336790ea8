import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { extendEnvironment } from '../../shared/config.ts';
import { LATEST_FILE, RUN_FILES } from '../../shared/contracts/run-places.ts';
import { CitysinkError } from '../../shared/errors.ts';
import { projectUrl } from '../../shared/io/project-files.ts';
import { type CliContext, createContext } from '../context.ts';
import { makeSampleCity, SAMPLE_CITY } from '../demo/sample-files.ts';
import { type RunOptions, runCommand } from './run.ts';

/** Small tiles, so that both workers have something to do. */
const DEMO_TILE_SIZE = 512;
const SERVER = projectUrl('tests/support/s3-server/main.ts');
const SERVER_START_MS = 15_000;

export interface DemoOptions {
  readonly folder: string;
  readonly workers: number;
  readonly json: boolean;
}

/** Makes the sample city, puts it into an S3 API over HTTP, and runs the whole pipeline on it. */
export async function demoCommand(options: DemoOptions, context: CliContext): Promise<number> {
  if (!existsSync(SERVER)) {
    throw new CitysinkError(
      'CONFIG_INVALID',
      'the demo needs a checkout of the project: its S3 server is not in this install',
    );
  }
  context.note('demo: making the city Linjiang 临江 (synthetic, seeded; not a real place)');
  const city = join(options.folder, 'city');
  const results = join(options.folder, 'results');
  await mkdir(results, { recursive: true });
  const sample = await makeSampleCity(city, { scenesUrl: 's3://scenes/', resultsUrl: 's3://results/' });
  const server = await startServer([`scenes=${join(city, 'scenes')}`, `results=${results}`]);
  try {
    extendEnvironment(server.env);
    context.note(`demo: its scenes stand in an S3 API at ${server.url}; running with ${options.workers} workers`);
    const code = await runCommand(
      [sample.specPath],
      { ...RUN, workers: options.workers, json: options.json },
      createContext('warn'),
    );
    context.note(`demo: files are below ${options.folder}; run it again and no block is read`);
    const report = await reportPath(results);
    if (report !== null) context.note(`demo: open the report in a browser: ${report}`);
    return code;
  } finally {
    server.stop();
  }
}

/** The bucket of results is a folder: the report of the newest run as a path; null where none ended with one. */
async function reportPath(results: string): Promise<string | null> {
  const city = join(results, SAMPLE_CITY);
  const text = await readFile(join(city, LATEST_FILE), 'utf8').catch(() => '{}');
  const latest = latestSchema.safeParse(JSON.parse(text));
  const path = latest.success ? resolve(city, latest.data.run, RUN_FILES.report) : null;
  return path !== null && existsSync(path) ? path : null;
}

const latestSchema = z.object({ run: z.string() });

const RUN: Omit<RunOptions, 'workers' | 'json'> = {
  tileSize: DEMO_TILE_SIZE,
  out: null,
  fresh: false,
  anonymous: false,
  again: false,
};

const serverSchema = z.object({ url: z.string(), env: z.record(z.string(), z.string()) });

interface DemoServer extends z.infer<typeof serverSchema> {
  stop(): void;
}

/** The project's own S3 test server as a process, its buckets backed by folders; it ends with this process. */
async function startServer(buckets: readonly string[]): Promise<DemoServer> {
  const child = spawn(process.execPath, [fileURLToPath(SERVER), ...buckets], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  const lines = createInterface({ input: child.stdout });
  const line = await new Promise<string>((resolve, reject) => {
    lines.once('line', resolve);
    child.once('exit', (code) =>
      reject(new CitysinkError('STORE_UNAVAILABLE', `the demo's S3 server ended with code ${code}`)),
    );
    setTimeout(
      () => reject(new CitysinkError('STORE_TIMEOUT', "the demo's S3 server did not start in time")),
      SERVER_START_MS,
    ).unref();
  });
  return { ...serverSchema.parse(JSON.parse(line)), stop: () => void child.kill('SIGTERM') };
}
