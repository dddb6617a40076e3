import { beforeEach, expect, it, vi } from 'vitest';
import { EXAMPLE } from '../src/wire/examples.ts';
import type { Id } from '../src/wire/wire.ts';
import { startApp, type TestApp } from './support/app.ts';
import { type Client, signUp } from './support/client.ts';
import { addMember, befriend, createGroup, history, poll, remove, send, setRole } from './support/groups.ts';
import { BOTH_ORDERS, transactInOrder } from './support/transaction-order.ts';

vi.mock('../src/auth/bcrypt-client.ts', () => import('./support/quick-bcrypt.ts'));

let test: TestApp;
let owner: Client;
let second: Client;
let member: Client;
let a: Client;
let b: Client;
let id: Id;

/** A group of an owner, a second person and a member, with two more people who are friends of the first two. */
async function start(env: Record<string, string> = {}): Promise<void> {
  test = await startApp(env);
  [owner, second, member, a, b] = (await Promise.all(
    ['owner', 'second', 'member', 'aa-a', 'bb-b'].map((name) => signUp(test, name)),
  )) as [Client, Client, Client, Client, Client];
  for (const friend of [second, member, a]) await befriend(owner, friend);
  for (const friend of [a, b]) await befriend(second, friend);
  id = await createGroup(owner, [second, member]);
}
beforeEach(() => start());

type Request = () => Promise<{ status: number; body: { code?: string } }>;
/** Both requests pass their first checks before either writes; returns their outcomes in the order of `requests`. */
async function race(requests: Request[], order: number[]): Promise<unknown[]> {
  const answers = await transactInOrder(test.store, requests, order);
  return answers.map(({ status, body }) => (status === 200 ? 200 : body.code));
}
async function places(): Promise<string[]> {
  const conversation = await test.store.conversation(id);
  if (conversation?.kind !== 'group') throw new Error('no group');
  expect(conversation.members).toEqual(conversation.group.members.map(({ userId }) => userId));
  const names = new Map([owner, second, member, a, b].map((one) => [one.id, one.username]));
  return conversation.group.members.map(({ userId, role }) => `${names.get(userId)} ${role}`);
}
const link = async (more: object) => (await owner.post(`/groups/${id}/links`, more)).body as { code: string };

it.each(BOTH_ORDERS)(
  'a message that is being sealed while its author is removed is stored before the removal or not at all (order %i, %i)',
  async (...order) => {
    const { cursor } = await poll(member);
    const answers = await race([() => send(member, id, 'Tunggu'), () => remove(owner, id, member)], order);
    const isFirst = order[0] === 0;
    expect(answers).toEqual([isFirst ? 200 : 'NOT_MEMBER', 200]);
    expect(await history(owner, id)).toEqual(['created', ...(isFirst ? ['Tunggu'] : []), 'removed']);
    const delta = await poll(member, cursor);
    expect([delta.gone, delta.messages]).toEqual([{ conversations: [id] }, undefined]);
  },
);

it.each(BOTH_ORDERS)(
  'of two admins who remove each other at the same time one stays (order %i, %i)',
  async (...order) => {
    for (const one of [second, member]) await setRole(owner, id, one, 'admin');
    const requests = [() => remove(second, id, member), () => remove(member, id, second)];
    const answers = await race(requests, order);
    expect(answers[order[0] ?? 0]).toBe(200);
    expect(answers[order[1] ?? 0]).toBe('NOT_MEMBER');
    expect(await places()).toEqual(['owner owner', order[0] === 0 ? 'second admin' : 'member admin']);
  },
);

const OWNERS: [string, Request[], unknown[], unknown[]][] = [
  [
    'both owners leave',
    [() => remove(owner, id, owner), () => remove(second, id, second)],
    [200, 'OWNER_LEAVES'],
    ['OWNER_LEAVES', 200],
  ],
  [
    'an owner leaves while the other demotes them',
    [() => remove(owner, id, owner), () => setRole(second, id, owner, 'member')],
    [200, 'NO_SUCH_MEMBER'],
    [200, 200],
  ],
  [
    'an owner leaves while they demote the other',
    [() => remove(owner, id, owner), () => setRole(owner, id, second, 'member')],
    [200, 'NOT_MEMBER'],
    ['OWNER_LEAVES', 200],
  ],
  [
    'each owner demotes the other',
    [() => setRole(owner, id, second, 'admin'), () => setRole(second, id, owner, 'admin')],
    [200, 'NOT_ALLOWED'],
    ['NOT_ALLOWED', 200],
  ],
  [
    'an owner leaves while the other deletes the group',
    [() => remove(owner, id, owner), () => second.delete(`/groups/${id}`)],
    [200, 200],
    [200, 200],
  ],
];
it.each(OWNERS.flatMap((one) => BOTH_ORDERS.map((order) => [one[0], order, one] as const)))(
  'a group keeps an owner when %s (order %j)',
  async (_, order, [__, requests, forwards, backwards]) => {
    await setRole(owner, id, second, 'owner');
    expect(await race(requests, order)).toEqual(order[0] === 0 ? forwards : backwards);
    const left = await places();
    expect(left.length === 0 || left.some((one) => one.endsWith(' owner'))).toBe(true);
  },
);

