import { generateKeyPairSync, randomUUID } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createSecurityLog } from '../src/audit/security-log.ts';
import { createLog } from '../src/log.ts';
import { startApp, type TestApp } from './support/app.ts';
import { turnOnTotp } from './support/authenticator.ts';
import { type Client, logIn as logInByPassword, signUp } from './support/client.ts';
import { listen } from './support/listen.ts';
import { startProvider, TestBrowser, type TestProvider } from './support/oidc.ts';
import { PASSWORD, post, reauthenticate } from './support/person.ts';
import { codeOf } from './support/totp-code.ts';

vi.mock('../src/auth/bcrypt-client.ts', () => import('./support/quick-bcrypt.ts'));

type Purpose = 'login' | 'link' | 'confirm';
let test: TestApp;
let box: Awaited<ReturnType<typeof listen>>;
let provider: TestProvider;
let logged: string;

beforeEach(async () => {
  let app: RequestListener = (_, response) => response.end();
  box = await listen((request, response) => app(request, response));
  provider = await startProvider(box.url);
  logged = '';
  const start = async (env: Record<string, string>) => {
    const log = createLog('debug', (line) => {
      logged += line;
    });
    test = await startApp(
      { ...provider.env, ...env },
      { log, securityLog: createSecurityLog(log, undefined) },
    );
    app = test.app;
    test.clock.now = Date.now();
  };
  restart = start;
  await start({});
});
let restart: (env: Record<string, string>) => Promise<void>;
afterEach(async () => {
  box.stop();
  await provider.stop();
});

const call = (path: string, body: object, headers: Record<string, string> = {}) =>
  post(`${box.url}/api${path}`, body, headers);
const outcome = ({ status, body }: { status: number; body: unknown }) =>
  status === 200 ? 200 : (body as { code: string }).code;

/** The address at the provider at which a login of this browser begins. */
async function begin(browser: TestBrowser, purpose: Purpose = 'login', headers = {}): Promise<string> {
  const answer = await call('/auth/oidc/start', { purpose, challenge: browser.challenge }, headers);
  if (answer.status !== 200) throw new Error(outcome(answer) as string);
  return (answer.body as { url: string }).url;
}
/** What the page finds behind #/oidc/ after a login. */
async function comeBack(browser: TestBrowser, address: string): Promise<string> {
  const page = new RegExp(`^${box.url}/#/oidc/`);
  return (await browser.follow(address, page)).replace(page, '');
}
async function proofOf(browser: TestBrowser, purpose: Purpose = 'login') {
  return { code: await comeBack(browser, await begin(browser, purpose)), verifier: browser.verifier };
}
async function register(username: string, person = username, more: object = {}) {
  provider.person = person;
  return call('/auth/oidc/register', { ...(await proofOf(new TestBrowser())), username, ...more });
}
async function logIn(person: string, more: object = {}) {
  provider.person = person;
  return call('/auth/oidc/login', { ...(await proofOf(new TestBrowser())), ...more });
}
/** The person who has logged in by the provider. */
async function loggedIn(person: string): Promise<Pick<Client, 'post' | 'get' | 'id'>> {
  const { token, id } = (await logIn(person)).body as { token: string; id: string };
  const headers = { Authorization: `Bearer ${token}` };
  return {
    id,
    post: (path: string, body: object) => call(path, body, headers) as never,
    get: (path: string) =>
      fetch(`${box.url}/api${path}`, { headers }).then(async (one) => ({
        status: one.status,
        body: await one.json(),
      })) as never,
  };
}
/** A ticket of a person by the provider. */
async function ticketOf(who: Pick<Client, 'post'>, person: string, more: object = {}) {
  provider.person = person;
  return who.post('/auth/oidc/reauthenticate', {
    ...(await proofOf(new TestBrowser(), 'confirm')),
    ...more,
  });
}
const account = (name: string) => test.store.accountByName(name);

