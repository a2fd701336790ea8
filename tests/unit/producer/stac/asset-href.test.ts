import { describe, expect, it } from 'vitest';
import { hrefToUrl } from '../../../../src/producer/stac/asset-href.ts';

const FILE = 'file:///data/stac/a/item.json';
const S3 = 's3://scenes/stac/a/item.json';
const API = 'https://api.example/v1';

describe('hrefToUrl', () => {
  it.each([
    ['./x.tif', FILE, 'file:///data/stac/a/x.tif'],
    ['../x.tif', FILE, 'file:///data/stac/x.tif'],
    ['x.tif', S3, 's3://scenes/stac/a/x.tif'],
    ['../../b/x.tif', S3, 's3://scenes/b/x.tif'],
    ['a%20b.tif', S3, 's3://scenes/stac/a/a b.tif'],
    ['100%.tif', S3, 's3://scenes/stac/a/100%.tif'],
    ['/abs/x.tif', FILE, 'file:///abs/x.tif'],
    ['file:///abs/x.tif', FILE, 'file:///abs/x.tif'],
    ['s3://other/k.tif', S3, 's3://other/k.tif'],
    ['s3://other/k.tif', FILE, 's3://other/k.tif'],
    ['s3://other/k.tif', API, 's3://other/k.tif'],
    ['/vsis3/other/k.tif', S3, 's3://other/k.tif'],
    ['https://sentinel-cogs.s3.us-west-2.amazonaws.com/a/B04.tif', S3, 's3://sentinel-cogs/a/B04.tif'],
    ['https://bkt.s3.amazonaws.com/a/x.tif', API, 's3://bkt/a/x.tif'],
    ['https://my.dotted.bucket.s3-eu-central-1.amazonaws.com/x.tif', FILE, 's3://my.dotted.bucket/x.tif'],
    ['https://bkt.s3.dualstack.us-west-2.amazonaws.com/x.tif', S3, 's3://bkt/x.tif'],
    ['https://bkt.s3.cn-north-1.amazonaws.com.cn/x.tif', S3, 's3://bkt/x.tif'],
    ['https://s3.us-west-2.amazonaws.com/bkt/a/x.tif', S3, 's3://bkt/a/x.tif'],
    ['https://s3-us-west-2.amazonaws.com/bkt/a%2Bb/x.tif', S3, 's3://bkt/a+b/x.tif'],
    ['https://s3.amazonaws.com/bkt/x.tif', S3, 's3://bkt/x.tif'],
  ])('%s in %s is %s', (href, document, url) => {
    expect(hrefToUrl(href, document)).toBe(url);
  });

  it.each([
    // What a document in a bucket says must never open a file of this machine.
    ['file:///etc/passwd', S3],
    ['FILE:///etc/passwd', S3],
    ['/etc/passwd', S3],
    ['file:///etc/passwd', API],
    ['/etc/passwd', API],
    ['x.tif', API],
    ['../../../x.tif', S3],
    ['..%2F..%2F..%2Fx.tif', S3],
    ['s3://other/../k.tif', S3],
    ['s3://other', S3],
    ['./', S3],
    ['https://landsatlook.usgs.gov/x.tif', S3],
    ['http://localhost/x.tif', FILE],
    ['https://bkt.s3.amazonaws.com.evil.example/x.tif', S3],
    ['https://bkt.s3.us-west-2.amazonaws.com/x.tif?X-Amz-Signature=abc', S3],
    ['https://user:secret@bkt.s3.amazonaws.com/x.tif', S3],
    ['https://bkt.s3.amazonaws.com:8443/x.tif', S3],
    ['https://s3.amazonaws.com/bkt', S3],
    ['gs://bucket/x.tif', S3],
    ['data:image/tiff;base64,AAAA', FILE],
    ['a%00b.tif', FILE],
  ])('refuses %s in %s', (href, document) => {
    expect(() => hrefToUrl(href, document)).toThrow(expect.objectContaining({ code: 'REQUEST_INVALID' }));
  });

  it('does not repeat signatures and passwords', () => {
    for (const href of ['https://h.example/x?sig=canary', 'https://u:canary@h.example/x']) {
      expect(() => hrefToUrl(href, S3)).toThrow(
        expect.not.objectContaining({ message: expect.stringContaining('canary') }),
      );
    }
  });
});
