import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Id } from '../src/wire/wire.ts';
import { startApp, type TestApp } from './support/app.ts';
import { type Client, signUp, signUpFriends } from './support/client.ts';
import { addMember, befriend, createGroup, groupIn, history, poll, send } from './support/groups.ts';

vi.mock('../src/auth/bcrypt-client.ts', () => import('./support/quick-bcrypt.ts'));

let test: TestApp;
let ani: Client;
let budi: Client;
let citra: Client;
let direct: Id;

beforeEach(async () => {
  test = await startApp();
  [ani, budi] = await signUpFriends(test);
  citra = await signUp(test, 'citra');
  await befriend(ani, citra);
  direct = (await test.store.directBetween(ani.id, budi.id))?.id ?? '';
});

const pin = (who: Client, id: Id, seq: number) => who.putJson(`/conversations/${id}/pin`, { seq });
const unpin = (who: Client, id: Id) => who.delete(`/conversations/${id}/pin`);
/** What a person sees pinned in a conversation, by the whole state. */
const pinnedFor = async (who: Client, id: Id) =>
  (await poll(who)).conversations?.find((one) => one.id === id)?.pinned;

describe('a pinned message', () => {
  it('either friend pins a message for both, another one replaces it, and either unpins it', async () => {
    await send(ani, direct, 'satu');
    await send(budi, direct, 'dua');
    const { cursor } = await poll(budi);
    expect((await pin(ani, direct, 1)).body).toEqual({
      conversationId: direct,
      pinned: { seq: 1, by: ani.id },
    });
    const delta = await poll(budi, cursor);
    expect(delta.conversations?.[0]).toMatchObject({ id: direct, pinned: { seq: 1, by: ani.id } });
    expect(delta.messages).toBeUndefined();
    await pin(budi, direct, 2);
    for (const who of [ani, budi]) expect(await pinnedFor(who, direct)).toEqual({ seq: 2, by: budi.id });
    expect((await unpin(ani, direct)).body).toEqual({ conversationId: direct });
    expect((await poll(budi, delta.cursor)).conversations?.[0]).not.toHaveProperty('pinned');
  });

  it('a message that is deleted for everyone is pinned no more', async () => {
    await send(ani, direct, 'satu');
    await pin(budi, direct, 1);
    await ani.delete(`/conversations/${direct}/messages/1?for=everyone`);
    expect(await pinnedFor(budi, direct)).toBeUndefined();
    expect(await test.store.conversation(direct)).not.toHaveProperty('pinned');
  });

  it('who has hidden the pinned message does not see it, and the other does', async () => {
    await send(ani, direct, 'satu');
    await pin(ani, direct, 1);
    await budi.delete(`/conversations/${direct}/messages/1?for=me`);
    expect(await pinnedFor(budi, direct)).toBeUndefined();
    expect(await pinnedFor(ani, direct)).toEqual({ seq: 1, by: ani.id });
  });

  it('only a message that can be read is pinned, and only by friends', async () => {
    await send(ani, direct, 'satu');
    await send(ani, direct, 'dua');
    await ani.delete(`/conversations/${direct}/messages/1?for=everyone`);
    await budi.delete(`/conversations/${direct}/messages/2?for=me`);
    expect((await pin(budi, direct, 1)).body.code).toBe('MESSAGE_DELETED');
    expect((await pin(budi, direct, 2)).body.code).toBe('NO_SUCH_MESSAGE');
    expect((await pin(budi, direct, 9)).body.code).toBe('NO_SUCH_MESSAGE');
    expect((await pin(citra, direct, 2)).body.code).toBe('NOT_MEMBER');
    await ani.post('/friends/remove', { userId: budi.id });
    for (const answer of [await pin(ani, direct, 2), await unpin(ani, direct)])
      expect(answer.body.code).toBe('NOT_FRIENDS');
  });
});

describe('a pinned message of a group', () => {
  it('a notice says who pinned a message, once, and it stays pinned when the group changes', async () => {
    const group = await createGroup(ani, [budi]);
    await send(ani, group, 'jadwal');
    await pin(budi, group, 2);
    await pin(budi, group, 2);
    expect(await history(ani, group)).toEqual(['created', 'jadwal', 'pinned']);
    const row = await test.store.message(group, 3);
    expect([row?.senderId, row?.event]).toEqual([budi.id, { type: 'pinned', seq: 2 }]);
    await ani.patch(`/groups/${group}`, { name: 'Lain' });
    expect(groupIn(await poll(budi), group)?.pinned).toEqual({ seq: 2, by: budi.id });
    expect((await pin(ani, group, 1)).body.code).toBe('NO_SUCH_MESSAGE');
  });

  it('admins decide who may pin, and everyone may at first', async () => {
    const group = await createGroup(ani, [budi]);
    await send(ani, group, 'jadwal');
    expect((await pin(budi, group, 2)).status).toBe(200);
    await ani.patch(`/groups/${group}`, { permissions: { pin: 'admins' } });
    for (const answer of [await pin(budi, group, 2), await unpin(budi, group)])
      expect(answer.body.code).toBe('NOT_ALLOWED');
    expect((await unpin(ani, group)).status).toBe(200);
  });

  it('whoever joined later does not learn that a message from before is pinned', async () => {
    const group = await createGroup(ani, [budi]);
    await send(ani, group, 'lama');
    await pin(ani, group, 2);
    await addMember(ani, group, citra);
    expect(await pinnedFor(citra, group)).toBeUndefined();
    expect(await pinnedFor(budi, group)).toEqual({ seq: 2, by: ani.id });
    // A deleted group has nothing pinned.
    await ani.delete(`/groups/${group}`);
    expect(await test.store.conversation(group)).not.toHaveProperty('pinned');
  });
});
