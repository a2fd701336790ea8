import { expect, it } from 'vitest';
import { openStore, StoreRegistry } from '../../../../src/shared/io/open-store.ts';
import { FileStore } from '../../../../src/shared/io/store-file.ts';
import { S3Store } from '../../../../src/shared/io/store-s3.ts';
import { DEFAULT_STORE_SETTINGS } from '../../../../src/shared/io/store-settings.ts';

it('opens the driver of the scheme', () => {
  expect(openStore('file:///tmp/x', {}, DEFAULT_STORE_SETTINGS)).toBeInstanceOf(FileStore);
  expect(openStore('s3://bucket/x', {}, DEFAULT_STORE_SETTINGS)).toBeInstanceOf(S3Store);
  expect(() => openStore('gs://bucket/x', {}, DEFAULT_STORE_SETTINGS)).toThrow(
    expect.objectContaining({ code: 'STORE_URL_INVALID' }),
  );
});

it('shares one store among all places reached in the same way', () => {
  const registry = new StoreRegistry(DEFAULT_STORE_SETTINGS);
  const signed = registry.storeFor('s3://one/a');
  expect(registry.storeFor('s3://two/b', {})).toBe(signed);
  expect(registry.storeFor('s3://two/b', { anonymous: false })).toBe(signed);
  expect(registry.storeFor('s3://one/a', { anonymous: true })).not.toBe(signed);
  expect(registry.storeFor('s3://one/a', { requesterPays: true })).not.toBe(signed);
  expect(registry.storeFor('file:///a')).toBe(registry.storeFor('file:///b', { anonymous: true }));
  registry.close();
  expect(registry.storeFor('s3://one/a')).not.toBe(signed);
  registry.close();
});
