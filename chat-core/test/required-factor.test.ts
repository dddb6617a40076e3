import { randomBytes } from 'node:crypto';
import request, { type Response } from 'supertest';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { createResetCode } from '../src/auth/reset.ts';
import type { Route } from '../src/http/route.ts';
import { copyOf, type Files, startApp, type TestApp } from './support/app.ts';
import { type Client, logIn, signUp } from './support/client.ts';
import { fakeProvider, linkIdentity, OIDC_ENV, proofOf } from './support/fake-provider.ts';
import { addPasskey, assertPasskey, createPasskeyDevice } from './support/passkey-device.ts';
import { PASSWORD, reauthenticate } from './support/person.ts';
import { codeOf } from './support/totp-code.ts';

vi.mock('../src/auth/bcrypt-client.ts', () => import('./support/quick-bcrypt.ts'));

const ORIGIN = 'https://chat.example.org';
const REQUIRED = { SECOND_FACTOR: 'required', PUBLIC_URL: ORIGIN };
let test: TestApp;
/** Has an account, no second factor, and logged in with the password alone. */
let ani: Client;
let setUpTicket: string;

beforeEach(async () => {
  test = await startApp(REQUIRED);
  ani = await signUp(test, 'ani');
  ({ setUpTicket } = (await login()).body);
});

const outcome = ({ status, body }: Response) => (status === 200 ? status : body.code);
const login = (secondFactor?: object): Promise<Response> =>
  request(test.app)
    .post('/auth/login')
    .send({ username: 'ani', password: PASSWORD, ...(secondFactor && { secondFactor }) })
    .then((answer) => answer);
const devices = async () => (await test.store.account(ani.id))?.devices ?? [];
const poll = async (who: Client) => outcome(await who.get('/sync'));

/** Turns on codes of an app, with this ticket. @returns the secret */
async function turnOn(who: Pick<Client, 'post'>, ticket: string): Promise<string> {
  const { secret } = (await who.post('/auth/second-factor/totp', { ticket })).body;
  const code = codeOf(secret, test.clock.now, -1);
  expect(outcome(await who.post('/auth/second-factor/totp/confirm', { ticket, code }))).toBe(200);
  return secret;
}

/** What a session may do that has to set up a second factor. */
const SET_UP_ROUTES = [
  'GET /auth/second-factor',
  'POST /auth/logout',
  'POST /auth/reauthenticate',
  'POST /auth/second-factor/passkeys',
  'POST /auth/second-factor/passkeys/offer',
  'POST /auth/second-factor/totp',
  'POST /auth/second-factor/totp/confirm',
];

