import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import request, { type Response } from 'supertest';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Device } from '../src/wire/wire.ts';
import { type Files, startApp, type TestApp } from './support/app.ts';
import { endDevice } from './support/authenticator.ts';
import { type Client, deviceOf, logIn, signUp } from './support/client.ts';
import { logOutEverywhere, PASSWORD, reauthenticate } from './support/person.ts';

const DAY = 24 * 3600 * 1000;
const NEW_PASSWORD = 'jahe-hangat-malam';
vi.mock('../src/auth/bcrypt-client.ts', () => import('./support/quick-bcrypt.ts'));

let test: TestApp;
let ani: Client;

beforeEach(async () => {
  test = await startApp();
  ani = await signUp(test, 'ani');
  passwords = 0;
});
const works = async (client: Client) => (await client.get('/auth/devices')).status === 200;
const change = (client: Client, currentPassword = PASSWORD, newPassword = NEW_PASSWORD) =>
  client.post('/auth/change-password', { userId: client.id, currentPassword, newPassword });

const json = { 'Content-Type': 'application/json' };
let passwords = 0;
const currentPassword = async () => (passwords === 0 ? PASSWORD : `sandi-ke-${passwords}`);
/** Changes Ani's password from another device. */
async function renewPassword(): Promise<void> {
  const other = await logIn(test, 'ani', await currentPassword());
  const { status } = await change(other, await currentPassword(), `sandi-ke-${passwords + 1}`);
  expect(status).toBe(200);
  passwords += 1;
}

/** The same device with a renewed token. */
async function renew(client: Pick<Client, 'post'> = ani): Promise<Pick<Client, 'get' | 'post'>> {
  test.clock.now += 1000;
  const { body } = await client.post('/auth/refresh', {});
  const bearer = { Authorization: `Bearer ${body.token}` };
  return {
    get: (path) => request(test.app).get(path).set(bearer),
    post: (path, input) =>
      request(test.app)
        .post(path)
        .set(bearer)
        .send(input as object),
  };
}

describe('changing the password', () => {
  it('changing the password needs the current one, ends every other token at once, and returns a new one', async () => {
    const other = await logIn(test, 'ani');
    expect((await change(ani, 'wrong password')).body.code).toBe('WRONG_PASSWORD');
    expect([await works(ani), await works(other)]).toEqual([true, true]);

    const { body } = await change(ani);
    expect([await works(ani), await works(other)]).toEqual([false, false]);
    const fresh = { Authorization: `Bearer ${body.token}` };
    await request(test.app).get('/auth/devices').set(fresh).expect(200);
    await request(test.app).post('/auth/login').send({ username: 'ani', password: PASSWORD }).expect(401);
    await logIn(test, 'ani', NEW_PASSWORD);
  });

  it('a request whose body arrives after the password change is refused', async () => {
    const server = createServer(test.app as RequestListener);
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const { port } = server.address() as AddressInfo;
    const wanted = { userId: ani.id, currentPassword: 'whatever it was', newPassword: NEW_PASSWORD };
    for (const [path, body, status] of [
      ['/auth/refresh', {}, 401],
      ['/auth/change-password', wanted, 401],
      ['/auth/logout', { everywhere: true }, 401],
      // The device is already logged out.
      ['/auth/logout', {}, 200],
    ] as const) {
      const late = await logIn(test, 'ani', await currentPassword());
      const slow = send({
        port,
        path,
        method: 'POST',
        headers: { ...json, Authorization: `Bearer ${late.token}` },
      });
      const begun = once(server, 'request');
      const text = JSON.stringify(body);
      slow.write(text[0]);
      await begun;
      await renewPassword();
      const answered = once(slow, 'response') as Promise<[IncomingMessage]>;
      slow.end(text.slice(1));
      expect([path, (await answered)[0].statusCode]).toEqual([path, status]);
    }
    server.close();
    server.closeAllConnections();
  });

  it('changing to a weak password is refused and changes nothing', async () => {
    expect((await change(ani, PASSWORD, 'short')).body.code).toBe('INVALID_PASSWORD');
    expect((await change(ani, PASSWORD, 'password123')).body.code).toBe('COMMON_PASSWORD');
    expect(await works(ani)).toBe(true);
  });

  it('of two concurrent password changes one succeeds', async () => {
    const other = await logIn(test, 'ani');
    const answers = await Promise.all([change(ani), change(other, PASSWORD, 'bandrek-susu-sore')]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, expect.toBeOneOf([401, 403])]);
  });
});

