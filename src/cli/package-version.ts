import { readFileSync } from 'node:fs';
import { projectUrl } from '../shared/io/project-files.ts';

/** Version of this package, as manifests name it. */
export function packageVersion(): string {
  return (JSON.parse(readFileSync(projectUrl('package.json'), 'utf8')) as { version: string }).version;
}