describe('on a box that requires a second factor', () => {
  it('a login without one can set one up and log out, and every other route that needs a login refuses it', async () => {
    const nameOf = ({ method, path }: Route) => `${method.toUpperCase()} ${path}`;
    const routes = test.routes.filter(({ who }) => who === 'user');
    expect(routes.length).toBeGreaterThan(50);
    const refusing: string[] = [];
    for (const route of routes) {
      const { method, path } = route;
      if (nameOf(route) === 'POST /auth/logout') continue;
      const sent = method === 'put' ? ani.put(path, Buffer.alloc(1)) : ani[method](path, {});
      if ((await sent).body.code === 'SECOND_FACTOR_MISSING') refusing.push(nameOf(route));
    }
    const open = routes.map(nameOf).filter((name) => !refusing.includes(name));
    expect(open.sort()).toEqual(SET_UP_ROUTES);
    expect(outcome(await ani.post('/auth/logout', {}))).toBe(200);
    expect(await devices()).toHaveLength(1);
  });

  it('the same session may do everything once a code of an app has confirmed, and the next login needs one', async () => {
    expect(await poll(ani)).toBe('SECOND_FACTOR_MISSING');
    const { ticket } = (await reauthenticate(ani)).body;
    const secret = await turnOn(ani, ticket);
    expect(await poll(ani)).toBe(200);
    expect(outcome(await login())).toBe('SECOND_FACTOR_REQUIRED');
    const full = await login({ totp: codeOf(secret, test.clock.now) });
    expect([outcome(full), full.body.setUpTicket]).toEqual([200, undefined]);
  });

  it('the login itself gives the ticket, which is worth nothing in another session', async () => {
    const refused = await ani.post('/auth/second-factor/totp', { ticket: setUpTicket });
    expect(outcome(refused)).toBe('REAUTHENTICATION_REQUIRED');
    const { body } = await login();
    const post = (path: string, content: object) =>
      request(test.app).post(path).set('Authorization', `Bearer ${body.token}`).send(content);
    await turnOn({ post }, body.setUpTicket);
  });

  it('a second factor that one session sets up ends the others which logged in without, and they do not become full', async () => {
    const thief = await logIn(test, 'ani');
    const { ticket } = (await reauthenticate(ani)).body;
    await turnOn(ani, ticket);
    expect([await poll(ani), await poll(thief)]).toEqual([200, 'UNAUTHENTICATED']);
    expect(await devices()).toHaveLength(1);
  });

  it('a passkey is both factors: it is added with the ticket, and logs in alone without another one', async () => {
    const phone = createPasskeyDevice(ORIGIN);
    expect(await addPasskey(ani, phone)).toHaveLength(10);
    expect(await poll(ani)).toBe(200);
    test.clock.now += 1;
    const passkey = await assertPasskey(ani, phone);
    const { status, body } = await request(test.app).post('/auth/login/passkey').send({ passkey });
    expect([status, body.setUpTicket]).toEqual([200, undefined]);
    const full = await request(test.app).get('/sync').set('Authorization', `Bearer ${body.token}`);
    expect(full.status).toBe(200);
  });

  it('a login by the provider without one can only set one up too, with the ticket of its answer, and the next login by it needs one', async () => {
    test = await startApp({ ...REQUIRED, ...OIDC_ENV }, { provider: fakeProvider });
    await signUp(test, 'ani');
    await linkIdentity(test, 'ani', 'kartini');
    const loginByProvider = async (secondFactor?: object) => {
      test.clock.now += 1000;
      const proof = await proofOf(test, 'login', 'kartini');
      return request(test.app)
        .post('/auth/oidc/login')
        .send({ ...proof, ...(secondFactor && { secondFactor }) });
    };
    const { body } = await loginByProvider();
    const ask = (path: string) => request(test.app).get(path).set('Authorization', `Bearer ${body.token}`);
    const post = (path: string, content: object) =>
      request(test.app).post(path).set('Authorization', `Bearer ${body.token}`).send(content);
    expect((await ask('/sync')).body.code).toBe('SECOND_FACTOR_MISSING');
    const secret = await turnOn({ post }, body.setUpTicket);
    expect((await ask('/sync')).status).toBe(200);
    expect(outcome(await loginByProvider())).toBe('SECOND_FACTOR_REQUIRED');
    const full = await loginByProvider({ totp: codeOf(secret, test.clock.now + 1000) });
    expect([outcome(full), full.body.setUpTicket]).toEqual([200, undefined]);
  });

  it('the last second factor cannot be removed, another one first can', async () => {
    const { ticket } = (await reauthenticate(ani)).body;
    await turnOn(ani, ticket);
    const removeApp = async () => outcome(await ani.post('/auth/second-factor/totp/remove', { ticket }));
    expect(await removeApp()).toBe('LAST_SECOND_FACTOR');
    const phone = createPasskeyDevice(ORIGIN);
    const { body: options } = await ani.post('/auth/second-factor/passkeys/offer', { ticket });
    const added = { ticket, name: 'Ponsel', passkey: phone.create(options) };
    expect(outcome(await ani.post('/auth/second-factor/passkeys', added))).toBe(200);
    expect(await removeApp()).toBe(200);
    const { id } = (await ani.get('/auth/second-factor')).body.passkeys[0];
    const removed = await ani.post('/auth/second-factor/passkeys/remove', { ticket, id });
    expect(outcome(removed)).toBe('LAST_SECOND_FACTOR');
  });

  it('after a reset that removed the second factor, the next login sets up another one', async () => {
    const { ticket } = (await reauthenticate(ani)).body;
    await turnOn(ani, ticket);
    const { code } = await createResetCode({ store: test.store, clock: test.store.time.now }, 'ani', true);
    const input = { username: 'ani', code, newPassword: PASSWORD };
    expect(outcome(await request(test.app).post('/auth/reset-password').send(input))).toBe(200);
    expect(await poll(await logIn(test, 'ani'))).toBe('SECOND_FACTOR_MISSING');
  });
});

describe('the setting', () => {
  it('sessions from before it was set go on until their next login, and without it every session is full again', async () => {
    const [tokenKey, files]: [Buffer, Files] = [randomBytes(32), new Map()];
    const restart = async (env: Record<string, string>, disk: Files) => {
      Object.assign(test, await startApp(env, { tokenKey, files: disk }));
    };
    await restart({}, files);
    const before = await signUp(test, 'budi');
    expect((await request(test.app).get('/box')).body.secondFactor).toBe('optional');
    const disk = copyOf(files);
    await restart(REQUIRED, disk);
    expect((await request(test.app).get('/box')).body.secondFactor).toBe('required');
    expect(await poll(before)).toBe(200);
    const after = await logIn(test, 'budi');
    expect(await poll(after)).toBe('SECOND_FACTOR_MISSING');
    await restart({}, copyOf(disk));
    expect([await poll(before), await poll(after)]).toEqual([200, 200]);
  });
});
