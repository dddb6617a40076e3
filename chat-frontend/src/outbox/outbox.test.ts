import { expect, test } from 'vitest';
import type { Message } from '../../../chat-core/src/wire/wire.ts';
import { fakeClock } from '../../test/support/fake-clock.ts';
import { fakeLocalDb } from '../../test/support/fake-local-db.ts';
import { ApiError, type ApiErrorCode } from '../api/api-error.ts';
import { type KeyValueStore, memoryKeyValueStore } from '../key-value-store.ts';
import { createOutboxStore } from '../local-db/outbox-store.ts';
import type { PendingMessage } from '../state/pending.ts';
import { createOutbox } from './outbox.ts';

type Sent = { id: string; conversationId: string; text: string };
const HOUR_MS = 60 * 60 * 1_000;

function openOutbox(keyValueStore: KeyValueStore = memoryKeyValueStore(), time = fakeClock()) {
  const box = {
    calls: [] as Sent[],
    answer: (_: Sent): ApiErrorCode | 'ok' | 'never' => 'ok',
    retryAfter: 0,
  };
  const arrived: Message[] = [];
  let shown: PendingMessage[] = [];
  const unsent = createOutboxStore(keyValueStore, 'me', () => undefined);
  const outbox = createOutbox({
    outboxStore: unsent,
    clock: time.clock,
    random: () => 0.5,
    onSent: (message) => arrived.push(message),
    onChange: (entries) => {
      shown = entries;
    },
    send(entry) {
      box.calls.push(entry);
      const answer = box.answer(entry);
      if (answer === 'never') return new Promise(() => undefined);
      if (answer !== 'ok') return Promise.reject(new ApiError(answer, 503, box.retryAfter));
      const { id, conversationId, text: content } = entry;
      return Promise.resolve({ id, conversationId, content, seq: 1, senderId: 'me', timestamp: 1, rev: 1 });
    },
  });
  const states = () =>
    shown.map(({ text, status, reason }) => [text, status, reason].filter(Boolean).join(' '));
  return { outbox, box, arrived, states, keyValueStore, time, unsent };
}

test('a message is stored before the network is tried', () => {
  const { outbox, box, keyValueStore } = openOutbox();
  outbox.run();
  box.answer = () => {
    expect(keyValueStore.keys().map((key) => keyValueStore.getItem(key))[0]).toContain('halo');
    return 'ok';
  };
  expect(outbox.add('c1', 'halo')).toBe(true);
  expect(box.calls).toHaveLength(1);
  expect.assertions(3);
});

test('it leaves when the box has answered', async () => {
  const { outbox, arrived, states, keyValueStore, time } = openOutbox();
  outbox.run();
  outbox.add('c1', 'halo');
  expect(states()).toEqual(['halo sending']);
  await time.settle();
  expect(arrived.map(({ content }) => content)).toEqual(['halo']);
  expect(states()).toEqual([]);
  expect(keyValueStore.keys()).toEqual([]);
});

test('order is kept within a conversation, and conversations do not wait for each other', async () => {
  const { outbox, box, time } = openOutbox();
  outbox.run();
  box.answer = ({ conversationId }) => (conversationId === 'c1' ? 'never' : 'ok');
  outbox.add('c1', 'one');
  outbox.add('c1', 'two');
  outbox.add('c2', 'three');
  outbox.add('c2', 'four');
  await time.settle();
  expect(box.calls.map(({ text }) => text)).toEqual(['one', 'three', 'four']);
});

test('a temporary failure is repeated with back-off under the same id', async () => {
  const { outbox, box, states, time } = openOutbox();
  outbox.run();
  box.answer = () => (box.calls.length < 4 ? 'NETWORK' : 'ok');
  outbox.add('c1', 'halo');
  await time.settle();
  expect(states()).toEqual(['halo waiting NETWORK']);
  await time.pass(999);
  expect(box.calls).toHaveLength(1);
  await time.pass(1);
  expect(box.calls).toHaveLength(2);
  await time.pass(6_000);
  expect(box.calls).toHaveLength(4);
  expect(new Set(box.calls.map(({ id }) => id)).size).toBe(1);
  expect(states()).toEqual([]);
});

