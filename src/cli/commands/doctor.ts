import { randomUUID } from 'node:crypto';
import { resolveScenes } from '../../producer/resolve-scenes.ts';
import type { CitySpec } from '../../shared/contracts/city-spec.ts';
import { CitysinkError, toCitysinkError } from '../../shared/errors.ts';
import { startPrivateRedis } from '../../shared/io/private-redis.ts';
import { pingRedis } from '../../shared/io/redis.ts';
import type { ObjectStore } from '../../shared/io/store.ts';
import { joinUrl } from '../../shared/io/store-url.ts';
import { type CliContext, urlArgument } from '../context.ts';
import { placeText } from '../place-text.ts';
import { readSpec } from '../read-spec.ts';

/** Redis that BullMQ asks for at the least. */
const LEAST_REDIS = [6, 2] as const;

interface Finding {
  readonly state: 'ok' | 'note' | 'missing';
  readonly subject: string;
  readonly text: string;
}

/** Probes Redis and the stores for what the pipeline relies on; exit 1 if something is missing. */
export async function doctorCommand(
  spec: string,
  options: { readonly out: string | null; readonly anonymous: boolean; readonly json: boolean },
  context: CliContext,
): Promise<number> {
  const city = await readSpec(urlArgument(spec), options, context);
  const findings = [
    await probe('redis', () => checkRedis(context)),
    await probe('scenes', () => checkScenes(city, context)),
    ...(await checkResults(city.resultsUrl, context)),
  ];
  if (options.json) context.print(JSON.stringify({ findings }, null, 1));
  else for (const { state, subject, text } of findings) context.print(`${state.padEnd(8)}${subject.padEnd(18)}${text}`);
  return findings.some((finding) => finding.state === 'missing') ? 1 : 0;
}

async function probe(subject: string, check: () => Promise<string | Finding>): Promise<Finding> {
  try {
    const found = await check();
    return typeof found === 'string' ? { state: 'ok', subject, text: found } : found;
  } catch (thrown) {
    const { message, code, remedy } = toCitysinkError(thrown);
    return { state: 'missing', subject, text: `${message} [${code}] ${remedy}` };
  }
}

async function checkRedis(context: CliContext): Promise<string | Finding> {
  const { redisUrl, environment } = context.config;
  const own = redisUrl === null ? await startPrivateRedis(environment.PATH ?? '') : null;
  try {
    const { version, policy } = await pingRedis(own?.url ?? (redisUrl as string));
    const [major = 0, minor = 0] = version.split('.').map(Number);
    const old = major < LEAST_REDIS[0] || (major === LEAST_REDIS[0] && minor < LEAST_REDIS[1]);
    if (old)
      return {
        state: 'missing',
        subject: 'redis',
        text: `version ${version}; ${LEAST_REDIS.join('.')} or later is needed`,
      };
    if (policy !== 'noeviction') {
      return {
        state: 'missing',
        subject: 'redis',
        text: `maxmemory-policy is ${policy}; only noeviction keeps every job`,
      };
    }
    return `version ${version}, noeviction${own === null ? '' : ' (a private one, started for each run: REDIS_URL is unset)'}`;
  } finally {
    await own?.stop();
  }
}

async function checkScenes(city: CitySpec, context: CliContext): Promise<string | Finding> {
  const named = { name: 'landcover', layer: city.landcover };
  const { scenes, unread } = await resolveScenes(named, context.stores, { hosts: context.config.stacHosts });
  const first = scenes[0]?.info;
  if (first === undefined) return { state: 'missing', subject: 'scenes', text: 'none found' };
  const store = context.stores.storeFor(first.url, city.landcover);
  await store.readRange(first.url, { offset: 0, length: Math.min(16, first.sizeBytes) }, { ifMatch: first.etag });
  const guarded = await refusesOtherVersion(store, first.url);
  const count = `${scenes.length} found, ranges are read`;
  if (unread.length > 0)
    return {
      state: 'missing',
      subject: 'scenes',
      text: `${count}; not there: ${unread.map((input) => input.url).join(', ')}`,
    };
  if (guarded) return `${count}, another version is refused (If-Match)`;
  return {
    state: 'note',
    subject: 'scenes',
    text: `${count}; the store ignores If-Match, so a scene replaced in mid-run may go unnoticed`,
  };
}

async function refusesOtherVersion(store: ObjectStore, url: string): Promise<boolean> {
  try {
    await store.readRange(url, { offset: 0, length: 1 }, { ifMatch: '"00000000000000000000000000000000"' });
    return false;
  } catch (error) {
    return error instanceof CitysinkError && error.code === 'OBJECT_CHANGED';
  }
}

/** Writes, reads, lists and removes one small object of its own in the results root. */
async function checkResults(resultsUrl: string, context: CliContext): Promise<Finding[]> {
  const store = context.stores.storeFor(resultsUrl);
  const url = joinUrl(resultsUrl, `.citysink-doctor/${randomUUID()}`);
  const body = new TextEncoder().encode('citysink doctor');
  const findings = [
    await probe('results: write', async () => {
      await store.create(url, body, 'text/plain');
      return `${placeText(resultsUrl)} takes new objects`;
    }),
  ];
  if (findings[0]?.state !== 'ok') return findings;
  findings.push(
    await probe('results: once', async () => {
      if ((await store.create(url, body, 'text/plain')) === 'exists')
        return 'an object that is there is not written again';
      return {
        state: 'note',
        subject: 'results: once',
        text: 'the store let an object be written twice; names are digests, so no figure depends on it',
      };
    }),
  );
  findings.push(
    await probe('results: list', async () => {
      for await (const info of store.list(joinUrl(resultsUrl, '.citysink-doctor/')))
        if (info.url === url) return 'listed at once after writing';
      return { state: 'missing', subject: 'results: list', text: 'a new object does not show in the listing' };
    }),
  );
  findings.push(
    await probe('results: remove', async () => {
      await store.remove(url);
      return 'the probe was removed';
    }),
  );
  return findings;
}
