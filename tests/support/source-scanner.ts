// A small reader of TypeScript text for tests/architecture.test.ts: imports, functions and their lengths. It leans on
// the formatter's layout (a function's end stands at the indent of its beginning) and needs no parser.

export interface SourceImport {
  readonly specifier: string;
  readonly line: number;
  /** `import type ...`: gone when the program runs. */
  readonly isTypeOnly: boolean;
}

export interface SourceFunction {
  readonly name: string;
  readonly line: number;
  readonly lineCount: number;
}

/** Every import, export-from, dynamic import and type import of a file, with its line. */
export function importsOf(text: string): SourceImport[] {
  const visible = blankComments(text);
  const pattern = /(?:(?<!['"])\bfrom\s*|\bimport\s*\(\s*|^\s*import\s+)(['"])([^'"\n]+)\1/gm;
  return [...visible.matchAll(pattern)].map((match) => ({
    specifier: match[2] ?? '',
    line: visible.slice(0, match.index + match[0].length).split('\n').length,
    isTypeOnly: /(?:^|\n)(?:import|export)\s+type\s[^;]*$/.test(visible.slice(0, match.index)),
  }));
}

/** The text with comments and the insides of strings replaced by blanks; lines and columns stay. */
export function blankText(text: string): string {
  return scan(text, true);
}

function blankComments(text: string): string {
  return scan(text, false);
}

/** Walks strings, templates, regular expressions and comments in one pass; blanks comments, and strings if asked. */
function scan(text: string, blankStrings: boolean): string {
  const token =
    /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[\s\S]|[^`\\])*`|(?<=[=(,:!&|?[{;]\s*|\breturn\s+)\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])*\/[a-z]*/g;
  return text.replace(token, (found) => {
    if (found.startsWith('//') || found.startsWith('/*')) return blank(found);
    if (!blankStrings) return found;
    // Code inside `${ }` is dropped with the template: what it may hide is held by the linter.
    return found.length < 2 ? found : `${found[0]}${blank(found.slice(1, -1))}${found.at(-1)}`;
  });
}

function blank(text: string): string {
  return text.replace(/[^\n]/g, ' ');
}

const BEGINNING =
  /^(\s*)(?:export\s+)?(?:default\s+)?(?:(?:static|private|override|readonly)\s+)*(?:async\s+)?(?:function\s*\*?\s*(\w+)|(?:const|let)\s+(\w+)[^=]*=\s*(?:async\s*)?(?:\(|\w+\s*=>|function)|(?:get\s+|set\s+|\*)?(#?\w+)\s*(?:<[^>]*>)?\()/;
const NOT_A_METHOD = new Set([
  'if',
  'for',
  'while',
  'switch',
  'catch',
  'return',
  'throw',
  'await',
  'super',
  'function',
]);

/** Named functions, methods and arrows bound to a name, in text that `blankText` has prepared. */
export function functionsOf(code: string): SourceFunction[] {
  const lines = code.split('\n');
  return lines.flatMap((line, i) => {
    const match = BEGINNING.exec(line);
    const name = match?.[2] ?? match?.[3] ?? match?.[4];
    // A line that ends its statement is a call, a signature or a one-line arrow; one that ends an element is a call.
    if (match === null || name === undefined || NOT_A_METHOD.has(name) || /[;,]\s*$/.test(line)) return [];
    const indent = match[1] ?? '';
    const end = lines.findIndex(
      (later, j) => j >= i && isEnd(later, indent) && !/[{(]\s*$/.test(later.slice(indent.length)),
    );
    const opensBlock = lines.slice(i, end + 1).some((part) => /\{\s*$/.test(part));
    return end > i && opensBlock ? [{ name, line: i + 1, lineCount: end - i + 1 }] : [];
  });
}

/** `}` or `)` at the indent of the beginning: the end of the body, unless the line opens another block. */
function isEnd(line: string, indent: string): boolean {
  return line.startsWith(indent) && /^[})]/.test(line.slice(indent.length));
}
