import fc from 'fast-check';
import { expect, it } from 'vitest';
import { openMemoryStore } from '../storage/lowdb/lowdb-store.ts';
import type { GroupConversation } from '../storage/store.ts';
import { DEFAULT_PERMISSIONS } from '../wire/groups.ts';
import { EphemeralChanges } from './ephemeral.ts';
import { Receipts } from './receipts.ts';

const PEOPLE = ['a', 'b', 'c', 'd'] as const;
const ID = 'group';
const person = fc.constantFrom(...PEOPLE);

type Step = { who: string; what: 'write' | 'receive' | 'read' | 'join'; back: number };
const step: fc.Arbitrary<Step> = fc.record({
  who: person,
  what: fc.constantFrom('write', 'write', 'receive', 'read', 'read', 'join'),
  back: fc.nat({ max: 3 }),
});

/** A group of the first three, in which some hide their receipts and some have blocked others. */
async function createGroup(silent: string[], blocks: [string, string][]) {
  const store = await openMemoryStore();
  const sealed = { v: 1 as const, kid: '', content: '' };
  const member = (userId: string, joinedSeq = 0) => ({
    userId,
    role: 'owner' as const,
    fromSeq: 1,
    joinedSeq,
  });
  const group = {
    edit: 1,
    name: { ...sealed, edit: 1 },
    members: PEOPLE.slice(0, 3).map((one) => member(one)),
    permissions: DEFAULT_PERMISSIONS,
    newcomersRead: 'all' as const,
  };
  await store.transact(async (tx) => {
    for (const id of PEOPLE) {
      const blocked = blocks.flatMap(([by, other]) => (by === id && other !== id ? [other] : []));
      await tx.saveAccount({
        id,
        username: `user-${id}`,
        password: '',
        contacts: [],
        tokenVersion: 0,
        devices: [],
        blocked,
      });
      const readReceipts = !silent.includes(id);
      const privacy = { lastSeen: 'contacts' as const, typing: 'contacts' as const, readReceipts };
      await tx.saveProfile(id, { edit: 0, privacy }, { isShown: false });
    }
    await tx.saveGroup(ID, group);
  });
  let n = 0;
  return {
    store,
    current: async () => (await store.conversation(ID)) as GroupConversation,
    write: (senderId: string) =>
      store.transact((tx) =>
        tx.appendMessage({ ...sealed, id: `m${n++}`, conversationId: ID, senderId, timestamp: 0 }),
      ),
    join: (userId: string) =>
      store.transact(async (tx) => {
        const now = (await tx.conversation(ID)) as GroupConversation;
        await tx.saveGroup(ID, {
          ...now.group,
          members: [...now.group.members, member(userId, now.lastSeq)],
        });
      }),
  };
}

it('an author is notified whenever the ticks of one of their messages change, and gets them with the next delta', async () => {
  const pair = fc.tuple(person, person);
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(person, { maxLength: 3 }),
      fc.array(pair, { maxLength: 2 }),
      fc.array(step, { maxLength: 30 }),
      async (silent, blocks, steps) => {
        const { store, current, write, join } = await createGroup(silent, blocks);
        const ephemeral = new EphemeralChanges();
        const receipts = new Receipts(store, ephemeral);
        const seqs = new Map<string, number[]>();
        /** The ticks of each person's messages, and the numbers from which they follow. */
        const ticks = async () => {
          const conversation = await current();
          return Promise.all(
            conversation.members.map(async (id) => {
              const [got] = await receipts.groupReceiptsSince([conversation], id, -1, -1);
              const { delivered = 0, read = 0 } = got ?? {};
              const own = (seqs.get(id) ?? []).map((seq) => [seq <= delivered, seq <= read]);
              return { id, delivered, read, own: JSON.stringify(own) };
            }),
          );
        };
        for (const { who, what, back } of steps) {
          const { members, lastSeq } = await current();
          if (what === 'join' && !members.includes(who)) await join(who);
          if (!members.includes(who) || what === 'join') continue;
          if (what === 'write') {
            const { seq } = await write(who);
            seqs.set(who, [...(seqs.get(who) ?? []), seq]);
            continue;
          }
          const before = await ticks();
          const { n } = ephemeral.now();
          const seq = Math.max(1, lastSeq - back);
          if (lastSeq === 0) continue;
          if (what === 'read') await receipts.markRead(who, { conversationId: ID, seq });
          else await receipts.recordDelivered(who, store.revision());
          const { rev } = await current();
          for (const [index, after] of (await ticks()).entries()) {
            if (after.own === before[index]?.own) continue;
            expect(ephemeral.newestFor(after.id)).toBeGreaterThan(n);
            const shown = await receipts.groupReceiptsSince([await current()], after.id, rev, n);
            expect(shown).toEqual([{ conversationId: ID, delivered: after.delivered, read: after.read }]);
          }
        }
        await store.close();
      },
    ),
    { numRuns: 60, seed: 7 },
  );
});

