import { randomUUID } from 'node:crypto';
import type { Response } from 'supertest';
import { beforeAll, beforeEach, expect, it, vi } from 'vitest';
import type { StoredMessage } from '../src/storage/store.ts';
import { copyOf, type Files, startApp, type TestApp } from './support/app.ts';
import { filePath, PNG, storeMessageWith } from './support/attachments.ts';
import { type Client, signUp, signUpFriends } from './support/client.ts';
import { outcomeOf } from './support/outcome.ts';

vi.mock('../src/auth/bcrypt-client.ts', () => import('./support/quick-bcrypt.ts'));

const DAY_S = 86_400;
const STATES = ['due', 'swept', 'hidden', 'deleted', 'from before joining', 'readable'] as const;
type State = (typeof STATES)[number];
type Row = {
  /** Whose message it names; of the caller unless given. */
  of?: 'ani';
  send: (row: StoredMessage) => Promise<Response>;
  /** Where it does not answer NO_SUCH_MESSAGE, or MESSAGE_DELETED for one that was deleted. */
  differs?: Partial<Record<State, string>>;
};

let test: TestApp;
let ani: Client;
let budi: Client;
let group: string;
let direct: string;
const rows = new Map<string, StoredMessage>();
const files: Files = new Map();
const tokenKey = Buffer.alloc(32, 3);

const pathOf = ({ conversationId, seq }: StoredMessage) => `/conversations/${conversationId}/messages/${seq}`;
const DELETED_FOR_EVERYONE = 'deleted for everyone, it answers a repeat';

/** Every route that names a message, as budi calls it. */
const ROUTES: Record<string, Row> = {
  'GET /conversations/:conversationId/messages/:seq/receipts': {
    send: (row) => budi.get(`${pathOf(row)}/receipts`),
    differs: { deleted: '200' },
  },
  'PUT /conversations/:conversationId/messages/:seq/reactions/:emoji': {
    send: (row) => budi.putJson(`${pathOf(row)}/reactions/${encodeURIComponent('👍')}`, {}),
  },
  'DELETE /conversations/:conversationId/messages/:seq/reactions/:emoji': {
    send: (row) => budi.delete(`${pathOf(row)}/reactions/${encodeURIComponent('👍')}`),
  },
  'GET /conversations/:conversationId/messages/:seq/reactions': {
    send: (row) => budi.get(`${pathOf(row)}/reactions`),
  },
  'PUT /conversations/:conversationId/messages/:seq/vote': {
    send: (row) => budi.putJson(`${pathOf(row)}/vote`, { choices: [0] }),
    differs: { readable: 'NOT_A_POLL' },
  },
  'PUT /conversations/:conversationId/messages/:seq/close': {
    send: (row) => budi.putJson(`${pathOf(row)}/close`, {}),
    differs: { readable: 'NOT_A_POLL' },
  },
  'GET /conversations/:conversationId/messages/:seq/votes': {
    send: (row) => budi.get(`${pathOf(row)}/votes`),
    differs: { readable: 'NOT_A_POLL' },
  },
  'PATCH /conversations/:conversationId/messages/:seq': {
    send: (row) => budi.patch(pathOf(row), { message: 'lain' }),
  },
  'DELETE /conversations/:conversationId/messages/:seq': {
    send: (row) => budi.delete(`${pathOf(row)}?for=me`),
    // Both may be repeats.
    differs: { hidden: '200', deleted: '200' },
  },
  [DELETED_FOR_EVERYONE]: {
    send: (row) => budi.delete(`${pathOf(row)}?for=everyone`),
    differs: { hidden: '200', deleted: '200' },
  },
  'PUT /conversations/:conversationId/messages/:seq/star': {
    send: (row) => budi.putJson(`${pathOf(row)}/star`, {}),
  },
  'DELETE /conversations/:conversationId/messages/:seq/star': {
    send: (row) => budi.delete(`${pathOf(row)}/star`),
    // A star is one’s own, whatever became of its message.
    differs: { due: '200', swept: '200', hidden: '200', deleted: '200', 'from before joining': '200' },
  },
  'PUT /conversations/:conversationId/pin': {
    send: ({ seq }) => budi.putJson(`/conversations/${group}/pin`, { seq }),
  },
  'POST /chat/forward': {
    send: ({ conversationId, seq }) =>
      budi.post('/chat/forward', {
        from: { conversationId, seqs: [seq] },
        to: [{ conversationId: direct, clientMessageIds: [randomUUID()] }],
      }),
  },
  'GET /conversations/:conversationId/messages/:seq/attachments/:attachmentId': {
    send: (row) => budi.get(filePath(row)),
    differs: { deleted: 'NO_SUCH_FILE' },
  },
  'POST /conversations/:conversationId/messages/:seq/attachments/:attachmentId/address': {
    send: (row) => budi.post(`${filePath(row)}/address`, {}),
    differs: { deleted: 'NO_SUCH_FILE' },
  },
  'POST /friends/report': {
    of: 'ani',
    send: ({ conversationId, seq }) =>
      budi.post('/friends/report', { userId: ani.id, reason: 'spam', conversationId, seq }),
    differs: {
      due: 'INVALID_REQUEST',
      swept: 'INVALID_REQUEST',
      'from before joining': 'INVALID_REQUEST',
      // What made someone hide it, or its author delete it, may be what is reported.
      hidden: '200',
      deleted: '200',
    },
  },
  'POST /chat/send': {
    send: ({ conversationId, seq }) =>
      budi.post('/chat/send', { senderId: budi.id, conversationId, message: 'balasan', replyTo: seq }),
    // A reply that waited for a connection is sent all the same; what it answers is shown to no one.
    differs: {
      ...{ due: '200', swept: '200', hidden: '200', deleted: '200' },
      'from before joining': 'INVALID_REQUEST',
    },
  },
};
/** Routes with a seq that are checked elsewhere. */
const ELSEWHERE = [
  // Signed addresses: file-access.test.ts and expiry.test.ts.
  'GET /files/:conversationId/:seq/:attachmentId',
];

