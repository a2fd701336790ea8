/** Asks an S3 server, by the bare SDK, which conditions it honours; for the table of docs/storage.md. */

import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';

const WRONG = '"00000000000000000000000000000000"';

/** A bare client, path style, everything else from the AWS variables. */
export function bareClient(): S3Client {
  return new S3Client({ forcePathStyle: true, maxAttempts: 1, requestChecksumCalculation: 'WHEN_REQUIRED' });
}

export async function makeBucket(client: S3Client, bucket: string): Promise<void> {
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
}

async function statusOf(work: Promise<{ $metadata: { httpStatusCode?: number | undefined } }>): Promise<number> {
  try {
    return (await work).$metadata.httpStatusCode ?? 0;
  } catch (error) {
    return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode ?? 0;
  }
}

async function completeExisting(client: S3Client, target: { Bucket: string; Key: string }): Promise<number> {
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(target));
  const { ETag } = await client.send(new UploadPartCommand({ ...target, UploadId, PartNumber: 1, Body: 'part' }));
  const part = ETag === undefined ? { PartNumber: 1 } : { PartNumber: 1, ETag };
  const input = { ...target, UploadId, MultipartUpload: { Parts: [part] }, IfNoneMatch: '*' };
  return statusOf(client.send(new CompleteMultipartUploadCommand(input)));
}

/** HTTP status of each conditional call on an object that is there and has another ETag than the one named. */
export async function probeConditions(client: S3Client, bucket: string): Promise<Record<string, number>> {
  const target = { Bucket: bucket, Key: 'probe' };
  const put = (more: object) => statusOf(client.send(new PutObjectCommand({ ...target, Body: 'x', ...more })));
  const get = (more: object) => statusOf(client.send(new GetObjectCommand({ ...target, ...more })));
  await put({});
  return {
    'GET If-Match, other ETag': await get({ IfMatch: WRONG }),
    'GET If-Match and Range': await get({ IfMatch: WRONG, Range: 'bytes=0-0' }),
    'HEAD If-Match, other ETag': await statusOf(client.send(new HeadObjectCommand({ ...target, IfMatch: WRONG }))),
    'GET Range behind the end': await get({ Range: 'bytes=10-20' }),
    'GET suffix Range': await get({ Range: 'bytes=-1' }),
    'PUT If-None-Match: *, object there': await put({ IfNoneMatch: '*' }),
    'PUT If-Match, other ETag': await put({ IfMatch: WRONG }),
    'Complete If-None-Match: *, object there': await completeExisting(client, target),
  };
}
