/** What a verification looked at and where it found a difference. */

/** One place that is not as the manifest says. */
export interface Difference {
  /** An object's URL, with what of it where that is known: a tile, a scene's block. */
  readonly place: string;
  readonly message: string;
}

/** One kind of check: how many things were looked at, and which were not as they should be. */
export interface Check {
  readonly name: string;
  readonly checked: number;
  readonly differences: readonly Difference[];
  /** Why less was checked than there is, or null. */
  readonly note: string | null;
}

export function check(
  name: string,
  checked: number,
  differences: readonly Difference[],
  note: string | null = null,
): Check {
  return { name, checked, differences, note };
}
