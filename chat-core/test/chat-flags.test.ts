import { beforeEach, expect, it, vi } from 'vitest';
import { mutedAt } from '../src/people/muting.ts';
import { DEFAULT_PERMISSIONS } from '../src/wire/groups.ts';
import type { ChatFlags, Id } from '../src/wire/wire.ts';
import type { TestApp } from './support/app.ts';
import { type Client, logIn, signUp } from './support/client.ts';
import { pollAs, startTwoFriends } from './support/two-friends.ts';

vi.mock('../src/auth/bcrypt-client.ts', () => import('./support/quick-bcrypt.ts'));

let test: TestApp;
let ani: Client;
let budi: Client;
let conversationId: Id;
beforeEach(async () => {
  ({ test, ani, budi, conversationId } = await startTwoFriends());
});

const flag = (who: Client, flags: object, id = conversationId) =>
  who.putJson(`/conversations/${id}/flags`, flags);
const send = (from: Client, to: Client) =>
  from.post('/chat/send', { senderId: from.id, receiverId: to.id, message: 'hai' });
/** Groups in which Budi is alone. */
async function groups(count: number, chats: ChatFlags[] = []): Promise<Id[]> {
  const ids = Array.from(
    { length: count },
    (_, n) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
  );
  const members = [{ userId: budi.id, role: 'owner', fromSeq: 1, joinedSeq: 0 } as const];
  const name = { v: 1, kid: '', content: '', edit: 1 } as const;
  await test.store.transact(async (tx) => {
    for (const id of ids)
      await tx.saveGroup(id, {
        edit: 1,
        name,
        members,
        permissions: DEFAULT_PERMISSIONS,
        newcomersRead: 'none',
      });
    await tx.saveProfile(budi.id, { edit: 0, ...(chats.length > 0 && { chats }) }, { isShown: false });
  });
  return ids;
}

it('a chat that is pinned or marked as unread is so on the person’s other devices, and no one else learns of it', async () => {
  const phone = await logIn(test, 'budi');
  const [own, others] = [await pollAs(phone), await pollAs(ani)];
  const answer = await flag(budi, { pinned: true, unread: true });
  const chats = [{ conversationId, pinned: true, unread: true }];
  expect([answer.status, answer.body]).toEqual([200, { chats }]);
  expect((await pollAs(phone, own?.cursor))?.me?.chats).toEqual(chats);
  expect(await pollAs(ani, others?.cursor)).toBeUndefined();
  expect((await flag(budi, { unread: false })).body).toEqual({ chats: [{ conversationId, pinned: true }] });
  expect((await flag(budi, { pinned: false })).body).toEqual({ chats: [] });
  expect((await pollAs(budi))?.me).not.toHaveProperty('chats');
});

it('a chat is archived as of its newest message, and archived again as of a newer one', async () => {
  expect((await flag(budi, { archived: true })).body.chats).toEqual([{ conversationId, archived: 0 }]);
  await send(ani, budi);
  expect((await flag(budi, { archived: true })).body.chats).toEqual([{ conversationId, archived: 1 }]);
  const before = test.store.revision();
  expect((await flag(budi, { archived: true })).status).toBe(200);
  expect(test.store.revision()).toBe(before);
  expect((await flag(budi, { archived: false })).body.chats).toEqual([]);
});

it('an archived chat loses its pin, a pinned one leaves the archive, and both at once are refused', async () => {
  await flag(budi, { pinned: true });
  expect((await flag(budi, { archived: true })).body.chats).toEqual([{ conversationId, archived: 0 }]);
  expect((await flag(budi, { pinned: true })).body.chats).toEqual([{ conversationId, pinned: true }]);
  expect((await flag(budi, { archived: true, pinned: true })).body.code).toBe('INVALID_REQUEST');
});

it('five chats can be pinned, the one pinned last comes first, and flags of groups that were left disappear', async () => {
  const ids = await groups(6);
  for (const id of ids.slice(0, 5)) await flag(budi, { pinned: true }, id);
  const refused = await flag(budi, { pinned: true }, ids[5]);
  expect([refused.status, refused.body.code]).toEqual([409, 'TOO_MANY_PINNED']);
  await budi.delete(`/groups/${ids[0]}`);
  const { chats } = (await flag(budi, { pinned: true }, ids[5])).body;
  expect(chats.map((one: ChatFlags) => one.conversationId)).toEqual([5, 4, 3, 2, 1].map((n) => ids[n]));
});

it('flags survive a mute and other changes of the profile', async () => {
  await flag(budi, { unread: true });
  await budi.post('/chat/mute', { conversationId, for: 'always' });
  await budi.patch('/me', { displayName: 'Budi S.' });
  expect((await pollAs(budi))?.me).toMatchObject({
    displayName: 'Budi S.',
    muted: [{ conversationId }],
    chats: [{ conversationId, unread: true }],
  });
});

it('a muted chat in the archive notifies of nothing, not even of mentions', async () => {
  const level = async () => mutedAt(await test.store.account(budi.id), conversationId, test.clock.now);
  await flag(budi, { archived: true });
  expect(await level()).toBe('nothing');
  await budi.post('/chat/mute', { conversationId, for: 'always' });
  expect(await level()).toBe('all');
  await flag(budi, { archived: false });
  expect(await level()).toBe('all but mentions');
});

it('the number of chats with flags is limited', async () => {
  await groups(300, []);
  const ids = (await test.store.conversationsOf(budi.id))
    .map(({ id }) => id)
    .filter((id) => id !== conversationId);
  await groups(
    300,
    ids.map((id) => ({ conversationId: id, archived: 0 })),
  );
  const refused = await flag(budi, { archived: true });
  expect([refused.status, refused.body.code]).toEqual([409, 'LIST_FULL']);
});

it('a person who is no member of a conversation sets nothing for it', async () => {
  const citra = await signUp(test, 'citra');
  const answer = await flag(citra, { pinned: true });
  expect([answer.status, answer.body.code]).toEqual([403, 'NOT_MEMBER']);
});
