import request from 'supertest';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { hash } from '../src/auth/bcrypt-client.ts';
import { createResetCode } from '../src/auth/reset.ts';
import { startApp, type TestApp } from './support/app.ts';
import { type Client, logIn, signUp } from './support/client.ts';
import { PASSWORD } from './support/person.ts';

vi.mock('../src/auth/bcrypt-client.ts', async () => {
  const quick = await import('./support/quick-bcrypt.ts');
  return { ...quick, hash: vi.fn(quick.hash) };
});

const MINUTE = 60_000;
const NEW_PASSWORD = 'jahe-hangat-malam';
let test: TestApp;
let ani: Client;

beforeEach(async () => {
  test = await startApp();
  ani = await signUp(test, 'ani');
});
const createCode = async (username = 'ani') => {
  return (await createResetCode({ store: test.store, clock: test.store.time.now }, username)).code;
};
const reset = (code: string, { username = 'ani', newPassword = NEW_PASSWORD } = {}) =>
  request(test.app).post('/auth/reset-password').send({ username, code, newPassword });
const loginStatus = async (password: string) =>
  (await request(test.app).post('/auth/login').send({ username: 'ani', password })).status;

describe('a reset code', () => {
  it('a reset code has 128 bits, sets a new password, once, and ends every token', async () => {
    const other = await logIn(test, 'ani');
    const code = await createCode('Ani');
    // 26 characters of five bits each: 128 bits at random.
    expect(code).toMatch(/^([0-9A-Z]{4}-){6}[0-9A-Z]{2}$/);
    // Until it is used, nothing has changed.
    expect([(await ani.get('/auth/devices')).status, await loginStatus(PASSWORD)]).toEqual([200, 200]);

    await reset(code.toLowerCase().replaceAll('-', ' ')).expect(200);
    for (const { get } of [ani, other]) expect((await get('/auth/devices')).status).toBe(401);
    expect([await loginStatus(PASSWORD), await loginStatus(NEW_PASSWORD)]).toEqual([401, 200]);
    expect((await reset(code, { newPassword: 'serai-dan-sereh' })).body.code).toBe('WRONG_RESET_CODE');
    expect(await loginStatus(NEW_PASSWORD)).toBe(200);
  });

  it('a refused password does not use up the reset code', async () => {
    const code = await createCode();
    expect((await reset(code, { newPassword: 'pendek' })).body.code).toBe('INVALID_PASSWORD');
    expect((await reset(code, { newPassword: 'password123' })).body.code).toBe('COMMON_PASSWORD');
    await reset(code).expect(200);
  });

  it('a reset code is valid for a quarter of an hour by the clock of the service, which never goes back', async () => {
    const code = await createCode();
    test.clock.now += 15 * MINUTE - 1;
    await reset(code).expect(200);
    const late = await createCode();
    test.clock.now += 15 * MINUTE;
    await signUp(test, 'budi');
    test.clock.now = 0;
    expect((await reset(late)).body.code).toBe('WRONG_RESET_CODE');
  });

  it('a reset code ends with the next one, and with a change of the password', async () => {
    const first = await createCode();
    const second = await createCode();
    expect((await reset(first)).status).toBe(403);
    const change = { userId: ani.id, currentPassword: PASSWORD, newPassword: 'serai-dan-sereh' };
    expect((await ani.post('/auth/change-password', change)).status).toBe(200);
    expect((await reset(second)).status).toBe(403);
    expect(await loginStatus('serai-dan-sereh')).toBe(200);
  });

  it('wrong codes of strangers do not end a reset code, which cannot be guessed', async () => {
    const code = await createCode();
    for (let n = 0; n < 50; n++) expect((await reset(`0000-0000-0000-00${n}`)).status).toBe(403);
    await reset(code).expect(200);
  });

  it('with a used reset code five wrong guesses of the new password may be made', async () => {
    const code = await createCode();
    await reset(code).expect(200);
    await reset(code).expect(200);
    for (let n = 0; n < 5; n++)
      expect((await reset(code, { newPassword: `serai-dan-sereh-${n}` })).status).toBe(403);
    expect((await reset(code)).status).toBe(403);
    expect(await loginStatus(NEW_PASSWORD)).toBe(200);
  });

  it('a reset code is valid for one person alone', async () => {
    await signUp(test, 'budi');
    const code = await createCode('budi');
    expect((await reset(code)).status).toBe(403);
    expect(await loginStatus(PASSWORD)).toBe(200);
    await expect(createCode('nobody')).rejects.toThrow('There is no user of this name.');
  });

  it('of two concurrent resets with one code one succeeds', async () => {
    const code = await createCode();
    const passwords = ['serai-dan-sereh', 'daun-jeruk-purut'];
    const answers = await Promise.all(passwords.map((newPassword) => reset(code, { newPassword })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 403]);
    const winner = answers.findIndex(({ status }) => status === 200);
    expect(await Promise.all(passwords.map(loginStatus))).toEqual(winner === 0 ? [200, 401] : [401, 200]);
  });
});

it('no response reveals to a stranger which accounts or codes exist, and guesses write nothing', async () => {
  await signUp(test, 'budi');
  const code = await createCode('budi');
  const expired = await createCode('ani');
  test.clock.now += 15 * MINUTE;
  await signUp(test, 'citra');
  const before = test.store.revision();
  vi.mocked(hash).mockClear();
  const answers = [
    await reset('7K3M-Q9XD-2V5T-HB8N', { username: 'nobody' }),
    await reset('7K3M-Q9XD-2V5T-HB8N', { username: 'citra' }),
    await reset('7K3M-Q9XD-2V5T-HB8N', { username: 'budi' }),
    await reset(code, { username: 'budi' }),
    await reset(expired),
    await reset('x'),
  ];
  // Whether an account exists changes no work: only the right code costs a hash.
  expect(hash).not.toHaveBeenCalled();
  const { status, text, headers } = answers[0] as request.Response;
  expect([status, JSON.parse(text).code]).toEqual([403, 'WRONG_RESET_CODE']);
  for (const one of answers) {
    expect([one.status, one.text]).toEqual([status, text]);
    expect(Object.keys(one.headers)).toEqual(Object.keys(headers));
  }
  expect(test.store.revision()).toBe(before);
});

it('guesses of reset codes are limited by network, and neither lock out nor stop the reset of another network', async () => {
  test = await startApp({
    RATE_LIMITS: 'failures=3/600,logins=40/600,guesses=3/600',
    TRUSTED_PROXIES: '127.0.0.0/8,::1/128',
  });
  ani = await signUp(test, 'ani');
  const code = await createCode();
  for (let n = 0; n < 3; n++) expect((await reset('0000')).status).toBe(403);
  const refused = await reset(code);
  expect([refused.status, refused.body.code]).toEqual([429, 'TOO_MANY_REQUESTS']);
  expect(await loginStatus(PASSWORD)).toBe(200);
  const from = (last: number) => ({ 'CF-Connecting-IP': `203.0.113.${last}` });
  for (let n = 0; n < 9; n++) expect((await reset('0000').set(from(n))).status).toBe(403);
  await reset(code).set(from(99)).expect(200);
});
