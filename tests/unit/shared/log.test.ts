import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { redactUrls } from '../../../src/shared/log.ts';

const LOG = join(import.meta.dirname, '../../../src/shared/log.ts');

/** What a process writes when it runs these statements with `log`. */
async function logged(statements: string): Promise<{ stdout: string; lines: Record<string, unknown>[] }> {
  const program = `import { createLog } from ${JSON.stringify(LOG)}; const log = createLog('info', { run: 'r1' }); ${statements}`;
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]);
  return {
    stdout,
    lines: stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}

describe('the log', () => {
  it('is one JSON object a line on standard error, with time, process and bindings', async () => {
    const { stdout, lines } = await logged("log.info({ tile: 3 }, 'Tile:Done'); log.debug('too fine');");
    expect(stdout).toBe('');
    expect(lines).toEqual([
      expect.objectContaining({ msg: 'Tile:Done', tile: 3, run: 'r1', level: 30, pid: expect.any(Number) }),
    ]);
    expect(lines[0]?.time).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
  });

  it('holds no secret: by key, one level down, or in a URL in any text', async () => {
    const { lines } = await logged(
      `log.info({ password: 'hunter2', s3: { secretAccessKey: 'hunter2', region: 'eu' }, url: 'redis://:hunter2@queue:6379' }, 'at redis://me:hunter2@queue');
       log.error(new Error('cannot reach rediss://:hunter2@queue'));`,
    );
    expect(JSON.stringify(lines)).not.toContain('hunter2');
    expect(lines[0]).toMatchObject({
      password: '***',
      s3: { secretAccessKey: '***', region: 'eu' },
      url: 'redis://***@queue:6379',
    });
  });
});

describe('redactUrls', () => {
  it.each([
    ['redis://:pw@host/0', 'redis://***@host/0'],
    ['https://me:pw@host/a and s3://k:s@b/c', 'https://***@host/a and s3://***@b/c'],
    ['s3://bucket/a@b:c', 's3://bucket/a@b:c'],
    ['https://host:443/a', 'https://host:443/a'],
  ])('%s becomes %s', (text, redacted) => expect(redactUrls(text)).toBe(redacted));
});
