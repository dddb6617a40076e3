import { el } from '../el.ts';
import type { Ui } from '../ui.ts';

/**
 * Shows how far a file is read, from 0 to 1, with a button that stops the reading: `signal` aborts then, or with `screen`, the signal of
 * the screen.
 */
export function mountReading({ i18n: { t } }: Ui, screen: AbortSignal) {
  const stopping = new AbortController();
  screen.addEventListener('abort', () => stopping.abort());
  const bar = el('progress', { max: 1, value: 0, 'aria-label': t('import.reading') });
  const node = el(
    'section',
    { class: 'card import' },
    el('p', { role: 'status' }, t('import.reading')),
    bar,
    el(
      'div',
      { class: 'import-buttons' },
      el(
        'button',
        { type: 'button', class: 'button', on: { click: () => stopping.abort() } },
        t('dialog.cancel'),
      ),
    ),
  );
  return {
    node,
    signal: stopping.signal,
    stop: () => stopping.abort(),
    onProgress(done: number): void {
      bar.value = done;
    },
  };
}
