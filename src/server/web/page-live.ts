import { durationText, siNumber } from '../../shared/carbon/number-text.ts';
import type { LiveRun, ProgressEvent, QueueCounts, TileLayout } from '../answers.ts';
import { getJson } from './api.ts';
import { type Child, fill, h, s } from './dom.ts';
import { addressOf } from './page-address.ts';
import { emptyState, errorState, loaded, loadingState, type Page, section, stateBadge } from './parts.ts';
import { actions } from './run-actions.ts';
import { tileBar, tilePicture } from './tile-picture.ts';
import { t } from './words.ts';

const AGAIN_MS = 3_000;

/** Runs that queues know now, and the queues themselves. */
export function livePage(): Page {
  const [runs, queue] = [h('div'), h('div')];
  const leave = new AbortController();
  const draw = async () => {
    try {
      const [live, counts] = await Promise.all([
        getJson<{ runs: LiveRun[] }>('api/runs/live', leave.signal),
        getJson<QueueCounts>('api/queue', leave.signal),
      ]);
      fill(runs, live.runs.length === 0 ? emptyState(t('live_none'), t('live_none_how')) : liveList(live.runs));
      fill(queue, counts.queues === 0 ? h('p', { class: 'quiet' }, t('no_queue')) : countList(counts));
    } catch (error) {
      if (!leave.signal.aborted)
        fill(
          runs,
          errorState(error, () => void draw()),
        );
    }
  };
  fill(runs, loadingState());
  void draw();
  const timer = setInterval(() => void draw(), AGAIN_MS);
  return {
    title: t('live'),
    element: h('div', {}, h('h1', { tabindex: -1 }, t('live')), runs, section(t('queue'), queue)),
    leave() {
      clearInterval(timer);
      leave.abort();
    },
  };
}

function liveList(runs: readonly LiveRun[]): HTMLElement {
  const items = runs.map(({ run, city, state, tiles_all: all, tiles_left: left }) => {
    const done = left === null ? 0 : all - left;
    return h(
      'li',
      {},
      h(
        'div',
        { class: 'row' },
        stateBadge(state),
        h('a', { href: addressOf(['live', run]) }, `${city} ${run}`),
        h('span', { class: 'quiet' }, t('tiles_done', done, all)),
      ),
      tileBar({ all, done, failed: 0, active: 0, waiting: left ?? all }),
    );
  });
  return h('ul', { class: 'live-list' }, ...items);
}

function countList({ waiting, active, delayed, workers, queues }: QueueCounts): HTMLElement {
  const one = (name: string, value: number) => h('div', {}, h('dt', {}, name), h('dd', {}, value));
  return h(
    'dl',
    { class: 'counts' },
    one(t('waiting'), waiting),
    one(t('active'), active),
    one(t('delayed'), delayed),
    one(t('workers'), workers),
    one(t('queues'), queues),
  );
}

/** One run as it goes: events from the server, redrawn in place. */
export function liveRunPage(run: string): Page {
  const heading = h('h1', { tabindex: -1 }, run);
  const [facts, picture, numbers, failures, buttons] = [
    h('p', { class: 'facts' }),
    h('div'),
    h('div'),
    h('div'),
    h('div'),
  ];
  const lost = h('p', { class: 'quiet', role: 'status' });
  fill(picture, loadingState());
  let layout: TileLayout | null = null;
  let shownState = '';
  const show = (progress: ProgressEvent) => {
    fill(heading, `${progress.city}, ${progress.year}`);
    fill(facts, stateBadge(progress.state), h('span', { class: 'mono' }, run), ...resultLink(progress));
    fill(picture, tilePicture(progress, layout));
    fill(numbers, numberList(progress));
    fill(failures, ...failureParts(progress));
    fill(lost, isGoing(progress) && progress.workers === 0 ? t('lonely') : null);
    if (progress.state !== shownState) {
      // Buttons are made anew only when what can be done changes: an open question must not vanish.
      shownState = progress.state;
      fill(
        buttons,
        actions(run, { canCancel: isGoing(progress), canRetry: !isGoing(progress) && progress.state !== 'DONE' }),
      );
    }
  };
  const source = new EventSource(`api/runs/${encodeURIComponent(run)}/events`);
  source.addEventListener('layout', (event) => {
    layout = JSON.parse(event.data) as TileLayout;
  });
  source.addEventListener('progress', (event) => show(JSON.parse(event.data) as ProgressEvent));
  source.addEventListener('ended', () => source.close());
  source.addEventListener('error', () => {
    // A stream that never began is refused for a reason, which the question asked once tells.
    if (source.readyState === EventSource.CLOSED)
      loaded(
        picture,
        () => getJson<ProgressEvent>(`api/runs/${encodeURIComponent(run)}/progress`),
        (progress) => {
          show(progress);
          return [tilePicture(progress, layout)];
        },
      );
    else fill(lost, t('lost_stream'));
  });
  const element = h('div', {}, heading, facts, section(t('tiles'), picture, numbers, lost), buttons, failures);
  return { title: run, element, leave: () => source.close() };
}

function isGoing({ state }: ProgressEvent): boolean {
  return state === 'working' || state === 'queueing';
}

function resultLink({ state, city, run }: ProgressEvent): Child[] {
  if (!['DONE', 'PARTIAL', 'FAILED'].includes(state)) return [];
  return [h('a', { href: addressOf(['runs', city, run]) }, t('results'))];
}

function numberList({ tiles, workers, cells_per_second: speed, eta_seconds: eta, state }: ProgressEvent): HTMLElement {
  const one = (name: string, value: string | number, key = '') =>
    h(
      'div',
      {},
      h(
        'dt',
        {},
        key === ''
          ? null
          : s(
              'svg',
              { class: 'swatch', viewBox: '0 0 10 10', 'aria-hidden': 'true' },
              s('rect', { class: `tile tile-${key}`, width: 10, height: 10 }),
            ),
        name,
      ),
      h('dd', {}, value),
    );
  const going = state === 'working' || state === 'queueing';
  return h(
    'dl',
    { class: 'counts' },
    one(t('done'), `${tiles.done} / ${tiles.all}`, 'd'),
    one(t('active'), tiles.active, 'a'),
    one(t('waiting'), tiles.waiting, 'w'),
    one(t('failed'), tiles.failed, 'f'),
    going && one(t('speed'), speed === null ? '-' : t('cells_s', siNumber(speed))),
    going && one(t('eta'), eta === null ? '-' : durationText(eta)),
    going && one(t('workers'), workers),
  );
}

function failureParts({ failures, causes }: ProgressEvent): Child[] {
  const lines = [
    ...causes.map(({ code, message }) => h('li', {}, message, ' ', h('code', {}, code))),
    ...failures.map(({ tile, code, message }) =>
      h('li', {}, h('strong', {}, t('tile', tile)), ` ${message} `, h('code', {}, code)),
    ),
  ];
  return lines.length === 0 ? [] : [section(t('failures'), h('ul', { class: 'problems' }, ...lines))];
}
