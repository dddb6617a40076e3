import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Message } from '../../src/wire/wire.ts';
import { type Pair, startPair } from '../support/pair.ts';
import { type Person, signUpPairs } from '../support/person.ts';

const KILLS = Number(process.env.KILLS ?? 5);
const SENDERS = 16;

let pair: Pair;
let pairs: [Person, Person][];
beforeAll(async () => {
  pair = await startPair({ LOG_LEVEL: 'warn' });
  pairs = await signUpPairs(pair.url, 'teman', SENDERS / 2);
});
afterAll(() => pair.stop());

type Round = { acknowledged: Message[]; open: Sent };
type Sent = { from: Person; to: Person; clientMessageId: string; message: string };

const post = ({ from, to, clientMessageId, message }: Sent) =>
  from.post('/chat/send', { senderId: from.id, receiverId: to.id, message, clientMessageId });

/** Sends until the core is gone. @returns the acknowledged messages, each reported to `onAnswer`, and the open one */
async function sendUntilGone(from: Person, to: Person, onAnswer: () => void): Promise<Round> {
  const acknowledged: Message[] = [];
  for (;;) {
    const clientMessageId = randomUUID();
    const sent = { from, to, clientMessageId, message: `text of ${clientMessageId}` };
    const answer = await post(sent).catch(() => undefined);
    if (!answer) return { acknowledged, open: sent };
    expect([answer.status, answer.body]).toEqual([200, answer.body]);
    acknowledged.push(answer.body as Message);
    onAnswer();
  }
}

async function historyOf([reader, other]: [Person, Person], atLeast: number): Promise<Message[]> {
  const messages: Message[] = [];
  for (let before = ''; ; before = `&before=${messages[0]?.seq}`) {
    const path = `/chat/history?myId=${reader.id}&friendId=${other.id}&limit=200${before}`;
    const page = (await reader.get(path)).body as Message[];
    messages.unshift(...page);
    if (page.length < 200 || (messages[0]?.seq ?? 1) <= atLeast) return messages;
  }
}

/** Repeats the open sends twice, and checks that the messages after seq `known` are those that were acknowledged. */
async function checkAcknowledged(
  friends: [Person, Person],
  rounds: Round[],
  known: number,
): Promise<{ messages: number; repeated: number }> {
  const repeated = await Promise.all(
    rounds.map(async ({ open }) => {
      const [first, second] = [await post(open), await post(open)];
      expect([first.status, second.body]).toEqual([200, first.body]);
      expect(first.body).toMatchObject({ id: open.clientMessageId, content: open.message });
      return first.body as Message;
    }),
  );
  const messages = (await historyOf(friends, known + 1)).filter(({ seq }) => seq > known);
  expect(messages.map(({ seq }) => seq)).toEqual(messages.map((_, index) => known + 1 + index));
  const promised = [...rounds.flatMap(({ acknowledged }) => acknowledged), ...repeated];
  // There are no other senders: the history contains the acknowledged messages and no others.
  expect(messages).toEqual(promised.sort((a, b) => a.seq - b.seq));
  return { messages: messages.length, repeated: repeated.length };
}

it(
  `a core that is killed ${KILLS} times under load has each acknowledged message once, with seqs without a gap`,
  async () => {
    const reached = pairs.map(() => 0);
    let [underLoad, total] = [0, 0];
    for (let kill = 1; kill <= KILLS; kill++) {
      // A count of responses, because after a fixed time a slow machine would not have begun yet.
      let answersLeft = 1 + Math.floor(Math.random() * 150);
      const loadReached = Promise.withResolvers<void>();
      const onAnswer = () => {
        answersLeft -= 1;
        if (answersLeft === 0) loadReached.resolve();
      };
      const sending = pairs.flatMap(([a, b]) => [
        sendUntilGone(a, b, onAnswer),
        sendUntilGone(b, a, onAnswer),
      ]);
      await Promise.race([loadReached.promise, Promise.all(sending)]);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 20));
      await pair.restartCore('SIGKILL');
      const rounds = await Promise.all(sending);

      const counts = await Promise.all(
        pairs.map(async (friends, n) => {
          const own = [rounds[2 * n], rounds[2 * n + 1]].filter((round) => round !== undefined);
          const known = reached[n] ?? 0;
          const { messages, repeated } = await checkAcknowledged(friends, own, known);
          reached[n] = known + messages;
          return { messages, underLoad: messages - repeated };
        }),
      );
      for (const one of counts) {
        total += one.messages;
        underLoad += one.underLoad;
      }
    }
    expect(underLoad).toBeGreaterThanOrEqual(KILLS);
    console.log(`${KILLS} kills: ${underLoad} messages acknowledged under load, ${total} in all, none lost`);
  },
  KILLS * 60_000,
);
