import { randomBytes, randomUUID } from 'node:crypto';
import request, { type Response } from 'supertest';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { createResetCode } from '../src/auth/reset.ts';
import { logIn as logIntoAccount } from '../src/auth/sessions.ts';
import { openTokens } from '../src/auth/tokens.ts';
import { ApiError } from '../src/errors.ts';
import { startApp, type TestApp } from './support/app.ts';
import { turnOnTotp } from './support/authenticator.ts';
import { type Client, logIn, signUp } from './support/client.ts';
import { PASSWORD, reauthenticate } from './support/person.ts';
import { codeOf } from './support/totp-code.ts';

vi.mock('../src/auth/bcrypt-client.ts', () => import('./support/quick-bcrypt.ts'));

const MINUTE = 60_000;
let test: TestApp;
let ani: Client;
let secret: string;
let recoveryCodes: string[];

async function start(env: Record<string, string> = {}): Promise<void> {
  test = await startApp(env);
  ani = await signUp(test, 'ani');
  ({ secret, recoveryCodes } = await turnOnTotp(ani, test.clock.now));
}
beforeEach(() => start());

const code = (steps = 0) => codeOf(secret, test.clock.now, steps);
const wrongCode = () => String((Number(code()) + 1) % 1_000_000).padStart(6, '0');
const login = (secondFactor?: object, more: object = {}): Promise<Response> =>
  request(test.app)
    .post('/auth/login')
    .send({ username: 'ani', password: PASSWORD, ...(secondFactor && { secondFactor }), ...more })
    .then((answer) => answer);
const outcome = ({ status, body }: Response) => (status === 200 ? status : body.code);
const devices = async () => (await test.store.account(ani.id))?.devices.length;
const factor = async () => (await test.store.account(ani.id))?.secondFactor;
const state = async () => (await ani.get('/auth/second-factor')).body;

describe('another password of an account with a second factor', () => {
  it('a session that knows the password, and has no factor, changes it not and ends no other session', async () => {
    const thief = ani;
    const change = (ticket?: string) =>
      thief.post('/auth/change-password', {
        userId: ani.id,
        currentPassword: PASSWORD,
        newPassword: 'jahe-hangat-malam',
        ...(ticket !== undefined && { ticket }),
      });
    expect((await login({ totp: code(1) })).status).toBe(200);
    const before = await devices();
    expect(outcome(await change())).toBe('REAUTHENTICATION_REQUIRED');
    expect(outcome(await change('x'.repeat(72)))).toBe('REAUTHENTICATION_REQUIRED');
    expect(outcome(await reauthenticate(thief))).toBe('SECOND_FACTOR_REQUIRED');
    expect(await devices()).toBe(before);
    const { ticket } = (await reauthenticate(ani, { secondFactor: { recoveryCode: recoveryCodes[0] } })).body;
    expect(outcome(await change(ticket))).toBe(200);
    // Its answer was lost.
    expect(outcome(await change(ticket))).toBe(200);
    expect(await devices()).toBe(1);
    expect(await factor()).toBeDefined();
  });
});

describe('a ticket that was made before a second factor was turned on', () => {
  it('ends nothing and changes nothing, while the ticket that turned it on and those of now do', async () => {
    const [owner, thief] = [await signUp(test, 'budi'), await logIn(test, 'budi')];
    const { ticket } = (await reauthenticate(thief)).body;
    const remove = (who: Client, one: string) => who.post('/auth/second-factor/totp/remove', { ticket: one });
    const own = await turnOnTotp(owner, test.clock.now);
    const totp = async () => (await test.store.account(owner.id))?.secondFactor?.totp?.id;
    const before = await totp();
    expect(outcome(await remove(thief, ticket))).toBe('REAUTHENTICATION_REQUIRED');
    expect(outcome(await thief.post('/auth/second-factor/recovery-codes', { ticket }))).toBe(
      'REAUTHENTICATION_REQUIRED',
    );
    expect(outcome(await thief.post('/auth/second-factor/totp', { ticket }))).toBe(
      'REAUTHENTICATION_REQUIRED',
    );
    expect(await totp()).toBe(before);
    const proven = await reauthenticate(owner, { secondFactor: { recoveryCode: own.recoveryCodes[0] } });
    expect(outcome(await remove(owner, proven.body.ticket))).toBe(200);
    // Its answer was lost.
    expect(outcome(await remove(owner, proven.body.ticket))).toBe(200);
    expect(await totp()).toBeUndefined();
  });
});

