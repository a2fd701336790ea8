import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  emptyPartial,
  encodePartial,
  mergeAllPartials,
  mergePartials,
  type Partial,
} from '../../src/shared/carbon/partial.ts';
import type { PatchTally } from '../../src/shared/carbon/patch-tally.ts';
import { NDVI_BINS } from '../../src/shared/contracts/counted-names.ts';
import { parsePartialFile, writePartialFile } from '../../src/shared/contracts/partial-file.ts';
import { below, labelTile } from '../support/patch-rasters.ts';
import { seeded } from '../support/random-mosaics.ts';

/** Partials are an algebra: the laws under which tiles may be cut, ordered, lost and counted again without a trace. */

const tally = fc.record({ cells: fc.nat(2 ** 30), area: fc.bigInt({ min: 0n, max: 2n ** 90n }) });
const code = fc.oneof(fc.integer({ min: 0, max: 5 }), fc.integer({ min: -32_768, max: 2 ** 31 - 1 }));

function mapOf<K, V>(key: fc.Arbitrary<K>, value: fc.Arbitrary<V>): fc.Arbitrary<Map<K, V>> {
  return fc.array(fc.tuple(key, value), { maxLength: 5 }).map((entries) => new Map(entries));
}

const zone = fc.record({ all: tally, unread: tally, classes: mapOf(code, tally) });
const place = fc.record({ row: fc.integer({ min: -50, max: 50 }), col: fc.integer({ min: -50, max: 50 }) });
const pair = fc.tuple(fc.nat(12), fc.nat(12)).map(([first, later]) => `${first},${later}`);
// Few names, so that inputs meet; messages differ as those of two blocks of one scene do.
const unread = fc.record({
  url: fc.constantFrom('s3://a/1.tif', 's3://a/2.tif', 's3://a/1.tif b'),
  code: fc.constantFrom('RASTER_CORRUPT', 'OBJECT_CHANGED'),
  message: fc.constantFrom('block 0', 'block 1', 'block 2'),
});

const layer = fc.constantFrom('ndvi', 'canopy', 'soil-c');
const quantity = fc.record({
  cells: fc.nat(2 ** 30),
  area: fc.bigInt({ min: 0n, max: 2n ** 90n }),
  sum: fc.bigInt({ min: -(2n ** 90n), max: 2n ** 90n }),
});
const day = fc.constantFrom('2021-05-03', '2021-05-13', '2020-12-31');
/** Classes before and after. */
const pairOfClasses = fc.tuple(code, code).map((classes) => classes.join(','));
const imagery = fc.record({ dates: mapOf(day, fc.nat(1000)), masked: fc.nat(1000) });

/** Side of the square of cells in which a partial has its patches; squares stand side by side, so that patches meet. */
const SQUARE = 6;

/** Two sources of green with rules of their own. */
const CONNECTIVITY = { all: 8, '0.30': 4 } as const;

/** Patches of one square; cells are counted once, so no two partials that are merged have the same square. */
function patchesOf(square: number, name: keyof typeof CONNECTIVITY): fc.Arbitrary<PatchTally> {
  const window = { row: -2, col: SQUARE * square, rows: SQUARE, cols: SQUARE };
  return fc.record({ seed: fc.nat(), share: fc.constantFrom(0.2, 0.5, 0.8, 1) }).map(({ seed, share }) => {
    const random = seeded(seed);
    const cells = (value: () => number) => Array.from({ length: SQUARE * SQUARE }, value);
    const green = Uint8Array.from(cells(() => Number(random() < share)));
    const codes = Int32Array.from(cells(() => below(random, 3)));
    const zones = Int32Array.from(cells(() => below(random, 8) - 1).map((one) => Math.min(one, 1)));
    const rule = { connectivity: CONNECTIVITY[name], measure: 'cells', unitM2: 100 } as const;
    return labelTile({ window, green, codes, zones }, window, rule);
  });
}

