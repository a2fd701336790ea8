import { OUTSIDE_BUILT, type PatchRule } from '../../shared/carbon/patch-size.ts';
import {
  type BorderRun,
  joinSums,
  type OpenPatch,
  type PatchBorders,
  type PatchHistogram,
  type PatchSum,
  type PatchTally,
  SizeCounter,
} from '../../shared/carbon/patch-tally.ts';
import { regionOf } from '../../shared/geo/covered-region.ts';
import type { WindowAreas } from '../../shared/geo/window-areas.ts';
import { SPAN_STRIDE, type ZoneSpans } from '../../shared/raster/zone-spans.ts';
import { RunAreas } from './class-tally.ts';
import { ComponentSums, Kinds } from './component-sums.ts';
import { RunLabels } from './run-labels.ts';

/**
 * @pure Patches of green cells in one tile. Only cells inside zones belong to patches: which ones those are does not
 * hang on the tiles, since a tile outside of all zones is never read. Zones and classes do not cut a patch.
 */

/** One tile; `green` and `codes` by cell of the window. */
export interface PatchCells {
  readonly spans: ZoneSpans;
  readonly areas: WindowAreas;
  /** Class code of each cell; green cells must have one. */
  readonly codes: Int32Array;
  /** 1 where a cell is green and valid, BEYOND_BUILT where it is so outside of built-up land, else 0. */
  readonly green: Uint8Array;
  readonly rule: PatchRule;
}

/** Green outside of built-up land: it makes the size of patches and is summed under one class (OUTSIDE_BUILT). */
export const BEYOND_BUILT = 2;

/** Patches inside the tile as sizes; those at its sides open. One pass over the cells; memory goes with the runs. */
export function labelPatches(cells: PatchCells): PatchTally {
  const scan = new TileScan(cells);
  for (let row = 0; row < cells.spans.window.rows; row++) scan.row(row);
  return scan.finish();
}

class TileScan {
  private readonly cells: PatchCells;
  private readonly runs: RunLabels;
  private readonly kinds = new Kinds();
  private readonly sums: ComponentSums;
  private readonly areas: RunAreas;
  private readonly sides = new SideRuns();
  /** Row, column and kind of the first cell of each label. */
  private firsts = { rows: new Int32Array(1024), cols: new Int32Array(1024), kinds: new Int32Array(1024) };
  private labelCount = 0;
  /** Pieces of one class and zone in the row, each with the run that it is part of. */
  private pieceStarts: Int32Array;
  private pieceEnds: Int32Array;
  private pieceKinds: Int32Array;
  private pieces = 0;

  constructor(cells: PatchCells) {
    const { cols } = cells.spans.window;
    const inPlane = cells.rule.measure === 'cells';
    this.cells = cells;
    this.runs = new RunLabels(cols, cells.rule.connectivity);
    this.sums = new ComponentSums(this.kinds, !inPlane);
    this.areas = new RunAreas(cells.areas, inPlane);
    this.pieceStarts = new Int32Array(cols);
    this.pieceEnds = new Int32Array(cols);
    this.pieceKinds = new Int32Array(cols);
  }

  row(row: number): void {
    this.findPieces(row);
    this.runs.nextRow();
    let first = 0;
    for (let piece = 1; piece <= this.pieces; piece++) {
      if (piece < this.pieces && this.pieceStarts[piece] === this.pieceEnds[piece - 1]) continue;
      this.addRun(row, first, piece);
      first = piece;
    }
    this.sides.row(this.runs, this.cells.spans.window, row);
  }

  /** Fills the pieces of a row: green cells of one zone and class, side by side. */
  private findPieces(row: number): void {
    const { spans, green, codes } = this.cells;
    const { kinds, pieceStarts, pieceEnds, pieceKinds } = this;
    const base = row * spans.window.cols;
    let pieces = 0;
    for (let span = spans.rowStarts[row]!; span < spans.rowStarts[row + 1]!; span++) {
      const end = base + spans.spans[span * SPAN_STRIDE + 1]!;
      const zone = spans.spans[span * SPAN_STRIDE + 2]!;
      let at = base + spans.spans[span * SPAN_STRIDE]!;
      for (;;) {
        while (at < end && green[at] === 0) at++;
        if (at >= end) break;
        const start = at;
        const state = green[at]!;
        const code = state === BEYOND_BUILT ? OUTSIDE_BUILT : codes[at]!;
        at++;
        if (state === BEYOND_BUILT) while (at < end && green[at] === BEYOND_BUILT) at++;
        else while (at < end && codes[at] === code && green[at] === state) at++;
        pieceStarts[pieces] = start - base;
        pieceEnds[pieces] = at - base;
        pieceKinds[pieces++] = kinds.of(zone, code);
      }
    }
    this.pieces = pieces;
  }

