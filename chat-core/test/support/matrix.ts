import { randomUUID } from 'node:crypto';
import { EXAMPLE } from '../../src/wire/examples.ts';
import type { Id } from '../../src/wire/wire.ts';
import { type Client, deviceOf } from './client.ts';
import { PASSWORD } from './person.ts';
import { bytesOf, fileInput } from './uploads.ts';

/** The relation of a person to Ani. Removed and blocked ones were friends who had a conversation. */
export const RELATIONS = ['friend', 'stranger', 'removed', 'blocked'] as const;
export type Relation = (typeof RELATIONS)[number];

/**
 * The caller, Ani, an invite of hers, a conversation (the one of both, or one of others for a stranger), a group of hers
 * with a link, in which the friend is a member, and an upload of hers.
 */
export type World = {
  me: Client;
  ani: Client;
  conversationId: Id;
  /** A file of message 2 of the conversation. */
  fileId: Id;
  invite: { id: Id; code: string };
  group: { id: Id; link: { id: Id; code: string } };
  /** An upload of Ani to her friend. */
  upload: { id: Id };
  /** Of Ani, to change how she logs in. */
  ticket: string;
};

/** A status, and the code of a refusal. With a star, Ani's stored data may change. */
type Expected = `200${'' | ' *'}` | `4${number} ${string}`;
type Row = {
  path: string | ((world: World) => string);
  body?: (world: World) => object;
  bytes?: Buffer;
} & Record<Relation, Expected>;

const ofMany = (expected: Expected): Record<Relation, Expected> => ({
  friend: expected,
  stranger: expected,
  removed: expected,
  blocked: expected,
});
const withTicketOfAni = (path: string, more: object = {}): Row => ({
  path,
  body: ({ ticket }) => ({ ticket, ...more }),
  ...ofMany('403 REAUTHENTICATION_REQUIRED'),
});
const EXAMPLE_PROOF = { code: EXAMPLE.oidc.code, verifier: EXAMPLE.oidc.verifier };
const aboutAni = ({ ani }: World) => ({ userId: ani.id });
const inGroup =
  (path = '') =>
  ({ group }: World) =>
    `/groups/${group.id}${path}`;
const inFile =
  (path = '') =>
  ({ conversationId, fileId }: World) =>
    `/conversations/${conversationId}/messages/2/attachments/${fileId}${path}`;
const theAdminsOnly = { ...ofMany('403 NOT_MEMBER'), friend: '403 NOT_ALLOWED' } as const;
const theMembersOnly = (expected: Expected) => ({ ...ofMany('403 NOT_MEMBER'), friend: expected });

