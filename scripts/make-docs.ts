// Writes the reference pages that have a definition in code or data: docs/errors.md, docs/configuration.md, docs/cli.md,
// docs/factor-library.md.
// `node scripts/make-docs.ts` writes them; with `--check` it changes nothing and fails if a page is out of date.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type LibraryEntry, listLibrary, loadCrosswalk } from '../src/producer/factor-library.ts';
import { headComments, parseFactors } from '../src/producer/load-factors.ts';
import { CONFIG_VARIABLES } from '../src/shared/config.ts';
import { ERROR_KINDS } from '../src/shared/errors.ts';

const ROOT = join(import.meta.dirname, '..');
const CLI = join(ROOT, 'src/cli/main.ts');
/** Width that help texts are wrapped at, so that no terminal changes the page. */
const HELP_COLUMNS = 100;

/** What is used of commander's Command: the command line itself is not imported before it is known to exist. */
interface Verb {
  name(): string;
  readonly commands: readonly Verb[];
  helpInformation(): string;
  configureHelp(settings?: object): object;
}

function madeFrom(source: string): string {
  return `<!-- Made from ${source} by scripts/make-docs.ts; \`npm run docs\` writes it again. -->`;
}

function errorsPage(): string {
  const entries = Object.entries(ERROR_KINDS).map(([code, { meaning, remedy, retryable, exit }]) => {
    const again = retryable ? 'yes: the job is tried again with back-off' : 'no: trying again cannot help';
    return `## \`${code}\`\n\n${meaning}\n\n- What to do: ${remedy}\n- Tried again: ${again}\n- Exit code where it ends a command: ${exit}`;
  });
  const head = `# Errors

Every failure has one of these codes; it stands in messages, logs, \`--json\` output and manifests, with the place (URL, layer,
band, tile, line), what was expected and what was found. Mistakes of a request are listed all at once.

Exit codes of \`citysink\`: 0 done; 3 partial (some input could not be read, and the results say which and how much is covered);
1 failed; 2 the request itself is wrong.`;
  return [madeFrom('src/shared/errors.ts'), head, ...entries].join('\n\n');
}

function configurationPage(): string {
  const rows = Object.entries(CONFIG_VARIABLES).map(([name, { meaning, form, default: usual }]) => {
    return `| \`${name}\` | ${meaning} | ${form} | ${usual} |`;
  });
  const head = `# Configuration

The environment may change speed and places, never a figure: what decides results stands in the city spec. A value that cannot
be used ends the command with \`CONFIG_INVALID\` and the name of the variable.

| variable | meaning | form | default |
| --- | --- | --- | --- |
${rows.join('\n')}

S3 is reached with the AWS SDK's own settings: \`AWS_REGION\`, \`AWS_ACCESS_KEY_ID\`, \`AWS_SECRET_ACCESS_KEY\`,
\`AWS_SESSION_TOKEN\`, \`AWS_PROFILE\`, \`AWS_ENDPOINT_URL_S3\`, roles and container credentials.`;
  return [madeFrom('src/shared/config.ts'), head].join('\n\n');
}

/** The help of the program and of each verb; null while there is no command line or it offers no program to look at. */
async function cliPage(): Promise<string | null> {
  if (!existsSync(CLI)) return null;
  const main: { buildProgram?: () => Verb } = await import(pathToFileURL(CLI).href);
  if (main.buildProgram === undefined) return null;
  const program = main.buildProgram();
  const sections = program.commands
    .filter((verb) => verb.name() !== 'help')
    .flatMap((verb) => [
      `## ${verb.name()}\n\n${helpOf(verb)}`,
      ...verb.commands.map((part) => `### ${verb.name()} ${part.name()}\n\n${helpOf(part)}`),
    ]);
  return [madeFrom('the help texts of src/cli'), '# Command line', helpOf(program), ...sections].join('\n\n');
}

function helpOf(verb: Verb): string {
  verb.configureHelp({ ...verb.configureHelp(), helpWidth: HELP_COLUMNS });
  return `\`\`\`\n${verb.helpInformation().trim()}\n\`\`\``;
}

