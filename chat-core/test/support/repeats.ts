import { randomUUID } from 'node:crypto';
import request, { type Response } from 'supertest';
import { createResetCode } from '../../src/auth/reset.ts';
import { EXAMPLE } from '../../src/wire/examples.ts';
import type { Id, NewInviteAnswer } from '../../src/wire/wire.ts';
import type { TestApp } from './app.ts';
import { turnOnTotp } from './authenticator.ts';
import { type Client, deviceOf, logIn } from './client.ts';
import { linkIdentity, OIDC_ENV, proofOf } from './fake-provider.ts';
import { addPasskey, assertPasskey, createPasskeyDevice } from './passkey-device.ts';
import { PASSWORD, reauthenticate } from './person.ts';
import { codeOf } from './totp-code.ts';
import { bytesOf, fileInput, upload } from './uploads.ts';

/** Two friends and a stranger to both; Ani has written to Budi once. */
export type World = { test: TestApp; ani: Client; budi: Client; citra: Client; conversationId: Id };
type Send = () => Promise<Response>;

/** One request of a route, which can be sent any number of times. */
export type Repeat = {
  when: string;
  env?: Record<string, string>;
  /** Sets up what the request needs, and returns a function that sends it. */
  prepare: (world: World) => Send | Promise<Send>;
  /** The answer to the second request where it differs; the page treats it as success. */
  again?: `400 ${string}`;
  /** The second request is stored too. */
  isStored?: true;
};

const NEW_PASSWORD = 'jahe-hangat-malam';
const CODE = '0123456789abcdefghjkmnpqrs';
const NEW_IMPORT = { conversationId: EXAMPLE.archiveId, source: 'whatsapp', name: 'Keluarga' };
const IMPORT_ROWS = { from: 0, rows: [{ at: 1000, name: 'Bu Sari', text: 'Halo' }] };
const FRIEND_REQUESTS = { FRIENDSHIP: 'request' };
const PICTURE = { type: 'image/png', data: EXAMPLE.png };

const postAnonymously = (test: TestApp, path: string, body: object): Promise<Response> =>
  request(test.app)
    .post(path)
    .send(body)
    .then((answer) => answer);
const add = (who: Client, friend: Client) =>
  who.post('/friends/add', { myId: who.id, friendUsername: friend.username });
const friendAction = (verb: string, who: Client, other: Client) => () =>
  who.post(`/friends/${verb}`, { userId: other.id });
const first = ({ conversationId }: World) => `/conversations/${conversationId}/messages/1`;
const thumb = (world: World) => `${first(world)}/reactions/%F0%9F%91%8D`;
const asAni = (path: string, body: (world: World) => object) => (world: World) => () =>
  world.ani.post(path, body(world));
const always = (body: object) => () => body;
const here = ({ conversationId }: World) => ({ conversationId });

/** A group of Ani and Budi. */
async function groupOf({ ani, budi }: World, more: object = {}): Promise<Id> {
  return (await ani.post('/groups', { name: 'Keluarga', memberIds: [budi.id], ...more })).body.id;
}

/** The path of a poll of Ani in a group of hers and Budi. */
async function pollOf(world: World): Promise<string> {
  const conversationId = await groupOf(world);
  const poll = { question: 'Jadi?', answers: ['Ya', 'Tidak'] };
  const { seq } = (await world.ani.post('/chat/send', { senderId: world.ani.id, conversationId, poll })).body;
  return `/conversations/${conversationId}/messages/${seq}`;
}

/** A request of Ani about her group. */
const inGroup =
  (method: 'post' | 'patch', path: string, body: (world: World) => object) => async (world: World) => {
    const id = await groupOf(world);
    return () => world.ani[method](`/groups/${id}${path}`, body(world));
  };
const deleteInGroup =
  (who: 'ani' | 'budi', pathOf: (world: World, id: Id) => string | Promise<string>) =>
  async (world: World) => {
    const id = await groupOf(world);
    const path = await pathOf(world, id);
    return () => world[who].delete(`/groups/${id}${path}`);
  };
async function groupLink(world: World, id: Id, more: object = {}): Promise<{ id: Id; code: string }> {
  return (await world.ani.post(`/groups/${id}/links`, { uses: 1, ...more })).body;
}
const joinBy = (more: object) => async (world: World) => {
  const { code } = await groupLink(world, await groupOf(world), more);
  return () => world.citra.post('/groups/join', { code });
};
/** Citra has asked to join, and Ani answers. */
const answerCitra = (accept: boolean) => async (world: World) => {
  const id = await groupOf(world);
  const { code } = await groupLink(world, id, { approval: true });
  await world.citra.post('/groups/join', { code });
  return () => world.ani.post(`/groups/${id}/requests`, { userId: world.citra.id, accept });
};

