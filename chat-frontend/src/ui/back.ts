import type { I18n } from '../i18n/i18n.ts';
import { hashOf } from '../router.ts';
import { el } from './el.ts';
import { icon } from './icons.ts';

/** To the list of chats; the style sheet hides it where the list stands beside. */
export function backLink({ t }: I18n): HTMLAnchorElement {
  return el(
    'a',
    { class: 'icon-button bar-back', href: hashOf({ name: 'chats' }), 'aria-label': t('nav.back') },
    icon('back'),
  );
}
