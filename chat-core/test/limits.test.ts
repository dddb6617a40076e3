import request from 'supertest';
import { describe, expect, it, vi } from 'vitest';
import { createInvite } from '../src/invites/invites.ts';
import { startApp, type TestApp } from './support/app.ts';
import { logIn, signUp } from './support/client.ts';
import { PASSWORD } from './support/person.ts';

vi.mock('../src/auth/bcrypt-client.ts', () => import('./support/quick-bcrypt.ts'));

/** The client of the tests counts as a trusted proxy, as cloudflared does on a box. */
const PROXY = { TRUSTED_PROXIES: '127.0.0.0/8,::1/128' };
const from = (address: string) => ({ 'CF-Connecting-IP': address });

function tryLogin(test: TestApp, username: string, password: string, address: string) {
  return request(test.app).post('/auth/login').set(from(address)).send({ username, password });
}

describe('rate limits', () => {
  it('guesses at one account from one address are limited, and its owner can log in from another', async () => {
    const test = await startApp({ RATE_LIMITS: 'failures=3/600', ...PROXY });
    await signUp(test, 'ani');
    for (let n = 0; n < 3; n++)
      expect((await tryLogin(test, 'ani', 'guess', '203.0.113.1')).status).toBe(401);
    const refused = await tryLogin(test, 'ANI', PASSWORD, '203.0.113.1');
    expect([refused.status, refused.body.code]).toEqual([429, 'TOO_MANY_REQUESTS']);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect((await tryLogin(test, 'ani', PASSWORD, '203.0.113.2')).status).toBe(200);
    expect((await tryLogin(test, 'budi', 'guess', '203.0.113.1')).status).toBe(401);
  });

  it('concurrent guesses do not evade the rate limit', async () => {
    const test = await startApp({ RATE_LIMITS: 'failures=3/600', ...PROXY });
    await signUp(test, 'ani');
    const guesses = await Promise.all(
      Array.from({ length: 20 }, () => tryLogin(test, 'ani', 'guess', '203.0.113.1')),
    );
    expect(guesses.filter(({ status }) => status === 401)).toHaveLength(3);
    expect(guesses.filter(({ status }) => status === 429)).toHaveLength(17);
  });

  it('a correct login does not count as a failure', async () => {
    const test = await startApp({ RATE_LIMITS: 'failures=3/600', ...PROXY });
    await signUp(test, 'ani');
    for (let n = 0; n < 6; n++)
      expect((await tryLogin(test, 'ani', PASSWORD, '203.0.113.1')).status).toBe(200);
  });

  it('who goes on asking after sixty refusals is answered a second later, and another client at once', async () => {
    const test = await startApp({ RATE_LIMITS: 'requests=1/600', ...PROXY });
    const ask = (address: string) => request(test.app).get('/box').set(from(address));
    const askAgain = (count: number) =>
      Promise.all(Array.from({ length: count }, () => ask('203.0.113.1').then(({ status }) => status)));
    expect(await askAgain(61)).toEqual([200, ...Array(60).fill(429)]);
    let isAnswered = false;
    const late = ask('203.0.113.1').then(({ status }) => {
      isAnswered = true;
      return status;
    });
    expect((await ask('203.0.113.2')).status).toBe(200);
    expect((await ask('203.0.113.2')).status).toBe(429);
    expect(isAnswered).toBe(false);
    expect(await late).toBe(429);
  });

  it('guesses at one account are counted over all addresses', async () => {
    const test = await startApp({ RATE_LIMITS: 'guesses=5/600', ...PROXY });
    for (let n = 0; n < 5; n++)
      expect((await tryLogin(test, 'ani', 'guess', `203.0.113.${n}`)).status).toBe(401);
    expect((await tryLogin(test, 'ani', 'guess', '203.0.113.9')).status).toBe(429);
  });

  it('registrations and logins are counted by client address behind a proxy, and by /56 for IPv6', async () => {
    const test = await startApp({ RATE_LIMITS: 'registrations=2/3600,logins=2/600', ...PROXY });
    const register = (username: string, address: string) =>
      request(test.app).post('/auth/register').set(from(address)).send({ username, password: PASSWORD });
    expect((await register('ani', '203.0.113.1')).status).toBe(200);
    expect((await register('budi', '203.0.113.1')).status).toBe(200);
    expect((await register('citra', '203.0.113.1')).status).toBe(429);
    expect((await register('citra', '203.0.113.2')).status).toBe(200);
    // A household owns a whole /56.
    for (const [last, status] of [
      ['0:1::1', 401],
      ['0:2::2', 401],
      ['0:ff::3', 429],
      ['0:100::4', 401],
    ] as const) {
      expect((await tryLogin(test, 'dewi', 'guess', `2001:db8:${last}`)).status).toBe(status);
    }
  });

  it('a class of 35 behind one address can register by one invitation, though each had a name refused first', async () => {
    const test = await startApp({ REGISTRATION: 'invite', RATE_LIMITS: 'on', ...PROXY });
    const { code } = await createInvite({ store: test.store, clock: () => test.clock.now }, undefined, {
      uses: 50,
    });
    const post = (path: string, body: object) =>
      request(test.app).post(path).set(from('203.0.113.1')).send(body);
    const names = Array.from({ length: 35 }, (_, n) => `anak-${n}`);
    for (const username of names) {
      const lookups = [await post('/invites/look', { code }), await post('/invites/look', { code })];
      const refused = await post('/auth/register', { username: '-', password: PASSWORD, inviteCode: code });
      const created = await post('/auth/register', { username, password: PASSWORD, inviteCode: code });
      const logins = [
        await post('/auth/login', { username, password: PASSWORD }),
        await post('/auth/login', { username, password: PASSWORD }),
      ];
      const statuses = [...lookups, refused, created, ...logins].map(({ status }) => status);
      expect([username, ...statuses]).toEqual([username, 200, 200, 400, 200, 200, 200]);
    }
  });

  it('accounts that were created are counted as registrations, and refused names are not', async () => {
    const test = await startApp({ RATE_LIMITS: 'registrations=2/3600' });
    const register = async (username: string) =>
      (await request(test.app).post('/auth/register').send({ username, password: PASSWORD })).status;
    const statuses = [];
    for (const name of ['-', 'x', 'ani', 'ANI', '-', 'budi', 'citra']) statuses.push(await register(name));
    expect(statuses).toEqual([400, 400, 200, 400, 400, 200, 429]);
  });

  it('refused names and wrong invite codes are limited too', async () => {
    const test = await startApp({ RATE_LIMITS: 'attempts=3/3600,invites=2/600' });
    const post = async (path: string, body: object) => (await request(test.app).post(path).send(body)).status;
    const names = [];
    for (const username of ['-', '--', '---', 'ani'])
      names.push(await post('/auth/register', { username, password: PASSWORD }));
    expect(names).toEqual([400, 400, 400, 429]);
    const codes = [];
    for (const code of ['a', 'b', 'c']) codes.push(await post('/invites/look', { code }));
    expect(codes).toEqual([404, 404, 429]);
  });

  it('changes of groups and guesses of their codes are limited, and reading groups is not', async () => {
    const test = await startApp({ RATE_LIMITS: 'groups=3/3600,invites=3/600' });
    const ani = await signUp(test, 'ani');
    const { id } = (await ani.post('/groups', { name: 'Desa', memberIds: [] })).body;
    const statuses = [];
    for (const name of ['Kota', '', 'Pulau'])
      statuses.push((await ani.patch(`/groups/${id}`, { name })).status);
    statuses.push((await ani.delete(`/groups/${id}`)).status, (await ani.post('/groups', {})).status);
    expect(statuses).toEqual([200, 400, 429, 429, 429]);
    for (let n = 0; n < 5; n++) expect((await ani.get(`/groups/${id}`)).body.name).toBe('Kota');
    const guess = async (path: string) =>
      (await ani.post(`/groups/${path}`, { code: '0123456789abcdefghjkmnpqrs' })).status;
    for (const path of ['look', 'join']) {
      const guesses = [await guess(path), await guess(path), await guess(path), await guess(path)];
      expect(guesses).toEqual([404, 404, 404, 429]);
    }
  });

  it('repeated logins to one account are limited, though the password is right', async () => {
    const test = await startApp({ RATE_LIMITS: 'logins=3/600', ...PROXY });
    await signUp(test, 'ani');
    const statuses = [];
    for (let n = 0; n < 4; n++)
      statuses.push((await tryLogin(test, 'ani', PASSWORD, `203.0.113.${n}`)).status);
    expect(statuses.at(-1)).toBe(429);
  });

  it('a header does not evade the rate limit when no proxy is trusted', async () => {
    const test = await startApp({ RATE_LIMITS: 'logins=2/600' });
    const statuses = [];
    for (let n = 0; n < 4; n++)
      statuses.push((await tryLogin(test, `nobody${n}`, 'guess', `203.0.113.${n}`)).status);
    expect(statuses).toEqual([401, 401, 429, 429]);
  });

  it('sends and other requests are counted by account, not by address', async () => {
    const test = await startApp({ RATE_LIMITS: 'sends=2/60,requests=20/60' });
    const [ani, budi] = [await signUp(test, 'ani'), await signUp(test, 'budi')];
    await ani.post('/friends/add', { myId: ani.id, friendUsername: 'budi' });
    const send = async (client: typeof ani, to: string) =>
      (await client.post('/chat/send', { senderId: client.id, receiverId: to, message: 'hai' })).status;
    expect([await send(ani, budi.id), await send(ani, budi.id), await send(ani, budi.id)]).toEqual([
      200, 200, 429,
    ]);
    expect(await send(budi, ani.id)).toBe(200);
    const polls = [];
    for (let n = 0; n < 21; n++) polls.push((await ani.get('/sync')).status);
    expect(polls.at(-1)).toBe(429);
    expect((await budi.get('/sync')).status).toBe(200);
  });

  it('rate limits can be switched off for tests', async () => {
    const test = await startApp();
    await signUp(test, 'ani');
    for (let n = 0; n < 12; n++) await tryLogin(test, 'ani', 'guess', '203.0.113.1');
    await logIn(test, 'ani');
  });
});
