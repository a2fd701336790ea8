/** S3 driver: the only file that imports the AWS SDK. Retries, deadlines and budgets are ours; the SDK tries once. */

import { Readable } from 'node:stream';
import type * as Sdk from '@aws-sdk/client-s3';
import { CitysinkError } from '../errors.ts';
import { EtagTrust } from './believed-bytes.ts';
import { collectBody } from './collect-body.ts';
import { PROCESS_RETRY_TOOLS, withDeadline } from './deadline.ts';
import { RetryBudget, type RetryTools, withRetry } from './retry.ts';
import {
  checkRange,
  decodeKey,
  endlessList,
  isCode,
  isMissingBucket,
  knownSize,
  late,
  objectInfo,
} from './s3-answers.ts';
import { isTransient, missingBucket, refusesConditionals, type S3Call, s3Error } from './s3-errors.ts';
import { ifMatch, requestPayer, type Target } from './s3-requests.ts';
import type { ObjectInfo, ObjectStore, ReadOptions, StoreAccess, StreamedBody } from './store.ts';
import type { StoreSettings } from './store-settings.ts';
import { formatS3Url, parseObjectUrl, parseS3Url, type S3Place } from './store-url.ts';
import { bodyOf, partBytesOf, partsOf, wholeBody } from './streamed-body.ts';

/** Above this an upload goes in parts. */
const SINGLE_PUT_BYTES = 16 * 1024 * 1024;
/** Uploads get time by their size: the slowest link that is still worth waiting for, bytes a millisecond. */
const SLOWEST_UPLOAD = 128;
/** A probe for conditional writes sends the body once more; larger bodies are not worth it. */
const PROBE_BYTES = 1024 * 1024;
const FALLBACK_REGION = 'us-east-1';
const MAX_SOCKETS = 256;

/** The SDK is loaded with the first request: runs in files start without it. */
interface Connection {
  readonly sdk: typeof Sdk;
  readonly client: Sdk.S3Client;
}

/** One HTTP exchange with the SDK: the client and the signal that ends it. */
type Exchange<T> = (connection: Connection, options: { abortSignal: AbortSignal }) => Promise<T>;

/** Conditional PUT of this server: not known yet, works, or is refused or ignored. */
type Conditionals = 'unknown' | 'honoured' | 'absent';

interface Upload extends S3Place {
  readonly body: Uint8Array;
  readonly contentType: string;
  /** Only where nothing is there yet (If-None-Match: *). */
  readonly onlyNew: boolean;
}

type PartedUpload = Omit<Upload, 'body'> & { readonly body: StreamedBody };

export class S3Store implements ObjectStore {
  readonly #settings: StoreSettings;
  readonly #access: StoreAccess;
  readonly #tools: RetryTools;
  readonly #budget: RetryBudget;
  readonly #etags = new EtagTrust();
  readonly #knownBuckets = new Set<string>();
  #connection: Promise<Connection> | undefined;
  #conditionals: Conditionals = 'unknown';

  /** `tools` are replaced in tests. */
  constructor(settings: StoreSettings, access: StoreAccess = {}, tools: RetryTools = PROCESS_RETRY_TOOLS) {
    this.#settings = settings;
    this.#access = access;
    this.#tools = tools;
    this.#budget = new RetryBudget(settings.retries, tools.now);
  }