  /** Labels the run made of pieces `first` to before `last`, and adds their cells. */
  private addRun(row: number, first: number, last: number): void {
    const { pieceStarts, pieceEnds, pieceKinds, runs } = this;
    const start = pieceStarts[first]!;
    const label = runs.add(start, pieceEnds[last - 1]!);
    if (label === this.labelCount) this.addFirst(row, start, pieceKinds[first]!);
    for (let piece = first; piece < last; piece++) {
      const from = pieceStarts[piece]!;
      const count = pieceEnds[piece]! - from;
      this.sums.add(label, pieceKinds[piece]!, count, this.areas.of(row, from, count));
    }
  }

  private addFirst(row: number, col: number, kind: number): void {
    const label = this.labelCount++;
    if (label === this.firsts.rows.length) {
      const { rows, cols, kinds } = this.firsts;
      this.firsts = { rows: doubled(rows), cols: doubled(cols), kinds: doubled(kinds) };
    }
    this.firsts.rows[label] = row;
    this.firsts.cols[label] = col;
    this.firsts.kinds[label] = kind;
  }

  finish(): PatchTally {
    const { rule, spans } = this.cells;
    const { sets } = this.runs;
    const isOpen = new Uint8Array(sets.count);
    for (const label of this.sides.labels()) isOpen[sets.find(label)] = 1;
    const sizes = new SizeCounter(rule, []);
    this.sums.countClosed(sets, this.firsts.kinds, isOpen, sizes);
    const { open, indexes } = this.openPatches(isOpen);
    const borders = this.sides.borders((label) => indexes.get(sets.find(label)) ?? -1);
    return { rule, region: regionOf(spans.window), closed: withoutEmpty(sizes.histogram), open, borders };
  }

  /** In order of first cells, since labels rise with them; and their indexes by least label. */
  private openPatches(isOpen: Uint8Array): { open: OpenPatch[]; indexes: Map<number, number> } {
    const { sets } = this.runs;
    const parts = new Map<number, PatchSum[]>();
    this.sums.forEach(
      (label, sum) => {
        const root = sets.find(label);
        const present = parts.get(root);
        if (present === undefined) parts.set(root, [sum]);
        else present.push(sum);
      },
      (label) => isOpen[sets.find(label)] === 1,
    );
    const order = [...parts.keys()].sort((a, b) => a - b);
    return {
      open: order.map((label) => this.patch(label, parts.get(label) ?? [])),
      indexes: new Map(order.map((label, index) => [label, index])),
    };
  }

  private patch(label: number, sums: readonly PatchSum[]): OpenPatch {
    const { window } = this.cells.spans;
    const kind = this.firsts.kinds[label]!;
    const [zone, code] = [this.kinds.zones[kind]!, this.kinds.codes[kind]!];
    const [row, col] = [window.row + this.firsts.rows[label]!, window.col + this.firsts.cols[label]!];
    return { row, col, zone, code, sums: joinSums(sums) };
  }
}

function doubled(values: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const wider = new Int32Array(values.length * 2);
  wider.set(values);
  return wider;
}

/** Leaves out zones and classes without closed patch. */
function withoutEmpty(histogram: PatchHistogram): PatchHistogram {
  const zones = [...histogram].map(
    ([zone, classes]) => [zone, new Map([...classes].filter(([, sizes]) => sizes.size > 0))] as const,
  );
  return new Map(zones.filter(([, classes]) => classes.size > 0));
}

/** Runs along the four sides of the tile, under labels until all is joined. */
class SideRuns {
  private readonly runs: Record<'north' | 'south' | 'west' | 'east', BorderRun[]> = {
    north: [],
    south: [],
    west: [],
    east: [],
  };

  row({ count, starts, ends, labels }: RunLabels, window: ZoneSpans['window'], row: number): void {
    if (count === 0) return;
    const globalRow = window.row + row;
    const last = count - 1;
    if (starts[0] === 0) extend(this.runs.west, labels[0]!, window.col, globalRow);
    if (ends[last] === window.cols) extend(this.runs.east, labels[last]!, window.col + window.cols, globalRow);
    if (row > 0 && row < window.rows - 1) return;
    for (let run = 0; run < count; run++) {
      const along = { patch: labels[run]!, start: window.col + starts[run]!, end: window.col + ends[run]! };
      if (row === 0) this.runs.north.push({ ...along, line: globalRow });
      if (row === window.rows - 1) this.runs.south.push({ ...along, line: globalRow + 1 });
    }
  }

  /** Labels of the components that touch a side, as they were when the side was fed. */
  labels(): number[] {
    const { north, south, west, east } = this.runs;
    return [north, south, west, east].flatMap((runs) => runs.map(({ patch }) => patch));
  }

  borders(indexOf: (label: number) => number): PatchBorders {
    const { north, south, west, east } = this.runs;
    const named = (runs: readonly BorderRun[]) => runs.map((run) => ({ ...run, patch: indexOf(run.patch) }));
    return { north: named(north), south: named(south), west: named(west), east: named(east), corners: [] };
  }
}

/** Lengthens the last run of a side by one row, or begins another. */
function extend(runs: BorderRun[], patch: number, line: number, row: number): void {
  const last = runs.at(-1);
  if (last?.end === row) runs[runs.length - 1] = { ...last, end: row + 1 };
  else runs.push({ patch, line, start: row, end: row + 1 });
}
