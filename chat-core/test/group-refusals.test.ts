import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Id } from '../src/wire/wire.ts';
import { startApp, type TestApp } from './support/app.ts';
import { type Client, signUp } from './support/client.ts';
import { addMember, befriend, createGroup, history, poll, send, setRole } from './support/groups.ts';

vi.mock('../src/auth/bcrypt-client.ts', () => import('./support/quick-bcrypt.ts'));

const UNKNOWN = '00000000-0000-4000-8000-00000000abcd';
let test: TestApp;
let ani: Client;
let budi: Client;
let citra: Client;
let stranger: Client;
let id: Id;
let direct: Id;

beforeEach(async () => {
  test = await startApp({ GROUP_LIMIT: '256' });
  [ani, budi] = [await signUp(test, 'ani'), await signUp(test, 'budi')];
  [citra, stranger] = [await signUp(test, 'citra'), await signUp(test, 'eko')];
  for (const friend of [budi, citra]) await befriend(ani, friend);
  id = await createGroup(ani, [budi]);
  const conversations = await test.store.conversationsOf(ani.id);
  direct =
    conversations.find(({ kind, members }) => kind === 'direct' && members.includes(budi.id))?.id ?? '';
});

type Request = () => Promise<{ status: number; body: { code?: string; error?: string } }>;

/** Sends a request that must be refused with this code and a sentence, without a change or a seal. */
async function expectRefused(code: string, request: Request): Promise<void> {
  const [revision, seals] = [test.store.revision(), test.cipher.calls.seal];
  const { status, body } = await request();
  expect([body.code, status >= 400 && status < 500]).toEqual([code, true]);
  expect(body.error).toMatch(/^[A-Za-z]\w* \w.{8,}\.$/s);
  expect([test.store.revision(), test.cipher.calls.seal]).toEqual([revision, seals]);
}

const SPACES = '\u200b\u2060\ufeff \u3164';
const NAMES: [string, string][] = [
  ['of 10,000 characters', 'a'.repeat(10_000)],
  ['of 65 characters', 'a'.repeat(65)],
  ['without characters', ''],
  ['of invisible characters', SPACES],
  ['of empty lines', '\n\r\n \u2028'],
  ['with a zero byte', 'Keluarga\u0000'],
];

describe('the name of a group', () => {
  it.each(NAMES)('a name %s is refused, for a new group and for one that exists', async (_, name) => {
    await expectRefused('INVALID_GROUP_NAME', () => ani.post('/groups', { name, memberIds: [] }));
    await expectRefused('INVALID_GROUP_NAME', () => ani.patch(`/groups/${id}`, { name }));
  });

  it('a name longer than any text is refused before it is read', async () => {
    const name = 'a'.repeat(16_001);
    await expectRefused('INVALID_REQUEST', () => ani.post('/groups', { name, memberIds: [] }));
  });

  it('a name becomes one line, and cannot reverse the text around it', async () => {
    const name = '\u202eKeluarga\n\n\u2066 Sari\u2069 ';
    expect((await ani.patch(`/groups/${id}`, { name })).body.name).toBe('Keluarga Sari');
  });
});

