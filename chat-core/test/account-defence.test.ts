import request from 'supertest';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { compare, hash } from '../src/auth/bcrypt-client.ts';
import { startApp, type TestApp } from './support/app.ts';
import { type Client, signUp } from './support/client.ts';
import { listen } from './support/listen.ts';
import { PASSWORD, post } from './support/person.ts';

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

/** An address of one of 65,536 IPv6 /56, or of as many IPv4 addresses. */
const network6 = (n: number) => `2001:db8:${n.toString(16)}:100::1`;
const network4 = (n: number) => `198.51.${n >> 8}.${n & 255}`;

describe('guesses at a password', () => {
  const DAY_MS = 24 * 3600 * 1000;

  /** A login with the proof of a device that logged in before. */
  const loginWith = (deviceProof: string, address: string, password = PASSWORD) =>
    request(test.app).post('/auth/login').set(from(address)).send({ username: 'ani', password, deviceProof });

  /** Logs in and returns the proof that the device gets. */
  async function proofOf(username = 'ani'): Promise<string> {
    const { body } = await tryLogin(username, PASSWORD, '203.0.113.99').expect(200);
    return body.deviceProof;
  }

  /** Guesses at Ani's password, each of another network, until so many were refused unseen. @returns how many were checked */
  async function guessMany(networkOf: (n: number) => string, count: number): Promise<number> {
    const before = vi.mocked(compare).mock.calls.length;
    for (let n = 0; n < count; n++) await tryLogin('ani', `tebakan-${n}`, networkOf(n));
    return vi.mocked(compare).mock.calls.length - before;
  }

  beforeEach(async () => {
    test = await startApp({ RATE_LIMITS: 'on', ...PROXY });
    await signUp(test, 'ani');
  });

  it('of 10,000 guesses from as many networks at most 100 are checked, and a known device logs in meanwhile', async () => {
    const proof = await proofOf();
    const { url, stop } = await listen(test.app);
    const before = vi.mocked(compare).mock.calls.length;
    const statuses = new Map<number, number>();
    const guess = async (n: number) => {
      const input = { username: 'ani', password: `tebakan-${n}` };
      const { status } = await post(`${url}/auth/login`, input, from(n % 2 ? network6(n) : network4(n)));
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    };
    for (let n = 0; n < 10_000; n += 20)
      await Promise.all(Array.from({ length: 20 }, (_, k) => guess(n + k)));
    stop();
    const checked = vi.mocked(compare).mock.calls.length - before;
    expect(checked).toBeLessThanOrEqual(100);
    expect([statuses.get(401), statuses.get(429)]).toEqual([checked, 10_000 - checked]);
    // The premise: a stranger is refused, whatever the password.
    expect((await tryLogin('ani', PASSWORD, '203.0.113.50')).status).toBe(429);
    const known = await loginWith(proof, '203.0.113.51');
    expect([known.status, known.body.deviceProof]).toEqual([200, proof]);
  });

  it('a new device of the owner is delayed by an attack, not locked out', async () => {
    await guessMany(network4, 80);
    const refused = await tryLogin('ani', PASSWORD, '203.0.113.50');
    const seconds = Number(refused.headers['retry-after']);
    expect([refused.status, seconds > 0 && seconds <= 900]).toEqual([429, true]);
    test.clock.now += seconds * 1000;
    expect((await tryLogin('ani', PASSWORD, '203.0.113.50')).status).toBe(200);
    // The attack is forgotten with the right password.
    expect((await tryLogin('ani', 'tebakan', '203.0.113.51')).status).toBe(401);
  });

  it('guesses that wait for every delay are 163 a day at most', async () => {
    const [start, before] = [test.clock.now, vi.mocked(compare).mock.calls.length];
    for (let n = 0; test.clock.now < start + DAY_MS; n++) {
      const { status, headers } = await tryLogin('ani', 'tebakan', network4(n % 4096));
      if (status === 429) test.clock.now += Number(headers['retry-after']) * 1000;
    }
    const checked = vi.mocked(compare).mock.calls.length - before;
    expect(checked).toBeGreaterThan(96);
    expect(checked).toBeLessThanOrEqual(163);
  });

  it('the guesses at an account under attack survive a restart, and cost few writes', async () => {
    const revision = test.store.revision();
    await guessMany(network6, 120);
    await expect.poll(async () => (await test.store.accountByName('ani'))?.guesses?.count).toBe(60);
    expect(test.store.revision() - revision).toBeLessThanOrEqual(4);
    test = { ...(await startApp({ RATE_LIMITS: 'on', ...PROXY }, { store: test.store })), clock: test.clock };
    expect((await tryLogin('ani', PASSWORD, '203.0.113.50')).status).toBe(429);
    test.clock.now += 900_000;
    expect((await tryLogin('ani', PASSWORD, '203.0.113.50')).status).toBe(200);
    await expect.poll(async () => (await test.store.accountByName('ani'))?.guesses).toBeUndefined();
  });

  it('wrong guesses with the proof of a known device count for this device alone', async () => {
    const proof = await proofOf();
    const statuses = [];
    for (let n = 0; n < 12; n++)
      statuses.push((await loginWith(proof, '203.0.113.99', `tebakan-${n}`)).status);
    expect(statuses).toEqual([...Array(10).fill(401), 429, 429]);
    expect((await tryLogin('ani', PASSWORD, '203.0.113.99')).status).toBe(200);
  });

  it('the proof of a device is of no use for another name, or without the password', async () => {
    await signUp(test, 'mallory');
    const proof = await proofOf('mallory');
    expect((await loginWith(proof, '203.0.113.1', 'tebakan')).status).toBe(401);
    await guessMany(network6, 100);
    expect((await loginWith(proof, '203.0.113.1')).status).toBe(429);
  });

  it('80 people behind one address log in at once, and 60 wrong guesses at other names from there are the limit', async () => {
    const names = Array.from({ length: 80 }, (_, n) => `murid-${n}`);
    const school = '203.0.113.7';
    for (const [n, username] of names.entries())
      await request(test.app)
        .post('/auth/register')
        .set(from(network4(n)))
        .send({ username, password: PASSWORD })
        .expect(200);
    const logins = await Promise.all(names.map((name) => tryLogin(name, PASSWORD, school)));
    expect(logins.map(({ status }) => status)).toEqual(Array(80).fill(200));
    // Who mistypes and then remembers counts no more.
    for (const name of names.slice(0, 40)) {
      for (const typed of ['salah', 'keliru']) expect((await tryLogin(name, typed, school)).status).toBe(401);
      expect((await tryLogin(name, PASSWORD, school)).status).toBe(200);
    }
    const statuses = [];
    for (const name of names.slice(0, 61)) statuses.push((await tryLogin(name, 'sandi123', school)).status);
    expect(statuses).toEqual([...Array(60).fill(401), 429]);
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