async function storeRow(state: State): Promise<void> {
  for (const author of [budi, ani]) {
    const row = await storeMessageWith(
      test,
      { conversationId: group, senderId: author.id },
      [{ bytes: PNG }],
      'isi',
    );
    rows.set(`${state} ${author === ani ? 'ani' : 'budi'}`, row);
    if (state === 'hidden') await budi.delete(`${pathOf(row)}?for=me`);
    if (state === 'deleted') await author.delete(`${pathOf(row)}?for=everyone`);
  }
}

beforeAll(async () => {
  test = await startApp({}, { files, tokenKey });
  [ani, budi] = await signUpFriends(test);
  const citra = await signUp(test, 'citra');
  await ani.post('/friends/add', { myId: ani.id, friendUsername: 'citra' });
  await citra.post('/friends/accept', { userId: ani.id });
  direct = (await test.store.directBetween(ani.id, budi.id))?.id ?? '';
  const created = await ani.post('/groups', { name: 'Keluarga', memberIds: [budi.id, citra.id] });
  group = created.body.id;
  await storeRow('from before joining');
  await budi.delete(`/groups/${group}/members/${budi.id}`);
  await ani.post(`/groups/${group}/members`, { userIds: [budi.id] });
  await ani.patch(`/groups/${group}/members/${budi.id}`, { role: 'admin' });
  for (const state of ['hidden', 'deleted'] as const) await storeRow(state);
  await ani.putJson(`/conversations/${group}/expiry`, { after: DAY_S });
  for (const state of ['due', 'swept'] as const) await storeRow(state);
  await ani.putJson(`/conversations/${group}/expiry`, { after: 0 });
  test.clock.now += DAY_S * 1000;
  await storeRow('readable');
  const swept = [...rows].filter(([key]) => key.startsWith('swept')).map(([, { seq }]) => seq);
  await test.store.transact(async (tx) => {
    await tx.expireMessages(group, swept, {});
    // Nothing is left for the sweep of uploads at the next start, which would write too.
    for (const { id, conversationId } of await tx.uploads())
      await tx.saveUpload({ state: 'removed', id, conversationId });
  });
});
beforeEach(async () => {
  // Its clock is a day behind the newest commit: time continues from there.
  Object.assign(test, await startApp({}, { files: copyOf(files), tokenKey }));
});

it('every route that names a message in its path is in this matrix', () => {
  const named = test.routes
    .filter(({ path }) => path.includes(':seq'))
    .map(({ method, path }) => `${method.toUpperCase()} ${path}`);
  expect(named.filter((route) => !(route in ROUTES) && !ELSEWHERE.includes(route))).toEqual([]);
});

it.each(Object.keys(ROUTES).flatMap((route) => STATES.map((state) => [route, state] as const)))(
  '%s finds a message that is %s only where its reader may read it, swept or not',
  async (route, state) => {
    const { send, of = 'budi', differs = {} } = ROUTES[route] as Row;
    const row = rows.get(`${state} ${of}`) as StoredMessage;
    const usual = { deleted: 'MESSAGE_DELETED', readable: '200' }[state as string];
    const expected = differs[state] ?? usual ?? 'NO_SUCH_MESSAGE';
    const revision = test.store.revision();
    expect(String(outcomeOf(await send(row)))).toBe(expected);
    if (expected !== '200') expect(test.store.revision()).toBe(revision);
  },
);
