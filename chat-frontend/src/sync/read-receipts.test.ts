import { expect, test } from 'vitest';
import type { ReadUpToAnswer } from '../../../chat-core/src/wire/wire.ts';
import { fakeClock } from '../../test/support/fake-clock.ts';
import { ApiError, type ApiErrorCode } from '../api/api-error.ts';
import { createReadReceipts } from './read-receipts.ts';

/** A server that answers each receipt when the test says so. */
function openReceipts() {
  const time = fakeClock();
  const requests: [string, number][] = [];
  const answers: PromiseWithResolvers<ReadUpToAnswer>[] = [];
  const sent: number[] = [];
  const receipts = createReadReceipts({
    clock: time.clock,
    random: () => 0.5,
    send({ conversationId, seq }) {
      requests.push([conversationId, seq]);
      const answer = Promise.withResolvers<ReadUpToAnswer>();
      answers.push(answer);
      return answer.promise;
    },
    onSent: ({ read }) => sent.push(read),
  });
  const answer = async (index: number, read: number) => {
    answers[index]?.resolve({ conversationId: 'a', userId: 'me', delivered: read, read, unread: 0 });
    await time.settle();
  };
  const refuse = async (index: number, retryAfter = 0, code: ApiErrorCode = 'OVERLOADED') => {
    answers[index]?.reject(new ApiError(code, 503, retryAfter));
    await time.settle();
  };
  return { receipts, time, requests, sent, answer, refuse };
}

test('a read receipt is sent at once, and the answer of the server is passed on', async () => {
  const { receipts, requests, sent, answer } = openReceipts();
  receipts.send('a', 3);
  expect(requests).toEqual([['a', 3]]);
  await answer(0, 3);
  expect(sent).toEqual([3]);
});

test('one receipt at a time is sent per conversation, and of those due meanwhile only the newest', async () => {
  const { receipts, time, requests, sent, answer } = openReceipts();
  for (const seq of [3, 4, 5]) receipts.send('a', seq);
  receipts.send('b', 9);
  expect(requests).toEqual([
    ['a', 3],
    ['b', 9],
  ]);
  await answer(0, 3);
  await time.pass(1_000);
  expect(requests.slice(2)).toEqual([['a', 5]]);
  await answer(2, 5);
  await time.pass(1_000);
  expect(requests).toHaveLength(3);
  expect(sent).toEqual([3, 5]);
});

test('scrolling through unread messages sends at most one receipt per second', async () => {
  const { receipts, time, requests, answer } = openReceipts();
  receipts.send('a', 1);
  await answer(0, 1);
  for (let seq = 2; seq <= 50; seq++) receipts.send('a', seq);
  await time.pass(999);
  expect(requests).toEqual([['a', 1]]);
  await time.pass(1);
  expect(requests).toEqual([
    ['a', 1],
    ['a', 50],
  ]);
});

test('a seq that is reported again while it is being sent is sent once', async () => {
  const { receipts, requests, answer } = openReceipts();
  for (let change = 0; change < 5; change++) receipts.send('a', 3);
  await answer(0, 3);
  expect(requests).toHaveLength(1);
});

test('a failure is silent, and the first report after the backoff is sent', async () => {
  const { receipts, time, requests, sent, answer, refuse } = openReceipts();
  receipts.send('a', 3);
  await refuse(0);
  receipts.send('a', 3);
  await time.pass(999);
  receipts.send('a', 4);
  expect(requests).toHaveLength(1);
  await time.pass(1);
  expect(requests).toHaveLength(1);
  receipts.send('a', 4);
  expect(requests.slice(1)).toEqual([['a', 4]]);
  await answer(1, 4);
  expect(sent).toEqual([4]);
});

test('the Retry-After of the server is the backoff', async () => {
  const { receipts, time, requests, refuse } = openReceipts();
  receipts.send('a', 3);
  await refuse(0, 30);
  await time.pass(29_999);
  receipts.send('a', 3);
  expect(requests).toHaveLength(1);
  await time.pass(1);
  receipts.send('a', 3);
  expect(requests).toHaveLength(2);
});

test('after a restored backup a lower seq than before is sent', async () => {
  const { receipts, time, requests, answer } = openReceipts();
  receipts.send('a', 9);
  await answer(0, 9);
  await time.pass(1_000);
  receipts.send('a', 2);
  expect(requests.at(-1)).toEqual(['a', 2]);
});

test('a receipt that the server refuses for good is not sent again, a newer one is', async () => {
  const { receipts, time, requests, refuse } = openReceipts();
  receipts.send('a', 3);
  await refuse(0, 0, 'NOT_MEMBER');
  await time.pass(60_000);
  receipts.send('a', 3);
  expect(requests).toHaveLength(1);
  receipts.send('a', 4);
  expect(requests.at(-1)).toEqual(['a', 4]);
});
