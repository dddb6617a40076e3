import request from 'supertest';
import { expect, it, vi } from 'vitest';
import { EXAMPLE } from '../src/wire/examples.ts';
import { startApp, type TestApp } from './support/app.ts';
import { PNG, storeMessageWith } from './support/attachments.ts';
import { type Client, signUp, signUpFriends } from './support/client.ts';
import { operationsOf } from './support/document.ts';
import { GROUP_MATRIX, type GroupWorld, PLACES, type Place } from './support/group-matrix.ts';
import { addMember, befriend, createGroup, groupIn, poll, remove, send, setRole } from './support/groups.ts';
import { until } from './support/until.ts';

vi.mock('../src/auth/bcrypt-client.ts', () => import('./support/quick-bcrypt.ts'));

/** A group with a picture, a person of each place, and a message of its owner. */
async function createWorld(test: TestApp): Promise<Omit<GroupWorld, 'me' | 'pollSeq'>> {
  const place = {} as Record<Place, Client>;
  for (const name of PLACES) place[name] = await signUp(test, name);
  const other = await signUp(test, 'other');
  const { owner, admin, member, removed, blocked } = place;
  const friends = [admin, member, removed, blocked, other];
  for (const friend of friends) await befriend(owner, friend);
  const id = await createGroup(owner, friends);
  const author = { conversationId: id, senderId: owner.id };
  const { seq, attachments } = await storeMessageWith(test, author, [{ bytes: PNG }], 'hai');
  expect(seq).toBe(2);
  await owner.patch(`/groups/${id}`, { picture: { type: 'image/png', data: EXAMPLE.png } });
  await setRole(owner, id, admin, 'admin');
  await remove(owner, id, removed);
  await owner.post('/friends/block', { userId: blocked.id });
  await blocked.post('/friends/block', { userId: owner.id });
  const link = await owner.post(`/groups/${id}/links`, {});
  return { ...place, id, linkId: link.body.id, fileId: attachments?.[0]?.id ?? '', other };
}

function ask(world: GroupWorld, operation: string): Promise<request.Response> {
  const [method, row] = [operation.split(' ')[0], GROUP_MATRIX[operation] ?? expect.fail()];
  const path = typeof row.path === 'string' ? row.path : row.path(world);
  if (method === 'get' || method === 'delete') return world.me[method](path);
  if (method === 'put') return world.me.putJson(path, row.body?.(world) ?? {});
  return world.me[method as 'post' | 'patch'](path, row.body?.(world) ?? {});
}

it('every route that takes the id of a conversation is in the matrix of groups', async () => {
  const test = await startApp();
  const document = (await request(test.app).get('/api-docs.json')).body;
  const named = operationsOf(document)
    .filter(({ operation }) =>
      JSON.stringify([operation.parameters, operation.requestBody]).includes('"conversationId"'),
    )
    .map(({ method, path }) => `${method} ${path}`);
  expect(named.sort()).toEqual(Object.keys(GROUP_MATRIX).sort());
});

it.each(Object.keys(GROUP_MATRIX))(
  '%s answers each member of a group and each non-member as the matrix says, and a refusal changes nothing',
  async (operation) => {
    const test = await startApp();
    const created = await createWorld(test);
    const { id, owner } = created;
    const poll = { question: 'Jadi?', answers: ['Ya', 'Tidak'] };
    const sent = await owner.post('/chat/send', { senderId: owner.id, conversationId: id, poll });
    const world = { ...created, pollSeq: sent.body.seq as number };
    for (const place of PLACES) {
      const me = world[place];
      const before = test.store.revision();
      const { status, body } = await ask({ ...world, me }, operation);
      const answered = status < 400 ? String(status) : `${status} ${body.code}`;
      expect([place, answered]).toEqual([place, GROUP_MATRIX[operation]?.expected[place]]);
      if (status >= 400) expect([place, test.store.revision()]).toEqual([place, before]);
    }
  },
);

it('a removed member loses a group with the next poll, and gets back only what comes after being added again', async () => {
  const test = await startApp();
  const { owner, removed, member, id } = await createWorld(test);
  await addMember(owner, id, removed);
  await send(removed, id, 'Aku kembali');
  const { cursor } = await poll(removed);
  await remove(owner, id, removed);
  await send(member, id, 'Rahasia');
  const gone = await poll(removed, cursor);
  expect(gone.gone).toEqual({ conversations: [id] });
  expect([gone.conversations, gone.messages, gone.groupReceipts]).toEqual([undefined, undefined, undefined]);
  const quiet = test.store.newestFor(removed.id);
  await send(member, id, 'Masih rahasia');
  expect(test.store.newestFor(removed.id)).toBe(quiet);
  expect((await poll(removed)).conversations?.map((one) => one.id)).not.toContain(id);

  await addMember(owner, id, removed);
  await send(member, id, 'Selamat datang kembali');
  const delta = await poll(removed, gone.cursor);
  expect(delta.gone).toBeUndefined();
  expect(groupIn(delta, id)).toMatchObject({ unread: 1, group: { fromSeq: 11 } });
  expect(delta.messages?.map(({ seq, content }) => [seq, content])).toEqual([
    [11, ''],
    [12, 'Selamat datang kembali'],
  ]);
  const own = await removed.patch(`/conversations/${id}/messages/7`, { message: 'Aku' });
  expect([own.status, own.body.code]).toEqual([404, 'NO_SUCH_MESSAGE']);
  const before = await removed.get(`/chat/history?myId=${removed.id}&conversationId=${id}&before=11`);
  expect(before.body).toEqual([]);
});

it('a removed member who repeats a departure, or a deletion of the group, changes nothing', async () => {
  const test = await startApp();
  const { owner, removed, id } = await createWorld(test);
  const before = test.store.revision();
  expect((await remove(removed, id, removed)).status).toBe(200);
  expect((await removed.delete(`/groups/${id}`)).status).toBe(403);
  expect(test.store.revision()).toBe(before);
  expect((await owner.delete(`/groups/${id}`)).status).toBe(200);
  expect((await removed.delete(`/groups/${id}`)).status).toBe(200);
});

it('a removed member whose poll is held learns it at once', async () => {
  const test = await startApp();
  const { owner, member, id } = await createWorld(test);
  const { cursor } = await poll(member);
  const held = member.get('/sync?wait=25', { 'Last-Event-ID': cursor }).then(({ body }) => body);
  await until(() => test.presence.isViewing(member.id));
  await remove(owner, id, member);
  expect((await held).gone).toEqual({ conversations: [id] });
  test.endPolls();
});

it('who received and read a message of a direct conversation is shown to friends only', async () => {
  const test = await startApp();
  const [ani, budi] = await signUpFriends(test);
  const sent = await ani.post('/chat/send', { senderId: ani.id, receiverId: budi.id, message: 'hai' });
  const { conversationId, seq } = sent.body;
  await budi.post('/chat/read', { conversationId, seq });
  const receipts = async () =>
    (await ani.get(`/conversations/${conversationId}/messages/${seq}/receipts`)).body;
  expect(await receipts()).toEqual({ receipts: [{ userId: budi.id, delivered: true, read: true }] });
  await budi.post('/friends/remove', { userId: ani.id });
  expect(await receipts()).toEqual({ receipts: [] });
});
