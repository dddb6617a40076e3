import request from 'supertest';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { GroupPermissions, Id } from '../src/wire/wire.ts';
import { startApp, type TestApp } from './support/app.ts';
import { type Client, signUp } from './support/client.ts';
import {
  addMember,
  befriend,
  createGroup,
  groupIn,
  history,
  poll,
  remove,
  send,
  setRole,
} from './support/groups.ts';

vi.mock('../src/auth/bcrypt-client.ts', () => import('./support/quick-bcrypt.ts'));

const KEY = Buffer.alloc(32, 1);
let test: TestApp;
let owner: Client;
let admin: Client;
let member: Client;
let guest: Client;
let id: Id;

beforeEach(async () => {
  test = await startApp({}, { tokenKey: KEY });
  [owner, admin, member, guest] = (await Promise.all(
    ['owner', 'admin', 'member', 'guest'].map((name) => signUp(test, name)),
  )) as [Client, Client, Client, Client];
  for (const friend of [admin, member]) await befriend(owner, friend);
  for (const friend of [admin, member, owner]) await befriend(guest, friend);
  id = await createGroup(owner, [admin, member]);
  await setRole(owner, id, admin, 'admin');
});

type Outcome = Promise<{ status: number; body: { code?: string } }>;
const codeOf = async (asked: Outcome) => {
  const { status, body } = await asked;
  return status === 200 ? 200 : body.code;
};
const membersOf = async (by: Client) =>
  ((await by.get(`/groups/${id}`)).body.members as { username: string; role: string }[]).map(
    ({ username, role }) => `${username} ${role}`,
  );
const link = async (more: object = {}) =>
  (await owner.post(`/groups/${id}/links`, more)).body as { id: Id; code: string };
const join = (who: Client, { code }: { code: string }) => who.post('/groups/join', { code });

describe('permissions', () => {
  const ACTIONS: Partial<Record<keyof GroupPermissions, (by: Client) => Outcome>> = {
    post: (by) => send(by, id, 'hai'),
    addMembers: (by) => addMember(by, id, guest),
    editInfo: (by) => by.patch(`/groups/${id}`, { name: `Nama dari ${by.username}` }),
    // Message 3 is the owner's.
    removeMessages: (by) => by.delete(`/conversations/${id}/messages/3?for=everyone`),
  };

  it.each(Object.keys(ACTIONS) as (keyof typeof ACTIONS)[])(
    'members may do what needs %s only while it is for everyone, and admins always',
    async (action) => {
      expect((await send(owner, id, 'Halo')).body.seq).toBe(3);
      const act = ACTIONS[action] ?? expect.fail();
      const allow = (who: 'everyone' | 'admins') =>
        owner.patch(`/groups/${id}`, { permissions: { [action]: who } });
      await allow('admins');
      const refused = await codeOf(act(member));
      expect(refused).toBe(action === 'removeMessages' ? 'NOT_YOURS' : 'NOT_ALLOWED');
      expect(await codeOf(act(admin))).toBe(200);
      await allow('everyone');
      expect(await codeOf(act(member))).toBe(200);
      expect(await codeOf(act(owner))).toBe(200);
    },
  );

  it('where only admins post, a member can neither edit an older message nor be seen typing, but reads and reacts to receipts', async () => {
    await send(member, id, 'Sebelum pengumuman');
    await owner.patch(`/groups/${id}`, { permissions: { post: 'admins' } });
    const edit = member.patch(`/conversations/${id}/messages/3`, { message: 'Sesudah' });
    expect(await codeOf(edit)).toBe('NOT_ALLOWED');
    expect(await codeOf(member.post('/chat/typing', { conversationId: id }))).toBe('NOT_ALLOWED');
    expect((await send(owner, id, 'Pengumuman')).status).toBe(200);
    expect(await history(member, id)).toContain('Pengumuman');
    expect(await codeOf(member.post('/chat/read', { conversationId: id, seq: 5 }))).toBe(200);
    expect(await codeOf(member.delete(`/conversations/${id}/messages/3?for=everyone`))).toBe(200);
  });

  it('settings are changed by admins only, also where everyone may change the name', async () => {
    await owner.patch(`/groups/${id}`, { permissions: { editInfo: 'everyone' } });
    const change = (by: Client) => by.patch(`/groups/${id}`, { name: 'Desa', newcomersRead: 'all' });
    expect(await codeOf(change(member))).toBe('NOT_ALLOWED');
    expect((await member.get(`/groups/${id}`)).body).toMatchObject({
      name: 'Keluarga',
      newcomersRead: 'none',
    });
    expect(await codeOf(change(admin))).toBe(200);
    expect((await history(owner, id)).slice(-2)).toEqual(['renamed', 'newcomersRead']);
  });
});