test('the box’s Retry-After is kept, unless the person or the network asks for haste', async () => {
  const { outbox, box, time } = openOutbox();
  outbox.run();
  box.retryAfter = 20;
  box.answer = () => 'CIPHER_UNAVAILABLE';
  outbox.add('c1', 'halo');
  await time.pass(19_000);
  expect(box.calls).toHaveLength(1);
  box.answer = () => 'ok';
  outbox.retryAllNow();
  await time.settle();
  expect(box.calls).toHaveLength(2);
  await time.pass(60_000);
  expect(box.calls).toHaveLength(2);
});

test('only the message that waits for the box says why; those behind it just wait', async () => {
  const { outbox, box, states, time } = openOutbox();
  outbox.run();
  box.answer = () => 'CIPHER_UNAVAILABLE';
  outbox.add('c1', 'one');
  outbox.add('c1', 'two');
  await time.settle();
  expect(states()).toEqual(['one waiting CIPHER_UNAVAILABLE', 'two waiting']);
});

test('a refusal for good waits for the person and lets later messages pass', async () => {
  const { outbox, box, states, time } = openOutbox();
  outbox.run();
  box.answer = ({ text }) => (text === 'bad' ? 'NOT_FRIENDS' : 'ok');
  outbox.add('c1', 'bad');
  outbox.add('c1', 'good');
  await time.pass(HOUR_MS);
  expect(box.calls.map(({ text }) => text)).toEqual(['bad', 'good']);
  expect(states()).toEqual(['bad failed NOT_FRIENDS']);
});

test('a message that waits when the session ends stays in the outbox', async () => {
  const { outbox, box, states, time } = openOutbox();
  outbox.run();
  box.answer = () => 'UNAUTHENTICATED';
  outbox.add('c1', 'halo');
  await time.settle();
  expect(states()).toEqual(['halo waiting UNAUTHENTICATED']);
});

test('a failed message can be tried again under its id, or deleted', async () => {
  const { outbox, box, states, time } = openOutbox();
  outbox.run();
  box.answer = () => 'NOT_FRIENDS';
  outbox.add('c1', 'one');
  outbox.add('c1', 'two');
  await time.settle();
  const [one, two] = outbox.list();
  box.answer = () => 'ok';
  outbox.retry(one?.id ?? '');
  outbox.remove(two?.id ?? '');
  await time.settle();
  expect(box.calls.map(({ text }) => text)).toEqual(['one', 'two', 'one']);
  expect(new Set(box.calls.filter(({ text }) => text === 'one').map(({ id }) => id)).size).toBe(1);
  expect(states()).toEqual([]);
});

test('it gives up after a day and asks the person', async () => {
  const { outbox, box, states, time } = openOutbox();
  outbox.run();
  box.answer = () => 'NETWORK';
  outbox.add('c1', 'halo');
  await time.pass(25 * HOUR_MS);
  expect(states()).toEqual(['halo failed NETWORK']);
});

test('after a reload in the middle of sending it is sent again under the same id', async () => {
  const first = openOutbox();
  first.outbox.run();
  first.box.answer = () => 'never';
  first.outbox.add('c1', 'one');
  first.outbox.add('c1', 'two');
  const second = openOutbox(first.keyValueStore);
  expect(second.outbox.list().map(({ text }) => text)).toEqual(['one', 'two']);
  second.outbox.run();
  await second.time.settle();
  expect(second.box.calls.map(({ text }) => text)).toEqual(['one', 'two']);
  expect(second.box.calls[0]?.id).toBe(first.box.calls[0]?.id);
});

