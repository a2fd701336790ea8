import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '../../src/shared/io/open-store.ts';
import { DEFAULT_STORE_SETTINGS } from '../../src/shared/io/store-settings.ts';
import { pathToUrl } from '../../src/shared/io/store-url.ts';
import { startS3Server } from '../support/s3-server/s3-server.ts';
import { withEnv } from '../support/with-env.ts';
import { storeConformance } from './store-suite.ts';

storeConformance('file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'citysink-store-'));
  const base = pathToUrl(`${folder}/`);
  const close = async () => rmSync(folder, { recursive: true });
  return { store: openStore(base, {}, DEFAULT_STORE_SETTINGS), base, exclusiveCreate: true, close };
});

storeConformance('s3, by the SDK variables, path style', async () => {
  const server = await startS3Server({ buckets: ['suite'] });
  const restore = withEnv(server.env);
  const close = async () => {
    restore();
    await server.close();
  };
  const store = openStore('s3://suite/', {}, { ...DEFAULT_STORE_SETTINGS, s3PathStyle: true });
  return { store, base: 's3://suite/', exclusiveCreate: true, close };
});

storeConformance('s3, a server that ignores conditions on writes', async () => {
  const server = await startS3Server({ buckets: ['suite'] });
  server.failures.add({ match: { method: 'PUT' }, times: Infinity, action: { kind: 'ignore-conditionals' } });
  server.failures.add({ match: { method: 'POST' }, times: Infinity, action: { kind: 'ignore-conditionals' } });
  const restore = withEnv(server.env);
  const close = async () => {
    restore();
    await server.close();
  };
  const store = openStore('s3://suite/', {}, { ...DEFAULT_STORE_SETTINGS, s3PathStyle: true });
  return { store, base: 's3://suite/deep/er/', exclusiveCreate: false, close };
});

storeConformance('s3, a server that refuses conditions on writes', async () => {
  const server = await startS3Server({ buckets: ['suite'] });
  server.failures.add({ match: { method: 'PUT' }, times: Infinity, action: { kind: 'refuse-conditionals' } });
  server.failures.add({ match: { method: 'POST' }, times: Infinity, action: { kind: 'refuse-conditionals' } });
  const restore = withEnv(server.env);
  const close = async () => {
    restore();
    await server.close();
  };
  const store = openStore('s3://suite/', {}, { ...DEFAULT_STORE_SETTINGS, s3PathStyle: true });
  return { store, base: 's3://suite/', exclusiveCreate: false, close };
});
