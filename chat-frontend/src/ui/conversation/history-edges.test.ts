// @vitest-environment happy-dom
import { expect, test } from 'vitest';
import { en } from '../../i18n/en.ts';
import { createI18n } from '../../i18n/i18n.ts';
import type { Chat } from '../../state/chat.ts';
import type { Ui } from '../ui.ts';
import { mountHistoryStart } from './history-edges.ts';

const i18n = createI18n('en', en);

test('a history that could not be loaded shows the reason and its code; the beginning shows only above the first message', () => {
  const historyStart = mountHistoryStart({ i18n } as Ui, () => undefined);
  const [start, , failed] = historyStart.nodes;
  historyStart.update({ complete: true } as Chat, 'budi', { isEmpty: false, isFirstShown: true });
  expect([start?.hidden, failed?.hidden]).toEqual([false, true]);
  historyStart.update({ complete: true, failure: 'NETWORK' } as Chat, 'budi', {
    isEmpty: false,
    isFirstShown: false,
  });
  expect([start?.hidden, failed?.hidden]).toEqual([true, false]);
  expect(failed?.querySelector('p')?.textContent).toContain(i18n.errorMessage('NETWORK'));
  expect(failed?.querySelector('.code code')?.textContent).toBe('NETWORK');
});
