import { expect, it } from 'vitest';
import { fakeCipher } from '../../../test/support/fake-cipher.ts';
import { messageDeps } from '../../../test/support/uploads.ts';
import { setChatFlags } from '../../chats/flags.ts';
import { starMessage } from '../../chats/stars.ts';
import { groupNameBinding } from '../../cipher/binding.ts';
import { listScheduled, scheduleMessage } from '../../messages/scheduled/schedule.ts';
import { sendMessage } from '../../messages/send.ts';
import { mute } from '../../people/muting.ts';
import { ReactionChanges } from '../../reactions/react.ts';
import { groupOf, member, person } from '../../storage/contract/rig.ts';
import { memoryDisk } from '../../storage/lowdb/disk/memory-disk.ts';
import { openMemoryStore, openStore } from '../../storage/lowdb/lowdb-store.ts';
import { openReadOnly } from '../../storage/lowdb/repair/open-read-only.ts';
import type { Store } from '../../storage/store.ts';
import { applyImport } from '../import/apply-import.ts';
import { planImport } from '../import/import-plan.ts';
import { importReport } from '../import/import-report.ts';
import { readSeedFile } from '../import/seed-file.ts';
import { type ExportExpiry, writeExportTo } from '../import/write-export.ts';

const uuid = (n: number) => `550e8400-e29b-41d4-a716-44665544${String(n).padStart(4, '0')}`;
const [ANI, BUDI, CITRA] = [uuid(1), uuid(2), uuid(3)] as const;
const [DIRECT, EMPTY, GROUP] = [uuid(100), uuid(101), uuid(102)] as const;
const START = Date.UTC(2027, 0, 5);
const HOUR_MS = 3_600_000;
const DAY_S = 86_400;
const HASH = `$2b$10$${'a'.repeat(53)}`;

type Part = Record<string, unknown> & { id: string };
type File = Record<'users' | 'directs' | 'groups' | 'chats', Part[]> & { omitted?: object[] };

const cipher = fakeCipher();

/** A box where people have set all that an export carries; the first message of the group expires after a day. */
async function fill(store: Store, time: { now: number }): Promise<void> {
  const deps = messageDeps({ store, cipher });
  const clock = () => time.now;
  const send = (senderId: string, conversationId: string, message: string, more = {}) =>
    sendMessage(deps, senderId, { senderId, conversationId, message, ...more });
  const name = { edit: 1, ...(await cipher.seal('Keluarga', groupNameBinding(GROUP, 1))) };
  await store.transact(async (tx) => {
    for (const [n, id] of [ANI, BUDI, CITRA].entries())
      await tx.saveAccount({ ...person(id, `orang${n}`), password: HASH });
    await tx.befriend(ANI, BUDI, DIRECT);
    await tx.befriend(ANI, CITRA, EMPTY);
    await tx.saveGroup(GROUP, groupOf([member(ANI), member(BUDI)], { name }));
    await tx.saveExpiry(GROUP, DAY_S);
  });
  await send(ANI, GROUP, 'lama');
  await store.transact((tx) => tx.saveExpiry(GROUP, 0));
  for (const n of [1, 2, 3]) {
    await send(ANI, DIRECT, `pesan ${n}`);
    await send(BUDI, GROUP, `kabar ${n}`);
  }
  await store.transact(async (tx) => {
    const group = await tx.conversation(GROUP);
    if (group?.kind === 'group')
      await tx.saveGroup(GROUP, { ...group.group, members: [...group.group.members, member(CITRA, 3)] });
    await tx.saveExpiry(GROUP, 7 * DAY_S);
    await tx.saveExpiry(DIRECT, 90 * DAY_S);
    await tx.savePin(DIRECT, { seq: 2, by: BUDI });
    await tx.savePin(GROUP, { seq: 4, by: ANI });
  });
  await send(BUDI, DIRECT, 'hilang nanti');
  await new ReactionChanges({ store, cipher }).add(BUDI, { conversationId: DIRECT, seq: 1 }, '👍');
  await setChatFlags(store, ANI, DIRECT, { archived: true });
  await setChatFlags(store, ANI, EMPTY, { unread: true });
  await setChatFlags(store, ANI, GROUP, { pinned: true });
  await setChatFlags(store, CITRA, EMPTY, { archived: true });
  await starMessage(store, ANI, { conversationId: GROUP, seq: 2 });
  await starMessage(store, ANI, { conversationId: DIRECT, seq: 3 });
  await starMessage(store, CITRA, { conversationId: GROUP, seq: 3 });
  await mute({ store, clock }, BUDI, { conversationId: GROUP, for: 'always' });
  const schedule = { store, cipher };
  const text = { clientMessageId: uuid(300), conversationId: DIRECT, message: 'selamat!' };
  await scheduleMessage(schedule, BUDI, { ...text, at: time.now + 48 * HOUR_MS });
}

