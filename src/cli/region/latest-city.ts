import { z } from 'zod';
import type { CitySpec } from '../../shared/contracts/city-spec.ts';
import { parseManifest } from '../../shared/contracts/manifest.ts';
import { LATEST_FILE, RUN_FILES } from '../../shared/contracts/run-places.ts';
import { joinUrl } from '../../shared/io/store-url.ts';
import { readJson, readJsonIfThere } from '../../shared/io/stored-json.ts';
import type { CliContext } from '../context.ts';
import type { RunResult } from '../run-report.ts';

/** What answers a city now, without looking at its scenes: the run that latest.json names. */

const pointerSchema = z.object({ run: z.string().regex(/^[A-Za-z0-9-]+$/), year: z.int() });

/** null: no run of the spec's year has figures. Errors: JOB_INVALID where what is stored has another form. */
export async function latestOf(
  { city, year, resultsUrl }: Pick<CitySpec, 'city' | 'year' | 'resultsUrl'>,
  context: CliContext,
): Promise<RunResult | null> {
  const folder = joinUrl(resultsUrl, `${city}/`);
  const store = context.stores.storeFor(folder);
  const pointer = pointerSchema.safeParse(await readJsonIfThere(store, joinUrl(folder, LATEST_FILE)));
  if (!pointer.success || pointer.data.year !== year) return null;
  const runUrl = joinUrl(folder, `${pointer.data.run}/`);
  return { manifest: parseManifest(await readJson(store, joinUrl(runUrl, RUN_FILES.manifest))), runUrl, tiles: null };
}
