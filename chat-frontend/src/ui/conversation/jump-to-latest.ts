import type { I18n } from '../../i18n/i18n.ts';
import { el, setText } from '../el.ts';
import { icon } from '../icons.ts';

/** The way to the newest message, with the number of those that lie unread below. */
export function mountPill({ t }: I18n, onPress: () => void) {
  const count = el('span', {});
  const node = el(
    'button',
    { type: 'button', class: 'jump-to-latest', hidden: true, on: { click: onPress } },
    count,
    icon('down'),
  );

  function update(shown: boolean, below: number): void {
    node.hidden = !shown;
    node.classList.toggle('jump-to-latest-new', below > 0);
    node.setAttribute('aria-label', below > 0 ? t('chat.newBelow', { n: below }) : t('chat.toEnd'));
    setText(count, below > 0 ? t('chat.newBelow', { n: below }) : '');
  }

  return { node, update };
}
