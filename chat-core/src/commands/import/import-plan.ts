import { type Account, foldName, pairKey, type Store } from '../../storage/store.ts';
import type { Id } from '../../wire/wire.ts';
import { freeName } from './free-username.ts';
import { type PlannedFriendships, planFriendships, planLists } from './import-plan-people.ts';
import {
  type Fate,
  idsByPlace,
  inOrder,
  type PlannedRow,
  placeOf,
  planRow,
  withOwnIds,
} from './import-plan-rows.ts';
import { type SeedFile, type SeedRow, type SeedUser, toId } from './seed-file.ts';

/** What a conversation gets; `there` is what it has already, each message's seq by its id. */
export type PlannedConversation = {
  id: Id;
  members: [Id, Id];
  rows: PlannedRow[];
  there: ReadonlyMap<Id, number>;
};

/** All an import would do; nothing of it is done yet. */
export type Plan = PlannedFriendships & {
  accounts: Account[];
  knownUsers: number;
  /** Accounts of an earlier import whose password also logs in as the other program took it from now on. */
  toMark: Id[];
  /** Users that have the id of one before them. */
  duplicates: string[];
  /** Messages that had the id of another. */
  sharedIds: number;
  guessedTimes: number;
  badTimes: string[];
  renamed: { from: string; to: string }[];
  conversations: PlannedConversation[];
  rows: Record<Fate, number>;
  unreadable: SeedFile['unreadable'];
};

/** Looks at a file and at what is here already, by ids. `legacyKey` opens the original's ciphertext. */
export async function planImport(file: SeedFile, store: Store, legacyKey: Buffer | undefined): Promise<Plan> {
  const { accounts, knownUsers, renamed, toMark, duplicates } = await planAccounts(file.users, store);
  const names = new Map(file.users.map(({ id, username }) => [id, username]));
  const exists = async (id: Id) => names.has(id) || (await store.account(id)) !== undefined;

  const { friendships, dropped } = await planFriendships(file.users, store);
  const rows = {
    sealed: 0,
    opened: 0,
    kept: 0,
    locked: 0,
    deleted: 0,
    there: 0,
    repeated: 0,
    stray: 0,
    long: 0,
  };
  let sharedIds = 0;
  const conversations: PlannedConversation[] = [];
  const used = new Set<Id>();
  for (const [key, all] of Map.groupBy(file.rows, (row) => pairKey(row.senderId, row.receiverId))) {
    const [first] = all;
    if (!first || !(await exists(first.senderId)) || !(await exists(first.receiverId))) {
      rows.stray += all.length;
      continue;
    }
    const { id, there } = await findConversation(store, key, first, used);
    used.add(id);
    const planned: PlannedRow[] = [];
    const own = withOwnIds(all);
    rows.repeated += all.length - own.length;
    const ids = new Set(all.map((row) => row.id));
    sharedIds += own.filter((row) => !ids.has(row.id)).length;
    const answered = idsByPlace(own);
    for (const row of inOrder(own)) {
      const { fate, plan } = there.has(row.id) ? { fate: 'there' as const } : planRow(row, id, legacyKey);
      rows[fate] += 1;
      const answers = answered.get(placeOf(row, row.replyTo));
      if (plan) planned.push({ ...plan, ...(answers !== undefined && { answers }) });
    }
    if (planned.length > 0) {
      conversations.push({ id, members: [first.senderId, first.receiverId], rows: planned, there });
    }
  }
  return {
    accounts,
    knownUsers,
    toMark,
    duplicates,
    sharedIds,
    guessedTimes: file.rows.filter((row) => row.isTimeGuessed).length,
    badTimes: file.badTimes,
    renamed,
    friendships,
    dropped,
    conversations,
    rows,
    unreadable: file.unreadable,
  };
}

/** Names that break today's rule or are taken get another; the first of two in the file keeps its own. */
async function planAccounts(
  users: SeedUser[],
  store: Store,
): Promise<Pick<Plan, 'accounts' | 'knownUsers' | 'renamed' | 'toMark' | 'duplicates'>> {
  const accounts = new Map<Id, Account>();
  const renamed: Plan['renamed'] = [];
  const distinct = [...new Map(users.toReversed().map((user) => [user.id, user])).values()].reverse();
  const first = new Set(distinct);
  const duplicates = users.filter((user) => !first.has(user)).map(({ username }) => username);
  const toMark: Id[] = [];
  const fresh: SeedUser[] = [];
  const taken = new Set<string>();
  for (const user of distinct) {
    const known = await store.account(user.id);
    const isOfImport = known?.password === user.password && user.rawPassword && !known.rawPassword;
    if (isOfImport) toMark.push(user.id);
    if (known) continue;
    fresh.push(user);
    const holder = await store.accountByName(user.username);
    if (holder) taken.add(foldName(user.username));
  }
  const newcomers = new Map(fresh.map((user) => [user.id, user]));
  for (const user of fresh) {
    const { id, username, password, rawPassword, formerName } = user;
    let name = freeName(username, (folded) => taken.has(folded));
    while (await store.accountByName(name)) {
      taken.add(foldName(name));
      name = freeName(username, (folded) => taken.has(folded));
    }
    taken.add(foldName(name));
    const former = name === username.normalize('NFKC') ? formerName : username;
    if (name !== username.normalize('NFKC')) renamed.push({ from: username, to: name });
    const lists = await planLists(user, newcomers, store);
    const account = { id, username: name, password, contacts: [], ...lists, tokenVersion: 0, devices: [] };
    accounts.set(id, {
      ...account,
      ...(rawPassword && { rawPassword }),
      ...(former !== undefined && { formerName: former }),
    });
  }
  const knownUsers = distinct.length - fresh.length;
  return { accounts: [...accounts.values()], knownUsers, renamed, toMark, duplicates };
}

/** The pair's conversation: the one here, else the one the file names, else one made of the pair. */
async function findConversation(
  store: Store,
  key: string,
  row: SeedRow,
  used: ReadonlySet<Id>,
): Promise<{ id: Id; there: Map<Id, number> }> {
  const known = await store.directBetween(row.senderId, row.receiverId);
  const there = new Map<Id, number>();
  if (!known) {
    const named = row.conversationId;
    const isId = named !== undefined && toId('conversation', named) === named;
    const isFree = isId && !used.has(named) && !(await store.conversation(named));
    return { id: isFree ? named : toId('conversation', key), there };
  }
  for (let before = known.lastSeq + 1; before > 1; before -= 200) {
    for (const { id, seq } of await store.messages(known.id, { before, limit: 200 })) there.set(id, seq);
  }
  return { id: known.id, there };
}
