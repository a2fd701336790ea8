import { type CitysinkError, ERROR_KINDS, type Problem, toCitysinkError } from '../shared/errors.ts';
import { redactUrls } from '../shared/log.ts';
import { placeText } from './place-text.ts';
import { plainLine } from './terminal-text.ts';

/** An error as a person reads it: what, each mistake with its place, and what to do. */
export function errorText(error: unknown): string {
  const known = toCitysinkError(error);
  const lines = [`citysink: ${known.message} [${known.code}]`];
  for (const problem of known.problems) lines.push(...problemLines(problem));
  if (known.problems.length === 0) lines.push(`  ${known.remedy}`);
  return lines.map((line) => redactUrls(plainPaths(plainLine(line)))).join('\n');
}

/** Files as people type them: a plain path in place of its URL. */
function plainPaths(text: string): string {
  return text.replace(/file:\/\/\/[^\s"'<>,;)]*/g, (url) =>
    URL.canParse(url) && !/%(?![0-9a-f]{2})/i.test(url) ? placeText(url) : url,
  );
}

function problemLines(problem: Problem): string[] {
  const lines = [`  ${problem.where}: ${problem.message}`];
  if (problem.expected !== undefined) lines.push(`      expected: ${problem.expected}`);
  if (problem.found !== undefined) lines.push(`      found:    ${problem.found}`);
  return lines;
}

/** The same for programs. */
export function errorJson(error: unknown): object {
  const { code, message, problems, remedy } = toCitysinkError(error);
  const shown = problems.map((problem) => mapTexts(problem, redactUrls));
  return { error: { code, message: redactUrls(message), problems: shown, remedy } };
}

function mapTexts(problem: Problem, change: (text: string) => string): object {
  return Object.fromEntries(Object.entries(problem).map(([name, text]) => [name, change(String(text))]));
}

/** Exit code that an error ends a command with. */
export function exitCodeOf(error: CitysinkError): number {
  return ERROR_KINDS[error.code].exit;
}

/** Exit code of several things done: 1 failed before 2 wrong before 3 partial. */
export function gravest(codes: readonly number[]): number {
  return [1, 2, 3].find((code) => codes.includes(code)) ?? 0;
}
