import { Piscina } from 'piscina';
import type { Partial } from '../shared/carbon/partial.ts';
import { CitysinkError } from '../shared/errors.ts';
import type { PaintedTile, PaintTask } from './paint-tile.ts';
import type { Survey, SurveyTask } from './survey-tile.ts';
import type { ThreadAnswer } from './thread.ts';
import { scenesOfTask, type TileTask } from './tile-task.ts';

/** Heap of one compute thread; typed arrays live outside it and are bounded by the tile. */
const THREAD_HEAP_MB = 256;

/** A thread that is not kept ends after it had nothing to do for so long. */
const IDLE_MS = 5_000;

/** Compute threads of a worker process: CPU work stays off the event loop, which renews locks and reads. */
export class ComputePool {
  private readonly threads: Piscina<unknown, ThreadAnswer>;

  /** `kept`: threads that stay while there is nothing to do; the others end after a while. */
  constructor(threads: number, kept = threads) {
    this.threads = new Piscina<unknown, ThreadAnswer>({
      filename: new URL('./thread-entry.js', import.meta.url).href,
      minThreads: kept,
      maxThreads: threads,
      idleTimeout: IDLE_MS,
      maxQueue: 64,
      resourceLimits: { maxOldGenerationSizeMb: THREAD_HEAP_MB },
    });
  }

  /** Counts a tile; its compressed blocks are moved to the thread, not copied. Aborting ends the thread. */
  count(task: TileTask, signal: AbortSignal): Promise<Partial> {
    return this.run<Partial>('default', task, compressedBuffers(task), signal);
  }

  /** What maps need of a window; its blocks are moved as well. */
  survey(task: SurveyTask, signal: AbortSignal): Promise<Survey> {
    return this.run<Survey>('survey', task, compressedBuffers(task.tile), signal);
  }

  /** Blocks of maps. */
  paint(task: PaintTask, signal: AbortSignal): Promise<PaintedTile> {
    return this.run<PaintedTile>('paint', task, ownBuffer(task.survey), signal);
  }

  /** `name`: of an export of thread-entry.js. */
  private async run<T>(name: string, task: unknown, moved: ArrayBuffer[], signal: AbortSignal): Promise<T> {
    const answer = await this.answerOf<T>(name, task, moved, signal);
    if ('done' in answer) return answer.done;
    const { code, message, remedy } = answer.error;
    throw new CitysinkError(code, message, { remedy });
  }

  private async answerOf<T>(
    name: string,
    task: unknown,
    transferList: ArrayBuffer[],
    signal: AbortSignal,
  ): Promise<ThreadAnswer<T>> {
    try {
      return (await this.threads.run(task, { name, signal, transferList })) as ThreadAnswer<T>;
    } catch (cause) {
      if (signal.aborted)
        throw new CitysinkError('DEADLINE', 'counting a tile did not end before its deadline', { cause });
      throw cause;
    }
  }

  async close(): Promise<void> {
    await this.threads.destroy();
  }
}

/** What may be moved: a buffer that nothing else looks into. */
function ownBuffer({ buffer, byteLength }: Uint8Array): ArrayBuffer[] {
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength && byteLength > 0 ? [buffer] : [];
}

function compressedBuffers(task: TileTask): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>();
  for (const scene of scenesOfTask(task)) {
    for (const block of [...scene.blocks, ...scene.maskBlocks]) {
      if (block.bytes !== null) buffers.add(block.bytes.buffer as ArrayBuffer);
    }
  }
  return [...buffers];
}