test('a failure stays a failure over a reload', async () => {
  const first = openOutbox();
  first.outbox.run();
  first.box.answer = () => 'NOT_FRIENDS';
  first.outbox.add('c1', 'bad');
  await first.time.settle();
  const second = openOutbox(first.keyValueStore);
  second.outbox.run();
  await second.time.settle();
  expect(second.box.calls).toEqual([]);
  expect(second.states()).toEqual(['bad failed NOT_FRIENDS']);
});

test('a tab that does not hold the seat stores, and does not send', async () => {
  const { outbox, box, states, time } = openOutbox();
  outbox.add('c1', 'halo');
  await time.pass(60_000);
  expect(box.calls).toEqual([]);
  expect(states()).toEqual(['halo waiting']);
  outbox.run();
  expect(box.calls).toHaveLength(1);
});

test('what the poll has already brought is not sent again', async () => {
  const { outbox, box, states, time } = openOutbox();
  outbox.run();
  box.answer = () => 'TIMEOUT';
  outbox.add('c1', 'halo');
  await time.settle();
  outbox.confirm([box.calls[0]?.id ?? '']);
  await time.pass(60_000);
  expect(box.calls).toHaveLength(1);
  expect(states()).toEqual([]);
});

test('with an archive it leaves for the box when it is stored there, and those behind it keep their order', async () => {
  const { archive } = fakeLocalDb();
  const { outbox, box, states, time, unsent } = openOutbox();
  void unsent.use(archive);
  const { putEntry: put } = archive;
  const writing = Promise.withResolvers<void>();
  archive.putEntry = async (entry) => {
    if (entry.text === 'one') await writing.promise;
    return put(entry);
  };
  outbox.run();
  outbox.add('c1', 'one');
  outbox.add('c1', 'two');
  await time.settle();
  expect(states()).toEqual(['one waiting', 'two waiting']);
  expect(box.calls).toEqual([]);
  writing.resolve();
  await time.settle();
  expect(box.calls.map(({ text }) => text)).toEqual(['one', 'two']);
  expect(await archive.outboxEntries()).toEqual([]);
});

test('a failure stored in the archive can be tried again, or deleted', async () => {
  const { archive } = fakeLocalDb();
  const { outbox, box, states, time, unsent } = openOutbox();
  void unsent.use(archive);
  outbox.run();
  box.answer = () => 'NOT_FRIENDS';
  outbox.add('c1', 'one');
  outbox.add('c1', 'two');
  await time.settle();
  expect(states()).toEqual(['one failed NOT_FRIENDS', 'two failed NOT_FRIENDS']);
  expect((await archive.outboxEntries()).map(({ failed }) => failed)).toEqual([true, true]);
  const [one, two] = outbox.list();
  box.answer = () => 'ok';
  outbox.retry(one?.id ?? '');
  outbox.remove(two?.id ?? '');
  await time.settle();
  expect(box.calls.map(({ text }) => text)).toEqual(['one', 'two', 'one']);
  expect(states()).toEqual([]);
  expect(await archive.outboxEntries()).toEqual([]);
});

test('refuses the two hundred and first, long before the box forgets ids', () => {
  const { outbox } = openOutbox();
  for (let n = 0; n < 200; n++) expect(outbox.add('c1', `${n}`)).toBe(true);
  expect(outbox.add('c1', 'one too many')).toBe(false);
});

test('keeps the order of messages written within one millisecond, also over a reload', () => {
  const { outbox, keyValueStore, time } = openOutbox();
  for (let n = 0; n < 30; n++) outbox.add('c1', `${n}`);
  const again = openOutbox(keyValueStore, time);
  again.outbox.add('c1', '30');
  expect(again.outbox.list().map(({ text }) => text)).toEqual(Array.from({ length: 31 }, (_, n) => `${n}`));
});

test('never shows the entries of another account', () => {
  const { outbox, keyValueStore } = openOutbox();
  keyValueStore.setItem(
    'bisik.other.outbox.x',
    JSON.stringify({ id: 'x', conversationId: 'c1', text: 'secret', order: 1 }),
  );
  expect(outbox.list()).toEqual([]);
});