/** Every route that needs a login, and its answer to each relation about Ani. A route that is missing here fails a test. */
export const MATRIX: Record<string, Row> = {
  'GET /sync': { path: '/sync', ...ofMany('200') },
  'POST /chat/read': {
    path: '/chat/read',
    body: ({ conversationId }) => ({ conversationId, seq: 1 }),
    ...ofMany('200'),
    stranger: '403 NOT_MEMBER',
  },
  'POST /chat/typing': {
    path: '/chat/typing',
    body: ({ conversationId }) => ({ conversationId }),
    ...ofMany('403 NOT_FRIENDS'),
    friend: '200',
    stranger: '403 NOT_MEMBER',
  },
  'POST /chat/mute': {
    path: '/chat/mute',
    body: ({ conversationId }) => ({ conversationId, for: '1w' }),
    ...ofMany('200'),
    stranger: '403 NOT_MEMBER',
  },
  'PUT /conversations/:conversationId/flags': {
    path: ({ conversationId }) => `/conversations/${conversationId}/flags`,
    body: () => ({ pinned: true, unread: true }),
    ...ofMany('200'),
    stranger: '403 NOT_MEMBER',
  },
  'PUT /conversations/:conversationId/messages/:seq/star': {
    path: ({ conversationId }) => `/conversations/${conversationId}/messages/1/star`,
    body: () => ({}),
    ...ofMany('200'),
    stranger: '403 NOT_MEMBER',
  },
  'DELETE /conversations/:conversationId/messages/:seq/star': {
    path: ({ conversationId }) => `/conversations/${conversationId}/messages/1/star`,
    ...ofMany('200'),
    stranger: '403 NOT_MEMBER',
  },
  'POST /notes': { path: '/notes', body: () => ({}), ...ofMany('200') },
  'GET /stars': { path: '/stars', ...ofMany('200') },
  'PATCH /me': {
    path: '/me',
    body: () => ({ displayName: 'Saya', privacy: { typing: 'nobody' } }),
    ...ofMany('200'),
  },
  'GET /search': { path: '/search?q=hai', ...ofMany('200') },
  'DELETE /me': { path: '/me', ...ofMany('403 REAUTHENTICATION_REQUIRED') },
  'POST /me/export': { path: '/me/export', body: () => ({}), ...ofMany('200') },
  'GET /me/storage': { path: '/me/storage', ...ofMany('200') },
  'GET /people/:userId/picture': {
    path: ({ ani }) => `/people/${ani.id}/picture`,
    ...ofMany('404 NO_SUCH_PICTURE'),
    friend: '200',
  },
  'POST /chat/send': {
    path: '/chat/send',
    body: ({ me, ani }) => ({ senderId: me.id, receiverId: ani.id, message: 'hai' }),
    ...ofMany('403 NOT_FRIENDS'),
    friend: '200 *',
  },
  'POST /chat/forward': {
    path: '/chat/forward',
    body: ({ conversationId }) => ({
      from: { conversationId, seqs: [1] },
      to: [{ conversationId, clientMessageIds: [randomUUID()] }],
    }),
    // Whoever is a friend no more may read the message still, and the answer says that they may not write.
    ...ofMany('200'),
    friend: '200 *',
    stranger: '403 NOT_MEMBER',
  },
  'PUT /conversations/:conversationId/expiry': {
    path: ({ conversationId }) => `/conversations/${conversationId}/expiry`,
    body: () => ({ after: 86_400 }),
    ...ofMany('403 NOT_FRIENDS'),
    friend: '200 *',
    stranger: '403 NOT_MEMBER',
  },
  'POST /chat/scheduled': {
    path: '/chat/scheduled',
    body: ({ conversationId }) => ({
      clientMessageId: randomUUID(),
      conversationId,
      message: 'hai',
      at: EXAMPLE.scheduledAt,
    }),
    ...ofMany('403 NOT_FRIENDS'),
    friend: '200',
    stranger: '403 NOT_MEMBER',
  },
  'GET /chat/scheduled': { path: '/chat/scheduled', ...ofMany('200') },
  'DELETE /chat/scheduled/:id': { path: `/chat/scheduled/${EXAMPLE.scheduledId}`, ...ofMany('200') },
  'PUT /conversations/:conversationId/pin': {
    path: ({ conversationId }) => `/conversations/${conversationId}/pin`,
    body: () => ({ seq: 1 }),
    ...ofMany('403 NOT_FRIENDS'),
    friend: '200 *',
    stranger: '403 NOT_MEMBER',
  },
  'DELETE /conversations/:conversationId/pin': {
    path: ({ conversationId }) => `/conversations/${conversationId}/pin`,
    ...ofMany('403 NOT_FRIENDS'),
    friend: '200',
    stranger: '403 NOT_MEMBER',
  },
  'PATCH /conversations/:conversationId/messages/:seq': {
    path: ({ conversationId }) => `/conversations/${conversationId}/messages/1`,
    body: () => ({ message: 'hai juga' }),
    ...ofMany('403 NOT_FRIENDS'),
    friend: '403 NOT_YOURS',
    stranger: '403 NOT_MEMBER',
  },
  'DELETE /conversations/:conversationId/messages/:seq': {
    path: ({ conversationId }) => `/conversations/${conversationId}/messages/1?for=everyone`,
    ...ofMany('403 NOT_YOURS'),
    stranger: '403 NOT_MEMBER',
  },
  'POST /attachments': {
    path: '/attachments',
    body: ({ conversationId }) => fileInput(conversationId, 5),
    ...ofMany('403 NOT_FRIENDS'),
    friend: '200',
    stranger: '403 NOT_MEMBER',
  },
  'PUT /attachments/:attachmentId': {
    path: ({ upload }) => `/attachments/${upload.id}?offset=0`,
    bytes: bytesOf(5),
    ...ofMany('404 NO_SUCH_FILE'),
  },
  'GET /attachments/:attachmentId': {
    path: ({ upload }) => `/attachments/${upload.id}`,
    ...ofMany('404 NO_SUCH_FILE'),
  },
  'DELETE /attachments/:attachmentId': {
    path: ({ upload }) => `/attachments/${upload.id}`,
    ...ofMany('200'),
  },
  'GET /chat/history': {
    path: ({ me, conversationId }) => `/chat/history?myId=${me.id}&conversationId=${conversationId}`,
    ...ofMany('200'),
    stranger: '403 NOT_MEMBER',
  },
  'PUT /conversations/:conversationId/messages/:seq/reactions/:emoji': {
    path: ({ conversationId }) => `/conversations/${conversationId}/messages/1/reactions/%F0%9F%91%8D`,
    ...ofMany('403 NOT_FRIENDS'),
    friend: '200 *',
    stranger: '403 NOT_MEMBER',
  },
  'DELETE /conversations/:conversationId/messages/:seq/reactions/:emoji': {
    path: ({ conversationId }) => `/conversations/${conversationId}/messages/1/reactions/%F0%9F%91%8D`,
    ...ofMany('200'),
    stranger: '403 NOT_MEMBER',
  },
  'GET /conversations/:conversationId/messages/:seq/reactions': {
    path: ({ conversationId }) => `/conversations/${conversationId}/messages/1/reactions`,
    ...ofMany('200'),
    stranger: '403 NOT_MEMBER',
  },
  'PUT /conversations/:conversationId/messages/:seq/vote': {
    path: ({ conversationId }) => `/conversations/${conversationId}/messages/1/vote`,
    body: () => ({ choices: [0] }),
    ...ofMany('409 NOT_A_POLL'),
    stranger: '403 NOT_MEMBER',
  },
  'PUT /conversations/:conversationId/messages/:seq/close': {
    path: ({ conversationId }) => `/conversations/${conversationId}/messages/1/close`,
    ...ofMany('409 NOT_A_POLL'),
    stranger: '403 NOT_MEMBER',
  },
  'GET /conversations/:conversationId/messages/:seq/votes': {
    path: ({ conversationId }) => `/conversations/${conversationId}/messages/1/votes`,
    ...ofMany('409 NOT_A_POLL'),
    stranger: '403 NOT_MEMBER',
  },
  'GET /conversations/:conversationId/messages/:seq/receipts': {
    path: ({ conversationId }) => `/conversations/${conversationId}/messages/1/receipts`,
    ...ofMany('200'),
    stranger: '403 NOT_MEMBER',
  },
  'GET /conversations/:conversationId/messages/:seq/attachments/:attachmentId': {
    path: inFile(),
    ...ofMany('200'),
    stranger: '403 NOT_MEMBER',
  },
  'POST /conversations/:conversationId/messages/:seq/attachments/:attachmentId/address': {
    path: inFile('/address'),
    body: () => ({}),
    ...ofMany('200'),
    stranger: '403 NOT_MEMBER',
  },
  'GET /conversations/:conversationId/attachments': {
    path: ({ conversationId }) => `/conversations/${conversationId}/attachments`,
    ...ofMany('200'),
    stranger: '403 NOT_MEMBER',
  },
  'POST /groups': {
    path: '/groups',
    body: ({ ani }) => ({ name: 'Keluarga', memberIds: [ani.id] }),
    ...ofMany('403 NOT_FRIEND_TO_ADD'),
    friend: '200 *',
  },
  'GET /groups/:conversationId': { path: inGroup(), ...theMembersOnly('200') },
  'GET /groups/:conversationId/picture': {
    path: inGroup('/picture'),
    ...theMembersOnly('404 NO_SUCH_PICTURE'),
  },
  'PATCH /groups/:conversationId': { path: inGroup(), body: () => ({ name: 'Milikku' }), ...theAdminsOnly },
  'DELETE /groups/:conversationId': { path: inGroup(), ...theAdminsOnly },
  'POST /groups/:conversationId/members': {
    path: inGroup('/members'),
    body: ({ me }) => ({ userIds: [me.id] }),
    ...theAdminsOnly,
  },
  'PATCH /groups/:conversationId/members/:userId': {
    path: ({ group, me }) => `/groups/${group.id}/members/${me.id}`,
    body: () => ({ role: 'owner' }),
    ...theAdminsOnly,
  },
  'DELETE /groups/:conversationId/members/:userId': {
    path: ({ group, ani }) => `/groups/${group.id}/members/${ani.id}`,
    ...theAdminsOnly,
  },
  'POST /groups/:conversationId/links': { path: inGroup('/links'), body: () => ({}), ...theAdminsOnly },
  'GET /groups/:conversationId/links': { path: inGroup('/links'), ...theAdminsOnly },
  'DELETE /groups/:conversationId/links/:linkId': {
    path: ({ group }) => `/groups/${group.id}/links/${group.link.id}`,
    ...theAdminsOnly,
  },
  'POST /groups/:conversationId/requests': {
    path: inGroup('/requests'),
    body: ({ me }) => ({ userId: me.id, accept: true }),
    ...theAdminsOnly,
  },
  'POST /groups/look': {
    path: '/groups/look',
    body: ({ group }) => ({ code: group.link.code }),
    ...ofMany('200'),
  },
  'POST /groups/join': {
    path: '/groups/join',
    body: ({ group }) => ({ code: group.link.code }),
    ...ofMany('200 *'),
    friend: '200',
  },
  'POST /imports': {
    path: '/imports',
    body: () => ({ conversationId: EXAMPLE.archiveId, source: 'whatsapp', name: 'Keluarga' }),
    ...ofMany('200'),
  },
  'GET /imports': { path: '/imports', ...ofMany('200') },
  'POST /imports/:conversationId/rows': {
    path: ({ group }) => `/imports/${group.id}/rows`,
    body: () => ({ from: 0, rows: [{ at: 1, name: 'Bu Sari', text: 'hai' }] }),
    ...theAdminsOnly,
  },
  'POST /imports/:conversationId/done': {
    path: ({ group }) => `/imports/${group.id}/done`,
    body: () => ({ rows: 1 }),
    ...theAdminsOnly,
  },
  'POST /friends/add': {
    path: '/friends/add',
    body: ({ me }) => ({ myId: me.id, friendUsername: 'ani' }),
    friend: '400 ALREADY_FRIENDS',
    stranger: '200 *',
    removed: '200 *',
    // A request that she never sees.
    blocked: '200',
  },
  'POST /friends/accept': {
    path: '/friends/accept',
    body: aboutAni,
    ...ofMany('404 NO_SUCH_REQUEST'),
    friend: '200',
  },
  'POST /friends/decline': {
    path: '/friends/decline',
    body: aboutAni,
    ...ofMany('200'),
    friend: '404 NO_SUCH_REQUEST',
  },
  'POST /friends/withdraw': {
    path: '/friends/withdraw',
    body: aboutAni,
    ...ofMany('200'),
    friend: '404 NO_SUCH_REQUEST',
  },
  'POST /friends/remove': {
    path: '/friends/remove',
    body: aboutAni,
    ...ofMany('200'),
    friend: '200 *',
    stranger: '403 NOT_FRIENDS',
  },
  'POST /friends/block': { path: '/friends/block', body: aboutAni, ...ofMany('200'), friend: '200 *' },
  'POST /friends/unblock': { path: '/friends/unblock', body: aboutAni, ...ofMany('200') },
  'POST /friends/report': {
    path: '/friends/report',
    body: ({ ani, conversationId }) => ({ userId: ani.id, reason: 'spam', conversationId, seq: 1 }),
    ...ofMany('200'),
    stranger: '403 NOT_MEMBER',
  },
  'GET /friends/requests': { path: '/friends/requests', ...ofMany('200') },
  'GET /friends/blocked': { path: '/friends/blocked', ...ofMany('200') },
  'GET /friends/:userId': { path: ({ me }) => `/friends/${me.id}`, ...ofMany('200') },
  'POST /invites': { path: '/invites', body: () => ({}), ...ofMany('200') },
  'GET /invites': { path: '/invites', ...ofMany('200') },
  'POST /invites/revoke': {
    path: '/invites/revoke',
    body: ({ invite }) => ({ id: invite.id }),
    ...ofMany('200'),
  },
  'POST /invites/accept': {
    path: '/invites/accept',
    body: ({ invite }) => ({ code: invite.code }),
    ...ofMany('200'),
    stranger: '200 *',
    removed: '200 *',
  },
  'POST /auth/refresh': { path: '/auth/refresh', body: () => ({}), ...ofMany('200') },
  'GET /push/key': { path: '/push/key', ...ofMany('200') },
  'POST /push/subscribe': { path: '/push/subscribe', body: () => EXAMPLE.push, ...ofMany('200') },
  'POST /push/test': { path: '/push/test', body: () => ({}), ...ofMany('404 NO_SUBSCRIPTION') },
  'POST /push/unsubscribe': { path: '/push/unsubscribe', body: () => ({}), ...ofMany('200') },
  'GET /auth/devices': { path: '/auth/devices', ...ofMany('200') },
  'DELETE /auth/devices/:deviceId': {
    path: ({ ani }) => `/auth/devices/${deviceOf(ani)}`,
    ...ofMany('200'),
  },
  'POST /auth/change-password': {
    path: '/auth/change-password',
    body: ({ me }) => ({
      userId: me.id,
      currentPassword: 'kopi-tubruk-pagi',
      newPassword: 'jahe-hangat-malam',
    }),
    ...ofMany('200'),
  },
  'GET /auth/second-factor': { path: '/auth/second-factor', ...ofMany('200') },
  'POST /auth/reauthenticate': {
    path: '/auth/reauthenticate',
    body: ({ me }) => ({ password: PASSWORD, attemptId: me.id }),
    ...ofMany('200'),
  },
  // A ticket of Ani is worth nothing in the hands of another.
  'POST /auth/second-factor/totp': withTicketOfAni('/auth/second-factor/totp'),
  'POST /auth/second-factor/totp/confirm': withTicketOfAni('/auth/second-factor/totp/confirm', {
    code: EXAMPLE.totpCode,
  }),
  'POST /auth/second-factor/totp/remove': withTicketOfAni('/auth/second-factor/totp/remove'),
  'POST /auth/second-factor/recovery-codes': withTicketOfAni('/auth/second-factor/recovery-codes'),
  'GET /auth/oidc': { path: '/auth/oidc', ...ofMany('200') },
  'POST /auth/oidc/link': withTicketOfAni('/auth/oidc/link', EXAMPLE_PROOF),
  'POST /auth/oidc/unlink': withTicketOfAni('/auth/oidc/unlink'),
  'POST /auth/oidc/password': withTicketOfAni('/auth/oidc/password', { newPassword: PASSWORD }),
  'POST /auth/oidc/reauthenticate': {
    path: '/auth/oidc/reauthenticate',
    body: () => EXAMPLE_PROOF,
    ...ofMany('403 OIDC_REFUSED'),
  },
  'POST /auth/second-factor/passkeys/offer': withTicketOfAni('/auth/second-factor/passkeys/offer'),
  'POST /auth/second-factor/passkeys': withTicketOfAni('/auth/second-factor/passkeys', {
    name: 'Ponsel',
    passkey: { clientDataJSON: 'AAAA', attestationObject: 'AAAA' },
  }),
  'POST /auth/second-factor/passkeys/rename': withTicketOfAni('/auth/second-factor/passkeys/rename', {
    id: EXAMPLE.passkeyId,
    name: 'Ponsel',
  }),
  'POST /auth/second-factor/passkeys/remove': withTicketOfAni('/auth/second-factor/passkeys/remove', {
    id: EXAMPLE.passkeyId,
  }),
  'POST /owner/claim': {
    path: '/owner/claim',
    body: () => ({ code: EXAMPLE.ownerCode }),
    ...ofMany('403 WRONG_OWNER_CODE'),
  },
  'GET /owner/box': { path: '/owner/box', ...ofMany('403 NOT_OWNER') },
  'GET /owner/people': { path: '/owner/people', ...ofMany('403 NOT_OWNER') },
  'PATCH /owner/people/:userId': {
    path: ({ ani }) => `/owner/people/${ani.id}`,
    body: () => ({ suspended: true }),
    ...ofMany('403 NOT_OWNER'),
  },
  'DELETE /owner/people/:userId': {
    path: ({ ani }) => `/owner/people/${ani.id}`,
    ...ofMany('403 NOT_OWNER'),
  },
  'POST /owner/people/:userId/reset-code': {
    path: ({ ani }) => `/owner/people/${ani.id}/reset-code`,
    body: () => ({}),
    ...ofMany('403 NOT_OWNER'),
  },
  'GET /owner/reports': { path: '/owner/reports', ...ofMany('403 NOT_OWNER') },
  'DELETE /owner/reports/:userId': {
    path: ({ ani }) => `/owner/reports/${ani.id}`,
    ...ofMany('403 NOT_OWNER'),
  },
  'GET /owner/audit': { path: '/owner/audit', ...ofMany('403 NOT_OWNER') },
  'GET /owner/settings': { path: '/owner/settings', ...ofMany('403 NOT_OWNER') },
  'PATCH /owner/settings': {
    path: '/owner/settings',
    body: () => ({ registration: 'closed' }),
    ...ofMany('403 NOT_OWNER'),
  },
  'GET /owner/backups': { path: '/owner/backups', ...ofMany('403 NOT_OWNER') },
  'POST /owner/backups': { path: '/owner/backups', body: () => ({}), ...ofMany('403 NOT_OWNER') },
  'POST /auth/logout': { path: '/auth/logout', body: () => ({}), ...ofMany('200') },
};

/** The answer to an ended token where it is not 401: the request is already done and changes nothing. */
export const ENDED: Record<string, number> = { 'POST /auth/logout': 200 };

/** The only routes that answer without a login. */
export const OPEN = [
  'GET /auth/passkey-challenge',
  'GET /box',
  'GET /files/:conversationId/:seq/:attachmentId',
  'GET /health/live',
  'GET /health/ready',
  'GET /me/export',
  'GET /auth/oidc/callback',
  'POST /auth/login',
  'POST /auth/oidc/login',
  'POST /auth/oidc/register',
  'POST /auth/oidc/start',
  'POST /auth/login/passkey',
  'POST /auth/register',
  'POST /auth/reset-password',
  'POST /invites/look',
];
