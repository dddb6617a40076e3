import { withoutControls } from '../messages/text.ts';
import { type Account, foldName, pairKey, type Store } from '../storage/store.ts';
import type { Id } from '../wire.ts';
import { type Legacy, readLegacy } from './legacy.ts';
import { freeName } from './names.ts';
import { type PlannedFriendships, planFriendships, planLists } from './plan-people.ts';
import { type SeedFile, type SeedRow, type SeedUser, toId } from './seed-file.ts';

/** A row to bring in: text to seal, or something sealed to keep as it is, or to open and seal anew. */
export type PlannedRow = { row: SeedRow } & (
  | { text: string }
  | { keep: { v: 1; kid: string; content: string } }
  | { reseal: { v: 1; kid: string; content: string; conversationId: Id } }
);

export type PlannedConversation = { id: Id; members: [Id, Id]; rows: PlannedRow[] };

export type Fate = 'sealed' | 'opened' | 'kept' | 'locked' | 'there' | 'stray' | 'long';

/** All an import would do; nothing of it is done yet. */
export type Plan = PlannedFriendships & {
  accounts: Account[];
  knownUsers: number;
  renamed: { from: string; to: string }[];
  conversations: PlannedConversation[];
  rows: Record<Fate, number>;
  unreadable: SeedFile['unreadable'];
};

/** No key of a keyring has this name, so that such a row opens to locked, by the way of every row. */
export const LEGACY_KID = 'legacy';
/** What cipher-service seals at most (its wire.ts). */
const MOST_BYTES = 16 * 1024;

/** Looks at a file and at what is here already, by ids. `legacyKey` opens the original's ciphertext. */
export async function planImport(file: SeedFile, store: Store, legacyKey: Buffer | undefined): Promise<Plan> {
  const { accounts, knownUsers, renamed } = await planAccounts(file.users, store);
  const names = new Map(file.users.map(({ id, username }) => [id, username]));
  const exists = async (id: Id) => names.has(id) || (await store.account(id)) !== undefined;

  const { friendships, dropped } = await planFriendships(file.users, store);
  const rows: Plan['rows'] = { sealed: 0, opened: 0, kept: 0, locked: 0, there: 0, stray: 0, long: 0 };
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
    for (const row of inOrder(withOwnIds(all))) {
      const { fate, plan } = there.has(row.id) ? { fate: 'there' as const } : planRow(row, id, legacyKey);
      rows[fate] += 1;
      if (plan) planned.push(plan);
    }
    if (planned.length > 0) {
      conversations.push({ id, members: [first.senderId, first.receiverId], rows: planned });
    }
  }
  return {
    accounts,
    knownUsers,
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
): Promise<Pick<Plan, 'accounts' | 'knownUsers' | 'renamed'>> {
  const accounts = new Map<Id, Account>();
  const renamed: Plan['renamed'] = [];
  const distinct = [...new Map(users.toReversed().map((user) => [user.id, user])).values()].reverse();
  const fresh: SeedUser[] = [];
  const taken = new Set<string>();
  for (const user of distinct) {
    if (await store.account(user.id)) continue;
    fresh.push(user);
    const holder = await store.accountByName(user.username);
    if (holder) taken.add(foldName(user.username));
  }
  const newcomers = new Map(fresh.map((user) => [user.id, user]));
  for (const user of fresh) {
    const { id, username, password, formerName } = user;
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
    accounts.set(id, { ...account, ...(former !== undefined && { formerName: former }) });
  }
  return { accounts: [...accounts.values()], knownUsers: distinct.length - fresh.length, renamed };
}

/** The pair's conversation: the one here, else the one the file names, else one made of the pair. */
async function findConversation(
  store: Store,
  key: string,
  row: SeedRow,
  used: ReadonlySet<Id>,
): Promise<{ id: Id; there: Set<Id> }> {
  const known = await store.directBetween(row.senderId, row.receiverId);
  const there = new Set<Id>();
  if (!known) {
    const named = row.conversationId;
    const isId = named !== undefined && toId('conversation', named) === named;
    const isFree = isId && !used.has(named) && !(await store.conversation(named));
    return { id: isFree ? named : toId('conversation', key), there };
  }
  for (let before = known.lastSeq + 1; before > 1; before -= 200) {
    for (const { id } of await store.messages(known.id, { before, limit: 200 })) there.add(id);
  }
  return { id: known.id, there };
}

/** Of rows with one id the first keeps it; one that says something else gets an id of its own. */
function withOwnIds(rows: SeedRow[]): SeedRow[] {
  const seen = new Map<Id, string>();
  const kept: SeedRow[] = [];
  for (const row of rows) {
    const what = JSON.stringify([row.senderId, row.timestamp, row.content]);
    const id = seen.has(row.id) ? toId('message', `${row.id} ${what}`) : row.id;
    if (seen.get(row.id) === what || seen.get(id) === what) continue;
    seen.set(id, what);
    kept.push({ ...row, id });
  }
  return kept;
}

/** By seq where a Bisik gave one to all, else by time; rows of one time stay as they stand in the file. */
function inOrder(rows: SeedRow[]): SeedRow[] {
  const numbered = rows.every(({ seq }) => seq !== undefined);
  return rows.toSorted((a, b) => (numbered ? (a.seq ?? 0) - (b.seq ?? 0) : a.timestamp - b.timestamp));
}

function planRow(
  row: SeedRow,
  conversationId: Id,
  key: Buffer | undefined,
): { fate: Fate; plan?: PlannedRow } {
  const { content, sealed } = row;
  if (sealed && !row.readable) {
    const { v, kid } = sealed;
    const boundTo = row.conversationId ?? conversationId;
    return boundTo === conversationId
      ? { fate: 'kept', plan: { row, keep: { v, kid, content } } }
      : { fate: 'opened', plan: { row, reseal: { v, kid, content, conversationId: boundTo } } };
  }
  const read: Legacy = row.readable
    ? { fate: 'plain', text: withoutControls(content) }
    : readLegacy(content, key);
  if (read.fate === 'locked') {
    return { fate: 'locked', plan: { row, keep: { v: 1, kid: LEGACY_KID, content } } };
  }
  if (Buffer.byteLength(read.text) > MOST_BYTES) return { fate: 'long' };
  return { fate: read.fate === 'plain' ? 'sealed' : 'opened', plan: { row, text: read.text } };
}
