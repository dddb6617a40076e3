import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Message, Poll } from '../../../../chat-core/src/wire/wire.ts';
import { ApiError } from '../../api/api-error.ts';
import type { Ui } from '../ui.ts';
import { isClosed, nextChoices, ownChoices, shownPoll, vote, withOwnChoices } from './vote.ts';

const pollOf = (counts: number[], mine: number[] = [], more: Partial<Poll> = {}): Poll => ({
  question: 'Sabtu atau Minggu?',
  answers: counts.map((count, index) => ({
    text: `jawaban ${index}`,
    count,
    ...(mine.includes(index) ? { mine: true as const } : {}),
  })),
  voters: Math.max(0, ...counts),
  ...more,
});
const countsOf = ({ answers }: Poll) => answers.map(({ count }) => count);

test('a press votes, another press takes the vote back, and only with several choices it adds to the others', () => {
  const single = pollOf([1, 0, 0], [0]);
  expect([nextChoices(single, 0), nextChoices(single, 2)]).toEqual([[], [2]]);
  const several = pollOf([1, 0, 1], [0, 2], { multiple: true });
  expect([nextChoices(several, 0), nextChoices(several, 1)]).toEqual([[2], [0, 1, 2]]);
});

test('any own choices are counted once, whichever were shown before, and going back gives the same poll', () => {
  const choices = fc.uniqueArray(fc.nat({ max: 4 })).map((list) => list.sort((a, b) => a - b));
  fc.assert(
    fc.property(
      fc.array(fc.nat({ max: 9 }), { minLength: 5, maxLength: 5 }),
      choices,
      choices,
      (others, a, b) => {
        const withA = pollOf(
          others.map((count, index) => count + Number(a.includes(index))),
          a,
          { voters: 9 + Number(a.length > 0) },
        );
        const withB = withOwnChoices(withA, b);
        expect(ownChoices(withB)).toEqual(b);
        expect(countsOf(withB)).toEqual(others.map((count, index) => count + Number(b.includes(index))));
        expect(withB.voters).toBe(9 + Number(b.length > 0));
        expect(withOwnChoices(withB, a)).toEqual(withA);
      },
    ),
  );
});

test('a poll is closed once it was closed or its time has come', () => {
  expect([isClosed({}, 5), isClosed({ closed: true }, 5)]).toEqual([false, true]);
  expect([isClosed({ closesAt: 6 }, 5), isClosed({ closesAt: 6 }, 6)]).toEqual([false, true]);
});

const REF = { conversationId: 'c', seq: 3 };

/** A page with one poll, and requests that the test answers one after another. */
function setUp(connection = 'ok') {
  let message = { conversationId: 'c', seq: 3, poll: pollOf([0, 0], [], { multiple: true }) } as Message;
  const requests: { choices: number[]; answer: (result: Poll | Error) => void }[] = [];
  const failures: unknown[] = [];
  const ui = {
    state: () => ({ connection, chats: { c: { messages: [message], others: {} } } }),
    actions: {
      changed(next: Message) {
        message = next;
      },
    },
    failed: (thrown: unknown) => failures.push(thrown),
    notify: (text: string) => failures.push(text),
    i18n: { t: (key: string) => key },
    http: {
      request: (_method: string, _path: string, { body }: { body: { choices: number[] } }) =>
        new Promise<Response>((resolve, reject) =>
          requests.push({
            choices: body.choices,
            answer: (result) =>
              result instanceof Error
                ? reject(result)
                : resolve(new Response(JSON.stringify({ ...message, poll: result }))),
          }),
        ),
    },
  } as unknown as Ui;
  const shown = () => shownPoll(REF, message.poll as Poll);
  return { ui, requests, failures, shown, receive: (poll: Poll) => ui.actions.changed({ ...message, poll }) };
}

test('choices made while a vote is on its way are shown at once and sent together in one more request', async () => {
  const { ui, requests, shown } = setUp();
  const done = vote(ui, REF, [0]);
  expect(ownChoices(shown())).toEqual([0]);
  void vote(ui, REF, [0, 1]);
  void vote(ui, REF, [1]);
  expect(ownChoices(shown())).toEqual([1]);
  requests[0]?.answer(pollOf([1, 0], [0]));
  await expect.poll(() => requests.length).toBe(2);
  expect(ownChoices(shown())).toEqual([1]);
  requests[1]?.answer(pollOf([4, 1], [1]));
  await done;
  expect(requests.map(({ choices }) => choices)).toEqual([[0], [1]]);
  expect(countsOf(shown())).toEqual([4, 1]);
});

test('the votes of others that arrive meanwhile are shown, and a vote that fails is undone among them', async () => {
  const { ui, requests, failures, shown, receive } = setUp();
  const done = vote(ui, REF, [0]);
  receive(pollOf([5, 2]));
  expect(countsOf(shown())).toEqual([6, 2]);
  requests[0]?.answer(new ApiError('POLL_CLOSED'));
  await done;
  expect([countsOf(shown()), ownChoices(shown())]).toEqual([[5, 2], []]);
  expect(failures).toEqual([new ApiError('POLL_CLOSED')]);
});

test('without a connection nothing is sent or shown, and the person is notified', async () => {
  const { ui, requests, failures, shown } = setUp('offline');
  await vote(ui, REF, [0]);
  expect([requests.length, ownChoices(shown()), failures]).toEqual([0, [], ['poll.offline']]);
});
