import request from 'supertest';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { EVENTS, type EventName } from '../src/audit/events.ts';
import { ROUTE_EVENTS } from '../src/audit/route-events.ts';
import { createSecurityLog, type SecurityLog } from '../src/audit/security-log.ts';
import { createResetCode } from '../src/auth/reset.ts';
import { ApiError } from '../src/errors.ts';
import { createLog } from '../src/log.ts';
import type { Provider } from '../src/oidc/provider.ts';
import { atOnce, startApp, type TestApp } from './support/app.ts';
import { endDevice, turnOnTotp } from './support/authenticator.ts';
import { type Client, deviceOf, logIn, signUp, signUpFriends } from './support/client.ts';
import { fakeProvider, OIDC_ENV, proofOf } from './support/fake-provider.ts';
import { reauthenticate } from './support/person.ts';
import { newBrowser } from './support/push-service.ts';
import { until } from './support/until.ts';

vi.mock('../src/auth/bcrypt-client.ts', () => import('./support/quick-bcrypt.ts'));

type Line = Record<string, string>;
let test: TestApp;
let text: string;
let securityLog: SecurityLog;
let ani: Client;
let budi: Client;
let isProviderAway: boolean;
const provider: Provider = {
  ...fakeProvider,
  async authorizationUrl(...of) {
    if (isProviderAway) throw new ApiError('OIDC_UNAVAILABLE', { cause: new Error('no route to it') });
    return fakeProvider.authorizationUrl(...of);
  },
};
/** With what push services answer; 0: they do not. */
let status: number;
beforeEach(async () => {
  text = '';
  status = 201;
  isProviderAway = false;
  const log = createLog('debug', (line) => {
    text += line;
  });
  securityLog = createSecurityLog(log, undefined);
  const send = async () => {
    if (status === 0) throw new Error('no answer');
    return { status, retryAfter: 0 };
  };
  test = await startApp(
    { ...OIDC_ENV, RATE_LIMITS: 'failures=2/600,people=1/600' },
    { log, securityLog, push: { send, delay: atOnce }, provider },
  );
  [ani, budi] = await signUpFriends(test);
});
afterEach(async () => {
  securityLog.close();
  test.endPolls();
  await test.store.close();
});

const lines = (): Line[] =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line);
/** The lines of an event, once there is one: that of a name is recorded after it was looked up. */
async function events(name: EventName): Promise<Line[]> {
  await until(() => lines().some(({ event }) => event === name));
  return lines().filter(({ event }) => event === name);
}
const post = (path: string, body: object) => request(test.app).post(path).send(body);
const password = 'kopi-tubruk-pagi';

