// Adds to package-lock.json the optional platform packages that the registry in use did not serve,
// so that `npm ci` accepts the lock on every platform. Run by `npm run lock` after a change of dependencies.
import { readFileSync, writeFileSync } from 'node:fs';

const LOCK = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(LOCK, 'utf8'));
const OS = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32'];
const CPU = ['arm64', 'x64', 'arm', 'ia32', 'ppc64', 'riscv64', 's390x', 'wasm32'];
let added = 0;

for (const owner of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(owner.optionalDependencies ?? {})) {
    const path = `node_modules/${name}`;
    const words = name.split(/[-/]/);
    if (lock.packages[path] || !/^\d/.test(version)) continue;
    lock.packages[path] = {
      version,
      ...(owner.dev ? { dev: true } : {}),
      optional: true,
      os: OS.filter((os) => words.includes(os)),
      cpu: CPU.filter((cpu) => words.includes(cpu)),
    };
    added += 1;
  }
}

const sorted = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(LOCK, `${JSON.stringify({ ...lock, packages: sorted }, null, 2)}\n`);
console.log(`package-lock.json: ${added} platform packages added`);
