/** The calls of S3 that the server knows, each from a parsed request to an answer. */

import { type Answer, empty, S3Refusal, xmlAnswer } from './answer.ts';
import { type Bucket, type MultipartUpload, md5, readWhole, type StoredObject } from './buckets.ts';
import { listObjects } from './listing.ts';
import { xmlTexts } from './xml.ts';

export interface S3Request {
  readonly method: string;
  readonly bucketName: string;
  readonly key: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  /** Conditions are not looked at (a failure on command). */
  readonly ignoreConditions: boolean;
}

export interface Call {
  readonly request: S3Request;
  readonly buckets: Map<string, Bucket>;
  readonly bucket: Bucket;
  readonly body: Buffer;
}

/** Parts but the last must have 5 MiB, as in S3. */
const MIN_PART_BYTES = 5 * 1024 * 1024;

/** S3's name of a request's call. */
export function operationOf({ method, key, query, bucketName, headers }: Omit<S3Request, 'ignoreConditions'>): string {
  if (bucketName === '') return 'ListBuckets';
  if (key === '') return bucketOperation(method, query);
  if (query.has('uploadId')) {
    const names: Record<string, string> = {
      PUT: 'UploadPart',
      POST: 'CompleteMultipartUpload',
      DELETE: 'AbortMultipartUpload',
      GET: 'ListParts',
    };
    return names[method] ?? 'Unknown';
  }
  if (method === 'POST' && query.has('uploads')) return 'CreateMultipartUpload';
  if (method === 'PUT') return 'x-amz-copy-source' in headers ? 'CopyObject' : 'PutObject';
  return { GET: 'GetObject', HEAD: 'HeadObject', DELETE: 'DeleteObject' }[method] ?? 'Unknown';
}

function bucketOperation(method: string, query: URLSearchParams): string {
  if (method === 'GET' && query.has('location')) return 'GetBucketLocation';
  if (method === 'GET' && query.has('uploads')) return 'ListMultipartUploads';
  if (method === 'GET') return query.get('list-type') === '2' ? 'ListObjectsV2' : 'ListObjects';
  if (method === 'POST' && query.has('delete')) return 'DeleteObjects';
  return { HEAD: 'HeadBucket', PUT: 'CreateBucket' }[method] ?? 'Unknown';
}