describe('logging out', () => {
  it('logging out ends this device only, or all of them', async () => {
    const [second, third] = [await logIn(test, 'ani'), await logIn(test, 'ani')];
    await ani.post('/auth/logout', {});
    expect([await works(ani), await works(second), await works(third)]).toEqual([false, true, true]);
    await logOutEverywhere(second);
    expect([await works(second), await works(third)]).toEqual([false, false]);
  });
});

describe('devices', () => {
  it('devices are listed with their names, the calling one marked', async () => {
    const credentials = { username: 'ani', password: PASSWORD, deviceName: 'Firefox, Linux' };
    test.clock.now += 1000;
    await request(test.app).post('/auth/login').send(credentials).expect(200);
    const devices = (await ani.get('/auth/devices')).body as Device[];
    expect(devices.map(({ name, current }) => [name, current])).toEqual([
      ['Firefox, Linux', false],
      ['', true],
    ]);
  });

  it('devices are logged out one by one, at their next request, repeatably', async () => {
    const [lost, other] = [await logIn(test, 'ani'), await logIn(test, 'ani')];
    expect((await endDevice(ani, deviceOf(lost))).status).toBe(200);
    expect([await works(ani), await works(lost), await works(other)]).toEqual([true, false, true]);
    expect((await ani.get('/auth/devices')).body).toHaveLength(2);
    const revision = test.store.revision();
    expect((await ani.delete(`/auth/devices/${deviceOf(lost)}`)).status).toBe(200);
    expect(test.store.revision()).toBe(revision);
    expect((await ani.delete(`/auth/devices/${deviceOf(ani)}`)).status).toBe(200);
    expect([await works(ani), await works(other)]).toEqual([false, true]);
  });

  it('devices of others cannot be logged out', async () => {
    const budi = await signUp(test, 'budi');
    await endDevice(ani, deviceOf(budi));
    expect(await works(budi)).toBe(true);
  });

  it('of two devices that log each other out at once one stays', async () => {
    const other = await logIn(test, 'ani');
    const [mine, others] = [await reauthenticate(ani), await reauthenticate(other)];
    const withTicket = ({ body }: Response) => ({ 'Reauthentication-Ticket': body.ticket });
    const answers = await Promise.all([
      ani.delete(`/auth/devices/${deviceOf(other)}`, withTicket(mine)),
      other.delete(`/auth/devices/${deviceOf(ani)}`, withTicket(others)),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401]);
    expect([await works(ani), await works(other)].sort()).toEqual([false, true]);
  });

  it('an account has at most ten devices; the one unused for longest is removed', async () => {
    const clients = [ani];
    for (let n = 0; n < 10; n++) {
      test.clock.now += 1000;
      clients.push(await logIn(test, 'ani'));
    }
    expect(await works(ani)).toBe(false);
    expect((await clients.at(-1)?.get('/auth/devices'))?.body).toHaveLength(10);
  });

  it('devices are removed when unused for 60 days, and a refresh counts as use', async () => {
    const lazy = await logIn(test, 'ani');
    for (const days of [29, 29]) {
      test.clock.now += days * DAY;
      const { body } = await ani.post('/auth/refresh', {});
      ani = {
        ...ani,
        get: (path) => request(test.app).get(path).set('Authorization', `Bearer ${body.token}`),
        post: (path, input) =>
          request(test.app)
            .post(path)
            .set('Authorization', `Bearer ${body.token}`)
            .send(input as object),
      };
    }
    expect((await ani.get('/auth/devices')).body).toHaveLength(2);
    test.clock.now += 3 * DAY;
    await ani.post('/auth/refresh', {});
    expect((await ani.get('/auth/devices')).body).toHaveLength(1);
    expect(await works(lazy)).toBe(false);
  });

  it('the old token ends a minute after the first use of a renewed one, and not before', async () => {
    const renewed = await renew();
    test.clock.now += 90_000;
    // Its answer was lost: the old one is still good.
    expect(await works(ani)).toBe(true);
    expect((await renewed.get('/auth/devices')).status).toBe(200);
    test.clock.now += 59_000;
    expect(await works(ani)).toBe(true);
    test.clock.now += 1000;
    expect(await works(ani)).toBe(false);
    expect((await ani.post('/auth/logout', { everywhere: true })).status).toBe(401);
    expect((await ani.post('/auth/refresh', {})).status).toBe(401);
    expect((await change(ani)).status).toBe(401);
    expect((await renewed.get('/auth/devices')).body).toHaveLength(1);
  });

  it('an old token stays ended after a restart', async () => {
    const files: Files = new Map();
    const tokenKey = randomBytes(32);
    test = await startApp({}, { files, tokenKey });
    ani = await signUp(test, 'ani');
    const renewed = await renew();
    await renewed.get('/auth/devices');
    test.clock.now += 60_000;
    await signUp(test, 'budi');
    const later = test.clock.now;
    await test.store.close();
    // The clients send to the app of `test`.
    Object.assign(test, await startApp({}, { files, tokenKey }));
    test.clock.now = later;
    expect((await renewed.get('/auth/devices')).status).toBe(200);
    expect(await works(ani)).toBe(false);
  });

  it('a log-out with an old token ends the session of its device, as the person wants', async () => {
    const renewed = await renew();
    await renewed.get('/auth/devices');
    test.clock.now += 61_000;
    expect((await ani.post('/auth/logout', {})).status).toBe(200);
    expect((await renewed.get('/auth/devices')).status).toBe(401);
  });

  it('a session ends after 180 days, however often it is used, and nothing of the others', async () => {
    let newest = await renew();
    for (let day = 29; day < 180; day += 29) {
      test.clock.now += 29 * DAY;
      newest = await renew(newest);
      expect((await newest.get('/auth/devices')).status).toBe(200);
    }
    const other = await logIn(test, 'ani');
    test.clock.now += 7 * DAY;
    expect((await newest.get('/auth/devices')).status).toBe(401);
    expect(await works(other)).toBe(true);
  });

  it('with SESSION_DAYS a session ends after that many days, on every route, and a new login begins another one', async () => {
    test = await startApp({ SESSION_DAYS: '7' });
    ani = await signUp(test, 'ani');
    const early = await logIn(test, 'ani');
    test.clock.now += 7 * DAY - 1;
    expect(await works(early)).toBe(true);
    test.clock.now += 1;
    expect(await works(early)).toBe(false);
    expect((await early.post('/auth/refresh', {})).status).toBe(401);
    const passwords = { userId: ani.id, currentPassword: PASSWORD, newPassword: 'teh poci sore hari' };
    expect((await early.post('/auth/change-password', passwords)).status).toBe(401);
    expect((await early.post('/auth/logout', { everywhere: true })).status).toBe(401);
    const other = await logIn(test, 'ani');
    const { id = '' } = (await other.get('/auth/devices')).body.find(
      (one: { current: boolean }) => one.current,
    );
    expect((await early.delete(`/auth/devices/${id}`)).status).toBe(401);
    expect(await works(other)).toBe(true);
  });

  it('a refreshed token is valid for another 30 days', async () => {
    test.clock.now += 29 * DAY;
    const { body } = await ani.post('/auth/refresh', {});
    test.clock.now += 29 * DAY;
    expect(await works(ani)).toBe(false);
    await request(test.app).get('/auth/devices').set('Authorization', `Bearer ${body.token}`).expect(200);
  });
});

describe('registration', () => {
  it('a name is registered once, whatever its case, even by twenty at once', async () => {
    const register = (username: string) =>
      request(test.app).post('/auth/register').send({ username, password: PASSWORD });
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => register(n % 2 ? 'DEWI' : 'dewi')),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ body }) => body.code === 'USERNAME_TAKEN')).toHaveLength(19);
    await logIn(test, 'Dewi');
  });

  it.each(['ab', '.abc', 'a b c', 'constructor\u0000', 'аni', 'x'.repeat(33), '__proto__'])(
    'registration refuses the name %j',
    async (username) => {
      const { body } = await request(test.app)
        .post('/auth/register')
        .send({ username, password: PASSWORD })
        .expect(400);
      expect(body.code).toBe('INVALID_USERNAME');
    },
  );

  it('registration can be closed', async () => {
    const closed = await startApp({ REGISTRATION: 'closed' });
    const { body } = await request(closed.app)
      .post('/auth/register')
      .send({ username: 'dewi', password: PASSWORD })
      .expect(403);
    expect(body.code).toBe('REGISTRATION_CLOSED');
  });
});
