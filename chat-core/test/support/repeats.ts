import { randomUUID } from 'node:crypto';
import request, { type Response } from 'supertest';
import { createResetCode } from '../../src/auth/reset.ts';
import { EXAMPLE } from '../../src/wire/examples.ts';
import type { Id, NewInviteAnswer } from '../../src/wire/wire.ts';
import type { TestApp } from './app.ts';
import { type Client, deviceOf, enter } from './client.ts';
import { PASSWORD } from './person.ts';

/** Two friends and a stranger to both; Ani has written to Budi once. */
export type World = { test: TestApp; ani: Client; budi: Client; citra: Client; conversationId: Id };
type Send = () => Promise<Response>;

/** One request of a route, ready to be sent any number of times. */
export type Repeat = {
  when: string;
  env?: Record<string, string>;
  /** Makes the request possible, and answers how it is sent. */
  ready: (world: World) => Send | Promise<Send>;
  /** What the second sending is answered where it is not the same; the page takes it for done. */
  again?: `400 ${string}`;
  /** The second sending is stored too. */
  isStored?: true;
};

const NEW_PASSWORD = 'jahe-hangat-malam';
const CODE = '0123456789abcdefghjkmnpqrs';
const ASKING = { FRIENDSHIP: 'request' };
const PICTURE = { type: 'image/png', data: EXAMPLE.png };

const open = (test: TestApp, path: string, body: object): Promise<Response> =>
  request(test.app)
    .post(path)
    .send(body)
    .then((answer) => answer);
const add = (who: Client, friend: Client) =>
  who.post('/friends/add', { myId: who.id, friendUsername: friend.username });
const about = (verb: string, who: Client, other: Client) => () =>
  who.post(`/friends/${verb}`, { userId: other.id });
const first = ({ conversationId }: World) => `/conversations/${conversationId}/messages/1`;
const asAni = (path: string, body: (world: World) => object) => (world: World) => () =>
  world.ani.post(path, body(world));
const always = (body: object) => () => body;
const here = ({ conversationId }: World) => ({ conversationId });

async function invite({ ani }: World, uses = 1): Promise<NewInviteAnswer> {
  return (await ani.post('/invites', { uses })).body;
}

