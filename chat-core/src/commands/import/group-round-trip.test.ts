import { beforeEach, describe, expect, it } from 'vitest';
import { fakeCipher } from '../../../test/support/fake-cipher.ts';
import { messageDeps } from '../../../test/support/uploads.ts';
import { groupNameBinding } from '../../cipher/binding.ts';
import { editMessage } from '../../messages/edit.ts';
import { openMessagesFor } from '../../messages/message.ts';
import { deleteForEveryone, deleteForMe } from '../../messages/remove.ts';
import { sendMessage } from '../../messages/send.ts';
import { PollChanges } from '../../polls/vote.ts';
import { ReactionChanges } from '../../reactions/react.ts';
import { groupOf, member, person } from '../../storage/contract/rig.ts';
import { memoryDisk } from '../../storage/lowdb/disk/memory-disk.ts';
import { openMemoryStore, openStore } from '../../storage/lowdb/lowdb-store.ts';
import { openReadOnly } from '../../storage/lowdb/repair/open-read-only.ts';
import type { GroupConversation, Store } from '../../storage/store.ts';
import type { GroupEvent } from '../../wire/wire.ts';
import { applyImport } from './apply-import.ts';
import { planImport } from './import-plan.ts';
import { requireGroupLimit } from './import-plan-groups.ts';
import { importReport } from './import-report.ts';
import { readSeedFile } from './seed-file.ts';
import { readEvent } from './seed-groups.ts';
import { writeExportTo } from './write-export.ts';

const uuid = (n: number) => `550e8400-e29b-41d4-a716-44665544${String(n).padStart(4, '0')}`;
const [ANI, BUDI, CITRA, DEWI] = [uuid(1), uuid(2), uuid(3), uuid(4)] as const;
const GROUP = uuid(100);
const PEOPLE = [ANI, BUDI, CITRA, DEWI];

type File = { users: object[]; groups: { members: object[] }[]; chats: { content: string; seq: number }[] };

let cipher: ReturnType<typeof fakeCipher>;
beforeEach(() => {
  cipher = fakeCipher();
});

const conversation = async (store: Store, id = GROUP) => (await store.conversation(id)) as GroupConversation;

/** A group whose newest member reads from seq 7 on, and from which one person was removed; deleted groups beside it. */
async function fill(store: Store): Promise<void> {
  const deps = messageDeps({ store, cipher, box: { editMs: 3_600_000 } });
  let n = 200;
  const event = (senderId: string, row: GroupEvent) =>
    store.transact((tx) =>
      tx.appendMessage({
        id: uuid(n++),
        conversationId: GROUP,
        senderId,
        content: '',
        timestamp: 1_767_571_200_000 + n,
        v: 1,
        kid: '',
        event: row,
      }),
    );
  const send = (senderId: string, message: string, more = {}) =>
    sendMessage(deps, senderId, { senderId, conversationId: GROUP, message, ...more });
  const name = { edit: 3, ...(await cipher.seal('Keluarga', groupNameBinding(GROUP, 3))) };
  await store.transact(async (tx) => {
    for (const [index, id] of PEOPLE.entries()) await tx.saveAccount(person(id, `orang${index}`));
    const members = [member(ANI), member(BUDI), member(DEWI, 1, 'admin')];
    await tx.saveGroup(GROUP, groupOf(members, { edit: 3, name, removed: [CITRA], newcomersRead: 'none' }));
    await tx.saveGroup(uuid(101), groupOf([member(ANI)]));
  });
  await event(ANI, { type: 'created', userIds: [BUDI, DEWI] });
  await send(ANI, 'pesan 2', { mentions: [BUDI] });
  await send(BUDI, 'pesan 3', { replyTo: 2 });
  await send(BUDI, 'pesan 4');
  await editMessage(deps, ANI, { conversationId: GROUP, seq: 2 }, 'diubah');
  const reactions = new ReactionChanges({ store, cipher });
  await reactions.add(ANI, { conversationId: GROUP, seq: 3 }, '👍');
  await reactions.add(BUDI, { conversationId: GROUP, seq: 3 }, '👍');
  await deleteForEveryone(deps, BUDI, { conversationId: GROUP, seq: 4 });
  await deleteForMe(deps, BUDI, { conversationId: GROUP, seq: 2 });
  await store.transact(async (tx) => {
    const now = (await tx.conversation(GROUP)) as GroupConversation;
    const members = [...now.group.members.filter(({ userId }) => userId !== DEWI), member(CITRA, 5)];
    await tx.saveGroup(GROUP, { ...now.group, members, removed: [DEWI] });
  });
  await event(ANI, { type: 'added', userIds: [CITRA] });
  await send(CITRA, 'pesan 6');
  const question = { question: 'Makan apa?', answers: ['Soto', 'Rawon', 'Pecel'] };
  await send(ANI, '', { poll: { ...question, multiple: true, closesAt: store.time.wall() + 86_400_000 } });
  const polls = new PollChanges({ store, cipher });
  await polls.vote(BUDI, { conversationId: GROUP, seq: 7 }, [0, 2]);
  await polls.vote(CITRA, { conversationId: GROUP, seq: 7 }, [2]);
  await polls.close(ANI, { conversationId: GROUP, seq: 7 });
  await store.transact((tx) => tx.saveGroup(uuid(101), groupOf([])));
}

