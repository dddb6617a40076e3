// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Message } from '../../../../chat-core/src/wire/wire.ts';
import { after, chatId, delta, history, message, messages, start } from '../../../test/support/factories.ts';
import { enLazy } from '../../i18n/en/lazy.ts';
import { en } from '../../i18n/en.ts';
import { createI18n } from '../../i18n/i18n.ts';
import { nameById } from '../../state/selectors.ts';
import type { Event } from '../../state/state.ts';
import { mountAnnouncer } from './message-announcer.ts';

let announcer: ReturnType<typeof mountAnnouncer>;
/** What assistive technology announces: the nodes added to the live region. */
let announced: string[];

beforeEach(() => {
  vi.useFakeTimers();
  announced = [];
  announcer = mountAnnouncer(createI18n('en', { ...en, ...enLazy }));
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes)
      for (const node of addedNodes) announced.push(node.textContent ?? '');
  }).observe(announcer.node, { childList: true });
});
afterEach(() => {
  announcer.close();
  vi.useRealTimers();
});

const textOf = ({ content, event }: Message) => (event ? `(${event.type})` : content);

/** Shows the state after these events and lets three seconds pass. */
async function show(...events: Event[]): Promise<void> {
  const state = after(...events);
  const chat = state.chats[chatId];
  if (chat) announcer.update(chat, state, (id) => nameById(state, id), textOf);
  await vi.advanceTimersByTimeAsync(3_000);
}

const opened = [...start(2), history(messages(1, 2))];
const message3 = delta({ messages: [message(3, { content: 'ok' })] });

test('a second message with the same text is announced too', async () => {
  await show(...opened);
  await show(...opened, message3);
  await show(...opened, message3, delta({ messages: [message(4, { content: 'ok' })] }));
  expect(announced).toEqual(['Budi: ok', 'Budi: ok']);
});

test('an update without a new message announces nothing', async () => {
  await show(...opened);
  await show(...opened, message3);
  await show(...opened, message3);
  expect(announced).toEqual(['Budi: ok']);
});

test('messages that arrived while the page was closed are not announced when it opens from the local database', async () => {
  const { me, people, friends, requests, blocked, chats } = after(...start(2));
  const chat = chats[chatId];
  if (!chat) throw new Error('no chat');
  const stored: Event[] = [
    {
      type: 'snapshot',
      people: { me, people, friends, requests, blocked },
      chats: [{ ...chat, marks: chat.receipts }],
    },
    history(messages(1, 2)),
  ];
  const missed = delta({ messages: messages(3, 30) });
  await show(...stored);
  await show(...stored, missed);
  expect(announced).toEqual([]);
  await show(...stored, missed, delta({ messages: [message(31, { content: 'now' })] }));
  expect(announced).toEqual(['Budi: now']);
});

test('in a group each message is announced with its sender, a system row as it stands, and nothing of a blocked person', async () => {
  const by = (seq: number, senderId: string, more = {}) =>
    message(seq, { senderId, content: `t${seq}`, ...more });
  const people = { ...after(...start(0)).people, citra: { id: 'citra', username: 'Citra' } };
  const arrived = delta({
    blocked: [{ id: 'anton', username: 'Anton' }],
    messages: [
      by(3, 'budi'),
      by(4, 'citra'),
      by(5, 'citra'),
      by(6, 'anton'),
      by(7, 'budi', { content: '', event: { type: 'renamed' } }),
    ],
  });
  const known: Event = { type: 'snapshot', people: { ...after(...start(0)), people }, chats: [] };
  await show(known, ...opened, delta({ requests: { incoming: [people.citra], outgoing: [] } }));
  await show(known, ...opened, delta({ requests: { incoming: [people.citra], outgoing: [] } }), arrived);
  expect(announced).toEqual(['Budi: t3 Citra: t4 t5 (renamed)']);
});
