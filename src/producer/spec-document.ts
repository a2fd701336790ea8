/** The text of a spec (YAML or JSON) as plain data, with the line of every key. The only file that imports yaml. */

import { type Document, isMap, isNode, isPair, LineCounter, type Node, parseDocument } from 'yaml';
import { type Problem, refuseIfAny } from '../shared/errors.ts';
import { decodeUtf8 } from './request-text.ts';

export interface SpecDocument {
  readonly value: unknown;
  /** Line (from 1) of the deepest part of a path that the text has; of the key itself where `key` is set. */
  lineOf(path: readonly PropertyKey[]): number;
}

/** References that YAML aliases may unfold to; more is a bomb. */
const MAX_ALIASES = 100;

/** Parses a spec; JSON is read as the YAML that it is. Errors: REQUEST_INVALID with every error of syntax and its line. */
export function parseSpecDocument(bytes: Uint8Array, file: string): SpecDocument {
  const text = decodeUtf8(bytes, file);
  const lines = new LineCounter();
  const document = parseText(text, lines, file);
  refuseIfAny(
    document.errors.slice(0, 10).map((error) => ({
      where: `${file}:${lines.linePos(error.pos[0]).line}`,
      message: `not YAML: ${error.message.split('\n', 1)[0]}`,
    })),
  );
  return { value: plainValue(document, file), lineOf: (path) => lineOf(document, lines, path) };
}

function parseText(text: string, lines: LineCounter, file: string): Document {
  try {
    // Tabs may indent JSON and may not indent YAML; inside strings JSON has no bare tabs.
    const source = isJson(text) ? text.replaceAll('\t', ' ') : text;
    return parseDocument(source, {
      lineCounter: lines,
      prettyErrors: false,
      version: '1.2',
      uniqueKeys: true,
      stringKeys: true,
    });
  } catch (error) {
    throw tangled(file, error);
  }
}

function isJson(text: string): boolean {
  if (!/^\s*\{/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function plainValue(document: Document, file: string): unknown {
  try {
    const value: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
    return value;
  } catch (error) {
    throw tangled(file, error);
  }
}

/** Thousands of nested brackets exhaust the stack, aliases of aliases the memory; both are refused alike. */
function tangled(file: string, cause: unknown): unknown {
  const found = cause instanceof Error ? cause.message : String(cause);
  const problem: Problem = {
    where: file,
    message: 'nested too deeply, or aliases that cannot be followed',
    expected: 'a plain spec',
    found,
  };
  try {
    refuseIfAny([problem]);
  } catch (refusal) {
    return refusal;
  }
  return cause;
}

function lineOf(document: Document, lines: LineCounter, path: readonly PropertyKey[]): number {
  let node: unknown = document.contents;
  let at = offsetOf(node);
  for (const step of path) {
    const [key, next] = childOf(node, step);
    if (next === undefined && key === undefined) break;
    at = offsetOf(key) ?? offsetOf(next) ?? at;
    node = next;
  }
  return at === null ? 1 : Math.max(1, lines.linePos(at).line);
}

/** Key and value nodes of a child; for list items there is no key. */
function childOf(node: unknown, step: PropertyKey): [unknown, unknown] {
  if (isMap(node)) {
    const pair = node.items.find((item) => isPair(item) && keyText(item.key) === String(step));
    return pair === undefined ? [undefined, undefined] : [pair.key, pair.value];
  }
  const item = isNode(node) && 'items' in node && Array.isArray(node.items) ? node.items[Number(step)] : undefined;
  return [undefined, item];
}

function keyText(key: unknown): string {
  return isNode(key) && 'value' in key ? String(key.value) : String(key);
}

function offsetOf(node: unknown): number | null {
  return isNode(node) ? ((node as Node).range?.[0] ?? null) : null;
}