/** A request of Ani to change her second factor, which she has. */
const withTicket =
  (path: string) =>
  async ({ test, ani }: World) => {
    const { secret } = await turnOnTotp(ani, test.clock.now);
    const secondFactor = { totp: codeOf(secret, test.clock.now) };
    const { ticket } = (await reauthenticate(ani, { secondFactor })).body;
    return () => ani.post(path, { ticket });
  };

const WITH_PASSKEYS = { PUBLIC_URL: 'https://chat.example.org' };
/** A proof of a passkey of Ani, who has just got it. */
async function passkeyOf({ ani }: World) {
  const device = createPasskeyDevice(WITH_PASSKEYS.PUBLIC_URL);
  await addPasskey(ani, device);
  return { id: device.id, passkey: await assertPasskey(ani, device) };
}
/** A request of Ani about her passkey. */
const aboutPasskey =
  (verb: string, more: object = {}) =>
  async (world: World) => {
    const { id, passkey } = await passkeyOf(world);
    const proof = { secondFactor: { passkey }, attemptId: randomUUID() };
    const { ticket } = (await world.ani.post('/auth/reauthenticate', proof)).body;
    return () => world.ani.post(`/auth/second-factor/passkeys/${verb}`, { ticket, id, ...more });
  };

async function invite({ ani }: World, uses = 1): Promise<NewInviteAnswer> {
  return (await ani.post('/invites', { uses })).body;
}

/** Makes Ani the owner of the box. */
async function makeOwner({ test, ani }: World): Promise<void> {
  await ani.post('/owner/claim', { code: test.ownerCode });
}
/** A request of Ani, the owner. */
const asOwner = (send: (world: World) => Promise<Response>) => async (world: World) => {
  await makeOwner(world);
  return () => send(world);
};
/** A change of Budi by the owner, with a ticket where it needs one. */
const changeBudi =
  (body: object, before: object = {}) =>
  async (world: World) => {
    await makeOwner(world);
    const { ticket } = (await reauthenticate(world.ani)).body;
    const change = (input: object) =>
      request(world.test.app)
        .patch(`/owner/people/${world.budi.id}`)
        .set({ Authorization: `Bearer ${world.ani.token}`, 'Reauthentication-Ticket': ticket })
        .send(input)
        .then((answer) => answer);
    if (Object.keys(before).length > 0) await change(before);
    return () => change(body);
  };

