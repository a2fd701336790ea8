/** What the numbers were measured on: for the head of docs/benchmarks.md. */
import { spawnSync } from 'node:child_process';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { PYTHON } from './measured.ts';

function firstLine(command: string, ...words: string[]): string | null {
  const { status, stdout, stderr } = spawnSync(command, words, { encoding: 'utf8' });
  const text = `${stdout ?? ''}${stderr ?? ''}`.trim();
  return status === 0 && text !== '' ? (text.split('\n')[0] ?? null) : null;
}

/** Version of a Python module, null where it is not installed. */
export function pythonModule(name: string): string | null {
  return firstLine(PYTHON, '-c', `import ${name}; print(${name}.__version__)`);
}

export function installed(command: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${command}`]).status === 0;
}

export interface Machine {
  readonly cores: number;
  readonly model: string;
  readonly memoryGib: number;
  readonly kernel: string;
  readonly date: string;
  readonly load: number;
  readonly versions: Readonly<Record<string, string | null>>;
}

export function describeMachine(): Machine {
  return {
    cores: cpus().length,
    model: cpus()[0]?.model ?? 'unknown',
    memoryGib: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    date: new Date().toISOString().slice(0, 16).replace('T', ' '),
    load: loadavg()[0] ?? 0,
    versions: {
      citysink: firstLine('git', '-C', import.meta.dirname, 'rev-parse', '--short', 'HEAD'),
      node: process.version,
      redis: firstLine('redis-server', '--version')?.match(/v=(\S+)/)?.[1] ?? null,
      gdal: firstLine('gdalinfo', '--version')?.match(/GDAL (\S+),/)?.[1] ?? null,
      grass: firstLine('grass', '--version')?.match(/GRASS GIS (\S+)/)?.[1] ?? null,
      ...Object.fromEntries(
        ['numpy', 'rasterio', 'scipy', 'cv2', 'exactextract', 'rasterstats'].map((name) => [name, pythonModule(name)]),
      ),
    },
  };
}
