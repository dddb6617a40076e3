import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Delta, Message } from '../src/wire/wire.ts';
import { everythingIn } from './support/disk.ts';
import { type Pair, startPair } from './support/pair.ts';
import { type Person, signUpPairs } from './support/person.ts';

let pair: Pair;
let pairs: [Person, Person][];
beforeAll(async () => {
  // Without the cache the cipher decrypts every text that is read here.
  pair = await startPair({ PLAINTEXT_CACHE: 'off' });
  pairs = await signUpPairs(pair.url, 'teman', 4);
});
afterAll(() => pair.stop());

const friends = (n = 0): [Person, Person] => {
  const found = pairs[n];
  if (!found) throw new Error('no such pair');
  return found;
};
const send = (from: Person, to: Person, message: string, clientMessageId?: string) =>
  from.post('/chat/send', {
    senderId: from.id,
    receiverId: to.id,
    message,
    ...(clientMessageId && { clientMessageId }),
  });

async function wholeHistory(reader: Person, other: Person): Promise<Message[]> {
  const messages: Message[] = [];
  for (let before = ''; ; before = `&before=${messages[0]?.seq}`) {
    const path = `/chat/history?myId=${reader.id}&friendId=${other.id}&limit=200${before}`;
    const page = (await reader.get(path)).body as Message[];
    messages.unshift(...page);
    if (page.length < 200) return messages;
  }
}

describe('fifty concurrent senders', () => {
  it('1,000 messages of fifty concurrent senders are all stored once, in order and without gaps', async () => {
    const acknowledged = new Map<string, Message>();
    const senders = Array.from({ length: 50 }, (_, n) => friends(n % 4));
    await Promise.all(
      senders.map(async ([a, b], sender) => {
        for (let n = 0; n < 20; n++) {
          const [from, to] = n % 2 ? [a, b] : [b, a];
          const { status, body } = await send(from, to, `message ${sender}-${n}`);
          expect(status).toBe(200);
          acknowledged.set((body as Message).id, body as Message);
        }
      }),
    );
    expect(acknowledged.size).toBe(1000);

    await pair.restartCore();
    let found = 0;
    for (const [a, b] of pairs) {
      const messages = await wholeHistory(a, b);
      expect(messages.map(({ seq }) => seq)).toEqual(messages.map((_, n) => n + 1));
      for (const message of messages) expect(acknowledged.get(message.id)).toEqual(message);
      found += messages.length;
    }
    expect(found).toBe(1000);
    expect(everythingIn(pair.dataDir)).not.toContain('message 0-0');
  });
});

describe('a message with a clientMessageId', () => {
  it('one clientMessageId sent forty times at once is one message with forty equal responses', async () => {
    const [a, b] = friends(1);
    const count = (await wholeHistory(a, b)).length;
    const id = randomUUID();
    const answers = await Promise.all(Array.from({ length: 40 }, () => send(a, b, 'just once', id)));
    for (const { status, body } of answers) expect([status, body]).toEqual([200, answers[0]?.body]);
    expect(answers[0]?.body).toMatchObject({ id, content: 'just once' });
    expect((await wholeHistory(a, b)).length).toBe(count + 1);

    await pair.restartCore('SIGKILL');
    expect((await send(a, b, 'just once', id)).body).toEqual(answers[0]?.body);
    expect((await wholeHistory(a, b)).length).toBe(count + 1);
  });

  it('a clientMessageId is refused with another text, or from the other person', async () => {
    const [a, b] = friends(2);
    const id = randomUUID();
    await send(a, b, 'the text', id);
    const other = await send(a, b, 'another text', id);
    expect([other.status, (other.body as { code: string }).code]).toEqual([409, 'MESSAGE_ID_REUSED']);
    expect((await send(b, a, 'the text', id)).status).toBe(409);
    expect((await send(...friends(3), 'elsewhere it is free', id)).status).toBe(200);
  });

  it('of two concurrent texts with the same clientMessageId one is stored', async () => {
    const [a, b] = friends(2);
    const id = randomUUID();
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => send(a, b, `text ${n % 2}`, id)));
    const stored = answers
      .filter(({ status }) => status === 200)
      .map(({ body }) => (body as Message).content);
    expect(new Set(stored).size).toBe(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(10);
  });
});

describe('a poll after a long absence', () => {
  it('a poll after a long absence brings everything in pieces of at most 200, in order, none twice', async () => {
    const [a, b] = friends(3);
    let { cursor } = (await b.get('/sync')).body as Delta;
    // More at the same time would be refused as overload.
    for (let round = 0; round < 3; round++) {
      await Promise.all(Array.from({ length: 150 }, (_, n) => send(a, b, `absent ${round} ${n}`)));
    }
    const seqs: number[] = [];
    for (;;) {
      const delta = (await b.poll(cursor)).body as Delta;
      expect(delta.messages?.length).toBeLessThanOrEqual(200);
      seqs.push(...(delta.messages ?? []).map(({ seq }) => seq));
      cursor = delta.cursor;
      if (!delta.more) break;
    }
    expect(seqs).toHaveLength(450);
    expect(seqs).toEqual(seqs.map((_, n) => (seqs[0] ?? 0) + n));
    expect((await b.poll(cursor)).status).toBe(204);
  });

  it.each([
    ['another box', (cursor: string) => `${randomUUID()}${cursor.slice(36)}`],
    ['the future', (cursor: string) => cursor.replace(/\.\d+\./, '.999999.')],
    ['something of the future that it saw', (cursor: string) => `${cursor}.999999`],
  ])('a poll with a cursor of %s gets the whole state', async (_, change) => {
    const [a] = friends(3);
    const { cursor } = (await a.get('/sync')).body as Delta;
    expect((await a.poll(change(cursor))).body).toMatchObject({ reset: true, me: { id: a.id } });
  });

  it('a poll with an invalid cursor is refused', async () => {
    const [a] = friends(3);
    for (const cursor of ['x', '1.2.3', `${randomUUID()}.1`, `${randomUUID()}.-1.0`]) {
      expect((await a.poll(cursor)).body).toMatchObject({ code: 'INVALID_CURSOR' });
    }
  });
});
