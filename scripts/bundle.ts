// Writes dist/: the command line and the compute threads in a few files, so that a process loads some twenty modules and
// not six hundred. bin/citysink.js takes it while no source is newer or other than when it was made; without it the
// sources run as they are. `npm ci` makes it (script `prepare`).
import { globSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const DIST = join(ROOT, 'dist');
/** These start files of their own, or hold compiled code; `node` is the runtime. */
const KEPT_OUT = ['piscina', 'sharp'];

/** Path, size in bytes and time in seconds of each source, as bin/citysink.js compares them: layers of images keep no more of a time. */
function sources(): [string, number, number][] {
  const files = globSync('src/**/*.{ts,js}', { cwd: ROOT }).sort();
  return [...files, 'package.json'].map((file) => {
    const { size, mtimeMs } = statSync(join(ROOT, file));
    return [file, size, Math.floor(mtimeMs / 1000)];
  });
}

async function bundle(): Promise<void> {
  const { rolldown } = await import('rolldown');
  const before = sources();
  rmSync(DIST, { recursive: true, force: true });
  const build = await rolldown({
    cwd: ROOT,
    input: { main: 'src/cli/main.ts', 'thread-entry': 'src/worker/thread-entry.js' },
    platform: 'node',
    external: [...KEPT_OUT, /^node:/],
    treeshake: true,
  });
  await build.write({
    dir: DIST,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
  });
  await build.close();
  writeFileSync(join(DIST, 'sources.json'), JSON.stringify(before));
}

function isInstalled(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch {
    return false;
  }
}

// An installation without what is for development runs from its sources.
if (isInstalled('rolldown')) await bundle();
