import { type StoredPlan, StoredPlans } from '../../reducer/stored-plans.ts';
import { type Manifest, parseManifest } from '../../shared/contracts/manifest.ts';
import { RUN_FILES } from '../../shared/contracts/run-places.ts';
import { CitysinkError, toCitysinkError } from '../../shared/errors.ts';
import { joinUrl } from '../../shared/io/store-url.ts';
import { readTextIfThere } from '../../shared/io/stored-json.ts';
import type { CliContext } from '../context.ts';
import { findRunFolder } from '../find-run.ts';
import { plainLine } from '../terminal-text.ts';
import { type Check, check } from '../verify/findings.ts';
import { verifyFactors, verifyScenes, verifyTiles } from '../verify/verify-inputs.ts';
import { verifyManifest, verifyObjects } from '../verify/verify-objects.ts';
import { sampleOf, verifyFigures, verifyPartials } from '../verify/verify-partials.ts';

export interface VerifyOptions {
  readonly out: string | null;
  readonly tiles: number;
  readonly all: boolean;
  readonly seed: string | null;
  readonly json: boolean;
}

/**
 * Everything of a finished run against its manifest. Reads only.
 * Exit code: 0 all as it was; 1 something differs, each place by name. Errors: RUN_NOT_FOUND; REQUEST_INVALID, not finished.
 */
export async function verifyCommand(asked: string, options: VerifyOptions, context: CliContext): Promise<number> {
  const folder = await findRunFolder(asked, [], options.out, context);
  const checks = await verifyRun(asked, folder, options, context);
  const differences = checks.flatMap((one) => one.differences);
  if (options.json) context.print(JSON.stringify({ run: folder, ok: differences.length === 0, checks }, null, 1));
  else context.print(verificationText(checks));
  return differences.length === 0 ? 0 : 1;
}

async function verifyRun(asked: string, folder: string, options: VerifyOptions, context: CliContext): Promise<Check[]> {
  const { stores } = context;
  const store = stores.storeFor(folder);
  const url = joinUrl(folder, RUN_FILES.manifest);
  const text = await readTextIfThere(store, url);
  if (text === null) throw unfinished(asked, url);
  const manifest = manifestOf(text);
  if (manifest === null) return [damaged('manifest', url, 'is not a manifest')];
  const objects = [
    verifyManifest(url, text, manifest),
    await verifyObjects('plan, tiles and zones', store, folder, manifest.records),
    await verifyObjects('outputs', store, folder, manifest.outputs),
  ];
  const stored = await loadPlan(folder, context);
  if ('name' in stored) return [...objects, stored];
  const partials = await verifyPartials(store, stored, manifest);
  const figures = await verifyFigures(store, folder, stored, partials, manifest);
  const wanted = options.all ? stored.tiles.length : options.tiles;
  const sample = sampleOf(options.seed ?? manifest.run, stored.tiles.length, wanted);
  return [
    ...objects,
    partials.check,
    figures,
    await verifyScenes(stores, stored.plan),
    await verifyFactors(stores, stored.plan),
    await verifyTiles(stores, folder, stored, sample),
  ];
}

function manifestOf(text: string): Manifest | null {
  try {
    return parseManifest(JSON.parse(text));
  } catch {
    return null;
  }
}

/** The plan, or the check that says why it cannot be read. */
async function loadPlan(folder: string, { stores }: CliContext): Promise<StoredPlan | Check> {
  try {
    return await new StoredPlans(stores).load(folder);
  } catch (thrown) {
    const { code, message } = toCitysinkError(thrown);
    return damaged(
      'plan',
      joinUrl(folder, RUN_FILES.plan),
      `nothing that was counted can be checked: ${message} [${code}]`,
    );
  }
}

function damaged(name: string, place: string, message: string): Check {
  return check(name, 1, [{ place, message }]);
}

function unfinished(asked: string, url: string): CitysinkError {
  const problem = { where: asked, message: 'this run is not finished', expected: `a run with ${url}` };
  return new CitysinkError('REQUEST_INVALID', 'nothing to verify', { problems: [problem] });
}

function verificationText(checks: readonly Check[]): string {
  const lines = checks.flatMap(({ name, checked, differences, note }) => {
    const state = differences.length === 0 ? 'as they were' : `${differences.length} DIFFER`;
    const head = `${name}: ${checked} checked, ${checked === 0 ? 'nothing to say' : state}${note === null ? '' : ` (${note})`}`;
    return [head, ...differences.map(({ place, message }) => `  ${place}: ${message}`)];
  });
  const count = checks.reduce((sum, { differences }) => sum + differences.length, 0);
  return [...lines, count === 0 ? 'OK' : `DIFFERENT in ${count} places`].map(plainLine).join('\n');
}
