import { loadSpec } from '../producer/load-spec.ts';
import type { CitySpec } from '../shared/contracts/city-spec.ts';
import { type CliContext, folderArgument } from './context.ts';

/** The spec that a command was given, with what the command line and the environment say of it. */
export function readSpec(
  specUrl: string,
  options: { readonly out: string | null; readonly anonymous: boolean },
  context: CliContext,
): Promise<CitySpec> {
  return loadSpec((url) => context.stores.storeFor(url), specUrl, {
    ...(options.out === null ? {} : { out: folderArgument(options.out) }),
    anonymous: options.anonymous || context.config.s3.anonymous,
  });
}
