import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { withCodes } from '../../../../test/support/codes.ts';
import type { GroupEvent, Id } from '../../../wire/wire.ts';
import { groupOf, member, message, person } from '../../contract/rig.ts';
import { fromSeqOf } from '../../rows.ts';
import type { GroupConversation, GroupMembership, Store, Tx } from '../../store.ts';
import type { Disk } from '../disk/disk.ts';
import { memoryDisk } from '../disk/memory-disk.ts';
import { type LowdbStore, openStore } from '../lowdb-store.ts';
import { State } from '../state/state.ts';
import { applyRepair } from './apply-repair.ts';
import { type IntegrityScan, scanFolder } from './integrity-scan.ts';
import { describeLosses } from './losses.ts';
import { PLACEHOLDER_KID } from './placeholder.ts';
import { repairMemberships } from './rebuild-group.ts';

const PEOPLE = ['ani', 'budi', 'citra', 'dewi', 'eko'];
const HEADERS = 'data/conversations/0001.json';
const NAME = { edit: 1, v: 1 as const, kid: 'k1', content: 'sealed name' };
const piece = { v: 1 as const, kid: 'k1', content: 'sealed piece' };
const link = {
  id: 'link',
  hash: 'h',
  by: 'ani',
  uses: 5,
  used: 1,
  createdAt: 1,
  expiresAt: 9,
  conversationId: 'g',
};

let disk: Disk;
let store: LowdbStore;
let n = 0;
const open = async () => {
  store = await openStore(disk, 'data', {
    now: () => 1_700_000_000_000,
    fileBytes: 16 * 1024,
    groupCommitMs: 0,
  });
};
beforeEach(async () => {
  disk = memoryDisk();
  await open();
  await store.transact(async (tx) => {
    for (const id of PEOPLE) await tx.saveAccount(person(id));
  });
});

const append = (tx: Tx, senderId: Id, event?: GroupEvent) => {
  n += 1;
  const row = message(`m${n}`, 'g', senderId);
  return tx.appendMessage(event ? { ...row, content: '', kid: '', event } : row);
};
const write = (senderId: Id) => store.transact((tx) => append(tx, senderId));
const group = async (from: Store = store) => (await from.conversation('g')) as GroupConversation;

/** Changes the members of the group in one transaction with its system row. */
async function change(
  to: (members: GroupMembership[], lastSeq: number) => GroupMembership[],
  actorId: Id,
  event: GroupEvent,
) {
  await store.transact(async (tx) => {
    const { group: now, lastSeq } = (await tx.conversation('g')) as GroupConversation;
    await tx.saveGroup('g', { ...now, members: to(now.members, lastSeq) });
    await append(tx, actorId, event);
  });
}
const create = (ownerId: Id, ...others: Id[]) =>
  store.transact(async (tx) => {
    await tx.saveGroup('g', groupOf([ownerId, ...others].map((id) => member(id))));
    await append(tx, ownerId, { type: 'created', userIds: others });
  });
const add = (actorId: Id, userId: Id) =>
  change((members, lastSeq) => [...members, member(userId, lastSeq + 1)], actorId, {
    type: 'added',
    userIds: [userId],
  });
const join = (userId: Id) =>
  change((members, lastSeq) => [...members, member(userId, lastSeq + 1)], userId, { type: 'joined' });
const leave = (userId: Id) =>
  change((members) => members.filter((one) => one.userId !== userId), userId, { type: 'left' });
const removeMember = (actorId: Id, userId: Id) =>
  change((members) => members.filter((one) => one.userId !== userId), actorId, {
    type: 'removed',
    userIds: [userId],
  });
const setPicture = () =>
  store.transact(async (tx) => {
    const { group: now } = (await tx.conversation('g')) as GroupConversation;
    const picture = { userId: 'g', id: 'pic', edit: 2, pieces: [piece] };
    await tx.saveGroup('g', { ...now, edit: 2, picture: { id: 'pic', edit: 2 } }, picture);
  });

async function harm(path: string, to?: (bytes: Buffer) => Buffer): Promise<void> {
  const bytes = await disk.read(path);
  if (!bytes) throw new Error(`there is no ${path} to harm`);
  if (to) await (await disk.open(path, 'create')).write(to(bytes), 0);
  else await disk.remove(path);
}
/** Makes the row with this id unreadable. */
const damageRow = (id: string) => (bytes: Buffer) => {
  bytes.write('?', bytes.indexOf(`"id":"${id}"`));
  return bytes;
};

/** Scans and repairs the closed folder, opens it, and checks that nothing is wrong with it any more. */
async function repair(): Promise<IntegrityScan> {
  const found = await scanFolder(disk, 'data');
  expect(found.faults).not.toEqual([]);
  await applyRepair(disk, 'data', found, 'data/damaged');
  expect((await scanFolder(disk, 'data')).faults).toEqual([]);
  await open();
  return found;
}

