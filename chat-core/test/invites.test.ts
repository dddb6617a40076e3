import request, { type Response } from 'supertest';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { createInvite } from '../src/invites/invites.ts';
import type { Invite, NewInviteAnswer } from '../src/wire/wire.ts';
import { startApp, type TestApp } from './support/app.ts';
import { type Client, logIn } from './support/client.ts';
import { PASSWORD } from './support/person.ts';

/** Hashing waits for `opened`, so that no registration completes before. */
const gate = vi.hoisted(() => ({ waiting: 0, opened: undefined as Promise<void> | undefined }));
vi.mock('../src/auth/bcrypt-client.ts', async () => {
  const quick = await import('./support/quick-bcrypt.ts');
  const hash = async (text: string) => {
    gate.waiting += 1;
    await gate.opened;
    return quick.hash(text);
  };
  return { ...quick, hash };
});

const DAY = 24 * 3600 * 1000;
let test: TestApp;
let ani: Client;

/** Starts a box with registration by invitation, and registers Ani. */
async function start(env: Record<string, string> = {}): Promise<void> {
  test = await startApp({ REGISTRATION: 'invite', ...env });
  ani = await signUpInvited('ani');
}
/** Registers a person with an invite of the operator, which makes no friendship. */
async function signUpInvited(username: string): Promise<Client> {
  const { code } = await createInvite({ store: test.store, clock: () => test.clock.now }, undefined, {});
  expect((await register(username, code)).status).toBe(200);
  return logIn(test, username);
}
beforeEach(() => {
  gate.opened = undefined;
  return start();
});

/** Being async, it sends immediately: supertest itself waits for the first await. */
const register = async (username: string, inviteCode?: string, password = PASSWORD): Promise<Response> =>
  request(test.app)
    .post('/auth/register')
    .send({ username, password, ...(inviteCode !== undefined && { inviteCode }) });
const invite = async (input: object = {}, by = ani) => {
  const { status, body } = await by.post('/invites', input);
  expect(status).toBe(200);
  return body as NewInviteAnswer;
};
const inviterOf = (code: string) => request(test.app).post('/invites/look').send({ code });
const accept = (who: Client, code: string) => who.post('/invites/accept', { code });
const openOf = async (who: Client) => (await who.get('/invites')).body as Invite[];
const friendsOf = async (who: Client) =>
  ((await who.get(`/friends/${who.id}`)).body as { username: string }[]).map(({ username }) => username);

describe('registration by invitation', () => {
  it('registration without an invite is refused, and does not reveal which names are taken', async () => {
    const before = test.store.revision();
    const answers = [await register('budi'), await register('ani'), await register('x')];
    expect(answers.map(({ status, body }) => [status, body.code])).toEqual(
      answers.map(() => [403, 'INVITE_REQUIRED']),
    );
    const wrong = [await register('budi', 'x'), await register('ani', '4m7q2xk9vd3t8hb5nc6w1jz0ry')];
    expect(wrong.map(({ status, body }) => [status, body.code])).toEqual(
      wrong.map(() => [404, 'INVITE_INVALID']),
    );
    expect(test.store.revision()).toBe(before);
  });

  it('registration with an invite succeeds and makes friends with the inviter in the same step', async () => {
    const { cursor } = (await ani.get('/sync')).body;
    const created = await invite();
    expect(created).toMatchObject({ uses: 1, used: 0, expiresAt: test.clock.now + 7 * DAY });
    expect(created.code).toMatch(/^[0-9a-z]{26}$/);
    expect((await inviterOf(created.code)).body).toEqual({ by: 'ani' });
    const revision = test.store.revision();
    expect((await register('Budi', created.code.toUpperCase())).status).toBe(200);
    expect(test.store.revision()).toBe(revision + 1);

    const budi = await logIn(test, 'budi');
    expect([await friendsOf(ani), await friendsOf(budi)]).toEqual([['Budi'], ['ani']]);
    const sent = await budi.post('/chat/send', { senderId: budi.id, receiverId: ani.id, message: 'hai' });
    expect(sent.status).toBe(200);
    const delta = (await ani.get('/sync', { 'Last-Event-ID': cursor })).body;
    expect(delta.friends).toMatchObject([{ username: 'Budi' }]);
    expect([await openOf(ani), (await inviterOf(created.code)).status]).toEqual([[], 404]);
    expect((await register('citra', created.code)).body.code).toBe('INVITE_INVALID');
  });

  it('a failed registration does not use up an invite', async () => {
    const { code } = await invite();
    expect((await register('ani', code)).body.code).toBe('USERNAME_TAKEN');
    expect((await register('budi', code, 'pendek')).body.code).toBe('INVALID_PASSWORD');
    expect((await register('!', code)).body.code).toBe('INVALID_USERNAME');
    expect(await openOf(ani)).toMatchObject([{ used: 0 }]);
    expect((await register('budi', code)).status).toBe(200);
  });

  it('closed registration is reported as such', async () => {
    const { code } = await invite();
    const closed = await startApp({ REGISTRATION: 'closed' });
    const { body } = await request(closed.app)
      .post('/auth/register')
      .send({ username: 'budi', password: PASSWORD, inviteCode: code });
    expect(body.code).toBe('REGISTRATION_CLOSED');
  });
});