function etagListed(list: string, object: StoredObject): boolean {
  const etags = list.split(',').map((one) => one.trim().replace(/^W\//, '').replaceAll('"', ''));
  return etags.includes('*') || etags.includes(object.etag.replaceAll('"', ''));
}

function objectHeaders(object: StoredObject): Record<string, string> {
  return {
    etag: object.etag,
    'last-modified': object.modified.toUTCString(),
    'content-type': object.contentType,
    'accept-ranges': 'bytes',
  };
}

/** First and last byte of a Range header; null for none or one that HTTP says to ignore. */
function rangeOf(header: string | undefined, sizeBytes: number): { start: number; end: number } | null {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (first === '' && last === '') return null;
  if (first === '') return suffixRange(Number(last), sizeBytes);
  const start = Number(first);
  if (last !== '' && Number(last) < start) return null;
  if (start >= sizeBytes) throw new S3Refusal('InvalidRange');
  return { start, end: last === '' ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1) };
}

function suffixRange(length: number, sizeBytes: number): { start: number; end: number } {
  if (length === 0 || sizeBytes === 0) throw new S3Refusal('InvalidRange');
  return { start: Math.max(0, sizeBytes - length), end: sizeBytes - 1 };
}

function getObject({ request, bucket }: Call): Answer {
  const object = bucket.get(request.key);
  if (object === undefined) throw new S3Refusal('NoSuchKey');
  const headers = objectHeaders(object);
  const match = request.headers['if-match'];
  const noneMatch = request.headers['if-none-match'];
  if (!request.ignoreConditions) {
    if (match !== undefined && !etagListed(match, object)) throw new S3Refusal('PreconditionFailed');
    if (noneMatch !== undefined && etagListed(noneMatch, object)) return empty(304, headers);
  }
  const range = rangeOf(request.headers.range, object.sizeBytes);
  const { start, end } = range ?? { start: 0, end: object.sizeBytes - 1 };
  headers['content-length'] = String(end + 1 - start);
  if (range !== null) headers['content-range'] = `bytes ${start}-${end}/${object.sizeBytes}`;
  return { status: range === null ? 200 : 206, headers, body: { object, start, end } };
}

/** Refuses a write whose If-Match or If-None-Match does not hold. */
function checkWrite({ request, bucket }: Call): void {
  if (request.ignoreConditions) return;
  const object = bucket.get(request.key);
  if (request.headers['if-none-match'] === '*' && object !== undefined) throw new S3Refusal('PreconditionFailed');
  const match = request.headers['if-match'];
  if (match === undefined) return;
  if (object === undefined) throw new S3Refusal('NoSuchKey');
  if (!etagListed(match, object)) throw new S3Refusal('PreconditionFailed');
}

function putObject(call: Call): Answer {
  checkWrite(call);
  const object = call.bucket.put(call.request.key, call.body, call.request.headers['content-type']);
  return empty(200, { etag: object.etag });
}

function copyObject(call: Call): Answer {
  checkWrite(call);
  const source = decodeURIComponent(call.request.headers['x-amz-copy-source'] ?? '').replace(/^\//, '');
  const slash = source.indexOf('/');
  const object = call.buckets.get(source.slice(0, slash))?.get(source.slice(slash + 1));
  if (object === undefined) throw new S3Refusal('NoSuchKey');
  const copy = call.bucket.put(call.request.key, readWhole(object), object.contentType);
  return xmlAnswer('CopyObjectResult', { ETag: copy.etag, LastModified: copy.modified.toISOString() });
}

function uploadOf({ request, bucket }: Call): { id: string; upload: MultipartUpload } {
  const id = request.query.get('uploadId') ?? '';
  const upload = bucket.uploads.get(id);
  if (upload === undefined || upload.key !== request.key) throw new S3Refusal('NoSuchUpload');
  return { id, upload };
}

function uploadPart(call: Call): Answer {
  const number = Number(call.request.query.get('partNumber'));
  if (!(number >= 1 && number <= 10_000)) throw new S3Refusal('InvalidArgument');
  const part = { body: call.body, md5: md5(call.body) };
  uploadOf(call).upload.parts.set(number, part);
  return empty(200, { etag: `"${part.md5}"` });
}

function completeUpload(call: Call): Answer {
  const { id, upload } = uploadOf(call);
  checkWrite(call);
  const xml = call.body.toString();
  const etags = xmlTexts(xml, 'ETag').map((etag) => etag.replaceAll('"', ''));
  const parts = xmlTexts(xml, 'PartNumber').map((number) => upload.parts.get(Number(number)));
  if (parts.length === 0 || parts.some((part, at) => part?.md5 !== etags[at])) throw new S3Refusal('InvalidPart');
  const bodies = parts.flatMap((part) => (part === undefined ? [] : [part.body]));
  if (bodies.slice(0, -1).some((body) => body.length < MIN_PART_BYTES)) throw new S3Refusal('EntityTooSmall');
  const etag = `${md5(Buffer.from(etags.join(''), 'hex'))}-${bodies.length}`;
  const object = call.bucket.put(upload.key, Buffer.concat(bodies), upload.contentType, etag);
  call.bucket.uploads.delete(id);
  return xmlAnswer('CompleteMultipartUploadResult', { Bucket: call.bucket.name, Key: upload.key, ETag: object.etag });
}

function listParts(call: Call): Answer {
  const { id, upload } = uploadOf(call);
  const parts = [...upload.parts].sort(([a], [b]) => a - b);
  return xmlAnswer('ListPartsResult', {
    Key: upload.key,
    UploadId: id,
    IsTruncated: false,
    Part: parts.map(([number, part]) => ({ PartNumber: number, ETag: `"${part.md5}"`, Size: part.body.length })),
  });
}

function deleteObjects({ bucket, body }: Call): Answer {
  const keys = xmlTexts(body.toString(), 'Key');
  for (const key of keys) bucket.remove(key);
  return xmlAnswer('DeleteResult', { Deleted: keys.map((Key) => ({ Key })) });
}

export const OPERATIONS: Readonly<Record<string, (call: Call) => Answer>> = {
  HeadBucket: () => empty(200, { 'x-amz-bucket-region': 'us-east-1' }),
  GetBucketLocation: () => xmlAnswer('LocationConstraint', {}),
  ListObjects: ({ bucket, request }) => ({ ...xmlAnswer('x', {}), body: listObjects(bucket, request.query) }),
  ListObjectsV2: ({ bucket, request }) => ({ ...xmlAnswer('x', {}), body: listObjects(bucket, request.query) }),
  ListMultipartUploads: ({ bucket }) =>
    xmlAnswer('ListMultipartUploadsResult', {
      Bucket: bucket.name,
      IsTruncated: false,
      Upload: [...bucket.uploads].map(([UploadId, { key }]) => ({ Key: key, UploadId })),
    }),
  DeleteObjects: deleteObjects,
  GetObject: getObject,
  HeadObject: getObject,
  PutObject: putObject,
  CopyObject: copyObject,
  DeleteObject: ({ bucket, request }) => {
    bucket.remove(request.key);
    return empty(204);
  },
  CreateMultipartUpload: ({ bucket, request }) => {
    const contentType = request.headers['content-type'] ?? 'application/octet-stream';
    const UploadId = bucket.startUpload(request.key, contentType);
    return xmlAnswer('InitiateMultipartUploadResult', { Bucket: bucket.name, Key: request.key, UploadId });
  },
  UploadPart: uploadPart,
  CompleteMultipartUpload: completeUpload,
  AbortMultipartUpload: (call) => {
    call.bucket.uploads.delete(uploadOf(call).id);
    return empty(204);
  },
  ListParts: listParts,
};
