import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Message } from '../src/wire.ts';
import { everythingIn, spoilMessage } from './support/disk.ts';
import { type Fault, startImpostor } from './support/impostor.ts';
import { type Pair, startPair } from './support/pair.ts';
import { type Person, signUpPairs } from './support/person.ts';

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
  // Remembered texts would answer for the cipher (test/plaintext-cache.test.ts).
  pair = await startPair({ PLAINTEXT_CACHE: 'off' });
  [[ani, budi]] = (await signUpPairs(pair.url, 'orang', 1)) as [[Person, Person]];
  expect((await send('the first')).status).toBe(200);
});
afterAll(() => pair.stop());

const send = (message: string) => ani.post('/chat/send', { senderId: ani.id, receiverId: budi.id, message });
const history = () => budi.get(`/chat/history?myId=${budi.id}&friendId=${ani.id}`);
const stored = () => everythingIn(pair.dataDir);

/** Milliseconds until a send works again. @throws after 5 s */
async function recovery(): Promise<number> {
  const begun = performance.now();
  for (;;) {
    if ((await send('back again')).status === 200) return performance.now() - begun;
    if (performance.now() - begun > 5000) throw new Error('not back after 5 s');
    await new Promise((later) => setTimeout(later, 100));
  }
}

async function expectClosed(): Promise<void> {
  const before = stored();
  // The second could pass for base64.
  for (const message of ['unsealed secret', 'unsealed1234567890abcdefghijklmnopqrstuvwxyz12345']) {
    const begun = performance.now();
    const { status, body, headers } = await send(message);
    expect(performance.now() - begun).toBeLessThan(3000);
    expect([status, (body as { code: string }).code]).toEqual([503, 'CIPHER_UNAVAILABLE']);
    expect(Number(headers.get('Retry-After'))).toBeGreaterThan(0);
  }
  const read = await history();
  expect([read.status, (read.body as { code: string }).code]).toEqual([503, 'CIPHER_UNAVAILABLE']);
  expect(stored() === before).toBe(true);
  expect(before).not.toContain('unsealed');
}

describe('with cipher-service away', () => {
  it('a send and a history are 503, nothing is stored, and both work soon after it is back', async () => {
    const last = ((await history()).body as Message[]).length;
    await pair.stopCipher();
    await expectClosed();
    const ready = await fetch(`${pair.url}/health/ready`);
    expect([ready.status, (await fetch(`${pair.url}/health/live`)).status]).toEqual([503, 200]);
    await pair.startCipher();
    await recovery();
    expect(((await history()).body as Message[]).length).toBe(last + 1);
  });
});

describe('with a cipher-service that', () => {
  it.each(FAULTS)('%s, a send is 503 within 3 s and nothing is stored', async (fault) => {
    const { port } = pair.cipher();
    await pair.stopCipher();
    const impostor = await startImpostor(pair.keysDir, port, fault);
    // The breaker of the case before has closed again, so that this fault is really met.
    await new Promise((later) => setTimeout(later, 1100));
    await expectClosed();
    expect(impostor.calls()).toBeGreaterThan(0);
    await impostor.stop();
    await pair.startCipher();
    expect(await recovery()).toBeLessThan(5000);
  });

  it('hangs, fifty senders at once are all refused within 3 s', async () => {
    const { port } = pair.cipher();
    await pair.stopCipher();
    const impostor = await startImpostor(pair.keysDir, port, 'hangs');
    await new Promise((later) => setTimeout(later, 1100));
    const begun = performance.now();
    const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => send(`many ${n}`)));
    expect(performance.now() - begun).toBeLessThan(3000);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
    await impostor.stop();
    await pair.startCipher();
    await recovery();
  });
});

it('a row that was tampered with is locked, and the conversation lives on', async () => {
  const before = ((await history()).body as Message[]).length;
  await send('to be spoiled');
  await send('stays whole');
  await pair.core().stop();
  spoilMessage(pair.dataDir, before + 1);
  await pair.restartCore();
  const messages = (await history()).body as Message[];
  expect(messages.at(-2)).toMatchObject({ content: '', locked: true });
  expect(messages.at(-1)).toMatchObject({ content: 'stays whole' });
});