describe('roles', () => {
  it('no one gives or takes a role above their own', async () => {
    expect(await codeOf(setRole(member, id, member, 'admin'))).toBe('NOT_ALLOWED');
    expect(await codeOf(setRole(admin, id, member, 'owner'))).toBe('NOT_ALLOWED');
    expect(await codeOf(setRole(admin, id, owner, 'member'))).toBe('NOT_ALLOWED');
    expect(await codeOf(remove(admin, id, owner))).toBe('NOT_ALLOWED');
    expect(await codeOf(remove(member, id, admin))).toBe('NOT_ALLOWED');
    expect(await codeOf(setRole(admin, id, member, 'admin'))).toBe(200);
    expect(await codeOf(setRole(member, id, admin, 'member'))).toBe(200);
    expect(await membersOf(owner)).toEqual(['owner owner', 'admin member', 'member admin']);
  });

  it('a group always has an owner: the last one can neither leave nor step down, until there is another', async () => {
    expect(await codeOf(remove(owner, id, owner))).toBe('OWNER_LEAVES');
    expect(await codeOf(setRole(owner, id, owner, 'member'))).toBe('OWNER_LEAVES');
    expect(await codeOf(setRole(owner, id, member, 'owner'))).toBe(200);
    expect(await codeOf(remove(owner, id, owner))).toBe(200);
    expect(await membersOf(member)).toEqual(['admin admin', 'member owner']);
    expect(await history(member, id)).toEqual(['created', 'role', 'role', 'left']);
  });

  it('the last member who leaves deletes the group, and its link lets no one in', async () => {
    const { code } = await link();
    for (const one of [admin, member]) expect(await codeOf(remove(one, id, one))).toBe(200);
    expect(await codeOf(remove(owner, id, owner))).toBe(200);
    expect(await codeOf(owner.get(`/groups/${id}`))).toBe('NOT_MEMBER');
    expect(await codeOf(join(guest, { code }))).toBe('INVITE_INVALID');
  });

  it('a deleted group is gone for every member with the next poll', async () => {
    const cursors = await Promise.all([owner, admin, member].map(async (one) => (await poll(one)).cursor));
    expect(await codeOf(admin.delete(`/groups/${id}`))).toBe('NOT_ALLOWED');
    expect(await codeOf(owner.delete(`/groups/${id}`))).toBe(200);
    for (const [n, one] of [owner, admin, member].entries()) {
      expect((await poll(one, cursors[n])).gone).toEqual({ conversations: [id] });
    }
  });
});

