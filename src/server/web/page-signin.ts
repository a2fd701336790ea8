import { ApiError, postJson } from './api.ts';
import { fill, h } from './dom.ts';
import type { Page } from './parts.ts';
import { t } from './words.ts';

/** Signing in, where the server asks for a token. */
export function signInPage(onSignedIn: () => void): Page {
  const said = h('p', { role: 'alert' });
  const input = h('input', { id: 'token', type: 'password', autocomplete: 'current-password', required: true });
  const form = h(
    'form',
    { class: 'sign-in card' },
    h('label', { for: 'token' }, t('token')),
    input,
    h('p', { class: 'quiet' }, t('token_hint')),
    h('button', { type: 'submit', class: 'primary' }, t('sign_in')),
    said,
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    postJson('api/session', { token: input.value }).then(onSignedIn, (error: unknown) => {
      fill(said, error instanceof ApiError && error.status === 401 ? t('wrong_token') : String(error));
      input.select();
    });
  });
  return { title: t('sign_in'), element: h('div', {}, h('h1', { tabindex: -1 }, t('sign_in')), form) };
}