/** The file of an export of such a box. */
async function exported(isPlain: boolean): Promise<{ file: File; before: Awaited<ReturnType<typeof read>> }> {
  const disk = memoryDisk();
  let now = Date.UTC(2026, 0, 5);
  const store = await openStore(disk, 'box', { now: () => ++now, groupCommitMs: 0 });
  await fill(store);
  const before = await read(store);
  await store.close();
  const parts: string[] = [];
  const sink = { writeFile: async (part: string) => void parts.push(part) };
  await writeExportTo(sink, await openReadOnly('box', disk), isPlain ? { cipher } : {}, () => {});
  return { file: JSON.parse(parts.join('')), before };
}

/** The group as each person reads it. */
async function read(store: Store, id = GROUP) {
  const { group, members, lastSeq } = await conversation(store, id);
  const { edit, ...sealed } = group.name;
  const [name] = await cipher.openMany([{ sealed, binding: groupNameBinding(id, edit) }]);
  const rows = await store.messages(id, { limit: 999 });
  const shown = await Promise.all(PEOPLE.map((one) => openMessagesFor({ store, cipher }, one, rows)));
  return {
    name,
    members,
    lastSeq,
    memberships: group.members,
    settings: [group.permissions, group.newcomersRead, group.removed ?? []],
    shown: shown.map((messages) => messages.map(({ rev: _, changedRev: __, ...row }) => row)),
  };
}

async function bringIn(store: Store, file: object) {
  const plan = await planImport(readSeedFile(JSON.stringify(file)), store, undefined);
  await applyImport(plan, { store, cipher }, () => {});
  return plan;
}

describe.each([false, true])('an export of groups, readable: %s', (isPlain) => {
  it(`brings each person the same group, messages and rules, once, when readable is ${isPlain}`, async () => {
    const { file, before } = await exported(isPlain);
    expect(file.groups).toHaveLength(1);
    expect(JSON.stringify(file).includes('Keluarga')).toBe(isPlain);
    expect(before.shown[0]?.flatMap(({ reactions = [] }) => reactions)).toEqual([
      { emoji: '👍', count: 2, mine: true },
    ]);
    expect(before.shown[1]?.at(-1)?.poll).toMatchObject({
      answers: [{ count: 1, mine: true }, { count: 0 }, { count: 2, mine: true }],
      closed: true,
    });
    expect(JSON.stringify(file).includes('Pecel')).toBe(isPlain);
    const store = await openMemoryStore(() => 1, { groupCommitMs: 0 });
    // An import that was stopped is continued by the next: no one reads meanwhile what they may not.
    const first = await bringIn(store, { ...file, chats: file.chats.slice(0, 3) });
    expect((await conversation(store)).group.members.find(({ userId }) => userId === CITRA)?.fromSeq).toBe(5);
    expect(await store.changedMessages(CITRA, 0, { limit: 9, max: 9 })).toEqual([]);
    expect(importReport(first, true).map((line) => line.trim())).toContain('1 groups to make');
    await bringIn(store, file);
    expect(await read(store)).toEqual(before);
    const revision = store.revision();
    const again = await bringIn(store, file);
    expect([again.knownGroups, again.groups, again.rows.existing]).toEqual([1, [], 7]);
    expect(store.revision()).toBe(revision);
  });
});

