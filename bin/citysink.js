#!/usr/bin/env node
// Launcher in plain JavaScript, so that any Node can read it: runs the TypeScript command line with Node 24.3 or later
// (earlier ones cannot, or warn of it), taken from the npm package `node` where the running one is older.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import * as modules from 'node:module';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const isNewEnough = major > 24 || (major === 24 && minor >= 3);

if (isNewEnough) {
  if (process.env.npm_command !== undefined || process.env.CITYSINK_LAUNCHED !== undefined) stopWithParent();
  // Workers and repeated commands load compiled code from Node's own cache: about half of the start.
  modules.enableCompileCache();
  const { main } = await import(isBundleFresh() ? '../dist/main.js' : '../src/cli/main.ts');
  await main(process.argv.slice(2));
} else {
  runWithPackagedNode(fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url)));
}

// scripts/bundle.ts names what it was made of: a few files load in a third of the time that the sources take.
function isBundleFresh() {
  const root = new URL('../', import.meta.url);
  try {
    const made = JSON.parse(readFileSync(new URL('dist/sources.json', root), 'utf8'));
    return made.every(([path, sizeBytes, modifiedS]) => {
      const { size, mtimeMs } = statSync(new URL(path, root));
      return size === sizeBytes && Math.floor(mtimeMs / 1000) === modifiedS;
    });
  } catch {
    return false;
  }
}

function runWithPackagedNode(node) {
  if (!existsSync(node)) {
    console.error(
      `citysink needs Node 24, and this is ${process.version}: run \`npm ci\` here once, it brings Node 24 along.`,
    );
    process.exit(1);
  }
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...process.env, CITYSINK_LAUNCHED: '1' },
  });
  for (const signal of SIGNALS) forwardOnce(child, signal);
  child.on('error', (error) => {
    console.error(`citysink could not start ${node}: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(signal === null ? code : 128 + constants.signals[signal]));
}

// A terminal sends Ctrl-C and hang-up to the whole process group, so the child has them already: the launcher only waits.
function forwardOnce(child, signal) {
  const isFromTerminal = signal !== 'SIGTERM' && (process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY);
  let isForwarded = false;
  process.on(signal, () => {
    if (isFromTerminal || isForwarded) return;
    isForwarded = true;
    child.kill(signal);
  });
}

// npx and npm pass signals to the shell between them and us, and a shell does not pass them on: a stopped `npx citysink
// worker` would leave its worker behind. So where npm or this launcher stands above, losing the parent counts as SIGTERM.
function stopWithParent() {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    process.kill(process.pid, 'SIGTERM');
  }, 250);
  watch.unref();
  // A command that handles a signal itself and has had it (Ctrl-C reaches the shell above too) is not told twice.
  const watched = new Set();
  process.on('newListener', (event) => {
    if (!SIGNALS.includes(event) || watched.has(event)) return;
    watched.add(event);
    process.prependOnceListener(event, () => clearInterval(watch));
  });
}