it.each([
  ['the last use of a link', {}, { uses: 1 }, 'INVITE_INVALID'],
  ['the last place of a group', { GROUP_LIMIT: '4' }, {}, 'GROUP_FULL'],
])('of two people who take %s at the same time one gets in', async (_, env, more, refusal) => {
  for (const order of BOTH_ORDERS) {
    await start(env);
    const { code } = await link(more);
    const answers = await race(
      [a, b].map((one) => () => one.post('/groups/join', { code })),
      order,
    );
    expect(answers[order[0] ?? 0]).toBe(200);
    expect(answers[order[1] ?? 0]).toBe(refusal);
    expect(await places()).toHaveLength(4);
  }
});

it.each(BOTH_ORDERS)(
  'two admins who add one person each at the same time do not exceed the limit of a group (order %i, %i)',
  async (...order) => {
    await start({ GROUP_LIMIT: '4' });
    await setRole(owner, id, second, 'admin');
    const answers = await race([() => addMember(owner, id, a), () => addMember(second, id, b)], order);
    expect(answers.toSorted()).toEqual([200, 'GROUP_FULL']);
    expect(await places()).toHaveLength(4);
  },
);

it.each(BOTH_ORDERS)(
  'a person added by two admins at the same time is a member once (order %i, %i)',
  async (...order) => {
    await setRole(owner, id, second, 'admin');
    expect(await race([() => addMember(owner, id, a), () => addMember(second, id, a)], order)).toEqual([
      200, 200,
    ]);
    expect(await places()).toHaveLength(4);
    expect(await history(a, id)).toEqual(['added']);
  },
);

it.each(BOTH_ORDERS)(
  'a person who joins while the group is deleted is no member of anything (order %i, %i)',
  async (...order) => {
    const { code } = await link({});
    const join = () => a.post('/groups/join', { code });
    const answers = await race([join, () => owner.delete(`/groups/${id}`)], order);
    expect(answers).toEqual([order[0] === 0 ? 200 : 'INVITE_INVALID', 200]);
    expect(await places()).toEqual([]);
    expect((await poll(a)).conversations?.map((one) => one.id)).not.toContain(id);
    expect((await a.get(`/groups/${id}`)).body.code).toBe('NOT_MEMBER');
  },
);

it.each(BOTH_ORDERS)(
  'of two answers to one request to join the first decides (order %i, %i)',
  async (...order) => {
    await setRole(owner, id, second, 'admin');
    const { code } = await link({ approval: true });
    await a.post('/groups/join', { code });
    const answer = (by: Client, accept: boolean) => () =>
      by.post(`/groups/${id}/requests`, { userId: a.id, accept });
    expect(await race([answer(owner, true), answer(second, false)], order)).toEqual([200, 200]);
    expect(await places()).toHaveLength(order[0] === 0 ? 4 : 3);
  },
);

it.each(BOTH_ORDERS)(
  'a person added while their friendship with the admin ends is added before it or not at all (order %i, %i)',
  async (...order) => {
    const unfriend = () => a.post('/friends/remove', { userId: owner.id });
    const answers = await race([() => addMember(owner, id, a), unfriend], order);
    expect(answers).toEqual([order[0] === 0 ? 200 : 'NOT_FRIEND_TO_ADD', 200]);
    expect(await places()).toHaveLength(order[0] === 0 ? 4 : 3);
  },
);

it.each(BOTH_ORDERS)(
  'of two people who create a group with the same id at the same time one gets it (order %i, %i)',
  async (...order) => {
    const conversationId = '0f8fad5b-d9cb-469f-a165-708677289501';
    const create = (by: Client) => () =>
      by.post('/groups', { conversationId, name: by.username, memberIds: [] });
    const answers = await race([create(owner), create(second)], order);
    expect(answers.toSorted()).toEqual([200, 'INVALID_REQUEST']);
    expect((await test.store.conversation(conversationId))?.members).toHaveLength(1);
  },
);

it('of many changes of one name at the same time none is lost, and the last one is shown', async () => {
  const names = Array.from({ length: 6 }, (_, n) => `Nama ${n}`);
  const picture = { type: 'image/png', data: EXAMPLE.png };
  const answers = await Promise.all([
    ...names.map((name) => owner.patch(`/groups/${id}`, { name })),
    owner.patch(`/groups/${id}`, { picture }),
  ]);
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  expect(await history(owner, id)).toHaveLength(1 + 7);
  const { body } = await member.get(`/groups/${id}`);
  expect(names).toContain(body.name);
  expect((await member.get(`/groups/${id}/picture`)).body).toMatchObject(picture);
});
