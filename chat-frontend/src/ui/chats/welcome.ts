import logo from '../../assets/logo.svg';
import { el } from '../el.ts';
import type { Screen, Ui } from '../ui.ts';

/** What stands beside the chats while none is open. */
export function mountWelcome({ i18n: { t } }: Ui): Screen {
  const node = el(
    'section',
    { class: 'welcome', tabindex: -1 },
    el('img', { src: logo, alt: '', width: 88, height: 88 }),
    el('p', { class: 'empty-title' }, t('chats.pick')),
    el('p', {}, t('chats.pickLead')),
  );
  return { node, update: () => undefined, focus: () => node.focus() };
}