  async head(url: string, options: ReadOptions = {}): Promise<ObjectInfo> {
    const place = parseObjectUrl(url);
    const call = { verb: 'head', url };
    try {
      return await this.#retrying(call, options.signal, async (signal) => {
        const input = { ...this.#target(place), ...ifMatch(options) };
        const answer = await this.#exchange(call, signal, 0, ({ client, sdk }, o) =>
          client.send(new sdk.HeadObjectCommand(input), o),
        );
        return objectInfo(url, answer.ContentLength, answer.ETag, answer.LastModified);
      });
    } catch (error) {
      // An answer to HEAD has no body, so a missing bucket looks like a missing key.
      if (isCode(error, 'OBJECT_NOT_FOUND')) await this.#requireBucket(place, url, options.signal);
      throw error;
    }
  }

  async read(url: string, options: ReadOptions & { readonly maxBytes: number }): Promise<Uint8Array> {
    const input = { ...this.#target(parseObjectUrl(url)), ...ifMatch(options) };
    return this.#etags.believed(url, async () => {
      let etag = '';
      const bytes = await this.#get({ verb: 'read', url }, options.signal, input, (answer) => {
        etag = answer.ETag ?? '';
        return knownSize(url, answer.ContentLength, options.maxBytes);
      });
      return { bytes, etag };
    });
  }

  async readRange(
    url: string,
    range: { readonly offset: number; readonly length: number },
    options: ReadOptions = {},
  ): Promise<Uint8Array> {
    const place = parseObjectUrl(url);
    if (range.length === 0) return new Uint8Array(0);
    const last = range.offset + range.length - 1;
    const input = { ...this.#target(place), ...ifMatch(options), Range: `bytes=${range.offset}-${last}` };
    return this.#get({ verb: `read bytes ${range.offset}-${last} of`, url }, options.signal, input, (answer) => {
      checkRange(url, range, answer);
      return range.length;
    });
  }

  async create(url: string, body: Uint8Array, contentType: string): Promise<'created' | 'exists'> {
    const upload = { ...parseObjectUrl(url), body, contentType, onlyNew: true };
    // A server not known to honour the condition is asked first: a race is left, but no plain overwrite. So are all
    // before an upload in parts: Ceph honours the condition on PUT and ignores it there, and it spares the upload.
    const inDoubt = this.#conditionals !== 'honoured' || body.length > SINGLE_PUT_BYTES;
    if (inDoubt && (await this.#exists(url))) return 'exists';
    try {
      await this.#upload({ verb: 'create', url }, { ...upload, onlyNew: this.#conditionals !== 'absent' });
    } catch (error) {
      // Also the end of a PUT that was done while its answer was lost: the object is whole.
      if (isCode(error, 'OBJECT_CHANGED')) return this.#learn('honoured', 'exists');
      if (this.#conditionals !== 'unknown' || !refusesConditionals(error)) throw error;
      await this.#upload({ verb: 'create', url }, { ...upload, onlyNew: false });
      return this.#learn('absent', 'created');
    }
    if (this.#conditionals === 'unknown' && body.length <= PROBE_BYTES) await this.#probeConditionals(url, upload);
    return 'created';
  }

  async replace(url: string, body: Uint8Array, contentType: string): Promise<void> {
    await this.#upload({ verb: 'replace', url }, { ...parseObjectUrl(url), body, contentType, onlyNew: false });
  }

  async replaceStreamed(url: string, body: StreamedBody, contentType: string): Promise<void> {
    if (body.sizeBytes <= SINGLE_PUT_BYTES) return this.replace(url, await wholeBody(body), contentType);
    await this.#uploadInParts({ verb: 'replace', url }, { ...parseObjectUrl(url), body, contentType, onlyNew: false });
  }

  async *list(prefixUrl: string): AsyncIterable<ObjectInfo> {
    const { bucket, key } = parseS3Url(prefixUrl);
    let token: string | undefined;
    do {
      const page = await this.#listPage({ bucket, key }, token);
      for (const entry of page.Contents ?? []) {
        const url = formatS3Url({ bucket, key: decodeKey(entry.Key ?? '', page.EncodingType) });
        yield objectInfo(url, entry.Size, entry.ETag, entry.LastModified);
      }
      const next = page.IsTruncated === true ? page.NextContinuationToken : undefined;
      if (page.IsTruncated === true && (next === undefined || next === token)) throw endlessList(prefixUrl);
      token = next;
    } while (token !== undefined);
  }

  async remove(url: string): Promise<void> {
    const input = this.#target(parseObjectUrl(url));
    const call = { verb: 'remove', url };
    try {
      await this.#step(call, 0, ({ client, sdk }, o) => client.send(new sdk.DeleteObjectCommand(input), o));
    } catch (error) {
      if (!isCode(error, 'OBJECT_NOT_FOUND') || isMissingBucket(error)) throw error;
    }
  }

  close(): void {
    this.#connection?.then(({ client }) => client.destroy()).catch(() => undefined);
    this.#connection = undefined;
  }

  /** A call with its whole deadline, its attempts and its errors as ours. */
  #retrying<T>(
    call: S3Call,
    parent: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<T>,
    uploadBytes = 0,
  ): Promise<T> {
    const millis = this.#settings.deadlines.wholeCallMs + uploadBytes / SLOWEST_UPLOAD;
    return withDeadline(
      millis,
      parent,
      () => late(call, 'was not done', millis),
      (signal) =>
        withRetry(() => work(signal), {
          settings: this.#settings.retries,
          budget: this.#budget,
          tools: this.#tools,
          isTransient,
          signal,
        }),
    );
  }

  /** One request up to the head of its answer. `uploadBytes` lengthens the deadline. */
  async #exchange<T>(call: S3Call, signal: AbortSignal, uploadBytes: number, exchange: Exchange<T>): Promise<T> {
    const millis = this.#settings.deadlines.firstByteMs + uploadBytes / SLOWEST_UPLOAD;
    try {
      return await withDeadline(
        millis,
        signal,
        () => late(call, 'had no answer', millis),
        async (abortSignal) => {
          this.#connection ??= connect(this.#settings, this.#access);
          return exchange(await this.#connection, { abortSignal });
        },
      );
    } catch (error) {
      throw s3Error(error, call);
    }
  }

  /** A GET with its body; `expect` checks the head of the answer and gives the bytes its body must have. */
  #get(
    call: S3Call,
    parent: AbortSignal | undefined,
    input: Sdk.GetObjectCommandInput,
    expect: (answer: Sdk.GetObjectCommandOutput) => number,
  ): Promise<Uint8Array> {
    return this.#retrying(call, parent, async (signal) => {
      const answer = await this.#exchange(call, signal, 0, ({ client, sdk }, o) =>
        client.send(new sdk.GetObjectCommand(input), o),
      );
      if (!(answer.Body instanceof Readable))
        throw new CitysinkError('INTERNAL', `${call.url}: an answer without a body`);
      try {
        const expectedBytes = expect(answer);
        const idleMs = this.#settings.deadlines.idleBodyMs;
        return await collectBody(answer.Body, { url: call.url, expectedBytes, idleMs, signal });
      } catch (error) {
        answer.Body.destroy();
        throw error;
      }
    });
  }

  #listPage(place: S3Place, token: string | undefined): Promise<Sdk.ListObjectsV2CommandOutput> {
    const call = { verb: 'list', url: formatS3Url(place) };
    const input = {
      Bucket: place.bucket,
      Prefix: place.key,
      // Keys may hold characters that XML cannot.
      EncodingType: 'url' as const,
      ...requestPayer(this.#access),
      ...(token === undefined ? {} : { ContinuationToken: token }),
    };
    return this.#step(call, 0, ({ client, sdk }, o) => client.send(new sdk.ListObjectsV2Command(input), o));
  }

  async #exists(url: string): Promise<boolean> {
    try {
      await this.head(url);
      return true;
    } catch (error) {
      if (isCode(error, 'OBJECT_NOT_FOUND') && !isMissingBucket(error)) return false;
      // A missing object looks like this to those who may not list; the write itself will tell.
      if (isCode(error, 'STORE_DENIED')) return false;
      throw error;
    }
  }

  async #requireBucket(place: S3Place, url: string, parent: AbortSignal | undefined): Promise<void> {
    if (this.#knownBuckets.has(place.bucket)) return;
    const call = { verb: 'head', url };
    try {
      await this.#retrying(call, parent, (signal) =>
        this.#exchange(call, signal, 0, ({ client, sdk }, o) =>
          client.send(new sdk.HeadBucketCommand({ Bucket: place.bucket }), o),
        ),
      );
      this.#knownBuckets.add(place.bucket);
    } catch (error) {
      if (isCode(error, 'OBJECT_NOT_FOUND')) throw missingBucket(call);
      // Not allowed to ask: the answer to the object stands.
    }
  }

  /** Settles what the server does with conditions, once. */
  #learn<T>(conditionals: Conditionals, result: T): T {
    if (this.#conditionals === 'unknown') this.#conditionals = conditionals;
    return result;
  }

  /** The same bytes once more on the condition: refused by a server that honours it, harmless on one that ignores it. */
  async #probeConditionals(url: string, upload: Upload): Promise<void> {
    try {
      await this.#upload({ verb: 'create', url }, upload);
      this.#learn('absent', undefined);
    } catch (error) {
      // Any other failure leaves it unknown; the object itself was written.
      if (isCode(error, 'OBJECT_CHANGED')) this.#learn('honoured', undefined);
    }
  }

  async #upload(call: S3Call, upload: Upload): Promise<void> {
    if (upload.body.length > SINGLE_PUT_BYTES)
      return this.#uploadInParts(call, { ...upload, body: bodyOf(upload.body) });
    const input = {
      ...this.#target(upload),
      Body: upload.body,
      ContentLength: upload.body.length,
      ContentType: upload.contentType,
      ...(upload.onlyNew ? { IfNoneMatch: '*' } : {}),
    };
    await this.#step(call, upload.body.length, ({ client, sdk }, o) => client.send(new sdk.PutObjectCommand(input), o));
  }

  async #uploadInParts(call: S3Call, upload: PartedUpload): Promise<void> {
    const target = this.#target(upload);
    const started = await this.#step(call, 0, ({ client, sdk }, o) =>
      client.send(new sdk.CreateMultipartUploadCommand({ ...target, ContentType: upload.contentType }), o),
    );
    const inUpload = { ...target, UploadId: started.UploadId };
    try {
      const parts = await this.#uploadParts(call, inUpload, upload.body);
      const condition = upload.onlyNew ? { IfNoneMatch: '*' } : {};
      const input = { ...inUpload, MultipartUpload: { Parts: parts }, ...condition };
      await this.#step(call, 0, ({ client, sdk }, o) => client.send(new sdk.CompleteMultipartUploadCommand(input), o));
    } catch (error) {
      // A completion whose answer was lost leaves no upload behind but the object; else the parts are given back.
      if (isCode(error, 'OBJECT_NOT_FOUND') && (await this.#hasSize(call.url, upload.body.sizeBytes))) return;
      await this.#step(call, 0, ({ client, sdk }, o) =>
        client.send(new sdk.AbortMultipartUploadCommand(inUpload), o),
      ).catch(() => undefined);
      throw error;
    }
  }

  async #uploadParts(call: S3Call, inUpload: Target & { UploadId: string | undefined }, body: StreamedBody) {
    const parts: Sdk.CompletedPart[] = [];
    for await (const part of partsOf(body, partBytesOf(body.sizeBytes))) {
      const PartNumber = parts.length + 1;
      const input = { ...inUpload, PartNumber, Body: part, ContentLength: part.length };
      const done = await this.#step(call, part.length, ({ client, sdk }, o) =>
        client.send(new sdk.UploadPartCommand(input), o),
      );
      parts.push({ PartNumber, ...(done.ETag === undefined ? {} : { ETag: done.ETag }) });
    }
    return parts;
  }

  /** A call whose answer has no body worth streaming. */
  #step<T>(call: S3Call, uploadBytes: number, exchange: Exchange<T>): Promise<T> {
    const work = (signal: AbortSignal) => this.#exchange(call, signal, uploadBytes, exchange);
    return this.#retrying(call, undefined, work, uploadBytes);
  }

  async #hasSize(url: string, sizeBytes: number): Promise<boolean> {
    const info = await this.head(url).catch(() => undefined);
    return info?.sizeBytes === sizeBytes;
  }

  #target(place: S3Place): Target {
    return { Bucket: place.bucket, Key: place.key, ...requestPayer(this.#access) };
  }
}

