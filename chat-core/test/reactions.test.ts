import request from 'supertest';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ciphertextsOf } from '../src/cipher/sealed-fields.ts';
import type { Delta, Message } from '../src/wire/wire.ts';
import { startApp, type TestApp } from './support/app.ts';
import { type Client, signUp, signUpFriends } from './support/client.ts';

vi.mock('../src/auth/bcrypt-client.ts', () => import('./support/quick-bcrypt.ts'));

let test: TestApp;
let ani: Client;
let budi: Client;
let sent: Message;

beforeEach(async () => {
  test = await startApp();
  [ani, budi] = await signUpFriends(test);
  sent = (await ani.post('/chat/send', { senderId: ani.id, receiverId: budi.id, message: 'halo' })).body;
});

const pathOf = ({ conversationId, seq }: Message, emoji?: string) =>
  `/conversations/${conversationId}/messages/${seq}/reactions${emoji === undefined ? '' : `/${encodeURIComponent(emoji)}`}`;
const react = (person: Client, emoji: string, message = sent) =>
  request(test.app).put(pathOf(message, emoji)).set('Authorization', `Bearer ${person.token}`);
const takeBack = (person: Client, emoji: string, message = sent) => person.delete(pathOf(message, emoji));
const outcomeOf = ({ status, body }: { status: number; body: { code?: string } }) =>
  `${status} ${body.code ?? ''}`.trim();
const whoReacted = async (person: Client, message = sent) =>
  (await person.get(pathOf(message))).body.reactions;
const seenBy = async (person: Client, message = sent) => {
  const { conversationId, seq } = message;
  const path = `/chat/history?myId=${person.id}&conversationId=${conversationId}&after=${seq - 1}&limit=1`;
  return ((await person.get(path)).body as Message[])[0]?.reactions;
};
const storedRow = () => test.store.message(sent.conversationId, sent.seq);

/** A group of Ani with these members, and her message in it. */
async function inGroup(...members: Client[]): Promise<Message> {
  const { id } = (await ani.post('/groups', { name: 'Keluarga', memberIds: members.map((one) => one.id) }))
    .body;
  return (await ani.post('/chat/send', { senderId: ani.id, conversationId: id, message: 'halo semua' })).body;
}

async function friend(name: string): Promise<Client> {
  const person = await signUp(test, name);
  await ani.post('/friends/add', { myId: ani.id, friendUsername: name });
  return person;
}

describe('a reaction', () => {
  it('a reaction reaches the other with the next delta, is no unread message, and can be taken back', async () => {
    const { cursor } = (await ani.get('/sync')).body as Delta;
    expect((await react(budi, '👍')).body).toEqual({
      ...sent,
      changedRev: expect.any(Number),
      reactions: [{ emoji: '👍', count: 1, mine: true }],
    });
    await react(budi, '❤️');
    await react(ani, '👍');
    const delta = (await ani.get('/sync', { 'Last-Event-ID': cursor })).body as Delta;
    expect(delta.messages).toEqual([
      {
        ...sent,
        changedRev: test.store.revision(),
        reactions: [
          { emoji: '👍', count: 2, mine: true },
          { emoji: '❤️', count: 1 },
        ],
      },
    ]);
    expect(delta.conversations?.[0]).toMatchObject({ unread: 0, lastSeq: 1 });
    expect(await whoReacted(ani)).toEqual([
      { emoji: '👍', userIds: [budi.id, ani.id] },
      { emoji: '❤️', userIds: [budi.id] },
    ]);
    expect((await takeBack(budi, '👍')).body.reactions).toEqual([
      { emoji: '👍', count: 1 },
      { emoji: '❤️', count: 1, mine: true },
    ]);
    await takeBack(budi, '❤️');
    await takeBack(ani, '👍');
    expect(await seenBy(ani)).toBeUndefined();
    expect((await storedRow())?.reactions).toBeUndefined();
  });

  it('the same reaction again, and taking back what is not there, write nothing', async () => {
    await react(budi, '👍');
    const revision = test.store.revision();
    expect((await react(budi, '👍')).body.reactions).toEqual([{ emoji: '👍', count: 1, mine: true }]);
    expect((await takeBack(budi, '🎉')).status).toBe(200);
    expect(test.store.revision()).toBe(revision);
  });

  it('anything but one emoji that Unicode recommends is refused', async () => {
    for (const emoji of ['a', '👍👍', '❤', '5', '\u200d', '👍 ', '<b>', '👩‍👩‍👩‍👩‍👩', '🇽🇽', 'x'.repeat(500)])
      expect([emoji, outcomeOf(await react(budi, emoji))]).toEqual([emoji, '400 INVALID_REQUEST']);
    for (const emoji of ['❤️', '👩🏻‍❤️‍💋‍👨🏻', '🇮🇩'])
      expect([emoji, outcomeOf(await react(budi, emoji))]).toEqual([emoji, '200']);
    expect(outcomeOf(await react(budi, '🎉'))).toBe('409 TOO_MANY_REACTIONS');
  });

  it('reactions are sealed at rest, and their ciphertext goes with the message', async () => {
    await react(budi, '👍');
    const row = await storedRow();
    const { edit, ...sealed } = row?.reactions ?? { edit: 0 };
    expect([edit, Object.keys(sealed).sort()]).toEqual([1, ['content', 'kid', 'v']]);
    expect(row && ciphertextsOf(row)).toContain(row?.reactions?.content);
    await ani.delete(`/conversations/${sent.conversationId}/messages/1?for=everyone`);
    expect((await storedRow())?.reactions).toBeUndefined();
    expect(await seenBy(ani)).toBeUndefined();
    expect(outcomeOf(await react(budi, '👍'))).toBe('409 MESSAGE_DELETED');
    expect(outcomeOf(await budi.get(pathOf(sent)))).toBe('409 MESSAGE_DELETED');
  });

  it('an edit keeps the reactions, and concurrent reactions and edits are all kept', async () => {
    const third = await friend('citra');
    const message = await inGroup(budi, third);
    const path = `/conversations/${message.conversationId}/messages/${message.seq}`;
    const changes = [ani, budi, third].flatMap((one) =>
      ['👍', '❤️', '😂'].map((emoji) => react(one, emoji, message)),
    );
    const answers = await Promise.all([...changes, ani.patch(path, { message: 'diubah' })]);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(await seenBy(ani, message)).toEqual(
      expect.arrayContaining(['👍', '❤️', '😂'].map((emoji) => ({ emoji, count: 3, mine: true }))),
    );
    const edited = await ani.patch(path, { message: 'lagi' });
    expect(edited.body.reactions).toHaveLength(3);
    expect(await seenBy(third, message)).toHaveLength(3);
  });
});

