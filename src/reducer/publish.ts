import { z } from 'zod';
import type { UnreadInput } from '../shared/carbon/partial.ts';
import { MANIFEST_SCHEMA, type Manifest, parseManifest, type TileFailureRecord } from '../shared/contracts/manifest.ts';
import type { Plan, PlannedTile } from '../shared/contracts/plan.ts';
import { LATEST_FILE, RUN_FILES } from '../shared/contracts/run-places.ts';
import type { RunStatus } from '../shared/contracts/run-status.ts';
import { soilLayer } from '../shared/contracts/soil-layer.ts';
import { parseZones } from '../shared/contracts/zones-file.ts';
import type { ObjectStore } from '../shared/io/store.ts';
import { joinUrl } from '../shared/io/store-url.ts';
import { isThere, jsonBytes, readJson, readJsonIfThere, sha256 } from '../shared/io/stored-json.ts';
import type { Quicklooks } from './quicklooks.ts';
import { type OutputFile, runOutputs } from './run-outputs.ts';
import type { Figures } from './totals.ts';

/** Version of the form of totals.json. Fields may be added; none changes its meaning under the same version. */
export const TOTALS_SCHEMA = 'citysink-totals-1';

/** What the reduction found, ready to be written. `figures` is null where the run FAILED. */
export interface Outcome {
  readonly status: RunStatus;
  readonly figures: Figures | null;
  readonly unread: readonly UnreadInput[];
  readonly failures: readonly TileFailureRecord[];
  readonly causes: readonly { readonly code: string; readonly message: string }[];
  readonly warnings: readonly string[];
}

export interface PublishParts {
  readonly plan: Plan;
  readonly runUrl: string;
  readonly tiles: readonly PlannedTile[];
  /** Seal of each tile's partial. */
  readonly seals: readonly (string | null)[];
  readonly outcome: Outcome;
  /** Maps that were drawn, as the manifest names them. */
  readonly maps: Manifest['outputs'];
  readonly quicklooks: Quicklooks;
  readonly version: string;
  /** ISO time; only the manifest has it. */
  readonly finished: string;
  /** What workers took for it; null: nobody knows. */
  readonly took?: NonNullable<Manifest['took']> | null;
}

/**
 * Writes tables, report and outlines, then the manifest, then the pointer. Without a manifest
 * nothing counts as a result; a manifest that is there already stays, and nothing is written.
 */
export async function publish(store: ObjectStore, parts: PublishParts): Promise<Manifest> {
  const { plan, runUrl, outcome } = parts;
  const manifestUrl = joinUrl(runUrl, RUN_FILES.manifest);
  const outputs: Manifest['outputs'] = [];
  if (outcome.figures !== null && !(await isThere(store, manifestUrl))) {
    const { figures } = outcome;
    const zones = parseZones(await readJson(store, joinUrl(runUrl, RUN_FILES.zones)));
    const made = {
      ...outcome,
      plan,
      figures,
      version: parts.version,
      zones,
      maps: parts.maps,
      quicklooks: parts.quicklooks,
    };
    outputs.push(...(await storeOutputs(store, runUrl, runOutputs(made, totalsJson(parts, figures)))));
    outputs.push(...parts.maps);
    for (const { name, sha256: digest, sizeBytes } of parts.quicklooks.outputs)
      outputs.push({ name, sha256: digest, sizeBytes });
  }
  const manifest = sealManifest({ ...manifestOf(parts, outputs), records: await recordsOf(store, runUrl) });
  const written = await store.create(manifestUrl, jsonBytes(manifest), 'application/json');
  if (written === 'created') await pointToRun(store, plan.resultsUrl, manifest);
  return manifest;
}

/** What the run was counted by, as it stands in the store. */
async function recordsOf(store: ObjectStore, runUrl: string): Promise<Manifest['records']> {
  const records: Manifest['records'] = [];
  for (const name of [RUN_FILES.plan, RUN_FILES.tiles, RUN_FILES.zones]) {
    const body = await store.read(joinUrl(runUrl, name), { maxBytes: MAX_RECORD_BYTES });
    records.push({ name, sha256: sha256(body), sizeBytes: body.byteLength });
  }
  return records;
}

/** A million tiles take some hundred bytes each. */
const MAX_RECORD_BYTES = 2 ** 29;

/** The manifest in the order of its schema, with the digest of all its other lines, which stands in its last. */
export function sealManifest(manifest: Omit<Manifest, 'seal'>): Manifest {
  const { seal: _, ...rest } = parseManifest({ ...manifest, seal: null });
  return { ...rest, seal: sha256(jsonBytes(rest)) };
}

/** Digest over the seals of all partials: it changes with any byte of any of them. */
export function contentsDigest(seals: readonly (string | null)[]): string {
  return sha256(seals.map((seal) => seal ?? '-').join('\n'));
}

/** Files that wait for the store hold at most this much: small ones are written at once, large ones one by one. */
const WAITING_BYTES = 16 * 1024 * 1024;