describe('a login with a second factor', () => {
  it('the right password alone does not log in, and says which factors there are; a wrong one says nothing of it', async () => {
    const before = test.store.revision();
    const half = await login();
    expect([half.status, half.body]).toEqual([
      401,
      {
        code: 'SECOND_FACTOR_REQUIRED',
        error: expect.any(String),
        factors: ['totp', 'recoveryCode'],
      },
    ]);
    const wrong = await login({ totp: code() }, { password: 'serai-dan-sereh' });
    const unknown = await login({ totp: code() }, { username: 'nobody' });
    const none = await login(undefined, { password: 'serai-dan-sereh' });
    for (const one of [wrong, unknown]) expect([one.status, one.text]).toEqual([none.status, none.text]);
    expect(outcome(none)).toBe('WRONG_CREDENTIALS');
    expect(test.store.revision()).toBe(before);
  });

  it('a code of the app logs in once: the same code, an older one and a wrong one do not', async () => {
    expect(outcome(await login({ totp: wrongCode() }))).toBe('WRONG_SECOND_FACTOR');
    const used = code();
    expect(outcome(await login({ totp: used }))).toBe(200);
    expect(outcome(await login({ totp: used }))).toBe('WRONG_SECOND_FACTOR');
    expect(outcome(await login({ totp: code(-1) }))).toBe('WRONG_SECOND_FACTOR');
    expect(outcome(await login({ totp: code(1) }))).toBe(200);
    test.clock.now += MINUTE;
    expect(outcome(await login({ totp: code() }))).toBe(200);
  });

  it('the same code twice at once logs in once', async () => {
    const before = (await devices()) ?? 0;
    const answers = await Promise.all([login({ totp: code() }), login({ totp: code() })]);
    expect(answers.map(outcome).sort()).toEqual([200, 'WRONG_SECOND_FACTOR']);
    expect(await devices()).toBe(before + 1);
  });

  it('a login repeated after a lost answer succeeds on the same device, by a code and by a recovery code', async () => {
    for (const secondFactor of [{ totp: code() }, { recoveryCode: recoveryCodes[0] ?? '' }]) {
      const attemptId = randomUUID();
      const before = (await devices()) ?? 0;
      const first = await login(secondFactor, { attemptId });
      const revision = test.store.revision();
      test.clock.now += 20_000;
      const again = await login(secondFactor, { attemptId });
      expect([first.status, again.status]).toEqual([200, 200]);
      expect([await devices(), test.store.revision()]).toEqual([before + 1, revision]);
      // What was used is worth nothing in another attempt, nor the attempt without it.
      expect(outcome(await login(secondFactor))).toBe('WRONG_SECOND_FACTOR');
      expect(outcome(await login(undefined, { attemptId }))).toBe('SECOND_FACTOR_REQUIRED');
      expect(outcome(await login({ totp: wrongCode() }, { attemptId }))).toBe('WRONG_SECOND_FACTOR');
    }
  });

  it('each recovery code logs in once, however it is typed, and twice at once it logs in once', async () => {
    const [first = '', second = ''] = recoveryCodes;
    expect(recoveryCodes).toHaveLength(10);
    expect(new Set(recoveryCodes).size).toBe(10);
    expect(first).toMatch(/^([0-9A-Z]{4}-){6}[0-9A-Z]{2}$/);
    const typed = { recoveryCode: ` ${first.toLowerCase().replaceAll('-', ' ')}` };
    expect([outcome(await login(typed)), outcome(await login(typed))]).toEqual([200, 'WRONG_SECOND_FACTOR']);
    const both = await Promise.all([login({ recoveryCode: second }), login({ recoveryCode: second })]);
    expect(both.map(outcome).sort()).toEqual([200, 'WRONG_SECOND_FACTOR']);
    expect(await state()).toEqual({ totp: true, passkeys: [], recoveryCodesLeft: 8 });
  });

  it('while cipher-service is away a code is answered 503, and a recovery code still logs in', async () => {
    test.cipher.failure = new ApiError('CIPHER_UNAVAILABLE');
    const away = await login({ totp: code() });
    expect([away.status, away.body.code]).toEqual([503, 'CIPHER_UNAVAILABLE']);
    expect(outcome(await login({ recoveryCode: recoveryCodes[0] ?? '' }))).toBe(200);
    test.cipher.failure = undefined;
    expect(outcome(await login({ totp: code() }))).toBe(200);
  });

  it('a clock that ran ahead and was set right does not lock the owner out', async () => {
    const now = test.clock.now;
    test.clock.now = now + 10 * 365 * 24 * 60 * MINUTE;
    expect(outcome(await login({ totp: code() }))).toBe(200);
    test.clock.now = now + MINUTE;
    expect(outcome(await login({ totp: code() }))).toBe(200);
  });

  it('the list of devices shows nothing of the factor that was used', async () => {
    await login({ totp: code() });
    const [used] = (await test.store.account(ani.id))?.devices ?? [];
    expect(used?.factorUsed).toMatch(/^totp /);
    for (const device of (await ani.get('/auth/devices')).body)
      expect(Object.keys(device)).toEqual(['id', 'name', 'createdAt', 'lastSeenAt', 'current']);
  });
});

