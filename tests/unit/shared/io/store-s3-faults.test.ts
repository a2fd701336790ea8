import { createServer, type Server } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CitysinkError } from '../../../../src/shared/errors.ts';
import { S3Store } from '../../../../src/shared/io/store-s3.ts';
import { DEFAULT_STORE_SETTINGS, type StoreSettings } from '../../../../src/shared/io/store-settings.ts';
import type { FailureAction } from '../../../support/s3-server/failures.ts';
import { type S3Server, startS3Server } from '../../../support/s3-server/s3-server.ts';
import { withEnv } from '../../../support/with-env.ts';

const URL_OF_SCENE = 's3://scenes/city/scene.tif';
const SCENE = Uint8Array.from({ length: 200_000 }, (_, at) => (at * 7) % 253);
const TEXT = 'text/plain';

/** The production rules with pauses and deadlines of a test. */
const QUICK: StoreSettings = {
  ...DEFAULT_STORE_SETTINGS,
  s3PathStyle: true,
  deadlines: { connectMs: 1_000, firstByteMs: 1_000, idleBodyMs: 300, wholeCallMs: 30_000 },
  retries: { ...DEFAULT_STORE_SETTINGS.retries, baseDelayMs: 1, maxDelayMs: 5 },
};

let server: S3Server;
let restoreEnv: () => void;
let store: S3Store;

beforeAll(async () => {
  server = await startS3Server({
    buckets: {
      scenes: {},
      denied: { deniedPrefixes: ['secret/'] },
      paid: { requesterPays: true },
      open: { publicRead: true },
    },
  });
  restoreEnv = withEnv(server.env);
});
afterAll(async () => {
  restoreEnv();
  await server.close();
});
beforeEach(() => {
  server.put('scenes', 'city/scene.tif', SCENE);
  store = new S3Store(QUICK);
});
afterEach(() => {
  store.close();
  server.failures.clear();
  server.requests.length = 0;
});

function fail(action: FailureAction, times: number, operation = 'GetObject'): void {
  server.failures.add({ match: { operation }, times, action });
}

async function failure(work: Promise<unknown>): Promise<CitysinkError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof CitysinkError) return error;
    throw error;
  }
  throw new Error('expected a failure');
}

function reads(): number {
  return server.requests.filter((one) => one.operation === 'GetObject').length;
}

const readMiddle = () => store.readRange(URL_OF_SCENE, { offset: 1000, length: 100_000 });
const MIDDLE = SCENE.subarray(1000, 101_000);

/** Every way in which a read can fail for a moment, and the code where it stays. */
const TRANSIENT: [string, FailureAction, string][] = [
  ['500 InternalError', { kind: 'status', status: 500 }, 'STORE_UNAVAILABLE'],
  ['503 SlowDown', { kind: 'status', status: 503, code: 'SlowDown' }, 'STORE_UNAVAILABLE'],
  ['429 SlowDown', { kind: 'status', status: 429, code: 'SlowDown' }, 'STORE_UNAVAILABLE'],
  ['a reset before the answer', { kind: 'reset' }, 'STORE_UNAVAILABLE'],
  ['no answer', { kind: 'no-answer' }, 'STORE_TIMEOUT'],
  ['silence after the head', { kind: 'headers-then-silence' }, 'STORE_TIMEOUT'],
  ['a reset in mid-body', { kind: 'reset-mid-body' }, 'OBJECT_TRUNCATED'],
  ['a body shorter than its Content-Length', { kind: 'truncate' }, 'OBJECT_TRUNCATED'],
];

