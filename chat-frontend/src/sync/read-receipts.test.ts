import { expect, test } from 'vitest';
import type { ReadUpToAnswer } from '../../../chat-core/src/wire/wire.ts';
import { fakeClock } from '../../test/support/fake-clock.ts';
import { ApiError, type ApiErrorCode } from '../api/api-error.ts';
import { createReadReceipts } from './read-receipts.ts';

/** A server that answers each receipt when the test says so. */
function openReceipts() {
  const time = fakeClock();
  const asked: [string, number][] = [];
  const answers: PromiseWithResolvers<ReadUpToAnswer>[] = [];
  const sent: number[] = [];
  const receipts = createReadReceipts({
    clock: time.clock,
    random: () => 0.5,
    send({ conversationId, seq }) {
      asked.push([conversationId, seq]);
      const answer = Promise.withResolvers<ReadUpToAnswer>();
      answers.push(answer);
      return answer.promise;
    },
    onSent: ({ read }) => sent.push(read),
  });
  const answer = async (at: number, read: number) => {
    answers[at]?.resolve({ conversationId: 'a', userId: 'me', delivered: read, read, unread: 0 });
    await time.settle();
  };
  const refuse = async (at: number, retryAfter = 0, code: ApiErrorCode = 'OVERLOADED') => {
    answers[at]?.reject(new ApiError(code, 503, retryAfter));
    await time.settle();
  };
  return { receipts, time, asked, sent, answer, refuse };
}

test('tells at once how far a conversation was read, and passes on what the box says to it', async () => {
  const { receipts, asked, sent, answer } = openReceipts();
  receipts.send('a', 3);
  expect(asked).toEqual([['a', 3]]);
  await answer(0, 3);
  expect(sent).toEqual([3]);
});

test('one telling at a time for each conversation: of what was read meanwhile only the newest is sent', async () => {
  const { receipts, time, asked, sent, answer } = openReceipts();
  for (const seq of [3, 4, 5]) receipts.send('a', seq);
  receipts.send('b', 9);
  expect(asked).toEqual([
    ['a', 3],
    ['b', 9],
  ]);
  await answer(0, 3);
  await time.pass(1_000);
  expect(asked.slice(2)).toEqual([['a', 5]]);
  await answer(2, 5);
  await time.pass(1_000);
  expect(asked).toHaveLength(3);
  expect(sent).toEqual([3, 5]);
});

test('whoever scrolls through what is unread is sent of at most once in a second', async () => {
  const { receipts, time, asked, answer } = openReceipts();
  receipts.send('a', 1);
  await answer(0, 1);
  for (let seq = 2; seq <= 50; seq++) receipts.send('a', seq);
  await time.pass(999);
  expect(asked).toEqual([['a', 1]]);
  await time.pass(1);
  expect(asked).toEqual([
    ['a', 1],
    ['a', 50],
  ]);
});

test('the same seq, asked for at each change while it is being sent, is sent once', async () => {
  const { receipts, asked, answer } = openReceipts();
  for (let change = 0; change < 5; change++) receipts.send('a', 3);
  await answer(0, 3);
  expect(asked).toHaveLength(1);
});

test('a failure is silent, and tried again at the first change after a pause', async () => {
  const { receipts, time, asked, sent, answer, refuse } = openReceipts();
  receipts.send('a', 3);
  await refuse(0);
  receipts.send('a', 3);
  await time.pass(999);
  receipts.send('a', 4);
  expect(asked).toHaveLength(1);
  await time.pass(1);
  expect(asked).toHaveLength(1);
  receipts.send('a', 4);
  expect(asked.slice(1)).toEqual([['a', 4]]);
  await answer(1, 4);
  expect(sent).toEqual([4]);
});

test('a box that is busy says how long the pause is', async () => {
  const { receipts, time, asked, refuse } = openReceipts();
  receipts.send('a', 3);
  await refuse(0, 30);
  await time.pass(29_999);
  receipts.send('a', 3);
  expect(asked).toHaveLength(1);
  await time.pass(1);
  receipts.send('a', 3);
  expect(asked).toHaveLength(2);
});

test('after a restored backup the end may lie before what was sent', async () => {
  const { receipts, time, asked, answer } = openReceipts();
  receipts.send('a', 9);
  await answer(0, 9);
  await time.pass(1_000);
  receipts.send('a', 2);
  expect(asked.at(-1)).toEqual(['a', 2]);
});

test('a receipt that the core refuses for good is not sent again, a newer one is', async () => {
  const { receipts, time, asked, refuse } = openReceipts();
  receipts.send('a', 3);
  await refuse(0, 0, 'NOT_MEMBER');
  await time.pass(60_000);
  receipts.send('a', 3);
  expect(asked).toHaveLength(1);
  receipts.send('a', 4);
  expect(asked.at(-1)).toEqual(['a', 4]);
});
