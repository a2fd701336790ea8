import type { Cancelled, Started } from '../answers.ts';
import { postJson } from './api.ts';
import { fill, h } from './dom.ts';
import { addressOf } from './page-address.ts';
import { errorState } from './parts.ts';
import { t } from './words.ts';

/** What can be done about a run; to cancel asks once more. */
export function actions(run: string, { canCancel, canRetry }: { canCancel: boolean; canRetry: boolean }): HTMLElement {
  const said = h('div', { role: 'status' });
  const buttons = h('div', { class: 'toolbar' });
  const host = h('div', { class: 'actions' }, buttons, said);
  const ask = async (what: () => Promise<string>) => {
    for (const button of buttons.querySelectorAll('button')) button.disabled = true;
    try {
      fill(said, await what());
      fill(buttons);
    } catch (error) {
      fill(said, errorState(error));
      start();
    }
  };
  const path = `api/runs/${encodeURIComponent(run)}`;
  const cancel = () =>
    ask(async () => {
      const { outcome } = await postJson<Cancelled>(`${path}/cancel`);
      return outcome === 'cancelled' ? t('cancelled_now') : t('ended_already');
    });
  const retry = () =>
    ask(async () => {
      const { outcome, run: next } = await postJson<Started>(`${path}/retry`);
      if (outcome === 'unchanged') return t('nothing_to_retry');
      location.hash = addressOf(['live', next]);
      return t('retried');
    });
  const sure = () => {
    const yes = h('button', { type: 'button', class: 'danger', onclick: () => void cancel() }, t('cancel_yes'));
    fill(
      buttons,
      h('span', {}, t('cancel_sure')),
      yes,
      h('button', { type: 'button', onclick: () => start() }, t('keep')),
    );
    yes.focus();
  };
  const start = () =>
    fill(
      buttons,
      canCancel && h('button', { type: 'button', onclick: sure }, t('cancel')),
      canRetry && h('button', { type: 'button', onclick: () => void retry() }, t('retry')),
    );
  start();
  return host;
}
