import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CitysinkError, type ErrorCode } from '../../../../src/shared/errors.ts';
import { FileStore } from '../../../../src/shared/io/store-file.ts';
import { pathToUrl } from '../../../../src/shared/io/store-url.ts';

const store = new FileStore();
let folder: string;
const path = (name: string) => join(folder, name);
const at = (name: string) => pathToUrl(path(name));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'citysink-file-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function codeOf(work: Promise<unknown>): Promise<ErrorCode | undefined> {
  try {
    await work;
  } catch (error) {
    if (error instanceof CitysinkError) return error.code;
    throw error;
  }
  return undefined;
}

async function listed(prefix: string): Promise<string[]> {
  const urls: string[] = [];
  for await (const info of store.list(prefix)) urls.push(info.url);
  return urls;
}

/** Creates a file of a megabyte in a process that may write 100 blocks a file, as a full disk would end it. */
function createUnderFileLimit(url: string): string {
  const module = join(import.meta.dirname, '../../../../src/shared/io/store-file.ts');
  const program = `import { FileStore } from ${JSON.stringify(module)};
    await new FileStore().create(${JSON.stringify(url)}, new Uint8Array(2 ** 20)).catch((e) => console.log(e.code));`;
  const shell = 'ulimit -f 100; exec "$0" --input-type=module -e "$1"';
  return execFileSync('bash', ['-c', shell, process.execPath, program], { encoding: 'utf8' }).trim();
}

describe('file store', () => {
  it('says that there is no space, and leaves neither a half object nor a temporary file', () => {
    expect(createUnderFileLimit(at('out/part.json'))).toBe('STORE_FULL');
    expect(readdirSync(path('out'))).toEqual([]);
  });

  it('leaves no temporary file behind any write', async () => {
    await store.create(at('a'), new Uint8Array(10));
    await store.create(at('a'), new Uint8Array(10));
    await store.replace(at('a'), new Uint8Array(20));
    expect(readdirSync(folder)).toEqual(['a']);
  });

  it('does not list a file that is still being written', async () => {
    writeFileSync(path('.citysink-tmp-0123'), 'half');
    writeFileSync(path('whole'), 'x');
    expect(await listed(at(''))).toEqual([at('whole')]);
  });

  it('notices a file of the same size rewritten in place or renamed over', async () => {
    writeFileSync(path('scene'), 'aaaa');
    const { etag } = await store.head(at('scene'));
    writeFileSync(path('other'), 'bbbb');
    renameSync(path('other'), path('scene'));
    expect(await codeOf(store.readRange(at('scene'), { offset: 0, length: 2 }, { ifMatch: etag }))).toBe(
      'OBJECT_CHANGED',
    );
    const renamed = (await store.head(at('scene'))).etag;
    appendFileSync(path('scene'), 'c');
    expect(await codeOf(store.read(at('scene'), { maxBytes: 9, ifMatch: renamed }))).toBe('OBJECT_CHANGED');
  });

  it('refuses a huge range before it takes memory', async () => {
    writeFileSync(path('small'), 'x');
    expect(await codeOf(store.readRange(at('small'), { offset: 0, length: 2 ** 40 }))).toBe('OBJECT_TRUNCATED');
  });

  it('takes a folder for no object', async () => {
    mkdirSync(path('dir'));
    expect(await codeOf(store.head(at('dir')))).toBe('OBJECT_NOT_FOUND');
    expect(await codeOf(store.read(at('dir'), { maxBytes: 10 }))).toBe('OBJECT_NOT_FOUND');
    expect(await codeOf(store.create(at('dir'), new Uint8Array(1)))).toBe('STORE_DENIED');
  });

  it('does not wait at a named pipe', async () => {
    execFileSync('mkfifo', [path('pipe')]);
    expect(await codeOf(store.read(at('pipe'), { maxBytes: 10 }))).toBe('OBJECT_NOT_FOUND');
    expect(await listed(at(''))).toEqual([]);
  });

  it('follows links to files of the folder when listing, and none that lead out or round', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'citysink-outside-'));
    writeFileSync(join(outside, 'secret'), 'x');
    mkdirSync(path('in'));
    writeFileSync(path('in/real'), 'x');
    symlinkSync('real', path('in/alias'));
    symlinkSync(join(outside, 'secret'), path('in/out'));
    symlinkSync(outside, path('in/outdir'));
    symlinkSync('..', path('in/round'));
    symlinkSync('nowhere', path('in/broken'));
    expect(await listed(at('in/'))).toEqual([at('in/alias'), at('in/real')]);
    rmSync(outside, { recursive: true });
  });

  it('lists a folder that is itself reached by a link', async () => {
    mkdirSync(path('real'));
    writeFileSync(path('real/x'), 'x');
    symlinkSync('real', path('link'));
    expect(await listed(at('link/'))).toEqual([at('link/x')]);
  });
});
