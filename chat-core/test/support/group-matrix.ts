import { randomUUID } from 'node:crypto';
import { EXAMPLE } from '../../src/wire/examples.ts';
import type { Id } from '../../src/wire/wire.ts';
import type { Client } from './client.ts';
import { fileInput } from './uploads.ts';

/**
 * What a person is in a group, in the order in which a test asks. The blocked one is a member; they and the owner have
 * blocked each other.
 */
export const PLACES = ['stranger', 'removed', 'blocked', 'member', 'admin', 'owner'] as const;
export type Place = (typeof PLACES)[number];

/**
 * The people of one group, a member of no place in it, a link of it, and the caller. The message 2 is of the owner and has
 * a file; the owner has also sent a poll.
 */
export type GroupWorld = Record<Place, Client> & {
  id: Id;
  linkId: Id;
  fileId: Id;
  pollSeq: number;
  other: Client;
  me: Client;
};

type Expected = '200' | `4${number} ${string}`;
type GroupRow = {
  path: string | ((world: GroupWorld) => string);
  body?: (world: GroupWorld) => object;
  expected: Record<Place, Expected>;
};

const from = (
  place: Place,
  below: Expected = '403 NOT_ALLOWED',
  outside: Expected = '403 NOT_MEMBER',
  above: Expected = '200',
): Record<Place, Expected> => {
  const least = PLACES.indexOf(place);
  const rows = PLACES.map((one, n): [Place, Expected] => [one, n < 2 ? outside : n < least ? below : above]);
  return Object.fromEntries(rows) as Record<Place, Expected>;
};
const ofMembers = from('blocked');
const ofAdmins = from('admin');
const path = (more: string) => (world: GroupWorld) => `/groups/${world.id}${more}`;
const second = (more: string) => (world: GroupWorld) => `/conversations/${world.id}/messages/2${more}`;
const ofFile =
  (more: string) =>
  ({ id, fileId }: GroupWorld) =>
    `/conversations/${id}/messages/2/attachments/${fileId}${more}`;
const ofPoll =
  (more: string) =>
  ({ id, pollSeq }: GroupWorld) =>
    `/conversations/${id}/messages/${pollSeq}${more}`;
const here = ({ id }: GroupWorld) => ({ conversationId: id });