describe('the members of a group', () => {
  it('a group of 257 members is refused as a whole', async () => {
    const many = Array.from(
      { length: 257 },
      (_, n) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
    );
    const create = (memberIds: Id[]) => () => ani.post('/groups', { name: 'Desa', memberIds });
    await expectRefused('INVALID_REQUEST', create(many));
    await expectRefused('GROUP_FULL', create(many.slice(0, 256)));
    await expectRefused('INVALID_REQUEST', () => ani.post(`/groups/${id}/members`, { userIds: many }));
    await expectRefused('INVALID_REQUEST', () => ani.post(`/groups/${id}/members`, { userIds: [] }));
  });

  it('unknown people and people who are not friends cannot be added, and none of a list is added then', async () => {
    for (const userId of [UNKNOWN, stranger.id]) {
      const memberIds = [citra.id, userId];
      await expectRefused('NOT_FRIEND_TO_ADD', () => ani.post('/groups', { name: 'Desa', memberIds }));
      const userIds = memberIds;
      await expectRefused('NOT_FRIEND_TO_ADD', () => ani.post(`/groups/${id}/members`, { userIds }));
    }
    await ani.patch(`/groups/${id}`, { permissions: { addMembers: 'everyone' } });
    // A friend of another member is no friend of one's own.
    await expectRefused('NOT_FRIEND_TO_ADD', () => addMember(budi, id, citra));
  });

  it('a role is given only to members, and only a role that exists', async () => {
    for (const userId of [UNKNOWN, citra.id]) {
      const path = `/groups/${id}/members/${userId}`;
      await expectRefused('NO_SUCH_MEMBER', () => ani.patch(path, { role: 'admin' }));
    }
    await expectRefused('INVALID_REQUEST', () => setRole(ani, id, budi, 'king'));
    await expectRefused('INVALID_REQUEST', () => ani.patch(`/groups/${id}/members/budi`, { role: 'admin' }));
  });

  it('a request of a person who did not ask changes nothing', async () => {
    const before = test.store.revision();
    for (const userId of [UNKNOWN, citra.id, budi.id]) {
      expect((await ani.post(`/groups/${id}/requests`, { userId, accept: true })).status).toBe(200);
    }
    expect(test.store.revision()).toBe(before);
  });
});

describe('the id of a group', () => {
  it('an unknown id and the id of a direct conversation are no group, on every route of groups', async () => {
    for (const wrong of [UNKNOWN, direct]) {
      const path = `/groups/${wrong}`;
      const requests: Request[] = [
        () => ani.get(path),
        () => ani.get(`${path}/picture`),
        () => ani.get(`${path}/links`),
        () => ani.patch(path, { name: 'Desa' }),
        () => ani.patch(path, {}),
        () => ani.delete(path),
        () => ani.post(`${path}/members`, { userIds: [citra.id] }),
        () => ani.patch(`${path}/members/${budi.id}`, { role: 'admin' }),
        () => ani.delete(`${path}/members/${budi.id}`),
        () => ani.delete(`${path}/members/${ani.id}`),
        () => ani.post(`${path}/links`, {}),
        () => ani.delete(`${path}/links/${UNKNOWN}`),
        () => ani.post(`${path}/requests`, { userId: budi.id, accept: true }),
      ];
      for (const request of requests) await expectRefused('NOT_MEMBER', request);
    }
  });

  it('a new group cannot take the id of a conversation of others, of a direct one, or of a person', async () => {
    const theirs = await createGroup(stranger, []);
    for (const conversationId of [theirs, direct, ani.id, budi.id]) {
      const input = { conversationId, name: 'Desa', memberIds: [] };
      await expectRefused('INVALID_REQUEST', () => ani.post('/groups', input));
    }
  });

  it('a message to a group names no receiver', async () => {
    for (const receiverId of [budi.id, ani.id, stranger.id, UNKNOWN]) {
      await expectRefused('WRONG_CONVERSATION', () => send(ani, id, 'hai', { receiverId }));
      const query = `myId=${ani.id}&conversationId=${id}&friendId=${receiverId}`;
      await expectRefused('WRONG_CONVERSATION', () => ani.get(`/chat/history?${query}`));
    }
  });
});

