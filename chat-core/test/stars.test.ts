import { beforeEach, expect, it, vi } from 'vitest';
import { Transaction } from '../src/storage/transaction.ts';
import type { Id, Message, StarredPage } from '../src/wire/wire.ts';
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

const send = async (from: Client, to: Client, message: string): Promise<Message> =>
  (await from.post('/chat/send', { senderId: from.id, receiverId: to.id, message })).body;
const pathOf = (message: Message) => `/conversations/${message.conversationId}/messages/${message.seq}`;
const star = (who: Client, message: Message) => who.putJson(`${pathOf(message)}/star`, {});
const unstar = (who: Client, message: Message) => who.delete(`${pathOf(message)}/star`);
const starred = async (who: Client, query = ''): Promise<StarredPage> =>
  (await who.get(`/stars${query}`)).body;
const texts = async (who: Client) => (await starred(who)).messages.map(({ content }) => content);

it('a star reaches the person’s other devices and no one else, and can be taken away again', async () => {
  const first = await send(ani, budi, 'resep rendang');
  const phone = await logIn(test, 'budi');
  const [own, others] = [await pollAs(phone), test.store.newestFor(ani.id)];
  const stars = [{ conversationId, seqs: [1] }];
  expect((await star(budi, first)).body).toEqual({ stars });
  expect((await pollAs(phone, own?.cursor))?.me?.stars).toEqual(stars);
  expect(test.store.newestFor(ani.id)).toBe(others);
  expect(await starred(budi)).toEqual({ messages: [first] });
  expect((await unstar(budi, first)).body).toEqual({ stars: [] });
  expect(await starred(budi)).toEqual({ messages: [] });
  expect((await pollAs(budi))?.me).not.toHaveProperty('stars');
});

it('starred messages of all chats come in pages, the one starred last first', async () => {
  const citra = await signUp(test, 'citra');
  await budi.post('/friends/add', { myId: budi.id, friendUsername: 'citra' });
  const other = await send(citra, budi, 'dari Citra');
  for (let n = 1; n <= 22; n++) await star(budi, await send(ani, budi, `pesan ${n}`));
  await star(budi, other);
  const page = await starred(budi);
  expect(page.messages.map(({ content }) => content).slice(0, 3)).toEqual([
    'dari Citra',
    'pesan 22',
    'pesan 21',
  ]);
  expect([page.messages.length, page.before]).toEqual([20, 4]);
  // A star that is set meanwhile moves nothing.
  await star(budi, await send(ani, budi, 'pesan 23'));
  const rest = await starred(budi, `?before=${page.before}`);
  expect(rest.messages.map(({ content }) => content)).toEqual(['pesan 3', 'pesan 2', 'pesan 1']);
  expect(rest).not.toHaveProperty('before');
});

it('a message that was deleted for everyone, or hidden, is starred no more and cannot be starred', async () => {
  const [first, second, third] = [
    await send(ani, budi, 'a'),
    await send(ani, budi, 'b'),
    await send(ani, budi, 'c'),
  ];
  for (const one of [first, second, third]) await star(budi, one);
  await ani.delete(`${pathOf(first)}?for=everyone`);
  await budi.delete(`${pathOf(second)}?for=me`);
  expect(await texts(budi)).toEqual(['c']);
  const refused = [
    [first, [409, 'MESSAGE_DELETED']],
    [second, [404, 'NO_SUCH_MESSAGE']],
  ] as const;
  for (const [one, answer] of refused) {
    await unstar(budi, one);
    const { status, body } = await star(budi, one);
    expect([status, body.code]).toEqual(answer);
  }
});

it('messages of a group that was left are starred no more, and a new member stars none from before', async () => {
  const citra = await signUp(test, 'citra');
  await ani.post('/friends/add', { myId: ani.id, friendUsername: 'citra' });
  const { body: group } = await ani.post('/groups', { name: 'Keluarga', memberIds: [budi.id] });
  const { body: sent } = await ani.post('/chat/send', {
    senderId: ani.id,
    conversationId: group.id,
    message: 'arisan',
  });
  await star(budi, sent);
  expect(await texts(budi)).toEqual(['arisan']);
  await ani.post(`/groups/${group.id}/members`, { userIds: [citra.id] });
  expect((await star(citra, sent)).body.code).toBe('NO_SUCH_MESSAGE');
  await budi.delete(`/groups/${group.id}/members/${budi.id}`);
  expect(await texts(budi)).toEqual([]);
  expect((await unstar(budi, sent)).body).toEqual({ stars: [] });
});

it('the number of stars is limited, and those of deleted messages make room', async () => {
  const first = await send(ani, budi, 'a');
  const second = await send(ani, budi, 'b');
  const gone = Array.from({ length: 500 }, (_, n) => n + 100);
  const fill = (seqs: number[]) =>
    test.store.transact((tx) =>
      tx.saveProfile(budi.id, { edit: 0, stars: [{ conversationId, seqs }] }, { isShown: false }),
    );
  await fill(gone);
  expect((await star(budi, first)).body).toEqual({ stars: [{ conversationId, seqs: [1] }] });
  // Others wait for a transaction: what makes room is found before it.
  await fill(gone);
  const read = vi.spyOn(Transaction.prototype, 'message');
  expect((await star(budi, first)).status).toBe(200);
  expect(read).toHaveBeenCalledTimes(1);
  read.mockRestore();
  await fill(Array.from({ length: 500 }, () => 1));
  const refused = await star(budi, second);
  expect([refused.status, refused.body.code]).toEqual([409, 'TOO_MANY_STARS']);
});

it('a system row of a group cannot be starred', async () => {
  const { body: group } = await ani.post('/groups', { name: 'Keluarga', memberIds: [budi.id] });
  const answer = await budi.putJson(`/conversations/${group.id}/messages/1/star`, {});
  expect([answer.status, answer.body.code]).toEqual([404, 'NO_SUCH_MESSAGE']);
});