describe('a folder with groups', () => {
  it('has no fault while it is whole, though members left, groups were deleted and rows say so in events', async () => {
    await create('ani', 'budi', 'citra');
    await setPicture();
    for (let count = 0; count < 140; count++) await write('budi');
    await store.transact((tx) => tx.saveInvite(link));
    await leave('budi');
    await store.transact((tx) => tx.saveGroup('gone', groupOf([member('ani')])));
    await store.checkpoint('all');
    for (let count = 0; count < 20; count++) await write('citra');
    await store.transact((tx) => tx.saveGroup('gone', groupOf([])));
    await store.close();
    const { faults, lost, state } = await scanFolder(disk, 'data');
    expect([faults, [...lost]]).toEqual([[], []]);
    expect(state.conversation('g')).toMatchObject({ members: ['ani', 'citra'], lastSeq: 162 });
  });

  it('keeps system rows of a damaged page, and a lost message of it gets a placeholder without a receiver', async () => {
    await create('ani', 'budi');
    const lost = await write('budi');
    await add('ani', 'citra');
    await removeMember('ani', 'budi');
    const rows = await store.messages('g', { limit: 9 });
    await store.checkpoint('all');
    await store.close();
    await forgetJournal();
    await harm('data/messages/g/0001.json', damageRow(lost.id));
    const found = await repair();
    expect([...found.lost]).toEqual([['g', [2]]]);
    expect(describeLosses(found)).toEqual([
      'Lost in the group of ani, citra: 1 messages, number 2. They will be shown locked.',
    ]);
    const [first, placeholder, ...others] = await store.messages('g', { limit: 9 });
    expect([first, ...others]).toEqual([rows[0], ...rows.slice(2)]);
    expect(placeholder).toMatchObject({ seq: 2, kid: PLACEHOLDER_KID, senderId: 'ani' });
    expect(placeholder).not.toHaveProperty('receiverId');
  });

  it('gives a group whose header is lost the members whom its messages prove, each from their first row on', async () => {
    await create('ani', 'budi');
    for (let count = 0; count < 130; count++) await write('budi');
    await add('ani', 'citra');
    await join('dewi');
    await leave('budi');
    await write('dewi');
    await store.transact((tx) => tx.saveInvite(link));
    await setPicture();
    await store.checkpoint('all');
    await store.close();
    // The journal from before the checkpoint is gone, as after some time of use.
    await forgetJournal();
    await harm(HEADERS);
    const found = await repair();
    expect(describeLosses(found)).toEqual([
      expect.stringMatching(/^Made anew from their messages: 1 conversations\./),
      'Made anew from its messages: the group of ani, citra, dewi. Its name, picture, rules and links are lost; members are those whom its messages show, each reads from there on, and the first is its owner.',
    ]);
    expect(await group()).toMatchObject({
      members: ['ani', 'citra', 'dewi'],
      lastSeq: 135,
      group: {
        name: { kid: PLACEHOLDER_KID, content: '' },
        members: [
          { userId: 'ani', role: 'owner', fromSeq: 1 },
          { userId: 'citra', role: 'member', fromSeq: 132 },
          { userId: 'dewi', role: 'member', fromSeq: 133 },
        ],
        newcomersRead: 'none',
      },
    });
    expect((await group()).group).not.toHaveProperty('picture');
    expect(await store.invites()).toEqual([]);
    expect((await store.conversationsOf('budi')).map(({ id }) => id)).toEqual([]);
    expect((await write('citra')).seq).toBe(136);
    await store.close();
  });

  it('gives a group whose header is lost the queues of its messages that will expire', async () => {
    await create('ani', 'budi');
    await write('budi');
    await store.transact((tx) => tx.saveExpiry('g', 86_400));
    for (let count = 0; count < 130; count++) await write('budi');
    const { expiring } = await group();
    expect(expiring).toMatchObject([{ afterMs: 86_400_000, from: 3 }]);
    await store.checkpoint('all');
    await store.close();
    await forgetJournal();
    await harm(HEADERS);
    await repair();
    expect(await group()).toMatchObject({ lastSeq: 132, expiring });
    await store.close();
  });

  it('makes an archive whose header is lost an archive again, so that no one writes to it', async () => {
    await store.transact(async (tx) => {
      await tx.saveGroup('g', groupOf([member('ani')], { archive: { source: 'telegram' } }));
      for (let count = 1; count <= 130; count++)
        await tx.appendMessage({ ...message(`i${count}`, 'g', 'ani'), imported: { source: 'telegram' } });
      const { group: now } = (await tx.conversation('g')) as GroupConversation;
      await tx.saveGroup('g', { ...now, archive: { source: 'telegram', rows: 130 } });
    });
    await join('budi');
    await store.checkpoint('all');
    await store.close();
    await forgetJournal();
    await harm(HEADERS);
    const found = await repair();
    expect(await group()).toMatchObject({
      members: ['ani', 'budi'],
      group: { archive: { source: 'telegram', rows: 130 } },
    });
    expect(describeLosses(found).join()).toContain('It stays an archive that can only be read.');
    await store.close();
  });

  it('keeps a group whole whose header is lost of the pages and is in the journal', async () => {
    await create('ani', 'budi', 'citra');
    for (let count = 0; count < 130; count++) await write('budi');
    await store.checkpoint('all');
    await store.close();
    await forgetJournal();
    await open();
    await setPicture();
    await removeMember('ani', 'citra');
    const before = await group();
    await store.close();
    await harm(HEADERS);
    const found = await repair();
    expect(describeLosses(found)).toEqual([
      expect.stringMatching(/^Made anew from their messages: 1 conversations\./),
    ]);
    const { rev: _, ...header } = before;
    expect(await group()).toMatchObject(header);
    expect(await store.messages('g', { limit: 999 })).toHaveLength(before.lastSeq);
  });

  it('does not bring back a deleted group whose header is lost before its messages were erased', async () => {
    await create('ani', 'budi');
    await write('budi');
    await store.checkpoint('all');
    const page = (await disk.read('data/messages/g/0001.json')) ?? Buffer.alloc(0);
    await store.transact((tx) => tx.saveGroup('g', groupOf([])));
    await store.checkpoint('all');
    await store.close();
    await forgetJournal();
    // As it stands when power fails after the pages of headers were written, and before anything was erased.
    await (await disk.open('data/messages/g/0001.json', 'create')).write(page, 0);
    await harm(HEADERS);
    const found = await repair();
    expect(describeLosses(found)).toEqual([
      'Lost: 1 groups of which no member is known. What is left of them is put aside.',
    ]);
    for (const id of PEOPLE) expect(await store.conversationsOf(id)).toEqual([]);
    expect(await disk.read('data/damaged/messages/g/0001.json')).toEqual(page);
    expect(await disk.list('data/messages/g')).toEqual([]);
  });

  it('names a group whose picture is lost, and takes the picture from it', async () => {
    await create('ani', 'budi', 'citra');
    await setPicture();
    await change((members) => [...members, member('dewi', 9)], 'ani', { type: 'added', userIds: ['dewi'] });
    await store.checkpoint('all');
    await store.close();
    await forgetJournal();
    await harm('data/pictures/g.json', (bytes) => Buffer.alloc(bytes.length));
    expect(describeLosses(await repair())).toEqual([
      'Lost: the picture of the group of ani, budi, citra and 1 more.',
    ]);
    expect(await store.picture('g')).toBeUndefined();
    expect((await group()).group).not.toHaveProperty('picture');
  });

  it('ends links of groups that are not there', async () => {
    await store.transact((tx) => tx.saveInvite(link));
    await store.close();
    const found = await repair();
    expect(found.faults).toEqual([
      { path: 'data/invites', offset: 0, what: 'there are links of groups that are not there' },
    ]);
    expect(await store.invites()).toEqual([]);
  });
});