/** The library of factors: what stands in each table and crosswalk, and where its numbers come from. */
async function libraryPage(): Promise<string> {
  const library = await listLibrary();
  const tables = library.filter(({ kind }) => kind === 'table').map(tableSection);
  const crosswalks = library.filter(({ kind }) => kind === 'crosswalk').map(crosswalkSection);
  const head = `# The library of factors

Tables of carbon by class and crosswalks from land-cover products, in \`data/\`. \`citysink factors list\` lists them,
\`citysink factors show NAME\` prints one; [factors.md](factors.md) says how they are used and what the columns mean.`;
  const parts = [...tables, '## Crosswalks', ...(await Promise.all(crosswalks))];
  return [madeFrom('data/factors and data/crosswalks'), head, '## Tables', ...parts].join('\n\n');
}

function tableSection({ name, title, titleZh, version, classes, text }: LibraryEntry): string {
  const table = parseFactors(text, name);
  const facts = headComments(text).filter((line) => !/^(table|version|title|title_zh|classes): /.test(line));
  const rows = table.classes.map((row, index) => {
    const numbers = table.coefficients.map((one) => row.values[one]);
    const { soilDepthCm, caveat } = table.provenance[index] ?? {};
    return `| ${[row.code, row.name, row.nameZh, ...numbers, soilDepthCm ?? '', caveat ?? ''].join(' | ')} |`;
  });
  const columns = ['class', 'name', '', ...table.coefficients, 'soil depth, cm', 'caveat'];
  const sources = [...new Set(table.classes.map(({ source }) => source))].map((source) => `- ${source}`);
  const codes = classes === 'model' ? 'classes of the model' : 'classes of its own';
  return [
    `### ${name}`,
    `${title} (${titleZh}). Version ${version}, ${codes}.`,
    facts.map((fact) => `- ${fact}`).join('\n'),
    [`| ${columns.join(' | ')} |`, `|${' --- |'.repeat(columns.length)}`, ...rows].join('\n'),
    `Sources:\n\n${sources.join('\n')}`,
  ].join('\n\n');
}

async function crosswalkSection({ name, title, titleZh, version, text }: LibraryEntry): Promise<string> {
  const { classes } = await loadCrosswalk(name);
  const facts = headComments(text).filter((line) => /^(source|about): /.test(line));
  const rows = classes.map(
    ({ code, name, nameZh, modelClass, tag, note }) =>
      `| ${code} | ${name} | ${nameZh} | ${modelClass ?? '(ignored)'} | ${tag} | ${note ?? ''} |`,
  );
  return [
    `### ${name}`,
    `${title} (${titleZh}). Version ${version}. Which class a code stands for is our choice.`,
    facts.map((fact) => `- ${fact}`).join('\n'),
    ['| code | name | | class of the model | code and name | note |', `|${' --- |'.repeat(6)}`, ...rows].join('\n'),
  ].join('\n\n');
}

/** Writes the page, or in a check says whether it differs. */
function settle(name: string, page: string | null, isCheck: boolean): boolean {
  const path = join(ROOT, 'docs', name);
  if (page === null) {
    console.error(`docs/${name}: left out, src/cli/main.ts exports no buildProgram()`);
    return !isCheck;
  }
  const text = `${page}\n`;
  const found = existsSync(path) ? readFileSync(path, 'utf8') : null;
  if (found === text) return true;
  if (!isCheck) writeFileSync(path, text);
  console.error(`${relative(ROOT, path)}: ${isCheck ? 'out of date, run `npm run docs`' : 'written'}`);
  return !isCheck;
}

const isCheck = process.argv.includes('--check');
const pages = {
  'errors.md': errorsPage(),
  'configuration.md': configurationPage(),
  'cli.md': await cliPage(),
  'factor-library.md': await libraryPage(),
};
const outcomes = Object.entries(pages).map(([name, page]) => settle(name, page, isCheck));
process.exitCode = outcomes.every(Boolean) ? 0 : 1;
