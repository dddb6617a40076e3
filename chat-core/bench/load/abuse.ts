import { connect } from 'node:net';
import type { Driver } from '../drive/driver.ts';
import { pollText, requestText, sendText } from '../drive/request.ts';
import { PASSWORD } from '../fill.ts';
import { ask, type Sender } from '../message-load.ts';
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

/**
 * Sends of others while one account uses all it may, under the default limits, on sixteen connections: p99 with the abuse
 * ÷ p99 in the calm before it, in turns. History, polls, sends of the largest texts, password changes with a wrong one,
 * idle sockets, and all at once.
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
  const repeat = (request: string) => (port: number) =>
    driver.run({ kind: 'loop', port, requests: [request], connections: CONNECTIONS, ms, warmUpMs: 0 });
  const ways: Record<string, (port: number) => Promise<unknown>> = {
    history: repeat(historyText(abuser)),
    polls: repeat(pollText(abuser.token, undefined)),
    sends: repeat(sendText(abuser, LARGE_TEXT)),
    hashes: repeat(changeText(abuser)),
    sockets: (port) => holdSockets(port, ms),
  };
  const each = Object.values(ways);
  ways.everything = (port) => Promise.all(each.map((way) => way(port)));
  for (const [name, abuse] of Object.entries(ways)) {
    const [calm, during]: [number[], number[]] = [[], []];
    let codes: unknown[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      // A new process has forgotten what the account has used.
      const core = await testbed.startCore({ env: { RATE_LIMITS: 'on' } });
      try {
        await offer(core.port, ms / 2);
        calm.push((await offer(core.port, ms)).p99);
        const [abused, result] = await Promise.all([offer(core.port, ms), abuse(core.port)]);
        during.push(abused.p99);
        codes = [abused.codes, codesOf(result)];
      } finally {
        await core.stop();
      }
    }
    console.log(`  - ${name}: sends ${JSON.stringify(codes[0])}, the abuser ${JSON.stringify(codes[1])}`);
    addRatio(
      `one account at its limits (${name}): p99 of others' ${SENDS_PER_SECOND} sends a second ÷ calm`,
      { ours: during, theirs: calm, unit: ' ms', digits: 1 },
      `≤ ${GOAL}`,
    );
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
  Array.isArray(result) ? result.map(codesOf) : (result as { codes?: object } | undefined)?.codes;

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

/** Opens sockets one after the other and sends nothing; a refused one is opened again. */
async function holdSockets(port: number, ms: number): Promise<void> {
  const sockets = Array.from({ length: IDLE_SOCKETS }, () => hold(port));
  await new Promise((done) => setTimeout(done, ms));
  for (const socket of sockets) socket.end();
}

function hold(port: number): { end(): void } {
  let isOver = false;
  let socket: ReturnType<typeof connect>;
  const open = () => {
    socket = connect({ port, host: '127.0.0.1', localAddress: ABUSER_ADDRESS });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      if (!isOver) setTimeout(open, 200);
    });
  };
  open();
  return {
    end: () => {
      isOver = true;
      socket.destroy();
    },
  };
}
