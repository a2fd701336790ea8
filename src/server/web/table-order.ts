/** @pure Order of rows in a table that people sort. */

export interface Order {
  readonly key: string;
  readonly descending: boolean;
}

export type SortValue = string | number | null;

/** Rows in order; what has no value comes last either way, equal rows stay as they were. */
export function sorted<T>(rows: readonly T[], keyOf: (row: T) => SortValue, descending: boolean): T[] {
  const sign = descending ? -1 : 1;
  return rows
    .map((row, place) => ({ row, place, value: keyOf(row) }))
    .sort((a, b) => {
      if (a.value === null || b.value === null) {
        return Number(a.value === null) - Number(b.value === null) || a.place - b.place;
      }
      return sign * compare(a.value, b.value) || a.place - b.place;
    })
    .map(({ row }) => row);
}

function compare(a: string | number, b: string | number): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a).localeCompare(String(b));
}

/** Pressed again, a column turns round; numbers begin with the largest, names with the first. */
export function nextOrder(order: Order, key: string, numeric: boolean): Order {
  return order.key === key ? { key, descending: !order.descending } : { key, descending: numeric };
}
