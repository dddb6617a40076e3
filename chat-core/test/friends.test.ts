import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Account } from '../src/storage/store.ts';
import type { Delta, Profile } from '../src/wire/wire.ts';
import { startApp, type TestApp } from './support/app.ts';
import { type Client, logIn, signUp, signUpFriends } from './support/client.ts';

vi.mock('../src/auth/bcrypt-client.ts', () => import('./support/quick-bcrypt.ts'));

let test: TestApp;
let ani: Client;
let budi: Client;

const profile = ({ id, username }: Client): Profile => ({ id, username });
const add = (from: Client, to: Client) =>
  from.post('/friends/add', { myId: from.id, friendUsername: to.username });
const friendAction = (from: Client, what: string, to: Client, more = {}) =>
  from.post(`/friends/${what}`, { userId: to.id, ...more });
const send = (from: Client, to: Client, message = 'hai') =>
  from.post('/chat/send', { senderId: from.id, receiverId: to.id, message });
const poll = async (person: Client, cursor?: string): Promise<Delta | undefined> => {
  const { status, body } = await person.get('/sync', cursor ? { 'Last-Event-ID': cursor } : {});
  return status === 200 ? body : undefined;
};
const cursorOf = async (person: Client) => (await poll(person))?.cursor ?? '';
const outcome = async (asked: PromiseLike<{ status: number; body: { code?: string } }>) => {
  const { status, body } = await asked;
  return [status, body.code].filter((part) => part !== undefined).join(' ');
};

describe('a friendship that ends', () => {
  beforeEach(async () => {
    test = await startApp();
    [ani, budi] = await signUpFriends(test);
  });

  it('a friendship that ends disappears from all devices of both at the next poll, and its messages stay readable', async () => {
    const sent = (await send(ani, budi)).body;
    const tablet = await logIn(test, 'budi');
    const cursors = await Promise.all([ani, budi, tablet].map(cursorOf));
    const before = test.store.revision();
    expect(await outcome(friendAction(ani, 'remove', budi))).toBe('200');
    expect(test.store.revision()).toBe(before + 1);

    const [hers, his, onTablet] = await Promise.all(
      [ani, budi, tablet].map((one, index) => poll(one, cursors[index])),
    );
    expect(hers?.gone).toEqual({ friends: [budi.id] });
    for (const delta of [his, onTablet]) expect(delta?.gone).toEqual({ friends: [ani.id] });
    for (const delta of [hers, his, onTablet]) expect(delta).not.toHaveProperty('friends');
    expect((await poll(ani, hers?.cursor)) ?? {}).not.toHaveProperty('gone');
    expect((await ani.get(`/friends/${ani.id}`)).body).toEqual([]);

    expect(await outcome(send(ani, budi))).toBe('403 NOT_FRIENDS');
    expect(await outcome(send(budi, ani))).toBe('403 NOT_FRIENDS');
    const history = await budi.get(`/chat/history?myId=${budi.id}&friendId=${ani.id}`);
    expect(history.body).toEqual([sent]);
    expect((await poll(ani))?.conversations).toMatchObject([{ id: sent.conversationId, lastSeq: 1 }]);
    const revision = test.store.revision();
    expect(await outcome(friendAction(ani, 'remove', budi))).toBe('200');
    expect(test.store.revision()).toBe(revision);
  });

  it('a friendship that ends and begins again between two polls is there, in its old conversation', async () => {
    const { conversationId } = (await send(ani, budi)).body;
    const cursor = await cursorOf(budi);
    await friendAction(ani, 'remove', budi);
    await add(budi, ani);
    await friendAction(ani, 'accept', budi);
    const delta = await poll(budi, cursor);
    expect(delta?.friends).toEqual([profile(ani)]);
    expect(delta).not.toHaveProperty('gone');
    expect((await send(budi, ani)).body).toMatchObject({ conversationId, seq: 2 });
  });

  it('after a removal the next add of either is a request, and the other’s add or acceptance makes friends', async () => {
    await friendAction(ani, 'remove', budi);
    const requested = await add(budi, ani);
    expect([requested.status, requested.body.requested]).toEqual([200, profile(ani)]);
    expect((await poll(ani))?.requests?.incoming).toEqual([profile(budi)]);
    expect((await ani.get(`/friends/${ani.id}`)).body).toEqual([]);
    expect(await outcome(send(budi, ani))).toBe('403 NOT_FRIENDS');
    // Who removed the other has to be accepted, too.
    await friendAction(ani, 'decline', budi);
    expect((await add(ani, budi)).body.requested).toEqual(profile(budi));
    expect((await add(budi, ani)).body.contact).toEqual(profile(ani));
    expect(await outcome(send(budi, ani))).toBe('200');
  });

  it('a friendship that begins and ends between two polls is reported as gone', async () => {
    const citra = await signUp(test, 'citra');
    const cursor = await cursorOf(citra);
    await add(ani, citra);
    await friendAction(citra, 'remove', ani);
    const delta = await poll(citra, cursor);
    expect(delta?.gone).toEqual({ friends: [ani.id] });
    expect(delta).not.toHaveProperty('friends');
  });
});

