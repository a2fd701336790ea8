import { afterEach, describe, expect, it, vi } from 'vitest';
import type { CliContext } from '../../../src/cli/context.ts';
import { Progress } from '../../../src/cli/progress.ts';
import { durationText, siNumber } from '../../../src/shared/carbon/number-text.ts';

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe('durationText', () => {
  it.each([
    [0.2, '1 s'],
    [45, '45 s'],
    [59.5, '1 min 0 s'],
    [200, '3 min 20 s'],
    [3600, '1 h 0 min'],
    [7530, '2 h 5 min'],
  ])('%d seconds are "%s"', (seconds, text) => expect(durationText(seconds)).toBe(text));
});

describe('siNumber', () => {
  it.each([
    [999, '999 '],
    [1000, '1.0 k'],
    [1_234_567, '1.2 M'],
    [999_960, '1.0 M'],
    [2.5e9, '2.5 G'],
  ])('%d is "%s"', (value, text) => expect(siNumber(value)).toBe(text));
});

/** A context whose notes are kept. */
function notingContext(interactive: boolean): { context: CliContext; notes: string[] } {
  const notes: string[] = [];
  return { context: { interactive, note: (text: string) => notes.push(text) } as unknown as CliContext, notes };
}

describe('Progress away from a terminal', () => {
  it('is a plain line at first and then every ten seconds', () => {
    vi.useFakeTimers();
    const { context, notes } = notingContext(false);
    const progress = new Progress(context, 'run', 0);
    progress.show({ tilesDone: 0, tilesAll: 8, cellsDone: 0 });
    vi.advanceTimersByTime(9_000);
    progress.show({ tilesDone: 2, tilesAll: 8, cellsDone: 2e6 });
    vi.advanceTimersByTime(1_000);
    progress.show({ tilesDone: 4, tilesAll: 8, cellsDone: 4e6 });
    // 4 of 8 tiles and 4 million cells in 10 s: as long again for the rest.
    expect(notes).toEqual(['run 0/8 tiles  0 %', 'run 4/8 tiles  50 %  400.0 kcells/s  ETA 10 s']);
  });

  it('counts speed and time left from what is done since, not from what was there before', () => {
    vi.useFakeTimers();
    const { context, notes } = notingContext(false);
    const progress = new Progress(context, 'run', 6);
    vi.advanceTimersByTime(10_000);
    progress.show({ tilesDone: 7, tilesAll: 8, cellsDone: 1e6 });
    expect(notes).toEqual(['run 7/8 tiles  87 %  100.0 kcells/s  ETA 10 s']);
  });
});

describe('Progress on a terminal', () => {
  it('draws its bar on one line, cut to the width of the terminal, and takes it away at the end', () => {
    const written: string[] = [];
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => written.push(String(text)) > 0);
    const { context, notes } = notingContext(true);
    const columns = Object.getOwnPropertyDescriptor(process.stderr, 'columns');
    Object.defineProperty(process.stderr, 'columns', { value: 40, configurable: true });
    const progress = new Progress(context, 'a-city-with-a-long-name 2021-0123456789ab', 0);
    progress.show({ tilesDone: 1, tilesAll: 2, cellsDone: 10 });
    progress.end();
    progress.end();
    if (columns === undefined) Reflect.deleteProperty(process.stderr, 'columns');
    else Object.defineProperty(process.stderr, 'columns', columns);
    expect(notes).toEqual([]);
    expect(written).toHaveLength(2);
    expect(written[0]?.startsWith('\r\x1b[2K')).toBe(true);
    // A line that wraps could not be taken away again.
    expect(written[0]?.slice('\r\x1b[2K'.length).length).toBeLessThan(40);
    expect(written[1]).toBe('\r\x1b[2K');
  });
});