describe('what newcomers read', () => {
  const write = async () => {
    await send(owner, id, 'Sebelum');
    await addMember(owner, id, guest);
    await send(owner, id, 'Sesudah');
  };

  it.each([
    ['none', ['added', 'Sesudah'], 4],
    ['all', ['created', 'role', 'newcomersRead', 'Sebelum', 'added', 'Sesudah'], 1],
  ] as const)(
    'a newcomer to a group that shows them %s has only the messages after as unread',
    async (newcomersRead, rows, fromSeq) => {
      await owner.patch(`/groups/${id}`, { newcomersRead });
      const { cursor } = await poll(guest);
      await write();
      expect(await history(guest, id)).toEqual(rows);
      const delta = await poll(guest, cursor);
      expect(groupIn(delta, id)).toMatchObject({ unread: 1, group: { fromSeq } });
      const read = await guest.post('/chat/read', { conversationId: id, seq: groupIn(delta, id)?.lastSeq });
      expect(read.body.unread).toBe(0);
    },
  );

  it('an edit of a message from before a newcomer joined reaches the others and not the newcomer', async () => {
    await write();
    const [theirs, mine] = [await poll(guest), await poll(member)];
    expect((await owner.patch(`/conversations/${id}/messages/3`, { message: 'Diubah' })).status).toBe(200);
    const seen = await poll(member, mine.cursor);
    expect(seen.messages?.map(({ content }) => content)).toEqual(['Diubah']);
    const delta = await poll(guest, theirs.cursor);
    expect(delta.messages).toBeUndefined();
    expect(JSON.stringify(delta)).not.toContain('Diubah');
  });

  it('a newcomer does not count in the ticks and receipts of messages from before they joined', async () => {
    const { cursor } = await poll(owner);
    await write();
    for (const one of [admin, member]) await one.post('/chat/read', { conversationId: id, seq: 5 });
    const { groupReceipts } = await poll(owner, cursor);
    expect(groupReceipts).toEqual([{ conversationId: id, delivered: 3, read: 3 }]);
    const receipts = (await owner.get(`/conversations/${id}/messages/3/receipts`)).body.receipts as {
      userId: Id;
    }[];
    expect(receipts.map(({ userId }) => userId)).toEqual([admin.id, member.id]);
  });
});

describe('links', () => {
  it('a link lets in as many as it has uses, until it is revoked or expires', async () => {
    const [twice, revoked, short] = [await link({ uses: 2 }), await link(), await link({ days: 1 })];
    const [a, b, c] = [await signUp(test, 'siti'), await signUp(test, 'tono'), await signUp(test, 'umi')];
    for (const [who, code] of [
      [a, 200],
      [b, 200],
      [c, 'INVITE_INVALID'],
    ] as const) {
      expect(await codeOf(join(who, twice))).toBe(code);
    }
    expect(await codeOf(owner.delete(`/groups/${id}/links/${revoked.id}`))).toBe(200);
    expect(await codeOf(join(c, revoked))).toBe('INVITE_INVALID');
    expect((await owner.get(`/groups/${id}/links`)).body).toEqual([
      expect.objectContaining({ id: short.id, uses: 64, used: 0, approval: false }),
    ]);
    test.clock.now += 25 * 3600 * 1000;
    expect(await codeOf(join(c, short))).toBe('INVITE_INVALID');
    expect((await owner.get(`/groups/${id}/links`)).body).toEqual([]);
    expect(await codeOf(join(a, twice))).toBe(200);
  });

  it('a full group lets no one in, and the refused keep their use of the link', async () => {
    test = await startApp({ GROUP_LIMIT: '2' });
    [owner, member, guest] = [
      await signUp(test, 'a-a'),
      await signUp(test, 'b-b'),
      await signUp(test, 'c-c'),
    ];
    await befriend(owner, member);
    id = await createGroup(owner, [member]);
    const one = await link({ uses: 1 });
    expect(await codeOf(join(guest, one))).toBe('GROUP_FULL');
    await remove(owner, id, member);
    expect(await codeOf(join(guest, one))).toBe(200);
    expect(await codeOf(addMember(owner, id, member))).toBe('GROUP_FULL');
  });

  it('with approval an admin lets people in or refuses, and those who wait read nothing', async () => {
    const open = await link({ approval: true });
    expect((await guest.post('/groups/look', { code: open.code })).body).toMatchObject({ approval: true });
    expect((await join(guest, open)).body).toEqual({ status: 'requested', conversationId: id });
    expect(await codeOf(guest.get(`/groups/${id}`))).toBe('NOT_MEMBER');
    expect((await member.get(`/groups/${id}`)).body).not.toHaveProperty('requests');
    expect((await admin.get(`/groups/${id}`)).body.requests).toEqual([{ id: guest.id, username: 'guest' }]);
    const answer = (by: Client, accept: boolean) =>
      by.post(`/groups/${id}/requests`, { userId: guest.id, accept });
    expect(await codeOf(answer(member, true))).toBe('NOT_ALLOWED');
    expect((await answer(admin, false)).body).not.toHaveProperty('requests');
    expect(await membersOf(owner)).toHaveLength(3);
    expect((await join(guest, open)).body.status).toBe('requested');
    expect((await answer(admin, true)).body.members).toHaveLength(4);
    expect((await join(guest, open)).body.status).toBe('joined');
    expect(await history(guest, id)).toEqual(['added']);
  });

  it('a person whom an admin removed is let in by a link only with approval, and a person who left without', async () => {
    const open = await link();
    await remove(owner, id, member);
    expect((await member.post('/groups/look', { code: open.code })).body.approval).toBe(true);
    expect((await join(member, open)).body.status).toBe('requested');
    await remove(admin, id, admin);
    expect((await join(admin, open)).body.status).toBe('joined');
    expect(await membersOf(admin)).toEqual(['owner owner', 'admin member']);
    expect(await codeOf(addMember(owner, id, member))).toBe(200);
    expect((await owner.get(`/groups/${id}`)).body).not.toHaveProperty('requests');
  });
});