async function exported(
  store: Store,
  disk: ReturnType<typeof memoryDisk>,
  isPlain: boolean,
  expiry?: ExportExpiry,
): Promise<File> {
  await store.close();
  const parts: string[] = [];
  const sink = { writeFile: async (part: string) => void parts.push(part) };
  const options = { ...(isPlain && { cipher }), ...(expiry && { expiry }) };
  await writeExportTo(sink, await openReadOnly('box', disk), options, () => {});
  return JSON.parse(parts.join(''));
}

async function bringIn(store: Store, file: object) {
  const plan = await planImport(readSeedFile(JSON.stringify(file)), store, undefined);
  await applyImport(plan, { store, cipher }, () => {});
  return plan;
}

/** A box in memory, filled, with its disk and its time. */
async function filled() {
  const [disk, time] = [memoryDisk(), { now: START }];
  const store = await openStore(disk, 'box', { now: () => time.now++, groupCommitMs: 0 });
  await fill(store, time);
  return { disk, time, store };
}

async function empty() {
  const disk = memoryDisk();
  return { disk, store: await openStore(disk, 'box', { now: () => START + HOUR_MS, groupCommitMs: 0 }) };
}

/** A file with its lists in one order. */
const sorted = (file: File) =>
  Object.fromEntries(
    Object.entries(file).map(([name, list]) => [
      name,
      (list as Part[]).toSorted((a, b) => a.id.localeCompare(b.id)),
    ]),
  );

it.each([false, true])(
  'an export that is imported into an empty box is exported from it as it was, readable: %s',
  async (isPlain) => {
    const box = await filled();
    const file = await exported(box.store, box.disk, isPlain);
    const other = await empty();
    await bringIn(other.store, file);
    const { disk } = box;
    const before = sorted(await exported(box.store, disk, true));
    const after = sorted(await exported(other.store, other.disk, true));
    expect(after).toEqual(before);
    const [ani, budi] = (before.users ?? []).map(({ settings }) => settings as Record<string, unknown[]>);
    // The premise: the file holds all of it.
    expect(ani?.chats).toHaveLength(3);
    expect(ani?.stars).toHaveLength(2);
    expect(budi).toMatchObject({ muted: [{ conversationId: GROUP }], scheduled: [{ text: 'selamat!' }] });
    expect(before.directs).toMatchObject([
      { id: DIRECT, expireAfterS: 90 * DAY_S, pinned: { seq: 2, by: BUDI } },
      { id: EMPTY },
    ]);
    expect(before.groups).toMatchObject([{ expireAfterS: 7 * DAY_S, pinned: { seq: 4, by: ANI } }]);
    expect(JSON.stringify(file).includes('selamat!')).toBe(isPlain);
  },
);

it('an import of a part is continued by the whole file, and a further one changes nothing', async () => {
  const box = await filled();
  const file = await exported(box.store, box.disk, false);
  const other = await empty();
  const users = file.users.map(({ settings: _, ...user }) => user);
  await bringIn(other.store, { ...file, users, directs: [], chats: file.chats.slice(0, 3) });
  const plan = await bringIn(other.store, file);
  expect(plan.settings.map(({ userId }) => userId)).toEqual([ANI, BUDI, CITRA]);
  expect(await listScheduled({ store: other.store, cipher }, BUDI)).toMatchObject([{ message: 'selamat!' }]);
  const revision = other.store.revision();
  expect(await bringIn(other.store, file)).toMatchObject({ settings: [], headers: [], conversations: [] });
  expect(other.store.revision()).toBe(revision);
});

