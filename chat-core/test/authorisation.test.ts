import { createHmac, randomBytes } from 'node:crypto';
import request from 'supertest';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ACCESS } from '../src/http/access.ts';
import type { Route } from '../src/http/route.ts';
import type { Account } from '../src/storage/store.ts';
import { EXAMPLE } from '../src/wire/examples.ts';
import { copyOf, type Files, startApp, type TestApp } from './support/app.ts';
import { PNG, storeMessageWith } from './support/attachments.ts';
import { type Client, logIn, signUp, signUpFriends } from './support/client.ts';
import { fakeProvider, OIDC_ENV } from './support/fake-provider.ts';
import { ENDED, MATRIX, OPEN, RELATIONS, type Relation, type World } from './support/matrix.ts';
import { reauthenticate } from './support/person.ts';
import { fileInput } from './support/uploads.ts';

vi.mock('../src/auth/bcrypt-client.ts', () => import('./support/quick-bcrypt.ts'));

let test: TestApp;
let ani: Client;
let budi: Client;
let conversationId: string;
let fileId: string;
let invite: World['invite'];
let group: World['group'];
let upload: World['upload'];
let ticket: string;
let mallory: Client;
/** The token of a device of Budi's that has logged out. */
let ended: string;
const worlds = new Map<Relation, World>();
const tokenKey = randomBytes(32);
/** The disk after `beforeAll`: each test runs on a copy. */
const files: Files = new Map();

beforeAll(async () => {
  test = await startApp(OIDC_ENV, { tokenKey, files, provider: fakeProvider });
  [ani, budi] = await signUpFriends(test);
  conversationId = (await test.store.conversationsOf(ani.id))[0]?.id ?? '';
  await ani.post('/chat/send', { senderId: ani.id, receiverId: budi.id, message: 'hai' });
  fileId = await storeFile(conversationId);
  invite = (await ani.post('/invites', { uses: 9 })).body;
  await ani.patch('/me', { picture: { type: 'image/png', data: EXAMPLE.png } });
  const { id } = (await ani.post('/groups', { name: 'Keluarga', memberIds: [budi.id] })).body;
  group = { id, link: (await ani.post(`/groups/${id}/links`, {})).body };
  upload = (await ani.post('/attachments', fileInput(conversationId, 5))).body;
  ticket = (await reauthenticate(ani)).body.ticket;
  mallory = await signUp(test, 'mallory');
  const old = await logIn(test, 'budi');
  await old.post('/auth/logout', {});
  ended = old.token;
  for (const relation of RELATIONS) worlds.set(relation, await createWorld(relation));
});
beforeEach(async () => {
  // The same object: the clients send to its app.
  Object.assign(test, await startApp(OIDC_ENV, { tokenKey, files: copyOf(files), provider: fakeProvider }));
});

/** Stores a message of Ani's with a file; returns the id of the file. */
async function storeFile(id: string): Promise<string> {
  const author = { conversationId: id, senderId: ani.id };
  const { attachments } = await storeMessageWith(test, author, [{ bytes: PNG }]);
  return attachments?.[0]?.id ?? '';
}

/** By reach, the answers of the matrix to friend, stranger, removed and blocked that fit it. */
const ANSWERS: Record<string, RegExp> = {
  own: /^([^|*]+)(\|\1){3}$/,
  ticket: /^403 REAUTHENTICATION_REQUIRED(\|403 REAUTHENTICATION_REQUIRED){3}$/,
  code: /^200( \*)?(\|200( \*)?){3}$/,
  people: /^(200|4\d\d) ?[^|]*\|.+$/,
  members: /^[^|]+\|403 NOT_MEMBER\|/,
  owner: /^403 NOT_OWNER(\|403 NOT_OWNER){3}$/,
  role: /^403 NOT_ALLOWED(\|403 NOT_MEMBER){3}$/,
};
const reachOf = (name: string) => ACCESS[name]?.reach ?? expect.fail(`${name} has no row`);
const nameOf = ({ method, path }: Route) => `${method.toUpperCase()} ${path}`;