describe('messages of a group', () => {
  it('a message mentions only members of its group, and in a direct conversation no one', async () => {
    for (const person of [stranger.id, citra.id, UNKNOWN]) {
      await expectRefused('INVALID_REQUEST', () => send(ani, id, 'hai', { mentions: [budi.id, person] }));
    }
    await expectRefused('INVALID_REQUEST', () => send(ani, direct, 'hai', { mentions: [budi.id] }));
    const tooMany = Array.from({ length: 65 }, () => budi.id);
    await expectRefused('INVALID_REQUEST', () => send(ani, id, 'hai', { mentions: tooMany }));
  });

  it('a newcomer cannot answer, mark, hide or look up a message from before they joined', async () => {
    await send(ani, id, 'Kejutan untuk Citra');
    await addMember(ani, id, citra);
    const old = `/conversations/${id}/messages/2`;
    await expectRefused('INVALID_REQUEST', () => send(citra, id, 'Apa?', { replyTo: 2 }));
    await expectRefused('NO_SUCH_MESSAGE', () => citra.get(`${old}/receipts`));
    await expectRefused('NO_SUCH_MESSAGE', () => citra.delete(`${old}?for=me`));
    await expectRefused('NO_SUCH_MESSAGE', () => citra.patch(old, { message: 'Apa?' }));
    await setRole(ani, id, citra, 'admin');
    await expectRefused('NO_SUCH_MESSAGE', () => citra.delete(`${old}?for=everyone`));
    await expectRefused('INVALID_REQUEST', () => {
      const about = { userId: ani.id, reason: 'spam', conversationId: id, seq: 2 };
      return citra.post('/friends/report', about);
    });
    expect(await history(citra, id)).toEqual(['added', 'role']);
  });

  it('a system row cannot be edited or deleted for everyone, not even by who caused it', async () => {
    const row = `/conversations/${id}/messages/1`;
    await expectRefused('NOT_YOURS', () => ani.patch(row, { message: 'Aku raja' }));
    await expectRefused('NOT_YOURS', () => ani.delete(`${row}?for=everyone`));
  });

  it('a message that does not exist cannot be read, answered or removed', async () => {
    const none = `/conversations/${id}/messages/9`;
    await expectRefused('NO_SUCH_MESSAGE', () => ani.get(`${none}/receipts`));
    await expectRefused('NO_SUCH_MESSAGE', () => ani.delete(`${none}?for=everyone`));
    await expectRefused('INVALID_REQUEST', () => send(ani, id, 'hai', { replyTo: 9 }));
    await expectRefused('INVALID_REQUEST', () => ani.post('/chat/read', { conversationId: id, seq: 9 }));
  });
});

describe('links and pictures of a group', () => {
  it('links of too many uses or days, and codes that are not random, are refused', async () => {
    const wrong = [{ uses: 0 }, { uses: 257 }, { uses: 1.5 }, { days: 0 }, { days: 31 }, { code: 'kode' }];
    for (const more of wrong)
      await expectRefused('INVALID_REQUEST', () => ani.post(`/groups/${id}/links`, more));
  });

  it('a code that is not known joins nothing and shows nothing', async () => {
    const code = '0123456789abcdefghjkmnpqrs';
    await expectRefused('INVITE_INVALID', () => citra.post('/groups/join', { code }));
    await expectRefused('INVITE_INVALID', () => citra.post('/groups/look', { code }));
    const invite = (await ani.post('/invites', {})).body;
    await expectRefused('INVITE_INVALID', () => citra.post('/groups/join', { code: invite.code }));
    const link = (await ani.post(`/groups/${id}/links`, {})).body;
    await expectRefused('INVITE_INVALID', () => citra.post('/invites/accept', { code: link.code }));
    await ani.post('/invites/revoke', { id: link.id });
    expect((await citra.post('/groups/look', { code: link.code })).status).toBe(200);
    expect((await ani.get('/invites')).body).toHaveLength(1);
  });

  it('a picture of another type or size is refused', async () => {
    for (const data of ['', 'AAAA', 'A'.repeat(40_000)]) {
      const { status } = await ani.patch(`/groups/${id}`, { picture: { type: 'image/png', data } });
      expect(status).toBe(400);
    }
    expect((await poll(ani)).conversations?.find((one) => one.id === id)).not.toHaveProperty(
      'group.pictureId',
    );
  });
});