describe('an invite', () => {
  it.each([1, 3])(
    'an invite with uses %i admits as many of twenty who redeem it at the same time',
    async (uses) => {
      const { code } = await invite({ uses });
      const names = Array.from({ length: 20 }, (_, n) => `orang${n}`);
      const answers = await Promise.all(names.map((name) => register(name, code)));
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(uses);
      expect(answers.filter(({ body }) => body.code === 'INVITE_INVALID')).toHaveLength(20 - uses);
      expect(test.store.accountCount()).toBe(1 + uses);
      expect(await friendsOf(ani)).toHaveLength(uses);
      expect(await openOf(ani)).toEqual([]);
    },
  );

  it('an invite with one use left admits one of two who both saw it open', async () => {
    const { code } = await invite();
    const opened = Promise.withResolvers<void>();
    [gate.waiting, gate.opened] = [0, opened.promise];
    const both = [register('budi', code), register('citra', code)];
    await vi.waitFor(() => expect(gate.waiting).toBe(2), { timeout: 60_000 });
    expect((await inviterOf(code)).status).toBe(200);
    opened.resolve();
    const answers = await Promise.all(both);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 404]);
    expect([test.store.accountCount(), (await friendsOf(ani)).length]).toEqual([2, 1]);
  });

  it('of two who register the same name with one invite, the loser does not use it up', async () => {
    const { code } = await invite({ uses: 2 });
    const answers = await Promise.all([register('budi', code), register('BUDI', code)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400]);
    expect(await openOf(ani)).toMatchObject([{ uses: 2, used: 1 }]);
  });

  it('an invite is valid for its days by the clock of the service', async () => {
    const { code } = await invite({ days: 2, uses: 2 });
    test.clock.now += 2 * DAY - 1;
    expect((await register('budi', code)).status).toBe(200);
    test.clock.now += 1;
    const late = [await register('citra', code), await inviterOf(code), await accept(ani, code)];
    expect(late.map(({ body }) => body.code)).toEqual(late.map(() => 'INVITE_INVALID'));
    expect(await openOf(ani)).toEqual([]);
  });

  it('an invite ends at once when it is revoked, by its inviter alone', async () => {
    const { id, code } = await invite();
    const budi = await signUpInvited('budi');
    // Others do not learn whether an invite exists.
    const unknown = { id: '00000000-0000-4000-8000-000000000000' };
    const others = [await budi.post('/invites/revoke', { id }), await budi.post('/invites/revoke', unknown)];
    expect(others[0]?.text).toBe(others[1]?.text);
    expect((await inviterOf(code)).status).toBe(200);
    expect((await ani.post('/invites/revoke', { id })).status).toBe(200);
    expect((await inviterOf(code)).status).toBe(404);
    expect((await register('citra', code)).body.code).toBe('INVITE_INVALID');
    expect((await ani.post('/invites/revoke', { id })).status).toBe(200);
  });

  it('an invite revoked during a registration admits completely or not at all', async () => {
    const { id, code } = await invite();
    const [registered, revoked] = await Promise.all([
      register('budi', code),
      ani.post('/invites/revoke', { id }),
    ]);
    expect([registered.status, revoked.status]).toEqual([expect.toBeOneOf([200, 404]), 200]);
    const isIn = registered.status === 200;
    expect(await friendsOf(ani)).toEqual(isIn ? ['budi'] : []);
    expect(test.store.accountCount()).toBe(isIn ? 2 : 1);
  });

  it('a member has at most five open invites; used, revoked and expired ones are deleted', async () => {
    const created = [];
    for (let n = 0; n < 5; n++) created.push(await invite({ days: n + 1 }));
    const six = await Promise.all([1, 2, 3].map(() => ani.post('/invites', {})));
    expect(six.map(({ body }) => body.code)).toEqual(six.map(() => 'TOO_MANY_INVITES'));
    expect((await openOf(ani)).map(({ id }) => id)).toEqual(created.map(({ id }) => id));
    await ani.post('/invites/revoke', { id: created[4]?.id });
    await register('budi', created[3]?.code);
    test.clock.now += DAY;
    const more = [await invite(), await invite(), await invite()];
    expect((await ani.post('/invites', {})).status).toBe(403);
    const remaining = [...created.slice(1, 3), ...more].map(({ id }) => id);
    expect((await test.store.invites()).map(({ id }) => id)).toEqual(remaining);
  });

  it.each([{ uses: 0 }, { uses: 51 }, { days: 0 }, { days: 31 }, { uses: 1.5 }, { by: 'ani' }])(
    'an invite with %j is refused',
    async (input) => {
      expect((await ani.post('/invites', input)).body.code).toBe('INVALID_REQUEST');
    },
  );
});