it('every security event of requests is recorded with its time, who, from where, on which route and why', async () => {
  const from = expect.any(String);
  const by = (who: string, route: string, more = {}) =>
    expect.objectContaining({ who, route, from, time: expect.stringMatching(/^2.*Z$/), ...more });

  expect(await events('account-created')).toContainEqual(by(ani.id, 'POST /auth/register'));
  expect(await events('login')).toContainEqual(by(ani.id, 'POST /auth/login'));

  await post('/auth/login', { username: 'ani', password: 'salah-sandinya' });
  await post('/auth/login', { username: 'tidak.ada', password });
  const failed = { route: 'POST /auth/login', code: 'WRONG_CREDENTIALS' };
  await until(async () => (await events('login-failed')).length === 2);
  expect(await events('login-failed')).toContainEqual(by(ani.id, 'POST /auth/login', failed));
  expect((await events('login-failed')).filter(({ who }) => who === undefined)).toHaveLength(1);
  for (let n = 0; n < 3; n++) await post('/auth/login', { username: 'budi', password: 'salah-sandinya' });
  expect(await events('login-throttled')).toContainEqual(
    by(budi.id, 'POST /auth/login', { code: 'TOO_MANY_REQUESTS' }),
  );

  const spare = await logIn(test, 'ani');
  await spare.post('/auth/refresh', {});
  expect(await events('token-refreshed')).toContainEqual(by(ani.id, 'POST /auth/refresh'));
  await endDevice(ani, deviceOf(spare));
  expect(await events('reauthenticated')).toContainEqual(by(ani.id, 'POST /auth/reauthenticate'));
  expect(await events('device-ended')).toContainEqual(by(ani.id, 'DELETE /auth/devices/:deviceId'));
  await spare.get('/auth/devices');
  await request(test.app).get('/sync');
  await request(test.app).get('/sync').set('Authorization', 'Bearer a.b.c');
  const old = Buffer.from('{"exp":1}').toString('base64url');
  await request(test.app).get('/sync').set('Authorization', `Bearer a.${old}.c`);
  const reasons = (await events('token-refused')).map(({ reason, code }) => [reason, code]);
  expect(reasons).toEqual(
    ['revoked', 'missing', 'invalid', 'expired'].map((one) => [one, 'UNAUTHENTICATED']),
  );

  await turnOnTotp(budi, test.clock.now);
  expect((await events('second-factor-changed')).map(({ who, route }) => [who, route])).toEqual([
    [budi.id, 'POST /auth/second-factor/totp/confirm'],
  ]);

  const change = { userId: ani.id, currentPassword: 'salah-sandinya', newPassword: 'jahe-hangat-malam' };
  await ani.post('/auth/change-password', change);
  expect(await events('password-change-failed')).toContainEqual(
    by(ani.id, 'POST /auth/change-password', { code: 'WRONG_PASSWORD' }),
  );
  const changed = await ani.post('/auth/change-password', { ...change, currentPassword: password });
  expect(changed.status).toBe(200);
  expect(await events('password-changed')).toContainEqual(by(ani.id, 'POST /auth/change-password'));

  const citra = await signUp(test, 'citra');
  const reset = { username: 'citra', newPassword: 'jahe-hangat-malam' };
  await post('/auth/reset-password', { ...reset, code: 'aaaa-aaaa-aaaa-aaaa' });
  expect(await events('password-reset-failed')).toContainEqual(
    by(citra.id, 'POST /auth/reset-password', { code: 'WRONG_RESET_CODE' }),
  );
  const { code } = await createResetCode({ store: test.store, clock: test.store.time.now }, 'citra');
  expect((await post('/auth/reset-password', { ...reset, code })).status).toBe(200);
  expect(await events('password-reset')).toContainEqual(by(citra.id, 'POST /auth/reset-password'));

  const invite = (await budi.post('/invites', {})).body;
  expect(await events('invite-created')).toContainEqual(by(budi.id, 'POST /invites'));
  const dewi = await signUp(test, 'dewi');
  expect((await dewi.post('/invites/accept', { code: invite.code })).status).toBe(200);
  expect(await events('invite-accepted')).toContainEqual(by(dewi.id, 'POST /invites/accept'));
  await budi.post('/invites/revoke', { id: invite.id });
  expect(await events('invite-revoked')).toContainEqual(by(budi.id, 'POST /invites/revoke'));

  expect((await dewi.post('/friends/report', { userId: budi.id, reason: 'spam' })).status).toBe(200);
  expect(await events('person-reported')).toContainEqual(by(dewi.id, 'POST /friends/report'));
  await dewi.post('/friends/report', { userId: ani.id, reason: 'spam' });
  expect(await events('rate-limited')).toContainEqual(
    by(dewi.id, 'POST /friends/report', { code: 'TOO_MANY_REQUESTS' }),
  );
  await dewi.get(`/friends/${budi.id}`);
  expect(await events('access-refused')).toContainEqual(
    by(dewi.id, 'GET /friends/:userId', { code: 'NOT_YOU' }),
  );
  await dewi.post('/invites', { uses: 'banyak' });
  expect(await events('request-invalid')).toContainEqual(
    by(dewi.id, 'POST /invites', { code: 'INVALID_REQUEST' }),
  );
  await request(test.app).get('/tidak/ada');
  await request(test.app).delete('/auth/login');
  const invalid = (await events('request-invalid')).map((line) => [line.route, line.code]);
  expect(invalid).toEqual(
    expect.arrayContaining([
      ['unknown', 'NOT_FOUND'],
      ['unknown', 'METHOD_NOT_ALLOWED'],
    ]),
  );

  test.cipher.failure = new ApiError('CIPHER_UNAVAILABLE');
  const send = { senderId: budi.id, receiverId: dewi.id, message: 'hai' };
  expect((await budi.post('/chat/send', send)).status).toBe(503);
  expect(await events('cipher-unavailable')).toContainEqual(by(budi.id, 'POST /chat/send'));
  test.cipher.failure = undefined;

  vi.spyOn(test.store, 'transact').mockRejectedValueOnce(new ApiError('DISK_FULL'));
  expect((await budi.post('/chat/send', send)).status).toBe(507);
  expect(await events('storage-unavailable')).toContainEqual(
    by(budi.id, 'POST /chat/send', { code: 'DISK_FULL' }),
  );
  vi.spyOn(test.store, 'transact').mockRejectedValueOnce(new Error('broken'));
  const { body } = await budi.post('/chat/send', send);
  const broken = by(budi.id, 'POST /chat/send', { code: 'INTERNAL', requestId: body.requestId });
  expect(await events('request-failed')).toContainEqual(broken);

  await dewi.post('/push/subscribe', newBrowser().subscription);
  status = 0;
  expect((await dewi.post('/push/test', {})).status).toBe(503);
  const silent = expect.objectContaining({ host: 'localhost.push.example.org' });
  expect(await events('push-service-silent')).toContainEqual(silent);

  status = 410;
  await budi.post('/push/subscribe', {
    ...newBrowser().subscription,
    endpoint: 'https://gone.example.org/x',
  });
  await dewi.post('/chat/send', { senderId: dewi.id, receiverId: budi.id, message: 'hai' });
  expect(await events('push-refused')).toContainEqual(
    expect.objectContaining({ host: 'gone.example.org', code: 'HTTP 410' }),
  );
  test.cipher.failure = new Error('down');
  await request(test.app).get('/health/ready');
  expect(await events('not-ready')).toContainEqual(
    expect.objectContaining({ cause: 'messages cannot be sealed' }),
  );

  await budi.post('/owner/claim', { code: 'AAAA' });
  expect(await events('owner-claim-failed')).toContainEqual(
    by(budi.id, 'POST /owner/claim', { code: 'WRONG_OWNER_CODE' }),
  );
  await budi.post('/owner/claim', { code: test.ownerCode });
  await budi.patch(`/owner/people/${dewi.id}`, { quotaMb: 5 });
  expect((await events('owner-command')).map(({ who, about, command }) => [who, about, command])).toEqual([
    [budi.id, undefined, 'claim'],
    [budi.id, dewi.id, 'set-quota'],
  ]);

  const linkTo = async () => {
    const { ticket } = (await reauthenticate(dewi)).body;
    const linked = await dewi.post('/auth/oidc/link', { ...(await proofOf(test, 'link', 'dewi')), ticket });
    expect(linked.status).toBe(200);
    return ticket;
  };
  const ticket = await linkTo();
  expect(await events('provider-linked')).toContainEqual(by(dewi.id, 'POST /auth/oidc/link'));
  const logins = async () => (await events('login')).filter(({ route }) => route === 'POST /auth/oidc/login');
  await post('/auth/oidc/login', await proofOf(test, 'login', 'dewi'));
  expect(await logins()).toEqual([by(dewi.id, 'POST /auth/oidc/login')]);
  await dewi.post('/auth/oidc/unlink', { ticket });
  expect(await events('provider-unlinked')).toContainEqual(by(dewi.id, 'POST /auth/oidc/unlink'));
  await request(test.app).get('/auth/oidc/callback?state=x');
  await post('/auth/oidc/login', { ...(await proofOf(test, 'link', 'dewi')) });
  expect((await events('provider-refused')).map(({ route, code }) => [route, code])).toEqual([
    ['GET /auth/oidc/callback', 'OIDC_REFUSED'],
    ['POST /auth/oidc/login', 'OIDC_REFUSED'],
  ]);
  isProviderAway = true;
  const challenge = 'x'.repeat(43);
  expect((await post('/auth/oidc/start', { purpose: 'login', challenge })).status).toBe(503);
  expect(await events('provider-silent')).toContainEqual(
    expect.objectContaining({ route: 'POST /auth/oidc/start', cause: 'no route to it' }),
  );

  await dewi.post('/auth/logout', {});
  expect(await events('logged-out')).toContainEqual(by(dewi.id, 'POST /auth/logout'));

  const eko = await signUp(test, 'eko');
  await eko.post('/me/export', {});
  expect(await events('data-exported')).toContainEqual(by(eko.id, 'POST /me/export'));
  await eko.delete('/me', { 'Reauthentication-Ticket': (await reauthenticate(eko)).body.ticket });
  expect(await events('account-deleted')).toContainEqual(by(eko.id, 'DELETE /me'));

  // The others are those of the process, of the operator, of a push service that has rested, and of passkeys.test.ts.
  const recorded = new Set(lines().map(({ event }) => event));
  const others = ['operator-command', 'started', 'stopped', 'push-service-answers', 'passkey-copied'];
  expect(
    Object.keys(EVENTS)
      .filter((name) => !recorded.has(name))
      .sort(),
  ).toEqual(others.sort());
});

/** Routes that change something and whose success is no security event: what people write and how they arrange it. */
const ORDINARY = [
  // These offer a secret or a challenge, and change nothing.
  /^POST \/auth\/second-factor\/(totp|passkeys\/offer)$/,
  // It stores nothing; the login itself is recorded with its account, which no name in its body tells.
  /^POST \/auth\/oidc\/(start|login)$/,
  /^\w+ \/(chat|conversations|groups|friends|push|attachments|me|notes|imports)\b/,
  /^POST \/invites\/look$/,
  // What an owner does is recorded by its verb, with whom it was done to.
  /^\w+ \/owner\b/,
];

it('every route that changes something has a security event or is ordinary use, and each event’s route exists', () => {
  const routes = test.routes.map(({ method, path }) => `${method.toUpperCase()} ${path}`);
  expect(Object.keys(ROUTE_EVENTS).filter((name) => !routes.includes(name))).toEqual([]);
  const silent = routes.filter(
    (name) => !name.startsWith('GET ') && !(name in ROUTE_EVENTS) && !ORDINARY.some((one) => one.test(name)),
  );
  expect(silent).toEqual([]);
});
