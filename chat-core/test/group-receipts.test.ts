import { beforeEach, expect, test, vi } from 'vitest';
import { startApp, type TestApp } from './support/app.ts';
import { type Client, signUp } from './support/client.ts';
import { befriend, createGroup, poll, send } from './support/groups.ts';

vi.mock('../src/auth/bcrypt-client.ts', () => import('./support/quick-bcrypt.ts'));

let app: TestApp;
let ani: Client;
let budi: Client;
let citra: Client;
beforeEach(async () => {
  app = await startApp();
  ani = await signUp(app, 'ani');
  budi = await signUp(app, 'budi');
  citra = await signUp(app, 'citra');
  for (const friend of [budi, citra]) await befriend(ani, friend);
});

const read = (by: Client, conversationId: string, seq: number) =>
  by.post('/chat/read', { conversationId, seq });
/** The member has everything, and their clients know it. */
async function receive(member: Client): Promise<string> {
  const { cursor } = await poll(member);
  return (await poll(member, cursor)).cursor ?? cursor;
}

test('a person who shows no one what they read wakes no author of a group by reading', async () => {
  const id = await createGroup(ani, [budi]);
  expect((await budi.patch('/me', { privacy: { readReceipts: false } })).status).toBe(200);
  const { body: sent } = await send(ani, id, 'Halo');
  await receive(budi);
  const cursor = await receive(ani);
  await read(budi, id, sent.seq);
  expect((await ani.get('/sync', { 'Last-Event-ID': cursor })).status).toBe(204);
});

test('one’s own reading of a group sends no receipts of the group to others', async () => {
  const id = await createGroup(ani, [budi, citra]);
  const { body: sent } = await send(ani, id, 'Halo');
  for (const member of [budi, citra]) await receive(member);
  const cursor = await receive(ani);
  await read(budi, id, sent.seq);
  await send(citra, id, 'Halo juga');
  const delta = await poll(ani, cursor);
  expect([delta.messages?.length, delta.groupReceipts]).toEqual([1, undefined]);
});

test('who blocks a member of their group gets its receipts without that member at once, and the other learns nothing', async () => {
  const id = await createGroup(ani, [budi, citra]);
  const { body: sent } = await send(ani, id, 'Halo');
  await receive(citra);
  const [mine, theirs] = [await receive(ani), await receive(citra)];
  expect((await ani.post('/friends/block', { userId: budi.id })).status).toBe(200);
  const { groupReceipts } = await poll(ani, mine);
  expect(groupReceipts).toEqual([{ conversationId: id, delivered: sent.seq, read: 0 }]);
  expect((await citra.get('/sync', { 'Last-Event-ID': theirs })).status).toBe(204);
});

test('typing again within three seconds asks no account of the other members', async () => {
  const id = await createGroup(ani, [budi, citra]);
  const account = vi.spyOn(app.store, 'account');
  const type = async () => {
    account.mockClear();
    expect((await ani.post('/chat/typing', { conversationId: id })).status).toBe(200);
    return account.mock.calls.filter(([userId]) => userId === citra.id).length;
  };
  expect([(await type()) > 0, await type()]).toEqual([true, 0]);
});