describe('logging in by the provider', () => {
  it('a person makes an account with a name of their choice, logs in to it, and neither name nor address of the provider is stored', async () => {
    expect(outcome(await logIn('kartini'))).toBe('OIDC_NOT_LINKED');
    expect(outcome(await register('tini', 'kartini'))).toBe(200);
    const answer = await logIn('kartini', { deviceName: 'Firefox' });
    expect(answer.body).toMatchObject({ username: 'tini', token: expect.any(String) });
    const stored = await account('tini');
    expect(stored).toMatchObject({ noPassword: true, devices: [{ name: 'Firefox' }] });
    expect(stored?.identity).toMatchObject({ issuer: provider.issuer, subject: 'kartini' });
    expect(logged).toContain('"route":"POST /auth/oidc/login"');
    expect(outcome(await logIn('someone-else'))).toBe('OIDC_NOT_LINKED');
  });

  it('a proof logs in once, its repeat finds the same device, and after the logout of that it is used up', async () => {
    await register('tini');
    provider.person = 'tini';
    const proof = await proofOf(new TestBrowser());
    const first = await call('/auth/oidc/login', proof);
    const again = await call('/auth/oidc/login', proof);
    expect([outcome(first), outcome(again)]).toEqual([200, 200]);
    expect((await account('tini'))?.devices).toHaveLength(1);
    await call('/auth/logout', {}, { Authorization: `Bearer ${(first.body as { token: string }).token}` });
    expect(outcome(await call('/auth/oidc/login', proof))).toBe('OIDC_EXPIRED');
    expect((await account('tini'))?.devices).toHaveLength(0);
  });

  it('the same proof twice at once makes one device', async () => {
    await register('tini');
    const proof = await proofOf(new TestBrowser());
    const both = await Promise.all([call('/auth/oidc/login', proof), call('/auth/oidc/login', proof)]);
    expect(both.map(outcome)).toEqual([200, 200]);
    expect((await account('tini'))?.devices).toHaveLength(1);
  });

  it('the second factor of the box is asked for after the provider too', async () => {
    const ani = await signUp(test, 'ani');
    const { secret } = await turnOnTotp(ani, test.clock.now);
    const { ticket } = (await reauthenticate(ani, { secondFactor: { totp: codeOf(secret, test.clock.now) } }))
      .body;
    const link = await ani.post('/auth/oidc/link', { ...(await proofOf(new TestBrowser(), 'link')), ticket });
    expect(link.status).toBe(200);
    const proof = await proofOf(new TestBrowser());
    const half = await call('/auth/oidc/login', proof);
    expect(half.body).toMatchObject({ code: 'SECOND_FACTOR_REQUIRED', factors: ['totp', 'recoveryCode'] });
    const secondFactor = { totp: codeOf(secret, test.clock.now, 1) };
    const wrong = { totp: codeOf(secret, test.clock.now, 9) };
    expect(outcome(await call('/auth/oidc/login', { ...proof, secondFactor: wrong }))).toBe(
      'WRONG_SECOND_FACTOR',
    );
    expect(outcome(await call('/auth/oidc/login', { ...proof, secondFactor }))).toBe(200);
    expect(outcome(await call('/auth/oidc/login', { ...proof, secondFactor }))).toBe(200);
  });

  it('without the settings the routes say so, and the page learns of no provider', async () => {
    const bare = await startApp();
    const none = await listen(bare.app);
    const input = { purpose: 'login', challenge: new TestBrowser().challenge };
    expect(outcome(await post(`${none.url}/auth/oidc/start`, input))).toBe('OIDC_OFF');
    expect(await (await fetch(`${none.url}/box`)).json()).not.toHaveProperty('oidc');
    none.stop();
    expect(await (await fetch(`${box.url}/box`)).json()).toMatchObject({ oidc: { name: 'Sekolah' } });
  });
});