describe('blocking', () => {
  beforeEach(async () => {
    test = await startApp();
    [ani, budi] = await signUpFriends(test);
  });

  it('blocking ends the friendship, and the blocked person sees only a removal', async () => {
    const citra = await signUp(test, 'citra');
    await add(citra, budi);
    for (const friend of [ani, citra]) await send(friend, budi);
    const [hers, his] = [await cursorOf(ani), await cursorOf(budi)];
    await friendAction(citra, 'remove', budi);
    const removed = await poll(budi, his);

    const before = test.store.revision();
    expect(await outcome(friendAction(ani, 'block', budi))).toBe('200');
    expect(test.store.revision()).toBe(before + 1);
    expect((await poll(ani, hers))?.blocked).toEqual([profile(budi)]);
    expect((await ani.get('/friends/blocked')).body).toEqual([profile(budi)]);
    const blocked = await poll(budi, removed?.cursor);
    expect(blocked?.gone).toEqual({ friends: [ani.id] });
    const parts = (delta?: Delta) => Object.keys(delta ?? {});
    expect(parts(blocked)).toEqual(parts(removed));

    expect(await outcome(send(budi, ani))).toBe('403 NOT_FRIENDS');
    const [again, shut] = [await add(budi, citra), await add(budi, ani)];
    expect([again.status, Object.keys(again.body)]).toEqual([200, ['message', 'requested']]);
    expect([shut.status, Object.keys(shut.body)]).toEqual([again.status, Object.keys(again.body)]);
    expect((await poll(ani))?.requests?.incoming ?? []).toEqual([]);
  });

  it('only the person who blocked can unblock, and the friendship does not come back', async () => {
    await friendAction(ani, 'block', budi);
    expect(await outcome(friendAction(budi, 'unblock', ani))).toBe('200');
    expect(await outcome(add(ani, budi))).toBe('403 YOU_BLOCKED');
    const cursor = await cursorOf(ani);
    expect(await outcome(friendAction(ani, 'unblock', budi))).toBe('200');
    expect((await poll(ani, cursor))?.blocked).toEqual([]);
    expect((await ani.get(`/friends/${ani.id}`)).body).toEqual([]);
    expect(await outcome(add(budi, ani))).toBe('200');
  });

  it('blocking each other, a stranger, an unknown id, oneself and twice each has its own response', async () => {
    const citra = await signUp(test, 'citra');
    const his = await cursorOf(citra);
    expect(await outcome(friendAction(ani, 'block', citra))).toBe('200');
    expect(await poll(citra, his)).toBeUndefined();
    const before = test.store.revision();
    expect(await outcome(friendAction(ani, 'block', citra))).toBe('200');
    expect(await outcome(friendAction(ani, 'block', ani))).toBe('400 INVALID_REQUEST');
    expect(
      await outcome(friendAction(ani, 'block', { ...ani, id: '00000000-0000-4000-8000-000000000000' })),
    ).toBe('404 NO_SUCH_USER');
    expect(test.store.revision()).toBe(before);
    await friendAction(citra, 'block', ani);
    await friendAction(ani, 'unblock', citra);
    expect(await outcome(add(ani, citra))).toBe('404 NO_SUCH_USER');
    expect(await outcome(add(citra, ani))).toBe('403 YOU_BLOCKED');
  });

  it('a login changes nothing in the polls of other devices', async () => {
    await friendAction(ani, 'block', budi);
    const cursor = await cursorOf(ani);
    await logIn(test, 'ani');
    expect(await poll(ani, cursor)).toBeUndefined();
  });
});

