import { z } from 'zod';
import type { Partial, QuantityTally } from '../carbon/partial.ts';
import { encodePartial } from '../carbon/partial.ts';
import { decodePatches, patchesSchema } from '../carbon/patch-file.ts';
import type { Tally } from '../carbon/tally.ts';
import { CitysinkError } from '../errors.ts';

/** Stored form of a partial. The name of the object is the digest of all that decides it; `digest` repeats it inside. */

const cells = z.int().nonnegative();
const area = z.string().regex(/^\d{1,60}$/);
const tally = z.tuple([cells, area]);
const sum = z.string().regex(/^-?\d{1,80}$/);
const zoneIndex = z.int().nonnegative();

const hex = z.string().regex(/^[0-9a-f]{32,64}$/);

const partialFileSchema = z.strictObject({
  schema: z.literal('citysink-partial-3'),
  digest: z.string(),
  /** Of a tile: digests of the stored blocks that were counted, a scene each, in the order of its layers and takes. */
  read: z.array(hex).optional(),
  /** Of a group: seals of its tiles in the order of the plan. */
  members: z.array(hex).optional(),
  basis: z.string(),
  zones: z.array(
    z.strictObject({
      zone: z.int().nonnegative(),
      all: tally,
      unread: tally,
      classes: z.array(z.tuple([z.int(), cells, area])),
    }),
  ),
  places: z.array(z.tuple([z.int(), z.int(), z.int()])),
  overlaps: z.array(z.tuple([z.string(), cells])),
  unread: z.array(z.strictObject({ url: z.string(), code: z.string(), message: z.string() })),
  quantities: z.array(
    z.tuple([z.string(), z.array(z.tuple([zoneIndex, z.array(z.tuple([z.int(), cells, area, sum]))]))]),
  ),
  imagery: z.array(z.tuple([z.string(), z.array(z.tuple([zoneIndex, z.array(z.tuple([z.string(), cells])), cells]))])),
  patches: z.array(z.tuple([z.string(), patchesSchema])),
  builtNdvi: z.array(cells),
  transitions: z.array(z.tuple([zoneIndex, z.array(z.tuple([z.string().regex(/^-?\d+,-?\d+$/), cells, area]))])),
});

/** What a partial was made of, beside its figures: this is never merged. */
export interface PartialProof {
  readonly read?: readonly string[];
  readonly members?: readonly string[];
}

/** Text of a partial under its digest; the same partial gives the same text. */
export function writePartialFile(digest: string, partial: Partial, proof: PartialProof = {}): string {
  return JSON.stringify({ schema: 'citysink-partial-3', digest, ...proof, ...encodePartial(partial) });
}

const proofSchema = z.object({ read: z.array(hex).optional(), members: z.array(hex).optional() });

/** What a stored partial says that it was made of; nothing where it says nothing. */
export function proofOfPartial(text: string): PartialProof {
  const { read, members } = proofSchema.safeParse(tryJson(text)).data ?? {};
  return { ...(read === undefined ? {} : { read }), ...(members === undefined ? {} : { members }) };
}

/** Errors: JOB_INVALID where the text is not a partial or belongs to another digest. */
export function parsePartialFile(text: string, digest: string): Partial {
  const parsed = partialFileSchema.safeParse(tryJson(text));
  if (!parsed.success) {
    throw new CitysinkError(
      'JOB_INVALID',
      `stored partial ${digest} has not the form it must have: ${z.prettifyError(parsed.error)}`,
    );
  }
  const file = parsed.data;
  if (file.digest !== digest)
    throw new CitysinkError('JOB_INVALID', `stored partial ${digest} says it is ${file.digest}`);
  return {
    basis: file.basis,
    zones: new Map(
      file.zones.map((zone) => [
        zone.zone,
        {
          all: toTally(zone.all),
          unread: toTally(zone.unread),
          classes: new Map(zone.classes.map(([code, n, units]) => [code, toTally([n, units])])),
        },
      ]),
    ),
    places: new Map(file.places.map(([code, row, col]) => [code, { row, col }])),
    overlaps: new Map(file.overlaps),
    unread: file.unread,
    quantities: new Map(
      file.quantities.map(([layer, zones]) => [
        layer,
        new Map(zones.map(([zone, classes]) => [zone, new Map(classes.map(toQuantity))])),
      ]),
    ),
    imagery: new Map(
      file.imagery.map(([layer, zones]) => [
        layer,
        new Map(zones.map(([zone, dates, masked]) => [zone, { dates: new Map(dates), masked }])),
      ]),
    ),
    patches: new Map(file.patches.map(([name, stored]) => [name, decodePatches(stored)])),
    builtNdvi: file.builtNdvi,
    transitions: new Map(
      file.transitions.map(([zone, pairs]) => [
        zone,
        new Map(pairs.map(([pair, n, units]) => [pair, toTally([n, units])])),
      ]),
    ),
  };
}

function toTally([n, units]: readonly [number, string]): Tally {
  return { cells: n, area: BigInt(units) };
}

function toQuantity([code, n, units, total]: readonly [number, number, string, string]): [number, QuantityTally] {
  return [code, { cells: n, area: BigInt(units), sum: BigInt(total) }];
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