describe('reads from a store that fails', () => {
  it.each(TRANSIENT)('go through after %s', async (_, action) => {
    fail(action, 2);
    expect(await readMiddle()).toEqual(MIDDLE);
    expect(reads()).toBe(3);
  });

  it.each(TRANSIENT)('end with a code and the URL where it stays: %s', async (_, action, code) => {
    store = new S3Store({ ...QUICK, retries: { ...QUICK.retries, maxAttempts: 2 } });
    fail(action, Infinity);
    const error = await failure(readMiddle());
    expect(error.code).toBe(code);
    expect(error.message).toContain(URL_OF_SCENE);
    expect(error.retryable).toBe(true);
    expect(reads()).toBe(2);
  });

  it('end at the deadline of the whole call where bytes only drip', async () => {
    store = new S3Store({ ...QUICK, deadlines: { ...QUICK.deadlines, wholeCallMs: 300 } });
    fail({ kind: 'slow-drip', bytes: 10, everyMs: 20 }, Infinity);
    expect((await failure(readMiddle())).code).toBe('STORE_TIMEOUT');
  });

  it('stop repeating when the budget is spent', async () => {
    store = new S3Store({ ...QUICK, retries: { ...QUICK.retries, budgetFloor: 3, budgetRatio: 0 } });
    fail({ kind: 'status', status: 503, code: 'SlowDown' }, Infinity);
    for (let call = 0; call < 10; call++) await failure(readMiddle());
    expect(reads()).toBe(13);
  });

  it('give a flipped byte as it came: only a checksum of the format can see it', async () => {
    fail({ kind: 'flip-byte', at: 50 }, 1);
    const found = await readMiddle();
    expect(found[50]).toBe((MIDDLE[50] ?? 0) ^ 1);
    expect(reads()).toBe(1);
  });

  it('of a whole object do not believe a flipped byte: its ETag is the MD5 of what was written', async () => {
    const whole = await store.read(URL_OF_SCENE, { maxBytes: 2 ** 20 });
    fail({ kind: 'flip-byte', at: 50 }, 1);
    expect(Buffer.compare(await store.read(URL_OF_SCENE, { maxBytes: 2 ** 20 }), whole)).toBe(0);
    for (const at of [50, 51, 52, 53]) fail({ kind: 'flip-byte', at }, 1);
    expect((await failure(store.read(URL_OF_SCENE, { maxBytes: 2 ** 20 }))).code).toBe('STORE_UNAVAILABLE');
  });

  it('stop in mid-body when cancelled', async () => {
    fail({ kind: 'slow-drip', bytes: 10, everyMs: 20 }, 1);
    const controller = new AbortController();
    const reading = failure(store.readRange(URL_OF_SCENE, { offset: 0, length: 1000 }, { signal: controller.signal }));
    setTimeout(() => controller.abort(), 100);
    expect((await reading).code).toBe('CANCELLED');
  });

  it('notice another version by its ETag', async () => {
    fail({ kind: 'wrong-etag' }, 1, 'HeadObject');
    const { etag } = await store.head(URL_OF_SCENE);
    const read = store.readRange(URL_OF_SCENE, { offset: 0, length: 10 }, { ifMatch: etag });
    expect((await failure(read)).code).toBe('OBJECT_CHANGED');
    expect(reads()).toBe(1);
  });

  it('do not repeat what cannot get better', async () => {
    expect((await failure(store.read('s3://scenes/none', { maxBytes: 10 }))).code).toBe('OBJECT_NOT_FOUND');
    expect(reads()).toBe(1);
  });

  it('tell a missing bucket from a missing key', async () => {
    expect((await failure(store.head('s3://nobucket/x'))).message).toContain('the bucket does not exist');
    expect((await failure(store.read('s3://nobucket/x', { maxBytes: 1 }))).message).toContain(
      'the bucket does not exist',
    );
    expect((await failure(store.read('s3://scenes/x', { maxBytes: 1 }))).message).toContain('no object of this key');
    expect((await failure(store.head('s3://scenes/x'))).message).not.toContain('the bucket does not exist');
  });

  it('go on with a list whose page failed', async () => {
    for (let index = 0; index < 1005; index++) server.put('scenes', `many/${index}`, 'x');
    fail({ kind: 'status', status: 503, code: 'SlowDown' }, 2, 'ListObjectsV2');
    const urls = new Set<string>();
    for await (const info of store.list('s3://scenes/many/')) urls.add(info.url);
    expect(urls.size).toBe(1005);
    expect(server.requests.filter((one) => one.status === 200)).toHaveLength(2);
  });
});

describe('writes to a store that fails', () => {
  const whole = async (url: string) => Buffer.from(await store.read(url, { maxBytes: 32 * 2 ** 20 }));

  it.each(['no repeat before', 'conditions known'])('create is whole when its answer is lost (%s)', async (state) => {
    if (state === 'conditions known') await store.create('s3://scenes/w/first', SCENE, TEXT);
    server.remove('scenes', 'w/lost');
    fail({ kind: 'drop-answer' }, 1, 'PutObject');
    expect(['created', 'exists']).toContain(await store.create('s3://scenes/w/lost', SCENE, TEXT));
    expect(Buffer.compare(await whole('s3://scenes/w/lost'), SCENE)).toBe(0);
  });

  it.each(TRANSIENT.filter(([, action]) => ['status', 'reset', 'no-answer'].includes(action.kind)))(
    'create goes through after %s',
    async (name, action) => {
      const url = `s3://scenes/w/${name}`;
      fail(action, 2, 'PutObject');
      expect(['created', 'exists']).toContain(await store.create(url, SCENE, TEXT));
      expect(Buffer.compare(await whole(url), SCENE)).toBe(0);
    },
  );

  const LARGE = new Uint8Array(17 * 2 ** 20).map((_, at) => at % 241);

  it.each(['CreateMultipartUpload', 'UploadPart', 'CompleteMultipartUpload'])(
    'an upload in parts goes through when the answer to %s is lost',
    async (operation) => {
      const url = `s3://scenes/parts/${operation}`;
      fail({ kind: 'drop-answer' }, 1, operation);
      expect(['created', 'exists']).toContain(await store.create(url, LARGE, TEXT));
      expect(Buffer.compare(await whole(url), LARGE)).toBe(0);
    },
    20_000,
  );

  it('an upload in parts that fails leaves neither object nor parts', async () => {
    store = new S3Store({ ...QUICK, retries: { ...QUICK.retries, maxAttempts: 2 } });
    const before = server.bucket('scenes').uploads.size;
    server.failures.add({
      match: { operation: 'UploadPart' },
      times: Infinity,
      action: { kind: 'status', status: 500 },
    });
    const error = await failure(store.create('s3://scenes/parts/failed', LARGE, TEXT));
    expect(error.code).toBe('STORE_UNAVAILABLE');
    expect(server.bucket('scenes').get('parts/failed')).toBeUndefined();
    expect(server.bucket('scenes').uploads.size).toBe(before);
  });

  it('says that the store is full', async () => {
    fail({ kind: 'status', status: 507, code: 'XMinioStorageFull' }, 1, 'PutObject');
    expect((await failure(store.replace('s3://scenes/w/full', SCENE, TEXT))).code).toBe('STORE_FULL');
  });

  it('asks once whether a server honours conditions, then no more', async () => {
    for (const name of ['a', 'b', 'c']) await store.create(`s3://scenes/probe/${name}`, SCENE, TEXT);
    const done = server.requests
      .filter((one) => one.key.startsWith('probe/'))
      .map((one) => `${one.method} ${one.status}`);
    expect(done).toEqual(['HEAD 404', 'PUT 200', 'PUT 412', 'PUT 200', 'PUT 200']);
  });
});