/** Every route that changes something, and what happens when the same person sends the same request again. */
export const REPEATS: Record<string, Repeat[]> = {
  'POST /auth/register': [
    {
      when: 'by a name and a password',
      prepare: ({ test }) => {
        const input = { username: 'Dewi', password: PASSWORD, attemptId: randomUUID() };
        return () => postAnonymously(test, '/auth/register', input);
      },
    },
    {
      when: 'by an invitation for one',
      env: { REGISTRATION: 'invite' },
      prepare: async (world) => {
        const { code: inviteCode } = await invite(world);
        const input = { username: 'dewi', password: PASSWORD, inviteCode, attemptId: randomUUID() };
        return () => postAnonymously(world.test, '/auth/register', input);
      },
    },
  ],
  'POST /auth/login': [
    {
      when: 'with a second factor',
      prepare: async ({ test, ani }) => {
        const { secret } = await turnOnTotp(ani, test.clock.now);
        const secondFactor = { totp: codeOf(secret, test.clock.now) };
        const input = { username: 'ani', password: PASSWORD, secondFactor, attemptId: randomUUID() };
        return () => postAnonymously(test, '/auth/login', input);
      },
    },
    {
      when: 'on a new device',
      prepare: ({ test }) => {
        const input = { username: 'ani', password: PASSWORD, deviceName: 'Web', attemptId: randomUUID() };
        return () => postAnonymously(test, '/auth/login', input);
      },
    },
  ],
  'POST /auth/oidc/login': [
    {
      when: 'by the provider',
      env: OIDC_ENV,
      prepare: async ({ test }) => {
        await linkIdentity(test, 'ani', 'kartini');
        const proof = await proofOf(test, 'login', 'kartini');
        return () => postAnonymously(test, '/auth/oidc/login', { ...proof, deviceName: 'Web' });
      },
    },
    {
      when: 'by the provider, with a second factor',
      env: OIDC_ENV,
      prepare: async ({ test, ani }) => {
        const { secret } = await turnOnTotp(ani, test.clock.now);
        await linkIdentity(test, 'ani', 'kartini');
        const secondFactor = { totp: codeOf(secret, test.clock.now) };
        const input = { ...(await proofOf(test, 'login', 'kartini')), secondFactor };
        return () => postAnonymously(test, '/auth/oidc/login', input);
      },
    },
  ],
  'POST /auth/oidc/register': [
    {
      when: 'by the provider and an invitation for one',
      env: { ...OIDC_ENV, REGISTRATION: 'invite' },
      prepare: async (world) => {
        const { code: inviteCode } = await invite(world);
        const input = { ...(await proofOf(world.test, 'login', 'dewi')), username: 'dewi', inviteCode };
        return () => postAnonymously(world.test, '/auth/oidc/register', input);
      },
    },
  ],
  'POST /auth/oidc/link': [
    {
      when: 'with a person of the provider',
      env: OIDC_ENV,
      prepare: async ({ test, ani }) => {
        const { ticket } = (await reauthenticate(ani)).body;
        const input = { ...(await proofOf(test, 'link', 'kartini')), ticket };
        return () => ani.post('/auth/oidc/link', input);
      },
    },
  ],
  'POST /auth/oidc/unlink': [
    {
      when: 'of an account with a password',
      prepare: async ({ test, ani }) => {
        await linkIdentity(test, 'ani', 'kartini');
        const { ticket } = (await reauthenticate(ani)).body;
        return () => ani.post('/auth/oidc/unlink', { ticket });
      },
    },
  ],
  'POST /auth/oidc/reauthenticate': [
    {
      when: 'with a second factor',
      env: OIDC_ENV,
      prepare: async ({ test, ani }) => {
        const { secret } = await turnOnTotp(ani, test.clock.now);
        await linkIdentity(test, 'ani', 'kartini');
        const secondFactor = { totp: codeOf(secret, test.clock.now) };
        const input = { ...(await proofOf(test, 'confirm', 'kartini')), secondFactor };
        return () => ani.post('/auth/oidc/reauthenticate', input);
      },
    },
  ],
  'POST /auth/oidc/password': [
    {
      when: 'of an account without one',
      env: OIDC_ENV,
      prepare: async ({ test, ani }) => {
        await linkIdentity(test, 'ani', 'kartini');
        await test.store.transact(async (tx) => {
          const account = await tx.account(ani.id);
          if (account) await tx.saveAccount({ ...account, noPassword: true });
        });
        const { ticket } = (
          await ani.post('/auth/oidc/reauthenticate', await proofOf(test, 'confirm', 'kartini'))
        ).body;
        return () => ani.post('/auth/oidc/password', { ticket, newPassword: NEW_PASSWORD });
      },
    },
  ],
  'POST /auth/refresh': [{ when: 'of a token', prepare: asAni('/auth/refresh', always({})) }],
  'DELETE /auth/devices/:deviceId': [
    {
      when: 'of another device',
      prepare: async ({ test, ani }) => {
        const other = deviceOf(await logIn(test, 'ani'));
        const { ticket } = (await reauthenticate(ani)).body;
        return () => ani.delete(`/auth/devices/${other}`, { 'Reauthentication-Ticket': ticket });
      },
    },
    {
      when: 'of the calling device',
      prepare: ({ ani }) => {
        return () => ani.delete(`/auth/devices/${deviceOf(ani)}`);
      },
    },
  ],
  'POST /auth/change-password': [
    {
      when: 'with the token that it ends',
      prepare: async ({ test, ani }) => {
        await logIn(test, 'ani');
        const input = { userId: ani.id, currentPassword: PASSWORD, newPassword: NEW_PASSWORD };
        return () => ani.post('/auth/change-password', input);
      },
    },
  ],
  'POST /auth/reset-password': [
    {
      when: 'with the code that it uses',
      prepare: async ({ test }) => {
        const { code } = await createResetCode({ store: test.store, clock: () => test.clock.now }, 'ani');
        return () =>
          postAnonymously(test, '/auth/reset-password', { username: 'ani', code, newPassword: NEW_PASSWORD });
      },
    },
  ],
  'POST /auth/reauthenticate': [
    {
      when: 'with a passkey alone',
      env: WITH_PASSKEYS,
      prepare: async (world) => {
        const { passkey } = await passkeyOf(world);
        const input = { secondFactor: { passkey }, attemptId: randomUUID() };
        return () => world.ani.post('/auth/reauthenticate', input);
      },
    },
    {
      when: 'with a code of an authenticator app',
      prepare: async ({ test, ani }) => {
        const { secret } = await turnOnTotp(ani, test.clock.now);
        const secondFactor = { totp: codeOf(secret, test.clock.now) };
        const attemptId = randomUUID();
        return () => reauthenticate(ani, { secondFactor, attemptId });
      },
    },
    {
      when: 'with a recovery code',
      prepare: async ({ test, ani }) => {
        const { recoveryCodes } = await turnOnTotp(ani, test.clock.now);
        const secondFactor = { recoveryCode: recoveryCodes[0] };
        const attemptId = randomUUID();
        return () => reauthenticate(ani, { secondFactor, attemptId });
      },
    },
  ],
  'POST /auth/second-factor/totp/confirm': [
    {
      when: 'of a first second factor, with its recovery codes',
      prepare: async ({ test, ani }) => {
        const { ticket } = (await reauthenticate(ani)).body;
        const { secret } = (await ani.post('/auth/second-factor/totp', { ticket })).body;
        const input = { ticket, code: codeOf(secret, test.clock.now) };
        return () => ani.post('/auth/second-factor/totp/confirm', input);
      },
    },
  ],
  'POST /auth/second-factor/totp/remove': [
    { when: 'with a ticket', prepare: withTicket('/auth/second-factor/totp/remove') },
  ],
  'POST /auth/second-factor/recovery-codes': [
    { when: 'with a ticket', prepare: withTicket('/auth/second-factor/recovery-codes') },
  ],
  'POST /auth/login/passkey': [
    {
      when: 'on a new device',
      env: WITH_PASSKEYS,
      prepare: async (world) => {
        const { passkey } = await passkeyOf(world);
        const input = { passkey, attemptId: randomUUID() };
        return () => postAnonymously(world.test, '/auth/login/passkey', input);
      },
    },
  ],
  'POST /auth/second-factor/passkeys': [
    {
      when: 'of the first passkey, with the same recovery codes',
      env: WITH_PASSKEYS,
      prepare: async ({ ani }) => {
        const { ticket } = (await reauthenticate(ani)).body;
        const { body } = await ani.post('/auth/second-factor/passkeys/offer', { ticket });
        const passkey = createPasskeyDevice(WITH_PASSKEYS.PUBLIC_URL).create(body);
        return () => ani.post('/auth/second-factor/passkeys', { ticket, name: 'Ponsel', passkey });
      },
    },
  ],
  'POST /auth/second-factor/passkeys/rename': [
    { when: 'with a ticket', env: WITH_PASSKEYS, prepare: aboutPasskey('rename', { name: 'Kunci' }) },
  ],
  'POST /auth/second-factor/passkeys/remove': [
    { when: 'with a ticket', env: WITH_PASSKEYS, prepare: aboutPasskey('remove') },
  ],
  'POST /auth/logout': [
    { when: 'here', prepare: asAni('/auth/logout', always({})) },
    {
      when: 'everywhere',
      prepare: async ({ test, ani }) => {
        await logIn(test, 'ani');
        const { ticket } = (await reauthenticate(ani)).body;
        return () => ani.post('/auth/logout', { everywhere: true, ticket });
      },
    },
  ],

  'POST /friends/add': [
    {
      when: 'of a stranger',
      prepare: ({ ani, citra }) => {
        return () => add(ani, citra);
      },
      again: '400 ALREADY_FRIENDS',
    },
    {
      when: 'of a stranger with FRIENDSHIP=request',
      env: FRIEND_REQUESTS,
      prepare: ({ ani, citra }) => {
        return () => add(ani, citra);
      },
    },
  ],
  'POST /friends/accept': [
    {
      when: 'of a request',
      env: FRIEND_REQUESTS,
      prepare: async ({ ani, citra }) => {
        await add(citra, ani);
        return friendAction('accept', ani, citra);
      },
    },
  ],
  'POST /friends/decline': [
    {
      when: 'of a request',
      env: FRIEND_REQUESTS,
      prepare: async ({ ani, citra }) => {
        await add(citra, ani);
        return friendAction('decline', ani, citra);
      },
    },
  ],
  'POST /friends/withdraw': [
    {
      when: 'of a request',
      env: FRIEND_REQUESTS,
      prepare: async ({ ani, citra }) => {
        await add(ani, citra);
        return friendAction('withdraw', ani, citra);
      },
    },
  ],
  'POST /friends/remove': [
    { when: 'of a friend', prepare: ({ ani, budi }) => friendAction('remove', ani, budi) },
  ],
  'POST /friends/block': [
    { when: 'of a friend', prepare: ({ ani, budi }) => friendAction('block', ani, budi) },
  ],
  'POST /friends/unblock': [
    {
      when: 'of a blocked person',
      prepare: async ({ ani, budi }) => {
        await friendAction('block', ani, budi)();
        return friendAction('unblock', ani, budi);
      },
    },
  ],
  'POST /friends/report': [
    {
      when: 'of a message',
      prepare: ({ ani, budi, conversationId }) => {
        const input = { userId: ani.id, reason: 'spam', conversationId, seq: 1 };
        return () => budi.post('/friends/report', input);
      },
    },
  ],

  'POST /invites': [
    {
      when: 'with a code of one’s own',
      prepare: asAni('/invites', always({ uses: 2, days: 3, code: CODE })),
    },
    {
      when: 'that is the last one allowed',
      prepare: async (world) => {
        for (let n = 0; n < 4; n++) await invite(world);
        return () => world.ani.post('/invites', { code: CODE });
      },
    },
  ],
  'POST /invites/revoke': [
    {
      when: 'of an open invite',
      prepare: async (world) => {
        const { id } = await invite(world);
        return () => world.ani.post('/invites/revoke', { id });
      },
    },
  ],
  'POST /invites/accept': [
    {
      when: 'of an invite with one use',
      prepare: async (world) => {
        const { code } = await invite(world);
        return () => world.citra.post('/invites/accept', { code });
      },
    },
    {
      when: 'of an invite with several uses',
      prepare: async (world) => {
        const { code } = await invite(world, 3);
        return () => world.citra.post('/invites/accept', { code });
      },
    },
  ],

  'PATCH /me': [
    {
      when: 'of texts and settings',
      prepare: ({ ani }) => {
        const input = { displayName: 'Ani W.', about: 'Di kebun', privacy: { typing: 'nobody' } };
        return () => ani.patch('/me', input);
      },
    },
    {
      when: 'of the picture',
      prepare: ({ ani }) => {
        return () => ani.patch('/me', { picture: PICTURE });
      },
    },
    {
      when: 'that removes the picture',
      prepare: async ({ ani }) => {
        await ani.patch('/me', { picture: PICTURE });
        return () => ani.patch('/me', { picture: null });
      },
    },
  ],
  'POST /chat/mute': (['8h', '1w', 'always', 'off'] as const).map((length) => ({
    when: `for ${length}`,
    prepare: async (world) => {
      const before = length === 'off' ? 'always' : 'off';
      await world.ani.post('/chat/mute', { ...here(world), for: before });
      return () => world.ani.post('/chat/mute', { ...here(world), for: length });
    },
  })),
  'PUT /conversations/:conversationId/flags': (
    [{ archived: true }, { pinned: true }, { unread: true }, { pinned: false }] as const
  ).map((flags) => ({
    when: `that sets ${JSON.stringify(flags)}`,
    prepare: async ({ ani, conversationId }) => {
      const path = `/conversations/${conversationId}/flags`;
      if ('pinned' in flags) await ani.putJson(path, { pinned: !flags.pinned });
      return () => ani.putJson(path, flags);
    },
  })),
  'PUT /conversations/:conversationId/messages/:seq/star': [
    { when: 'of one’s own message', prepare: (world) => () => world.ani.putJson(`${first(world)}/star`, {}) },
  ],
  'DELETE /conversations/:conversationId/messages/:seq/star': [
    {
      when: 'of a starred message',
      prepare: async (world) => {
        await world.budi.putJson(`${first(world)}/star`, {});
        return () => world.budi.delete(`${first(world)}/star`);
      },
    },
  ],
  'POST /notes': [{ when: 'of one’s own', prepare: asAni('/notes', always({})) }],

  'PUT /conversations/:conversationId/expiry': ([86_400, 604_800, 7_776_000, 0] as const).map((after) => ({
    when: `after ${after} seconds`,
    prepare: async ({ ani, conversationId }) => {
      const path = `/conversations/${conversationId}/expiry`;
      await ani.putJson(path, { after: after === 0 ? 86_400 : 0 });
      return () => ani.putJson(path, { after });
    },
  })),

  'POST /chat/scheduled': [
    {
      when: 'for a time',
      prepare: ({ ani, conversationId }) => {
        const at = EXAMPLE.scheduledAt;
        const input = { clientMessageId: randomUUID(), conversationId, message: 'halo', at };
        return () => ani.post('/chat/scheduled', input);
      },
    },
  ],
  'DELETE /chat/scheduled/:id': [
    {
      when: 'of one that waits',
      prepare: async ({ ani, conversationId }) => {
        const at = EXAMPLE.scheduledAt;
        const clientMessageId = randomUUID();
        await ani.post('/chat/scheduled', { clientMessageId, conversationId, message: 'halo', at });
        return () => ani.delete(`/chat/scheduled/${clientMessageId}`);
      },
    },
  ],
  'PUT /conversations/:conversationId/pin': [
    {
      when: 'in a group',
      prepare: async (world) => {
        const conversationId = await groupOf(world);
        await world.ani.post('/chat/send', { senderId: world.ani.id, conversationId, message: 'hai' });
        return () => world.ani.putJson(`/conversations/${conversationId}/pin`, { seq: 2 });
      },
    },
  ],
  'DELETE /conversations/:conversationId/pin': [
    {
      when: 'of the pinned message',
      prepare: async ({ ani, conversationId }) => {
        await ani.putJson(`/conversations/${conversationId}/pin`, { seq: 1 });
        return () => ani.delete(`/conversations/${conversationId}/pin`);
      },
    },
  ],
  'POST /chat/forward': [
    {
      when: 'with a file',
      prepare: async ({ ani, conversationId }) => {
        const { id } = await upload(ani, conversationId, bytesOf(5));
        const sent = { senderId: ani.id, conversationId, message: '', attachments: [id] };
        const { seq } = (await ani.post('/chat/send', sent)).body;
        const input = {
          from: { conversationId, seqs: [1, seq] },
          to: [{ conversationId, clientMessageIds: [randomUUID(), randomUUID()] }],
        };
        return () => ani.post('/chat/forward', input);
      },
    },
  ],
  'POST /chat/send': [
    {
      when: 'with an id of one’s own',
      prepare: ({ ani, budi }) => {
        const who = { senderId: ani.id, receiverId: budi.id };
        const input = { ...who, message: 'halo', clientMessageId: randomUUID() };
        return () => ani.post('/chat/send', input);
      },
    },
    {
      when: 'with a file',
      prepare: async ({ ani, budi, conversationId }) => {
        const { id } = await upload(ani, conversationId, bytesOf(5));
        const who = { senderId: ani.id, receiverId: budi.id };
        const input = { ...who, message: '', attachments: [id], clientMessageId: randomUUID() };
        return () => ani.post('/chat/send', input);
      },
    },
  ],
  'POST /attachments': [
    {
      when: 'with an id of one’s own',
      prepare: ({ ani, conversationId }) => {
        const input = fileInput(conversationId, 5);
        return () => ani.post('/attachments', input);
      },
    },
  ],
  'PUT /attachments/:attachmentId': [
    {
      when: 'of a part',
      prepare: async ({ ani, conversationId }) => {
        const { body } = await ani.post('/attachments', fileInput(conversationId, 5));
        return () => ani.put(`/attachments/${body.id}?offset=0`, bytesOf(5));
      },
    },
  ],
  'DELETE /attachments/:attachmentId': [
    {
      when: 'of an upload',
      prepare: async ({ ani, conversationId }) => {
        const { id } = await upload(ani, conversationId, bytesOf(5));
        return () => ani.delete(`/attachments/${id}`);
      },
    },
  ],
  'PATCH /conversations/:conversationId/messages/:seq': [
    {
      when: 'to another text',
      prepare: (world) => () => world.ani.patch(first(world), { message: 'hai juga' }),
    },
  ],
  'DELETE /conversations/:conversationId/messages/:seq': [
    { when: 'for everyone', prepare: (world) => () => world.ani.delete(`${first(world)}?for=everyone`) },
    {
      when: 'with a file, for everyone',
      prepare: async ({ ani, conversationId }) => {
        const { id } = await upload(ani, conversationId, bytesOf(5));
        const input = { senderId: ani.id, conversationId, message: '', attachments: [id] };
        const { seq } = (await ani.post('/chat/send', input)).body;
        return () => ani.delete(`/conversations/${conversationId}/messages/${seq}?for=everyone`);
      },
    },
    { when: 'for oneself', prepare: (world) => () => world.budi.delete(`${first(world)}?for=me`) },
  ],
  'PUT /conversations/:conversationId/messages/:seq/reactions/:emoji': [
    { when: 'with an emoji', prepare: (world) => () => world.ani.put(thumb(world), Buffer.alloc(0)) },
  ],
  'DELETE /conversations/:conversationId/messages/:seq/reactions/:emoji': [
    {
      when: 'of one’s own',
      prepare: async (world) => {
        await world.ani.put(thumb(world), Buffer.alloc(0));
        return () => world.ani.delete(thumb(world));
      },
    },
  ],
  'PUT /conversations/:conversationId/messages/:seq/vote': [
    {
      when: 'for an answer',
      prepare: async (world) => {
        const path = await pollOf(world);
        return () => world.budi.putJson(`${path}/vote`, { choices: [1] });
      },
    },
    {
      when: 'taken back',
      prepare: async (world) => {
        const path = await pollOf(world);
        await world.budi.putJson(`${path}/vote`, { choices: [1] });
        return () => world.budi.putJson(`${path}/vote`, { choices: [] });
      },
    },
  ],
  'PUT /conversations/:conversationId/messages/:seq/close': [
    {
      when: 'by its author',
      prepare: async (world) => {
        const path = await pollOf(world);
        return () => world.ani.putJson(`${path}/close`, {});
      },
    },
  ],
  'POST /groups': [
    {
      when: 'with an id of one’s own',
      prepare: asAni('/groups', ({ budi }) => ({
        name: 'Keluarga',
        memberIds: [budi.id],
        conversationId: EXAMPLE.group.id,
      })),
    },
  ],
  'PATCH /groups/:conversationId': [
    {
      when: 'of name and settings',
      prepare: inGroup('patch', '', () => ({
        name: 'Keluarga Besar',
        newcomersRead: 'all',
        permissions: { post: 'admins' },
      })),
    },
    { when: 'of the picture', prepare: inGroup('patch', '', () => ({ picture: PICTURE })) },
  ],
  'DELETE /groups/:conversationId': [{ when: 'of a group', prepare: deleteInGroup('ani', () => '') }],
  'POST /groups/:conversationId/members': [
    {
      when: 'of a friend',
      prepare: async (world) => {
        await add(world.ani, world.citra);
        const id = await groupOf(world);
        return () => world.ani.post(`/groups/${id}/members`, { userIds: [world.citra.id] });
      },
    },
  ],
  'PATCH /groups/:conversationId/members/:userId': [
    {
      when: 'of the role of a member',
      prepare: async (world) => {
        const id = await groupOf(world);
        return () => world.ani.patch(`/groups/${id}/members/${world.budi.id}`, { role: 'admin' });
      },
    },
  ],
  'DELETE /groups/:conversationId/members/:userId': [
    { when: 'of a member', prepare: deleteInGroup('ani', ({ budi }) => `/members/${budi.id}`) },
    { when: 'by the member', prepare: deleteInGroup('budi', ({ budi }) => `/members/${budi.id}`) },
    {
      when: 'by the last member',
      prepare: async (world) => {
        const id = await groupOf(world, { memberIds: [] });
        return () => world.ani.delete(`/groups/${id}/members/${world.ani.id}`);
      },
    },
  ],
  'POST /groups/:conversationId/links': [
    {
      when: 'with a code of one’s own',
      prepare: inGroup('post', '/links', always({ uses: 2, days: 3, approval: true, code: CODE })),
    },
  ],
  'DELETE /groups/:conversationId/links/:linkId': [
    {
      when: 'of an open link',
      prepare: deleteInGroup('ani', async (world, id) => `/links/${(await groupLink(world, id)).id}`),
    },
  ],
  'POST /groups/:conversationId/requests': [
    { when: 'that lets a person in', prepare: answerCitra(true) },
    { when: 'that refuses a person', prepare: answerCitra(false) },
  ],
  'POST /groups/join': [
    { when: 'by a link with one use', prepare: joinBy({}) },
    { when: 'by a link with several uses', prepare: joinBy({ uses: 3 }) },
    { when: 'by a link with one use that asks an admin', prepare: joinBy({ approval: true }) },
  ],

  'POST /imports': [{ when: 'with its id', prepare: asAni('/imports', always(NEW_IMPORT)) }],
  'POST /imports/:conversationId/rows': [
    {
      when: 'of the same rows',
      prepare: async ({ ani }) => {
        await ani.post('/imports', NEW_IMPORT);
        return () => ani.post(`/imports/${EXAMPLE.archiveId}/rows`, IMPORT_ROWS);
      },
    },
  ],
  'POST /imports/:conversationId/done': [
    {
      when: 'of an import that is done',
      prepare: async ({ ani }) => {
        await ani.post('/imports', NEW_IMPORT);
        await ani.post(`/imports/${EXAMPLE.archiveId}/rows`, IMPORT_ROWS);
        return () => ani.post(`/imports/${EXAMPLE.archiveId}/done`, { rows: 1 });
      },
    },
  ],

  'POST /owner/claim': [
    {
      when: 'by the code of a box without an owner',
      prepare: ({ test, ani }) => {
        const { ownerCode: code } = test;
        return () => ani.post('/owner/claim', { code });
      },
    },
  ],
  'PATCH /owner/people/:userId': [
    { when: 'that suspends', prepare: changeBudi({ suspended: true }) },
    { when: 'that ends a suspension', prepare: changeBudi({ suspended: false }, { suspended: true }) },
    { when: 'that sets a quota', prepare: changeBudi({ quotaMb: 5 }) },
    { when: 'that removes a quota', prepare: changeBudi({ quotaMb: null }, { quotaMb: 5 }) },
    { when: 'that makes an owner', prepare: changeBudi({ owner: true }) },
    { when: 'that takes the role', prepare: changeBudi({ owner: false }, { owner: true }) },
  ],
  'DELETE /me': [
    {
      when: 'with a ticket, whose token ended with the account',
      prepare: async ({ ani }) => {
        const { ticket } = (await reauthenticate(ani)).body;
        return () => ani.delete('/me', { 'Reauthentication-Ticket': ticket });
      },
    },
  ],
  'DELETE /owner/people/:userId': [
    {
      when: 'with a ticket',
      prepare: async (world) => {
        await makeOwner(world);
        const { ticket } = (await reauthenticate(world.ani)).body;
        const headers = { 'Reauthentication-Ticket': ticket };
        return () => world.ani.delete(`/owner/people/${world.budi.id}`, headers);
      },
    },
  ],
  'POST /owner/people/:userId/reset-code': [
    {
      when: 'with an id of one’s own',
      prepare: (world) => {
        const input = { attemptId: randomUUID() };
        return asOwner(({ ani, budi }) => ani.post(`/owner/people/${budi.id}/reset-code`, input))(world);
      },
    },
  ],
  'DELETE /owner/reports/:userId': [
    {
      when: 'about a person',
      prepare: async (world) => {
        await world.ani.post('/friends/report', { userId: world.budi.id, reason: 'spam' });
        return asOwner(({ ani, budi }) => ani.delete(`/owner/reports/${budi.id}`))(world);
      },
    },
  ],
  'PATCH /owner/settings': [
    {
      when: 'of two settings',
      prepare: asOwner(({ ani }) => ani.patch('/owner/settings', { registration: 'closed', editMinutes: 1 })),
    },
  ],

  'POST /owner/backups': [
    {
      when: 'while the process of backups reports',
      prepare: (world) => {
        world.test.backups.report({});
        return asOwner(({ ani }) => ani.post('/owner/backups', {}))(world);
      },
    },
  ],

  'POST /chat/read': [
    {
      when: 'up to a message',
      prepare: (world) => () => world.budi.post('/chat/read', { ...here(world), seq: 1 }),
    },
  ],
  'POST /chat/typing': [{ when: 'in a conversation', prepare: asAni('/chat/typing', here) }],

  'POST /push/subscribe': [{ when: 'of a device', prepare: asAni('/push/subscribe', always(EXAMPLE.push)) }],
  'POST /push/unsubscribe': [
    {
      when: 'of a device',
      prepare: async ({ ani }) => {
        await ani.post('/push/subscribe', EXAMPLE.push);
        return () => ani.post('/push/unsubscribe', {});
      },
    },
  ],
  'POST /push/test': [
    {
      when: 'of a device, which is notified again',
      prepare: async ({ ani }) => {
        await ani.post('/push/subscribe', EXAMPLE.push);
        return () => ani.post('/push/test', {});
      },
    },
  ],
};

/** Routes that read by POST and change nothing. */
export const READ_ONLY_POSTS = [
  'POST /auth/second-factor/totp',
  'POST /auth/oidc/start',
  'POST /auth/second-factor/passkeys/offer',
  'POST /invites/look',
  'POST /groups/look',
  'POST /conversations/:conversationId/messages/:seq/attachments/:attachmentId/address',
  'POST /me/export',
];
