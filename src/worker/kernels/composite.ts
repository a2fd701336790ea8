/**
 * @pure How several dates become one value a cell. All are fed date by date, in order.
 * Cells that a date cannot tell, because a block cannot be read, stay without value: the other dates alone would be another answer.
 */

/** States of a cell beside indexes of takes. */
export const FREE = -1;
export const LOST = -2;

/** One date on the tile. */
export interface DatedValues {
  /** NaN where the date has no data. */
  readonly values: Float64Array;
  /** 1 where a value may be and cannot be read. */
  readonly lost: Uint8Array | null;
  /** 1 where there is a value that the mask hides. */
  readonly hidden: Uint8Array | null;
}

export interface Composite {
  readonly values: Float64Array;
  /** Index of the take that owns a cell, FREE or LOST; all FREE for the median. */
  readonly owners: Int16Array;
  /** 1 where some date has a value that the mask hides. */
  readonly hidden: Uint8Array;
}

/** Starts with no value anywhere. */
export function emptyComposite(cells: number): Composite {
  return {
    values: new Float64Array(cells).fill(Number.NaN),
    owners: new Int16Array(cells).fill(FREE),
    hidden: new Uint8Array(cells),
  };
}

/** What one date alone comes to; its values are taken over, not copied. */
export function ofOneDate({ values, lost, hidden }: DatedValues, take: number): Composite {
  const owners = new Int16Array(values.length).fill(take);
  if (lost === null && hidden === null) {
    for (let cell = 0; cell < values.length; cell++) if (Number.isNaN(values[cell]!)) owners[cell] = FREE;
    return { values, owners, hidden: new Uint8Array(values.length) };
  }
  for (let cell = 0; cell < values.length; cell++) {
    const isLost = lost !== null && lost[cell] === 1;
    if (isLost || (hidden !== null && hidden[cell] === 1)) values[cell] = Number.NaN;
    if (Number.isNaN(values[cell]!)) owners[cell] = isLost ? LOST : FREE;
  }
  return { values, owners, hidden: hidden ?? new Uint8Array(values.length) };
}

/** Whether a later take can change nothing: every cell has its owner. */
export function isFull({ owners }: Composite): boolean {
  return !owners.includes(FREE);
}

/** The first date with a value owns the cell. */
export function addFirst({ values, owners, hidden }: Composite, date: DatedValues, take: number): void {
  for (let cell = 0; cell < owners.length; cell++) {
    if (owners[cell] !== FREE) continue;
    if (date.lost !== null && date.lost[cell] === 1) owners[cell] = LOST;
    else if (date.hidden !== null && date.hidden[cell] === 1) hidden[cell] = 1;
    else if (!Number.isNaN(date.values[cell]!)) {
      values[cell] = date.values[cell]!;
      owners[cell] = take;
    }
  }
}

/** The date with the greatest value owns the cell; of equals the first. */
export function addGreatest({ values, owners, hidden }: Composite, date: DatedValues, take: number): void {
  for (let cell = 0; cell < owners.length; cell++) {
    if (owners[cell] === LOST) continue;
    if (date.lost !== null && date.lost[cell] === 1) {
      owners[cell] = LOST;
      values[cell] = Number.NaN;
    } else if (date.hidden !== null && date.hidden[cell] === 1) hidden[cell] = 1;
    else {
      const value = date.values[cell]!;
      if (Number.isNaN(value) || (owners[cell] !== FREE && value <= values[cell]!)) continue;
      values[cell] = value;
      owners[cell] = take;
    }
  }
}

/** Values of all dates, to take the middle of; single precision is far finer than what dates differ by. */
export class MedianStack {
  private readonly dates: Float32Array[] = [];

  add({ owners, hidden }: Composite, date: DatedValues): void {
    const values = Float32Array.from(date.values);
    for (let cell = 0; cell < values.length; cell++) {
      if (date.lost !== null && date.lost[cell] === 1) owners[cell] = LOST;
      if (date.hidden === null || date.hidden[cell] !== 1) continue;
      hidden[cell] = 1;
      values[cell] = Number.NaN;
    }
    this.dates.push(values);
  }

  /** Of an even number of values the mean of the two in the middle. */
  finish({ values, owners }: Composite): void {
    const sorted = new Float32Array(this.dates.length);
    for (let cell = 0; cell < values.length; cell++) {
      if (owners[cell] === LOST) continue;
      let count = 0;
      for (const date of this.dates) {
        const value = date[cell]!;
        if (Number.isNaN(value)) continue;
        // Insertion keeps the few values of a cell in order.
        let at = count++;
        for (; at > 0 && sorted[at - 1]! > value; at--) sorted[at] = sorted[at - 1]!;
        sorted[at] = value;
      }
      if (count > 0) values[cell] = (sorted[(count - 1) >> 1]! + sorted[count >> 1]!) / 2;
    }
  }
}
