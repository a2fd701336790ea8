import type { CliContext } from './context.ts';

/** Ctrl-C and SIGTERM as an abort signal: the first asks to stop in order, the second ends at once. */
export interface Interrupt {
  readonly signal: AbortSignal;
  release(): void;
}

export function onInterrupt(context: CliContext): Interrupt {
  const controller = new AbortController();
  const stop = (name: NodeJS.Signals) => {
    if (controller.signal.aborted) return;
    context.note(`\n${name === 'SIGINT' ? 'Ctrl-C' : name}: stopping; workers finish the tiles that they are at`);
    controller.abort();
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of signals) process.on(name, stop);
  const release = () => {
    for (const name of signals) process.off(name, stop);
  };
  return { signal: controller.signal, release };
}
