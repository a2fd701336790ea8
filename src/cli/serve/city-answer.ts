import type { CityAnswer, RunSummary } from '../../server/answers.ts';
import { roundFigure } from '../../shared/units.ts';
import type { KnownRun } from './stored-runs.ts';

/** A city in one line: the run that answers it now, and what changed since the one before. */
export function cityAnswer(
  city: string,
  runs: number,
  finished: readonly KnownRun[],
  newestRun: string | null,
): CityAnswer {
  const byTime = [...finished].sort((a, b) => compare(b.summary.finished, a.summary.finished));
  const newest = byTime.find(({ summary }) => summary.run === newestRun) ?? null;
  const name = newest?.name ?? byTime[0]?.name ?? { en: city };
  if (newest === null) return { city, name, runs, newest: byTime[0]?.summary ?? null, change: null };
  const before = byTime.find(
    ({ summary }) =>
      summary.run !== newestRun &&
      ['DONE', 'PARTIAL'].includes(summary.state) &&
      compare(summary.finished, newest.summary.finished) <= 0,
  );
  const change = before === undefined ? null : changeOf(before.summary, newest.summary);
  return { city, name, runs, newest: newest.summary, change };
}

function changeOf(old: RunSummary, next: RunSummary): CityAnswer['change'] {
  const [storage, rate] = [
    minus(next.storage_tC, old.storage_tC),
    minus(next.sequestration_tC_yr, old.sequestration_tC_yr),
  ];
  return {
    against: old.run,
    year: old.year,
    storage_tC: storage,
    storage_percent: percent(storage, old.storage_tC),
    sequestration_tC_yr: rate,
    sequestration_percent: percent(rate, old.sequestration_tC_yr),
  };
}

function minus(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : roundFigure(a - b);
}

function percent(change: number | null, of: number | null): number | null {
  return change === null || of === null || of === 0 ? null : roundFigure((change / Math.abs(of)) * 100);
}

function compare(a: string | null, b: string | null): number {
  const [left, right] = [a ?? '', b ?? ''];
  return left === right ? 0 : left < right ? -1 : 1;
}
