import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Message } from '../src/wire/wire.ts';
import { corruptMessage, databaseIn } from './support/disk.ts';
import { type Fault, startFaultyCipher } from './support/faulty-cipher.ts';
import { type Pair, startPair } from './support/pair.ts';
import { type Answer, type Person, retryWhileOverloaded, signUpPairs } from './support/person.ts';
import { until } from './support/until.ts';

const FAULTS: Fault[] = [
  'hangs',
  'answers garbage',
  'answers 500',
  'cuts the answer',
  'answers the text itself',
  'answers too few items',
  'answers null items',
  'answers empty items',
  'drips',
];

let pair: Pair;
let ani: Person;
let budi: Person;

beforeAll(async () => {
  // The cache would serve texts without the cipher (test/plaintext-cache.test.ts).
  pair = await startPair({ PLAINTEXT_CACHE: 'off' }, { deadlines: 'real' });
  [[ani, budi]] = (await signUpPairs(pair.url, 'orang', 1)) as [[Person, Person]];
  await sendUntilAccepted();
});
afterAll(() => pair.stop());

const code = ({ body }: Answer) => (body as { code?: string }).code;

const send = (message: string) =>
  retryWhileOverloaded(() => ani.post('/chat/send', { senderId: ani.id, receiverId: budi.id, message }));
const read = () => retryWhileOverloaded(() => budi.get(`/chat/history?myId=${budi.id}&friendId=${ani.id}`));
const stored = () => databaseIn(pair.dataDir);

/** Sends until a message is accepted: soon after the cipher is back, with more attempts on a slow machine. */
async function sendUntilAccepted(message = 'back again'): Promise<void> {
  await until(async () => (await send(message)).status === 200);
}

/** The history, requested until the cipher decrypts it. */
async function history(): Promise<Message[]> {
  let answer = await read();
  while (answer.status === 503) answer = await read();
  return answer.body as Message[];
}

/** Expects that requests are refused and store nothing, and repeats them until one has reached the faulty cipher. */
async function expectUnavailable(isReached: () => boolean): Promise<void> {
  const before = stored();
  do {
    // The second could pass for base64.
    for (const message of ['unsealed secret', 'unsealed1234567890abcdefghijklmnopqrstuvwxyz12345']) {
      const answer = await send(message);
      expect([answer.status, code(answer)]).toEqual([503, 'CIPHER_UNAVAILABLE']);
      expect(Number(answer.headers.get('Retry-After'))).toBeGreaterThan(0);
    }
    const answer = await read();
    expect([answer.status, code(answer)]).toEqual([503, 'CIPHER_UNAVAILABLE']);
  } while (!isReached());
  expect(stored() === before).toBe(true);
  expect(before).not.toContain('unsealed');
}

describe('with cipher-service unavailable', () => {
  it('a send and a history get 503 while cipher-service is unavailable, nothing is stored, and both work once it is back', async () => {
    const last = (await history()).length;
    await pair.stopCipher();
    await expectUnavailable(() => true);
    const ready = () => fetch(`${pair.url}/health/ready`);
    await until(async () => (await ready()).status === 503);
    expect((await fetch(`${pair.url}/health/live`)).status).toBe(200);
    await pair.startCipher();
    await sendUntilAccepted();
    expect(await history()).toHaveLength(last + 1);
  });
});

// The sum of the deadlines, 3 s, is tested in src/cipher/batcher.test.ts and test/cipher-calls.test.ts.
describe('with a faulty cipher-service', () => {
  let faulty: Awaited<ReturnType<typeof startFaultyCipher>>;
  beforeAll(async () => {
    const { port } = pair.cipher();
    await pair.stopCipher();
    faulty = await startFaultyCipher(pair.keysDir, port, 'hangs');
  });
  /** After every fault the core finds the real service again. */
  afterAll(async () => {
    await faulty.stop();
    await pair.startCipher();
    await sendUntilAccepted();
  });

  it.each(FAULTS)('a send gets 503 and nothing is stored while cipher-service %s', async (fault) => {
    faulty.setFault(fault);
    await expectUnavailable(() => faulty.calls() > 0);
  });

  it('fifty concurrent sends are refused while cipher-service hangs', async () => {
    faulty.setFault('hangs');
    do {
      const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => send(`many ${n}`)));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
    } while (faulty.calls() === 0);
  });
});

it('a row that was tampered with is locked, and the rest of the conversation works', async () => {
  const before = (await history()).length;
  await sendUntilAccepted('to be corrupted');
  await sendUntilAccepted('stays whole');
  await pair.core().stop();
  await corruptMessage(pair, before + 1);
  await pair.restartCore();
  const messages = await history();
  expect(messages.at(-2)).toMatchObject({ content: '', locked: true });
  expect(messages.at(-1)).toMatchObject({ content: 'stays whole' });
});
