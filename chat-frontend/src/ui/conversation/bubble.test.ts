// @vitest-environment happy-dom
import { expect, test } from 'vitest';
import { en } from '../../i18n/en.ts';
import { createI18n } from '../../i18n/i18n.ts';
import type { Ui } from '../ui.ts';
import { createBubble } from './bubble.ts';
import type { BubbleRow } from './rows.ts';

const ui = { i18n: createI18n('en', en) } as Ui;

test('a long text that was expanded is still expanded when its row is created again, and no other is', () => {
  let expansions = 0;
  const context = {
    conversationId: '',
    nameOf: () => 'Budi',
    openMenu: () => undefined,
    jump: () => undefined,
    expanded: new Set<string>(),
    onExpand: () => void expansions++,
    onLate: (change: () => void) => change(),
  };
  const show = (id: string) => {
    const bubble = { id, own: false, senderId: 'budi', text: 'word '.repeat(400).trim(), at: 0, seq: 1 };
    const row: BubbleRow = { kind: 'bubble', key: id, bubble, first: true, time: '' };
    const { node, update } = createBubble(ui, context, row);
    update(row);
    return {
      length: node.querySelector('.bubble-text')?.textContent?.length,
      button: node.querySelector('.bubble-expand'),
    };
  };
  const collapsed = show('long');
  expect(collapsed.length).toBeLessThan(800);
  (collapsed.button as HTMLButtonElement).click();
  expect(expansions).toBe(1);
  expect(show('long')).toEqual({ length: 1_999, button: null });
  expect(show('another').length).toBe(collapsed.length);
});
