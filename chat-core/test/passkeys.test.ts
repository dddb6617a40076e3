import { generateKeyPairSync, randomUUID } from 'node:crypto';
import request, { type Response } from 'supertest';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { EventDetails } from '../src/audit/events.ts';
import { startApp, type TestApp } from './support/app.ts';
import { turnOnTotp } from './support/authenticator.ts';
import { type Client, deviceOf, logIn, signUp } from './support/client.ts';
import {
  addPasskey,
  assertPasskey,
  createPasskeyDevice,
  type Forgery,
  type PasskeyDevice,
} from './support/passkey-device.ts';
import { PASSWORD, reauthenticate } from './support/person.ts';
import { codeOf } from './support/totp-code.ts';

vi.mock('../src/auth/bcrypt-client.ts', () => import('./support/quick-bcrypt.ts'));

const ORIGIN = 'https://chat.example.org';
const MINUTE = 60_000;
const events: { event: string; details: EventDetails }[] = [];
const securityLog = {
  record: (event: string, details: EventDetails = {}) => void events.push({ event, details }),
  counts: () => ({}),
  close: () => undefined,
};
let test: TestApp;
let ani: Client;
let phone: PasskeyDevice;
let recoveryCodes: string[] | undefined;

async function start(env: Record<string, string> = {}): Promise<void> {
  test = await startApp({ PUBLIC_URL: ORIGIN, ...env }, { securityLog });
  ani = await signUp(test, 'ani');
  phone = createPasskeyDevice(ORIGIN);
  recoveryCodes = await addPasskey(ani, phone);
}
beforeEach(() => start());

const outcome = ({ status, body }: Response) => (status === 200 ? status : body.code);
const post = (path: string, body: object): Promise<Response> =>
  request(test.app)
    .post(path)
    .send(body)
    .then((answer) => answer);
/** Of a challenge that is later than those before: the test's clock stands still. */
const assertion = (forged?: Forgery, device = phone) => {
  test.clock.now += 1;
  return assertPasskey(ani, device, forged);
};
const login = (passkey: object, more: object = {}) => post('/auth/login/passkey', { passkey, ...more });
const loginBy = async (forged?: Forgery, device = phone) =>
  outcome(await login(await assertion(forged, device)));
const half = (secondFactor?: object, more: object = {}) =>
  post('/auth/login', {
    username: 'ani',
    password: PASSWORD,
    ...(secondFactor && { secondFactor }),
    ...more,
  });
const stored = async () => (await test.store.account(ani.id))?.secondFactor?.passkeys ?? [];
const state = async (who = ani) => (await who.get('/auth/second-factor')).body;
const devices = async () => (await test.store.account(ani.id))?.devices.length;

