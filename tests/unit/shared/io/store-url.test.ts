import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  baseNameOf,
  fileUrlToPath,
  folderOf,
  formatS3Url,
  joinUrl,
  parseS3Url,
  pathToUrl,
  redactUrl,
  resolveUrl,
  schemeOf,
} from '../../../../src/shared/io/store-url.ts';

const INVALID = expect.objectContaining({ code: 'STORE_URL_INVALID' });

describe('store URLs', () => {
  it('splits bucket and key, with the key as it is', () => {
    expect(parseS3Url('s3://scenes/a/b%20c+d.tif')).toEqual({ bucket: 'scenes', key: 'a/b%20c+d.tif' });
    expect(parseS3Url('s3://scenes/')).toEqual({ bucket: 'scenes', key: '' });
    expect(parseS3Url('s3://scenes')).toEqual({ bucket: 'scenes', key: '' });
    expect(parseS3Url('s3://scenes/a//b')).toEqual({ bucket: 'scenes', key: 'a//b' });
  });

  it.each(['s3://', 's3:///key', 's3://a/b', 's3://bad_/../x', 's3://bucket/a/../b', 's3://bucket/./a', 's3://-x-/k'])(
    'refuses %s',
    (url) => {
      expect(() => parseS3Url(url)).toThrow(INVALID);
    },
  );

  it.each(['http://host/x', 'gs://bucket/x', 'x', '/x', 'file:x'])('knows no scheme for %s', (url) => {
    expect(() => schemeOf(url)).toThrow(INVALID);
  });

  it('refuses a key over 1024 bytes of UTF-8', () => {
    expect(parseS3Url(`s3://bucket/${'é'.repeat(512)}`).key).toHaveLength(512);
    expect(() => parseS3Url(`s3://bucket/${'é'.repeat(513)}`)).toThrow(INVALID);
  });

  it('turns any path into a URL and back', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1 }), { minLength: 1 }), (parts) => {
        const names = parts.map((part) => part.replace(/[/\0]/g, '_')).filter((part) => part !== '.' && part !== '..');
        const path = `/${names.join('/')}`;
        expect(fileUrlToPath(pathToUrl(path))).toBe(path);
      }),
    );
  });

  it.each(['file://host/x', 'file:///a%2Fb', 'file:///a%00b'])('refuses %s', (url) => {
    expect(() => fileUrlToPath(url)).toThrow(INVALID);
  });

  it('joins a relative key to a folder, slash or none', () => {
    expect(joinUrl('s3://b-1/x', 'y/z')).toBe('s3://b-1/x/y/z');
    expect(joinUrl('s3://b-1/x/', 'y/')).toBe('s3://b-1/x/y/');
    expect(joinUrl('s3://b-1', 'y')).toBe('s3://b-1/y');
    expect(joinUrl('file:///a%20b', 'c d')).toBe('file:///a%20b/c%20d');
  });

  it.each([
    'file:///etc/passwd',
    '/etc/passwd',
    '/vsis3/b/k',
    'FILE:///etc/passwd',
    'https://h/x',
    '/vsicurl/https://h/x',
  ])('names no place outside of S3 from a document in S3: %s', (text) => {
    expect(() => resolveUrl(text, 's3://b-1/city/')).toThrow(INVALID);
  });

  it.each(['../x', 'a/../../x', '/x', './x', '..', 'a/..'])('never leaves the folder by %s', (relative) => {
    expect(() => joinUrl('s3://b-1/x/', relative)).toThrow(INVALID);
    expect(() => joinUrl('file:///x/', relative)).toThrow(INVALID);
  });

  it('resolves what a spec says against the folder of the spec', () => {
    expect(resolveUrl('./districts.geojson', 'file:///city/spec/')).toBe('file:///city/spec/districts.geojson');
    expect(resolveUrl('../data/x.tif', 'file:///city/spec/')).toBe('file:///city/data/x.tif');
    expect(resolveUrl('scenes/', 'file:///city/')).toBe('file:///city/scenes/');
    expect(resolveUrl('/abs/100%.tif', 'file:///city/')).toBe('file:///abs/100%25.tif');
    expect(resolveUrl('.', 'file:///city/spec/')).toBe('file:///city/spec/');
    expect(resolveUrl('s3://other/x', 'file:///city/')).toBe('s3://other/x');
    expect(resolveUrl('../x.tif', 's3://b-1/city/spec/')).toBe('s3://b-1/city/x.tif');
    expect(resolveUrl('scenes/*_B04.tif', 'file:///city/')).toBe('file:///city/scenes/*_B04.tif');
  });

  it('does not climb out of a bucket', () => {
    expect(() => resolveUrl('../../x', 's3://b-1/city/')).toThrow(INVALID);
  });

  it.each(['', ' ', 'http://host/x', 'gs://b/x'])('refuses %j in a spec', (text) => {
    expect(() => resolveUrl(text, 'file:///city/')).toThrow(INVALID);
  });

  it('finds folder and name of an object', () => {
    expect(folderOf('s3://b-1/a/c.tif')).toBe('s3://b-1/a/');
    expect(folderOf('s3://b-1')).toBe('s3://b-1/');
    expect(folderOf('file:///a/b/')).toBe('file:///a/b/');
    expect(baseNameOf('file:///a/b%20c.tif')).toBe('b c.tif');
    expect(baseNameOf('s3://b-1/a/b%20c.tif')).toBe('b%20c.tif');
  });

  it('shows no user, password or signature', () => {
    expect(redactUrl('https://user:secret@host/x?X-Amz-Signature=abc')).toBe('https://host/x');
    expect(() => schemeOf('https://user:secret@host/x')).toThrow(expect.not.stringContaining('secret'));
  });

  it('keeps every key through join and parse', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 100 }), (text) => {
        const key = text.replaceAll('/', '_').replaceAll('\0', '_');
        fc.pre(key !== '.' && key !== '..');
        const url = joinUrl('s3://bucket/x/', key);
        expect(parseS3Url(url)).toEqual({ bucket: 'bucket', key: `x/${key}` });
        expect(formatS3Url(parseS3Url(url))).toBe(url);
      }),
    );
  });
});
