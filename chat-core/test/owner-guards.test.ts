import request from 'supertest';
import { beforeEach, expect, it, vi } from 'vitest';
import { deletePerson } from '../src/admin/delete-person.ts';
import { createSecurityLog } from '../src/audit/security-log.ts';
import { createLog } from '../src/log.ts';
import { type LiveSettings, openSettings } from '../src/settings.ts';
import { startApp, type TestApp } from './support/app.ts';
import { type Client, signUp, signUpFriends } from './support/client.ts';
import { outcomeOf as outcome } from './support/outcome.ts';
import { PASSWORD, reauthenticate } from './support/person.ts';

vi.mock('../src/auth/bcrypt-client.ts', () => import('./support/quick-bcrypt.ts'));

let test: TestApp;
let ani: Client;
let budi: Client;
beforeEach(() => start());

async function start(env: Record<string, string> = {}): Promise<void> {
  test = await startApp(env);
  [ani, budi] = await signUpFriends(test);
  await ani.post('/owner/claim', { code: test.ownerCode });
}
const change = (who: Client, input: object, headers = {}) =>
  ani.patch(`/owner/people/${who.id}`, input, headers);
const ticket = async () => ({
  'Reauthentication-Ticket': (await reauthenticate(ani)).body.ticket as string,
});

it('two changes of settings at the same time are both kept', async () => {
  const defaults: LiveSettings = {
    ...{ registration: 'open', friendship: 'instant', secondFactor: 'optional', editMs: 0, retentionDays: 0 },
    fileQuotas: { maxFileBytes: 2 ** 20, personBytes: 2 ** 20, boxBytes: 0 },
  };
  const settings = openSettings(defaults, test.store);
  await Promise.all([settings.change({ registration: 'closed' }), settings.change({ editMinutes: 3 })]);
  expect((await ani.get('/owner/settings')).body).toMatchObject({
    registration: { value: 'closed' },
    editMinutes: { value: 3 },
  });
});

it('requests that are refused for the role count against the limit of the account', async () => {
  await start({ RATE_LIMITS: 'requests=5/60' });
  const outcomes: unknown[] = [];
  for (let count = 0; count < 8; count += 1) outcomes.push(outcome(await budi.get('/owner/people')));
  expect(outcomes).toContain('TOO_MANY_REQUESTS');
});

it('an invitation of a suspended person lets no one in', async () => {
  await ani.patch('/owner/settings', { registration: 'invite' });
  const { code } = (await budi.post('/invites', { uses: 50, days: 30 })).body;
  await change(budi, { suspended: true });
  const body = { username: 'budi-lagi', password: PASSWORD, inviteCode: code };
  expect(outcome(await request(test.app).post('/auth/register').send(body))).toBe('INVITE_INVALID');
});

it('no session without a ticket gets the account of another owner', async () => {
  await change(budi, { owner: true }, await ticket());
  const taken = await change(budi, { owner: false });
  const code = await ani.post(`/owner/people/${budi.id}/reset-code`, { removesSecondFactor: true });
  expect([outcome(taken), outcome(code)]).toContain('REAUTHENTICATION_REQUIRED');
});

it('suspending another owner, or letting one in again, needs a ticket, and suspending oneself needs none', async () => {
  await change(budi, { owner: true }, await ticket());
  for (const suspended of [true, false]) {
    expect(outcome(await change(budi, { suspended }))).toBe('REAUTHENTICATION_REQUIRED');
    expect((await change(budi, { suspended }, await ticket())).body.suspended ?? false).toBe(suspended);
  }
  expect(outcome(await change(ani, { suspended: true }))).toBe(200);
});

it.each([
  ['an invitation', 'post', '/invites', {}],
  ['a request to be friends', 'post', '/friends/add', { friendUsername: 'citra' }],
  ['a group', 'post', '/groups', { name: 'Keluarga', memberIds: [] }],
] as const)('%s of a person who is deleted meanwhile is refused', async (_, method, path, input) => {
  await signUp(test, 'citra');
  const people = await test.store.invites();
  const transact = test.store.transact.bind(test.store);
  vi.spyOn(test.store, 'transact').mockImplementationOnce(async (work) => {
    await deletePerson(test.store, budi.id);
    return transact(work);
  });
  const body = path === '/friends/add' ? { ...input, myId: budi.id } : input;
  expect(outcome(await budi[method](path, body))).toBe('UNAUTHENTICATED');
  expect(await test.store.invites()).toEqual(people);
  expect(await test.store.account(budi.id)).toMatchObject({ contacts: [], devices: [] });
  const groups = (await test.store.conversationsOf(budi.id)).filter(({ kind }) => kind === 'group');
  expect(groups).toEqual([]);
});

