import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Message } from '../../src/wire/wire.ts';
import { type Pair, startPair } from '../support/pair.ts';
import { type Person, signUpPairs } from '../support/person.ts';

const KILLS = Number(process.env.KILLS ?? 20);
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

/** Sends until the core is gone; answers what was acknowledged, which `onAnswer` is told of, and what was not. */
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

/** Sends again what was not answered, twice, and reads what came after seq `known`: it is what was promised. */
async function checkKept(
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
  expect(messages.map(({ seq }) => seq)).toEqual(messages.map((_, at) => known + 1 + at));
  const promised = [...rounds.flatMap(({ acknowledged }) => acknowledged), ...repeated];
  // Nobody sends otherwise: what is there is what was promised, neither less nor more.
  expect(messages).toEqual(promised.sort((a, b) => a.seq - b.seq));
  return { messages: messages.length, repeated: repeated.length };
}

it(
  `a core that is killed ${KILLS} times under load keeps each acknowledged message, once, without a hole`,
  async () => {
    const reached = pairs.map(() => 0);
    let [underLoad, total] = [0, 0];
    for (let kill = 1; kill <= KILLS; kill++) {
      // Counted in answers: on a slow machine a time would kill a core that has not begun.
      let answersLeft = 1 + Math.floor(Math.random() * 150);
      const underWay = Promise.withResolvers<void>();
      const onAnswer = () => {
        answersLeft -= 1;
        if (answersLeft === 0) underWay.resolve();
      };
      const sending = pairs.flatMap(([a, b]) => [
        sendUntilGone(a, b, onAnswer),
        sendUntilGone(b, a, onAnswer),
      ]);
      await Promise.race([underWay.promise, Promise.all(sending)]);
      await new Promise((later) => setTimeout(later, Math.random() * 20));
      await pair.restartCore('SIGKILL');
      const rounds = await Promise.all(sending);

      const counts = await Promise.all(
        pairs.map(async (friends, n) => {
          const own = [rounds[2 * n], rounds[2 * n + 1]].filter((round) => round !== undefined);
          const known = reached[n] ?? 0;
          const { messages, repeated } = await checkKept(friends, own, known);
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
