import { el } from '../el.ts';

/** The username that a password belongs to, for password managers alone: first in a form that does not ask for it. */
export const knownUsername = (username = ''): HTMLElement =>
  el('input', {
    class: 'visually-hidden',
    autocomplete: 'username',
    value: username,
    readonly: true,
    tabindex: -1,
    'aria-hidden': 'true',
  });
