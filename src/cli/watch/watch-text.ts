import { errorJson, errorText } from '../error-text.ts';
import { placeText } from '../place-text.ts';
import { plainLine } from '../terminal-text.ts';
import type { InputChanges } from './input-changes.ts';
import type { WatchNews } from './watched-city.ts';

/** News of watched cities as lines for people and as JSON. */

const MOST_NAMES = 3;

export function newsText(news: WatchNews): string {
  return `${news.city}: ${wordsOf(news)}`;
}

function wordsOf(news: WatchNews): string {
  switch (news.kind) {
    case 'unchanged':
      return `unchanged since run ${news.run} (${news.status})`;
    case 'changed': {
      const rest = news.settleMs === 0 ? '' : `; runs in ${Math.ceil(news.settleMs / 1000)} s if nothing more changes`;
      return `changed: ${changesText(news.changes)}${rest}`;
    }
    case 'started':
      return `run ${news.run} started`;
    case 'ended':
      return `run ${news.run} ${news.status}: ${news.counted} of ${news.tiles} tiles counted`;
    case 'waits':
      return `waits for run ${news.run}: ${news.why}`;
    case 'failed':
      return errorText(news.error);
  }
}

/** `1 scene replaced (s3://...), 2 added (...)`. */
export function changesText(changes: InputChanges | null): string {
  if (changes === null) return 'no run yet';
  const { added, replaced, removed, factors } = changes;
  const parts = [
    scenesText(replaced, 'replaced'),
    scenesText(added, 'added'),
    scenesText(removed, 'removed'),
    factors ? 'other factors' : null,
  ].filter((part) => part !== null);
  return parts.length === 0 ? 'zones, the spec, the order of scenes or the software' : parts.join(', ');
}

function scenesText(urls: readonly string[], how: string): string | null {
  if (urls.length === 0) return null;
  const more = urls.length > MOST_NAMES ? `, and ${urls.length - MOST_NAMES} more` : '';
  const names = urls
    .slice(0, MOST_NAMES)
    .map((url) => plainLine(placeText(url)))
    .join(', ');
  return `${urls.length} ${urls.length === 1 ? 'scene' : 'scenes'} ${how} (${names}${more})`;
}

/** One object a piece of news, without times, so that equal news are equal lines. */
export function newsJson(news: WatchNews): object {
  if (news.kind === 'failed') return { city: news.city, news: news.kind, ...errorJson(news.error) };
  if (news.kind !== 'changed') {
    const { kind, city, ...rest } = news;
    return { city, news: kind, ...rest };
  }
  const { added = [], replaced = [], removed = [], factors = false } = news.changes ?? {};
  const changes = news.changes === null ? null : { added, replaced, removed, factors };
  return { city: news.city, news: 'changed', changes };
}