describe('friend requests', () => {
  beforeEach(async () => {
    test = await startApp({ FRIENDSHIP: 'request' });
    [ani, budi] = [await signUp(test, 'ani'), await signUp(test, 'budi')];
  });
  const requests = async (person: Client) => (await person.get('/friends/requests')).body;

  it('a friend request is visible on both sides, and accepting it makes friends', async () => {
    const [hers, his] = [await cursorOf(ani), await cursorOf(budi)];
    const asked = await add(ani, budi);
    expect(asked.body).toEqual({ message: expect.any(String), requested: profile(budi) });
    const [onHers, onHis] = [await poll(ani, hers), await poll(budi, his)];
    expect(onHers?.requests).toEqual({ incoming: [], outgoing: [profile(budi)] });
    expect(onHis?.requests).toEqual({ incoming: [profile(ani)], outgoing: [] });
    expect((await poll(budi))?.requests).toEqual(onHis?.requests);
    expect(await requests(budi)).toEqual(onHis?.requests);
    expect(await outcome(send(ani, budi))).toBe('403 NOT_FRIENDS');

    expect(await outcome(friendAction(budi, 'accept', ani))).toBe('200');
    const [friends, empty] = [await poll(ani, onHers?.cursor), { incoming: [], outgoing: [] }];
    expect(friends).toMatchObject({ friends: [profile(budi)], requests: empty });
    expect(await poll(budi, onHis?.cursor)).toMatchObject({ friends: [profile(ani)], requests: empty });
    expect(await outcome(send(ani, budi))).toBe('200');
  });

  it('a request sent twice, to oneself, to a friend or to an unknown name each has its own response', async () => {
    const asked = await add(ani, budi);
    const revision = test.store.revision();
    expect((await add(ani, budi)).text).toBe(asked.text);
    expect(test.store.revision()).toBe(revision);
    expect(await outcome(add(ani, ani))).toBe('400 SELF_FRIEND');
    expect(await outcome(add(ani, { ...budi, username: 'nobody' }))).toBe('404 NO_SUCH_USER');
    expect((await add(budi, ani)).body).toMatchObject({ contact: profile(ani) });
    expect(await outcome(add(ani, budi))).toBe('400 ALREADY_FRIENDS');
    for (const what of ['decline', 'withdraw']) {
      expect(await outcome(friendAction(ani, what, budi))).toBe('404 NO_SUCH_REQUEST');
    }
    expect(await outcome(friendAction(ani, 'accept', budi))).toBe('200');
  });

  it.each([
    ['declined', 'decline', 'budi'],
    ['withdrawn', 'withdraw', 'ani'],
  ])('a %s request is gone on both sides, and can be sent again', async (_, what, by) => {
    await add(ani, budi);
    const [hers, his] = [await cursorOf(ani), await cursorOf(budi)];
    expect(await outcome(by === 'ani' ? friendAction(ani, what, budi) : friendAction(budi, what, ani))).toBe(
      '200',
    );
    for (const delta of [await poll(ani, hers), await poll(budi, his)]) {
      expect(delta).toMatchObject({ requests: { incoming: [], outgoing: [] } });
      expect(delta).not.toHaveProperty('friends');
    }
    expect(await outcome(friendAction(budi, 'accept', ani))).toBe('404 NO_SUCH_REQUEST');
    expect(await outcome(add(ani, budi))).toBe('200');
  });

  it('a blocked person can send a request, and the other never sees it', async () => {
    await add(budi, ani);
    const his = await cursorOf(budi);
    await friendAction(ani, 'block', budi);
    expect(await requests(ani)).toEqual({ incoming: [], outgoing: [] });
    expect(await poll(budi, his)).toBeUndefined();
    expect((await add(budi, ani)).body).toMatchObject({ requested: profile(ani) });
    expect(await outcome(friendAction(budi, 'withdraw', ani))).toBe('200');

    const cursor = await cursorOf(ani);
    const citra = await signUp(test, 'citra');
    const [shut, free] = [await add(budi, ani), await add(budi, citra)];
    expect(shut.body).toEqual(
      JSON.parse(JSON.stringify(free.body).replaceAll('citra', 'ani').replace(citra.id, ani.id)),
    );
    expect(await poll(ani, cursor)).toBeUndefined();
    expect(await requests(budi)).toEqual({ incoming: [], outgoing: [profile(ani), profile(citra)] });
    // After the unblock the request is still hidden, and an add by the other person accepts it.
    await friendAction(ani, 'unblock', budi);
    expect(await requests(ani)).toEqual({ incoming: [], outgoing: [] });
    expect((await add(ani, budi)).body).toMatchObject({ contact: profile(budi) });
    expect(await requests(budi)).toEqual({ incoming: [], outgoing: [profile(citra)] });
  });

  it('a person has at most 200 open requests in each direction', async () => {
    const full = Array.from(
      { length: 200 },
      (_, n) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
    );
    const fill = (person: Client, list: 'asked' | 'askedBy') =>
      test.store.transact(async (tx) => {
        const account = await tx.account(person.id);
        if (account) await tx.saveAccount({ ...account, asked: [], askedBy: [], [list]: full });
      });
    await fill(ani, 'asked');
    expect(await outcome(add(ani, budi))).toBe('409 LIST_FULL');
    await fill(budi, 'askedBy');
    expect(await outcome(add(budi, ani))).toBe('200');
    const citra = await signUp(test, 'citra');
    expect(await outcome(add(citra, budi))).toBe('409 LIST_FULL');
  });
});

it('open requests can still be accepted after FRIENDSHIP is set to instant', async () => {
  test = await startApp();
  [ani, budi] = [await signUp(test, 'ani'), await signUp(test, 'budi')];
  const citra = await signUp(test, 'citra');
  await test.store.transact(async (tx) => {
    for (const { id } of [ani, budi, citra]) {
      const account = (await tx.account(id)) as Account;
      await tx.savePeople({
        ...account,
        ...(id === ani.id ? { askedBy: [budi.id, citra.id] } : { asked: [ani.id] }),
      });
    }
  });
  expect(await outcome(friendAction(ani, 'accept', budi))).toBe('200');
  expect((await add(citra, ani)).body).toMatchObject({ contact: profile(ani) });
  expect((await ani.get('/friends/requests')).body).toEqual({ incoming: [], outgoing: [] });
});
