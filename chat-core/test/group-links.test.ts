import { beforeEach, expect, test, vi } from 'vitest';
import type { GroupLink, Id, NewGroupLinkAnswer } from '../src/wire/wire.ts';
import { startApp, type TestApp } from './support/app.ts';
import { type Client, signUp } from './support/client.ts';
import { addMember, befriend, createGroup, poll, remove, setRole } from './support/groups.ts';

vi.mock('../src/auth/bcrypt-client.ts', () => import('./support/quick-bcrypt.ts'));

const DAY_MS = 24 * 3600 * 1000;
let app: TestApp;
let ani: Client;
let budi: Client;
let citra: Client;
let dedi: Client;
let id: Id;
beforeEach(async () => {
  app = await startApp();
  ani = await signUp(app, 'ani');
  budi = await signUp(app, 'budi');
  citra = await signUp(app, 'citra');
  dedi = await signUp(app, 'dedi');
  for (const friend of [budi, citra]) await befriend(ani, friend);
  await befriend(budi, citra);
  id = await createGroup(ani, [budi, citra]);
});

async function createLink(by: Client, more = {}, group = id): Promise<NewGroupLinkAnswer> {
  const { status, body } = await by.post(`/groups/${group}/links`, more);
  expect([status, body.code === undefined]).toEqual([200, false]);
  return body as NewGroupLinkAnswer;
}
const linksOf = async (by: Client) => (await by.get(`/groups/${id}/links`)).body as GroupLink[];
const join = async (by: Client, code: string) => (await by.post('/groups/join', { code })).body;
const answer = (by: Client, person: Client, accept: boolean) =>
  by.post(`/groups/${id}/requests`, { userId: person.id, accept });

test('a request to join uses up no link, being let in does', async () => {
  const { code } = await createLink(ani, { uses: 2 });
  await remove(ani, id, citra);
  for (let n = 0; n < 3; n++) expect(await join(citra, code)).toMatchObject({ status: 'requested' });
  expect((await linksOf(ani))[0]?.used).toBe(0);
  await answer(ani, citra, true);
  expect((await linksOf(ani))[0]?.used).toBe(1);
  expect(await join(dedi, code)).toMatchObject({ status: 'joined' });
  expect(await linksOf(ani)).toEqual([]);
});

test('a person whose request was refused needs an approval by every link', async () => {
  const { code } = await createLink(ani, { approval: true });
  expect(await join(dedi, code)).toMatchObject({ status: 'requested' });
  await answer(ani, dedi, false);
  const open = await createLink(ani);
  expect(await join(dedi, open.code)).toMatchObject({ status: 'requested' });
});

test('only an admin adds a person again whom an admin removed', async () => {
  await ani.patch(`/groups/${id}`, { permissions: { addMembers: 'everyone' } });
  await remove(ani, id, citra);
  expect((await addMember(budi, id, citra)).body.code).toBe('NOT_ALLOWED');
  expect((await addMember(ani, id, citra)).status).toBe(200);
  await remove(citra, id, citra);
  expect((await addMember(budi, id, citra)).status).toBe(200);
});

test('the links of an admin end when they are removed, leave or are no admin any more', async () => {
  const ends: ((admin: Client) => Promise<unknown>)[] = [
    (admin) => remove(ani, id, admin),
    (admin) => remove(admin, id, admin),
    (admin) => setRole(ani, id, admin, 'member'),
  ];
  for (const end of ends) {
    await setRole(ani, id, budi, 'admin');
    const link = await createLink(budi);
    expect((await linksOf(ani)).map(({ by }) => by)).toEqual([budi.id]);
    const own = await createLink(ani);
    await end(budi);
    expect((await dedi.post('/groups/look', { code: link.code })).body.code).toBe('INVITE_INVALID');
    expect((await linksOf(ani)).map(({ by }) => by)).toEqual([ani.id]);
    await ani.delete(`/groups/${id}/links/${own.id}`);
    await addMember(ani, id, budi);
  }
});

test('a repeated request does not bring back a link that was revoked or used up', async () => {
  const codes = ['0123456789abcdefghjkmnpqrs', 'zyxwvtsrqpnmkjhgfedcba9876'];
  const links = [
    await createLink(ani, { code: codes[0] }),
    await createLink(ani, { code: codes[1], uses: 1 }),
  ];
  await ani.delete(`/groups/${id}/links/${links[0]?.id}`);
  await join(dedi, codes[1] ?? '');
  for (const code of codes) {
    const { body } = await ani.post(`/groups/${id}/links`, { code });
    expect(body).toMatchObject({ code: 'INVALID_REQUEST' });
  }
  expect(await linksOf(ani)).toEqual([]);
});

test('expired links are deleted when the next one is made', async () => {
  await createLink(ani, { days: 1 });
  app.clock.now += 2 * DAY_MS;
  await createLink(ani);
  expect(await app.store.invites()).toHaveLength(1);
});

test('one person has at most 20 open links over all groups', async () => {
  for (let n = 0; n < 4; n++) {
    const group = await createGroup(ani, []);
    for (let one = 0; one < 5; one++) await createLink(ani, {}, group);
  }
  expect((await ani.post(`/groups/${id}/links`, {})).body.code).toBe('TOO_MANY_INVITES');
});

test('a request to join sends the group to its admins alone', async () => {
  const { code } = await createLink(ani, { approval: true });
  const cursors = [(await poll(ani)).cursor, (await poll(citra)).cursor];
  await join(dedi, code);
  const groups = await Promise.all(
    [ani, citra].map(async (one, n) => (await poll(one, cursors[n])).conversations?.[0]),
  );
  expect(groups[0]).toMatchObject({ group: { requests: [{ id: dedi.id }] } });
  expect(groups[1]).not.toHaveProperty('group');
});

test('a group that a person left and joined again between two polls is gone and new in the same delta', async () => {
  const { cursor } = await poll(citra);
  await remove(ani, id, citra);
  await addMember(ani, id, citra);
  const delta = await poll(citra, cursor);
  expect(delta.gone).toEqual({ conversations: [id] });
  expect(delta.conversations).toMatchObject([{ id, group: { joinedSeq: 2 } }]);
  expect(delta.messages?.map(({ event }) => event?.type)).toEqual(['added']);
  expect(await poll(citra, delta.cursor)).toEqual({});
});
