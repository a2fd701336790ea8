/**
 * `npm run docs` writes docs/licences.md from package-lock.json; `--check` compares, and refuses what is over the budget:
 * more packages than are allowed, a licence that nobody looked at, a package that runs a script when it is installed.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const PAGE = join(ROOT, 'docs/licences.md');

/** Packages that a checkout runs with. Raise it in the change that needs it, and say why. */
const BUDGET = { direct: 24, all: 200 };

/** Looked at: none of these asks anything of who runs the program; LGPL is libvips, a shared library of its own. */
const KNOWN =
  /^(MIT|MIT-0|0BSD|ISC|BSD-2-Clause|BSD-3-Clause|Apache-2\.0|BlueOak-1\.0\.0|CC0-1\.0|Unlicense|Zlib|Python-2\.0|LGPL-3\.0-or-later)$/;

interface LockedPackage {
  readonly version?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly hasInstallScript?: boolean;
}

interface Found {
  readonly name: string;
  readonly licence: string;
  readonly script: boolean;
}

function readJson<T>(name: string): T {
  return JSON.parse(readFileSync(join(ROOT, name), 'utf8')) as T;
}

/** Packages that are installed without development, each name once. */
function packages(): Found[] {
  const { packages: locked } = readJson<{ packages: Record<string, LockedPackage> }>('package-lock.json');
  const byName = new Map<string, Found>();
  for (const [path, one] of Object.entries(locked)) {
    if (path === '' || one.dev === true) continue;
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    byName.set(name, { name, licence: one.license ?? 'not stated', script: one.hasInstallScript === true });
  }
  return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function pageOf(found: readonly Found[]): string {
  const byLicence = [...Map.groupBy(found, ({ licence }) => licence)].sort(([a], [b]) => (a < b ? -1 : 1));
  const rows = byLicence.map(([licence, list]) => `| ${licence} | ${list.map(({ name }) => name).join(', ')} |`);
  return [
    '# Licences',
    '',
    'Packages that the program runs with, from `package-lock.json`; made by `npm run docs`. `npm run sbom` prints all of it as CycloneDX.',
    '',
    '| licence | packages |',
    '| --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

/** What is over the budget, in sentences. */
function problemsOf(found: readonly Found[]): string[] {
  const manifest = readJson<{ dependencies: object; allowScripts: Record<string, boolean> }>('package.json');
  const direct = Object.keys(manifest.dependencies).length;
  const unknown = found.filter(({ licence }) => !isKnown(licence));
  const scripts = found.filter(({ name, script }) => script && !Object.hasOwn(manifest.allowScripts, name));
  return [
    ...(direct > BUDGET.direct ? [`${direct} direct dependencies, ${BUDGET.direct} are allowed`] : []),
    ...(found.length > BUDGET.all ? [`${found.length} packages, ${BUDGET.all} are allowed`] : []),
    ...unknown.map(({ name, licence }) => `${name}: nobody has looked at its licence ${licence}`),
    ...scripts.map(({ name }) => `${name}: runs a script when it is installed, and allowScripts says nothing of it`),
  ];
}

function isKnown(licence: string): boolean {
  return licence === 'not stated' || licence.split(/ AND | OR |[()]/).every((one) => one === '' || KNOWN.test(one));
}

const found = packages();
const problems = problemsOf(found);
const page = pageOf(found);
if (process.argv.includes('--check')) {
  if (readFileSync(PAGE, 'utf8') !== page) problems.push('docs/licences.md is not up to date: run `npm run docs`');
} else {
  writeFileSync(PAGE, page);
  process.stdout.write('docs/licences.md: written\n');
}
for (const problem of problems) process.stderr.write(`${problem}\n`);
if (problems.length > 0) process.exitCode = 1;
