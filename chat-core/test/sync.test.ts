import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Activity, Conversation, Delta, Message, Receipt } from '../src/wire/wire.ts';
import { type Pair, startPair } from './support/pair.ts';
import { type Answer, logIn, type Person, signUpPairs } from './support/person.ts';
import { until } from './support/until.ts';

let pair: Pair;
let pairs: [Person, Person][];
let next = 0;
beforeAll(async () => {
  pair = await startPair();
  pairs = await signUpPairs(pair.url, 'teman', 11);
});
afterAll(() => pair.stop());

/** Two friends who have not written yet. */
function friends(): [Person, Person] {
  const found = pairs[next++];
  if (!found) throw new Error('no more pairs');
  return found;
}
const send = async (from: Person, to: Person, message = 'halo') => {
  const { status, body } = await from.post('/chat/send', {
    senderId: from.id,
    receiverId: to.id,
    message,
  });
  expect(status).toBe(200);
  return body as Message;
};
/** The next delta with more than presence, which changes as time passes. */
const delta = async (person: Person, cursor?: string, wait?: number): Promise<Delta> => {
  const answer = await person.poll(cursor, wait);
  expect(answer.status).toBe(200);
  const { presence, cursor: next, pollAfterMs, ...more } = answer.body as Delta;
  if (presence && Object.keys(more).length === 0) return delta(person, next, wait);
  return answer.body as Delta;
};
/** The answer of a long poll, after those with presence alone. */
const hold = async (person: Person, cursor: string): Promise<Answer> => {
  const answer = await person.poll(cursor, 25);
  const { messages, cursor: next } = (answer.body ?? {}) as Partial<Delta>;
  return answer.status === 200 && !messages && next ? hold(person, next) : answer;
};
/** Polls until nothing is new; returns the last cursor. */
async function catchUp(person: Person, from?: string, activity?: Activity): Promise<string> {
  for (let cursor = from; ; ) {
    const { status, body } = await person.poll(cursor, undefined, activity);
    if (status === 204 && cursor) return cursor;
    expect(status).toBe(200);
    ({ cursor } = body as Delta);
  }
}
const read = (person: Person, { conversationId, seq }: Message) =>
  person.post('/chat/read', { conversationId, seq });
const markOf = (marks: Receipt[] | undefined, { id }: Person) => marks?.find(({ userId }) => userId === id);

describe('a long poll', () => {
  it('a long poll is answered by the message it waited for', async () => {
    const [ani, budi] = friends();
    const cursor = await catchUp(budi);
    const held = delta(budi, cursor, 25);
    const sent = await send(ani, budi);
    expect((await held).messages).toEqual([sent]);
  });

  it.each(['wait=26', 'wait=-1', 'wait=1.5', 'wait=', 'wait=ten', 'wait=1&wait=2', 'activity=asleep'])(
    'a poll with %s is refused',
    async (query) => {
      const [[ani]] = pairs as [[Person, Person]];
      expect((await ani.get(`/sync?${query}`)).status).toBe(400);
    },
  );

  it('a poll without a free slot is answered at once, with the interval until the next one', async () => {
    const small = await startPair({ MAX_HELD_POLLS: '1' });
    try {
      const [[ani, budi]] = (await signUpPairs(small.url, 'sedikit', 1)) as [[Person, Person]];
      // Both have seen that the other is online before they wait.
      const [before, hers] = [await catchUp(budi), await catchUp(ani)];
      const his = await catchUp(budi, before);
      // The poll that arrives first is held; the test does not control which one.
      const polls = [hold(ani, hers), hold(budi, his)];
      const [second, refused] = await Promise.race(
        polls.map(async (poll, index) => [index, await poll] as const),
      );
      expect(refused.status).toBe(204);
      expect(Number(refused.headers.get('poll-after-ms'))).toBeGreaterThan(1000);
      await (second === 0 ? send(ani, budi) : send(budi, ani));
      expect(await polls[1 - second]).toMatchObject({ body: { messages: [expect.anything()] } });
    } finally {
      await small.stop();
    }
  });

  it.each(['logging out everywhere', 'a new password'])(
    'a long poll reports nothing more after %s',
    async (what) => {
      const [ani, budi] = friends();
      const cursor = await catchUp(budi);
      const held = budi.poll(cursor, 25);
      const ended =
        what === 'a new password'
          ? await budi.post('/auth/change-password', {
              userId: budi.id,
              currentPassword: budi.password,
              newPassword: 'jahe-hangat-malam',
            })
          : await budi.post('/auth/logout', { everywhere: true });
      expect(ended.status).toBe(200);
      await send(ani, budi);
      expect((await held).status).toBe(401);
    },
  );

  it('a long poll is answered when the service stops, and does not delay the stop', async () => {
    const [ani, budi] = friends();
    // A hidden page does not make her online; that she is online shows that her poll has arrived.
    const isOnline = async () =>
      ((await budi.get('/sync')).body as Delta).presence?.some(({ online }) => online) === true;
    expect(await isOnline()).toBe(false);
    const held = hold(ani, await catchUp(ani, undefined, 'hidden'));
    await until(isOnline);
    await pair.restartCore('SIGTERM');
    expect((await held).status).toBe(204);
  });
});

