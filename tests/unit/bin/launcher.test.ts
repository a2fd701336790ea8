import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

/** A checkout in miniature: the real launcher, and a command line that tells what reaches it. */
const root = mkdtempSync(join(tmpdir(), 'citysink-launcher-'));
const launcher = join(root, 'bin/citysink.js');
mkdirSync(join(root, 'src/cli'), { recursive: true });
cpSync(join(import.meta.dirname, '../../../bin/citysink.js'), launcher);
writeFileSync(join(root, 'package.json'), '{"type":"module"}');
writeFileSync(
  join(root, 'src/cli/main.ts'),
  `export async function main(args: readonly string[]): Promise<void> {
  console.log(args.join(' '));
  if (args[0] === 'exit') process.exitCode = Number(args[1]);
  if (args[0] !== 'wait') return;
  process.once('SIGTERM', () => { console.log('SIGTERM'); clearInterval(alive); });
  const alive = setInterval(() => {}, 1000);
}`,
);
afterAll(() => rmSync(root, { recursive: true }));

test('hands its arguments to the command line and keeps the exit code, without a warning', () => {
  const result = spawnSync(process.execPath, [launcher, 'exit', '3', '--json'], { encoding: 'utf8' });
  expect(result).toMatchObject({ status: 3, stdout: 'exit 3 --json\n', stderr: '' });
});

test('takes the bundle while it is of the sources that are there, else the sources', () => {
  const source = join(root, 'src/cli/main.ts');
  const dist = join(root, 'dist');
  const run = () => spawnSync(process.execPath, [launcher, 'hello'], { encoding: 'utf8' }).stdout;
  const { size, mtimeMs } = statSync(source);
  mkdirSync(dist);
  writeFileSync(join(dist, 'main.js'), `export const main = (args) => console.log('bundled ' + args[0]);`);
  const madeOf = (sizeBytes: number) =>
    writeFileSync(
      join(dist, 'sources.json'),
      JSON.stringify([['src/cli/main.ts', sizeBytes, Math.floor(mtimeMs / 1000)]]),
    );
  madeOf(size);
  expect(run()).toBe('bundled hello\n');
  madeOf(size + 1);
  expect(run()).toBe('hello\n');
  madeOf(size);
  utimesSync(source, new Date(), new Date(mtimeMs + 5000));
  expect(run()).toBe('hello\n');
  rmSync(dist, { recursive: true });
});

const older = olderNode();

test.skipIf(older === null)(
  `is read by an older Node too${older === null ? ' (there is none on the PATH)' : ''}`,
  () => {
    const node = join(root, 'node_modules/node/bin');
    mkdirSync(node, { recursive: true });
    symlinkSync(process.execPath, join(node, 'node'));
    const result = spawnSync(older ?? '', [launcher, 'exit', '3'], { encoding: 'utf8' });
    expect(result).toMatchObject({ status: 3, stdout: 'exit 3\n', stderr: '' });
  },
);

/** A Node on the PATH that cannot run TypeScript, or null. */
function olderNode(): string | null {
  const nodes = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'node'));
  const isOlder = (node: string) =>
    existsSync(node) &&
    Number(spawnSync(node, ['-p', 'process.versions.node'], { encoding: 'utf8' }).stdout.split('.')[0]) < 24;
  return nodes.find(isOlder) ?? null;
}

test('a command under npx is told to stop when npx is killed, though its shell passes no signal on', async () => {
  // As npx does: a shell between, `npm_command` in the environment. `; :` keeps the shell from becoming the command.
  const command = `"${process.execPath}" "${launcher}" wait; :`;
  const shell = spawn('sh', ['-c', command], {
    env: { ...process.env, npm_command: 'exec' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  shell.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (!output.includes('wait') && text.includes('wait')) shell.kill('SIGKILL');
    output += text;
  });
  // The pipe closes when the last process that holds it has ended.
  await once(shell.stdout, 'close');
  expect(output).toBe('wait\nSIGTERM\n');
});