it('what people and chats have set on the box stays, whatever the file says', async () => {
  const box = await filled();
  const file = await exported(box.store, box.disk, true);
  const { store } = await empty();
  await bringIn(store, file);
  await setChatFlags(store, ANI, GROUP, { pinned: false });
  await store.transact(async (tx) => {
    await tx.saveExpiry(DIRECT, 0);
    await tx.savePin(DIRECT);
  });
  const deps = messageDeps({ store, cipher });
  await sendMessage(deps, ANI, { senderId: ANI, conversationId: DIRECT, message: 'baru' });
  const flags = (await store.account(ANI))?.profile?.chats;
  await bringIn(store, file);
  expect((await store.account(ANI))?.profile?.chats).toEqual(flags);
  const direct = await store.conversation(DIRECT);
  expect([direct?.expireAfterS, direct?.pinned]).toEqual([undefined, undefined]);
});

it('what has expired stays behind, swept or not, and everyone reads and has starred what they did', async () => {
  const box = await filled();
  const now = START + 1000 * DAY_S + HOUR_MS;
  const file = await exported(box.store, box.disk, true, { now });
  expect(file.chats.map(({ content }) => content)).not.toContain('lama');
  expect(file.omitted).toEqual([{ conversationId: GROUP, seqs: [[1, 1]] }]);
  const { store } = await empty();
  await bringIn(store, file);
  const group = await store.conversation(GROUP);
  const rows = await store.messages(GROUP, { limit: 9 });
  expect(rows.map(({ seq }) => seq)).toEqual([1, 2, 3]);
  expect(group?.kind === 'group' && group.group.members.map(({ fromSeq }) => fromSeq)).toEqual([1, 1, 2]);
  expect(group?.pinned).toEqual({ seq: 3, by: ANI });
  expect((await store.account(ANI))?.profile?.stars?.[0]).toEqual({ conversationId: GROUP, seqs: [1] });
  const retained = await exported(box.store, box.disk, true, { now: START, retainedSince: now });
  expect(retained.chats).toEqual([]);
});

it('what expired after the export is left out by the import, which counts it', async () => {
  const box = await filled();
  const file = await exported(box.store, box.disk, false);
  const store = await openMemoryStore(() => START + 1000 * DAY_S + HOUR_MS, { groupCommitMs: 0 });
  const plan = await bringIn(store, file);
  expect(plan.rows.expired).toBe(1);
  expect(importReport(plan, false).join()).toContain('1 messages (left out: they have expired since)');
});

it('a scheduled text whose time was over for more than a day is not sent by a box that imports it', async () => {
  const box = await filled();
  const file = await exported(box.store, box.disk, false);
  const store = await openMemoryStore(() => START + 80 * HOUR_MS, { groupCommitMs: 0 });
  const plan = await bringIn(store, file);
  expect(plan.lateTexts).toBe(1);
  expect(importReport(plan, false).join()).toContain('1 scheduled texts left out');
  expect(await listScheduled({ store, cipher }, BUDI)).toEqual([]);
});

it('a file names no message, conversation or person to someone who does not have them', async () => {
  const box = await filled();
  const file = await exported(box.store, box.disk, true);
  const users = file.users.map((user) => ({
    ...user,
    settings: {
      ...{ chats: [{ conversationId: DIRECT, pinned: true }, { conversationId: 'x' }, 7], privacy: 'all' },
      ...{ stars: [{ conversationId: GROUP, seqs: [1, 2, 99] }], muted: [{ conversationId: uuid(999) }] },
      scheduled: [{ id: uuid(7), conversationId: DIRECT, dueAt: START * 2, text: 'hai', failure: 'x y' }],
    },
  }));
  const { store } = await empty();
  await bringIn(store, { ...file, users });
  const [ani, citra] = [await store.account(ANI), await store.account(CITRA)];
  expect(citra).not.toHaveProperty('scheduled');
  expect(Object.keys(citra?.profile ?? {})).toEqual(['edit', 'rev', 'shownRev']);
  expect(ani).toMatchObject({ scheduled: [{ id: uuid(7) }] });
  expect(ani?.scheduled?.[0]).not.toHaveProperty('failure');
  expect(ani?.profile).toMatchObject({
    chats: [{ conversationId: DIRECT, pinned: true }],
    stars: [{ conversationId: GROUP, seqs: [1, 2] }],
  });
});
