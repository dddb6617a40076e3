import { expect, test } from 'vitest';
import type { Message } from '../../../chat-core/src/wire/wire.ts';
import { fakeClock } from '../../test/support/fake-clock.ts';
import { fakeLocalDb } from '../../test/support/fake-local-db.ts';
import { ApiError, type ApiErrorCode } from '../api/api-error.ts';
import { type KeyValueStore, keysOf, memoryKeyValueStore } from '../key-value-store.ts';
import { createOutboxStore } from '../local-db/outbox-store.ts';
import type { PendingMessage } from '../state/pending.ts';
import { createOutbox } from './outbox.ts';

type Sent = { id: string; conversationId: string; text: string };
const HOUR_MS = 60 * 60 * 1_000;

function openOutbox(keyValueStore: KeyValueStore = memoryKeyValueStore(), time = fakeClock()) {
  const server = {
    calls: [] as Sent[],
    answer: (_: Sent): ApiErrorCode | 'ok' | 'never' => 'ok',
    retryAfter: 0,
  };
  const arrived: Message[] = [];
  let shown: PendingMessage[] = [];
  const outboxStore = createOutboxStore(keyValueStore, 'me', () => undefined);
  const outbox = createOutbox({
    outboxStore,
    clock: time.clock,
    random: () => 0.5,
    onSent: (message) => arrived.push(message),
    stopUpload: () => undefined,
    dropFiles: () => undefined,
    onChange: (entries) => {
      shown = entries;
    },
    send(entry) {
      server.calls.push(entry);
      const answer = server.answer(entry);
      if (answer === 'never') return new Promise(() => undefined);
      if (answer !== 'ok') return Promise.reject(new ApiError(answer, 503, server.retryAfter));
      const { id, conversationId, text: content } = entry;
      return Promise.resolve({ id, conversationId, content, seq: 1, senderId: 'me', timestamp: 1, rev: 1 });
    },
  });
  const states = () =>
    shown.map(({ text, status, reason }) => [text, status, reason].filter(Boolean).join(' '));
  return { outbox, server, arrived, states, keyValueStore, time, outboxStore };
}

test('a message is stored before the network is tried', () => {
  const { outbox, server, keyValueStore } = openOutbox();
  outbox.run();
  server.answer = () => {
    expect(keysOf(keyValueStore, 'bisik.me.outbox.').map((key) => keyValueStore.getItem(key))[0]).toContain(
      'halo',
    );
    return 'ok';
  };
  expect(outbox.add('c1', 'halo')).toBe(true);
  expect(server.calls).toHaveLength(1);
  expect.assertions(3);
});

test('a message leaves the outbox when the server has answered', async () => {
  const { outbox, arrived, states, keyValueStore, time } = openOutbox();
  outbox.run();
  outbox.add('c1', 'halo');
  expect(states()).toEqual(['halo sending']);
  await time.settle();
  expect(arrived.map(({ content }) => content)).toEqual(['halo']);
  expect(states()).toEqual([]);
  expect(keysOf(keyValueStore, 'bisik.me.outbox.')).toEqual([]);
});

test('messages of a conversation are sent in order, and conversations do not wait for each other', async () => {
  const { outbox, server, time } = openOutbox();
  outbox.run();
  server.answer = ({ conversationId }) => (conversationId === 'c1' ? 'never' : 'ok');
  outbox.add('c1', 'one');
  outbox.add('c1', 'two');
  outbox.add('c2', 'three');
  outbox.add('c2', 'four');
  await time.settle();
  expect(server.calls.map(({ text }) => text)).toEqual(['one', 'three', 'four']);
});

test('a temporary failure is repeated with backoff under the same id', async () => {
  const { outbox, server, states, time } = openOutbox();
  outbox.run();
  server.answer = () => (server.calls.length < 4 ? 'NETWORK' : 'ok');
  outbox.add('c1', 'halo');
  await time.settle();
  expect(states()).toEqual(['halo waiting NETWORK']);
  await time.pass(999);
  expect(server.calls).toHaveLength(1);
  await time.pass(1);
  expect(server.calls).toHaveLength(2);
  await time.pass(6_000);
  expect(server.calls).toHaveLength(4);
  expect(new Set(server.calls.map(({ id }) => id)).size).toBe(1);
  expect(states()).toEqual([]);
});

