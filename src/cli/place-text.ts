import { fileUrlToPath, schemeOf } from '../shared/io/store-url.ts';

/** A place as people type it: a plain path for files, the URL for the rest. */
export function placeText(url: string): string {
  return schemeOf(url) === 'file' ? fileUrlToPath(url) : url;
}