describe('guesses of a second factor', () => {
  it('five wrong codes make an address wait, and a stranger without the password uses up none of the tries', async () => {
    await start({ RATE_LIMITS: 'on' });
    for (let n = 0; n < 8; n++) await login({ totp: wrongCode() }, { password: `serai-dan-${n}` });
    for (let n = 0; n < 5; n++)
      expect(outcome(await login({ totp: wrongCode() }))).toBe('WRONG_SECOND_FACTOR');
    const late = await login({ totp: code() });
    expect([late.status, Number(late.headers['retry-after']) > 0]).toEqual([429, true]);
  });

  it('codes tried from many addresses are limited per account, and the owner gets in by a recovery code', async () => {
    await start({
      RATE_LIMITS: 'factorGuesses=7/3600',
      TRUSTED_PROXIES: '127.0.0.1/32,::1/128,::ffff:127.0.0.1/128',
    });
    const from = (n: number, secondFactor: object) =>
      request(test.app)
        .post('/auth/login')
        .set('CF-Connecting-IP', `203.0.113.${n}`)
        .send({ username: 'ani', password: PASSWORD, secondFactor })
        .then(outcome);
    for (let n = 0; n < 7; n++) expect(await from(n, { totp: wrongCode() })).toBe('WRONG_SECOND_FACTOR');
    expect(await from(9, { totp: code() })).toBe('TOO_MANY_REQUESTS');
    expect(await from(9, { recoveryCode: recoveryCodes[0] })).toBe(200);
  });

  it('right codes and concurrent wrong ones are counted exactly: no burst passes the limit', async () => {
    await start({ RATE_LIMITS: 'factors=5/300' });
    const answers = await Promise.all(Array.from({ length: 12 }, () => login({ totp: wrongCode() })));
    expect(answers.map(outcome).filter((one) => one === 'WRONG_SECOND_FACTOR')).toHaveLength(5);
  });
});