describe('a login by a passkey alone', () => {
  it('needs no name and no password, and the challenge for it says nothing about any account', async () => {
    const answer = await login(await assertion(), { deviceName: 'Ponsel' });
    expect(answer.body).toMatchObject({ id: ani.id, username: 'ani', deviceProof: expect.any(String) });
    const token = `Bearer ${answer.body.token}`;
    const { body } = await request(test.app).get('/auth/devices').set('Authorization', token);
    expect(body[0]).toMatchObject({ name: 'Ponsel', current: true });
    const { challenge, ...rest } = (await request(test.app).get('/auth/passkey-challenge')).body;
    expect(rest).toEqual({ rpId: 'chat.example.org', userVerification: 'required', timeout: 5 * MINUTE });
    expect(challenge).toMatch(/^[\w-]{72}$/);
  });

  it('repeated after a lost answer succeeds on the same device, and the same proof in another attempt does not', async () => {
    const passkey = await assertion();
    const attemptId = randomUUID();
    expect(outcome(await login(passkey, { attemptId }))).toBe(200);
    const [before, revision] = [await devices(), test.store.revision()];
    expect(outcome(await login(passkey, { attemptId }))).toBe(200);
    expect([await devices(), test.store.revision()]).toEqual([before, revision]);
    expect(outcome(await login(passkey, { attemptId: randomUUID() }))).toBe('WRONG_PASSKEY');
    expect(outcome(await login(passkey))).toBe('WRONG_PASSKEY');
  });

  it('twice at once with one proof logs in once, and a proof of an older challenge counts no more', async () => {
    const older = await assertion();
    test.clock.now += 1;
    const passkey = await assertion();
    const both = await Promise.all([login(passkey), login(passkey)]);
    expect(both.map(outcome).sort()).toEqual([200, 'WRONG_PASSKEY']);
    expect(outcome(await login(older))).toBe('WRONG_PASSKEY');
  });

  it('a challenge is good for five minutes, and one that this box did not make never', async () => {
    const [first, second] = [await assertion(), await assertion()];
    test.clock.now += 5 * MINUTE - 2;
    expect(outcome(await login(first))).toBe(200);
    test.clock.now += 2;
    expect(outcome(await login(second))).toBe('WRONG_PASSKEY');
    const request = (await ani.get('/auth/passkey-challenge')).body;
    for (const challenge of ['', 'AAAA', `${request.challenge.slice(0, -1)}A=`, 'A'.repeat(72)])
      expect([challenge, outcome(await login(phone.get({ ...request, challenge })))]).toEqual([
        challenge,
        'WRONG_PASSKEY',
      ]);
  });

  it.each<[string, Forgery]>([
    ['a page of another origin', { origin: 'https://chat.example.org.evil.example' }],
    ['the same name without https', { origin: 'http://chat.example.org' }],
    ['another port', { origin: 'https://chat.example.org:8443' }],
    ['another name that passkeys are bound to', { rpId: 'evil.example' }],
    ['an owner who was not verified', { flags: 0x01 }],
    ['an owner who was not present', { flags: 0x04 }],
    ['a frame in a page of others', { crossOrigin: true, topOrigin: 'https://evil.example' }],
    ['the making of a passkey in place of a login', { type: 'webauthn.create' }],
    ['another key', { key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey }],
    ['a key of another algorithm', { key: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey }],
    ['an unknown passkey', { id: 'AAAA' }],
    ['an unknown account', { userHandle: Buffer.from(randomUUID()).toString('base64url') }],
    ['an account that is no text', { userHandle: '_____w' }],
  ])('is refused for %s, and changes nothing', async (_, forged) => {
    expect(await loginBy()).toBe(200);
    test.clock.now += 1;
    const revision = test.store.revision();
    const answer = await login(await assertion(forged));
    expect([answer.status, answer.body.code]).toEqual([403, 'WRONG_PASSKEY']);
    expect(Object.keys(answer.body).sort()).toEqual(['code', 'error']);
    expect(test.store.revision()).toBe(revision);
    expect(await loginBy()).toBe(200);
  });

  it('the passkey of another person opens their own account only, also when its id is registered in both', async () => {
    const budi = await signUp(test, 'budi');
    const laptop = createPasskeyDevice(ORIGIN);
    await addPasskey(budi, laptop);
    const handle = Buffer.from(ani.id).toString('base64url');
    expect(await loginBy({ userHandle: handle }, laptop)).toBe('WRONG_PASSKEY');
    expect(await loginBy({ userHandle: handle, id: phone.id }, laptop)).toBe('WRONG_PASSKEY');
    expect(outcome(await half({ passkey: await assertion({}, laptop) }))).toBe('WRONG_PASSKEY');
    expect((await login(await assertion({}, laptop))).body.username).toBe('budi');
    // Budi claims Ani's passkey, whose key he knows: her proofs still open hers, his claims his own.
    const copy = { ...phone, create: phone.create };
    const { ticket } = (
      await reauthenticate(budi, { secondFactor: { passkey: await assertion({}, laptop) } })
    ).body;
    const offered = (await budi.post('/auth/second-factor/passkeys/offer', { ticket })).body;
    const input = { ticket, name: 'Tiruan', passkey: copy.create(offered) };
    expect((await budi.post('/auth/second-factor/passkeys', input)).status).toBe(200);
    const anis = await login(await assertion({ userHandle: handle }));
    expect(anis.body.username).toBe('ani');
  });

  it('a counter that does not rise refuses the login as a copy, which is a security event; one of zero counts nothing', async () => {
    expect(await loginBy({ counter: 10 })).toBe(200);
    events.length = 0;
    for (const counter of [10, 9, 0]) {
      test.clock.now += 1;
      expect(await loginBy({ counter })).toBe('PASSKEY_COPIED');
    }
    const copied = { event: 'passkey-copied', details: expect.objectContaining({ who: ani.id }) };
    await vi.waitFor(() => expect(events).toContainEqual(copied));
    test.clock.now += 1;
    expect(await loginBy({ counter: 11 })).toBe(200);
    const synced = createPasskeyDevice(ORIGIN, { counts: false });
    await addPasskey(ani, synced, { secondFactor: { recoveryCode: recoveryCodes?.[0] } });
    for (const _ of [1, 2]) {
      test.clock.now += 1;
      expect(await loginBy({}, synced)).toBe(200);
    }
    expect((await state()).passkeys.map(({ backedUp }: { backedUp: boolean }) => backedUp)).toEqual([
      false,
      true,
    ]);
  });

  it('five wrong ones make an address wait, alike for accounts that exist and that do not', async () => {
    await start({ RATE_LIMITS: 'factors=5/300' });
    const forged = { key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey };
    const unknown = { userHandle: Buffer.from(randomUUID()).toString('base64url') };
    for (const one of [forged, unknown]) {
      for (let n = 0; n < 5; n++) expect(await loginBy(one)).toBe('WRONG_PASSKEY');
      const late = await login(await assertion(one));
      expect([late.status, Number(late.headers['retry-after']) > 0]).toEqual([429, true]);
    }
    await start({ RATE_LIMITS: 'logins=7/600' });
    for (let n = 0; n < 7; n++)
      expect(await loginBy({ userHandle: Buffer.from(`x${n}`).toString('base64url') })).toBe('WRONG_PASSKEY');
    expect(await loginBy()).toBe('TOO_MANY_REQUESTS');
  });
});