describe('a block between two members', () => {
  beforeEach(async () => {
    await member.patch('/me', { displayName: 'Bu Member' });
    await owner.post('/friends/block', { userId: member.id });
  });

  it('messages pass both ways, and those of the blocked person are not unread for who blocked them', async () => {
    await send(member, id, 'Dari yang diblokir');
    await send(owner, id, 'Dari yang memblokir');
    await send(member, id, 'Untuk Owner', { mentions: [owner.id] });
    for (const one of [owner, member, admin]) {
      expect((await history(one, id)).slice(-3)).toEqual([
        'Dari yang diblokir',
        'Dari yang memblokir',
        'Untuk Owner',
      ]);
    }
    expect(groupIn(await poll(owner), id)?.unread).toBe(0);
    expect(groupIn(await poll(owner), id)).not.toHaveProperty('mentions');
    expect(groupIn(await poll(member), id)?.unread).toBe(1);
    expect(groupIn(await poll(admin), id)?.unread).toBe(3);
  });

  it('neither sees the typing, presence, profile or receipts of the other', async () => {
    await send(owner, id, 'Halo');
    await send(member, id, 'Halo juga');
    const cursors = await Promise.all([owner, member].map(async (one) => (await poll(one)).cursor));
    const deltas = async () => [await poll(owner, cursors[0]), await poll(member, cursors[1])];
    for (const one of [owner, member]) {
      await one.post('/chat/typing', { conversationId: id });
      await one.post('/chat/read', { conversationId: id, seq: 4 });
    }
    for (const delta of await deltas()) {
      expect([
        delta.typing,
        delta.presence?.map(({ userId }) => userId).filter((one) => one !== guest.id && one !== admin.id),
      ]).toEqual([undefined, delta.presence && []]);
    }
    expect((await poll(admin)).typing).toHaveLength(2);
    for (const [one, other, seq] of [
      [owner, member, 3],
      [member, owner, 4],
    ] as const) {
      const { receipts } = (await one.get(`/conversations/${id}/messages/${seq}/receipts`)).body;
      expect(receipts.map(({ userId }: { userId: Id }) => userId)).toEqual([admin.id]);
      const { members } = (await one.get(`/groups/${id}`)).body;
      const profile = members.find(({ id }: { id: Id }) => id === other.id);
      expect(Object.keys(profile).sort()).toEqual(['id', 'role', 'username']);
      expect(await codeOf(one.get(`/people/${other.id}/picture`))).toBe('NO_SUCH_PICTURE');
    }
    // Admin has read nothing and received all: the tick waits for no one across the block.
    const { cursor } = await poll(admin);
    await poll(admin, cursor);
    const [mine, theirs] = await deltas();
    for (const delta of [mine, theirs]) {
      expect(delta?.groupReceipts).toEqual([{ conversationId: id, delivered: 4, read: 0 }]);
    }
  });
});

