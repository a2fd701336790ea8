/** @pure So many requests a second for each sender, and some more at once; times in ms come in as arguments. */

/** Senders that are told apart; beyond them the one that was silent longest is forgotten, and starts anew. */
const MOST_SENDERS = 10_000;

export class RateLimit {
  private readonly perSecond: number;
  private readonly atOnce: number;
  private readonly senders = new Map<string, { readonly left: number; readonly atMs: number }>();

  constructor(perSecond: number, atOnce: number) {
    this.perSecond = perSecond;
    this.atOnce = atOnce;
  }

  /** Takes one of the sender's; false: none is left. */
  take(sender: string, nowMs: number): boolean {
    const { left, atMs } = this.senders.get(sender) ?? { left: this.atOnce, atMs: nowMs };
    const grown = Math.min(this.atOnce, left + (Math.max(0, nowMs - atMs) * this.perSecond) / 1000);
    // Last of the map from now on: the first one was silent longest.
    this.senders.delete(sender);
    this.senders.set(sender, { left: grown < 1 ? grown : grown - 1, atMs: nowMs });
    const [oldest] = this.senders.keys();
    if (this.senders.size > MOST_SENDERS && oldest !== undefined) this.senders.delete(oldest);
    return grown >= 1;
  }
}