describe('a new account by the provider', () => {
  it('a closed box takes none, and one by invitation takes one for each invitation', async () => {
    await restart({ REGISTRATION: 'invite' });
    expect(outcome(await register('tini'))).toBe('INVITE_REQUIRED');
    expect(outcome(await register('tini', 'tini', { inviteCode: 'nonsense' }))).toBe('INVITE_INVALID');
    await restart({});
    const ani = await signUp(test, 'ani');
    const { code: inviteCode } = (await ani.post('/invites', {})).body;
    expect(outcome(await register('tini', 'tini', { inviteCode }))).toBe(200);
    expect((await account('tini'))?.contacts).toEqual([ani.id]);
    await restart({ REGISTRATION: 'closed' });
    expect(outcome(await register('tini'))).toBe('REGISTRATION_CLOSED');
  });

  it('a name is checked as in any registration, a repeat succeeds, and one identity has one account', async () => {
    await signUp(test, 'ani');
    expect(outcome(await register('Ani', 'kartini'))).toBe('USERNAME_TAKEN');
    expect(outcome(await register('a b', 'kartini'))).toBe('INVALID_USERNAME');
    const proof = await proofOf(new TestBrowser());
    const first = await call('/auth/oidc/register', { ...proof, username: 'tini' });
    const again = await call('/auth/oidc/register', { ...proof, username: 'TINI' });
    expect([again.status, again.body]).toEqual([200, first.body]);
    expect(outcome(await call('/auth/oidc/register', { ...proof, username: 'tini2' }))).toBe('OIDC_LINKED');
    expect(await account('tini2')).toBeUndefined();
  });

  it('registered twice at once under two names, one identity gets one account', async () => {
    const proof = await proofOf(new TestBrowser());
    const answers = await Promise.all(
      ['satu', 'dua'].map((username) => call('/auth/oidc/register', { ...proof, username })),
    );
    expect(answers.map(outcome).sort()).toEqual([200, 'OIDC_LINKED']);
    expect([await account('satu'), await account('dua')].filter(Boolean)).toHaveLength(1);
  });

  it('an account without a password refuses every password, is confirmed by the provider, and sets a first one', async () => {
    await register('tini');
    const tini = await loggedIn('tini');
    expect((await tini.get('/auth/oidc')).body).toEqual({ isLinked: true, hasPassword: false });
    for (const password of ['', PASSWORD])
      expect(outcome(await call('/auth/login', { username: 'tini', password }))).toBe('WRONG_CREDENTIALS');
    expect(outcome(await reauthenticate(tini))).toBe('WRONG_PASSWORD');
    const { ticket } = (await ticketOf(tini, 'tini')).body;
    expect(outcome(await tini.post('/auth/oidc/unlink', { ticket }))).toBe('NO_PASSWORD');
    const set = { ticket, newPassword: PASSWORD };
    expect(outcome(await tini.post('/auth/oidc/password', { ticket, newPassword: 'password' }))).toBe(
      'COMMON_PASSWORD',
    );
    expect(outcome(await tini.post('/auth/oidc/password', set))).toBe(200);
    expect(outcome(await tini.post('/auth/oidc/password', set))).toBe(200);
    const other = { ticket, newPassword: 'jahe-hangat-malam' };
    expect(outcome(await tini.post('/auth/oidc/password', other))).toBe('HAS_PASSWORD');
    expect((await logInByPassword(test, 'tini')).id).toBe(tini.id);
    expect(outcome(await tini.post('/auth/oidc/unlink', { ticket }))).toBe(200);
    expect(outcome(await logIn('tini'))).toBe('OIDC_NOT_LINKED');
  });
});