describe('a member who accepts an invite', () => {
  it('a member who accepts an invite becomes friends with the inviter, once, whatever FRIENDSHIP says', async () => {
    for (const FRIENDSHIP of ['instant', 'request']) {
      await start({ FRIENDSHIP });
      const budi = await signUpInvited('budi');
      if (FRIENDSHIP === 'request') await ani.post('/friends/add', { myId: ani.id, friendUsername: 'budi' });
      const { code } = await invite({ uses: 2 });
      expect((await accept(budi, code)).status).toBe(200);
      expect([await friendsOf(ani), await friendsOf(budi)]).toEqual([['budi'], ['ani']]);
      expect((await budi.get('/friends/requests')).body).toEqual({ incoming: [], outgoing: [] });
      // They are friends already, so no use is counted.
      expect((await accept(budi, code)).status).toBe(200);
      expect(await openOf(ani)).toMatchObject([{ used: 1 }]);
    }
  });

  it('an invite makes friends at once where registration is open and where friends are requested', async () => {
    await start({ REGISTRATION: 'open', FRIENDSHIP: 'request' });
    const { code } = await invite();
    expect((await register('citra')).status).toBe(200);
    expect((await register('budi', code)).status).toBe(200);
    expect(await friendsOf(ani)).toEqual(['budi']);
    expect((await register('dewi', code)).body.code).toBe('INVITE_INVALID');
  });

  it('accepting an invite across a block adds no friend, reveals nothing and counts no use', async () => {
    const budi = await signUpInvited('budi');
    const { code } = await invite();
    const welcome = await accept(await signUpInvited('citra'), (await invite()).code);
    for (const [one, other] of [
      [ani, budi],
      [budi, ani],
    ] as const) {
      await one.post('/friends/block', { userId: other.id });
      const before = test.store.revision();
      const { status, text } = await accept(budi, code);
      expect([status, text]).toEqual([200, welcome.text]);
      expect(test.store.revision()).toBe(before);
      expect(await friendsOf(budi)).toEqual([]);
      await one.post('/friends/unblock', { userId: other.id });
    }
    expect((await accept(budi, code)).status).toBe(200);
    expect(await friendsOf(budi)).toEqual(['ani']);
  });

  it('a member cannot accept their own invite, and gets no friend by an invite of the operator', async () => {
    const { code } = await invite();
    expect((await accept(ani, code)).body.code).toBe('SELF_FRIEND');
    const ofOperator = await createInvite({ store: test.store, clock: () => test.clock.now }, undefined, {});
    expect((await inviterOf(ofOperator.code)).body).toEqual({});
    expect((await accept(ani, ofOperator.code)).status).toBe(200);
    expect(await friendsOf(ani)).toEqual([]);
    expect((await register('budi', ofOperator.code)).status).toBe(200);
    expect(await friendsOf(await logIn(test, 'budi'))).toEqual([]);
  });

  it.each([1, 2])(
    'each of the %i uses of an invite goes to one of many people who accept it at the same time',
    async (uses) => {
      const people = [];
      for (let n = 0; n < 6; n++) people.push(await signUpInvited(`orang${n}`));
      const { code } = await invite({ uses });
      const answers = await Promise.all(people.map((one) => accept(one, code)));
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(uses);
      expect(await friendsOf(ani)).toHaveLength(uses);
    },
  );
});

it('guesses of invite codes are limited by address', async () => {
  await start({ RATE_LIMITS: 'invites=3/600' });
  for (let n = 0; n < 3; n++) expect((await inviterOf('0000')).status).toBe(404);
  expect((await inviterOf('0000')).body.code).toBe('TOO_MANY_REQUESTS');
});

it('GET /box describes the service without a login', async () => {
  const box = async () => (await request(test.app).get('/box')).body;
  expect(await box()).toEqual({
    registration: 'invite',
    friendship: 'instant',
    secondFactor: 'optional',
    passkeys: false,
    editMs: 900_000,
    ownerless: true,
  });
  test = await startApp({ FRIENDSHIP: 'request', EDIT_MINUTES: '0' });
  expect(await box()).toMatchObject({ registration: 'open', friendship: 'request', editMs: 0 });
});
