import { describe, expect, it } from 'vitest';
import { errorJson, errorText, exitCodeOf } from '../../../src/cli/error-text.ts';
import { CitysinkError, ERROR_KINDS, type ErrorCode } from '../../../src/shared/errors.ts';

describe('errorText', () => {
  it('of one error is what happened, its code and what to do', () => {
    expect(errorText(new CitysinkError('STORE_FULL', 'create /r/a.json: no space is left'))).toBe(
      'citysink: create /r/a.json: no space is left [STORE_FULL]\n  Free space or choose another place with --out.',
    );
  });

  it('of mistakes is each with its place, what was expected and what was found', () => {
    const problems = [
      { where: 'spec.yaml:3 year', message: 'is missing', expected: 'a whole number' },
      { where: 'factors.csv:2', message: 'not a number', expected: 'a number', found: 'lots' },
    ];
    expect(errorText(new CitysinkError('REQUEST_INVALID', 'the request has 2 mistakes', { problems }))).toBe(
      [
        'citysink: the request has 2 mistakes [REQUEST_INVALID]',
        '  spec.yaml:3 year: is missing',
        '      expected: a whole number',
        '  factors.csv:2: not a number',
        '      expected: a number',
        '      found:    lots',
      ].join('\n'),
    );
  });

  it('of something unforeseen asks for a report and shows no stack', () => {
    const text = errorText(new TypeError('x is not a function'));
    expect(text).toMatch(/^citysink: x is not a function \[INTERNAL\]\n {2}.*report/);
    expect(text).not.toMatch(/\n\s+at /);
  });

  it('shows no password that stands in a URL', () => {
    const error = new CitysinkError('STORE_URL_INVALID', 'https://me:hunter2@host/a.tif is not a place', {
      problems: [{ where: 'results', message: 'is not a place', found: 'https://me:hunter2@host/' }],
    });
    expect(errorText(error)).not.toContain('hunter2');
    expect(JSON.stringify(errorJson(error))).not.toContain('hunter2');
  });
});

describe('exit codes', () => {
  it.each(Object.keys(ERROR_KINDS) as ErrorCode[])('%s ends with the code of the table', (code) => {
    expect([1, 2]).toContain(exitCodeOf(new CitysinkError(code, '')));
    expect(exitCodeOf(new CitysinkError(code, ''))).toBe(ERROR_KINDS[code].exit);
  });
});
