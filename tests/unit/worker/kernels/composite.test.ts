import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addFirst,
  addGreatest,
  type DatedValues,
  emptyComposite,
  FREE,
  isFull,
  LOST,
  MedianStack,
} from '../../../../src/worker/kernels/composite.ts';

/** One cell on one date: a value, no data, one that cannot be read, or one that the mask hides. */
type Seen = number | 'nothing' | 'lost' | 'hidden';

const CELLS = 7;
const seen: fc.Arbitrary<Seen> = fc.oneof(
  { arbitrary: fc.integer({ min: -40, max: 40 }).map((eighths) => eighths / 8), weight: 5 },
  { arbitrary: fc.constant('nothing' as const), weight: 2 },
  { arbitrary: fc.constant('hidden' as const), weight: 2 },
  { arbitrary: fc.constant('lost' as const), weight: 1 },
);
/** By date, then cell. */
const dates = fc.array(fc.array(seen, { minLength: CELLS, maxLength: CELLS }), { maxLength: 6 });

/** Hidden cells have a value below; lost ones may have one that is made of a part of the pixels. */
function dated(cells: readonly Seen[]): DatedValues {
  const values = Float64Array.from(cells, (one, i) =>
    typeof one === 'number' ? one : one === 'hidden' || (one === 'lost' && i % 2 === 0) ? 99 : Number.NaN,
  );
  const mark = (state: Seen) => Uint8Array.from(cells, (one) => (one === state ? 1 : 0));
  return {
    values,
    lost: cells.includes('lost') ? mark('lost') : null,
    hidden: cells.includes('hidden') ? mark('hidden') : null,
  };
}

interface Wanted {
  readonly value: number;
  readonly owner: number;
  /** null: of no matter, since the cell is lost or owned. */
  readonly masked: boolean | null;
}

const NONE = Number.NaN;

/** The first date that shows the cell, unless one before it cannot tell. */
function firstOf(cell: readonly Seen[]): Wanted {
  const at = cell.findIndex((one) => typeof one === 'number' || one === 'lost');
  if (at < 0) return { value: NONE, owner: FREE, masked: cell.includes('hidden') };
  if (cell[at] === 'lost') return { value: NONE, owner: LOST, masked: null };
  return { value: cell[at] as number, owner: at, masked: null };
}

function valuesOf(cell: readonly Seen[]): number[] {
  return cell.filter((one) => typeof one === 'number');
}

function greatestOf(cell: readonly Seen[]): Wanted {
  if (cell.includes('lost')) return { value: NONE, owner: LOST, masked: null };
  const values = valuesOf(cell);
  if (values.length === 0) return { value: NONE, owner: FREE, masked: cell.includes('hidden') };
  const value = Math.max(...values);
  return { value, owner: cell.indexOf(value), masked: null };
}

function medianOf(cell: readonly Seen[]): Wanted {
  if (cell.includes('lost')) return { value: NONE, owner: LOST, masked: null };
  const values = valuesOf(cell).sort((a, b) => a - b);
  if (values.length === 0) return { value: NONE, owner: FREE, masked: cell.includes('hidden') };
  const [low, high] = [Math.ceil(values.length / 2) - 1, Math.floor(values.length / 2)];
  return { value: ((values[low] as number) + (values[high] as number)) / 2, owner: FREE, masked: null };
}

function made(composite: ReturnType<typeof emptyComposite>, wanted: readonly Wanted[]): Wanted[] {
  return wanted.map(({ masked }, cell) => ({
    value: composite.values[cell] as number,
    owner: composite.owners[cell] as number,
    masked: masked === null ? null : composite.hidden[cell] === 1,
  }));
}

function wantedOf(all: readonly (readonly Seen[])[], rule: (cell: readonly Seen[]) => Wanted): Wanted[] {
  return Array.from({ length: CELLS }, (_, cell) => rule(all.map((date) => date[cell] as Seen)));
}

describe('of several dates', () => {
  it('the first with a value owns the cell; one that cannot be read is not passed over', () => {
    fc.assert(
      fc.property(dates, (all) => {
        const composite = emptyComposite(CELLS);
        all.forEach((date, take) => {
          addFirst(composite, dated(date), take);
        });
        const wanted = wantedOf(all, firstOf);
        expect(made(composite, wanted)).toEqual(wanted);
        expect(isFull(composite)).toBe(wanted.every(({ owner }) => owner !== FREE));
      }),
      { numRuns: 500 },
    );
  });

  it('the greatest value owns the cell, of equals the first; one that cannot be read might be greater', () => {
    fc.assert(
      fc.property(dates, (all) => {
        const composite = emptyComposite(CELLS);
        all.forEach((date, take) => {
          addGreatest(composite, dated(date), take);
        });
        const wanted = wantedOf(all, greatestOf);
        expect(made(composite, wanted)).toEqual(wanted);
      }),
      { numRuns: 500 },
    );
  });

  it('the middle of all values is taken, and none where one of them cannot be read', () => {
    fc.assert(
      fc.property(dates, (all) => {
        const composite = emptyComposite(CELLS);
        const stack = new MedianStack();
        for (const date of all) stack.add(composite, dated(date));
        stack.finish(composite);
        const wanted = wantedOf(all, medianOf);
        expect(made(composite, wanted)).toEqual(wanted);
      }),
      { numRuns: 500 },
    );
  });

  it('a date of its own is left as it came', () => {
    const date = dated([1, 'lost', 'hidden', 'nothing', 2, 3, 4]);
    const before = [...date.values];
    const stack = new MedianStack();
    stack.add(emptyComposite(CELLS), date);
    addFirst(emptyComposite(CELLS), date, 0);
    addGreatest(emptyComposite(CELLS), date, 0);
    expect([...date.values]).toEqual(before);
  });
});
