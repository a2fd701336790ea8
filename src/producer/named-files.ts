import { CitysinkError, type Problem } from '../shared/errors.ts';
import { crsFromEpsg } from '../shared/geo/crs-registry.ts';
import type { ObjectStore } from '../shared/io/store.ts';
import { folderOf, resolveUrl } from '../shared/io/store-url.ts';
import { isLibraryName, loadNamedFactors } from './factor-library.ts';
import { loadZones } from './load-zones.ts';
import { namedFile } from './request-text.ts';
import { valueAt } from './spec-problems.ts';

/**
 * Mistakes in the zones and factors that a refused spec names, so that one answer tells them all. What the spec itself
 * has wrong (a place that is none, a CRS) is told by its own checks and passed over here.
 */
export async function namedFileProblems(
  value: unknown,
  specUrl: string,
  openStore: (url: string) => ObjectStore,
): Promise<Problem[]> {
  const text = (...path: string[]) => {
    const found = valueAt(value, path);
    return typeof found === 'string' && found !== '' ? found : null;
  };
  const [zones, factors] = [text('zones', 'url'), text('factors')];
  const checks = [
    zones === null
      ? null
      : async () => {
          const url = resolveUrl(zones, folderOf(specUrl));
          const keys = { id: text('zones', 'id'), label: text('zones', 'label'), crs: text('zones', 'crs') };
          const layer = text('zones', 'layer');
          const source = { url, ...keys, ...(layer === null ? {} : { layer }) };
          await namedFile('zones.url', url, loadZones(openStore(url), source, await crsFromEpsg(4326)));
        },
    factors === null
      ? null
      : async () => {
          const url = isLibraryName(factors) ? factors : resolveUrl(factors, folderOf(specUrl));
          await namedFile('factors', url, loadNamedFactors(url, openStore));
        },
  ];
  return (await Promise.all(checks.flatMap((check) => (check === null ? [] : [problemsOf(check)])))).flat();
}

async function problemsOf(check: () => Promise<void>): Promise<readonly Problem[]> {
  try {
    await check();
    return [];
  } catch (error) {
    return error instanceof CitysinkError ? error.problems : [];
  }
}