describe('access', () => {
  it('is refused with a wrong secret, and nothing of it is shown', async () => {
    const restore = withEnv({ AWS_SECRET_ACCESS_KEY: 'not-the-secret' });
    const error = await failure(store.read(URL_OF_SCENE, { maxBytes: 10 }).finally(restore));
    expect(error.code).toBe('STORE_DENIED');
    expect(JSON.stringify([error.message, error.context, String(error.cause)])).not.toMatch(
      /not-the-secret|Signature=|Credential=/,
    );
    expect(reads()).toBe(1);
  });

  it('is refused below a denied prefix', async () => {
    expect((await failure(store.read('s3://denied/secret/x', { maxBytes: 10 }))).code).toBe('STORE_DENIED');
  });

  it('is unsigned where asked, and reaches only public buckets', async () => {
    server.put('open', 'x', 'public');
    store = new S3Store(QUICK, { anonymous: true });
    expect(Buffer.from(await store.read('s3://open/x', { maxBytes: 10 })).toString()).toBe('public');
    expect(server.requests.every((one) => !one.signed)).toBe(true);
    expect((await failure(store.read(URL_OF_SCENE, { maxBytes: 10 }))).code).toBe('STORE_DENIED');
  });

  it('is paid for by the requester where asked', async () => {
    server.put('paid', 'x', 'costly');
    expect((await failure(store.read('s3://paid/x', { maxBytes: 10 }))).code).toBe('STORE_DENIED');
    store = new S3Store(QUICK, { requesterPays: true });
    expect(Buffer.from(await store.read('s3://paid/x', { maxBytes: 10 })).toString()).toBe('costly');
    for await (const info of store.list('s3://paid/')) expect(info.url).toBe('s3://paid/x');
  });

  it('has a region even where none is set', async () => {
    const region = process.env.AWS_REGION;
    delete process.env.AWS_REGION;
    const bytes = await store.readRange(URL_OF_SCENE, { offset: 0, length: 4 }).finally(() => {
      process.env.AWS_REGION = region;
    });
    expect(bytes).toEqual(SCENE.subarray(0, 4));
  });
});

describe('a store that is not there', () => {
  const once = { ...QUICK, retries: { ...QUICK.retries, maxAttempts: 1 } };

  it('is unavailable where the connection is refused', async () => {
    store = new S3Store({ ...once, s3Endpoint: 'http://127.0.0.1:9' });
    expect((await failure(store.head(URL_OF_SCENE))).code).toBe('STORE_UNAVAILABLE');
  });

  it('is unavailable where its name does not resolve', async () => {
    store = new S3Store({ ...once, s3Endpoint: 'http://store.invalid' });
    const error = await failure(store.head(URL_OF_SCENE));
    // A resolver that is slow to say no meets the deadline first.
    expect(error.code).toMatch(/STORE_UNAVAILABLE|STORE_TIMEOUT/);
    if (error.code === 'STORE_UNAVAILABLE') expect(error.remedy).toContain('CITYSINK_S3_PATH_STYLE');
  });

  it('times out where it takes connections and says nothing', async () => {
    const silent: Server = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = silent.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    store = new S3Store({ ...once, s3Endpoint: `http://127.0.0.1:${port}` });
    expect((await failure(store.head(URL_OF_SCENE))).code).toBe('STORE_TIMEOUT');
    store.close();
    silent.close();
  });
});
