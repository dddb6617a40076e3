import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Core, type Cores, startCores } from '../support/cores.ts';
import { ask, logIn, PASSWORD, post, signUp } from '../support/person.ts';
import { hasPostgres, type Postgres, startPostgres } from '../support/postgres.ts';
import { until } from '../support/until.ts';

const LIMITS = 'registrations=4/3600,failures=4/600,guesses=6/900,logins=9/600,invites=3/600';

describe.runIf(hasPostgres)('attempts to get in that are spread over two cores', () => {
  let postgres: Postgres;
  let cores: Cores;
  let both: Core[];
  /** The statuses of so many attempts, at either core in turn. */
  const spread = async (count: number, attempt: (url: string, n: number) => Promise<{ status: number }>) => {
    const statuses: number[] = [];
    for (let n = 0; n < count; n++) statuses.push((await attempt(both[n % 2]?.url ?? '', n)).status);
    return statuses;
  };
  const times = (...parts: [number, number][]) =>
    parts.flatMap(([status, count]) => Array(count).fill(status));
  /** As the tunnel says who asks: each test has a network of its own. */
  const from = (address: string) => ({ 'CF-Connecting-IP': address });
  const logInFrom = (address: string, username: string, password: string) => (url: string) =>
    post(`${url}/auth/login`, { username, password }, from(address));

  beforeAll(async () => {
    postgres = await startPostgres();
    cores = await startCores(await postgres.newDatabase());
    const env = { RATE_LIMITS: LIMITS, TRUSTED_PROXIES: '127.0.0.0/8', REGISTRATION: 'open' };
    both = [await cores.start(env), await cores.start(env)];
    await signUp(both[0]?.url ?? '', 'ani');
  });
  afterAll(async () => {
    await cores?.stop();
    await postgres?.stop();
  });

  it('are as many wrong passwords as at one, and the right one ends their count at both', async () => {
    const wrong = logInFrom('198.51.100.1', 'ani', 'salah-sekali-lagi');
    expect(await spread(3, wrong)).toEqual(times([401, 3]));
    expect(await spread(2, logInFrom('198.51.100.1', 'ani', PASSWORD))).toEqual(times([200, 2]));
    expect(await spread(8, wrong)).toEqual(times([401, 4], [429, 4]));
  });

  it('are as many wrong passwords at one name as at one, from whatever networks', async () => {
    await signUp(both[1]?.url ?? '', 'budi');
    const statuses = await spread(12, (url, n) =>
      logInFrom(`203.0.113.${n + 1}`, 'budi', 'salah-sekali-lagi')(url),
    );
    expect(statuses).toEqual(times([401, 6], [429, 6]));
  });

  it('are as many wrong passwords of one network as at one, at whatever names', async () => {
    const statuses = await spread(14, (url, n) =>
      logInFrom('198.51.100.9', `orang${n}`, 'salah-sekali-lagi')(url),
    );
    expect(statuses).toEqual(times([401, 9], [429, 5]));
  });

  it('are as many registrations of one network, and unknown invitations, as at one', async () => {
    const registered = await spread(8, (url, n) =>
      post(`${url}/auth/register`, { username: `baru${n}`, password: PASSWORD }, from('198.51.100.20')),
    );
    expect(registered).toEqual(times([200, 4], [429, 4]));
    const looked = await spread(6, (url) =>
      post(`${url}/invites/look`, { code: randomBytes(16).toString('base64url') }, from('198.51.100.21')),
    );
    expect(looked).toEqual(times([404, 3], [429, 3]));
  });

  it('are refused while the database is away, and possible again when it is back', async () => {
    await postgres.kill();
    const refused = await spread(2, logInFrom('198.51.100.30', 'ani', PASSWORD));
    expect(refused).toEqual(times([503, 2]));
    await postgres.start();
    await until(async () => {
      const answers = await Promise.all(both.map(({ url }) => ask(`${url}/health/ready`)));
      return answers.every(({ status }) => status === 200);
    });
    for (const { url } of both) expect((await logIn(url, 'ani')).token).not.toBe('');
  });
});