test('the Retry-After of the server is respected, unless the person retries or the network returns', async () => {
  const { outbox, server, time } = openOutbox();
  outbox.run();
  server.retryAfter = 20;
  server.answer = () => 'CIPHER_UNAVAILABLE';
  outbox.add('c1', 'halo');
  await time.pass(19_000);
  expect(server.calls).toHaveLength(1);
  server.answer = () => 'ok';
  outbox.retryAllNow();
  await time.settle();
  expect(server.calls).toHaveLength(2);
  await time.pass(60_000);
  expect(server.calls).toHaveLength(2);
});

test('only the first waiting message of a conversation has a reason', async () => {
  const { outbox, server, states, time } = openOutbox();
  outbox.run();
  server.answer = () => 'CIPHER_UNAVAILABLE';
  outbox.add('c1', 'one');
  outbox.add('c1', 'two');
  await time.settle();
  expect(states()).toEqual(['one waiting CIPHER_UNAVAILABLE', 'two waiting']);
});

test('a message that is refused for good waits for the person, and the messages after it are sent', async () => {
  const { outbox, server, states, time } = openOutbox();
  outbox.run();
  server.answer = ({ text }) => (text === 'bad' ? 'NOT_FRIENDS' : 'ok');
  outbox.add('c1', 'bad');
  outbox.add('c1', 'good');
  await time.pass(HOUR_MS);
  expect(server.calls.map(({ text }) => text)).toEqual(['bad', 'good']);
  expect(states()).toEqual(['bad failed NOT_FRIENDS']);
});

test('a message that waits when the session ends stays in the outbox', async () => {
  const { outbox, server, states, time } = openOutbox();
  outbox.run();
  server.answer = () => 'UNAUTHENTICATED';
  outbox.add('c1', 'halo');
  await time.settle();
  expect(states()).toEqual(['halo waiting UNAUTHENTICATED']);
});

test('a failed message can be tried again under its id, or deleted', async () => {
  const { outbox, server, states, time } = openOutbox();
  outbox.run();
  server.answer = () => 'NOT_FRIENDS';
  outbox.add('c1', 'one');
  outbox.add('c1', 'two');
  await time.settle();
  const [one, two] = outbox.list();
  server.answer = () => 'ok';
  outbox.retry(one?.id ?? '');
  outbox.remove(two?.id ?? '');
  await time.settle();
  expect(server.calls.map(({ text }) => text)).toEqual(['one', 'two', 'one']);
  expect(new Set(server.calls.filter(({ text }) => text === 'one').map(({ id }) => id)).size).toBe(1);
  expect(states()).toEqual([]);
});

test('a message that could not be sent for a day waits for the person', async () => {
  const { outbox, server, states, time } = openOutbox();
  outbox.run();
  server.answer = () => 'NETWORK';
  outbox.add('c1', 'halo');
  await time.pass(25 * HOUR_MS);
  expect(states()).toEqual(['halo failed NETWORK']);
});

test('a message that was being sent during a reload is sent again under the same id', async () => {
  const first = openOutbox();
  first.outbox.run();
  first.server.answer = () => 'never';
  first.outbox.add('c1', 'one');
  first.outbox.add('c1', 'two');
  const second = openOutbox(first.keyValueStore);
  expect(second.outbox.list().map(({ text }) => text)).toEqual(['one', 'two']);
  second.outbox.run();
  await second.time.settle();
  expect(second.server.calls.map(({ text }) => text)).toEqual(['one', 'two']);
  expect(second.server.calls[0]?.id).toBe(first.server.calls[0]?.id);
});

test('a failed message is still failed after a reload', async () => {
  const first = openOutbox();
  first.outbox.run();
  first.server.answer = () => 'NOT_FRIENDS';
  first.outbox.add('c1', 'bad');
  await first.time.settle();
  const second = openOutbox(first.keyValueStore);
  second.outbox.run();
  await second.time.settle();
  expect(second.server.calls).toEqual([]);
  expect(second.states()).toEqual(['bad failed NOT_FRIENDS']);
});

test('a tab that does not lead stores messages and does not send them', async () => {
  const { outbox, server, states, time } = openOutbox();
  outbox.add('c1', 'halo');
  await time.pass(60_000);
  expect(server.calls).toEqual([]);
  expect(states()).toEqual(['halo waiting']);
  outbox.run();
  expect(server.calls).toHaveLength(1);
});

