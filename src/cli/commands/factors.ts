import { checkFactors, type Finding } from '../../producer/factor-check.ts';
import {
  isLibraryName,
  type LibraryEntry,
  libraryText,
  listLibrary,
  loadCrosswalk,
} from '../../producer/factor-library.ts';
import { readTableText } from '../../producer/load-factors.ts';
import { redactUrls } from '../../shared/log.ts';
import { type CliContext, urlArgument } from '../context.ts';
import { placeText } from '../place-text.ts';
import { padEnd, plainLine } from '../terminal-text.ts';

/** Lists the library: what each table and crosswalk is for, its version and classes. */
export async function factorsListCommand(options: { readonly json: boolean }, context: CliContext): Promise<number> {
  const entries = await listLibrary();
  if (options.json) {
    context.print(JSON.stringify({ library: entries.map(({ text: _, ...entry }) => entry) }, null, 1));
    return 0;
  }
  const width = Math.max(...entries.map(({ name }) => name.length)) + 2;
  const line = ({ name, version, rows, title, classes }: LibraryEntry) =>
    `  ${padEnd(name, width)}v${version}  ${String(rows).padStart(2)} classes  ${title}${classes === 'model' ? ' *' : ''}`;
  const tables = entries.filter(({ kind }) => kind === 'table').map(line);
  const crosswalks = entries.filter(({ kind }) => kind === 'crosswalk').map(line);
  context.print(
    [
      'Tables: t C/ha and t C/ha/yr by class',
      ...tables,
      '  * by classes of the model: takes a crosswalk',
      '',
      'Crosswalks: from the codes of a product to classes of the model',
      ...crosswalks,
      '',
      'In a spec: `factors: library:default+worldcover`. To change numbers: `citysink factors show default+worldcover > factors.csv`',
    ].join('\n'),
  );
  return 0;
}

/** Prints a table or crosswalk as CSV; with `table`, that table in the codes of the crosswalk, ready for a spec. */
export async function factorsShowCommand(
  name: string,
  options: { readonly table: string | null },
  context: CliContext,
): Promise<number> {
  const text = options.table === null ? await anyText(name) : await libraryText(`${options.table}+${name}`);
  context.print(text.trimEnd());
  return 0;
}

/** A name alone may be that of a crosswalk; the errors are those of tables. */
async function anyText(name: string): Promise<string> {
  const crosswalk = (await listLibrary()).find((entry) => entry.kind === 'crosswalk' && entry.name === name);
  return crosswalk?.text ?? libraryText(name);
}

/** Tells all that is wrong or likely wrong with a table. Exit code 2 where no run would take it. */
export async function factorsCheckCommand(
  place: string,
  options: { readonly classes: string | null; readonly json: boolean },
  context: CliContext,
): Promise<number> {
  const crosswalk = options.classes === null ? null : await loadCrosswalk(options.classes);
  const { file, text } = await tableText(place, context);
  const findings = checkFactors(text, file, crosswalk);
  const errors = findings.filter(({ level }) => level === 'error').length;
  const counts = { errors, warnings: findings.length - errors };
  if (options.json) context.print(redactUrls(JSON.stringify({ file, ...counts, findings }, null, 1)));
  else context.print([...findings.flatMap(findingLines), `${file}: ${summary(counts)}`].join('\n'));
  return errors > 0 ? 2 : 0;
}

async function tableText(place: string, context: CliContext): Promise<{ file: string; text: string }> {
  if (isLibraryName(place)) return { file: place, text: await libraryText(place) };
  const url = urlArgument(place);
  return { file: placeText(url), text: await readTableText(context.stores.storeFor(url), url) };
}

function findingLines({ level, where, message, expected, found }: Finding): string[] {
  const lines = [`${level}: ${where}: ${message}`];
  if (expected !== undefined) lines.push(`    expected: ${expected}`);
  if (found !== undefined) lines.push(`    found:    ${found}`);
  return lines.map((line) => redactUrls(line.replace(/^(\s*)(.*)$/su, (_, indent, rest) => indent + plainLine(rest))));
}

function summary({ errors, warnings }: { readonly errors: number; readonly warnings: number }): string {
  const told = (count: number, word: string) => `${count} ${word}${count === 1 ? '' : 's'}`;
  if (errors > 0) return `${told(errors, 'error')}: no run takes this table`;
  return warnings === 0 ? 'nothing found' : `${told(warnings, 'warning')}: a run takes this table`;
}
