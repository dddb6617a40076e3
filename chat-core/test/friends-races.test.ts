import { beforeEach, describe, expect, it, vi } from 'vitest';
import { startApp, type TestApp } from './support/app.ts';
import { type Client, signUp, signUpFriends } from './support/client.ts';
import { BOTH_ORDERS, transactInOrder } from './support/transaction-order.ts';

vi.mock('../src/auth/bcrypt-client.ts', () => import('./support/quick-bcrypt.ts'));

let test: TestApp;
let ani: Client;
let budi: Client;

const add = (from: Client, to: Client) => () =>
  from.post('/friends/add', { myId: from.id, friendUsername: to.username });
const friendAction = (from: Client, what: string, to: Client) => () =>
  from.post(`/friends/${what}`, { userId: to.id });
const send = (from: Client, to: Client) => () =>
  from.post('/chat/send', { senderId: from.id, receiverId: to.id, message: 'hai' });
/** Both requests pass their first checks before either writes; returns their outcomes in the order of `requests`. */
const race = async (requests: ReturnType<typeof add>[], order: number[]) => {
  const answers = await transactInOrder(test.store, requests, order);
  return answers.map(({ status, body }) => body.code ?? ('requested' in body ? 'requested' : status));
};

/** Counts friends and requests of Ani and Budi, and their conversations and messages; the two sides must agree. */
async function relationState(): Promise<object> {
  const [a, b] = [await test.store.account(ani.id), await test.store.account(budi.id)];
  const conversations = await test.store.conversationsOf(ani.id);
  expect(a?.contacts.includes(budi.id)).toBe(b?.contacts.includes(ani.id));
  return {
    friends: a?.contacts.length,
    requests: [a?.asked, a?.askedBy, b?.asked, b?.askedBy].reduce((sum, ids) => sum + (ids?.length ?? 0), 0),
    conversations: conversations.length,
    messages: conversations[0]?.lastSeq ?? 0,
  };
}

describe('concurrent changes of two friends, in either order', () => {
  beforeEach(async () => {
    test = await startApp();
    [ani, budi] = await signUpFriends(test);
  });

  it.each(BOTH_ORDERS)(
    'no message is sent once a concurrent block is stored (order %i, %i)',
    async (...order) => {
      const answers = await race([friendAction(ani, 'block', budi), send(budi, ani)], order);
      const sent = order[0] === 1;
      expect(answers).toEqual([200, sent ? 200 : 'NOT_FRIENDS']);
      expect(await relationState()).toEqual({
        friends: 0,
        requests: 0,
        conversations: 1,
        messages: sent ? 1 : 0,
      });
    },
  );

  it.each(BOTH_ORDERS)(
    'no message is sent once a concurrent removal is stored (order %i, %i)',
    async (...order) => {
      const answers = await race([friendAction(ani, 'remove', budi), send(ani, budi)], order);
      expect(answers).toEqual([200, order[0] === 1 ? 200 : 'NOT_FRIENDS']);
    },
  );

  it.each(BOTH_ORDERS)(
    'two friends can remove or block each other at the same time (order %i, %i)',
    async (...order) => {
      const removed = await race(
        [friendAction(ani, 'remove', budi), friendAction(budi, 'remove', ani)],
        order,
      );
      expect(removed).toEqual([200, 200]);
      await add(ani, budi)();
      expect(await race([friendAction(ani, 'block', budi), friendAction(budi, 'block', ani)], order)).toEqual(
        [200, 200],
      );
      expect(await relationState()).toMatchObject({ friends: 0, conversations: 1 });
      for (const { id } of [ani, budi]) expect((await test.store.account(id))?.blocked).toHaveLength(1);
    },
  );

  it.each(BOTH_ORDERS)(
    'a block and a concurrent add leave the two as strangers (order %i, %i)',
    async (...order) => {
      await friendAction(ani, 'remove', budi)();
      const answers = await race([friendAction(ani, 'block', budi), add(budi, ani)], order);
      expect(answers).toEqual([200, 'requested']);
      expect(await relationState()).toMatchObject({ friends: 0 });
    },
  );
});

