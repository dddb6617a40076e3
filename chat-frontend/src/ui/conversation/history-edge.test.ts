// @vitest-environment happy-dom
import { expect, test } from 'vitest';
import { en } from '../../i18n/en.ts';
import { createI18n } from '../../i18n/i18n.ts';
import type { Chat } from '../../state/chat.ts';
import type { Ui } from '../ui.ts';
import { mountEdges } from './history-edge.ts';

const i18n = createI18n('en', en);

test('a history that fails says why, by its stable code too; the beginning shows only over the first message', () => {
  const edges = mountEdges({ i18n } as Ui, () => undefined);
  const [start, , failed] = edges.nodes;
  edges.update({ complete: true } as Chat, 'budi', { bare: false, first: true });
  expect([start?.hidden, failed?.hidden]).toEqual([false, true]);
  edges.update({ complete: true, failure: 'NETWORK' } as Chat, 'budi', { bare: false, first: false });
  expect([start?.hidden, failed?.hidden]).toEqual([true, false]);
  expect(failed?.querySelector('p')?.textContent).toContain(i18n.errorMessage('NETWORK'));
  expect(failed?.querySelector('small')?.textContent).toBe('NETWORK');
});
