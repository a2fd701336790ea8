import { Piscina } from 'piscina';
import type { Partial } from '../shared/carbon/partial.ts';
import { CitysinkError } from '../shared/errors.ts';
import type { ThreadAnswer } from './thread.ts';
import { scenesOfTask, type TileTask } from './tile-task.ts';

/** Heap of one compute thread; typed arrays live outside it and are bounded by the tile. */
const THREAD_HEAP_MB = 256;

/** Compute threads of a worker process: CPU work stays off the event loop, which renews locks and reads. */
export class ComputePool {
  private readonly threads: Piscina<TileTask, ThreadAnswer>;

  constructor(threads: number) {
    this.threads = new Piscina<TileTask, ThreadAnswer>({
      filename: new URL('./thread-entry.js', import.meta.url).href,
      minThreads: threads,
      maxThreads: threads,
      maxQueue: 64,
      resourceLimits: { maxOldGenerationSizeMb: THREAD_HEAP_MB },
    });
  }

  /** Counts a tile; its compressed blocks are moved to the thread, not copied. Aborting ends the thread. */
  async count(task: TileTask, signal: AbortSignal): Promise<Partial> {
    const answer = await this.run(task, signal);
    if ('partial' in answer) return answer.partial;
    const { code, message, remedy } = answer.error;
    throw new CitysinkError(code, message, { remedy });
  }

  private async run(task: TileTask, signal: AbortSignal): Promise<ThreadAnswer> {
    try {
      return await this.threads.run(task, { signal, transferList: compressedBuffers(task) });
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

function compressedBuffers(task: TileTask): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>();
  for (const scene of scenesOfTask(task)) {
    for (const block of [...scene.blocks, ...scene.maskBlocks]) {
      if (block.bytes !== null) buffers.add(block.bytes.buffer as ArrayBuffer);
    }
  }
  return [...buffers];
}
