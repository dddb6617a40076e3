import { randomUUID } from 'node:crypto';
import request, { type Response } from 'supertest';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { compare } from '../src/auth/bcrypt-client.ts';
import { createResetCode } from '../src/auth/reset.ts';
import { hashCode } from '../src/codes.ts';
import type { Device } from '../src/wire/wire.ts';
import { startApp, type TestApp } from './support/app.ts';
import { type Client, logIn, signUp } from './support/client.ts';
import { logOutEverywhere, PASSWORD } from './support/person.ts';

vi.mock('../src/auth/bcrypt-client.ts', async () => {
  const quick = await import('./support/quick-bcrypt.ts');
  return { ...quick, compare: vi.fn(quick.compare) };
});

const MINUTE = 60_000;
const NEW_PASSWORD = 'jahe-hangat-malam';
const OTHER_PASSWORD = 'serai-dan-sereh';
let test: TestApp;
let ani: Client;

async function start(env: Record<string, string> = {}): Promise<void> {
  test = await startApp(env);
  ani = await signUp(test, 'ani');
}
beforeEach(() => start());

const post = (path: string, body: object): Promise<Response> =>
  request(test.app)
    .post(path)
    .send(body)
    .then((answer) => answer);
const outcomeOf = ({ status, body }: Response) => (status < 400 ? String(status) : `${status} ${body.code}`);
const works = async (token: string) =>
  (await request(test.app).get('/auth/devices').set('Authorization', `Bearer ${token}`)).status === 200;

describe('a registration repeated', () => {
  const attemptId = randomUUID();
  const register = (more: object = {}) =>
    post('/auth/register', { username: 'dewi', password: PASSWORD, attemptId, ...more });

  it('a repeated registration succeeds only with the same attempt id and password', async () => {
    expect(outcomeOf(await register())).toBe('200');
    expect(outcomeOf(await register({ attemptId: randomUUID() }))).toBe('400 USERNAME_TAKEN');
    expect(outcomeOf(await post('/auth/register', { username: 'dewi', password: PASSWORD }))).toBe(
      '400 USERNAME_TAKEN',
    );
    expect(outcomeOf(await register({ password: NEW_PASSWORD }))).toBe('400 USERNAME_TAKEN');
    expect(outcomeOf(await register({ username: 'ani' }))).toBe('400 USERNAME_TAKEN');
    expect(outcomeOf(await register({ username: 'DEWI' }))).toBe('200');
  });

  it('a repeated registration needs no second invitation, and a stranger without one learns no name, not even by timing', async () => {
    test = await startApp({ REGISTRATION: 'invite' });
    const code = 'k2';
    const row = { id: randomUUID(), hash: hashCode('invite', code), uses: 1, used: 0, createdAt: 0 };
    await test.store.transact((tx) => tx.saveInvite({ ...row, expiresAt: Number.MAX_SAFE_INTEGER }));
    expect(outcomeOf(await register({ inviteCode: code }))).toBe('200');
    expect(outcomeOf(await register({ inviteCode: code }))).toBe('200');
    vi.mocked(compare).mockClear();
    for (const username of ['dewi', 'nobody']) {
      const stranger = { username, attemptId: randomUUID() };
      expect(outcomeOf(await register({ ...stranger, inviteCode: code }))).toBe('404 INVITE_INVALID');
      expect(outcomeOf(await register(stranger))).toBe('403 INVITE_REQUIRED');
    }
    expect(compare).not.toHaveBeenCalled();
    expect(outcomeOf(await register())).toBe('200');
  });
});