describe('a passkey as the second factor', () => {
  it('an account with a passkey needs it after the password, once for each proof', async () => {
    const without = await half();
    expect([without.body.code, without.body.factors]).toEqual([
      'SECOND_FACTOR_REQUIRED',
      ['passkey', 'recoveryCode'],
    ]);
    const passkey = await assertion();
    const attemptId = randomUUID();
    expect(outcome(await half({ passkey }, { attemptId }))).toBe(200);
    expect(outcome(await half({ passkey }, { attemptId }))).toBe(200);
    expect(outcome(await half({ passkey }))).toBe('WRONG_PASSKEY');
    expect(outcome(await half({ recoveryCode: recoveryCodes?.[0] }))).toBe(200);
    expect(outcome(await half({ totp: '000000' }))).toBe('WRONG_SECOND_FACTOR');
  });

  it('works while cipher-service is away', async () => {
    test.cipher.failure = new Error('away');
    expect(outcome(await half({ passkey: await assertion() }))).toBe(200);
  });

  it('a passkey alone gives a ticket, the same attempt again gives another, and an account without one gets none', async () => {
    const attemptId = randomUUID();
    const secondFactor = { passkey: await assertion() };
    const by = (who: Client, id = attemptId) =>
      who.post('/auth/reauthenticate', { secondFactor, attemptId: id });
    expect([(await by(ani)).status, (await by(ani)).status]).toEqual([200, 200]);
    expect(outcome(await by(ani, randomUUID()))).toBe('WRONG_PASSKEY');
    const budi = await signUp(test, 'budi');
    expect(outcome(await by(budi))).toBe('WRONG_PASSKEY');
    const onlyCode = { secondFactor: { recoveryCode: recoveryCodes?.[1] }, attemptId: randomUUID() };
    expect(outcome(await ani.post('/auth/reauthenticate', onlyCode))).toBe('WRONG_PASSWORD');
    const { ticket } = (
      await ani.post('/auth/reauthenticate', {
        secondFactor: { passkey: await assertion() },
        attemptId: randomUUID(),
      })
    ).body;
    const other = (await half({ passkey: await assertion() })).body.token;
    const sid = deviceOf({ ...ani, token: other });
    const ended = await ani.delete(`/auth/devices/${sid}`, { 'Reauthentication-Ticket': ticket });
    expect(ended.status).toBe(200);
  });
});

