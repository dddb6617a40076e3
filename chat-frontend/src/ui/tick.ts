import type { I18n } from '../i18n/i18n.ts';
import type { Tick } from '../marks.ts';
import { el, setText, spoken } from './el.ts';
import { type IconName, icon } from './icons.ts';

const ICONS: Record<Tick, IconName> = {
  waiting: 'clock',
  sending: 'clock',
  failed: 'alert',
  sent: 'check',
  delivered: 'checks',
  read: 'checks',
};

/** How far a message of one's own has come: an icon, and the same in words. Only ✓ says that it is stored. */
export function createTick({ t }: I18n) {
  const picture = el('span', { class: 'tick-icon' });
  const words = spoken('');
  const node = el('span', { class: 'tick', hidden: true }, picture, words);
  let shown: Tick | undefined;

  function update(tick: Tick | undefined): void {
    if (tick === shown) return;
    shown = tick;
    node.hidden = !tick;
    if (!tick) return;
    picture.replaceChildren(icon(ICONS[tick]));
    setText(words, `${t(`bubble.${tick}`)} `);
    node.dataset.tick = tick;
  }

  return { node, update };
}