/** Empties the journal, as if all of it were in pages for long. */
async function forgetJournal(): Promise<void> {
  const { state, revision, at } = await scanFolder(disk, 'data');
  const meta = JSON.parse(String(await disk.read('data/meta.json')));
  const newestJournal = meta.newestJournal;
  for (const name of await disk.list('data/journal')) await disk.remove(`data/journal/${name}`);
  const next = {
    ...meta,
    counts: { ...meta.counts, conversations: [...state.conversationStates()].length },
    checkpoint: { revision, at, journal: newestJournal + 1 },
  };
  for (const path of ['data/meta.json', 'data/meta.copy.json']) {
    await (await disk.open(path, 'create')).write(withCodes(path, next), 0);
  }
}

const Step = fc.record({
  kind: fc.constantFrom('write', 'write', 'write', 'add', 'join', 'leave', 'remove'),
  who: fc.nat(),
  other: fc.nat(),
});

it('whatever rows of a group are lost with its header, no one reads of it what they could never read', async () => {
  let rebuilt = 0;
  const property = async (steps: { kind: string; who: number; other: number }[], lost: number[]) => {
    disk = memoryDisk();
    await open();
    await store.transact(async (tx) => {
      for (const id of PEOPLE) await tx.saveAccount(person(id));
    });
    await create('ani', 'budi');
    /** The seqs that each person could read at some time. */
    const couldRead = new Map(PEOPLE.map((id) => [id, new Set<number>()]));
    const noteReadable = async () => {
      const now = await group();
      for (const [id, seqs] of couldRead) {
        for (let seq = fromSeqOf(now, id); seq <= now.lastSeq; seq++) seqs.add(seq);
      }
    };
    for (const { kind, who, other } of steps) {
      await noteReadable();
      const { members } = await group();
      const strangers = PEOPLE.filter((id) => !members.includes(id));
      const actor = members[who % members.length] ?? '';
      const stranger = strangers[other % strangers.length];
      const last = members[1 + (other % (members.length - 1))];
      if (kind === 'write') await write(actor);
      if (kind === 'add' && stranger) await add(actor, stranger);
      if (kind === 'join' && stranger) await join(stranger);
      if (kind === 'leave' && last) await leave(last);
      if (kind === 'remove' && last) await removeMember('ani', last);
    }
    await noteReadable();
    const before = await group();
    const rows = await store.messages('g', { limit: 999 });
    await store.checkpoint('all');
    await store.close();
    await forgetJournal();
    await harm(HEADERS);
    // System rows more often than others: without them it shows least who left.
    const damaged = [...rows.filter(({ event }) => event), ...rows];
    for (const index of lost) {
      const id = damaged[index % damaged.length]?.id ?? '';
      const page = String(await disk.read('data/messages/g/0001.json'));
      if (page.includes(`"id":"${id}"`)) await harm('data/messages/g/0001.json', damageRow(id));
    }
    const found = await scanFolder(disk, 'data');
    const after = found.state.conversation('g');
    if (after?.kind !== 'group') {
      expect(found.conversations.unreadable).toEqual(['g']);
      return;
    }
    expect(before.members).toEqual(expect.arrayContaining(after.members));
    for (const id of after.members) {
      for (let seq = fromSeqOf(after, id); seq <= after.lastSeq; seq++) {
        const isLost = found.lost.get('g')?.includes(seq);
        expect(isLost || couldRead.get(id)?.has(seq), `${id} reads ${seq}`).toBe(true);
      }
    }
    if (lost.length === 0) expect(after.members.toSorted()).toEqual(before.members.toSorted());
    if (after.members.length > 0) rebuilt += 1;
  };
  const steps = fc.array(Step, { minLength: 3, maxLength: 25 });
  await fc.assert(fc.asyncProperty(steps, fc.array(fc.nat(), { maxLength: 8 }), property), { numRuns: 100 });
  expect(rebuilt).toBeGreaterThan(40);
});