test('a message that a poll has brought is not sent again', async () => {
  const { outbox, server, states, time } = openOutbox();
  outbox.run();
  server.answer = () => 'TIMEOUT';
  outbox.add('c1', 'halo');
  await time.settle();
  outbox.confirm([server.calls[0]?.id ?? '']);
  await time.pass(60_000);
  expect(server.calls).toHaveLength(1);
  expect(states()).toEqual([]);
});

test('a message is sent once it is stored in the database, and those behind it stay in order', async () => {
  const { db } = fakeLocalDb();
  const { outbox, server, states, time, outboxStore } = openOutbox();
  void outboxStore.use(db);
  const { putEntry: put } = db;
  const writing = Promise.withResolvers<void>();
  db.putEntry = async (entry) => {
    if (entry.text === 'one') await writing.promise;
    return put(entry);
  };
  outbox.run();
  outbox.add('c1', 'one');
  outbox.add('c1', 'two');
  await time.settle();
  expect(states()).toEqual(['one waiting', 'two waiting']);
  expect(server.calls).toEqual([]);
  writing.resolve();
  await time.settle();
  expect(server.calls.map(({ text }) => text)).toEqual(['one', 'two']);
  expect(await db.outboxEntries()).toEqual([]);
});

test('a failed message in the database can be sent again or deleted', async () => {
  const { db } = fakeLocalDb();
  const { outbox, server, states, time, outboxStore } = openOutbox();
  void outboxStore.use(db);
  outbox.run();
  server.answer = () => 'NOT_FRIENDS';
  outbox.add('c1', 'one');
  outbox.add('c1', 'two');
  await time.settle();
  expect(states()).toEqual(['one failed NOT_FRIENDS', 'two failed NOT_FRIENDS']);
  expect((await db.outboxEntries()).map(({ failed }) => failed)).toEqual([true, true]);
  const [one, two] = outbox.list();
  server.answer = () => 'ok';
  outbox.retry(one?.id ?? '');
  outbox.remove(two?.id ?? '');
  await time.settle();
  expect(server.calls.map(({ text }) => text)).toEqual(['one', 'two', 'one']);
  expect(states()).toEqual([]);
  expect(await db.outboxEntries()).toEqual([]);
});

test('the outbox refuses the two hundred and first message, fewer than the ids that the server remembers', () => {
  const { outbox } = openOutbox();
  for (let n = 0; n < 200; n++) expect(outbox.add('c1', `${n}`)).toBe(true);
  expect(outbox.add('c1', 'one too many')).toBe(false);
});

test('messages written within one millisecond stay in order, also over a reload', () => {
  const { outbox, keyValueStore, time } = openOutbox();
  for (let n = 0; n < 30; n++) outbox.add('c1', `${n}`);
  const again = openOutbox(keyValueStore, time);
  again.outbox.add('c1', '30');
  expect(again.outbox.list().map(({ text }) => text)).toEqual(Array.from({ length: 31 }, (_, n) => `${n}`));
});

test('the outbox never shows the entries of another account', () => {
  const { outbox, keyValueStore } = openOutbox();
  keyValueStore.setItem(
    'bisik.other.outbox.x',
    JSON.stringify({ id: 'x', conversationId: 'c1', text: 'secret', order: 1 }),
  );
  expect(outbox.list()).toEqual([]);
});

test('whom a message mentions and what it replies to survive a reload and are sent with it', async () => {
  const { outbox, keyValueStore, time } = openOutbox();
  outbox.add('c1', 'halo @budi', { replyTo: 3, mentions: ['budi'] });
  const next = openOutbox(keyValueStore, time);
  next.outbox.run();
  expect(next.server.calls).toMatchObject([{ text: 'halo @budi', replyTo: 3, mentions: ['budi'] }]);
});

test('what waits in a conversation that is gone is dropped, also while it is being sent', async () => {
  const { outbox, server, states, keyValueStore, time } = openOutbox();
  server.answer = ({ conversationId }) => (conversationId === 'gone' ? 'NOT_MEMBER' : 'never');
  outbox.run();
  outbox.add('gone', 'satu');
  outbox.add('gone', 'dua');
  outbox.add('c1', 'tiga');
  outbox.forget(['gone']);
  await time.settle();
  expect(states()).toEqual(['tiga sending']);
  expect(keysOf(keyValueStore, 'bisik.me.outbox.')).toHaveLength(1);
});
