// The import rules of CONTRIBUTING.md as code. Each finding names the file, the line and the rule that it breaks.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ERROR_KINDS } from '../src/shared/errors.ts';
import { blankText, functionsOf, importsOf, type SourceImport } from './support/source-scanner.ts';

const ROOT = join(import.meta.dirname, '..');

/** Rank by path, bottom to top; the first match counts. A file imports from lower ranks or from its own folder. */
const RANKS: readonly (readonly [RegExp, number])[] = [
  [/^src\/shared\/(units|errors)\.ts$/, 0],
  [/^src\/shared\/geo\//, 1],
  [/^src\/shared\/raster\//, 2],
  [/^src\/shared\/carbon\//, 3],
  [/^src\/shared\/contracts\//, 4],
  [/^src\/shared\/(config|log)\.ts$/, 5],
  [/^src\/shared\/io\//, 6],
  [/^src\/(producer|worker|reducer|server)\//, 7],
  [/^src\/cli\//, 8],
];

/** One door per dependency: the only files that may import it. CONTRIBUTING.md prints the same table. */
const DOORS: Readonly<Record<string, readonly string[]>> = {
  bullmq: [
    'src/shared/io/job-queue.ts',
    'src/shared/io/job-failures.ts',
    'src/shared/io/watched-worker.ts',
    'src/shared/io/night-queue.ts',
  ],
  ioredis: ['src/shared/io/redis.ts', 'src/shared/io/job-queue.ts', 'src/shared/io/night-queue.ts'],
  '@aws-sdk/*': ['src/shared/io/store-s3.ts'],
  geotiff: ['src/shared/io/raster-header-geotiff.ts'],
  'geotiff-geokeys-to-proj4': ['src/shared/io/raster-header-geotiff.ts'],
  proj4: ['src/shared/geo/project.ts'],
  'epsg-index': ['src/shared/geo/crs-registry.ts'],
  pino: ['src/shared/log.ts'],
  piscina: ['src/worker/pool.ts'],
  commander: [
    'src/cli/main.ts',
    'src/cli/serve-verb.ts',
    'src/cli/schedule-verb.ts',
    'src/cli/worker-verb.ts',
    'src/cli/keep-verbs.ts',
    'src/cli/watch-verb.ts',
    'src/cli/verify-verb.ts',
    'src/cli/factors-verb.ts',
    'src/cli/verb-words.ts',
  ],
  yaml: ['src/producer/spec-document.ts'],
  'csv-parse': ['src/producer/load-factors.ts'],
  fflate: ['src/reducer/xlsx-file.ts'],
  'hyparquet-writer': ['src/reducer/totals-parquet.ts'],
  fastify: ['src/server/main.ts'],
  'prom-client': ['src/server/metrics.ts', 'src/server/process-metrics.ts'],
  sharp: ['src/shared/io/picture-file.ts'],
  'process.env': ['src/shared/config.ts'],
  'process.exit': ['src/cli/main.ts', 'src/worker/thread.ts'],
};

/** Where a process or the queue enters a stage. */
const ENTRY = /^(main|[a-z]+-service)\.ts$/;
/** The recipe of each stage; leaves do not know it. */
const STORIES = ['src/producer/produce.ts', 'src/worker/process-tile.ts', 'src/reducer/reduce-run.ts'];
const PURE_FOLDERS = /^src\/shared\/((units|errors)\.ts$|geo\/|raster\/|carbon\/|contracts\/)/;
/** Libraries without I/O that pure files may use: definitions, transforms and schemas. */
const PURE_PACKAGES = ['proj4', 'epsg-index', 'zod'];
const IMPURE_WORDS =
  /\b(Date\.now|new Date\(\)|Math\.random|performance\.now|process\.|fetch\(|console\.|Buffer\b|setTimeout|crypto\.)/;
const NO_NOUN = /^(utils?|helpers?|common|misc|lib|types?|constants?|index)\.ts$/;
const HARD = { fileLines: 400, functionLines: 80 };

interface SourceFile {
  readonly path: string;
  readonly text: string;
  /** The text with comments and the insides of strings blanked, line by line the same. */
  readonly code: string;
  readonly imports: readonly SourceImport[];
}

const files: SourceFile[] = globSync('src/**/*.ts', { cwd: ROOT })
  .sort()
  .map((path) => {
    const text = readFileSync(join(ROOT, path), 'utf8');
    return { path, text, code: blankText(text), imports: importsOf(text) };
  });

const rankOf = (path: string): number => RANKS.find(([pattern]) => pattern.test(path))?.[1] ?? -1;
const stageOf = (path: string): string | undefined => /^src\/(producer|worker|reducer|server)\//.exec(path)?.[1];
/** Pure by place, or by `@pure` at the beginning of the file's first comment. */
const isPure = ({ path, text }: SourceFile): boolean =>
  PURE_FOLDERS.test(path) || /^[/*\s]*@pure\b/.test(firstComment(text));
const firstComment = (text: string): string => /\/\*[\s\S]*?\*\/|\/\/[^\n]*/.exec(text)?.[0] ?? '';
const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

/** Path in the repository that a relative import points to, or null for packages and node's modules. */
function targetOf(file: SourceFile, { specifier }: SourceImport): string | null {
  return specifier.startsWith('.') ? relative(ROOT, join(ROOT, dirname(file.path), specifier)) : null;
}

/** Findings over all imports: `check` answers what is wrong, or null. */
function importFindings(
  check: (file: SourceFile, target: string | null, found: SourceImport) => string | null,
): string[] {
  return files.flatMap((file) =>
    file.imports.flatMap((found) => {
      const wrong = check(file, targetOf(file, found), found);
      return wrong === null ? [] : [`${file.path}:${found.line} imports ${found.specifier}: ${wrong}`];
    }),
  );
}

/** Findings over all lines of code (comments and strings blanked). */
function lineFindings(pattern: RegExp, rule: string, applies: (file: SourceFile) => boolean): string[] {
  return files.filter(applies).flatMap((file) =>
    file.code.split('\n').flatMap((line, i) => {
      return pattern.test(line) ? [`${file.path}:${i + 1} ${line.trim()}: ${rule}`] : [];
    }),
  );
}

describe('imports', () => {
  test('every source file has a rank, and imports lower ranks or its own folder only', () => {
    const unranked = files
      .filter(({ path }) => rankOf(path) === -1)
      .map(({ path }) => `${path}: stands in no ranked folder`);
    const upward = importFindings((file, target) => {
      if (target === null || isOwnFolder(file.path, target)) return null;
      return rankOf(target) < rankOf(file.path)
        ? null
        : `rank ${rankOf(file.path)} must not import rank ${rankOf(target)}`;
    });
    expect([...unranked, ...upward]).toEqual([]);
  });

  test('stages never import each other, and nothing imports from outside of src', () => {
    expect(
      importFindings((file, target) => {
        if (target === null) return null;
        if (!target.startsWith('src/') && target !== 'package.json') return 'stands outside of src';
        const [from, to] = [stageOf(file.path), stageOf(target)];
        return from !== undefined && to !== undefined && from !== to ? `${from} must not import ${to}` : null;
      }),
    ).toEqual([]);
  });

  test('inside a stage, leaves import neither the story nor the entry', () => {
    expect(
      importFindings((file, target) => {
        if (target === null || stageOf(file.path) === undefined || stageOf(file.path) !== stageOf(target)) return null;
        if (ENTRY.test(basename(target))) return 'nothing in the stage imports its entry';
        return STORIES.includes(target) && !ENTRY.test(basename(file.path)) ? 'only the entry imports the story' : null;
      }),
    ).toEqual([]);
  });

  test('each dependency has one door', () => {
    const packages = importFindings((file, target, { specifier }) => {
      if (target !== null || specifier.startsWith('node:')) return null;
      const name = packageOf(specifier);
      const doors = DOORS[name] ?? DOORS[`${name.split('/')[0]}/*`];
      return doors === undefined || doors.includes(file.path) ? null : `the door of ${name} is ${doors.join(', ')}`;
    });
    const words = ['process.env', 'process.exit'].flatMap((word) => {
      const pattern = new RegExp(`\\b${word.replace('.', '\\.')}\\b`);
      return lineFindings(pattern, `only in ${DOORS[word]?.join(', ')}`, ({ path }) => !DOORS[word]?.includes(path));
    });
    expect([...packages, ...words]).toEqual([]);
  });

  test('there are no cycles, counting type imports too', () => {
    expect(findCycles()).toEqual([]);
  });
});

describe('pure files', () => {
  test('import no node module, no SDK, and only pure files of ours', () => {
    const pure = new Set(files.filter(isPure).map(({ path }) => path));
    expect(
      importFindings((file, target, { specifier, isTypeOnly }) => {
        if (!pure.has(file.path)) return null;
        if (target !== null) return pure.has(target) || isTypeOnly ? null : `${target} is not pure`;
        return PURE_PACKAGES.includes(packageOf(specifier)) ? null : 'not a pure dependency';
      }),
    ).toEqual([]);
  });

  test('use no clock, chance, process, network, console or Buffer', () => {
    expect(lineFindings(IMPURE_WORDS, 'not in a pure file', isPure)).toEqual([]);
  });
});

describe('names and sizes', () => {
  test('no barrels, and no file without a noun', () => {
    const isWellNamed = (name: string): boolean => /^[a-z0-9]+(-[a-z0-9]+)*\.ts$/.test(name) && !NO_NOUN.test(name);
    const names = files
      .filter(({ path }) => !isWellNamed(basename(path)))
      .map(({ path }) => `${path}: a name that says nothing`);
    const barrel = /^\s*export\s+(type\s+)?(\*|\{[^}]*\}\s+from\b)/;
    expect([...names, ...lineFindings(barrel, 'import from the file that defines it', () => true)]).toEqual([]);
  });

  test(`files have at most ${HARD.fileLines} lines, functions at most ${HARD.functionLines}`, () => {
    const lines = (text: string): number => text.split('\n').length - 1;
    const long = files
      .filter(({ text }) => lines(text) > HARD.fileLines)
      .map(({ path, text }) => `${path}: ${lines(text)} lines`);
    const big = files.flatMap(({ path, code }) =>
      functionsOf(code)
        .filter(({ lineCount }) => lineCount > HARD.functionLines)
        .map(({ name, line, lineCount }) => `${path}:${line} ${name}: ${lineCount} lines`),
    );
    expect([...long, ...big]).toEqual([]);
  });

  test('there is no any', () => {
    expect(lineFindings(/(:|<|\bas|,|\|)\s*any\b(?!\s*\()/, 'name the type, or unknown at a door', () => true)).toEqual(
      [],
    );
  });
});

describe('documents', () => {
  test('docs/errors.md has every error code', () => {
    const page = readFileSync(join(ROOT, 'docs/errors.md'), 'utf8');
    expect(Object.keys(ERROR_KINDS).filter((code) => !page.includes(`\`${code}\``))).toEqual([]);
  });

  test('CONTRIBUTING.md prints the doors as they are held here', () => {
    const page = readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8');
    const rows = Object.entries(DOORS).map(
      ([name, doors]) => `| \`${name}\` | ${doors.map((door) => `\`${door}\``).join(', ')} |`,
    );
    expect(rows.filter((row) => !page.includes(row))).toEqual([]);
  });

  test('every door that is named exists, so a renamed file cannot open a second one', () => {
    const used = new Set(files.flatMap(({ imports }) => imports.map(({ specifier }) => packageOf(specifier))));
    const stale = Object.entries(DOORS).flatMap(([name, doors]) =>
      used.has(name) ? doors.filter((door) => !existsSync(join(ROOT, door))) : [],
    );
    expect(stale).toEqual([]);
  });
});

/** A folder of src/shared, or a stage with its subfolders. The files of src/shared itself are no folder: each has its rank. */
function isOwnFolder(from: string, to: string): boolean {
  const home = (path: string): string | undefined =>
    /^src\/(shared\/\w+|producer|worker|reducer|server|cli)\//.exec(path)?.[1];
  return home(from) !== undefined && home(from) === home(to);
}

/** Cycles of imports as `a -> b -> a`, each named once, found by depth-first search. */
function findCycles(): string[] {
  const edges = new Map(
    files.map((file) => [
      file.path,
      file.imports.map((found) => targetOf(file, found)).filter((target) => target !== null),
    ]),
  );
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) cycles.push([...trail.slice(trail.indexOf(path)), path].join(' -> '));
    if (done.has(path) || trail.includes(path)) return;
    for (const next of edges.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of edges.keys()) visit(path, []);
  return cycles;
}