it('a message that all but one have received notifies no one', async () => {
  const { store, write } = await createGroup([], []);
  const ephemeral = new EphemeralChanges();
  const receipts = new Receipts(store, ephemeral);
  await write('a');
  await receipts.recordDelivered('b', store.revision());
  expect(ephemeral.now().n).toBe(0);
  await receipts.recordDelivered('c', store.revision());
  expect([ephemeral.newestFor('a'), ephemeral.newestFor('b')]).toEqual([1, 0]);
  await store.close();
});

it('no author is notified of what a member shows no one, nor across a block', async () => {
  const cases: [string[], [string, string][]][] = [
    [['c'], []],
    [['a'], []],
    [[], [['c', 'a']]],
    [[], [['a', 'c']]],
  ];
  for (const [silent, blocks] of cases) {
    const { store, write } = await createGroup(silent, blocks);
    const ephemeral = new EphemeralChanges();
    const receipts = new Receipts(store, ephemeral);
    await write('a');
    for (const who of ['b', ...(blocks.length > 0 ? [] : ['c'])])
      await receipts.recordDelivered(who, store.revision());
    await receipts.markRead('b', { conversationId: ID, seq: 1 });
    const n = ephemeral.newestFor('a');
    await receipts.markRead('c', { conversationId: ID, seq: 1 });
    expect(ephemeral.newestFor('a')).toBe(n);
    await store.close();
  }
});

it('when a member catches up with more messages than are looked through, all other members are notified', async () => {
  const { store, write } = await createGroup([], []);
  const ephemeral = new EphemeralChanges();
  const receipts = new Receipts(store, ephemeral);
  await write('a');
  for (let n = 0; n < 250; n++) await write('b');
  await receipts.recordDelivered('c', store.revision());
  const n = ephemeral.newestFor('a');
  await receipts.recordDelivered('b', store.revision());
  expect(ephemeral.newestFor('a')).toBeGreaterThan(n);
  await store.close();
});

it('what is in memory of deleted groups is forgotten', async () => {
  const { store, current } = await createGroup([], []);
  const receipts = new Receipts(store, new EphemeralChanges());
  const { group } = await current();
  const ids = Array.from({ length: 999 }, (_, n) => `g${n}`);
  const sealed = { v: 1 as const, kid: '', content: '' };
  await store.transact(async (tx) => {
    for (const id of [ID, ...ids]) {
      await tx.saveGroup(id, group);
      await tx.appendMessage({ ...sealed, id: 'm', conversationId: id, senderId: 'a', timestamp: 0 });
    }
  });
  for (const id of ids) await receipts.markRead('b', { conversationId: id, seq: 1 });
  expect(receipts.size).toBe(999);
  await store.transact(async (tx) => {
    for (const id of ids) await tx.saveGroup(id, { ...group, members: [] });
  });
  await receipts.markRead('b', { conversationId: ID, seq: 1 });
  expect(receipts.size).toBe(1);
  await store.close();
});