describe('a login repeated', () => {
  const attemptId = randomUUID();
  const repeatLogin = (username = 'ani', password = PASSWORD) =>
    post('/auth/login', { username, password, deviceName: 'Web', attemptId });
  const devicesOf = async (token: string) =>
    (await request(test.app).get('/auth/devices').set('Authorization', `Bearer ${token}`)).body as Device[];

  it('a repeated login stays on its device, and its attempt id alone gives no access', async () => {
    const [first, again] = [await repeatLogin(), await repeatLogin()];
    expect(await devicesOf(again.body.token)).toHaveLength(2);
    expect(await works(first.body.token)).toBe(true);
    expect(outcomeOf(await repeatLogin('ani', NEW_PASSWORD))).toBe('401 WRONG_CREDENTIALS');
    await signUp(test, 'budi');
    const { body } = await repeatLogin('budi');
    expect((await devicesOf(body.token)).map(({ id }) => id)).not.toContain(
      (await devicesOf(first.body.token)).find(({ current }) => current)?.id,
    );
    expect(JSON.stringify(await devicesOf(body.token))).not.toContain(attemptId);
  });

  it('a repeated login does not restore a device that was logged out, nor its token', async () => {
    const { token } = (await repeatLogin()).body;
    await request(test.app).post('/auth/logout').set('Authorization', `Bearer ${token}`).send({});
    const again = (await repeatLogin()).body.token;
    expect([await works(token), await works(again)]).toEqual([false, true]);
  });

  it('a login repeated after a day is a new login', async () => {
    await repeatLogin();
    test.clock.now += 24 * 60 * MINUTE;
    expect(await devicesOf((await repeatLogin()).body.token)).toHaveLength(3);
  });
});

describe('a change of the password repeated with the token that it ended', () => {
  const change = (who: Client, newPassword = NEW_PASSWORD) =>
    who.post('/auth/change-password', { userId: who.id, currentPassword: PASSWORD, newPassword });

  it('a repeated password change is refused on another device and with another password, which counts as a login guess', async () => {
    await start({ RATE_LIMITS: 'failures=3/600' });
    const other = await logIn(test, 'ani');
    expect(outcomeOf(await change(ani))).toBe('200');
    expect(outcomeOf(await change(other))).toBe('401 UNAUTHENTICATED');
    for (let n = 0; n < 3; n++) {
      expect(outcomeOf(await change(ani, `${OTHER_PASSWORD}-${n}`))).toBe('401 UNAUTHENTICATED');
    }
    expect(outcomeOf(await change(ani))).toBe('429 TOO_MANY_REQUESTS');
    expect(outcomeOf(await post('/auth/login', { username: 'ani', password: NEW_PASSWORD }))).toBe(
      '429 TOO_MANY_REQUESTS',
    );
  });

  it('a repeated password change is refused once the device is logged out or the password was changed again', async () => {
    const { token } = (await change(ani)).body;
    const asNew = (path: string, body: object) =>
      request(test.app).post(path).set('Authorization', `Bearer ${token}`).send(body);
    await asNew('/auth/change-password', {
      userId: ani.id,
      currentPassword: NEW_PASSWORD,
      newPassword: OTHER_PASSWORD,
    }).expect(200);
    expect(outcomeOf(await change(ani))).toBe('401 UNAUTHENTICATED');
    expect(outcomeOf(await change(ani, OTHER_PASSWORD))).toBe('401 UNAUTHENTICATED');

    const late = await logIn(test, 'ani', OTHER_PASSWORD);
    const changed = await late.post('/auth/change-password', {
      userId: ani.id,
      currentPassword: OTHER_PASSWORD,
      newPassword: NEW_PASSWORD,
    });
    await request(test.app)
      .post('/auth/logout')
      .set('Authorization', `Bearer ${changed.body.token}`)
      .send({})
      .expect(200);
    expect(outcomeOf(await change(late))).toBe('401 UNAUTHENTICATED');
  });
});