function namedPatches(square: number): fc.Arbitrary<Map<string, PatchTally>> {
  const one = (name: keyof typeof CONNECTIVITY) =>
    fc.option(patchesOf(square, name)).map((tally) => (tally === null ? [] : [[name, tally] as const]));
  return fc.tuple(one('all'), one('0.30')).map((entries) => new Map(entries.flat()));
}

const bins = fc.oneof(fc.constant([]), fc.array(fc.nat(1000), { minLength: NDVI_BINS, maxLength: NDVI_BINS }));

const partialIn = (square: number): fc.Arbitrary<Partial> =>
  fc.record({
    basis: fc.constant('basis'),
    zones: mapOf(fc.nat(4), zone),
    places: mapOf(code, place),
    overlaps: mapOf(pair, fc.nat(1000)),
    unread: fc.array(unread, { maxLength: 4 }),
    quantities: mapOf(layer, mapOf(fc.nat(4), mapOf(code, quantity))),
    imagery: mapOf(layer, mapOf(fc.nat(4), imagery)),
    patches: namedPatches(square),
    builtNdvi: bins,
    transitions: mapOf(fc.nat(4), mapOf(pairOfClasses, tally)),
  });

const [partial, beside, beyond] = [partialIn(0), partialIn(1), partialIn(2)];

function text(one: Partial): string {
  return JSON.stringify(encodePartial(one));
}

describe('merging partials', () => {
  it('is associative: groups may be made of any neighbours', () => {
    fc.assert(
      fc.property(partial, beside, beyond, (a, b, c) => {
        expect(text(mergePartials(mergePartials(a, b), c))).toBe(text(mergePartials(a, mergePartials(b, c))));
      }),
    );
  });

  it('is commutative: tiles may end in any order', () => {
    fc.assert(
      fc.property(partial, beside, (a, b) => {
        expect(text(mergePartials(a, b))).toBe(text(mergePartials(b, a)));
      }),
    );
  });

  it('all at once gives what merging one after the other does', () => {
    fc.assert(
      fc.property(partial, beside, beyond, (a, b, c) => {
        const oneByOne = text([a, b, c].reduce(mergePartials));
        expect(text(mergeAllPartials('basis', [c, a, b]))).toBe(oneByOne);
        expect(text(mergeAllPartials('basis', [mergeAllPartials('basis', [a, c]), b]))).toBe(oneByOne);
        expect(text(mergeAllPartials('basis', [a]))).toBe(text(a));
      }),
    );
    expect(text(mergeAllPartials('basis', []))).toBe(text(emptyPartial('basis')));
  });

  it('counts every cell of a patch and of built-up land once', () => {
    const cellsOf = ({ patches }: Partial) =>
      [...patches.values()].reduce((sum, { closed, open }) => {
        const sizes = [...closed.values()].flatMap((classes) =>
          [...classes.values()].flatMap((of) => [...of.values()]),
        );
        return [...sizes, ...open.flatMap(({ sums }) => sums)].reduce((all, { cells }) => all + cells, sum);
      }, 0);
    const built = ({ builtNdvi }: Partial) => builtNdvi.reduce((sum, count) => sum + count, 0);
    fc.assert(
      fc.property(partial, beside, (a, b) => {
        const merged = mergePartials(a, b);
        expect(cellsOf(merged)).toBe(cellsOf(a) + cellsOf(b));
        expect(built(merged)).toBe(built(a) + built(b));
      }),
    );
  });

  it('with the empty partial changes nothing', () => {
    fc.assert(
      fc.property(partial, (a) => {
        expect(text(mergePartials(a, emptyPartial('basis')))).toBe(text(a));
        expect(text(mergePartials(emptyPartial('basis'), a))).toBe(text(a));
      }),
    );
  });

  it('leaves both as they were', () => {
    fc.assert(
      fc.property(partial, beside, (a, b) => {
        const before = [text(a), text(b)];
        mergePartials(a, b);
        expect([text(a), text(b)]).toEqual(before);
      }),
    );
  });

  it('adds cells and areas, zone by zone and class by class', () => {
    fc.assert(
      fc.property(partial, beside, fc.nat(4), code, (a, b, index, one) => {
        const merged = mergePartials(a, b).zones.get(index);
        const parts = [a.zones.get(index), b.zones.get(index)];
        const cells = parts.reduce((sum, part) => sum + (part?.classes.get(one)?.cells ?? 0), 0);
        const area = parts.reduce((sum, part) => sum + (part?.all.area ?? 0n), 0n);
        expect(merged?.classes.get(one)?.cells ?? 0).toBe(cells);
        expect(merged?.all.area ?? 0n).toBe(area);
      }),
    );
  });

  it('adds values and days, layer by layer', () => {
    fc.assert(
      fc.property(partial, beside, layer, fc.nat(4), code, day, (a, b, name, index, one, date) => {
        const merged = mergePartials(a, b);
        const sums = [a, b].map((part) => part.quantities.get(name)?.get(index)?.get(one)?.sum ?? 0n);
        const days = [a, b].map((part) => part.imagery.get(name)?.get(index));
        expect(merged.quantities.get(name)?.get(index)?.get(one)?.sum ?? 0n).toBe((sums[0] ?? 0n) + (sums[1] ?? 0n));
        const masked = days.reduce((sum, part) => sum + (part?.masked ?? 0), 0);
        const ofDay = days.reduce((sum, part) => sum + (part?.dates.get(date) ?? 0), 0);
        expect(merged.imagery.get(name)?.get(index)?.masked ?? 0).toBe(masked);
        expect(merged.imagery.get(name)?.get(index)?.dates.get(date) ?? 0).toBe(ofDay);
      }),
    );
  });

  it('is refused between bases: other zones or another grid are never mixed in', () => {
    fc.assert(
      fc.property(partial, beside, (a, b) => {
        expect(() => mergePartials(a, { ...b, basis: 'another' })).toThrow(
          expect.objectContaining({ code: 'PARTIAL_MISMATCH' }),
        );
      }),
    );
  });
});