describe('changing how one logs in', () => {
  it('turning on needs the password and a first code; the other devices stay, and the secret is stored sealed only', async () => {
    const budi = await signUp(test, 'budi');
    expect((await reauthenticate(budi, { password: 'serai-dan-sereh' })).body.code).toBe('WRONG_PASSWORD');
    const { ticket } = (await reauthenticate(budi)).body;
    const offered = (await budi.post('/auth/second-factor/totp', { ticket })).body;
    expect(offered.secret).toMatch(/^[A-Z2-7]{32}$/);
    expect(offered.uri).toContain(`secret=${offered.secret}`);
    const confirm = (typed: string) => budi.post('/auth/second-factor/totp/confirm', { ticket, code: typed });
    const revision = test.store.revision();
    const wrong = String((Number(codeOf(offered.secret, test.clock.now)) + 1) % 1_000_000).padStart(6, '0');
    expect((await confirm(wrong)).body.code).toBe('WRONG_SECOND_FACTOR');
    expect([test.store.revision(), (await budi.get('/auth/second-factor')).body.totp]).toEqual([
      revision,
      false,
    ]);
    const right = codeOf(offered.secret, test.clock.now);
    const first = await confirm(right);
    expect(first.body.recoveryCodes).toHaveLength(10);
    // The code that confirmed it logs nobody in.
    const replay = { username: 'budi', password: PASSWORD, secondFactor: { totp: right } };
    expect((await request(test.app).post('/auth/login').send(replay)).body.code).toBe('WRONG_SECOND_FACTOR');
    const stored = JSON.stringify(await test.store.account(budi.id));
    for (const one of [offered.secret, ...first.body.recoveryCodes]) expect(stored).not.toContain(one);
  });

  it('once there is a second factor, changing it needs that too, and a ticket is of one session and short-lived', async () => {
    const half = await reauthenticate(ani);
    expect([half.body.code, half.body.factors]).toEqual(['SECOND_FACTOR_REQUIRED', ['totp', 'recoveryCode']]);
    expect((await reauthenticate(ani, { secondFactor: { totp: wrongCode() } })).body.code).toBe(
      'WRONG_SECOND_FACTOR',
    );
    const { ticket } = (await reauthenticate(ani, { secondFactor: { totp: code() } })).body;
    const { token } = (await login({ totp: code(1) })).body;
    const elsewhere = await request(test.app)
      .post('/auth/second-factor/totp/remove')
      .set('Authorization', `Bearer ${token}`)
      .send({ ticket });
    expect(elsewhere.body.code).toBe('REAUTHENTICATION_REQUIRED');
    test.clock.now += 10 * MINUTE;
    expect((await ani.post('/auth/second-factor/totp/remove', { ticket })).body.code).toBe(
      'REAUTHENTICATION_REQUIRED',
    );
    expect((await state()).totp).toBe(true);
  });

  it('confirming the password with one code twice at once, or again after a lost answer, gives tickets to one attempt only', async () => {
    const secondFactor = { totp: code() };
    const attemptId = randomUUID();
    const same = await Promise.all([1, 2].map(() => reauthenticate(ani, { secondFactor, attemptId })));
    expect(same.map(({ status }) => status)).toEqual([200, 200]);
    expect((await reauthenticate(ani, { secondFactor })).body.code).toBe('WRONG_SECOND_FACTOR');
    const later = [1, 2].map(() => reauthenticate(ani, { secondFactor: { totp: code(1) } }));
    expect((await Promise.all(later)).map(({ status }) => status).sort()).toEqual([200, 403]);
  });

  it('turning off ends the recovery codes too, and the password alone logs in again', async () => {
    const { ticket } = (await reauthenticate(ani, { secondFactor: { recoveryCode: recoveryCodes[0] } })).body;
    expect((await ani.post('/auth/second-factor/totp/remove', { ticket })).status).toBe(200);
    expect([await factor(), await state()]).toEqual([
      undefined,
      { totp: false, passkeys: [], recoveryCodesLeft: 0 },
    ]);
    expect(outcome(await login())).toBe(200);
    expect((await ani.post('/auth/second-factor/recovery-codes', { ticket })).body.code).toBe(
      'NO_SECOND_FACTOR',
    );
  });

  it('new recovery codes replace the old ones', async () => {
    const { ticket } = (await reauthenticate(ani, { secondFactor: { totp: code() } })).body;
    const { body } = await ani.post('/auth/second-factor/recovery-codes', { ticket });
    expect(body.recoveryCodes).toHaveLength(10);
    expect(outcome(await login({ recoveryCode: recoveryCodes[1] ?? '' }))).toBe('WRONG_SECOND_FACTOR');
    expect(outcome(await login({ recoveryCode: body.recoveryCodes[1] }))).toBe(200);
  });

  it('a login that had no second factor to verify does not pass once one was turned on in between', async () => {
    const budi = await signUp(test, 'budi');
    const sessions = {
      store: test.store,
      tokens: openTokens({ current: randomBytes(32) }, Date.now),
      clock: Date.now,
      maxSessionMs: Number.POSITIVE_INFINITY,
      boxWords: [],
      requiresFactor: () => false,
    };
    const turnOn = async () => {
      await turnOnTotp(budi, test.clock.now);
      return undefined;
    };
    const owner = { account: 'budi', network: '' };
    const input = { username: 'budi', password: PASSWORD };
    const passed = logIntoAccount(sessions, input, owner, turnOn);
    await expect(passed).rejects.toMatchObject({ code: 'SECOND_FACTOR_REQUIRED' });
    expect((await test.store.account(budi.id))?.devices).toHaveLength(1);
  });
});

describe('a forgotten password', () => {
  it('a reset code of the operator keeps the second factor, unless it was made to remove it', async () => {
    const deps = { store: test.store, clock: test.store.time.now };
    const reset = async (isRemoving: boolean) => {
      const { code: typed } = await createResetCode(deps, 'ani', isRemoving);
      const input = { username: 'ani', code: typed, newPassword: PASSWORD };
      expect((await request(test.app).post('/auth/reset-password').send(input)).status).toBe(200);
    };
    await reset(false);
    expect(outcome(await login())).toBe('SECOND_FACTOR_REQUIRED');
    expect(outcome(await login({ totp: code() }))).toBe(200);
    await reset(true);
    expect(outcome(await login())).toBe(200);
    expect(await factor()).toBeUndefined();
  });

  it('a change of the password keeps the second factor', async () => {
    const { ticket } = (await reauthenticate(ani, { secondFactor: { totp: code() } })).body;
    const change = { userId: ani.id, currentPassword: PASSWORD, newPassword: 'jahe-hangat-malam', ticket };
    expect((await ani.post('/auth/change-password', change)).status).toBe(200);
    expect(outcome(await login(undefined, { password: 'jahe-hangat-malam' }))).toBe('SECOND_FACTOR_REQUIRED');
    await expect(logIn(test, 'ani', 'jahe-hangat-malam')).rejects.toThrow();
  });
});
