import { Worker } from 'bullmq';

/** Part of the door to BullMQ (job-queue.ts): a worker that remembers when it last asked for a job. */
export class WatchedWorker extends Worker {
  private lastAsked = performance.now();

  protected override async moveToActive(token: string, name?: string) {
    const job = await super.moveToActive(token, name);
    this.lastAsked = performance.now();
    return job;
  }

  /** Milliseconds since it last asked Redis for a job and was answered. */
  get askedAgoMs(): number {
    return performance.now() - this.lastAsked;
  }
}
