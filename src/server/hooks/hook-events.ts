import { z } from 'zod';

/**
 * @pure Which objects a notification names, whoever sends it: S3 through EventBridge, SNS, SQS or Lambda, and the
 * `Records` of MinIO, Ceph RGW and versitygw. An event only says where to look again: no more of it is read.
 */

export interface EventPlace {
  readonly bucket: string;
  readonly key: string;
}

const MOST_RECORDS = 1000;
/** SNS in SQS in Lambda is the deepest that anybody sends. */
const MOST_WRAPS = 3;

const bucket = z.looseObject({ name: z.string().min(1).max(255) });
/** A key has 1024 bytes, and three times as many when it is percent-encoded. */
const object = z.looseObject({ key: z.string().min(1).max(3072) });
const eventBridge = z.looseObject({ 'detail-type': z.string(), detail: z.looseObject({ bucket, object }) });
const s3Record = z.looseObject({ s3: z.looseObject({ bucket, object }) });
const snsRecord = z.looseObject({ Sns: z.looseObject({ Message: z.string() }) });
const sqsRecord = z.looseObject({ body: z.string() });
const records = z.looseObject({ Records: z.array(z.unknown()).max(MOST_RECORDS) });
const envelope = z.looseObject({ Type: z.literal('Notification'), Message: z.string() });
const testEvent = z.looseObject({ Event: z.literal('s3:TestEvent') });
const batch = z.array(z.unknown()).max(MOST_RECORDS);

/** Objects that the body names; null: it is no notification that is known here. Text inside of an envelope may be anything. */
export function placesOf(body: unknown): EventPlace[] | null {
  return unwrap(body, 0)?.slice(0, MOST_RECORDS) ?? null;
}

function unwrap(value: unknown, depth: number): EventPlace[] | null {
  if (depth > MOST_WRAPS) return null;
  const many = batch.safeParse(value);
  if (many.success) return all(many.data, (one) => unwrap(one, depth + 1));
  const bridged = eventBridge.safeParse(value);
  if (bridged.success) {
    const { detail } = bridged.data;
    return [{ bucket: detail.bucket.name, key: detail.object.key }];
  }
  const listed = records.safeParse(value);
  if (listed.success) return all(listed.data.Records, (record) => fromRecord(record, depth));
  const wrapped = envelope.safeParse(value);
  if (wrapped.success) return inText(wrapped.data.Message, depth);
  return testEvent.safeParse(value).success ? [] : null;
}

function fromRecord(record: unknown, depth: number): EventPlace[] | null {
  const direct = s3Record.safeParse(record);
  if (direct.success) {
    const { s3 } = direct.data;
    return spellings(s3.object.key).map((key) => ({ bucket: s3.bucket.name, key }));
  }
  const bySns = snsRecord.safeParse(record);
  if (bySns.success) return inText(bySns.data.Sns.Message, depth);
  const bySqs = sqsRecord.safeParse(record);
  return bySqs.success ? inText(bySqs.data.body, depth) : null;
}

/** Messages of a topic or queue that are no notifications of a store name nothing. */
function inText(text: string, depth: number): EventPlace[] {
  try {
    return unwrap(JSON.parse(text), depth + 1) ?? [];
  } catch {
    return [];
  }
}

function all(values: readonly unknown[], placesIn: (value: unknown) => EventPlace[] | null): EventPlace[] | null {
  const found = values.map(placesIn);
  return found.includes(null) ? null : found.flatMap((places) => places ?? []);
}

/** AWS and MinIO encode keys as in a form, some gateways do not: one look too many costs a listing, one too few an hour. */
function spellings(key: string): string[] {
  try {
    const decoded = decodeURIComponent(key.replaceAll('+', ' '));
    return decoded === key ? [key] : [decoded, key];
  } catch {
    return [key];
  }
}