describe('a group of several', () => {
  it('members who are no friends get nothing of each other outside the group', async () => {
    await admin.patch('/me', { displayName: 'Pak Admin', about: 'Ketua' });
    const { members } = (await member.get(`/groups/${id}`)).body;
    expect(members[1]).toEqual({ id: admin.id, username: 'admin', role: 'admin' });
    expect((await poll(member)).presence?.map(({ userId }) => userId)).not.toContain(admin.id);
    const direct = { senderId: member.id, receiverId: admin.id, message: 'hai' };
    expect(await codeOf(member.post('/chat/send', direct))).toBe('NOT_FRIENDS');
  });

  it('several who type at once are all shown, except one who hides it, until they send', async () => {
    await addMember(owner, id, guest);
    await guest.patch('/me', { privacy: { typing: 'nobody' } });
    const { cursor } = await poll(owner);
    for (const one of [admin, member, guest]) await one.post('/chat/typing', { conversationId: id });
    const shown = await poll(owner, cursor);
    expect(shown.typing?.map(({ userId }) => userId)).toEqual([admin.id, member.id]);
    expect((await poll(guest)).typing).toBeUndefined();
    await send(admin, id, 'Selesai');
    expect((await poll(owner, shown.cursor)).typing).toEqual([
      { conversationId: id, userId: admin.id, forMs: 0 },
    ]);
    await remove(owner, id, member);
    expect((await poll(owner)).typing).toBeUndefined();
  });

  it('a member who switched read receipts off counts as delivered only, and sees who read of no one', async () => {
    await member.patch('/me', { privacy: { readReceipts: false } });
    const cursors = new Map<Client, string>();
    for (const one of [owner, member]) cursors.set(one, (await poll(one)).cursor);
    await send(owner, id, 'Halo');
    await send(member, id, 'Halo juga');
    await admin.post('/chat/read', { conversationId: id, seq: 4 });
    await member.post('/chat/read', { conversationId: id, seq: 3 });
    const tick = async (one: Client) => (await poll(one, cursors.get(one))).groupReceipts;
    expect(await tick(owner)).toEqual([{ conversationId: id, delivered: 3, read: 4 }]);
    await owner.post('/chat/read', { conversationId: id, seq: 4 });
    expect(await tick(member)).toEqual([{ conversationId: id, delivered: 4, read: 0 }]);
    const receipts = async (by: Client, seq: number) =>
      (await by.get(`/conversations/${id}/messages/${seq}/receipts`)).body.receipts;
    expect(await receipts(owner, 3)).toEqual([
      { userId: admin.id, delivered: true, read: true },
      { userId: member.id, delivered: true, read: false },
    ]);
    expect((await receipts(member, 4)).map(({ read }: { read: boolean }) => read)).toEqual([false, false]);
  });

  it('an author who was away while the server restarted gets the ticks from before the restart', async () => {
    const { cursor } = await poll(owner);
    await send(owner, id, 'Halo');
    const read = { conversationId: id, seq: 3 };
    for (const one of [admin, member]) await one.post('/chat/read', read);
    const restarted = await startApp({}, { store: test.store, tokenKey: KEY });
    const { groupReceipts } = (
      await request(restarted.app)
        .get('/sync')
        .set({ Authorization: `Bearer ${owner.token}`, 'Last-Event-ID': cursor })
    ).body;
    expect(groupReceipts).toEqual([{ conversationId: id, delivered: 3, read: 3 }]);
  });

  it('system rows are never unread, and a group is not sent whole with each message', async () => {
    const { cursor } = await poll(member);
    await owner.patch(`/groups/${id}`, { name: 'Desa' });
    await setRole(owner, id, admin, 'member');
    const changed = await poll(member, cursor);
    expect(groupIn(changed, id)).toMatchObject({ unread: 0, group: { name: 'Desa' } });
    expect(changed.messages?.map(({ event }) => event?.type)).toEqual(['renamed', 'role']);
    await send(owner, id, 'Halo', { mentions: [member.id, member.id] });
    const sent = await poll(member, changed.cursor);
    expect(groupIn(sent, id)).toMatchObject({ unread: 1, mentions: 1 });
    expect(groupIn(sent, id)).not.toHaveProperty('group');
    expect(sent.messages?.[0]?.mentions).toEqual([member.id]);
  });

  it('a mention is found also behind more messages than are counted exactly', async () => {
    await test.store.transact(async (tx) => {
      const row = { conversationId: id, senderId: admin.id, timestamp: test.clock.now, v: 1 as const };
      for (let n = 0; n < 250; n++) await tx.appendMessage({ ...row, id: `${n}`, kid: '', content: '' });
    });
    await send(admin, id, 'Di mana kamu?', { mentions: [member.id] });
    expect(groupIn(await poll(member), id)).toMatchObject({ unread: 253, mentions: 1 });
  });

  it('a change of a group is one commit; a message is one commit and one seal, and the polls of the members open nothing', async () => {
    const all = [owner, admin, member, guest];
    const before = test.store.revision();
    await addMember(owner, id, guest);
    expect(test.store.revision()).toBe(before + 1);
    const cursors = await Promise.all(all.map(async (one) => (await poll(one)).cursor));
    const { seal, open } = test.cipher.calls;
    await send(owner, id, 'Halo semua', { mentions: [guest.id] });
    expect(test.store.revision()).toBe(before + 2);
    for (const [n, one] of all.entries()) expect((await poll(one, cursors[n])).messages).toHaveLength(1);
    expect([test.cipher.calls.seal - seal, test.cipher.calls.open - open]).toEqual([1, 0]);
  });
});