/** Sends the request of one line of the matrix, with a token or without. */
async function sendRow(route: string, world: World, token: string | undefined): Promise<request.Response> {
  const row = MATRIX[route];
  if (!row) throw new Error(`${route} is missing in the authorisation matrix`);
  const [method = ''] = route.split(' ');
  const path = typeof row.path === 'string' ? row.path : row.path(world);
  const sent = request(test.app)[method.toLowerCase() as Route['method']](path);
  if (token !== undefined) sent.set('Authorization', `Bearer ${token}`);
  if (row.bytes) return sent.set('Content-Type', 'application/octet-stream').send(row.bytes);
  return row.body ? sent.send(row.body(world)) : sent;
}

/** Logs in a person with this relation to Ani, and finds the conversation of the matrix. */
async function createWorld(relation: Relation): Promise<World> {
  if (relation === 'friend') return { me: budi, ani, conversationId, fileId, invite, group, upload, ticket };
  const me = await signUp(test, relation);
  if (relation === 'stranger') return { me, ani, conversationId, fileId, invite, group, upload, ticket };
  await ani.post('/friends/add', { myId: ani.id, friendUsername: relation });
  const input = { senderId: ani.id, receiverId: me.id, message: 'hai' };
  const sent = await ani.post('/chat/send', input);
  const file = await storeFile(sent.body.conversationId);
  await ani.post(relation === 'removed' ? '/friends/remove' : '/friends/block', { userId: me.id });
  return { me, ani, conversationId: sent.body.conversationId, fileId: file, invite, group, upload, ticket };
}

/** Everything that is stored about Ani, without the reports of others. */
async function stored(): Promise<unknown> {
  const { reports: _, ...account } = (await test.store.account(ani.id)) as Account;
  const conversations = await test.store.conversationsOf(ani.id);
  const messages = conversations.map(({ id }) => test.store.messages(id, { limit: 9 }));
  const invites = (await test.store.invites()).filter(({ by }) => by === ani.id);
  const uploads = test.store.uploads().filter((row) => row.state !== 'open' || row.userId === ani.id);
  return { account, conversations, messages: await Promise.all(messages), invites, uploads };
}

describe('every route', () => {
  it('every route is in the matrix if it needs a login, and in the list of open routes otherwise', () => {
    const named = (who: Route['who']) => test.routes.filter((one) => one.who === who).map(nameOf);
    expect(named('user').sort()).toEqual(Object.keys(MATRIX).sort());
    expect(named('anyone').sort()).toEqual(OPEN.toSorted());
  });

  it('whom a route serves by the table of access is what the matrix expects of it', () => {
    for (const [name, row] of Object.entries(MATRIX)) {
      const answers = RELATIONS.map((relation) => row[relation]).join('|');
      expect([name, answers]).toEqual([name, expect.stringMatching(ANSWERS[reachOf(name)] ?? 'no login')]);
    }
  });

  it.each(Object.keys(MATRIX))(
    '%s is refused without a valid token of the user it is about, and stores nothing',
    async (route) => {
      const world = { me: budi, ani, conversationId, fileId, invite, group, upload, ticket };
      const [head = '', body = ''] = budi.token.split('.');
      const none = Buffer.from('{"alg":"none"}').toString('base64url');
      const foreign = createHmac('sha256', randomBytes(32)).update(`${head}.${body}`).digest('base64url');
      const before = test.store.revision();

      for (const token of [undefined, '', 'x', `${none}.${body}.`, `${head}.${body}.${foreign}`, ended]) {
        const { status, body: answer } = await sendRow(route, world, token);
        const isDone = token === ended && ENDED[route] === status;
        if (!isDone) expect([token, status, answer.code]).toEqual([token, 401, 'UNAUTHENTICATED']);
      }
      if (test.routes.find((one) => nameOf(one) === route)?.self) {
        const { status, body: answer } = await sendRow(route, world, mallory.token);
        expect([status, answer.code]).toEqual([403, 'NOT_YOU']);
      }
      expect(test.store.revision()).toBe(before);
    },
  );

  it.each(Object.keys(MATRIX).flatMap((route) => RELATIONS.map((who) => [route, who] as const)))(
    '%s answers the relation %s as the matrix says, and changes nothing else',
    async (route, relation) => {
      const world = worlds.get(relation);
      if (!world) throw new Error(`no ${relation}`);
      const expected = MATRIX[route]?.[relation] ?? '';
      const before = { revision: test.store.revision(), stored: await stored() };
      const { status, body } = await sendRow(route, world, world.me.token);
      expect(status < 400 ? String(status) : `${status} ${body.code}`).toBe(expected.replace(' *', ''));
      if (status >= 400) expect(test.store.revision()).toBe(before.revision);
      if (!expected.endsWith('*')) expect(await stored()).toEqual(before.stored);
    },
  );

  it('a token works until it expires and never after, also when the clock goes back', async () => {
    test.clock.now += 30 * 24 * 3600 * 1000 - 2000;
    expect((await ani.get('/auth/devices')).status).toBe(200);
    test.clock.now += 3000;
    expect((await ani.get('/auth/devices')).status).toBe(401);
    // After the next commit the token stays expired even when the clock goes back to 1970.
    await logIn(test, 'budi');
    test.clock.now = 0;
    expect((await ani.get('/auth/devices')).status).toBe(401);
  });
});