describe('a reset of the password repeated', () => {
  const createCode = async () =>
    (await createResetCode({ store: test.store, clock: () => test.clock.now }, 'ani')).code;
  const reset = (code: string, newPassword = NEW_PASSWORD) =>
    post('/auth/reset-password', { username: 'ani', code, newPassword });

  it('a repeated password reset leaves newer sessions logged in, and accepts no other password', async () => {
    const code = await createCode();
    await reset(code);
    const { token } = await logIn(test, 'ani', NEW_PASSWORD);
    expect(outcomeOf(await reset(code))).toBe('200');
    expect(await works(token)).toBe(true);
    for (let n = 0; n < 5; n++)
      expect(outcomeOf(await reset(code, OTHER_PASSWORD))).toBe('403 WRONG_RESET_CODE');
    // A used code cannot be used to guess passwords.
    expect(outcomeOf(await reset(code))).toBe('403 WRONG_RESET_CODE');
    expect(await works(token)).toBe(true);
  });

  it('a repeated password reset works while the code would be valid, and ends with another password change', async () => {
    const code = await createCode();
    await reset(code);
    test.clock.now += 15 * MINUTE - 1;
    expect(outcomeOf(await reset(code))).toBe('200');
    test.clock.now += 1;
    expect(outcomeOf(await reset(code))).toBe('403 WRONG_RESET_CODE');

    const next = await createCode();
    await reset(next);
    const { post: ask, id } = await logIn(test, 'ani', NEW_PASSWORD);
    const back = { userId: id, currentPassword: NEW_PASSWORD, newPassword: OTHER_PASSWORD };
    expect(outcomeOf(await ask('/auth/change-password', back))).toBe('200');
    expect(outcomeOf(await reset(next))).toBe('403 WRONG_RESET_CODE');
  });
});

describe('a logout repeated', () => {
  it('a repeated logout everywhere ends no newer session, and is refused to a session that ended in another way', async () => {
    const other = await logIn(test, 'ani');
    await logOutEverywhere(ani);
    const since = await logIn(test, 'ani');
    expect(outcomeOf(await ani.post('/auth/logout', { everywhere: true }))).toBe('200');
    expect(outcomeOf(await other.post('/auth/logout', { everywhere: true }))).toBe('200');
    expect(await works(since.token)).toBe(true);

    const lost = await logIn(test, 'ani');
    const change = { userId: ani.id, currentPassword: PASSWORD, newPassword: NEW_PASSWORD };
    expect(outcomeOf(await since.post('/auth/change-password', change))).toBe('200');
    expect(outcomeOf(await lost.post('/auth/logout', { everywhere: true }))).toBe('401 UNAUTHENTICATED');
    expect(outcomeOf(await lost.delete(`/auth/devices/${randomUUID()}`))).toBe('401 UNAUTHENTICATED');
  });
});

describe('an invite with a code of one’s own', () => {
  const code = '0123456789abcdefghjkmnpqrs';

  it('an invite with a code of one’s own works like any other, and its code cannot be used for a second invite', async () => {
    const budi = await signUp(test, 'budi');
    expect((await ani.post('/invites', { code })).body).toMatchObject({ code, uses: 1 });
    expect(outcomeOf(await ani.post('/invites', { code, uses: 2 }))).toBe('400 INVALID_REQUEST');
    expect(outcomeOf(await ani.post('/invites', { code, days: 2 }))).toBe('400 INVALID_REQUEST');
    expect(outcomeOf(await budi.post('/invites', { code }))).toBe('400 INVALID_REQUEST');
    expect(outcomeOf(await budi.post('/invites/accept', { code }))).toBe('200');
    expect((await ani.get(`/friends/${ani.id}`)).body).toMatchObject([{ username: 'budi' }]);
  });

  it.each(['short', `${code}0`, `${code.slice(1)}u`, code.toUpperCase()])(
    'an invite with the code %s of one’s own is refused',
    async (wrong) => {
      expect(outcomeOf(await ani.post('/invites', { code: wrong }))).toBe('400 INVALID_REQUEST');
    },
  );

  it('an invite that another person has accepted does not exist for a stranger', async () => {
    await ani.post('/invites', { code });
    const [budi, citra] = [await signUp(test, 'budi'), await signUp(test, 'citra')];
    for (const who of [budi, budi])
      expect(outcomeOf(await who.post('/invites/accept', { code }))).toBe('200');
    expect(outcomeOf(await citra.post('/invites/accept', { code }))).toBe('404 INVITE_INVALID');
  });
});
