import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { placesOf } from '../../../../src/server/hooks/hook-events.ts';
import { NO_TEST_DATA, testData } from '../../../support/test-data.ts';

const ROOT = testData();

function sample(name: string): unknown {
  return JSON.parse(readFileSync(join(ROOT ?? '', 'data/real/events', name), 'utf8'));
}

describe.skipIf(ROOT === null)(
  `Notifications as they are sent (${ROOT === null ? NO_TEST_DATA : 'real samples'})`,
  () => {
    it.each([
      ['eventbridge-s3-object-created.json', [{ bucket: 'username-sfn-tutorial', key: 'test.png' }]],
      ['ceph-rgw-put.json', [{ bucket: 'mscapetest-birm-ont-prod', key: 'mscapetest.sample-test.run-test.csv' }]],
      ['minio-nsq-put-2016.json', [{ bucket: 'images', key: 'myphoto.jpg' }]],
      [
        'aws-s3-event.json',
        [
          { bucket: 'sourcebucket', key: 'Happy Face.jpg' },
          { bucket: 'sourcebucket', key: 'Happy%20Face.jpg' },
        ],
      ],
      [
        'aws-s3-event-with-decoded.json',
        [
          { bucket: 'sourcebucket', key: 'Happy Face.jpg' },
          { bucket: 'sourcebucket', key: 'Happy%20Face.jpg' },
        ],
      ],
      ['aws-sam-S3Delete.json', [{ bucket: '{{{bucket}}}', key: '{{{key}}}' }]],
      // Messages of a topic and a queue that are about no object.
      ['aws-sns-event.json', []],
      ['aws-sqs-event.json', []],
    ])('%s names its objects', (name, expected) => {
      expect(placesOf(sample(name))).toEqual(expected);
    });

    it('are found in the envelopes of SNS, SQS and both', () => {
      const inner = JSON.stringify(sample('ceph-rgw-put.json'));
      const expected = placesOf(sample('ceph-rgw-put.json'));
      const notification = { Type: 'Notification', Message: inner };
      const sqs = (body: string) => ({ Records: [{ eventSource: 'aws:sqs', body }] });
      expect(placesOf(notification)).toEqual(expected);
      expect(placesOf({ Records: [{ EventSource: 'aws:sns', Sns: { Message: inner } }] })).toEqual(expected);
      expect(placesOf(sqs(inner))).toEqual(expected);
      expect(placesOf(sqs(JSON.stringify(notification)))).toEqual(expected);
      expect(placesOf([sample('eventbridge-s3-object-created.json'), sample('ceph-rgw-put.json')])).toHaveLength(2);
    });
  },
);

describe('What is no notification', () => {
  it.each([
    ['a number', 5],
    ['nothing', undefined],
    ['an object of something else', { a: 1 }],
    ['a record without an object', { Records: [{ s3: { bucket: { name: 'b' } } }] }],
    ['a key that is empty', { Records: [{ s3: { bucket: { name: 'b' }, object: { key: '' } } }] }],
    ['one bad record among good ones', { Records: [record('b', 'k'), { s3: {} }] }],
    ['more records than any store sends', { Records: Array.from({ length: 1001 }, () => record('b', 'k')) }],
    ['lists within lists within lists', [[[[[record('b', 'k')]]]]]],
  ])('is told: %s', (_, body) => {
    expect(placesOf(body)).toBeNull();
  });

  it('the test event that S3 sends when notifications are set up names nothing, and is taken', () => {
    expect(placesOf({ Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: 'b' })).toEqual([]);
  });

  it('keys are read encoded and as they are, whatever stands in them', () => {
    const keys = (key: string) => placesOf({ Records: [record('b', key)] })?.map((place) => place.key);
    expect(keys('a/b.tif')).toEqual(['a/b.tif']);
    expect(keys('S%C3%A3o+Tom%C3%A9/a%2Bb.tif')).toEqual(['São Tomé/a+b.tif', 'S%C3%A3o+Tom%C3%A9/a%2Bb.tif']);
    expect(keys('100%.tif')).toEqual(['100%.tif']);
  });
});

function record(bucket: string, key: string): object {
  return { s3: { bucket: { name: bucket }, object: { key } } };
}
