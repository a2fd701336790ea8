/** A number of cells and their area. `area` is in units of 2^-e m2 (see cell-area.ts); 0n on grids measured in the plane. */
export interface Tally {
  readonly cells: number;
  readonly area: bigint;
}

export const NO_TALLY: Tally = { cells: 0, area: 0n };

export function addTallies(a: Tally, b: Tally): Tally {
  return { cells: a.cells + b.cells, area: a.area + b.area };
}
