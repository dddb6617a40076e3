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
const about = (from: Client, what: string, to: Client) => () =>
  from.post(`/friends/${what}`, { userId: to.id });
const send = (from: Client, to: Client) => () =>
  from.post('/chat/send', { senderId: from.id, receiverId: to.id, message: 'hai' });
/** Both wishes at once, each beyond its first checks before either may write; what they answered, in their own order. */
const race = async (wishes: ReturnType<typeof add>[], order: number[]) => {
  const answers = await transactInOrder(test.store, wishes, order);
  return answers.map(({ status, body }) => body.code ?? ('requested' in body ? 'requested' : status));
};

/** Friends, requests and blocks of Ani and Budi as the other sees them too, and their conversations. */
async function standing(): Promise<object> {
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
    'block against send (%i, %i): nothing is sent once the block stands',
    async (...order) => {
      const answers = await race([about(ani, 'block', budi), send(budi, ani)], order);
      const sent = order[0] === 1;
      expect(answers).toEqual([200, sent ? 200 : 'NOT_FRIENDS']);
      expect(await standing()).toEqual({ friends: 0, requests: 0, conversations: 1, messages: sent ? 1 : 0 });
    },
  );

  it.each(BOTH_ORDERS)('remove against send (%i, %i)', async (...order) => {
    const answers = await race([about(ani, 'remove', budi), send(ani, budi)], order);
    expect(answers).toEqual([200, order[0] === 1 ? 200 : 'NOT_FRIENDS']);
  });

  it.each(BOTH_ORDERS)('both remove, or block, each other at once (%i, %i)', async (...order) => {
    const removed = await race([about(ani, 'remove', budi), about(budi, 'remove', ani)], order);
    expect(removed).toEqual([200, 200]);
    await add(ani, budi)();
    expect(await race([about(ani, 'block', budi), about(budi, 'block', ani)], order)).toEqual([200, 200]);
    expect(await standing()).toMatchObject({ friends: 0, conversations: 1 });
    for (const { id } of [ani, budi]) expect((await test.store.account(id))?.blocked).toHaveLength(1);
  });

  it.each(BOTH_ORDERS)('block against add (%i, %i): they are strangers in the end', async (...order) => {
    await about(ani, 'remove', budi)();
    const answers = await race([about(ani, 'block', budi), add(budi, ani)], order);
    expect(answers).toEqual([200, order[0] === 1 ? 200 : 'NO_SUCH_USER']);
    expect(await standing()).toMatchObject({ friends: 0 });
  });
});

it.each(BOTH_ORDERS)('two who add each other at once are friends once (%i, %i)', async (...order) => {
  test = await startApp();
  [ani, budi] = [await signUp(test, 'ani'), await signUp(test, 'budi')];
  const answers = await race([add(ani, budi), add(budi, ani)], order);
  expect(answers.toSorted()).toEqual([200, 'ALREADY_FRIENDS']);
  expect(await standing()).toEqual({ friends: 1, requests: 0, conversations: 1, messages: 0 });
});

describe('where friends ask first, in either order', () => {
  beforeEach(async () => {
    test = await startApp({ FRIENDSHIP: 'request' });
    [ani, budi] = [await signUp(test, 'ani'), await signUp(test, 'budi')];
  });

  it.each(BOTH_ORDERS)(
    'two who ask each other at once are friends, exactly once (%i, %i)',
    async (...order) => {
      const answers = await race([add(ani, budi), add(budi, ani)], order);
      expect(order.map((place) => answers[place])).toEqual(['requested', 200]);
      expect(await standing()).toEqual({ friends: 1, requests: 0, conversations: 1, messages: 0 });
      expect(await race([add(ani, budi), add(budi, ani)], order)).toEqual([
        'ALREADY_FRIENDS',
        'ALREADY_FRIENDS',
      ]);
    },
  );

  it.each(BOTH_ORDERS)('two concurrent requests are one request (%i, %i)', async (...order) => {
    const answers = await race([add(ani, budi), add(ani, budi)], order);
    expect(order.map((place) => answers[place])).toEqual(['requested', 'requested']);
    expect(await standing()).toMatchObject({ friends: 0, requests: 2 });
  });

  it.each(BOTH_ORDERS)('accept against withdraw (%i, %i): who is first has it', async (...order) => {
    await add(ani, budi)();
    const answers = await race([about(budi, 'accept', ani), about(ani, 'withdraw', budi)], order);
    expect(order.map((place) => answers[place])).toEqual([200, 'NO_SUCH_REQUEST']);
    expect(await standing()).toMatchObject({ friends: order[0] === 0 ? 1 : 0, requests: 0 });
  });

  it.each(BOTH_ORDERS)('accept against decline, on two devices (%i, %i)', async (...order) => {
    await add(ani, budi)();
    const answers = await race([about(budi, 'accept', ani), about(budi, 'decline', ani)], order);
    expect(order.map((place) => answers[place])).toEqual([200, 'NO_SUCH_REQUEST']);
    expect(await standing()).toMatchObject({ friends: order[0] === 0 ? 1 : 0, requests: 0 });
  });

  it.each(BOTH_ORDERS)(
    'remove against accept (%i, %i): only what is there can be removed',
    async (...order) => {
      await add(ani, budi)();
      const answers = await race([about(budi, 'accept', ani), about(ani, 'remove', budi)], order);
      expect(answers).toEqual([200, order[0] === 0 ? 200 : 'NOT_FRIENDS']);
      expect(await standing()).toMatchObject({ friends: order[0] === 0 ? 0 : 1, requests: 0 });
    },
  );

  it.each(BOTH_ORDERS)('block against accept (%i, %i): the block stands', async (...order) => {
    await add(ani, budi)();
    const answers = await race([about(ani, 'block', budi), about(budi, 'accept', ani)], order);
    expect(answers).toEqual([200, order[0] === 1 ? 200 : 'NO_SUCH_REQUEST']);
    expect(await standing()).toMatchObject({ friends: 0, requests: 0 });
    expect((await test.store.account(ani.id))?.blocked).toEqual([budi.id]);
  });

  it.each(BOTH_ORDERS)('block against ask (%i, %i): the one who blocked sees nothing', async (...order) => {
    const answers = await race([about(ani, 'block', budi), add(budi, ani)], order);
    expect(answers).toEqual([200, 'requested']);
    expect((await test.store.account(ani.id))?.askedBy ?? []).toEqual([]);
    expect((await test.store.account(budi.id))?.asked).toEqual([ani.id]);
  });
});
