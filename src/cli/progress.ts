import { durationText, siNumber } from '../shared/carbon/number-text.ts';
import type { CliContext } from './context.ts';
import { clip } from './terminal-text.ts';

/** Progress of one run: a bar that redraws itself on a terminal, a plain line now and then elsewhere. */

export interface ProgressState {
  readonly tilesDone: number;
  readonly tilesAll: number;
  readonly cellsDone: number;
}

/** Where a run tells how far it is. */
export interface ProgressView {
  show(state: ProgressState): void;
  /** Leaves the line, so that what follows starts on its own. */
  end(): void;
}

const BAR_WIDTH = 24;
const PLAIN_EVERY_MS = 10_000;

export class Progress implements ProgressView {
  private readonly context: CliContext;
  private readonly label: string;
  private readonly started = performance.now();
  private readonly before: number;
  private lastPlain = Number.NEGATIVE_INFINITY;
  private drawn = false;

  /** `doneBefore`: tiles that were there already; speed and ETA count only what is done since. */
  constructor(context: CliContext, label: string, doneBefore: number) {
    this.context = context;
    this.label = label;
    this.before = doneBefore;
  }

  show(state: ProgressState): void {
    if (this.context.interactive) {
      // A line that wraps could not be taken away again.
      const line = clip(this.line(state), (process.stderr.columns ?? 80) - 1);
      process.stderr.write(`\r\x1b[2K${line}`);
      this.drawn = true;
      return;
    }
    if (performance.now() - this.lastPlain < PLAIN_EVERY_MS) return;
    this.lastPlain = performance.now();
    this.context.note(this.line(state));
  }

  /** Leaves the bar's line, so that what follows starts on its own. */
  end(): void {
    if (this.drawn) process.stderr.write('\r\x1b[2K');
    this.drawn = false;
  }

  private line({ tilesDone, tilesAll, cellsDone }: ProgressState): string {
    const share = tilesAll === 0 ? 1 : tilesDone / tilesAll;
    const seconds = (performance.now() - this.started) / 1000;
    const filled = Math.round(share * BAR_WIDTH);
    const bar = this.context.interactive ? ` [${'='.repeat(filled)}${' '.repeat(BAR_WIDTH - filled)}]` : '';
    const speed = seconds > 0.2 ? `  ${siNumber(cellsDone / seconds)}cells/s` : '';
    return `${this.label}${bar} ${tilesDone}/${tilesAll} tiles  ${Math.floor(share * 100)} %${speed}${this.eta(tilesDone, tilesAll, seconds)}`;
  }

  private eta(tilesDone: number, tilesAll: number, seconds: number): string {
    const done = tilesDone - this.before;
    if (done <= 0 || tilesDone >= tilesAll) return '';
    return `  ETA ${durationText(((tilesAll - tilesDone) * seconds) / done)}`;
  }
}