describe('linking an account', () => {
  it('needs a ticket and a login for linking, and repeats succeed', async () => {
    const ani = await signUp(test, 'ani');
    provider.person = 'kartini';
    const proof = await proofOf(new TestBrowser(), 'link');
    const { ticket } = (await reauthenticate(ani)).body;
    expect(outcome(await ani.post('/auth/oidc/link', { ...proof, ticket: 'x' }))).toBe(
      'REAUTHENTICATION_REQUIRED',
    );
    const ofLogin = { ...(await proofOf(new TestBrowser())), ticket };
    expect(outcome(await ani.post('/auth/oidc/link', ofLogin))).toBe('OIDC_REFUSED');
    for (let n = 0; n < 2; n++)
      expect(outcome(await ani.post('/auth/oidc/link', { ...proof, ticket }))).toBe(200);
    expect((await logIn('kartini')).body).toMatchObject({ id: ani.id });
    for (let n = 0; n < 2; n++) expect(outcome(await ani.post('/auth/oidc/unlink', { ticket }))).toBe(200);
    expect(outcome(await logIn('kartini'))).toBe('OIDC_NOT_LINKED');
    for (const event of ['provider-linked', 'provider-unlinked'])
      expect(logged).toContain(`"event":"${event}"`);
  });

  it('one identity logs in to one account, and one account is linked with one identity', async () => {
    const [ani, budi] = [await signUp(test, 'ani'), await signUp(test, 'budi')];
    const linkTo = async (who: Client, person: string) => {
      provider.person = person;
      const { ticket } = (await reauthenticate(who)).body;
      return outcome(
        await who.post('/auth/oidc/link', { ...(await proofOf(new TestBrowser(), 'link')), ticket }),
      );
    };
    expect([await linkTo(ani, 'kartini'), await linkTo(budi, 'kartini')]).toEqual([200, 'OIDC_LINKED']);
    expect(await linkTo(ani, 'dewi')).toBe('OIDC_LINKED');
  });

  it('a ticket by the provider needs the identity of the account, and a login for that', async () => {
    await register('tini');
    const tini = await loggedIn('tini');
    expect(outcome(await ticketOf(tini, 'someone-else'))).toBe('OIDC_NOT_LINKED');
    provider.person = 'tini';
    const ofLogin = await proofOf(new TestBrowser());
    expect(outcome(await tini.post('/auth/oidc/reauthenticate', ofLogin))).toBe('OIDC_REFUSED');
    expect(outcome(await ticketOf(tini, 'tini'))).toBe(200);
  });

  it('a person who logged in at the provider long ago, and not again, gets no ticket', async () => {
    await register('tini');
    const tini = await loggedIn('tini');
    provider.onToken = (answer) =>
      provider.resign(answer, { auth_time: Math.floor(Date.now() / 1000) - 3600 });
    const browser = new TestBrowser();
    expect(await comeBack(browser, await begin(browser, 'confirm'))).toBe('error.OIDC_REFUSED');
    expect(await comeBack(browser, await begin(browser, 'login'))).not.toMatch(/^error/);
    expect((await tini.get('/auth/oidc')).status).toBe(200);
  });
});

