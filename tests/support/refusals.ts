import { rm } from 'node:fs/promises';
import { expect } from 'vitest';
import type { CityParts } from './city.ts';
import { type CliResult, runCli } from './cli.ts';
import { smallCity } from './small-city.ts';
import { resultNames } from './totals.ts';

/** What holds of every request that cannot be done: one clear message, the right exit code, nothing left as a result. */

/** Stands in every secret of these tests, and may stand in no output. */
export const CANARY = 'canary-7f3a';

type Environment = Readonly<Record<string, string | undefined>>;

export interface Refusal {
  readonly parts?: Partial<CityParts> & { readonly rasters?: Readonly<Record<string, Uint8Array>> };
  readonly words?: readonly string[];
  readonly env?: Environment;
  readonly exit: 1 | 2;
  readonly code: string;
  /** What standard error says. */
  readonly says: readonly RegExp[];
}

interface ErrorAnswer {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
  readonly problems: readonly {
    readonly where: string;
    readonly message: string;
    readonly expected?: string;
    readonly found?: string;
  }[];
}

/** The same words as the text for people has. */
function errorWords({ message, remedy, problems }: ErrorAnswer): string {
  return [
    message,
    remedy,
    ...problems.map((one) => `${one.where}: ${one.message}, expected: ${one.expected}, found: ${one.found}`),
  ].join('\n');
}

/** Runs the request for people and for programs, and checks what holds of every refusal. */
export async function expectRefused({ parts = {}, words = [], env = {}, exit, code, says }: Refusal): Promise<void> {
  const { folder, spec, results } = await smallCity(parts);
  const options = { cwd: folder, env: { CITYSINK_STORE_RETRIES: '1', ...env } };
  const run = (...more: string[]) => runCli(['run', '--workers', '1', ...more, ...words, spec], options);
  const [text, json] = [await run(), await run('--json')];
  expectPlainError(text, exit, code, says);
  expect(json.code, json.stderr).toBe(exit);
  const { error } = JSON.parse(json.stdout) as { error: ErrorAnswer };
  expect(error.code).toBe(code);
  for (const pattern of says) expect(errorWords(error)).toMatch(pattern);
  expect(json.stdout).not.toContain(CANARY);
  await expectNoResult(results);
  await rm(folder, { recursive: true, force: true });
}

/** One message with its code, and neither stack nor secret. */
export function expectPlainError(
  { code: exitCode, stderr, stdout }: CliResult,
  exit: number,
  code: string,
  says: readonly RegExp[],
): void {
  expect(exitCode, stderr).toBe(exit);
  for (const pattern of says) expect(stderr).toMatch(pattern);
  expect(stderr.match(/^citysink: .*$/gm)).toEqual([expect.stringContaining(`[${code}]`)]);
  expect(stderr).not.toMatch(/^\s+at |node:internal|\.ts:\d+/m);
  expect(stdout + stderr).not.toContain(CANARY);
}

/** No manifest, no totals, no pointer, and no temporary file. */
export async function expectNoResult(results: string): Promise<void> {
  const names = await resultNames(results);
  expect(names.filter((name) => /manifest|totals|latest|tmp|part$/.test(name))).toEqual([]);
}
