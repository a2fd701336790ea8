import { siNumber } from '../../shared/carbon/number-text.ts';
import { CitysinkError } from '../../shared/errors.ts';
import type { ObjectStore } from '../../shared/io/store.ts';
import { type CliContext, folderArgument } from '../context.ts';
import { type CityCounts, unneededCounts } from '../gc/unneeded-counts.ts';
import { placeText } from '../place-text.ts';

export interface GcOptions {
  /** Deletes; without it nothing is changed. */
  readonly yes: boolean;
  /** `7d`, `12h`, `30m`: younger objects are kept. */
  readonly olderThan: string;
  readonly json: boolean;
}

const DELETES_AT_ONCE = 16;

/** Lists, and with --yes deletes, partials and surveys that no run of a results root names. */
export async function gcCommand(results: string, options: GcOptions, context: CliContext): Promise<number> {
  const olderThanMs = ageMs(options.olderThan);
  const root = folderArgument(results);
  const store = context.stores.storeFor(root);
  const sums = { objects: 0, bytes: 0, needed: 0, young: 0, deleted: 0 };
  const cities: object[] = [];
  for await (const city of unneededCounts(root, context.stores, { olderThanMs, now: Date.now() })) {
    const bytes = city.unneeded.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    sums.objects += city.unneeded.length;
    sums.bytes += bytes;
    sums.needed += city.needed;
    sums.young += city.young;
    if (options.yes) sums.deleted += await deleteAll(store, city);
    const { city: name, unneeded, needed, young, leftAlone } = city;
    cities.push({ city: name, unneeded: unneeded.length, bytes, needed, young, left_alone: leftAlone });
    if (!options.json) tellCity(city, bytes, context);
  }
  if (options.json) context.print(JSON.stringify({ results: root, ...sums, cities }, null, 1));
  else context.print(sumText(sums, options, root));
  return 0;
}

function tellCity({ city, unneeded, leftAlone }: CityCounts, bytes: number, context: CliContext): void {
  if (leftAlone !== null) context.note(`${city} is left as it is: ${leftAlone}`);
  else if (unneeded.length > 0) context.print(`${city}  ${unneeded.length} objects, ${siNumber(bytes)}B`);
}

function sumText(
  { objects, bytes, needed, young, deleted }: Record<'objects' | 'bytes' | 'needed' | 'young' | 'deleted', number>,
  { yes, olderThan }: GcOptions,
  root: string,
): string {
  const kept = `${needed} are needed, ${young} that no run names are younger than ${olderThan}`;
  if (yes) return `deleted ${deleted} objects (${siNumber(bytes)}B) below ${placeText(root)}; ${kept}`;
  const next = objects === 0 ? '' : '\nnothing was changed; --yes deletes them';
  return `${objects} objects (${siNumber(bytes)}B) below ${placeText(root)} are not needed; ${kept}${next}`;
}

async function deleteAll(store: ObjectStore, { unneeded }: CityCounts): Promise<number> {
  for (let at = 0; at < unneeded.length; at += DELETES_AT_ONCE) {
    await Promise.all(unneeded.slice(at, at + DELETES_AT_ONCE).map(({ url }) => store.remove(url)));
  }
  return unneeded.length;
}

const UNIT_MS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Errors: CONFIG_INVALID where the text is no age. */
function ageMs(text: string): number {
  const [, count, unit] = /^(\d{1,5})([mhd])$/.exec(text) ?? [];
  if (count !== undefined) return Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS];
  const problem = { where: '--older-than', message: 'no age', expected: 'such as 7d, 12h or 30m', found: text };
  throw new CitysinkError('CONFIG_INVALID', 'an option cannot be used', { problems: [problem] });
}
