/** @pure Speed of a run and time to its end, from how many cells were done when; times in ms come in as arguments. */

/** Older samples say nothing of now. */
const WINDOW_MS = 30_000;
/** A speed over less than this is chance. */
const LEAST_MS = 400;

export class RateMeter {
  private samples: { readonly at: number; readonly done: number }[] = [];

  /** Tells how many cells are done; less than before (a retry) begins anew. */
  add(atMs: number, done: number): void {
    const last = this.samples.at(-1);
    if (last !== undefined && done < last.done) this.samples = [];
    this.samples.push({ at: atMs, done });
    // One sample before the window stays: it is where the window's growth starts from.
    while (this.samples.length > 2 && (this.samples[1]?.at ?? 0) < atMs - WINDOW_MS) this.samples.shift();
  }

  /** Cells a second; null until it can be told. */
  perSecond(): number | null {
    const [first, last] = [this.samples[0], this.samples.at(-1)];
    if (first === undefined || last === undefined || last.at - first.at < LEAST_MS) return null;
    return ((last.done - first.done) * 1000) / (last.at - first.at);
  }

  /** Seconds that `left` cells will take; null while nothing moves. */
  eta(left: number): number | null {
    const speed = this.perSecond();
    if (left === 0) return 0;
    return speed === null || speed === 0 ? null : left / speed;
  }
}