/** Every route that takes a conversation's id, given the id of a group, and its answer to each member and non-member. */
export const GROUP_MATRIX: Record<string, GroupRow> = {
  'post /chat/read': {
    path: '/chat/read',
    body: (world) => ({ ...here(world), seq: 2 }),
    expected: ofMembers,
  },
  'post /chat/typing': { path: '/chat/typing', body: here, expected: ofMembers },
  'post /chat/mute': {
    path: '/chat/mute',
    body: (world) => ({ ...here(world), for: '8h' }),
    expected: ofMembers,
  },
  'get /search': { path: ({ id }) => `/search?q=hai&conversationId=${id}`, expected: ofMembers },
  'put /conversations/{conversationId}/messages/{seq}/reactions/{emoji}': {
    path: second('/reactions/%F0%9F%91%8D'),
    body: () => ({}),
    expected: ofMembers,
  },
  'delete /conversations/{conversationId}/messages/{seq}/reactions/{emoji}': {
    path: second('/reactions/%F0%9F%91%8D'),
    expected: ofMembers,
  },
  'get /conversations/{conversationId}/messages/{seq}/reactions': {
    path: second('/reactions'),
    expected: ofMembers,
  },
  'put /conversations/{conversationId}/messages/{seq}/vote': {
    path: ofPoll('/vote'),
    body: () => ({ choices: [0] }),
    expected: ofMembers,
  },
  'put /conversations/{conversationId}/messages/{seq}/close': {
    path: ofPoll('/close'),
    expected: ofAdmins,
  },
  'get /conversations/{conversationId}/messages/{seq}/votes': {
    path: ofPoll('/votes'),
    expected: ofMembers,
  },
  'post /imports': {
    path: '/imports',
    body: (world) => ({ ...here(world), source: 'whatsapp', name: 'Keluarga' }),
    expected: from('stranger', '400 INVALID_REQUEST', '400 INVALID_REQUEST', '400 INVALID_REQUEST'),
  },
  'post /imports/{conversationId}/rows': {
    path: ({ id }) => `/imports/${id}/rows`,
    body: () => ({ from: 0, rows: [{ at: 1, name: 'Bu Sari', text: 'hai' }] }),
    expected: from('blocked', '403 NOT_MEMBER', '403 NOT_MEMBER', '403 NOT_ALLOWED'),
  },
  'post /imports/{conversationId}/done': {
    path: ({ id }) => `/imports/${id}/done`,
    body: () => ({ rows: 1 }),
    expected: from('blocked', '403 NOT_MEMBER', '403 NOT_MEMBER', '403 NOT_ALLOWED'),
  },
  'put /conversations/{conversationId}/flags': {
    path: ({ id }) => `/conversations/${id}/flags`,
    body: () => ({ archived: true }),
    expected: ofMembers,
  },
  'put /conversations/{conversationId}/messages/{seq}/star': {
    path: second('/star'),
    body: () => ({}),
    expected: ofMembers,
  },
  'delete /conversations/{conversationId}/messages/{seq}/star': {
    path: second('/star'),
    expected: ofMembers,
  },
  'post /chat/send': {
    path: '/chat/send',
    body: (world) => ({ ...here(world), senderId: world.me.id, message: 'hai' }),
    expected: ofMembers,
  },
  'post /chat/forward': {
    path: '/chat/forward',
    body: ({ id }) => ({
      from: { conversationId: id, seqs: [2] },
      to: [{ conversationId: id, clientMessageIds: [randomUUID()] }],
    }),
    expected: ofMembers,
  },
  'post /chat/scheduled': {
    path: '/chat/scheduled',
    body: ({ id }) => ({
      clientMessageId: randomUUID(),
      conversationId: id,
      message: 'hai',
      at: EXAMPLE.scheduledAt,
    }),
    expected: ofMembers,
  },
  'put /conversations/{conversationId}/pin': {
    path: ({ id }) => `/conversations/${id}/pin`,
    body: () => ({ seq: 2 }),
    expected: ofMembers,
  },
  'delete /conversations/{conversationId}/pin': {
    path: ({ id }) => `/conversations/${id}/pin`,
    expected: ofMembers,
  },
  'post /attachments': {
    path: '/attachments',
    body: ({ id }) => fileInput(id, 5),
    expected: ofMembers,
  },
  'get /conversations/{conversationId}/attachments': {
    path: ({ id }) => `/conversations/${id}/attachments`,
    expected: ofMembers,
  },
  'get /conversations/{conversationId}/messages/{seq}/attachments/{attachmentId}': {
    path: ofFile(''),
    expected: ofMembers,
  },
  'post /conversations/{conversationId}/messages/{seq}/attachments/{attachmentId}/address': {
    path: ofFile('/address'),
    expected: ofMembers,
  },
  'get /files/{conversationId}/{seq}/{attachmentId}': {
    path: ({ id, me, fileId }) =>
      `/files/${id}/2/${fileId}?person=${me.id}&device=${me.id}&expires=1&signature=${'A'.repeat(43)}`,
    // The signature is forged.
    expected: from('blocked', '403 ADDRESS_EXPIRED', '403 ADDRESS_EXPIRED', '403 ADDRESS_EXPIRED'),
  },
  'get /chat/history': {
    path: ({ id, me }) => `/chat/history?myId=${me.id}&conversationId=${id}`,
    expected: ofMembers,
  },
  'get /conversations/{conversationId}/messages/{seq}/receipts': {
    path: second('/receipts'),
    expected: ofMembers,
  },
  'patch /conversations/{conversationId}/messages/{seq}': {
    path: second(''),
    body: () => ({ message: 'halo' }),
    expected: from('owner', '403 NOT_YOURS'),
  },
  'delete /conversations/{conversationId}/messages/{seq}': {
    path: second('?for=everyone'),
    expected: from('admin', '403 NOT_YOURS'),
  },
  'post /friends/report': {
    path: '/friends/report',
    body: (world) => ({ ...here(world), userId: world.other.id, reason: 'spam' }),
    expected: ofMembers,
  },
  'post /groups': {
    path: '/groups',
    body: (world) => ({ ...here(world), name: 'Tetangga', memberIds: [] }),
    // The id is taken; only who created the group repeats it.
    expected: from('owner', '400 INVALID_REQUEST', '400 INVALID_REQUEST'),
  },
  'put /conversations/{conversationId}/expiry': {
    path: ({ id }) => `/conversations/${id}/expiry`,
    body: () => ({ after: 604_800 }),
    expected: ofAdmins,
  },
  'get /groups/{conversationId}': { path: path(''), expected: ofMembers },
  'get /groups/{conversationId}/picture': { path: path('/picture'), expected: ofMembers },
  'patch /groups/{conversationId}': {
    path: path(''),
    body: ({ me }) => ({ name: `Nama ${me.username}`, permissions: { pin: 'everyone' } }),
    expected: ofAdmins,
  },
  'post /groups/{conversationId}/members': {
    path: path('/members'),
    body: ({ other }) => ({ userIds: [other.id] }),
    expected: ofAdmins,
  },
  'patch /groups/{conversationId}/members/{userId}': {
    path: ({ id, other }) => `/groups/${id}/members/${other.id}`,
    body: () => ({ role: 'admin' }),
    expected: ofAdmins,
  },
  'delete /groups/{conversationId}/members/{userId}': {
    path: ({ id, other }) => `/groups/${id}/members/${other.id}`,
    expected: ofAdmins,
  },
  'post /groups/{conversationId}/links': { path: path('/links'), body: () => ({}), expected: ofAdmins },
  'get /groups/{conversationId}/links': { path: path('/links'), expected: ofAdmins },
  'delete /groups/{conversationId}/links/{linkId}': {
    path: ({ id, linkId }) => `/groups/${id}/links/${linkId}`,
    expected: ofAdmins,
  },
  'post /groups/{conversationId}/requests': {
    path: path('/requests'),
    body: ({ stranger }) => ({ userId: stranger.id, accept: false }),
    expected: ofAdmins,
  },
  'delete /groups/{conversationId}': { path: path(''), expected: from('owner') },
};
