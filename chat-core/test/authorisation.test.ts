import { createHmac, randomBytes } from 'node:crypto';
import request from 'supertest';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Route } from '../src/http/route.ts';
import { startApp, type TestApp } from './support/app.ts';
import { type Client, enter, join, joinFriends } from './support/client.ts';

vi.mock('../src/auth/hashing.ts', () => import('./support/quick-bcrypt.ts'));

let test: TestApp;
let ani: Client;
let budi: Client;
let conversationId: string;

beforeEach(async () => {
  test = await startApp();
  [ani, budi] = await joinFriends(test);
  conversationId = (await test.store.conversationsOf(ani.id))[0]?.id ?? '';
  await budi.post('/chat/send', { senderId: budi.id, receiverId: ani.id, message: 'hai' });
  test.cipher.calls.seal = 0;
});

/** A request each route takes from Ani; a route that is not here fails the matrix. */
const WISHES: Record<string, () => { path: string; body?: object }> = {
  'GET /sync': () => ({ path: '/sync' }),
  'POST /chat/read': () => ({ path: '/chat/read', body: { conversationId, seq: 1 } }),
  'POST /chat/send': () => ({
    path: '/chat/send',
    body: { senderId: ani.id, receiverId: budi.id, message: 'hai' },
  }),
  'GET /chat/history': () => ({ path: `/chat/history?myId=${ani.id}&friendId=${budi.id}` }),
  'POST /friends/add': () => ({ path: '/friends/add', body: { myId: ani.id, friendUsername: 'citra' } }),
  'GET /friends/:userId': () => ({ path: `/friends/${ani.id}` }),
  'POST /auth/refresh': () => ({ path: '/auth/refresh', body: {} }),
  'GET /auth/devices': () => ({ path: '/auth/devices' }),
  'POST /auth/change-password': () => ({
    path: '/auth/change-password',
    body: { userId: ani.id, currentPassword: 'kopi-tubruk-pagi', newPassword: 'jahe-hangat-malam' },
  }),
  'POST /auth/logout': () => ({ path: '/auth/logout', body: {} }),
};
const nameOf = ({ method, path }: Route) => `${method.toUpperCase()} ${path}`;

async function ask(route: string, token: string | undefined): Promise<request.Response> {
  const wish = WISHES[route]?.();
  if (!wish) throw new Error(`${route} is missing in the authorisation matrix`);
  const sent = request(test.app)[route.startsWith('GET') ? 'get' : 'post'](wish.path);
  if (token !== undefined) sent.set('Authorization', `Bearer ${token}`);
  return wish.body ? sent.send(wish.body) : sent;
}

describe('every route that needs a login', () => {
  it('is in the matrix', () => {
    const guarded = test.routes.filter(({ who }) => who === 'user').map(nameOf);
    expect(guarded.sort()).toEqual(Object.keys(WISHES).sort());
  });

  it.each(Object.keys(WISHES))('%s answers its owner, and nobody else', async (route) => {
    await join(test, 'citra');
    const mallory = await join(test, 'mallory');
    const old = await enter(test, 'ani');
    await old.post('/auth/logout', {});
    const [head = '', body = ''] = ani.token.split('.');
    const none = Buffer.from('{"alg":"none"}').toString('base64url');
    const foreign = createHmac('sha256', randomBytes(32)).update(`${head}.${body}`).digest('base64url');
    const before = test.store.revision();

    for (const token of [undefined, '', 'x', `${none}.${body}.`, `${head}.${body}.${foreign}`, old.token]) {
      const { status, body: answer } = await ask(route, token);
      expect([token, status, answer.code]).toEqual([token, 401, 'UNAUTHENTICATED']);
    }
    if (test.routes.find((one) => nameOf(one) === route)?.self) {
      const { status, body: answer } = await ask(route, mallory.token);
      expect([status, answer.code]).toEqual([403, 'NOT_YOU']);
    }
    expect(test.store.revision()).toBe(before);

    // The premise: with the right token the same request works.
    expect((await ask(route, ani.token)).status).toBe(200);
  });

  it('ends at the next request when its token expires, and not before', async () => {
    test.clock.now += 30 * 24 * 3600 * 1000 - 2000;
    expect((await ani.get('/auth/devices')).status).toBe(200);
    test.clock.now += 3000;
    expect((await ani.get('/auth/devices')).status).toBe(401);
    // A clock that falls back to 1970 does not revive it once a later commit is stored.
    await enter(test, 'budi');
    test.clock.now = 0;
    expect((await ani.get('/auth/devices')).status).toBe(401);
  });
});

describe('a stranger', () => {
  it('cannot read or write a conversation by its id, nor learn that it exists', async () => {
    const mallory = await join(test, 'mallory');
    const before = test.store.revision();
    for (const id of [conversationId, '00000000-0000-4000-8000-000000000000']) {
      const read = await mallory.get(`/chat/history?myId=${mallory.id}&conversationId=${id}`);
      expect([read.status, read.body.code]).toEqual([403, 'NOT_MEMBER']);
      const wish = { senderId: mallory.id, conversationId: id, message: 'hai' };
      const sent = await mallory.post('/chat/send', wish);
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

  it('sees nothing of others in a poll', async () => {
    const mallory = await join(test, 'mallory');
    await ani.post('/chat/send', { senderId: ani.id, receiverId: budi.id, message: 'hai' });
    const { body } = await mallory.get('/sync');
    expect(body).toMatchObject({ reset: true, friends: [], conversations: [] });
    const cursor = { 'Last-Event-ID': body.cursor };
    await ani.post('/chat/send', { senderId: ani.id, receiverId: budi.id, message: 'lagi' });
    expect((await mallory.get('/sync', cursor)).status).toBe(204);
  });
});

it('receiverId and conversationId that disagree are refused', async () => {
  await join(test, 'citra');
  const added = await ani.post('/friends/add', { myId: ani.id, friendUsername: 'citra' });
  const wish = { senderId: ani.id, receiverId: added.body.contact.id, conversationId, message: 'hai' };
  expect((await ani.post('/chat/send', wish)).body.code).toBe('WRONG_CONVERSATION');
  expect((await ani.post('/chat/send', { ...wish, receiverId: ani.id })).body.code).toBe(
    'WRONG_CONVERSATION',
  );
  expect((await ani.post('/chat/send', { ...wish, receiverId: budi.id })).status).toBe(200);
});
