import type { I18n } from '../i18n/i18n.ts';
import type { Updates } from '../service-worker/updates.ts';
import { el } from './el.ts';

/** Says that a new version is there. It covers nothing and takes nothing: reloading is for when it suits. */
export function mountUpdateBar({ t }: I18n, updates: Pick<Updates, 'ready' | 'take'>) {
  const node = el('div', { class: 'update-bar', role: 'status' });
  return {
    node,
    update(): void {
      if (!updates.ready() || node.firstChild) return;
      node.append(
        el('span', {}, t('update.ready')),
        el('button', { type: 'button', class: 'link-button', on: { click: updates.take } }, t('update.take')),
      );
    },
  };
}
