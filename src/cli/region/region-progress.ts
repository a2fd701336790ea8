import type { CliContext } from '../context.ts';
import type { ProgressState, ProgressView } from '../progress.ts';
import { clip } from '../terminal-text.ts';

/** One line for many cities: how many have ended, and the tiles of those under way. */

const PLAIN_EVERY_MS = 10_000;

export class RegionProgress {
  private readonly context: CliContext;
  private readonly label: string;
  private readonly cities: number;
  private readonly underWay = new Map<string, ProgressState>();
  private ended = 0;
  private lastPlain = performance.now();
  private drawn = false;

  constructor(context: CliContext, label: string, cities: number) {
    this.context = context;
    this.label = label;
    this.cities = cities;
  }

  /** What one city tells goes into the common line. */
  viewOf(city: string): ProgressView {
    return {
      show: (state) => {
        this.underWay.set(city, state);
        this.draw();
      },
      end: () => {
        this.underWay.delete(city);
        this.clear();
      },
    };
  }

  /** A city has ended; `line` says how. */
  tell(line: string): void {
    this.ended += 1;
    this.clear();
    this.context.note(line);
    this.draw();
  }

  clear(): void {
    if (this.drawn) process.stderr.write('\r\x1b[2K');
    this.drawn = false;
  }

  private draw(): void {
    if (this.context.interactive) {
      process.stderr.write(`\r\x1b[2K${clip(this.line(), (process.stderr.columns ?? 80) - 1)}`);
      this.drawn = true;
      return;
    }
    if (performance.now() - this.lastPlain < PLAIN_EVERY_MS) return;
    this.lastPlain = performance.now();
    this.context.note(this.line());
  }

  private line(): string {
    const states = [...this.underWay.values()];
    const done = states.reduce((sum, { tilesDone }) => sum + tilesDone, 0);
    const all = states.reduce((sum, { tilesAll }) => sum + tilesAll, 0);
    const now = states.length === 0 ? '' : `, ${states.length} under way with ${done}/${all} tiles`;
    return `${this.label}  ${this.ended}/${this.cities} cities${now}`;
  }
}