describe('memberships', () => {
  const GROUP: GroupConversation = {
    id: 'g',
    kind: 'group',
    members: ['ani', 'budi', 'citra'],
    lastSeq: 0,
    group: {
      ...groupOf([member('ani'), member('budi', 1, 'admin'), member('citra')]),
      name: NAME,
      infoRev: 5,
    },
    rev: 5,
  };
  const stateOf = (departed: Record<Id, number>): State => {
    const state = new State();
    for (const id of GROUP.members) {
      const rev = departed[id];
      state.putAccount({ ...person(id), ...(rev && { departed: [{ conversationId: 'g', rev }] }) });
    }
    state.putHeader(GROUP);
    return state;
  };

  it('a member whose account says later that they left is taken out, and an admin inherits a group without an owner', () => {
    const state = stateOf({ ani: 7 });
    const reported: string[] = [];
    repairMemberships(state, 9, (what) => reported.push(what));
    expect(reported).toEqual(['ani left group g and is a member of it', 'group g has no owner']);
    expect(state.conversation('g')).toMatchObject({
      members: ['budi', 'citra'],
      group: {
        members: [
          { userId: 'budi', role: 'owner' },
          { userId: 'citra', role: 'member' },
        ],
        infoRev: 9,
      },
    });
    expect(state.conversationsOf('ani')).toEqual([]);
  });

  it('a departure from before the group was last changed is forgotten', () => {
    const state = stateOf({ citra: 3 });
    const reported: string[] = [];
    repairMemberships(state, 9, (what) => reported.push(what));
    expect(reported).toHaveLength(1);
    expect(state.account('citra')?.departed).toEqual([]);
    expect(state.conversation('g')).toEqual(GROUP);
  });

  it('a member who left and joined again stays a member, and what they left is remembered', () => {
    const state = stateOf({});
    const departed = [{ conversationId: 'g', rev: 7, rejoined: true as const }];
    state.putAccount({ ...person('citra'), departed });
    const reported: string[] = [];
    repairMemberships(state, 9, (what) => reported.push(what));
    expect(reported).toEqual([]);
    expect(state.account('citra')?.departed).toEqual(departed);
    expect(state.conversation('g')).toEqual(GROUP);
  });
});
