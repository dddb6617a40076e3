import { beforeEach, expect, test, vi } from 'vitest';
import { startApp, type TestApp } from './support/app.ts';
import { type Client, signUp } from './support/client.ts';
import { befriend, createGroup, groupIn, history, poll, send } from './support/groups.ts';

vi.mock('../src/auth/bcrypt-client.ts', () => import('./support/quick-bcrypt.ts'));

let app: TestApp;
let ani: Client;
let budi: Client;
let citra: Client;
let dedi: Client;
beforeEach(async () => {
  app = await startApp();
  ani = await signUp(app, 'ani');
  budi = await signUp(app, 'budi');
  citra = await signUp(app, 'citra');
  dedi = await signUp(app, 'dedi');
  for (const friend of [budi, citra]) await befriend(ani, friend);
});

test('three people talk in a group, and each gets what the others write', async () => {
  const id = await createGroup(ani, [budi, citra]);
  const delta = await poll(budi);
  expect(groupIn(delta, id)).toMatchObject({
    kind: 'group',
    unread: 0,
    group: {
      name: 'Keluarga',
      fromSeq: 1,
      members: [{ id: ani.id, role: 'owner' }, { id: budi.id }, { id: citra.id }],
    },
  });
  expect((await send(budi, id, 'Halo semua')).body).toMatchObject({ seq: 2, content: 'Halo semua' });
  expect((await send(citra, id, 'Halo Budi', { mentions: [budi.id] })).status).toBe(200);
  const next = await poll(budi, delta.cursor);
  expect(next.messages?.map(({ content }) => content)).toEqual(['Halo semua', 'Halo Budi']);
  expect(groupIn(next, id)).toMatchObject({ unread: 1, mentions: 1 });
  expect(groupIn(next, id)?.group).toBeUndefined();
  expect(await history(ani, id)).toEqual(['created', 'Halo semua', 'Halo Budi']);
});

test('the next poll of a removed member names the group as gone, and every access is refused', async () => {
  const id = await createGroup(ani, [budi, citra]);
  const { cursor } = await poll(budi);
  expect((await ani.delete(`/groups/${id}/members/${budi.id}`)).status).toBe(200);
  expect((await poll(budi, cursor)).gone).toEqual({ conversations: [id] });
  expect((await send(budi, id, 'Masih di sini?')).status).toBe(403);
  expect((await budi.get(`/chat/history?myId=${budi.id}&conversationId=${id}`)).status).toBe(403);
  expect((await poll(budi)).conversations?.map((one) => one.id)).not.toContain(id);
  expect(groupIn(await poll(citra), id)?.group?.members.map((one) => one.id)).toEqual([ani.id, citra.id]);
});

test('a person who joins later reads only what came after, unless the group shows newcomers all', async () => {
  const id = await createGroup(ani, [budi]);
  await send(ani, id, 'Rahasia kejutan');
  expect((await ani.post(`/groups/${id}/members`, { userIds: [citra.id] })).status).toBe(200);
  await send(ani, id, 'Selamat datang');
  expect(await history(citra, id)).toEqual(['added', 'Selamat datang']);
  const delta = await poll(citra);
  expect(groupIn(delta, id)).toMatchObject({ unread: 1, group: { fromSeq: 3 } });
});

test('a link lets a stranger in once, and its repeat changes nothing', async () => {
  const id = await createGroup(ani, [budi]);
  const { body: link } = await ani.post(`/groups/${id}/links`, { uses: 1 });
  expect((await dedi.post('/groups/look', { code: link.code })).body).toMatchObject({
    name: 'Keluarga',
    memberCount: 2,
  });
  for (let turn = 0; turn < 2; turn++) {
    const { body } = await dedi.post('/groups/join', { code: link.code });
    expect(body).toEqual({ status: 'joined', conversationId: id });
  }
  expect((await send(dedi, id, 'Terima kasih')).status).toBe(200);
  expect((await citra.post('/groups/join', { code: link.code })).status).toBe(404);
});

test('a message is ticked when all others have it, and read when all have read it', async () => {
  const id = await createGroup(ani, [budi, citra]);
  let { cursor } = await poll(ani);
  const { body: sent } = await send(ani, id, 'Besok jam tujuh');
  const receipts = async () => {
    const delta = await poll(ani, cursor);
    cursor = delta.cursor ?? cursor;
    return delta.groupReceipts;
  };
  for (const member of [budi, citra]) {
    const { cursor: at } = await poll(member);
    await poll(member, at);
  }
  expect(await receipts()).toEqual([{ conversationId: id, delivered: sent.seq, read: 0 }]);
  await budi.post('/chat/read', { conversationId: id, seq: sent.seq });
  expect(await receipts()).toBeUndefined();
  await citra.post('/chat/read', { conversationId: id, seq: sent.seq });
  expect(await receipts()).toEqual([{ conversationId: id, delivered: sent.seq, read: sent.seq }]);
  const { body } = await ani.get(`/conversations/${id}/messages/${sent.seq}/receipts`);
  expect(body.receipts).toEqual([
    { userId: budi.id, delivered: true, read: true },
    { userId: citra.id, delivered: true, read: true },
  ]);
});
