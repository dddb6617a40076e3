import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Message } from '../src/wire/wire.ts';
import { canary } from './support/canary.ts';
import { databaseIn } from './support/disk.ts';
import { type Pair, startPair } from './support/pair.ts';
import { type Person, signUpPairs } from './support/person.ts';
import { type RelayMode, startTcpRelay, type TcpRelay } from './support/tcp-relay.ts';
import { until } from './support/until.ts';

/** How often cipher-service goes away and comes back. */
const FLAPS = Number(process.env.FLAPS ?? 4);
const SENDERS = 8;

let relay: TcpRelay;
let pair: Pair;
let pairs: [Person, Person][];
beforeAll(async () => {
  relay = await startTcpRelay();
  const env = { CIPHER_PORT: String(relay.port), PLAINTEXT_CACHE: 'off', LOG_LEVEL: 'warn' };
  pair = await startPair(env, { deadlines: 'real', onCipher: relay.use });
  pairs = await signUpPairs(pair.url, 'orang', SENDERS);
});
afterAll(async () => {
  await pair.stop();
  await relay.stop();
});

type Sent = { id: string; text: string; status: number; code: string | undefined };

/** Sends until it is ended, and keeps every answer. */
async function keepSending(
  [from, to]: [Person, Person],
  sent: Sent[],
  isEnded: () => boolean,
): Promise<void> {
  while (!isEnded()) {
    const [id, text] = [randomUUID(), canary()];
    const input = { senderId: from.id, receiverId: to.id, message: text, clientMessageId: id };
    const { status, body } = await from.post('/chat/send', input);
    sent.push({ id, text, status, code: (body as { code?: string }).code });
    if (status !== 200) await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

it(`while cipher-service goes away and comes back ${FLAPS} times under load, each send is sealed or refused, and nothing else is stored`, async () => {
  let isEnded = false;
  const sent = pairs.map((): Sent[] => []);
  const sending = pairs.map((friends, n) => keepSending(friends, sent[n] ?? [], () => isEnded));
  const count = (wanted: number) => sent.flat().filter(({ status }) => status === wanted).length;
  /** Waits until the load has noticed; what goes on being accepted has not. */
  const seen = async (status: 200 | 503) => {
    const [before, accepted] = [count(status), count(200)];
    await until(() => count(status) > before || count(200) > accepted + 500);
    expect([status, count(status) > before]).toEqual([status, true]);
  };
  const rest = () => new Promise((resolve) => setTimeout(resolve, Math.random() * 40));
  for (let flap = 0; flap < FLAPS; flap++) {
    const down: RelayMode = flap % 2 === 0 ? 'cuts' : 'hangs';
    relay.setMode(down);
    await seen(503);
    // Shorter than any call takes: some get half an answer.
    for (let quick = 0; quick < 10; quick++) {
      relay.setMode(quick % 2 === 0 ? 'passes' : down);
      await rest();
    }
    relay.setMode('passes');
    await seen(200);
  }
  isEnded = true;
  await Promise.all(sending);

  const stored = databaseIn(pair.dataDir);
  for (const [n, friends] of pairs.entries()) {
    const [, reader] = friends;
    const own = sent[n] ?? [];
    const refused = own.filter(({ status }) => status !== 200);
    for (const one of refused)
      expect([one.status, one.code]).toEqual([
        503,
        expect.stringMatching(/^CIPHER_UNAVAILABLE$|^OVERLOADED$/),
      ]);
    expect(own.filter(({ text }) => stored.includes(text))).toEqual([]);
    const accepted = own.filter(({ status }) => status === 200);
    expect(await historyOf(friends, reader)).toEqual(accepted.map(({ id, text }) => [id, text]));
  }
  expect(count(200)).toBeGreaterThan(FLAPS);
});

/** Ids and texts of a conversation, the oldest first. */
async function historyOf([from]: [Person, Person], reader: Person): Promise<[string, string][]> {
  const messages: Message[] = [];
  for (let before = ''; ; before = `&before=${messages[0]?.seq}`) {
    const path = `/chat/history?myId=${reader.id}&friendId=${from.id}&limit=200${before}`;
    const { status, body } = await reader.get(path);
    expect(status).toBe(200);
    messages.unshift(...(body as Message[]));
    if ((body as Message[]).length < 200) return messages.map(({ id, content }) => [id, content]);
  }
}