it.each(BOTH_ORDERS)(
  'two people who add each other at the same time become friends once (order %i, %i)',
  async (...order) => {
    test = await startApp();
    [ani, budi] = [await signUp(test, 'ani'), await signUp(test, 'budi')];
    const answers = await race([add(ani, budi), add(budi, ani)], order);
    expect(answers.toSorted()).toEqual([200, 'ALREADY_FRIENDS']);
    expect(await relationState()).toEqual({ friends: 1, requests: 0, conversations: 1, messages: 0 });
  },
);

describe('concurrent friend requests, in either order', () => {
  beforeEach(async () => {
    test = await startApp({ FRIENDSHIP: 'request' });
    [ani, budi] = [await signUp(test, 'ani'), await signUp(test, 'budi')];
  });

  it.each(BOTH_ORDERS)(
    'two people who send each other a request at the same time become friends once (order %i, %i)',
    async (...order) => {
      const answers = await race([add(ani, budi), add(budi, ani)], order);
      expect(order.map((index) => answers[index])).toEqual(['requested', 200]);
      expect(await relationState()).toEqual({ friends: 1, requests: 0, conversations: 1, messages: 0 });
      expect(await race([add(ani, budi), add(budi, ani)], order)).toEqual([
        'ALREADY_FRIENDS',
        'ALREADY_FRIENDS',
      ]);
    },
  );

  it.each(BOTH_ORDERS)(
    'two concurrent requests to the same person are one request (order %i, %i)',
    async (...order) => {
      const answers = await race([add(ani, budi), add(ani, budi)], order);
      expect(order.map((index) => answers[index])).toEqual(['requested', 'requested']);
      expect(await relationState()).toMatchObject({ friends: 0, requests: 2 });
    },
  );

  it.each(BOTH_ORDERS)(
    'of a concurrent accept and withdraw only the first succeeds (order %i, %i)',
    async (...order) => {
      await add(ani, budi)();
      const answers = await race(
        [friendAction(budi, 'accept', ani), friendAction(ani, 'withdraw', budi)],
        order,
      );
      expect(order.map((index) => answers[index])).toEqual([200, 'NO_SUCH_REQUEST']);
      expect(await relationState()).toMatchObject({ friends: order[0] === 0 ? 1 : 0, requests: 0 });
    },
  );

  it.each(BOTH_ORDERS)(
    'of a concurrent accept and decline on two devices only the first succeeds (order %i, %i)',
    async (...order) => {
      await add(ani, budi)();
      const answers = await race(
        [friendAction(budi, 'accept', ani), friendAction(budi, 'decline', ani)],
        order,
      );
      expect(order.map((index) => answers[index])).toEqual([200, 'NO_SUCH_REQUEST']);
      expect(await relationState()).toMatchObject({ friends: order[0] === 0 ? 1 : 0, requests: 0 });
    },
  );

  it.each(BOTH_ORDERS)(
    'of a concurrent accept and removal the removal succeeds only after the accept (order %i, %i)',
    async (...order) => {
      await add(ani, budi)();
      const answers = await race(
        [friendAction(budi, 'accept', ani), friendAction(ani, 'remove', budi)],
        order,
      );
      expect(answers).toEqual([200, order[0] === 0 ? 200 : 'NOT_FRIENDS']);
      expect(await relationState()).toMatchObject({ friends: order[0] === 0 ? 0 : 1, requests: 0 });
    },
  );

  it.each(BOTH_ORDERS)(
    'a block is stored whether a concurrent accept succeeds or not (order %i, %i)',
    async (...order) => {
      await add(ani, budi)();
      const answers = await race(
        [friendAction(ani, 'block', budi), friendAction(budi, 'accept', ani)],
        order,
      );
      expect(answers).toEqual([200, order[0] === 1 ? 200 : 'NO_SUCH_REQUEST']);
      expect(await relationState()).toMatchObject({ friends: 0, requests: 0 });
      expect((await test.store.account(ani.id))?.blocked).toEqual([budi.id]);
    },
  );

  it.each(BOTH_ORDERS)(
    'a request that is concurrent with a block is never visible to the person who blocked (order %i, %i)',
    async (...order) => {
      const answers = await race([friendAction(ani, 'block', budi), add(budi, ani)], order);
      expect(answers).toEqual([200, 'requested']);
      expect((await test.store.account(ani.id))?.askedBy ?? []).toEqual([]);
      expect((await test.store.account(budi.id))?.asked).toEqual([ani.id]);
    },
  );
});
