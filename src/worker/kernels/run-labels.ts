import { DisjointSets } from '../../shared/raster/disjoint-sets.ts';

/**
 * @pure Connected components of a bitmap from its runs, row by row: a run takes the label of the runs that it touches
 * above, and joins them. Labels rise with the first cell by row, then column; the least label stands for a component.
 * Memory goes with the labels and the runs of two rows.
 */
export class RunLabels {
  readonly sets = new DisjointSets();
  /** Runs of the row that is being fed; what is beyond `count` is of older rows. */
  starts: Int32Array;
  ends: Int32Array;
  labels: Int32Array;
  count = 0;
  private readonly reach: number;
  private above: { starts: Int32Array; ends: Int32Array; labels: Int32Array };
  private aboveCount = 0;
  private firstAbove = 0;

  /** Rows of at most `cols` cells. */
  constructor(cols: number, connectivity: 4 | 8) {
    this.reach = connectivity === 8 ? 1 : 0;
    const most = (cols >> 1) + 1;
    [this.starts, this.ends, this.labels] = [new Int32Array(most), new Int32Array(most), new Int32Array(most)];
    this.above = { starts: new Int32Array(most), ends: new Int32Array(most), labels: new Int32Array(most) };
  }

  /** Begins a row: the first one, or the one below that which was fed last. */
  nextRow(): void {
    const { starts, ends, labels } = this;
    this.aboveCount = this.count;
    [this.starts, this.ends, this.labels] = [this.above.starts, this.above.ends, this.above.labels];
    this.above = { starts, ends, labels };
    this.count = 0;
    this.firstAbove = 0;
  }

  /** Adds the next run of the row, from column `start` to before `end`; at least one cell after the last run. */
  add(start: number, end: number): number {
    const { starts, ends, labels } = this.above;
    const from = start - this.reach;
    const to = end + this.reach;
    let at = this.firstAbove;
    while (at < this.aboveCount && ends[at]! <= from) at++;
    this.firstAbove = at;
    let label = -1;
    for (; at < this.aboveCount && starts[at]! < to; at++) {
      label = label < 0 ? this.sets.find(labels[at]!) : this.sets.join(label, labels[at]!);
    }
    if (label < 0) label = this.sets.add();
    this.starts[this.count] = start;
    this.ends[this.count] = end;
    this.labels[this.count++] = label;
    return label;
  }
}
