import type { I18n } from '../i18n/i18n.ts';
import { el, setText } from './el.ts';

const GATHER_MS = 2_000;
const LONGEST = 200;

/**
 * A polite live region for what arrives in the open chat: gathered for two seconds, at most 200 characters, no
 * times (a screen reader that speaks each time is unusable).
 */
export function mountAnnouncer({ t }: I18n, sender: () => string) {
  const node = el('p', { class: 'spoken', role: 'log', 'aria-live': 'polite' });
  let gathered: string[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;

  function speak(): void {
    const name = sender();
    const text = gathered.join(' ');
    const short = [...text].length <= LONGEST;
    setText(node, short ? t('chat.said', { name, text }) : t('chat.arrived', { name, n: gathered.length }));
    gathered = [];
    timer = undefined;
  }

  return {
    node,
    announce(text: string): void {
      gathered.push(text);
      timer ??= setTimeout(speak, GATHER_MS);
    },
    close: () => clearTimeout(timer),
  };
}
