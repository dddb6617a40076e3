// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { after, chatId, delta, history, message, messages, start } from '../../../test/support/factories.ts';
import { en } from '../../i18n/en.ts';
import { createI18n } from '../../i18n/i18n.ts';
import type { Event } from '../../state/state.ts';
import { mountAnnouncer } from './announcer.ts';

let announcer: ReturnType<typeof mountAnnouncer>;
/** What assistive technology is given to say: what is added to the region. */
let said: string[];

beforeEach(() => {
  vi.useFakeTimers();
  said = [];
  announcer = mountAnnouncer(createI18n('en', en), () => 'Budi');
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes) for (const node of addedNodes) said.push(node.textContent ?? '');
  }).observe(announcer.node, { childList: true });
});
afterEach(() => {
  announcer.close();
  vi.useRealTimers();
});

/** The page draws the state that these events lead to, and time goes by. */
async function see(...events: Event[]): Promise<void> {
  const state = after(...events);
  const chat = state.chats[chatId];
  if (chat) announcer.follow(chat, state);
  await vi.advanceTimersByTimeAsync(3_000);
}

const opened = [...start(2), history(messages(1, 2))];
const said3 = delta({ messages: [message(3, { content: 'ok' })] });

test('a second message that says the same is spoken, too', async () => {
  await see(...opened);
  await see(...opened, said3);
  await see(...opened, said3, delta({ messages: [message(4, { content: 'ok' })] }));
  expect(said).toEqual(['Budi: ok', 'Budi: ok']);
});

test('a drawing without news speaks nothing', async () => {
  await see(...opened);
  await see(...opened, said3);
  await see(...opened, said3);
  expect(said).toEqual(['Budi: ok']);
});

test('what came while the page was closed is not spoken as news when it opens with what the browser kept', async () => {
  const { me, people, friends, requests, blocked, chats } = after(...start(2));
  const chat = chats[chatId];
  if (!chat) throw new Error('no chat');
  const kept: Event[] = [
    {
      type: 'snapshot',
      people: { me, people, friends, requests, blocked },
      chats: [{ ...chat, marks: chat.receipts }],
    },
    history(messages(1, 2)),
  ];
  const missed = delta({ messages: messages(3, 30) });
  await see(...kept);
  await see(...kept, missed);
  expect(said).toEqual([]);
  await see(...kept, missed, delta({ messages: [message(31, { content: 'now' })] }));
  expect(said).toEqual(['Budi: now']);
});
