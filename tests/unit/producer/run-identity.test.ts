import { rm } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSpec } from '../../../src/producer/load-spec.ts';
import type { ResolvedScene, ResolvedScenes } from '../../../src/producer/resolve-scenes.ts';
import { findRun, measureDigest, type RequestParts, requestDigest } from '../../../src/producer/run-identity.ts';
import type { CitySpec, LayerSpec } from '../../../src/shared/contracts/city-spec.ts';
import type { ObjectInfo, ObjectStore } from '../../../src/shared/io/store.ts';
import { FileStore } from '../../../src/shared/io/store-file.ts';
import { pathToUrl } from '../../../src/shared/io/store-url.ts';
import { jsonBytes } from '../../../src/shared/io/stored-json.ts';
import { temporaryFolder } from '../../support/city.ts';

const TEXT =
  'city: a\nyear: 2021\nzones: { url: z.geojson }\nlayers: { landcover: { scenes: ./s/ } }\nfactors: f.csv\n';
const SPEC = await readSpec(new TextEncoder().encode(TEXT), 'file:///city/spec.yaml');
const INFO = { url: 's3://s/a.tif', etag: '"1"', sizeBytes: 10, modified: '2021-01-01T00:00:00Z' };
const SCENE: ResolvedScene = { info: INFO, datetime: null, key: 'a', radiometry: null, ownMask: null };

/** What the land cover's places gave. */
function landcover(scenes: readonly ResolvedScene[], unread: ResolvedScenes['unread'] = []): Partial<RequestParts> {
  return { resolved: new Map([['landcover', { scenes, unread }]]) };
}

function changed(changes: Partial<ResolvedScene>, info: Partial<ObjectInfo> = {}): ResolvedScene {
  return { ...SCENE, info: { ...INFO, ...info }, ...changes };
}

const PARTS: RequestParts = {
  spec: SPEC,
  resolved: new Map([['landcover', { scenes: [SCENE], unread: [] }]]),
  zonesDigest: 'z',
  tileSize: null,
  fresh: null,
};

const LOST = { url: 's3://s/b.tif', code: 'OBJECT_NOT_FOUND', message: '' };
const RADIOMETRY = { scale: 0.0001, offset: null, nodata: null, why: '', doubt: null };

/** The digest of a request with all its parts. */
function digestOf(parts: RequestParts, factorsDigest = 'f'): string {
  return requestDigest(measureDigest(parts), { factorsDigest, accuracyDigest: null, spec: parts.spec });
}

describe('requestDigest', () => {
  it.each<[string, Partial<RequestParts>]>([
    ['a scene replaced', landcover([changed({}, { etag: '"2"' })])],
    ['a scene more', landcover([SCENE, changed({}, { url: 's3://s/b.tif' })])],
    ['a scene that could not be had', landcover([SCENE], [LOST])],
    ['a layer more', { resolved: new Map([...PARTS.resolved, ['canopy', { scenes: [SCENE], unread: [] }]]) }],
    ['another day of a scene', landcover([changed({ datetime: '2021-05-03' })])],
    ['another partner of a scene', landcover([changed({ key: 'b' })])],
    ['another mask of a scene', landcover([changed({ ownMask: { ...INFO, url: 's3://s/scl.tif' } })])],
    ['another scale of a scene', landcover([changed({ radiometry: RADIOMETRY })])],
    ['another grid', { spec: { ...SPEC, grid: { crs: 'EPSG:32650', resolution: 10, origin: null } } }],
    ['other zones', { zonesDigest: 'y' }],
    ['other tiles', { tileSize: 512 }],
    ['nothing to be reused', { fresh: 'x' }],
    ['another year', { spec: { ...SPEC, year: 2022 } }],
    ['another nodata', { spec: { ...SPEC, landcover: { ...SPEC.landcover, nodata: 7 } } }],
    ['the other rule of area', { spec: { ...SPEC, area: 'ellipsoid' } }],
    ['other emissions', { spec: { ...SPEC, emissions: { tCo2: 1, year: 2021, source: 's' } } }],
  ])('%s is another request', (_, change) => {
    expect(digestOf({ ...PARTS, ...change })).not.toBe(digestOf(PARTS));
  });

  it('other factors, emissions or names are another request, and the same measurement', () => {
    expect(digestOf(PARTS, 'g')).not.toBe(digestOf(PARTS));
    const spec = { ...SPEC, emissions: { tCo2: 1, year: 2021, source: 's' }, name: { en: 'other' } };
    expect(measureDigest({ ...PARTS, spec })).toBe(measureDigest(PARTS));
    expect(digestOf({ ...PARTS, spec })).not.toBe(digestOf(PARTS));
  });

  it('another error of soil is another request of the same measurement; none leaves the names of before', () => {
    const withSoil = (relativeSe: number | null): RequestParts => {
      const layers = { soil: { ...SPEC.landcover, unit: 't/ha', relativeSe } };
      const resolved = new Map([...PARTS.resolved, ['soil', { scenes: [SCENE], unread: [] }] as const]);
      return { ...PARTS, resolved, spec: { ...SPEC, layers } };
    };
    expect(measureDigest(withSoil(0.3))).toBe(measureDigest(withSoil(null)));
    expect(digestOf(withSoil(0.3))).not.toBe(digestOf(withSoil(null)));
    expect(digestOf(withSoil(0.3))).not.toBe(digestOf(withSoil(0.2)));
    const { relativeSe: _, ...before } = withSoil(null).spec.layers.soil as LayerSpec;
    const old = { ...withSoil(null), spec: { ...SPEC, layers: { soil: before as LayerSpec } } };
    expect(digestOf(old)).toBe(digestOf(withSoil(null)));
  });

  it('the date of a scene alone, a message, or another place for results make no other request', () => {
    const same: Partial<RequestParts> = {
      ...landcover([changed({}, { modified: '2022-01-01T00:00:00Z' })]),
      spec: { ...SPEC, resultsUrl: 's3://r/' },
    };
    expect(digestOf({ ...PARTS, ...same })).toBe(digestOf(PARTS));
  });
});

