import { beforeEach, expect, it, vi } from 'vitest';
import type { Delta, Id, Message } from '../src/wire/wire.ts';
import { startApp, type TestApp } from './support/app.ts';
import { type Client, logIn, signUpFriends } from './support/client.ts';
import { bytesOf, upload } from './support/uploads.ts';

vi.mock('../src/auth/bcrypt-client.ts', () => import('./support/quick-bcrypt.ts'));

let test: TestApp;
let ani: Client;
let budi: Client;
beforeEach(async () => {
  test = await startApp();
  [ani, budi] = await signUpFriends(test);
});

const open = async (who: Client): Promise<Id> => (await who.post('/notes', {})).body.conversationId;
const write = (who: Client, message: string, more: object = {}) =>
  who.post('/chat/send', { senderId: who.id, receiverId: who.id, message, ...more });
const poll = async (who: Client, cursor?: string): Promise<Delta | undefined> => {
  const answer = await who.get('/sync', cursor ? { 'Last-Event-ID': cursor } : {});
  return answer.status === 204 ? undefined : (answer.body as Delta);
};

it('a person opens their notes once, and sends to them by their own id', async () => {
  const id = await open(ani);
  const before = test.store.revision();
  expect(await open(ani)).toBe(id);
  expect(test.store.revision()).toBe(before);
  const { status, body } = await write(ani, 'beli gula');
  expect(status).toBe(200);
  expect(body).toMatchObject({ conversationId: id, senderId: ani.id, receiverId: ani.id, seq: 1 });
  expect((await write(ani, 'beli kopi', { conversationId: id })).body).toMatchObject({ seq: 2 });
  expect((await ani.get(`/chat/history?myId=${ani.id}&friendId=${ani.id}`)).body).toHaveLength(2);
});

it('notes that do not exist yet begin with the first message to oneself', async () => {
  const { body } = await write(ani, 'catat ini');
  expect(body).toMatchObject({ content: 'catat ini', seq: 1 });
  expect(await open(ani)).toBe(body.conversationId);
});

it('notes reach the person’s other devices, are never unread, and no one else learns of them', async () => {
  await open(ani);
  const phone = await logIn(test, 'ani');
  const [own, others] = [await poll(phone), test.store.newestFor(budi.id)];
  const { body: sent } = await write(ani, 'rahasia');
  const delta = await poll(phone, own?.cursor);
  expect(delta?.messages).toEqual([sent]);
  expect(delta?.conversations).toMatchObject([{ kind: 'direct', unread: 0, members: [{ id: ani.id }] }]);
  expect(delta?.friends).toBeUndefined();
  expect(test.store.newestFor(budi.id)).toBe(others);
  expect((await poll(budi))?.conversations).toHaveLength(1);
  const read = await ani.post('/chat/read', { conversationId: sent.conversationId, seq: 1 });
  expect(read.body).toMatchObject({ read: 1, unread: 0 });
});

it('two hundred messages of an account that was never read stay read', async () => {
  const { body: first } = await write(ani, 'satu');
  const { conversationId, senderId, timestamp } = first as Message;
  const { content = '', kid = '' } = (await test.store.message(conversationId, 1)) ?? {};
  await test.store.transact(async (tx) => {
    for (let n = 0; n < 210; n++) {
      const id = crypto.randomUUID();
      await tx.appendMessage({ id, conversationId, senderId, timestamp, content, v: 1, kid });
    }
  });
  const notes = (await poll(ani))?.conversations?.find(({ id }) => id === conversationId);
  expect(notes).toMatchObject({ lastSeq: 211, unread: 0 });
});

it('notes take files, edits, deletions, stars and replies as other chats do', async () => {
  const id = await open(ani);
  const file = await upload(ani, id, bytesOf(5));
  const { body: sent } = await write(ani, 'dengan berkas', { attachments: [file.id] });
  expect(sent.attachments).toHaveLength(1);
  const path = `/conversations/${id}/messages/1`;
  expect((await ani.patch(path, { message: 'diubah' })).body).toMatchObject({ content: 'diubah' });
  expect((await write(ani, 'balasan', { replyTo: 1 })).body).toMatchObject({ replyTo: 1 });
  expect((await ani.putJson(`${path}/star`, {})).status).toBe(200);
  expect((await ani.get(`${path}/receipts`)).body).toEqual({ receipts: [] });
  expect((await ani.post('/chat/typing', { conversationId: id })).status).toBe(200);
  expect((await ani.delete(`${path}?for=everyone`)).body).toMatchObject({ deleted: true });
  expect((await ani.get('/stars')).body).toEqual({ messages: [] });
});

it('the notes of a person are closed to everyone else, and name no other person', async () => {
  const id = await open(ani);
  await write(ani, 'rahasia');
  for (const path of [
    `/chat/history?myId=${budi.id}&conversationId=${id}`,
    `/conversations/${id}/attachments?kind=files`,
  ])
    expect((await budi.get(path)).body.code).toBe('NOT_MEMBER');
  const sent = await budi.post('/chat/send', { senderId: budi.id, conversationId: id, message: 'hai' });
  expect(sent.body.code).toBe('NOT_MEMBER');
  const other = { senderId: ani.id, receiverId: budi.id, conversationId: id, message: 'hai' };
  expect((await ani.post('/chat/send', other)).body.code).toBe('WRONG_CONVERSATION');
});

it('a person with notes still cannot add, remove, block or report themselves', async () => {
  await open(ani);
  const codes = await Promise.all([
    ani.post('/friends/add', { myId: ani.id, friendUsername: 'ani' }),
    ani.post('/friends/remove', { userId: ani.id }),
    ani.post('/friends/block', { userId: ani.id }),
    ani.post('/friends/report', { userId: ani.id, reason: 'spam' }),
  ]);
  expect(codes.map(({ body }) => body.code)).toEqual([
    'SELF_FRIEND',
    'NOT_FRIENDS',
    'INVALID_REQUEST',
    'INVALID_REQUEST',
  ]);
  expect((await test.store.account(ani.id))?.contacts).toEqual([budi.id]);
});
