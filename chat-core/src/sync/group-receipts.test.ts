import { expect, test } from 'vitest';
import { DEFAULT_PRIVACY } from '../people/privacy.ts';
import type { Account, GroupConversation, Mark, Store, StoredMessage } from '../storage/store.ts';
import { authorsAffected, leastReceipts } from './group-receipts.ts';

/** Numbers below `n` that are the same in every run. */
function seededRandom(seed: number) {
  let state = seed;
  return (n: number) => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return Math.floor(state / 65536) % n;
  };
}

type Row = Pick<StoredMessage, 'seq' | 'senderId'>;

/** A group with these rows and marks, in a store that has no more. */
function groupOf(accounts: Account[], rows: Row[], marks: Map<string, Mark>, joinedSeq: () => number) {
  const members = accounts.map(({ id }) => ({
    userId: id,
    role: 'member',
    fromSeq: 1,
    joinedSeq: joinedSeq(),
  }));
  const conversation = {
    id: 'g',
    kind: 'group',
    lastSeq: rows.length,
    members: accounts.map(({ id }) => id),
    group: { members },
  } as unknown as GroupConversation;
  const store = {
    account: async (id: string) => accounts.find((one) => one.id === id),
    marksOf: async () => [...marks.values()],
    messages: async (_: string, { before = 0, limit }: { before?: number; limit: number }) =>
      rows.filter(({ seq }) => seq < before).slice(-limit),
  } as unknown as Store;
  return { conversation, store };
}

const accountOf = (id: string, more: { blocked?: string[]; isSilent?: boolean } = {}) =>
  ({
    id,
    blocked: more.blocked ?? [],
    ...(more.isSilent && { profile: { privacy: { ...DEFAULT_PRIVACY, readReceipts: false } } }),
  }) as unknown as Account;

test('every author for whom a receipt completes one of their messages is notified, and none across a block or switched-off receipts', async () => {
  const random = seededRandom(7);
  const missed: unknown[] = [];
  const leaked: unknown[] = [];
  for (let round = 0; round < 4000; round++) {
    const ids = Array.from({ length: 2 + random(4) }, (_, n) => `p${n}`);
    const some = () => ids[random(ids.length)] ?? 'p0';
    const accounts = ids.map((id) =>
      accountOf(id, { blocked: ids.filter((o) => o !== id && !random(8)), isSilent: !random(4) }),
    );
    const rows = Array.from({ length: 1 + random(6) }, (_, n) => ({ seq: n + 1, senderId: some() }));
    const upTo = () => random(rows.length + 1);
    const marks = new Map(
      ids.map((userId) => {
        const delivered = upTo();
        return [userId, { conversationId: 'g', userId, delivered, read: random(delivered + 1) }];
      }),
    );
    const { conversation, store } = groupOf(accounts, rows, marks, () => (random(3) ? 0 : upTo()));
    const userId = some();
    const before = marks.get(userId);
    const known = await Promise.all(ids.map((id) => leastReceipts(store, conversation, id)));
    const delivered = Math.max(before?.delivered ?? 0, upTo());
    const read = Math.max(before?.read ?? 0, random(delivered + 1));
    marks.set(userId, { conversationId: 'g', userId, delivered, read });
    const notified = await authorsAffected(store, conversation, userId, before);
    for (const [index, id] of ids.entries()) {
      const now = await leastReceipts(store, conversation, id);
      const was = known[index] ?? now;
      const isCompleted = rows.some(
        ({ senderId, seq }) =>
          senderId === id &&
          ((seq > was.delivered && seq <= now.delivered) || (seq > was.read && seq <= now.read)),
      );
      const isNotified = notified.includes(id);
      if (id !== userId && isCompleted && !isNotified) missed.push({ round, userId, id });
      const [reader, author] = [userId, id].map((one) => accounts[ids.indexOf(one)]);
      const isAcross = reader?.blocked?.includes(id) || author?.blocked?.includes(userId);
      const isReadOnly = delivered === before?.delivered;
      const isSilent = isReadOnly && (reader?.profile || author?.profile);
      if (isNotified && (isAcross || isSilent)) leaked.push({ round, userId, id });
    }
  }
  expect([missed.slice(0, 3), leaked.slice(0, 3)]).toEqual([[], []]);
});

test('when a member catches up with more messages than are looked through, all other members are notified', async () => {
  const accounts = ['ani', 'budi', 'citra'].map((id) => accountOf(id));
  const rows = Array.from({ length: 500 }, (_, n) => ({ seq: n + 1, senderId: n === 0 ? 'ani' : 'citra' }));
  const marks = new Map(
    accounts.map(({ id }) => [id, { conversationId: 'g', userId: id, delivered: 500, read: 0 }]),
  );
  const { conversation, store } = groupOf(accounts, rows, marks, () => 0);
  expect(await authorsAffected(store, conversation, 'budi', undefined)).toEqual(['ani', 'citra']);
});