describe('findRun', () => {
  const store: ObjectStore = new FileStore();
  const digest = 'abcdef0123456789';
  let folder = '';
  let spec: CitySpec = SPEC;

  beforeEach(async () => {
    folder = await temporaryFolder();
    spec = { ...SPEC, resultsUrl: pathToUrl(`${folder}/`) };
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function ended(run: string, status: string, causes: readonly string[] = []): Promise<void> {
    const manifest = {
      schema: 'citysink-manifest-1',
      status,
      run,
      city: 'a',
      year: 2021,
      finished: '',
      software: { name: '', version: '', model: '' },
      inputs: { spec: '', scenes: [], zones: { url: '', digest: '' }, factors: { url: '', digest: '' } },
      tiles: { count: 0, digest: '', missing: 0 },
      outputs: [],
      figuresSha256: null,
      unread: [],
      failures: [],
      causes: causes.map((code) => ({ code, message: '' })),
      warnings: [],
    };
    await store.create(`${spec.resultsUrl}a/${run}/manifest.json`, jsonBytes(manifest), 'application/json');
  }

  it('a new request is a run of its year and digest', async () => {
    expect(await findRun(store, spec, digest, false)).toEqual({
      run: '2021-abcdef012345',
      runUrl: `${spec.resultsUrl}a/2021-abcdef012345/`,
      settled: null,
      before: null,
    });
  });

  it('one that is DONE stands, also where it is asked for again', async () => {
    await ended('2021-abcdef012345', 'DONE');
    for (const again of [false, true]) expect((await findRun(store, spec, digest, again)).settled?.status).toBe('DONE');
  });

  it('one that lacked an input for a cause that may pass is made anew beside the old one', async () => {
    await ended('2021-abcdef012345', 'PARTIAL', ['STORE_DENIED']);
    expect(await findRun(store, spec, digest, false)).toMatchObject({ run: '2021-abcdef012345-r2', settled: null });
  });

  it('one that ended for a cause in the inputs themselves stands, until a retry is asked for', async () => {
    await ended('2021-abcdef012345', 'PARTIAL', ['RASTER_CORRUPT']);
    expect((await findRun(store, spec, digest, false)).settled?.status).toBe('PARTIAL');
    expect(await findRun(store, spec, digest, true)).toMatchObject({ run: '2021-abcdef012345-r2', settled: null });
  });

  it('attempts are counted up to the first that is free or settled', async () => {
    await ended('2021-abcdef012345', 'PARTIAL', ['STORE_TIMEOUT']);
    await ended('2021-abcdef012345-r2', 'DONE');
    expect(await findRun(store, spec, digest, false)).toMatchObject({
      run: '2021-abcdef012345-r2',
      settled: { status: 'DONE' },
    });
  });
});
