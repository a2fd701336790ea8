import type { Schedule } from '../../shared/contracts/schedule.ts';
import { parseBell } from '../../shared/contracts/schedule.ts';
import { toCitysinkError } from '../../shared/errors.ts';
import type { NightQueue, NightService } from '../../shared/io/night-queue.ts';
import type { Log } from '../../shared/log.ts';
import { type ClosedNights, type NightWork, owedNights, payNights } from './due-nights.ts';
import type { ScheduleBook } from './schedule-book.ts';

/**
 * Keeps schedules: hangs up their bells on Redis, looks by itself whether a night is owed (Redis may have lost its bells, the machine may
 * have slept), and answers bells by paying what the ledger lacks.
 */

/** Pause between two looks. */
export const LOOK_EVERY_MS = 60_000;
/** After a look that left something owed the next one waits so long, twice as long each time, up to an hour. */
const FIRST_PAUSE_MS = 60_000;
const LONGEST_PAUSE_MS = 60 * 60_000;

export interface NightWatchParts {
  readonly book: ScheduleBook;
  readonly queue: NightQueue;
  readonly work: NightWork;
  readonly now: () => number;
  readonly log: Log;
}

export class NightWatch {
  private readonly parts: NightWatchParts;
  private readonly closed: ClosedNights = new Set();
  /** Looks under way, by schedule: two bells of one schedule are one look. */
  private readonly looking = new Map<string, Promise<void>>();
  private readonly pauses = new Map<string, { readonly untilMs: number; readonly pauseMs: number }>();
  private service: NightService | null = null;

  constructor(parts: NightWatchParts) {
    this.parts = parts;
  }

  start(): void {
    const { queue, log } = this.parts;
    this.service ??= queue.serve(
      (data) => this.answer(parseBell(data).schedule),
      (error) => log.warn({ err: toCitysinkError(error) }, 'Night:Fail'),
    );
  }

  /** One round: bells as the store has them, and a ring for each schedule that owes a night. Errors are told and passed over. */
  async look(): Promise<void> {
    const { book, queue, now, log } = this.parts;
    try {
      const schedules = await book.list();
      await queue.hangUp(schedules.map(({ name: schedule, cron, tz }) => ({ schedule, cron, tz })));
      for (const schedule of schedules) {
        if (now() < (this.pauses.get(schedule.name)?.untilMs ?? 0) || this.looking.has(schedule.name)) continue;
        const owed = await owedNights(schedule, book, now(), this.closed);
        if (owed.length > 0) await queue.ring(schedule.name);
      }
    } catch (error) {
      log.warn({ err: toCitysinkError(error) }, 'Night:LookFail');
    }
  }

  /** Bells that are being answered are waited for up to the deadline. */
  async close(deadlineMs: number): Promise<void> {
    await this.service?.close(deadlineMs);
    await this.parts.queue.close();
  }

  private answer(name: string): Promise<void> {
    const running = this.looking.get(name) ?? this.pay(name).finally(() => this.looking.delete(name));
    this.looking.set(name, running);
    return running;
  }

  private async pay(name: string): Promise<void> {
    const { book, work, now, log } = this.parts;
    const schedule = await book.find(name);
    if (schedule === null) return;
    try {
      const nights = await payNights(schedule, book, work, now, this.closed);
      if (nights.length > 0) log.info({ schedule: name, nights }, 'Night:Closed');
    } finally {
      await this.settlePause(schedule);
    }
  }

  private async settlePause(schedule: Schedule): Promise<void> {
    const { book, now } = this.parts;
    const owed = await owedNights(schedule, book, now(), this.closed).catch(() => [null]);
    if (owed.length === 0) {
      this.pauses.delete(schedule.name);
      return;
    }
    const before = this.pauses.get(schedule.name)?.pauseMs ?? FIRST_PAUSE_MS / 2;
    const pauseMs = Math.min(LONGEST_PAUSE_MS, before * 2);
    this.pauses.set(schedule.name, { untilMs: now() + pauseMs, pauseMs });
  }
}