describe('receipts', () => {
  it('receipts show that a message was delivered and read, and how many are unread', async () => {
    const [ani, budi] = friends();
    const hers = await catchUp(ani);
    const his = await catchUp(budi);
    await send(ani, budi, 'satu');
    const sent = await send(ani, budi, 'dua');
    const received = await delta(budi, his);
    expect((received.conversations as [Conversation])[0]).toMatchObject({ unread: 2, lastSeq: 2 });
    const own = await catchUp(ani, hers);

    // A message counts as delivered once its recipient polls with a cursor after it.
    const waiting = delta(ani, own, 25);
    await budi.poll(received.cursor);
    const arrived = await waiting;
    expect(markOf(arrived.marks, budi)).toMatchObject({ delivered: 2, read: 0 });

    const tablet = await logIn(pair.url, budi.username);
    const onTablet = await catchUp(tablet);
    const seen = delta(ani, arrived.cursor, 25);
    expect((await read(budi, sent)).body).toMatchObject({ read: 2, delivered: 2, unread: 0 });
    expect(markOf((await seen).marks, budi)).toMatchObject({ delivered: 2, read: 2 });
    const afterReading = await delta(tablet, onTablet);
    expect(afterReading.conversations?.[0]).toMatchObject({ unread: 0 });
    expect(afterReading.conversations?.[0]).not.toHaveProperty('last');
  });

  it('receipts never go back, and one’s own messages are never unread', async () => {
    const [ani, budi] = friends();
    const first = await send(ani, budi);
    const second = await send(ani, budi);
    await read(budi, second);
    expect((await read(budi, first)).body).toMatchObject({ read: 2, unread: 0 });
    await send(budi, ani);
    expect((await delta(budi)).conversations?.[0]).toMatchObject({ unread: 0, lastSeq: 3 });
    expect((await delta(ani)).conversations?.[0]).toMatchObject({ unread: 1, lastSeq: 3 });
  });

  it('a receipt beyond the newest message, below one or in a conversation of others is refused and changes nothing', async () => {
    const [ani, budi] = friends();
    const sent = await send(ani, budi);
    const stranger = pairs[0]?.[0] as Person;
    const before = (await delta(ani)).marks ?? [];
    for (const seq of [2, 0, -1, 1.5, '1']) {
      expect((await budi.post('/chat/read', { conversationId: sent.conversationId, seq })).status).toBe(400);
    }
    expect((await read(stranger, sent)).status).toBe(403);
    expect((await delta(ani)).marks ?? []).toEqual(before);
  });

  it('receipts survive a stop, and are sent again after a kill', async () => {
    const [ani, budi] = friends();
    const sent = await send(ani, budi);
    const his = await catchUp(budi);
    await read(budi, sent);
    const hers = await catchUp(ani);
    await pair.restartCore('SIGTERM');
    // A cursor of the previous run gets what is only in memory, and nothing else.
    const again = await delta(ani, hers);
    expect(again).not.toHaveProperty('reset');
    expect(again).not.toHaveProperty('messages');
    expect(markOf(again.marks, budi)).toMatchObject({ delivered: 1, read: 1 });
    expect((await ani.poll(again.cursor)).status).toBe(204);

    const newer = await send(ani, budi);
    const received = await delta(budi, his);
    await budi.poll(received.cursor);
    await read(budi, newer);
    await pair.restartCore('SIGKILL');
    await budi.poll(received.cursor);
    expect(markOf((await delta(ani)).marks, budi)).toMatchObject({ delivered: 2 });
    expect((await read(budi, newer)).body).toMatchObject({ read: 2 });
  });
});

describe('a cursor', () => {
  it('a cursor that is too far behind gets the whole state', async () => {
    const [ani, budi] = friends();
    const cursor = await catchUp(budi);
    for (let n = 0; n < 11; n++) {
      await Promise.all(Array.from({ length: 91 }, (_, m) => send(ani, budi, `${n} ${m}`)));
    }
    const whole = await delta(budi, cursor);
    expect(whole).toMatchObject({ reset: true });
    expect(whole).not.toHaveProperty('messages');
    expect(whole.conversations?.[0]).toMatchObject({ lastSeq: 1001, unread: 1001, last: { seq: 1001 } });
  }, 120_000);
});
