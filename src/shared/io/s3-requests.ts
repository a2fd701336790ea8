import type { ReadOptions, StoreAccess } from './store.ts';

/** Parts of requests to S3 that many of them share. */

/** The object that a request is about. */
export interface Target {
  readonly Bucket: string;
  readonly Key: string;
  readonly RequestPayer?: 'requester';
}

/** Says that the reader pays, where the layer agreed to. */
export function requestPayer(access: StoreAccess): { RequestPayer?: 'requester' } {
  return access.requesterPays === true ? { RequestPayer: 'requester' } : {};
}

/** The version that must still be there. */
export function ifMatch(options: ReadOptions): { IfMatch?: string } {
  return options.ifMatch === undefined ? {} : { IfMatch: options.ifMatch };
}