/** Every route that changes something, and what happens to the same request sent again by the same person. */
export const REPEATS: Record<string, Repeat[]> = {
  'POST /auth/register': [
    {
      when: 'by a name and a password',
      ready: ({ test }) => {
        const wanted = { username: 'Dewi', password: PASSWORD, attemptId: randomUUID() };
        return () => open(test, '/auth/register', wanted);
      },
    },
    {
      when: 'by an invitation for one',
      env: { REGISTRATION: 'invite' },
      ready: async (world) => {
        const { code: inviteCode } = await invite(world);
        const wanted = { username: 'dewi', password: PASSWORD, inviteCode, attemptId: randomUUID() };
        return () => open(world.test, '/auth/register', wanted);
      },
    },
  ],
  'POST /auth/login': [
    {
      when: 'on a new device',
      ready: ({ test }) => {
        const wanted = { username: 'ani', password: PASSWORD, deviceName: 'Web', attemptId: randomUUID() };
        return () => open(test, '/auth/login', wanted);
      },
    },
  ],
  'POST /auth/refresh': [{ when: 'of a token', ready: asAni('/auth/refresh', always({})), isStored: true }],
  'DELETE /auth/devices/:deviceId': [
    {
      when: 'of another device',
      ready: async ({ test, ani }) => {
        const other = deviceOf(await enter(test, 'ani'));
        return () => ani.delete(`/auth/devices/${other}`);
      },
    },
    {
      when: 'of the asking device',
      ready: ({ ani }) => {
        return () => ani.delete(`/auth/devices/${deviceOf(ani)}`);
      },
    },
  ],
  'POST /auth/change-password': [
    {
      when: 'with the token that it ends',
      ready: async ({ test, ani }) => {
        await enter(test, 'ani');
        const wanted = { userId: ani.id, currentPassword: PASSWORD, newPassword: NEW_PASSWORD };
        return () => ani.post('/auth/change-password', wanted);
      },
    },
  ],
  'POST /auth/reset-password': [
    {
      when: 'with the code that it uses',
      ready: async ({ test }) => {
        const { code } = await createResetCode({ store: test.store, clock: () => test.clock.now }, 'ani');
        return () => open(test, '/auth/reset-password', { username: 'ani', code, newPassword: NEW_PASSWORD });
      },
    },
  ],
  'POST /auth/logout': [
    { when: 'here', ready: asAni('/auth/logout', always({})) },
    {
      when: 'everywhere',
      ready: async ({ test, ani }) => {
        await enter(test, 'ani');
        return () => ani.post('/auth/logout', { everywhere: true });
      },
    },
  ],

  'POST /friends/add': [
    {
      when: 'of a stranger',
      ready: ({ ani, citra }) => {
        return () => add(ani, citra);
      },
      again: '400 ALREADY_FRIENDS',
    },
    {
      when: 'of a stranger, where friends ask first',
      env: ASKING,
      ready: ({ ani, citra }) => {
        return () => add(ani, citra);
      },
    },
  ],
  'POST /friends/accept': [
    {
      when: 'of a request',
      env: ASKING,
      ready: async ({ ani, citra }) => {
        await add(citra, ani);
        return about('accept', ani, citra);
      },
    },
  ],
  'POST /friends/decline': [
    {
      when: 'of a request',
      env: ASKING,
      ready: async ({ ani, citra }) => {
        await add(citra, ani);
        return about('decline', ani, citra);
      },
    },
  ],
  'POST /friends/withdraw': [
    {
      when: 'of a request',
      env: ASKING,
      ready: async ({ ani, citra }) => {
        await add(ani, citra);
        return about('withdraw', ani, citra);
      },
    },
  ],
  'POST /friends/remove': [{ when: 'of a friend', ready: ({ ani, budi }) => about('remove', ani, budi) }],
  'POST /friends/block': [{ when: 'of a friend', ready: ({ ani, budi }) => about('block', ani, budi) }],
  'POST /friends/unblock': [
    {
      when: 'of somebody blocked',
      ready: async ({ ani, budi }) => {
        await about('block', ani, budi)();
        return about('unblock', ani, budi);
      },
    },
  ],
  'POST /friends/report': [
    {
      when: 'of a message',
      ready: ({ ani, budi, conversationId }) => {
        const wanted = { userId: ani.id, reason: 'spam', conversationId, seq: 1 };
        return () => budi.post('/friends/report', wanted);
      },
    },
  ],

  'POST /invites': [
    { when: 'with a code of one’s own', ready: asAni('/invites', always({ uses: 2, days: 3, code: CODE })) },
    {
      when: 'that is the last there may be',
      ready: async (world) => {
        for (let n = 0; n < 4; n++) await invite(world);
        return () => world.ani.post('/invites', { code: CODE });
      },
    },
  ],
  'POST /invites/revoke': [
    {
      when: 'of an open one',
      ready: async (world) => {
        const { id } = await invite(world);
        return () => world.ani.post('/invites/revoke', { id });
      },
    },
  ],
  'POST /invites/accept': [
    {
      when: 'of one for one',
      ready: async (world) => {
        const { code } = await invite(world);
        return () => world.citra.post('/invites/accept', { code });
      },
    },
    {
      when: 'of one for several',
      ready: async (world) => {
        const { code } = await invite(world, 3);
        return () => world.citra.post('/invites/accept', { code });
      },
    },
  ],

  'PATCH /me': [
    {
      when: 'of texts and switches',
      ready: ({ ani }) => {
        const wanted = { displayName: 'Ani W.', about: 'Di kebun', privacy: { typing: 'nobody' } };
        return () => ani.patch('/me', wanted);
      },
    },
    {
      when: 'of the picture',
      ready: ({ ani }) => {
        return () => ani.patch('/me', { picture: PICTURE });
      },
    },
    {
      when: 'that takes the picture away',
      ready: async ({ ani }) => {
        await ani.patch('/me', { picture: PICTURE });
        return () => ani.patch('/me', { picture: null });
      },
    },
  ],
  'POST /chat/mute': (['8h', '1w', 'always', 'off'] as const).map((length) => ({
    when: `for ${length}`,
    ready: async (world) => {
      const before = length === 'off' ? 'always' : 'off';
      await world.ani.post('/chat/mute', { ...here(world), for: before });
      return () => world.ani.post('/chat/mute', { ...here(world), for: length });
    },
  })),

  'POST /chat/send': [
    {
      when: 'with an id of one’s own',
      ready: ({ ani, budi }) => {
        const who = { senderId: ani.id, receiverId: budi.id };
        const wanted = { ...who, message: 'halo', clientMessageId: randomUUID() };
        return () => ani.post('/chat/send', wanted);
      },
    },
  ],
  'PATCH /conversations/:conversationId/messages/:seq': [
    {
      when: 'to another text',
      ready: (world) => () => world.ani.patch(first(world), { message: 'hai juga' }),
    },
  ],
  'DELETE /conversations/:conversationId/messages/:seq': [
    { when: 'for everyone', ready: (world) => () => world.ani.delete(`${first(world)}?for=everyone`) },
    { when: 'for oneself', ready: (world) => () => world.budi.delete(`${first(world)}?for=me`) },
  ],
  'POST /chat/read': [
    {
      when: 'up to a message',
      ready: (world) => () => world.budi.post('/chat/read', { ...here(world), seq: 1 }),
    },
  ],
  'POST /chat/typing': [{ when: 'in a conversation', ready: asAni('/chat/typing', here) }],

  'POST /push/subscribe': [{ when: 'of a device', ready: asAni('/push/subscribe', always(EXAMPLE.push)) }],
  'POST /push/unsubscribe': [
    {
      when: 'of a device',
      ready: async ({ ani }) => {
        await ani.post('/push/subscribe', EXAMPLE.push);
        return () => ani.post('/push/unsubscribe', {});
      },
    },
  ],
  'POST /push/test': [
    {
      when: 'of a device, which is notified again',
      ready: async ({ ani }) => {
        await ani.post('/push/subscribe', EXAMPLE.push);
        return () => ani.post('/push/test', {});
      },
    },
  ],
};

/** Ask by POST and change nothing. */
export const ASK_ONLY = ['POST /invites/look'];
