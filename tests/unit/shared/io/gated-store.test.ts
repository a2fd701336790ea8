import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StoreRegistry } from '../../../../src/shared/io/open-store.ts';
import { DEFAULT_STORE_SETTINGS } from '../../../../src/shared/io/store-settings.ts';
import { pathToUrl } from '../../../../src/shared/io/store-url.ts';
import { temporaryFolder } from '../../../support/city.ts';
import { runCli } from '../../../support/cli.ts';
import { type S3Server, startS3Server } from '../../../support/s3-server/s3-server.ts';
import { smallCity } from '../../../support/small-city.ts';

/** Only places of CITYSINK_PLACES are read and written, by whatever name they are asked for. */

let folder = '';
let server: S3Server;
let stores: StoreRegistry;
const READ = { maxBytes: 100 };
const DENIED = { code: 'STORE_DENIED', message: expect.stringContaining('CITYSINK_PLACES') };

beforeAll(async () => {
  folder = await temporaryFolder();
  for (const name of ['in/deep', 'in2', 'out']) await mkdir(join(folder, name), { recursive: true });
  for (const name of ['in/a', 'in2/a', 'out/a']) await writeFile(join(folder, name), name);
  await symlink(join(folder, 'out/a'), join(folder, 'in/link'));
  await symlink(join(folder, 'out'), join(folder, 'in/linked'));
  await symlink(join(folder, 'in/a'), join(folder, 'in/fine'));
  server = await startS3Server({ buckets: { scenes: { publicRead: true }, other: { publicRead: true } } });
  for (const bucket of ['scenes', 'other']) for (const key of ['a/x', 'ab/x']) server.put(bucket, key, 'x');
  stores = new StoreRegistry({
    ...DEFAULT_STORE_SETTINGS,
    s3PathStyle: true,
    s3Anonymous: true,
    s3Endpoint: server.url,
    places: ['s3://scenes/a/', pathToUrl(join(folder, 'in/'))],
  });
});

afterAll(async () => {
  stores.close();
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

function read(url: string): Promise<Uint8Array> {
  return stores.storeFor(url).read(url, READ);
}

const at = (name: string) => pathToUrl(join(folder, name));

describe('allowed places', () => {
  it('are read, links that stay within too', async () => {
    for (const url of ['s3://scenes/a/x', at('in/a'), at('in/fine')]) await expect(read(url)).resolves.toBeTruthy();
  });

  it.each(['s3://scenes/ab/x', 's3://other/a/x', 's3://scenes/'])('are no others of S3: %s', async (url) => {
    const store = stores.storeFor(url);
    await expect(store.head(url)).rejects.toMatchObject(DENIED);
    await expect(store.readRange(url, { offset: 0, length: 1 })).rejects.toMatchObject(DENIED);
    await expect(store.list(url)[Symbol.asyncIterator]().next()).rejects.toMatchObject(DENIED);
    await expect(store.create(url, new Uint8Array(1), 'x')).rejects.toMatchObject(DENIED);
    await expect(store.remove(url)).rejects.toMatchObject(DENIED);
    expect(server.requests.filter(({ bucket, key }) => bucket === 'other' || key.startsWith('ab'))).toEqual([]);
  });

  it.each(['out/a', 'in2/a', 'in/link', 'in/linked/a', 'in/../out/a'])('are no other files: %s', async (name) => {
    await expect(read(at(name))).rejects.toMatchObject(DENIED);
    await expect(read(`file://${folder}/${name}`)).rejects.toMatchObject(DENIED);
  });

  it('nothing is written through a link that leads out', async () => {
    const url = at('in/linked/new');
    await expect(stores.storeFor(url).create(url, new Uint8Array(1), 'x')).rejects.toMatchObject(DENIED);
    await expect(stores.storeFor(at('in/deep/new')).create(at('in/deep/new'), new Uint8Array(1), 'x')).resolves.toBe(
      'created',
    );
  });
});

describe('a run', () => {
  it('counts where its places are allowed, and is refused by name where one is not', async () => {
    const { spec, folder: city } = await smallCity();
    const words = ['run', '--workers', '1', spec];
    const whole = await runCli(words, { env: { CITYSINK_PLACES: pathToUrl(`${city}/`) } });
    expect(whole.code, whole.stderr).toBe(0);
    const half = await runCli([...words, '--out', join(folder, 'out')], {
      env: { CITYSINK_PLACES: pathToUrl(`${city}/`) },
    });
    expect(half.code).toBe(1);
    expect(half.stderr).toMatch(/STORE_DENIED/);
    const wrong = await runCli(words, { env: { CITYSINK_PLACES: 'https://x/' } });
    expect(wrong.code).toBe(2);
    await rm(city, { recursive: true, force: true });
  });
});
