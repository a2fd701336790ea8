import { createRequire } from 'node:module';

/** Version of this package, as manifests name it. */
export function packageVersion(): string {
  const require = createRequire(import.meta.url);
  return (require('../../package.json') as { version: string }).version;
}
