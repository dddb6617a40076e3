import type { I18n } from '../i18n/i18n.ts';
import type { Tick } from '../state/receipts.ts';
import { drawIcon, type IconName, icon } from './icons.ts';

const ICONS: Record<Tick, IconName> = {
  waiting: 'clock',
  sending: 'clock',
  failed: 'alert',
  sent: 'check',
  delivered: 'checks',
  read: 'checks',
};

/**
 * How far a message of one's own has come: a picture that is named, one element because it stands in every row. Only ✓
 * says that it is stored.
 */
export function createTick({ t }: I18n) {
  const node = icon('clock');
  node.removeAttribute('aria-hidden');
  node.setAttribute('role', 'img');
  node.setAttribute('hidden', '');
  let shown: Tick | undefined;

  function update(tick: Tick | undefined): void {
    if (tick === shown) return;
    shown = tick;
    node.toggleAttribute('hidden', !tick);
    if (!tick) return;
    drawIcon(node, ICONS[tick]);
    node.classList.add('tick');
    node.setAttribute('aria-label', t(`bubble.${tick}`));
    node.dataset.tick = tick;
  }

  return { node, update };
}
