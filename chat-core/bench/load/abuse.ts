import { ask, type Sender } from '../ask.ts';
import { type Driver, openDriver } from '../drive/driver.ts';
import { pollText, requestText, sendText } from '../drive/request.ts';
import { PASSWORD } from '../fill.ts';
import { addRatio } from '../rounds.ts';
import type { Testbed } from '../testbed.ts';

const SENDERS = 64;
const SENDS_PER_SECOND = 50;
const CONNECTIONS = 16;
const ROUNDS = 3;
/** Two pages of the largest messages. */
const LARGEST = 200;
const LARGE_TEXT = 'x'.repeat(4000);
const IDLE_SOCKETS = 2000;
/** Another address than that of the others, who use 127.0.0.1. */
const ABUSER_ADDRESS = '127.0.0.2';
const GOAL = 2;
/** All at once is measured over a whole window of the limits, in these times of the others. */
const WHOLE_WINDOW = 6;

/**
 * Sends of others while one account uses all it may, under the default limits, on sixteen connections: p99 with the abuse
 * ÷ p99 in the calm before it, in turns. History, polls, sends of the largest texts, password changes with a wrong one,
 * idle sockets, and all at once. The abuser has a driver of its own, or the clock of the others would stop for its work.
 */
export async function benchAbuse(testbed: Testbed, driver: Driver, ms: number): Promise<void> {
  const abuser = testbed.people[SENDERS] as Sender;
  await storeLargest(testbed, abuser);
  const sends = testbed.people.slice(0, SENDERS).map((person) => sendText(person, 'hai'));
  const offer = async (port: number, during: number) => {
    const streams = [{ name: 'sends', requests: sends, perSecond: SENDS_PER_SECOND }];
    const { sends: result } = await driver.run({ kind: 'offer', port, streams, sockets: 128, ms: during });
    return result ?? { p99: Number.NaN, codes: {} };
  };
  const second = await openDriver();
  second.yieldCore();
  const repeat = (request: string) => (port: number, during: number) =>
    second.run({
      ...{ kind: 'loop', port, requests: [request] },
      ...{ connections: CONNECTIONS, ms: during, warmUpMs: 0 },
    });
  const ways: Record<string, (port: number, during: number) => Promise<unknown>> = {
    history: repeat(historyText(abuser)),
    polls: repeat(pollText(abuser.token, undefined)),
    sends: repeat(sendText(abuser, LARGE_TEXT)),
    hashes: repeat(changeText(abuser)),
    sockets: (port, during) =>
      second.run({ kind: 'sockets', port, address: ABUSER_ADDRESS, count: IDLE_SOCKETS, ms: during }),
  };
  const each = Object.values(ways);
  ways.everything = (port, during) => Promise.all(each.map((way) => way(port, during)));
  try {
    for (const [name, abuse] of Object.entries(ways)) {
      const length = name === 'everything' ? ms * WHOLE_WINDOW : ms;
      const [calm, abused]: [number[], number[]] = [[], []];
      let codes: unknown[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        // A new process has forgotten what the account has used.
        const core = await testbed.startCore({ env: { RATE_LIMITS: 'on' } });
        try {
          await offer(core.port, ms / 2);
          calm.push((await offer(core.port, length)).p99);
          const [others, result] = await Promise.all([offer(core.port, length), abuse(core.port, length)]);
          abused.push(others.p99);
          codes = [others.codes, codesOf(result)];
        } finally {
          await core.stop();
        }
      }
      console.log(`  - ${name}: sends ${JSON.stringify(codes[0])}, the abuser ${JSON.stringify(codes[1])}`);
      addRatio(
        `one account at its limits (${name}, ${length / 1000} s): p99 of others' ${SENDS_PER_SECOND} sends a second ÷ calm`,
        { ours: abused, theirs: calm, unit: ' ms', digits: 1 },
        `≤ ${GOAL}`,
      );
    }
  } finally {
    await second.stop();
  }
}

const historyText = ({ id, token, conversationId }: Sender) =>
  requestText('GET', `/chat/history?myId=${id}&conversationId=${conversationId}&limit=${LARGEST}`, { token });

/** A wrong password: it is compared. */
const changeText = ({ id, token }: Sender) =>
  requestText('POST', '/auth/change-password', {
    token,
    body: { userId: id, currentPassword: `${PASSWORD}-sore`, newPassword: `${PASSWORD}-siang` },
  });

const codesOf = (result: unknown): unknown =>
  Array.isArray(result) ? result.map(codesOf) : ((result as { codes?: object }).codes ?? result);

/** Sends the abuser's texts on a core without limits. */
async function storeLargest(testbed: Testbed, { id, token, conversationId }: Sender): Promise<void> {
  const core = await testbed.startCore();
  const url = `http://127.0.0.1:${core.port}`;
  try {
    for (let n = 0; n < LARGEST; n++) {
      const body = { senderId: id, conversationId, message: LARGE_TEXT };
      const { status } = await ask(url, '/chat/send', token, body);
      if (status !== 200) throw new Error(`a largest text was answered with ${status}`);
    }
  } finally {
    await core.stop();
  }
}
