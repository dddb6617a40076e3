import { expect, test } from 'vitest';
import { after, start } from '../../../test/support/factories.ts';
import type { Ui } from '../ui.ts';
import { isEditable } from './message-menu.ts';

const [MINUTE_MS, DAY_MS] = [60_000, 24 * 3_600_000];
const serverInfo = {
  registration: 'open',
  friendship: 'instant',
  secondFactor: 'optional',
  passkeys: false,
  editMs: 15 * MINUTE_MS,
} as const;
const state = after(...start(1), { type: 'server-info', serverInfo });
const bubble = { id: 'm1', own: true, senderId: 'me', text: 'x', seq: 1, at: 10 * DAY_MS };
const isOffered = (now: number) => isEditable({ state: () => state, now: () => now } as Ui, bubble);

test('an edit is offered for as long as the server allows, by the time of the server', () => {
  expect(isOffered(bubble.at)).toBe(true);
  expect(isOffered(bubble.at + 15 * MINUTE_MS)).toBe(true);
  expect(isOffered(bubble.at + 15 * MINUTE_MS + 1)).toBe(false);
});

test('an edit is offered for a message dated up to a day ahead, and not for one dated further ahead', () => {
  expect(isOffered(bubble.at - 3 * 3_600_000)).toBe(true);
  expect(isOffered(bubble.at - 2 * DAY_MS)).toBe(false);
});
