import { describe, expect, it } from 'vitest';
import type { RunProgress } from '../../../src/server/answers.ts';
import type { Desk } from '../../../src/server/desk.ts';
import { RunWatch } from '../../../src/server/run-watch.ts';
import { CitysinkError } from '../../../src/shared/errors.ts';

const RUN = '2021-0123456789ab';

/** A desk that answers what is listed, one look after the other, and the last of it ever after. */
function deskOf(answers: readonly (string | null)[]): { desk: Desk; looks: () => number } {
  let looks = 0;
  const progress = async (): Promise<RunProgress> => {
    const state = answers[Math.min(looks, answers.length - 1)] ?? null;
    looks += 1;
    if (state === null) throw new CitysinkError('REDIS_UNAVAILABLE', 'gone with the run');
    const tiles = { all: 1, done: 0, failed: 0, active: 1, waiting: 0 };
    const rest = { city: 'a', year: 2021, tile_states: null, workers: 1, failures: [], causes: [], cells: 100 };
    return { run: RUN, state, tiles, ...rest };
  };
  return { desk: { progress, layout: async () => null } as Partial<Desk> as Desk, looks: () => looks };
}

async function textOf(desk: Desk): Promise<string> {
  let text = '';
  for await (const part of new RunWatch(desk).events(RUN, AbortSignal.timeout(30_000))) text += part;
  return text;
}

describe('The stream of a run', () => {
  it('goes on where the queue goes away between two looks, and tells the end', async () => {
    const text = await textOf(deskOf(['working', null, null, 'DONE']).desk);
    expect(text.match(/"state":"\w+"/g)).toEqual(['"state":"working"', '"state":"DONE"']);
    expect(text.endsWith(`event: ended\ndata: {"run":"${RUN}"}\n\n`)).toBe(true);
  });

  it('ends with the error of a queue that does not come back', async () => {
    const { desk, looks } = deskOf(['working', null]);
    await expect(textOf(desk)).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' });
    expect(looks()).toBe(11);
  });
});
