import { randomBytes } from 'node:crypto';
import request, { type Response } from 'supertest';
import { describe, expect, it, vi } from 'vitest';
import { copyOf, type Files, startApp } from './support/app.ts';
import { signUp, signUpFriends } from './support/client.ts';
import { fakeProvider } from './support/fake-provider.ts';
import { READ_ONLY_POSTS, REPEATS, type Repeat, type World } from './support/repeats.ts';

vi.mock('../src/auth/bcrypt-client.ts', () => import('./support/quick-bcrypt.ts'));

const CASES = Object.entries(REPEATS).flatMap(([route, repeats]) =>
  repeats.map((repeat) => [route, repeat.when, repeat] as const),
);

const tokenKey = randomBytes(32);
/** The worlds by their environment, with their disks: each test runs on a copy. */
const worlds = new Map<string, { world: World; files: Files }>();

async function openWorld({ env = {} }: Repeat): Promise<World> {
  const files: Files = new Map();
  const name = JSON.stringify(env);
  const found = worlds.get(name) ?? { world: await createWorld(env, files), files };
  worlds.set(name, found);
  const test = await startApp(
    { ...env, REGISTRATION: 'open' },
    { tokenKey, files: copyOf(found.files), provider: fakeProvider },
  );
  // The same object: the clients send to its app.
  Object.assign(found.world.test, test);
  return found.world;
}

async function createWorld(env: Record<string, string>, files: Files): Promise<World> {
  const test = await startApp({ ...env, REGISTRATION: 'open' }, { tokenKey, files, provider: fakeProvider });
  const [ani, budi] = await signUpFriends(test);
  const citra = await signUp(test, 'citra');
  if (env.FRIENDSHIP === 'request') await budi.post('/friends/accept', { userId: ani.id });
  const sent = await ani.post('/chat/send', { senderId: ani.id, receiverId: budi.id, message: 'hai' });
  return { test, ani, budi, citra, conversationId: sent.body.conversationId };
}

/** Everything that is stored about all people, without the last-seen times and newest tokens of devices. */
async function stateOf({ test: { store } }: World): Promise<unknown> {
  const people = await Promise.all(
    ['ani', 'budi', 'citra', 'dewi'].map(async (name) => {
      const account = await store.accountByName(name);
      if (!account) return undefined;
      const devices = account.devices.map(({ lastSeenAt: _, token: __, ...device }) => device);
      const conversations = await store.conversationsOf(account.id);
      const hidden = conversations.map(({ id }) => store.hiddenOf(id, account.id));
      const all = { picture: await store.picture(account.id), hidden: await Promise.all(hidden) };
      return { ...account, devices, conversations, ...all };
    }),
  );
  const conversations = people.flatMap((person) => person?.conversations ?? []).map(({ id }) => id);
  const messages = conversations.map((id) => store.messages(id, { limit: 9 }));
  const marks = conversations.map((id) => store.marksOf(id));
  return {
    people,
    messages: await Promise.all(messages),
    marks: await Promise.all(marks),
    invites: await store.invites(),
    settings: store.settings(),
    uploads: store.uploads(),
    bytes: await Promise.all(store.uploads().map((row) => store.files.size(row))),
  };
}

/** The outcome of an answer, without the values of a token, a ticket and a device's proof, which differ each time. */
function outcomeOf({ status, body }: Response): unknown {
  const { token, ticket, expiresAt, deviceProof: _, ...said } = body;
  const secrets = { ...(token && { token: 'one' }), ...(ticket && { ticket: 'one' }) };
  const more = ticket ? secrets : { ...secrets, expiresAt };
  return status < 400 ? { http: status, ...said, ...more } : `${status} ${body.code}`;
}

async function expectTokenWorks({ test }: World, { body }: Response): Promise<void> {
  if (!body.token) return;
  const asked = request(test.app).get('/auth/devices').set('Authorization', `Bearer ${body.token}`);
  expect((await asked).status).toBe(200);
}

describe('a request whose answer was lost', () => {
  it('every route that changes something is tested with a repeated request', async () => {
    const { routes } = await startApp();
    const changing = routes
      .filter(({ method }) => method !== 'get')
      .map(({ method, path }) => `${method.toUpperCase()} ${path}`);
    expect([...Object.keys(REPEATS), ...READ_ONLY_POSTS].sort()).toEqual(changing.sort());
  });

  it.each(CASES)(
    '%s %s gets the same outcome when it is repeated, and changes nothing more',
    async (route, _, repeat) => {
      const world = await openWorld(repeat);
      const send = await repeat.prepare(world);
      const { store, clock } = world.test;
      const before = await stateOf(world);
      const lost = outcomeOf(await send());
      expect(lost).toMatchObject({ http: 200 });
      const [after, revision] = [await stateOf(world), store.revision()];

      clock.now += 20_000;
      const again = await send();
      expect(outcomeOf(again)).toEqual(repeat.again ?? lost);
      await expectTokenWorks(world, again);
      expect(await stateOf(world)).toEqual(after);
      if (!repeat.isStored) expect(store.revision()).toBe(revision);
      // The premise: the request changed the state, except in routes that store nothing or only a time.
      const isLive = /typing|push.test|refresh|owner.backups/.test(route);
      expect(JSON.stringify(after) === JSON.stringify(before)).toBe(isLive);
    },
  );

  it.each(CASES)(
    '%s %s gets the same outcome twice when it is sent twice at the same time',
    async (_, __, repeat) => {
      const world = await openWorld(repeat);
      const send = await repeat.prepare(world);
      const both = await Promise.all([send(), send()]);
      const outcomes = both.map(outcomeOf);
      if (repeat.again) expect(outcomes).toContainEqual(repeat.again);
      else expect(outcomes[1]).toEqual(outcomes[0]);
      expect(outcomes).toContainEqual(expect.objectContaining({ http: 200 }));
      for (const answer of both) await expectTokenWorks(world, answer);
      const devices = (await world.test.store.account(world.ani.id))?.devices ?? [];
      expect(new Set(devices.map(({ attemptId }) => attemptId)).size).toBeLessThanOrEqual(2);
    },
  );
});
