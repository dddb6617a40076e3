import { toId } from '../../storage/foreign-ids.ts';
import { pairKey, type Store } from '../../storage/store.ts';
import type { Id } from '../../wire/wire.ts';
import { type PlannedAllSettings, planSettings, type SeedTarget } from '../export-settings/plan-settings.ts';
import { existingIn } from './existing-messages.ts';
import {
  type PlannedAccounts,
  type PlannedFriendships,
  planAccounts,
  planFriendships,
} from './import-plan-accounts.ts';
import { type PlannedGroups, planGroups } from './import-plan-groups.ts';
import {
  idsBySeq,
  inOrder,
  type PlannedRow,
  planRow,
  type RowOutcome,
  seqKey,
  withUniqueIds,
} from './import-plan-rows.ts';
import type { SeedFile, SeedRow } from './seed-file.ts';

/** What a conversation gets; `existing` are the messages it has already, each one's seq by its id. */
export type PlannedConversation = {
  id: Id;
  members: [Id, Id];
  rows: PlannedRow[];
  existing: ReadonlyMap<Id, number>;
};

/** Everything an import will do. */
export type Plan = PlannedAccounts &
  PlannedFriendships &
  PlannedGroups &
  PlannedAllSettings & {
    /** Messages that had the id of another. */
    sharedIds: number;
    guessedTimes: number;
    badTimes: string[];
    conversations: PlannedConversation[];
    rows: Record<RowOutcome, number>;
    unreadable: SeedFile['unreadable'];
  };

/** Compares a file with the store by ids, and changes nothing. `legacyKey` opens the original's ciphertext. */
export async function planImport(file: SeedFile, store: Store, legacyKey: Buffer | undefined): Promise<Plan> {
  const accounts = await planAccounts(file.users, store);
  const idsInFile = new Set(file.users.map(({ id }) => id));
  const exists = async (id: Id) => idsInFile.has(id) || (await store.account(id)) !== undefined;

  const friendships = await planFriendships(file.users, store);
  const rows: Plan['rows'] = {
    sealed: 0,
    opened: 0,
    unchanged: 0,
    locked: 0,
    deleted: 0,
    event: 0,
    existing: 0,
    repeated: 0,
    unknownUser: 0,
    expired: 0,
    tooLong: 0,
  };
  let sharedIds = 0;
  const conversations: PlannedConversation[] = [];
  const used = new Set<Id>();
  const now = store.time.now();
  const targets = new Map<string, SeedTarget>();
  const byPair = new Map<string, SeedTarget>();
  const direct = file.rows.flatMap(({ receiverId, ...row }) =>
    receiverId === undefined ? [] : [{ ...row, receiverId }],
  );
  for (const [key, all] of Map.groupBy(direct, (row) => pairKey(row.senderId, row.receiverId))) {
    const [first] = all;
    if (!first || !(await exists(first.senderId)) || !(await exists(first.receiverId))) {
      rows.unknownUser += all.length;
      continue;
    }
    const { id, existing } = await findConversation(store, key, first, used);
    used.add(id);
    const planned: PlannedRow[] = [];
    const unique = withUniqueIds(all);
    rows.repeated += all.length - unique.length;
    const ids = new Set(all.map((row) => row.id));
    sharedIds += unique.filter((row) => !ids.has(row.id)).length;
    const isFromFile = unique.filter((row) => existing.has(row.id)).length === existing.size;
    byPair.set(key, { id, isFromFile });
    if (first.conversationId !== undefined) targets.set(first.conversationId, { id, isFromFile });
    const answered = idsBySeq(unique);
    for (const row of inOrder(unique)) {
      const { outcome, plan } = existing.has(row.id)
        ? { outcome: 'existing' as const }
        : planRow(row, id, now, legacyKey);
      rows[outcome] += 1;
      const answers = answered.get(seqKey(row, row.replyTo));
      if (plan) planned.push({ ...plan, ...(answers !== undefined && { answers }) });
    }
    if (planned.length > 0) {
      conversations.push({ id, members: [first.senderId, first.receiverId], rows: planned, existing });
    }
  }
  const planned = new Set(conversations.map(({ id }) => id));
  for (const { id: conversationId, members } of file.directs) {
    const [senderId, receiverId] = members;
    if (!(await exists(senderId)) || !(await exists(receiverId))) continue;
    const key = pairKey(senderId, receiverId);
    const found =
      byPair.get(key) ?? (await findDirect(store, key, { senderId, receiverId, conversationId }, used));
    used.add(found.id);
    byPair.set(key, found);
    targets.set(conversationId, found);
    if (!planned.has(found.id) && !(await store.conversation(found.id)))
      conversations.push({ id: found.id, members, rows: [], existing: new Map() });
    planned.add(found.id);
  }
  const { targets: groupTargets, ...groups } = await planGroups(file, store, exists, used, rows);
  for (const [named, target] of groupTargets) targets.set(named, target);
  return {
    ...accounts,
    ...friendships,
    ...groups,
    ...(await planSettings(file, store, accounts.accounts, targets)),
    sharedIds,
    guessedTimes: file.rows.filter((row) => row.isTimeGuessed).length,
    badTimes: file.badTimes,
    conversations,
    rows,
    unreadable: file.unreadable,
  };
}

/** A pair's conversation of which the file has no message. */
async function findDirect(...of: Parameters<typeof findConversation>): Promise<SeedTarget> {
  const { id, existing } = await findConversation(...of);
  return { id, isFromFile: existing.size === 0 };
}

/** The pair's conversation: the existing one, else the one the file names, else one derived from the pair. */
async function findConversation(
  store: Store,
  key: string,
  row: Pick<SeedRow, 'senderId' | 'conversationId'> & { receiverId: Id },
  used: ReadonlySet<Id>,
): Promise<{ id: Id; existing: Map<Id, number> }> {
  const known = await store.directBetween(row.senderId, row.receiverId);
  if (!known) {
    const named = row.conversationId;
    const isId = named !== undefined && toId('conversation', named) === named;
    const isFree = isId && !used.has(named) && !(await store.conversation(named));
    return { id: isFree ? named : toId('conversation', key), existing: new Map() };
  }
  return { id: known.id, existing: await existingIn(store, known.id, known.lastSeq) };
}