describe('the passkeys of an account', () => {
  const ticketOf = async () =>
    (
      await ani.post('/auth/reauthenticate', {
        secondFactor: { passkey: await assertion() },
        attemptId: randomUUID(),
      })
    ).body.ticket;

  it('adding the first makes ten recovery codes, a repeat returns the same, and a second one keeps them', async () => {
    const budi = await signUp(test, 'budi');
    const device = createPasskeyDevice(ORIGIN);
    const { ticket } = (await reauthenticate(budi)).body;
    const offered = (await budi.post('/auth/second-factor/passkeys/offer', { ticket })).body;
    expect(offered.authenticatorSelection).toMatchObject({
      residentKey: 'required',
      userVerification: 'required',
    });
    const input = { ticket, name: ' ', passkey: device.create(offered) };
    const [first, again] = [
      await budi.post('/auth/second-factor/passkeys', input),
      await budi.post('/auth/second-factor/passkeys', input),
    ];
    expect(first.body.recoveryCodes).toHaveLength(10);
    expect(again.body).toEqual(first.body);
    expect((await state(budi)).passkeys).toEqual([
      { id: device.id, name: 'Passkey', createdAt: test.clock.now, backedUp: false },
    ]);
    const more = createPasskeyDevice(ORIGIN);
    expect(
      await addPasskey(budi, more, { secondFactor: { passkey: await assertPasskey(budi, device) } }),
    ).toBe(undefined);
    expect((await state(budi)).recoveryCodesLeft).toBe(10);
  });

  it.each<[string, Forgery]>([
    ['a page of another origin', { origin: 'https://evil.example' }],
    ['another name', { rpId: 'evil.example' }],
    ['an owner who was not verified', { flags: 0x41 }],
    ['a login in place of the making', { type: 'webauthn.get' }],
    ['an algorithm that was not offered', { algorithm: -35 }],
    ['an algorithm that is not that of the key', { algorithm: -257 }],
    [
      'a certificate, which no one asked for',
      { attestation: new Map<string, never>([['x5c', [] as never]]) },
    ],
  ])('one is refused for %s', async (_, forged) => {
    const ticket = await ticketOf();
    const offered = (await ani.post('/auth/second-factor/passkeys/offer', { ticket })).body;
    const device = createPasskeyDevice(ORIGIN);
    const add = (more: Forgery) =>
      ani.post('/auth/second-factor/passkeys', {
        ticket,
        name: 'Baru',
        passkey: device.create(offered, more),
      });
    expect(outcome(await add(forged))).toBe('WRONG_PASSKEY');
    expect(outcome(await add({}))).toBe(200);
  });

  it('one that was made with another ticket, or for another person, is refused', async () => {
    const [one, two] = [await ticketOf(), await ticketOf()];
    const offered = (await ani.post('/auth/second-factor/passkeys/offer', { ticket: one })).body;
    const passkey = createPasskeyDevice(ORIGIN).create(offered);
    const add = (ticket: string, who = ani) =>
      who.post('/auth/second-factor/passkeys', { ticket, name: 'Baru', passkey }).then(outcome);
    expect(await add(two)).toBe('WRONG_PASSKEY');
    const budi = await signUp(test, 'budi');
    expect(await add(one, budi)).toBe('REAUTHENTICATION_REQUIRED');
    expect(await add((await reauthenticate(budi)).body.ticket, budi)).toBe('WRONG_PASSKEY');
    test.clock.now += 10 * MINUTE;
    expect(await add(one)).toBe('REAUTHENTICATION_REQUIRED');
  });

  it('the first one ends every ticket from before it, of its own session too, but that by which it was added', async () => {
    const budi = await signUp(test, 'budi');
    const thief = await logIn(test, 'budi');
    const ticketOf = async (who: Client) => (await reauthenticate(who)).body.ticket;
    const [before, stolen, own] = [await ticketOf(budi), await ticketOf(thief), await ticketOf(budi)];
    const use = async (who: Client, ticket: string) =>
      outcome(await who.post('/auth/second-factor/passkeys/offer', { ticket }));
    expect([await use(budi, before), await use(thief, stolen)]).toEqual([200, 200]);
    const { body: offered } = await budi.post('/auth/second-factor/passkeys/offer', { ticket: own });
    const passkey = createPasskeyDevice(ORIGIN).create(offered);
    const added = await budi.post('/auth/second-factor/passkeys', { ticket: own, name: 'Ponsel', passkey });
    expect(outcome(added)).toBe(200);
    const refused = 'REAUTHENTICATION_REQUIRED';
    expect([await use(budi, before), await use(thief, stolen)]).toEqual([refused, refused]);
    expect(await use(budi, own)).toBe(200);
  });

  it('there are at most ten, and each has a name that its owner may change', async () => {
    const ticket = await ticketOf();
    const offered = (await ani.post('/auth/second-factor/passkeys/offer', { ticket })).body;
    const add = () =>
      ani.post('/auth/second-factor/passkeys', {
        ticket,
        name: 'Lagi',
        passkey: createPasskeyDevice(ORIGIN).create(offered),
      });
    for (let n = 0; n < 9; n++) expect((await add()).status).toBe(200);
    expect(outcome(await add())).toBe('LIST_FULL');
    const rename = (id: string) =>
      ani.post('/auth/second-factor/passkeys/rename', { ticket, id, name: 'Kunci' });
    expect(outcome(await rename(phone.id))).toBe(200);
    const revision = test.store.revision();
    expect(outcome(await rename(phone.id))).toBe(200);
    expect(test.store.revision()).toBe(revision);
    expect(outcome(await rename('AAAA'))).toBe('NO_SUCH_PASSKEY');
    expect((await state()).passkeys[0]).toMatchObject({
      id: phone.id,
      name: 'Kunci',
      lastUsedAt: test.clock.now,
    });
  });

  it('removing one ends it at once, and with the last factor the recovery codes go', async () => {
    const { secret } = await (async () => {
      const ticket = await ticketOf();
      const offered = (await ani.post('/auth/second-factor/totp', { ticket })).body;
      await ani.post('/auth/second-factor/totp/confirm', {
        ticket,
        code: codeOf(offered.secret, test.clock.now, -1),
      });
      return offered;
    })();
    test.clock.now += 1;
    const ticket = await ticketOf();
    const remove = () => ani.post('/auth/second-factor/passkeys/remove', { ticket, id: phone.id });
    test.clock.now += 1;
    const pending = await assertion();
    expect([outcome(await remove()), outcome(await remove())]).toEqual([200, 200]);
    expect(outcome(await login(pending))).toBe('WRONG_PASSKEY');
    expect(await state()).toEqual({ totp: true, passkeys: [], recoveryCodesLeft: 10 });
    expect(outcome(await half({ totp: codeOf(secret, test.clock.now) }))).toBe(200);
    await ani.post('/auth/second-factor/totp/remove', { ticket });
    expect(await state()).toEqual({ totp: false, passkeys: [], recoveryCodesLeft: 0 });
  });

  it('turning codes of an app off keeps the passkeys and the recovery codes', async () => {
    const budi = await signUp(test, 'budi');
    const { secret } = await turnOnTotp(budi, test.clock.now);
    await addPasskey(budi, phone, { secondFactor: { totp: codeOf(secret, test.clock.now) } });
    const { ticket } = (await reauthenticate(budi, { secondFactor: { passkey: await assertion() } })).body;
    await budi.post('/auth/second-factor/totp/remove', { ticket });
    expect(await state(budi)).toMatchObject({
      totp: false,
      passkeys: [{ id: phone.id }],
      recoveryCodesLeft: 10,
    });
  });

  it('survive a restart with their counter and their last challenge', async () => {
    const used = await assertion();
    expect(outcome(await login(used))).toBe(200);
    const [passkey] = await stored();
    expect(passkey).toMatchObject({
      counter: 2,
      lastChallengeAt: test.clock.now,
      canBackUp: false,
      backedUp: false,
    });
    expect(passkey && Object.keys(passkey).sort()).toEqual([
      'backedUp',
      'canBackUp',
      'counter',
      'createdAt',
      'id',
      'lastChallengeAt',
      'name',
      'publicKey',
      'transports',
    ]);
  });
});

it('a box without a name or without https offers no passkeys, and says why', async () => {
  for (const [env, isOffered] of [
    [{}, false],
    [{ PUBLIC_URL: 'http://chat.example.org' }, false],
    [{ PUBLIC_URL: 'https://192.0.2.7' }, false],
    [{ PUBLIC_URL: 'http://localhost:8080' }, true],
    [{ CORS_ORIGINS: 'https://chat.pages.example' }, true],
  ] as const) {
    const other = await startApp(env);
    expect((await request(other.app).get('/box')).body.passkeys).toBe(isOffered);
    const { status, body } = await request(other.app).get('/auth/passkey-challenge');
    expect([env, status, body.code]).toEqual([env, ...(isOffered ? [200, undefined] : [404, 'NO_PASSKEYS'])]);
  }
});
