import { beforeEach, expect, test, vi } from 'vitest';
import { startApp, type TestApp } from './support/app.ts';
import { type Client, signUp } from './support/client.ts';
import { addMember, befriend, createGroup, remove, send } from './support/groups.ts';

vi.mock('../src/auth/bcrypt-client.ts', () => import('./support/quick-bcrypt.ts'));

const CONVERSATION_ID = '0c6f4a55-6a1f-4d36-9a0e-6f5a3c7c2b10';
let app: TestApp;
let ani: Client;
let budi: Client;

async function start(env: Record<string, string> = {}): Promise<void> {
  app = await startApp(env);
  ani = await signUp(app, 'ani');
  budi = await signUp(app, 'budi');
  await befriend(ani, budi);
}
beforeEach(() => start());

/** Makes a person a member of many groups at once, added by another or by themselves. */
function fill(client: Client, count: number, addedBy?: string): Promise<void> {
  const sealed = { v: 1 as const, kid: '', content: '', edit: 1 };
  const permissions = {
    post: 'everyone',
    addMembers: 'admins',
    editInfo: 'admins',
    pin: 'admins',
    removeMessages: 'admins',
  } as const;
  return app.store.transact(async (tx) => {
    for (let n = 0; n < count; n++) {
      const member = { userId: client.id, role: 'owner', fromSeq: 1, joinedSeq: 0 } as const;
      const members = [{ ...member, ...(addedBy && { addedBy }) }];
      const group = { edit: 1, name: sealed, members, permissions, newcomersRead: 'none' } as const;
      await tx.saveGroup(`group-${n}-of-${client.id}-${addedBy}`, { ...group, members });
    }
  });
}
const memberships = (client: Client) => app.store.transact((tx) => tx.membershipsOf(client.id));

test('many groups made at the same time do not exceed the number of groups of one person', async () => {
  await fill(ani, 198);
  const answers = await Promise.all(
    Array.from({ length: 6 }, () => ani.post('/groups', { name: 'Desa', memberIds: [] })),
  );
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(2);
  expect(await memberships(ani)).toHaveLength(200);
});

test('a person whom others added to many groups can still make their own, and is added to no more', async () => {
  await fill(budi, 200, ani.id);
  const input = { name: 'Desa', memberIds: [budi.id] };
  expect((await ani.post('/groups', input)).body.code).toBe('LIST_FULL');
  const own = await createGroup(budi, []);
  const link = (await ani.post(`/groups/${await createGroup(ani, [])}/links`, {})).body;
  expect((await budi.post('/groups/join', { code: link.code })).body.status).toBe('joined');
  expect((await remove(budi, own, budi)).status).toBe(200);
});

test('leaving is not counted among the changes of groups, removing others is', async () => {
  await start({ RATE_LIMITS: 'groups=3/3600' });
  const groups = [
    await createGroup(ani, [budi]),
    await createGroup(ani, [budi]),
    await createGroup(ani, [budi]),
  ];
  for (const group of groups) expect((await remove(budi, group, budi)).status).toBe(200);
  expect((await remove(ani, groups[0] ?? '', budi)).status).toBe(429);
});

test('a person makes a limited number of groups a day, and refused ones do not count', async () => {
  await start({ RATE_LIMITS: 'newGroups=2/86400' });
  const create = async (name: string) => (await ani.post('/groups', { name, memberIds: [] })).status;
  expect([await create(''), await create('a'), await create('b'), await create('c')]).toEqual([
    400, 200, 200, 429,
  ]);
});

test('an account edits one group a limited number of times, and others still', async () => {
  await start({ RATE_LIMITS: 'groupEdits=2/3600' });
  const [one, other] = [await createGroup(ani, []), await createGroup(ani, [])];
  const rename = async (id: string, name: string) => (await ani.patch(`/groups/${id}`, { name })).status;
  expect([await rename(one, 'a'), await rename(one, ''), await rename(one, 'b')]).toEqual([200, 400, 200]);
  expect([await rename(one, 'c'), await rename(other, 'c')]).toEqual([429, 200]);
});

test('an account loads its whole state a limited number of times, and what changed at any time', async () => {
  await start({ RATE_LIMITS: 'loads=2/60' });
  const { cursor } = (await ani.get('/sync')).body;
  const load = async (more = {}) => (await ani.get('/sync', more)).status;
  expect([await load(), await load()]).toEqual([200, 429]);
  expect(await load({ 'Last-Event-ID': cursor })).toBe(204);
  const foreign = cursor.replace(/[0-9a-f]/, (digit: string) => (digit === '0' ? '1' : '0'));
  expect(await load({ 'Last-Event-ID': foreign })).toBe(429);
  expect((await budi.get('/sync')).status).toBe(200);
});

test('a repeated creation gets its group with what is unread, and no one but its maker gets it', async () => {
  const input = { conversationId: CONVERSATION_ID, name: 'Desa', memberIds: [budi.id] };
  expect((await ani.post('/groups', input)).body.unread).toBe(0);
  await send(budi, CONVERSATION_ID, 'Halo');
  expect((await ani.post('/groups', input)).body).toMatchObject({ unread: 1, lastSeq: 2 });
  expect((await budi.post('/groups', { ...input, memberIds: [ani.id] })).body.code).toBe('INVALID_REQUEST');
});

test('a mute of a group that the person left can be taken off, and goes with the next change otherwise', async () => {
  const groups = [
    await createGroup(ani, [budi]),
    await createGroup(ani, [budi]),
    await createGroup(ani, [budi]),
  ];
  const [left = '', alsoLeft = '', current = ''] = groups;
  const mute = (conversationId: string, wanted: string) =>
    budi.post('/chat/mute', { conversationId, for: wanted });
  for (const group of groups) await mute(group, 'always');
  for (const group of [left, alsoLeft]) await remove(budi, group, budi);
  const { status, body } = await mute(left, 'off');
  expect(status).toBe(200);
  expect(body.muted).toEqual([{ conversationId: current }]);
  expect((await mute(left, 'always')).status).toBe(403);
});

test('a message does not reply to a system row, and its error does not say how many messages there are', async () => {
  const id = await createGroup(ani, [budi]);
  expect((await send(ani, id, 'Apa?', { replyTo: 1 })).body.code).toBe('INVALID_REQUEST');
  for (let n = 0; n < 7; n++) await send(ani, id, 'Halo');
  const citra = await signUp(app, 'citra');
  await befriend(ani, citra);
  await addMember(ani, id, citra);
  const { body } = await send(citra, id, 'Apa?', { replyTo: 3 });
  expect(body.code).toBe('INVALID_REQUEST');
  expect(body.error).not.toMatch(/\d/);
});

test('a report names a member of the group, or who wrote in it', async () => {
  const id = await createGroup(ani, [budi]);
  const dedi = await signUp(app, 'dedi');
  const report = async (about: Client) =>
    (await ani.post('/friends/report', { userId: about.id, reason: 'spam', conversationId: id })).status;
  expect([await report(budi), await report(dedi)]).toEqual([200, 400]);
  await send(budi, id, 'Beli sekarang!');
  await remove(budi, id, budi);
  expect(await report(budi)).toBe(200);
});