describe('a login by the provider that is tampered with', () => {
  it('who takes the question for a new login out of the address at an unlocked browser gets no ticket', async () => {
    await register('tini');
    const browser = new TestBrowser();
    await comeBack(browser, await begin(browser));
    const address = new URL(await begin(browser, 'confirm'));
    expect(address.searchParams.get('max_age')).toBe('0');
    address.searchParams.delete('max_age');
    // No one logs in there again.
    provider.person = undefined;
    expect(await comeBack(browser, address.href)).toBe('error.OIDC_REFUSED');
    expect(await comeBack(browser, await begin(browser))).not.toMatch(/^error/);
  });

  it('a code is worth nothing with another verifier, in another browser, for another purpose, changed, or late', async () => {
    await register('tini');
    const { code, verifier } = await proofOf(new TestBrowser());
    const send = async (proof: object) => outcome(await call('/auth/oidc/login', proof));
    expect(await send({ code, verifier: new TestBrowser().verifier })).toBe('OIDC_REFUSED');
    const flipped = `${code.slice(0, -2)}${code.at(-2) === 'A' ? 'B' : 'A'}${code.at(-1)}`;
    for (const wrong of [flipped, 'x', '', `${code}A`])
      expect([wrong, await send({ code: wrong, verifier })]).toEqual([wrong, 'OIDC_REFUSED']);
    test.clock.now += 10 * 60_000 - 1000;
    expect(await send({ code, verifier })).toBe(200);
    test.clock.now += 2000;
    expect(await send({ code, verifier })).toBe('OIDC_EXPIRED');
  });

  it('a state that is not of this box, of another box, or of long ago ends at the page with an error', async () => {
    const browser = new TestBrowser();
    const callback = new URL(await browser.follow(await begin(browser), /\/callback\?/));
    const open = async (change: (url: URL) => void) => {
      const url = new URL(callback);
      change(url);
      return comeBack(browser, url.href);
    };
    expect(await open((url) => url.searchParams.set('state', 'x'))).toBe('error.OIDC_REFUSED');
    const foreign = await startApp(provider.env);
    const other = await listen(foreign.app);
    const { body } = await post(`${other.url}/auth/oidc/start`, {
      purpose: 'login',
      challenge: browser.challenge,
    });
    other.stop();
    const state = new URL((body as { url: string }).url).searchParams.get('state') ?? '';
    expect(await open((url) => url.searchParams.set('state', state))).toBe('error.OIDC_REFUSED');
    test.clock.now += 15 * 60_000 - 5000;
    expect(await open(() => undefined)).not.toMatch(/^error/);
    test.clock.now += 10_000;
    expect(await open(() => undefined)).toBe('error.OIDC_EXPIRED');
  });

  it('a code of the provider is worth nothing in the login of another browser', async () => {
    const [victim, thief] = [new TestBrowser(), new TestBrowser()];
    const stolen = new URL(await victim.follow(await begin(victim), /\/callback\?/));
    const own = new URL(await thief.follow(await begin(thief), /\/callback\?/));
    own.searchParams.set('code', stolen.searchParams.get('code') ?? '');
    expect(await comeBack(thief, own.href)).toBe('error.OIDC_REFUSED');
  });

  it('a callback that is loaded again has the same outcome, and with another code none', async () => {
    const browser = new TestBrowser();
    const callback = await browser.follow(await begin(browser), /\/callback\?/);
    const asked = () => provider.requests.filter((one) => one === 'POST /token').length;
    const [first, second] = [await comeBack(browser, callback), await comeBack(browser, callback)];
    expect(second).toBe(first);
    expect(asked()).toBe(1);
    const url = new URL(callback);
    url.searchParams.set('code', 'another');
    expect(await comeBack(browser, url.href)).toBe('error.OIDC_REFUSED');
    expect(asked()).toBe(1);
  });

  it.each([
    ['nonce', () => ({ nonce: 'of-another-login' })],
    ['issuer', () => ({ iss: 'https://accounts.example.org' })],
    ['audience', () => ({ aud: 'another-client' })],
    ['authorised party', () => ({ aud: ['bisik-box', 'another'], azp: 'another' })],
    ['time of expiry', () => ({ exp: Math.floor(Date.now() / 1000) - 3600 })],
    ['subject that is too long', () => ({ sub: 'x'.repeat(256) })],
  ])('an ID token with another %s is refused', async (_, changes) => {
    provider.onToken = (answer) => provider.resign(answer, changes());
    const browser = new TestBrowser();
    expect(await comeBack(browser, await begin(browser))).toBe('error.OIDC_REFUSED');
    expect(logged).toContain('"event":"provider-refused"');
    provider.onToken = (answer) => provider.resign(answer, {});
    expect(await comeBack(browser, await begin(browser))).not.toMatch(/^error/);
  });

  it('an ID token is refused that another key signed, that is not signed, or that is not there', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const unsigned = (token: unknown) => {
      const [, payload = ''] = String(token).split('.');
      return `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`;
    };
    const faults: (typeof provider.onToken)[] = [
      (answer) => provider.resign(answer, {}, privateKey),
      (answer) => ({ ...answer, id_token: unsigned(answer.id_token) }),
      ({ id_token: _, ...answer }) => answer,
    ];
    for (const fault of faults) {
      provider.onToken = fault;
      const browser = new TestBrowser();
      expect(await comeBack(browser, await begin(browser))).toBe('error.OIDC_REFUSED');
    }
  });

  it('a login returns to the pages of this box alone', async () => {
    await restart({ CORS_ORIGINS: 'https://chat.example.org' });
    const browser = new TestBrowser();
    for (const Origin of ['https://evil.example', 'null', 'https://chat.example.org.evil.example'])
      await expect(begin(browser, 'login', { Origin })).rejects.toThrow('OIDC_REFUSED');
    const address = await begin(browser, 'login', { Origin: 'https://chat.example.org' });
    expect(await browser.follow(address, /#\/oidc\//)).toMatch(
      /^https:\/\/chat\.example\.org\/#\/oidc\/[\w-]+$/,
    );
    // Fields that name another place count for nothing.
    const callback = new URL(await browser.follow(await begin(browser), /\/callback\?/));
    for (const name of ['page', 'redirect_uri', 'next'])
      callback.searchParams.set(name, 'https://evil.example');
    expect(await browser.follow(callback.href, /#\/oidc\//)).not.toContain('evil');
  });

  it('the answer of the callback holds its code behind # alone, and nothing of it is logged or stored', async () => {
    const browser = new TestBrowser();
    const callback = await browser.follow(await begin(browser), /\/callback\?/);
    const { status, location = '', headers } = await browser.open(callback);
    expect([status, headers.get('cache-control'), headers.get('referrer-policy')]).toEqual([
      303,
      'no-store',
      'no-referrer',
    ]);
    const [before, code = ''] = location.split('#/oidc/');
    expect(before).toBe(`${box.url}/`);
    const secrets = [code, ...new URL(callback).searchParams.values()].filter((one) => one.length > 40);
    expect(secrets.length).toBeGreaterThan(1);
    for (const secret of secrets) expect(logged).not.toContain(secret);
  });

  it('a person who cancels at the provider comes back to the page, which says so', async () => {
    provider.person = undefined;
    const browser = new TestBrowser();
    expect(await comeBack(browser, await begin(browser))).toBe('error.OIDC_CANCELLED');
  });
});

describe('a provider that is away', () => {
  it('says so without waiting for each person, does not stop other logins, and is found when it is back', async () => {
    let asked = 0;
    provider.instead = (_, response) => {
      asked += 1;
      response.writeHead(503).end();
    };
    const browser = new TestBrowser();
    for (let n = 0; n < 3; n++) {
      const answer = await call('/auth/oidc/start', { purpose: 'login', challenge: browser.challenge });
      expect([answer.status, outcome(answer)]).toEqual([503, 'OIDC_UNAVAILABLE']);
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect(asked).toBe(1);
    await signUp(test, 'ani');
    provider.instead = undefined;
    await restart({});
    expect(await comeBack(browser, await begin(browser))).not.toMatch(/^error/);
  });

  it('while it does not redeem its code the page says so, and the same callback succeeds afterwards', async () => {
    const browser = new TestBrowser();
    const callback = await browser.follow(await begin(browser), /\/callback\?/);
    provider.instead = (_, response) => response.writeHead(502).end();
    expect(await comeBack(browser, callback)).toBe('error.OIDC_UNAVAILABLE');
    provider.instead = (_, response) =>
      response.writeHead(302, { Location: 'http://127.0.0.1:1/inside' }).end();
    expect(await comeBack(browser, callback)).toBe('error.OIDC_REFUSED');
    expect(logged).toContain('"event":"provider-silent"');
  });

  it('a document that names another issuer is refused, and so is one that sends people to an address without https', async () => {
    const document = {
      issuer: provider.issuer,
      authorization_endpoint: `${provider.issuer}/auth`,
      token_endpoint: `${provider.issuer}/token`,
      jwks_uri: `${provider.issuer}/jwks`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
    };
    const startWith = async (changes: object) => {
      await restart({});
      provider.instead = (_, response) => {
        response.setHeader('Content-Type', 'application/json');
        response.end(JSON.stringify({ ...document, ...changes }));
      };
      return outcome(
        await call('/auth/oidc/start', { purpose: 'login', challenge: new TestBrowser().challenge }),
      );
    };
    // The premise: the document is one.
    expect(await startWith({})).toBe(200);
    for (const changes of [
      { issuer: 'https://accounts.example.org' },
      { authorization_endpoint: 'ftp://id.example.org/auth' },
      { authorization_endpoint: undefined },
    ])
      expect([changes, await startWith(changes)]).toEqual([changes, 'OIDC_UNAVAILABLE']);
  });

  it('a changed file of the secret is read without a restart, and a wrong secret is the fault of the box', async () => {
    const browser = new TestBrowser();
    provider.setSecret('another-secret-of-the-provider', 'not-that-secret');
    expect(await comeBack(browser, await begin(browser))).toBe('error.OIDC_UNAVAILABLE');
    provider.setSecret('another-secret-of-the-provider');
    expect(await comeBack(browser, await begin(browser))).not.toMatch(/^error/);
  });
});

it('an id of an attempt that is not of this login finds no device', async () => {
  await register('tini');
  expect(outcome(await logIn('tini', { attemptId: randomUUID() }))).toBe('INVALID_REQUEST');
});
