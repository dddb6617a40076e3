// @vitest-environment happy-dom
import { expect, test } from 'vitest';
import {
  after,
  budi,
  delta,
  groupConversation,
  inGroup,
  me,
  message,
  start,
} from '../../../test/support/factories.ts';
import { createI18n } from '../../i18n/i18n.ts';
import { id } from '../../i18n/id.ts';
import type { Ui } from '../ui.ts';
import { createHit, isConcealed } from './hits.ts';

const state = after(...start(0), delta({ conversations: [groupConversation(1)] }));
const ui = { i18n: createI18n('id', id), state: () => state, now: () => 1_000 } as unknown as Ui;
const shown = (more: Parameters<typeof message>[1]) =>
  createHit(ui, inGroup(message(1, { content: 'nasi goreng', ...more })), ['nasi'], false).querySelector(
    '.hit-text',
  )?.textContent;

test('a hit in an archive names its author of the other app, not who imported it', () => {
  const imported = { source: 'whatsapp' as const, name: 'Bu Sari' };
  expect(shown({ senderId: me.id, imported })).toBe('Bu Sari: nasi goreng');
  expect(shown({ senderId: me.id, imported: { ...imported, userId: budi.id } })).toBe('Budi: nasi goreng');
  expect(shown({ senderId: me.id, imported: { source: 'whatsapp' } })).toBe('nasi goreng');
  expect(shown({ senderId: budi.id })).toBe('Budi: nasi goreng');
});

test('search conceals what a group conceals: messages of people who were blocked', () => {
  const blocking = { ...state, blocked: [budi] };
  expect([isConcealed(state, inGroup(message(1))), isConcealed(blocking, inGroup(message(1)))]).toEqual([
    false,
    true,
  ]);
  expect(isConcealed(blocking, inGroup(message(1, { senderId: me.id })))).toBe(false);
  // In a chat with that person the messages from before stay.
  expect(isConcealed(blocking, message(1))).toBe(false);
});
