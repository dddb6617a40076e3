import request from 'supertest';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { compare, hash } from '../src/auth/bcrypt-client.ts';
import { startApp, type TestApp } from './support/app.ts';
import { type Client, signUp } from './support/client.ts';
import { PASSWORD } from './support/person.ts';

vi.mock('../src/auth/bcrypt-client.ts', async () => {
  const quick = await import('./support/quick-bcrypt.ts');
  return { hash: vi.fn(quick.hash), compare: vi.fn(quick.compare) };
});

/** The client of the tests counts as a trusted proxy, as cloudflared does on a box. */
const PROXY = { TRUSTED_PROXIES: '127.0.0.0/8,::1/128' };
const from = (address: string) => ({ 'CF-Connecting-IP': address });
let test: TestApp;

const tryLogin = (username: string, password: string, address: string) =>
  request(test.app).post('/auth/login').set(from(address)).send({ username, password });
const change = ({ id, post }: Client, newPassword: string, currentPassword = PASSWORD) =>
  post('/auth/change-password', { userId: id, currentPassword, newPassword });
const hashes = () => vi.mocked(hash).mock.calls.length + vi.mocked(compare).mock.calls.length;

/** Holds all comparisons until they are released; `order`: the texts, as they were started. */
function holdComparisons(): { order: string[]; release: () => void } {
  const order: string[] = [];
  const held = Promise.withResolvers<void>();
  const real = vi.mocked(compare).getMockImplementation() ?? expect.fail('no implementation');
  vi.mocked(compare).mockImplementation(async (text, stored) => {
    order.push(text);
    await held.promise;
    return real(text, stored);
  });
  return {
    order,
    release: held.resolve,
  };
}

describe('the cost of hashing', () => {
  beforeEach(async () => {
    test = await startApp({ RATE_LIMITS: 'passwords=5/3600', ...PROXY });
  });

  it('a change to a password that is refused hashes nothing, and counts as an attempt', async () => {
    const ani = await signUp(test, 'ani');
    const before = hashes();
    const statuses = [];
    for (const next of ['pendek', 'password123', 'ani-2024', 'sayangku1', 'bisikbisik', 'jahe-hangat-malam'])
      statuses.push((await change(ani, next)).status);
    expect(statuses).toEqual([400, 400, 400, 400, 400, 429]);
    expect(hashes()).toBe(before);
  });

  it('changes of the password count as attempts when they succeed, too', async () => {
    const { id, token } = await signUp(test, 'ani');
    let [statuses, newest, current]: [number[], string, string] = [[], token, PASSWORD];
    for (const newPassword of Array.from({ length: 6 }, (_, n) => `sandi-ke-${n}`)) {
      const { status, body } = await request(test.app)
        .post('/auth/change-password')
        .set('Authorization', `Bearer ${newest}`)
        .send({ userId: id, currentPassword: current, newPassword });
      statuses = [...statuses, status];
      [newest, current] = [body.token, newPassword];
    }
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429]);
  });

  it('while one network fills the queue of hashes, a login of another network waits for a few hashes only', async () => {
    const others = await Promise.all(
      ['budi', 'citra', 'dewi', 'eko', 'fajar'].map((name) => signUp(test, name)),
    );
    await signUp(test, 'ani');
    const { order, release } = holdComparisons();
    const guesses = others.flatMap((one) =>
      [1, 2, 3, 4].map((n) => change(one, `sandi-baru-${n}`, 'tebakan').then()),
    );
    await expect.poll(() => order.length).toBe(2);
    const lookUp = vi.spyOn(test.store, 'accountsByName');
    const login = tryLogin('ani', PASSWORD, '203.0.113.7').then();
    await expect.poll(() => lookUp.mock.calls.length).toBe(1);
    release();
    expect((await login).status).toBe(200);
    await Promise.all(guesses);
    expect(order).toHaveLength(21);
    expect(order.indexOf(PASSWORD)).toBeLessThanOrEqual(4);
  });
});

describe('the limits of flash', () => {
  it('a renewed token writes nothing, and renewals are limited', async () => {
    test = await startApp({ RATE_LIMITS: 'refreshes=20/3600' });
    const ani = await signUp(test, 'ani');
    const revision = test.store.revision();
    const statuses = [];
    for (let n = 0; n < 21; n++) statuses.push((await ani.post('/auth/refresh', {})).status);
    expect(statuses).toEqual([...Array(20).fill(200), 429]);
    expect(test.store.revision()).toBe(revision);
  });
});