describe('a stranger', () => {
  it('a stranger cannot read or write a conversation by its id, nor learn that it exists', async () => {
    const before = test.store.revision();
    for (const id of [conversationId, '00000000-0000-4000-8000-000000000000']) {
      const read = await mallory.get(`/chat/history?myId=${mallory.id}&conversationId=${id}`);
      expect([read.status, read.body.code]).toEqual([403, 'NOT_MEMBER']);
      const input = { senderId: mallory.id, conversationId: id, message: 'hai' };
      const sent = await mallory.post('/chat/send', input);
      expect([sent.status, sent.body.code]).toEqual([403, 'NOT_MEMBER']);
    }
    const direct = await mallory.post('/chat/send', {
      senderId: mallory.id,
      receiverId: ani.id,
      message: 'hai',
    });
    expect([direct.status, direct.body.code]).toEqual([403, 'NOT_FRIENDS']);
    expect(test.store.revision()).toBe(before);
    expect(test.cipher.calls.seal).toBe(0);
  });

  it('a stranger gets no picture of anyone, and cannot report typing in a conversation of others', async () => {
    for (const id of [budi.id, ani.id, '00000000-0000-4000-8000-000000000000']) {
      const { status, body } = await mallory.get(`/people/${id}/picture`);
      expect([status, body.code]).toEqual([404, 'NO_SUCH_PICTURE']);
    }
    const { status, body } = await mallory.post('/chat/typing', { conversationId });
    expect([status, body.code]).toEqual([403, 'NOT_MEMBER']);
  });

  it('a stranger sees nothing of others in a poll', async () => {
    await ani.post('/chat/send', { senderId: ani.id, receiverId: budi.id, message: 'hai' });
    const { body } = await mallory.get('/sync');
    expect(body).toMatchObject({ reset: true, friends: [], conversations: [] });
    const cursor = { 'Last-Event-ID': body.cursor };
    await ani.post('/chat/send', { senderId: ani.id, receiverId: budi.id, message: 'lagi' });
    expect((await mallory.get('/sync', cursor)).status).toBe(204);
  });
});

it('a send whose receiverId and conversationId disagree is refused', async () => {
  await signUp(test, 'citra');
  const added = await ani.post('/friends/add', { myId: ani.id, friendUsername: 'citra' });
  const input = { senderId: ani.id, receiverId: added.body.contact.id, conversationId, message: 'hai' };
  expect((await ani.post('/chat/send', input)).body.code).toBe('WRONG_CONVERSATION');
  expect((await ani.post('/chat/send', { ...input, receiverId: ani.id })).body.code).toBe(
    'WRONG_CONVERSATION',
  );
  expect((await ani.post('/chat/send', { ...input, receiverId: budi.id })).status).toBe(200);
});
