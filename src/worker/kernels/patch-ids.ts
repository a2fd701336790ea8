import { sizeKey, tallyM2 } from '../../shared/carbon/patch-size.ts';
import type { PatchTally } from '../../shared/carbon/patch-tally.ts';
import { SPAN_STRIDE } from '../../shared/raster/zone-spans.ts';
import type { PatchCells } from './label-patches.ts';
import { RunLabels } from './run-labels.ts';

/** @pure Which patch each green cell of a tile belongs to, joined as label-patches.ts joins them. */

export interface PatchIds {
  /** By cell: number of its patch in the tile, from 1; 0: not green, or in no zone. */
  readonly ids: Int32Array;
  /** By number less 1: size key of a patch that lies in the tile whole; -1 - i: it is the open patch i of the tally. */
  readonly sizes: Float64Array;
}

/** `tally`: of the same cells, as labelPatches gives it. */
export function patchIds(cells: PatchCells, tally: PatchTally): PatchIds {
  const { window } = cells.spans;
  const ids = new Int32Array(window.rows * window.cols);
  const labels = labelRuns(cells, ids);
  const openAt = new Map(tally.open.map(({ row, col }, index) => [`${row},${col}`, index]));
  const numbers = new Map<number, number>();
  const firsts: number[] = [];
  for (let cell = 0; cell < ids.length; cell++) {
    if (ids[cell] === 0) continue;
    const root = labels.sets.find(ids[cell]! - 1);
    let number = numbers.get(root);
    if (number === undefined) {
      number = firsts.push(cell);
      numbers.set(root, number);
    }
    ids[cell] = number;
  }
  const closed = closedSizes(cells, ids, firsts.length);
  const sizes = Float64Array.from(firsts, (cell, index) => {
    const row = Math.floor(cell / window.cols);
    const open = openAt.get(`${window.row + row},${window.col + cell - row * window.cols}`);
    return open === undefined ? closed(index) : -1 - open;
  });
  return { ids, sizes };
}

/** Writes label + 1 of each run into its cells. */
function labelRuns({ spans, green, rule }: PatchCells, ids: Int32Array): RunLabels {
  const { rows, cols } = spans.window;
  const labels = new RunLabels(cols, rule.connectivity);
  for (let row = 0; row < rows; row++) {
    labels.nextRow();
    const base = row * cols;
    let [start, end] = [-1, -1];
    const close = (): void => {
      if (start >= 0) ids.fill(labels.add(start, end) + 1, base + start, base + end);
    };
    for (let span = spans.rowStarts[row]!; span < spans.rowStarts[row + 1]!; span++) {
      const last = spans.spans[span * SPAN_STRIDE + 1]!;
      for (let col = spans.spans[span * SPAN_STRIDE]!; col < last; col++) {
        if (green[base + col] === 0) continue;
        if (col !== end) {
          close();
          start = col;
        }
        end = col + 1;
      }
    }
    close();
  }
  return labels;
}

function closedSizes({ areas, rule, spans }: PatchCells, ids: Int32Array, count: number): (index: number) => number {
  const { rows, cols } = spans.window;
  const cells = new Float64Array(count);
  const units = rule.measure === 'units' ? new Array<bigint>(count).fill(0n) : null;
  for (let row = 0; row < rows; row++) {
    for (let col = 0; col < cols; ) {
      const id = ids[row * cols + col]!;
      let next = col + 1;
      while (next < cols && ids[row * cols + next] === id) next++;
      if (id > 0) {
        cells[id - 1]! += next - col;
        if (units !== null) units[id - 1]! += areas.spanUnits(row, col, next);
      }
      col = next;
    }
  }
  return (index) => sizeKey(tallyM2(rule, { cells: cells[index]!, area: units?.[index] ?? 0n }));
}