/** The SDK's client; its own resolution of region and endpoint is asked first, because two defaults hang on it. */
async function connect(settings: StoreSettings, access: StoreAccess): Promise<Connection> {
  const sdk = await import('@aws-sdk/client-s3');
  const base = clientConfig(settings, access);
  const asked = new sdk.S3Client(base);
  const region = await asked.config.region().catch(() => FALLBACK_REGION);
  const endpoint = settings.s3Endpoint ?? (await asked.config.serviceConfiguredEndpoint?.());
  asked.destroy();
  // Servers other than AWS differ in the newer checksums: only where an operation demands one.
  const checksums = {
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  } as const;
  const client = new sdk.S3Client({ ...base, region, ...(endpoint === undefined ? {} : checksums) });
  return { sdk, client };
}

function clientConfig(settings: StoreSettings, access: StoreAccess): Sdk.S3ClientConfig {
  const agent = { keepAlive: true, maxSockets: MAX_SOCKETS };
  const unsigned: Sdk.S3ClientConfig = {
    credentials: { accessKeyId: '', secretAccessKey: '' },
    signer: { sign: async (request) => request },
  };
  return {
    maxAttempts: 1,
    forcePathStyle: settings.s3PathStyle,
    followRegionRedirects: true,
    expectContinueHeader: false,
    requestHandler: { connectionTimeout: settings.deadlines.connectMs, httpAgent: agent, httpsAgent: agent },
    ...(settings.s3Region === undefined ? {} : { region: settings.s3Region }),
    ...(settings.s3Endpoint === undefined ? {} : { endpoint: settings.s3Endpoint }),
    ...((access.anonymous ?? settings.s3Anonymous) ? unsigned : {}),
  };
}