async function storeOutputs(
  store: ObjectStore,
  runUrl: string,
  files: AsyncIterable<OutputFile>,
): Promise<Manifest['outputs']> {
  const outputs: Manifest['outputs'] = [];
  let storing: Promise<unknown>[] = [];
  let waitingBytes = 0;
  for await (const { name, type, body } of files) {
    outputs.push({ name, sha256: sha256(body), sizeBytes: body.byteLength });
    const stored = store.replace(joinUrl(runUrl, name), body, type);
    stored.catch(() => {}); // It is waited for below, together with the others.
    storing.push(stored);
    waitingBytes += body.byteLength;
    if (waitingBytes < WAITING_BYTES) continue;
    await Promise.all(storing);
    [storing, waitingBytes] = [[], 0];
  }
  await Promise.all(storing);
  return outputs;
}

const pointerSchema = z.object({ run: z.string() });

/**
 * Lets latest.json name the run that answers the city now, if it has figures. A request whose inputs are as they were
 * is answered by its old run, so the pointer follows the request, not the clock; nothing is written where it is right.
 */
export async function pointToRun(store: ObjectStore, resultsUrl: string, manifest: Manifest): Promise<void> {
  const { run, status, year, city } = manifest;
  if (status === 'FAILED') return;
  const url = joinUrl(resultsUrl, `${city}/${LATEST_FILE}`);
  const present = pointerSchema.safeParse(await readJsonIfThere(store, url).catch(() => null));
  if (present.success && present.data.run === run) return;
  const pointer = { schema: 'citysink-latest-1', run, status, year, manifest: `${run}/${RUN_FILES.manifest}` };
  await store.replace(url, jsonBytes(pointer), 'application/json');
}

const ZONE_RULES = {
  centre: 'a cell belongs to the first zone in file order whose polygon contains its centre',
  coverage: 'a cell belongs to each zone by the share of it that the zone covers',
} as const;

/** `figures` are the same bytes for the same inputs; what differs between machines and tilings stands outside of them. */
function totalsJson({ plan, outcome }: PublishParts, figures: Figures): object {
  return {
    schema: TOTALS_SCHEMA,
    run: plan.run,
    city: plan.city,
    name: plan.name,
    year: plan.year,
    status: outcome.status,
    figures_sha256: figuresDigest(figures),
    figures,
    units: { area: 'ha', carbon: 't C', rates: 't C/yr, positive is uptake by land', co2: 't CO2 = t C x 44/12' },
    method: {
      area: plan.area,
      plane_over_ellipsoid: plan.planeDistortion,
      zone_rule: ZONE_RULES[plan.zones.rule],
      owner_rule: 'the first scene in order with valid data in a cell owns it',
      pools: plan.factors.coefficients,
      model: plan.model,
      flux_by_model: plan.casa,
    },
    grid: {
      crs: plan.grid.crs.name,
      epsg: plan.grid.crs.epsg,
      cell_width: plan.grid.cellWidth,
      cell_height: plan.grid.cellHeight,
      reason: plan.gridReason,
    },
    layers: plan.layers.map((layer) => ({ ...layerText(layer), ...layerError(plan, layer) })),
    inputs: inputsOf(plan),
    factors: plan.factors.classes,
    unread: outcome.unread,
    causes: outcome.causes,
    warnings: outcome.warnings,
  };
}

function layerText({ name, kind, resample, composite, unit, mask, takes }: Plan['layers'][number]): object {
  return { name, kind, resample, composite, unit, mask, scenes: takes.map(({ scenes, date }) => ({ scenes, date })) };
}

/** The error that intervals take of the raster of soil; null: none was stated. */
function layerError(plan: Plan, layer: Plan['layers'][number]): object {
  return soilLayer(plan) === layer ? { relative_se: plan.soilRelativeSe } : {};
}

/** Digest of figures, equal for equal inputs. */
export function figuresDigest(figures: Figures): string {
  return sha256(JSON.stringify(figures));
}

function inputsOf(plan: Plan): Manifest['inputs'] {
  return {
    spec: plan.specUrl,
    scenes: plan.scenes.map(({ url, etag, sizeBytes, modified }) => ({ url, etag, sizeBytes, modified })),
    zones: { url: plan.zones.url, digest: plan.zones.digest },
    factors: { url: plan.factors.url, digest: plan.factors.digest },
  };
}

function manifestOf(
  { plan, tiles, seals, outcome, version, finished, took = null }: PublishParts,
  outputs: Manifest['outputs'],
): Omit<Manifest, 'records' | 'seal'> {
  return {
    schema: MANIFEST_SCHEMA,
    status: outcome.status,
    run: plan.run,
    city: plan.city,
    year: plan.year,
    finished,
    software: { name: 'citysink', version, model: plan.model },
    inputs: inputsOf(plan),
    tiles: {
      count: tiles.length,
      digest: sha256(tiles.map((tile) => tile[5]).join('\n')),
      contents: contentsDigest(seals),
      missing: outcome.failures.length,
    },
    outputs,
    figuresSha256: outcome.figures === null ? null : figuresDigest(outcome.figures),
    unread: [...outcome.unread],
    failures: [...outcome.failures],
    causes: [...outcome.causes],
    warnings: [...outcome.warnings],
    ...(took === null ? {} : { took }),
  };
}
