import type { CliContext } from '../context.ts';
import { urlArgument } from '../context.ts';
import { regionOf } from '../region/read-region.ts';

/** What `watch` is given: specs, regions, and folders of specs on this machine or in a bucket. */

/** Names of all specs there now, each once; words that cannot be followed now are told, and hold no others. */
export interface FoundSpecs {
  readonly specs: readonly string[];
  readonly failures: readonly { readonly place: string; readonly error: unknown }[];
}

export async function findSpecs(words: readonly string[], context: CliContext): Promise<FoundSpecs> {
  const specs = new Set<string>();
  const failures: { place: string; error: unknown }[] = [];
  for (const word of words) {
    try {
      const region = await regionOf(word, context);
      for (const spec of region?.specs ?? [urlArgument(word)]) specs.add(spec);
    } catch (error) {
      failures.push({ place: word, error });
    }
  }
  return { specs: [...specs], failures };
}
