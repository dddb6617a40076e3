import { randomUUID } from 'node:crypto';
import request from 'supertest';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { startApp, type TestApp } from './support/app.ts';
import { type Client, logIn, signUp, signUpFriends } from './support/client.ts';
import { outcomeOf as outcome } from './support/outcome.ts';
import { PASSWORD, reauthenticate } from './support/person.ts';
import { fileInput } from './support/uploads.ts';

vi.mock('../src/auth/bcrypt-client.ts', () => import('./support/quick-bcrypt.ts'));

const MB = 2 ** 20;
const NEW_PASSWORD = 'jahe-hangat-malam';
let test: TestApp;
/** The owner, and a friend of hers. */
let ani: Client;
let budi: Client;
let conversationId: string;

beforeEach(async () => {
  test = await startApp();
  [ani, budi] = await signUpFriends(test);
  conversationId = (await test.store.conversationsOf(ani.id))[0]?.id ?? '';
  await ani.post('/owner/claim', { code: test.ownerCode });
});

const change = (who: Client, input: object, headers = {}) =>
  ani.patch(`/owner/people/${who.id}`, input, headers);
const login = (password = PASSWORD) =>
  request(test.app).post('/auth/login').send({ username: 'budi', password });

describe('a suspended person', () => {
  it('a suspended person is logged out everywhere at once, a held poll included, and may not log in', async () => {
    const phone = await logIn(test, 'budi');
    const { cursor } = (await budi.get('/sync')).body;
    const held = phone.get('/sync?wait=25', { 'Last-Event-ID': cursor });
    expect((await change(budi, { suspended: true })).body).toMatchObject({ suspended: true });
    expect(outcome(await held)).toBe('UNAUTHENTICATED');
    for (const device of [budi, phone]) expect(outcome(await device.get('/sync'))).toBe('UNAUTHENTICATED');
    expect(outcome(await login())).toBe('ACCOUNT_SUSPENDED');
    expect(outcome(await login('salah-sandinya'))).toBe('WRONG_CREDENTIALS');
    expect((await test.store.account(budi.id))?.devices).toEqual([]);
  });

  it('friends notice nothing: what they send is stored, and is there when the person may log in again', async () => {
    await change(budi, { suspended: true });
    const sent = await ani.post('/chat/send', {
      senderId: ani.id,
      receiverId: budi.id,
      message: 'apa kabar',
    });
    expect(sent.status).toBe(200);
    expect((await ani.get('/sync')).body.friends).toContainEqual(expect.objectContaining({ id: budi.id }));
    await change(budi, { suspended: false });
    const again = await logIn(test, 'budi');
    const read = await again.get(`/chat/history?myId=${budi.id}&conversationId=${conversationId}`);
    expect(read.body.map(({ content }: { content: string }) => content)).toEqual(['apa kabar']);
  });

  it('a new password by a reset code lets a suspended person in no more than the old one', async () => {
    await change(budi, { suspended: true });
    const { code } = (await ani.post(`/owner/people/${budi.id}/reset-code`, {})).body;
    const reset = { username: 'budi', code, newPassword: NEW_PASSWORD };
    expect((await request(test.app).post('/auth/reset-password').send(reset)).status).toBe(200);
    expect(outcome(await login(NEW_PASSWORD))).toBe('ACCOUNT_SUSPENDED');
  });
});

describe('the people of the box', () => {
  it('people are listed by username in pages, with when they were last seen and what their files use', async () => {
    for (let n = 0; n < 60; n++) {
      await test.store.transact((tx) =>
        tx.saveAccount({
          id: randomUUID(),
          username: `Warga-${n}`,
          password: '',
          contacts: [],
          tokenVersion: 0,
          devices: [],
        }),
      );
    }
    await budi.post('/attachments', fileInput(conversationId, 500));
    const first = (await ani.get('/owner/people')).body;
    const second = (await ani.get(`/owner/people?after=${first.next}`)).body;
    const people = [...first.people, ...second.people];
    expect([people.length, second.next]).toEqual([62, undefined]);
    const names = people.map(({ username }: { username: string }) => username.toLowerCase());
    expect(names).toEqual(names.toSorted());
    expect(people[0]).toMatchObject({ id: ani.id, username: 'ani', owner: true, storedBytes: 0 });
    expect(people[1]).toMatchObject({ id: budi.id, storedBytes: 500 });
  });

  it('a quota of a person goes before that of the box, until it is removed', async () => {
    const upload = () => budi.post('/attachments', fileInput(conversationId, MB + 1));
    expect((await change(budi, { quotaMb: 1 })).body.quotaMb).toBe(1);
    expect(outcome(await upload())).toBe('QUOTA_EXCEEDED');
    expect((await budi.get('/me/storage')).body.quotaBytes).toBe(MB);
    expect(outcome(await ani.post('/attachments', fileInput(conversationId, MB + 1)))).toBe(200);
    expect((await change(budi, { quotaMb: null })).body.quotaMb).toBeUndefined();
    expect(outcome(await upload())).toBe(200);
  });

  it('a person who does not exist is no account, and a change that changes nothing writes nothing', async () => {
    expect(outcome(await change({ ...budi, id: randomUUID() }, { suspended: true }))).toBe('NO_SUCH_ACCOUNT');
    const before = test.store.revision();
    expect(outcome(await change(budi, { suspended: false, owner: false, quotaMb: null }))).toBe(200);
    expect(test.store.revision()).toBe(before);
  });
});

describe('a reset code of an owner’s page', () => {
  it('a code sets a new password once, and the same request repeated returns the same code', async () => {
    const input = { attemptId: randomUUID() };
    const first = (await ani.post(`/owner/people/${budi.id}/reset-code`, input)).body;
    expect((await ani.post(`/owner/people/${budi.id}/reset-code`, input)).body).toEqual(first);
    const reset = { username: 'budi', code: first.code, newPassword: NEW_PASSWORD };
    expect((await request(test.app).post('/auth/reset-password').send(reset)).status).toBe(200);
    expect(outcome(await budi.get('/sync'))).toBe('UNAUTHENTICATED');
    expect(outcome(await login(NEW_PASSWORD))).toBe(200);
    // Once used, the request repeated brings the code to no new life.
    expect((await ani.post(`/owner/people/${budi.id}/reset-code`, input)).status).toBe(200);
    const second = { ...reset, newPassword: 'serai-dan-sereh' };
    expect(outcome(await request(test.app).post('/auth/reset-password').send(second))).toBe(
      'WRONG_RESET_CODE',
    );
  });

  it('the code of another owner needs a ticket, since it gives the role', async () => {
    const headers = { 'Reauthentication-Ticket': (await reauthenticate(ani)).body.ticket };
    await change(budi, { owner: true }, headers);
    const path = `/owner/people/${budi.id}/reset-code`;
    expect(outcome(await ani.post(path, {}))).toBe('REAUTHENTICATION_REQUIRED');
    expect(outcome(await ani.post(path, {}, headers))).toBe(200);
  });
});

it('reports show who reported whom and which message, and are deleted together', async () => {
  const citra = await signUp(test, 'citra');
  await citra.post('/friends/report', { userId: budi.id, reason: 'spam' });
  const { reports } = (await ani.get('/owner/reports')).body;
  expect(reports).toEqual([
    {
      about: { id: budi.id, username: 'budi' },
      by: { id: citra.id, username: 'citra' },
      reason: 'spam',
      at: test.clock.now,
    },
  ]);
  expect(outcome(await ani.delete(`/owner/reports/${budi.id}`))).toBe(200);
  expect((await ani.get('/owner/reports')).body).toEqual({ reports: [] });
});