it('a group whose id is taken where it is imported gets another, and name and messages open under it', async () => {
  const { file, before } = await exported(false);
  const store = await openMemoryStore(() => 1, { groupCommitMs: 0 });
  await store.transact(async (tx) => {
    for (const id of [uuid(8), uuid(9)]) await tx.saveAccount(person(id));
    await tx.befriend(uuid(8), uuid(9), GROUP);
  });
  await bringIn(store, file);
  await bringIn(store, file);
  const groups = (await store.conversationsOf(ANI)).filter(({ kind }) => kind === 'group');
  expect(groups).toHaveLength(1);
  const id = groups[0]?.id ?? '';
  expect(id).not.toBe(GROUP);
  const { shown, ...group } = await read(store, id);
  const { shown: shownBefore, ...groupBefore } = before;
  expect(group).toEqual(groupBefore);
  expect(shown).toEqual(
    shownBefore.map((messages) => messages.map((row) => ({ ...row, conversationId: id }))),
  );
});

it('a message that is left out moves what newcomers may read, so that they read no more and no less', async () => {
  const { file } = await exported(true);
  const store = await openMemoryStore(() => 1, { groupCommitMs: 0 });
  const chats = file.chats.map((row) => (row.seq === 3 ? { ...row, content: 'x'.repeat(20_000) } : row));
  await bringIn(store, { ...file, chats });
  const rows = await store.messages(GROUP, { limit: 9 });
  expect(rows.map(({ event, deletedAt }) => event?.type ?? deletedAt !== undefined)).toEqual([
    'created',
    false,
    true,
    'added',
    false,
    false,
  ]);
  const { members } = (await conversation(store)).group;
  expect(members.find(({ userId }) => userId === CITRA)).toMatchObject({ fromSeq: 4, joinedSeq: 3 });
});

it('an import brings back no group that was deleted, and makes none without a member or a readable id', async () => {
  const { file } = await exported(true);
  const store = await openMemoryStore(() => 1, { groupCommitMs: 0 });
  await bringIn(store, file);
  await store.transact((tx) => tx.saveGroup(GROUP, groupOf([])));
  const [group] = file.groups;
  const others = [
    { ...group, id: uuid(102), members: [{ userId: uuid(77), role: 'owner', fromSeq: 1 }] },
    { name: 'x' },
    null,
  ];
  const revision = store.revision();
  const plan = await bringIn(store, { ...file, groups: [group, ...others] });
  expect([plan.groups, plan.droppedGroups, plan.unreadable.groups]).toEqual([[], 2, 2]);
  expect(store.revision()).toBe(revision);
});

it('a group of a file without an owner gets one, and its unreadable rules are those of a new group', async () => {
  const { file } = await exported(true);
  const [group] = file.groups;
  const members = [
    { userId: BUDI, role: 'member', fromSeq: 1 },
    { userId: ANI, role: 'admin', fromSeq: 2 },
    { userId: CITRA, role: 'member', fromSeq: 'all' },
  ];
  const store = await openMemoryStore(() => 1, { groupCommitMs: 0 });
  const damaged = { ...group, name: '\u200b', members, permissions: { post: 'nobody' }, newcomersRead: 7 };
  await bringIn(store, { ...file, groups: [damaged], chats: [] });
  expect(await read(store)).toMatchObject({ name: 'Group', members: [BUDI, ANI] });
  expect((await conversation(store)).group).toMatchObject({
    members: [{ role: 'member' }, { role: 'owner', fromSeq: 2 }],
    permissions: { post: 'everyone', addMembers: 'admins' },
    newcomersRead: 'none',
  });
});

it('an import is refused with a sentence where a group of the file is larger than the box allows, and not where it is here already', async () => {
  const { file } = await exported(true);
  const store = await openMemoryStore();
  const plan = await planImport(readSeedFile(JSON.stringify(file)), store, undefined);
  requireGroupLimit(plan, 3);
  expect(() => requireGroupLimit(plan, 2)).toThrow(
    '1 groups of the file have more than 2 members (GROUP_LIMIT), the largest 3. Set GROUP_LIMIT=3 for this box, or shorten their lists in the file.',
  );
  await applyImport(plan, { store, cipher }, () => {});
  requireGroupLimit(await planImport(readSeedFile(JSON.stringify(file)), store, undefined), 2);
});

it('the system row of an expiry says after how long, as in the file', () => {
  expect(readEvent({ type: 'expiry', after: 86_400 })).toEqual({ type: 'expiry', after: 86_400 });
  expect(readEvent({ type: 'expiry', after: 'soon' })).toBeUndefined();
});
