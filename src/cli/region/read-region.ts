import { stat } from 'node:fs/promises';
import { findRegion, type Region } from '../../producer/region.ts';
import { CitysinkError } from '../../shared/errors.ts';
import { fileUrlToPath, schemeOf } from '../../shared/io/store-url.ts';
import { type CliContext, urlArgument } from '../context.ts';

/** The region that an argument names (a folder or a region file), or null: it is one spec, or nothing that is there. */
export async function regionOf(text: string, context: CliContext): Promise<Region | null> {
  const url = await folderWithSlash(urlArgument(text));
  try {
    return await findRegion(url, (place) => context.stores.storeFor(place));
  } catch (error) {
    // What is not there is told by who needs it.
    if (error instanceof CitysinkError && error.code === 'OBJECT_NOT_FOUND') return null;
    throw error;
  }
}

/** A local folder may be named without its slash. */
async function folderWithSlash(url: string): Promise<string> {
  if (url.endsWith('/') || schemeOf(url) !== 'file') return url;
  const isFolder = await stat(fileUrlToPath(url)).then(
    (found) => found.isDirectory(),
    () => false,
  );
  return isFolder ? `${url}/` : url;
}