const DIGEST = '0123456789abcdef0123456789abcdef';

describe('a stored partial', () => {
  it('is read as it was written, to the last bit of its areas', () => {
    fc.assert(
      fc.property(partial, (a) => {
        const stored = writePartialFile(DIGEST, a);
        const read = parsePartialFile(stored, DIGEST);
        expect(text(read)).toBe(text(a));
        expect(writePartialFile(DIGEST, read)).toBe(stored);
      }),
    );
  });

  it('is the same text in whatever order its parts were met', () => {
    const turned = <K, V>(map: ReadonlyMap<K, V>) => new Map([...map].reverse());
    fc.assert(
      fc.property(partial, (a) => {
        const zones = new Map([...turned(a.zones)].map(([id, one]) => [id, { ...one, classes: turned(one.classes) }]));
        const quantities = turned(new Map([...a.quantities].map(([name, ofZones]) => [name, turned(ofZones)])));
        const days = [...a.imagery].map(([name, ofZones]) => {
          const parts = [...ofZones].map(([id, one]) => [id, { ...one, dates: turned(one.dates) }] as const);
          return [name, turned(new Map(parts))] as const;
        });
        const transitions = turned(new Map([...a.transitions].map(([id, pairs]) => [id, turned(pairs)])));
        const measured = { quantities, imagery: turned(new Map(days)) };
        const patches = turned(a.patches);
        const other = {
          ...a,
          ...measured,
          patches,
          transitions,
          zones,
          places: turned(a.places),
          overlaps: turned(a.overlaps),
        };
        expect(text({ ...other, unread: [...a.unread].reverse() })).toBe(text(a));
      }),
    );
  });

  it('that belongs to another tile, is cut off or is no partial is refused', () => {
    fc.assert(
      fc.property(partial, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (a, share) => {
        const stored = writePartialFile(DIGEST, a);
        const invalid = expect.objectContaining({ code: 'JOB_INVALID' });
        expect(() => parsePartialFile(stored, DIGEST.replace('0', 'f'))).toThrow(invalid);
        expect(() => parsePartialFile(stored.slice(0, Math.floor(stored.length * share)), DIGEST)).toThrow(invalid);
      }),
    );
  });
});