it('a reset code that was made without a ticket is worth nothing once its person is an owner', async () => {
  const { code } = (await ani.post(`/owner/people/${budi.id}/reset-code`, {})).body;
  await change(budi, { owner: true }, await ticket());
  const body = { username: 'budi', code, newPassword: 'jahe-hangat-malam' };
  expect(outcome(await request(test.app).post('/auth/reset-password').send(body))).toBe('WRONG_RESET_CODE');
});

it('a deleted person who had asked to join a group is not let in', async () => {
  const { id } = (await ani.post('/groups', { name: 'Keluarga', memberIds: [] })).body;
  const citra = await signUp(test, 'citra');
  const { code } = (await ani.post(`/groups/${id}/links`, { approval: true })).body;
  expect((await citra.post('/groups/join', { code })).body.status).toBe('requested');
  await ani.delete(`/owner/people/${citra.id}`, await ticket());
  await ani.post(`/groups/${id}/requests`, { userId: citra.id, accept: true });
  expect((await test.store.conversation(id))?.members).toEqual([ani.id]);
});

it('a group of a person whose deletion is interrupted is not left to them', async () => {
  const { id } = (await budi.post('/groups', { name: 'Keluarga', memberIds: [ani.id] })).body;
  const headers = await ticket();
  const transact = test.store.transact.bind(test.store);
  let count = 0;
  vi.spyOn(test.store, 'transact').mockImplementation((work) => {
    count += 1;
    return count > 1 ? Promise.reject(new Error('power cut')) : transact(work);
  });
  await ani.delete(`/owner/people/${budi.id}`, headers);
  const group = await test.store.conversation(id);
  expect((await test.store.account(budi.id))?.deletedAt).toBeDefined();
  expect(group?.kind === 'group' && group.group.members).toMatchObject([{ userId: ani.id, role: 'owner' }]);
});

it('an edit of a profile that is sealed while its person is deleted stores nothing', async () => {
  const transact = test.store.transact.bind(test.store);
  vi.spyOn(test.store, 'transact').mockImplementationOnce(async (work) => {
    await deletePerson(test.store, budi.id);
    return transact(work);
  });
  expect(outcome(await budi.patch('/me', { displayName: 'Budi Santoso' }))).toBe('NO_SUCH_ACCOUNT');
  expect((await test.store.account(budi.id))?.profile?.texts).toBeUndefined();
});

it('a suspended member does not inherit a group', async () => {
  const citra = await signUp(test, 'citra');
  await budi.post('/friends/add', { myId: budi.id, friendUsername: 'citra' });
  const { id } = (await budi.post('/groups', { name: 'K', memberIds: [citra.id, ani.id] })).body;
  await change(citra, { suspended: true });
  await ani.delete(`/owner/people/${budi.id}`, await ticket());
  const group = await test.store.conversation(id);
  const owner = group?.kind === 'group' && group.group.members.find(({ role }) => role === 'owner');
  expect(owner).toMatchObject({ userId: ani.id });
});

it('what changes nothing is not recorded, so that it pushes nothing out of the audit trail', async () => {
  const events: string[] = [];
  const trail = {
    append: (_: string, event: string) => void events.push(event),
    read: async () => [],
    close: async () => {},
  };
  const securityLog = createSecurityLog(createLog('silent'), trail);
  test = await startApp({}, { trail, securityLog });
  [ani, budi] = await signUpFriends(test);
  await ani.post('/owner/claim', { code: test.ownerCode });
  await ani.patch('/owner/settings', { registration: 'closed' });
  const before = events.length;
  await ani.post('/owner/claim', { code: 'AAAA-AAAA' });
  await ani.patch('/owner/settings', { registration: 'closed', editMinutes: null });
  expect(events.slice(before)).toEqual([]);
});