describe('who may react', () => {
  it('former friends, strangers and former members may not react, and a reaction can be taken back after a friendship', async () => {
    const stranger = await signUp(test, 'eko');
    expect(outcomeOf(await react(stranger, '👍'))).toBe('403 NOT_MEMBER');
    await react(budi, '👍');
    await ani.post('/friends/remove', { userId: budi.id });
    expect(outcomeOf(await react(budi, '❤️'))).toBe('403 NOT_FRIENDS');
    expect((await takeBack(budi, '👍')).body).not.toHaveProperty('reactions');
    const message = await inGroup(await friend('citra'));
    expect(outcomeOf(await react(budi, '👍', message))).toBe('403 NOT_MEMBER');
    expect(outcomeOf(await budi.get(pathOf(message)))).toBe('403 NOT_MEMBER');
  });

  it('members react also where only admins post, not to system rows, nor to what they hid or may not read', async () => {
    const message = await inGroup(budi);
    await ani.patch(`/groups/${message.conversationId}`, { permissions: { post: 'admins' } });
    expect(outcomeOf(await react(budi, '👍', message))).toBe('200');
    expect(outcomeOf(await react(budi, '👍', { ...message, seq: 1 }))).toBe('404 NO_SUCH_MESSAGE');
    await budi.delete(`/conversations/${message.conversationId}/messages/${message.seq}?for=me`);
    expect(outcomeOf(await react(budi, '❤️', message))).toBe('404 NO_SUCH_MESSAGE');
    const newcomer = await friend('citra');
    await ani.post(`/groups/${message.conversationId}/members`, { userIds: [newcomer.id] });
    expect(outcomeOf(await react(newcomer, '👍', message))).toBe('404 NO_SUCH_MESSAGE');
    expect(outcomeOf(await newcomer.get(pathOf(message)))).toBe('404 NO_SUCH_MESSAGE');
  });

  it('reactions are hidden across a block in both directions, and those of a deleted account from everyone', async () => {
    const citra = await friend('citra');
    const message = await inGroup(budi, citra);
    for (const one of [budi, citra]) await react(one, '👍', message);
    await budi.post('/friends/block', { userId: citra.id });
    expect(await seenBy(budi, message)).toEqual([{ emoji: '👍', count: 1, mine: true }]);
    expect(await whoReacted(citra, message)).toEqual([{ emoji: '👍', userIds: [citra.id] }]);
    expect(await seenBy(ani, message)).toEqual([{ emoji: '👍', count: 2 }]);
    await test.store.transact(async (tx) => {
      const account = await tx.account(citra.id);
      if (account) await tx.saveAccount({ ...account, deletedAt: 1 });
    });
    expect(await seenBy(ani, message)).toEqual([{ emoji: '👍', count: 1 }]);
    expect((await react(ani, '👍', message)).body.reactions).toEqual([{ emoji: '👍', count: 2, mine: true }]);
  });
});

it('a page of messages with reactions costs one cipher call, and a reaction keeps its place in the chat list', async () => {
  for (const message of ['dua', 'tiga'])
    await ani.post('/chat/send', { senderId: ani.id, receiverId: budi.id, message });
  await react(budi, '👍');
  const openMany = vi.spyOn(test.cipher, 'openMany');
  const path = `/chat/history?myId=${ani.id}&conversationId=${sent.conversationId}`;
  expect(((await ani.get(path)).body as Message[]).map(({ reactions }) => reactions?.length)).toEqual([
    1,
    undefined,
    undefined,
  ]);
  expect(openMany.mock.calls.length).toBeLessThanOrEqual(1);
  const { conversations } = (await ani.get('/sync')).body as Delta;
  expect(conversations?.[0]?.last?.content).toBe('tiga');
});