describe('people who are members no more', () => {
  type Named = { event?: { type: string }; content: string; former?: { id: Id; username: string }[] };
  const formerIn = (rows: Named[]) =>
    rows.map(({ event, content, former = [] }) => [
      event?.type ?? content,
      ...former.map(({ username }) => username),
    ]);
  const read = async (by: Client) =>
    formerIn((await by.get(`/chat/history?myId=${by.id}&conversationId=${id}`)).body).slice(2);

  it('are named in the rows of theirs that a member may read, with the username alone, and in no others', async () => {
    await member.patch('/me', { displayName: 'Pak RT' });
    await send(member, id, 'Pamit');
    expect(await read(owner)).toEqual([['Pamit']]);
    const { cursor } = await poll(admin);
    await remove(member, id, member);
    await addMember(owner, id, guest);
    expect(await read(admin)).toEqual([['Pamit', 'member'], ['left', 'member'], ['added']]);
    expect(formerIn((await poll(admin, cursor)).messages as Named[])).toEqual([
      ['left', 'member'],
      ['added'],
    ]);
    // Who joined later reads only what came after, and nothing there is of the one who left.
    expect(JSON.stringify([await poll(guest), await read(guest)])).not.toContain('member"]');
    expect(JSON.stringify((await poll(guest)).messages ?? [])).not.toContain(member.id);
    await addMember(owner, id, member);
    expect(await read(admin)).toEqual([['Pamit'], ['left'], ['added'], ['added']]);
  });

  it('are named also across a block, of which their name says nothing', async () => {
    await send(member, id, 'Pamit');
    await remove(member, id, member);
    const before = await read(admin);
    await member.post('/friends/block', { userId: admin.id });
    expect(await read(admin)).toEqual(before);
    expect(before).toEqual([
      ['Pamit', 'member'],
      ['left', 'member'],
    ]);
  });
});
