// @vitest-environment happy-dom
import { expect, test } from 'vitest';
import { en } from '../../i18n/en.ts';
import { createI18n } from '../../i18n/i18n.ts';
import type { Ui } from '../ui.ts';
import { createBubble } from './bubble.ts';
import type { BubbleRow } from './rows.ts';

const ui = { i18n: createI18n('en', en) } as Ui;

test('a long text that somebody has unfolded is whole when its row comes back into the page, and no other is', () => {
  let grown = 0;
  const room = {
    sender: () => 'Budi',
    openMenu: () => undefined,
    jump: () => undefined,
    unfolded: new Set<string>(),
    grown: () => void grown++,
  };
  const draw = (id: string) => {
    const bubble = { id, own: false, text: 'word '.repeat(400).trim(), at: 0, seq: 1 };
    const row: BubbleRow = { kind: 'bubble', key: id, bubble, first: true, time: '' };
    const { node, update } = createBubble(ui, room, row);
    update(row);
    return {
      length: node.querySelector('.bubble-text')?.textContent?.length,
      button: node.querySelector('.bubble-expand'),
    };
  };
  const folded = draw('letter');
  expect(folded.length).toBeLessThan(800);
  (folded.button as HTMLButtonElement).click();
  expect(grown).toBe(1);
  expect(draw('letter')).toEqual({ length: 1_999, button: null });
  expect(draw('another').length).toBe(folded.length);
});
