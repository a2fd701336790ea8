import { expect, test } from 'vitest';
import { blankText, functionsOf, importsOf } from '../../support/source-scanner.ts';

test('finds every form of import with its line, and none in comments', () => {
  const text = [
    "import { a } from './a.ts';",
    'import type {',
    '  B,',
    "} from './b.ts';",
    "// import { c } from './c.ts';",
    "/* from './d.ts' */ const e = await import('./e.ts');",
    "import 'side-effect';",
    "export { f } from './f.ts';",
    "type G = import('./g.ts').G;",
  ].join('\n');
  expect(
    importsOf(text).map(({ specifier, line, isTypeOnly }) => `${line} ${specifier}${isTypeOnly ? ' type' : ''}`),
  ).toEqual(['1 ./a.ts', '4 ./b.ts type', '6 ./e.ts', '7 side-effect', '8 ./f.ts', '9 ./g.ts']);
});

test('blanks comments and strings, keeping lines, so that a word in prose is not code', () => {
  const code = blankText(
    "const url = 'https://x'; // process.env\nconst re = /'[/]\"/g; let n = a / b; /* console.log\n */ run();",
  );
  expect(code).not.toContain('process');
  expect(code).not.toContain('console');
  expect(code.split('\n')).toHaveLength(3);
  expect(code).toContain('let n = a / b;');
  expect(code).toContain(' run();');
});

test('measures functions, methods and arrows from their first to their last line', () => {
  const code = [
    'export async function load(',
    '  path: string,',
    '): Promise<void> {',
    '  await read(path);',
    '}',
    'class Store {',
    '  async read(url: string): Promise<void> {',
    '    if (url) {',
    '      go();',
    '    }',
    '  }',
    '}',
    'const add = (a: number, b: number): number => {',
    '  return a + b;',
    '};',
    'const short = (a: number): number => a;',
    'register(add);',
    'if (short(1)) {',
    '  add(1, 2);',
    '}',
  ].join('\n');
  expect(functionsOf(code)).toEqual([
    { name: 'load', line: 1, lineCount: 5 },
    { name: 'read', line: 7, lineCount: 5 },
    { name: 'add', line: 13, lineCount: 3 },
  ]);
});
