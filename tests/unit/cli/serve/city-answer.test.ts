import { describe, expect, it } from 'vitest';
import { cityAnswer } from '../../../../src/cli/serve/city-answer.ts';
import { emptySummary, type KnownRun } from '../../../../src/cli/serve/stored-runs.ts';
import type { RunSummary } from '../../../../src/server/answers.ts';

function known(run: string, day: number, parts: Partial<RunSummary> = {}): KnownRun {
  const summary = {
    ...emptySummary({ city: 'c', run, url: '' }),
    state: 'DONE',
    finished: `2026-01-0${day}T00:00:00Z`,
  };
  return { summary: { ...summary, storage_tC: 100, sequestration_tC_yr: 0, ...parts }, name: { en: `name of ${run}` } };
}

describe('a city in one line', () => {
  it('is changed against the finished run before the one that answers it now', () => {
    const runs = [
      known('a', 1, { storage_tC: 80 }),
      known('failed', 2, { state: 'FAILED', storage_tC: null }),
      known('b', 3),
    ];
    expect(cityAnswer('c', 4, runs, 'b')).toMatchObject({
      name: { en: 'name of b' },
      newest: { run: 'b' },
      change: {
        against: 'a',
        storage_tC: 20,
        storage_percent: 25,
        sequestration_tC_yr: 0,
        sequestration_percent: null,
      },
    });
  });

  it('follows latest.json where it names an older run again', () => {
    const runs = [known('a', 1), known('b', 2), known('c', 3)];
    expect(cityAnswer('c', 3, runs, 'b')).toMatchObject({ newest: { run: 'b' }, change: { against: 'a' } });
    expect(cityAnswer('c', 3, runs, 'a').change).toBeNull();
  });

  it('shows the last run where none has figures, and none where there is none', () => {
    const failed = known('failed', 2, { state: 'FAILED', storage_tC: null });
    expect(cityAnswer('c', 1, [failed], null)).toMatchObject({ newest: { state: 'FAILED' }, change: null });
    expect(cityAnswer('c', 1, [], null)).toMatchObject({ name: { en: 'c' }, newest: null });
  });
});
