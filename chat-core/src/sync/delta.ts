import type { Cipher } from '../cipher/cipher.ts';
import { listBlocked } from '../friends/blocking.ts';
import { listRequests } from '../friends/friends.ts';
import { type Groups, hasInfoChanged } from '../groups/group-info.ts';
import type { PageBudgetOf, ReadSlots } from '../http/load-shedding/read-slots.ts';
import { openMessagesFor } from '../messages/message.ts';
import { pinnedFor } from '../messages/pin.ts';
import type { Profiles } from '../people/public-profile.ts';
import type { Presence } from '../presence/presence.ts';
import type { Typing } from '../presence/typing.ts';
import {
  type Account,
  type Conversation,
  isOpenArchive,
  MAX_DEPARTED,
  type MessageChange,
  type PageBudget,
  type Store,
  type StoredMessage,
} from '../storage/store.ts';
import type * as wire from '../wire/wire.ts';
import { type Cursor, writeCursor } from './cursor.ts';
import type { EphemeralChanges } from './ephemeral.ts';
import { newestVisible } from './newest-visible.ts';
import type { Receipts } from './receipts.ts';

/** Messages in one delta; the client polls for the rest at once. */
const MAX_MESSAGES = 200;
/**
 * A client that is further behind gets the whole state: the newest message of each conversation; it reads the rest as
 * history when a conversation is opened.
 */
const MAX_BEHIND = 1000;

/** The request that waits for a delta; its signal is created when it is read, which an idle poll does not. */
export type Call = { readonly signal: AbortSignal };

/** A delta without the interval until the next poll. */
export type DeltaBody = Omit<wire.Delta, 'pollAfterMs'>;

export type DeltaDeps = {
  store: Store;
  cipher: Cipher;
  profiles: Profiles;
  groups: Groups;
  ephemeral: EphemeralChanges;
  receipts: Receipts;
  typing: Typing;
  presence: Presence;
  /** Counts that a person loads their whole state. @throws ApiError TOO_MANY_REQUESTS */
  countLoad(userId: wire.Id): void;
  readSlots: ReadSlots;
  pageBudgetOf: PageBudgetOf;
};

/**
 * Builds the delta since a cursor, or the whole state without one. The position is read before the rows: what is
 * committed meanwhile may be delivered twice and is never missed.
 * @throws ApiError CIPHER_UNAVAILABLE
 */
export async function buildDelta(
  deps: DeltaDeps,
  userId: wire.Id,
  from: Cursor | undefined,
  call: Call,
): Promise<DeltaBody> {
  const { store, ephemeral } = deps;
  const position = { revision: store.revision(), ephemeral: ephemeral.now() };
  const since = from?.revision ?? -1;
  // Half a delta is of no use: what it reads counts, and the budget is asked before the next one (ReadSlots).
  const { count } = deps.pageBudgetOf(userId);
  const budget: PageBudget = { count };
  const page = { limit: MAX_MESSAGES + 1, max: MAX_BEHIND, budget };
  const found: MessageChange[] | undefined = from ? await store.changedMessages(userId, since, page) : [];
  const account = await store.account(userId);
  const departed = from ? departedSince(account, since) : [];
  if (!found || !departed) {
    deps.countLoad(userId);
    return buildDelta(deps, userId, undefined, call);
  }
  const { rows, upTo } = wholeCommits(found, position.revision);

  const all = (await store.conversationsOf(userId)).filter((one) => !isOpenArchive(one));
  const changed = all.filter(({ rev }) => rev > since);
  const sinceN = from ? ephemeral.since(from.ephemeral) : -1;
  const raised = await receiptsSince(deps, userId, all, sinceN);
  const read = new Set(raised.filter((one) => one.userId === userId).map((one) => one.conversationId));
  const included = all.filter(({ id, rev }) => rev > since || read.has(id));
  const [people, { messages, lasts, newestRev }, details] = await Promise.all([
    peopleSince(deps, userId, changed, since),
    openTexts(deps, userId, rows, changed, call.signal),
    Promise.all(included.map((one) => openDetails(deps, userId, one, since))),
  ]);
  const conversations = await Promise.all(
    included.map((one, index) =>
      toWireConversation(deps, userId, one, details[index] ?? {}, lasts.get(one.id), budget),
    ),
  );
  const groupReceipts = await deps.receipts.groupReceiptsSince(all, userId, since, sinceN);
  // Read last, so that a block or a privacy change during the opening of texts counts.
  const { contacts = [] } = (await store.account(userId)) ?? {};
  const marks = raised.filter((one) => one.userId === userId || contacts.includes(one.userId));
  const newFriends = new Set(people.friends?.map(({ id }) => id));
  const presence = await deps.presence.since(userId, sinceN, newFriends);
  const typing = await deps.typing.since(userId, all, sinceN);
  // A row may be of a commit that this process has not seen, and of an epoch that it does not know.
  if (newestRev > store.revision()) await store.catchUp?.();

  return {
    // A new epoch has the history up to the position, or this process would have ended.
    cursor: writeCursor({
      ...position,
      epoch: store.epoch,
      revision: upTo,
      seen: Math.max(store.revision(), newestRev),
    }),
    ...(!from && { reset: true }),
    ...(upTo < position.revision && { more: true }),
    ...people,
    ...goneSince(people.gone, departed),
    ...((!from || conversations.length > 0) && { conversations }),
    ...(messages.length > 0 && { messages }),
    ...(marks.length > 0 && { marks }),
    ...(groupReceipts.length > 0 && { groupReceipts }),
    ...(typing.length > 0 && { typing }),
    ...(presence.length > 0 && { presence }),
  };
}

/** As many rows as fit into one delta, never part of a commit, and the revision that they reach. */
function wholeCommits(found: MessageChange[], revision: number): { rows: StoredMessage[]; upTo: number } {
  const overflow = found[MAX_MESSAGES];
  const whole = overflow ? found.filter(({ rev }) => rev < overflow.rev) : found;
  const upTo = overflow ? Math.min(overflow.rev - 1, revision) : revision;
  return { rows: whole.map(({ message }) => message), upTo };
}

async function receiptsSince(
  { receipts }: DeltaDeps,
  userId: wire.Id,
  all: Conversation[],
  sinceN: number,
): Promise<wire.Receipt[]> {
  const raised = await Promise.all(all.map((conversation) => receipts.since(conversation, userId, sinceN)));
  return raised.flat();
}

/**
 * What changed of a person, their friends, requests and blocks after a revision, -1 for all. `changed` are their
 * conversations that changed since: a friendship that began or ended changes its conversation, and the contacts have
 * its current state. A friend's own row has the revision at which they changed what others see of them.
 * @throws ApiError CIPHER_UNAVAILABLE
 */
async function peopleSince(
  { store, profiles }: DeltaDeps,
  userId: wire.Id,
  changed: Conversation[],
  since: number,
): Promise<Pick<wire.Delta, 'me' | 'friends' | 'gone' | 'requests' | 'blocked'>> {
  const { contacts = [], peopleRev = 0, profile } = (await store.account(userId)) ?? {};
  const isAll = since < 0;
  const others = changed
    .filter((one) => one.kind === 'direct' && Math.max(one.befriendedRev, one.unfriendedRev ?? 0) > since)
    .flatMap(({ members }) => members.filter((id) => id !== userId));
  const changedFriends = new Set(others.filter((id) => contacts.includes(id)));
  for (const id of contacts) {
    if (((await store.account(id))?.profile?.shownRev ?? -1) > since) changedFriends.add(id);
  }
  const formerFriends = isAll ? [] : others.filter((id) => !contacts.includes(id));
  const [me, friends] = await Promise.all([
    isAll || (profile?.rev ?? 0) > since ? profiles.me(userId) : undefined,
    Promise.all([...changedFriends].map((id) => profiles.visibleTo(userId, id))),
  ]);
  return {
    ...(me && { me }),
    ...((isAll || friends.length > 0) && { friends }),
    ...(formerFriends.length > 0 && { gone: { friends: formerFriends } }),
    ...(peopleRev > since && {
      requests: await listRequests(store, userId),
      blocked: await listBlocked(store, userId),
    }),
  };
}

/**
 * Groups that a person left after a revision, also those they joined again since; undefined when some of them are not
 * remembered any more.
 */
function departedSince(
  { departed = [] }: Pick<Account, 'departed'> = {},
  since: number,
): wire.Id[] | undefined {
  const found = departed.filter(({ rev }) => rev > since);
  return found.length < MAX_DEPARTED ? found.map(({ conversationId }) => conversationId) : undefined;
}

function goneSince(gone: wire.Delta['gone'], departed: wire.Id[]): Pick<wire.Delta, 'gone'> {
  return departed.length > 0 ? { gone: { ...gone, conversations: departed } } : {};
}

/**
 * The rows as this person reads them, and the newest visible message of each changed conversation unless it is among
 * the rows: one cipher call. `newestRev`: the newest commit that any of them is of.
 */
async function openTexts(
  deps: DeltaDeps,
  userId: wire.Id,
  rows: StoredMessage[],
  changed: Conversation[],
  signal: AbortSignal,
): Promise<{ messages: wire.Message[]; lasts: Map<wire.Id, wire.Message>; newestRev: number }> {
  const included = new Set(rows.map(keyOf));
  const newest = await Promise.all(
    changed.map((conversation) => newestVisible(deps.store, userId, conversation)),
  );
  const others = newest.filter((row) => row !== undefined).filter((row) => !included.has(keyOf(row)));
  const all = [...rows, ...others];
  const opened = await openMessagesFor(deps, userId, all, signal);
  const lasts = opened.slice(rows.length).map((message) => [message.conversationId, message] as const);
  const newestRev = all.reduce((newest, { rev, changedRev = rev }) => Math.max(newest, changedRev), 0);
  return { messages: opened.slice(0, rows.length), lasts: new Map(lasts), newestRev };
}

const keyOf = ({ conversationId, seq }: StoredMessage) => `${conversationId} ${seq}`;

/** What had to be opened of a conversation: the people of a direct one, a group where it changed. */
type Details = { members?: wire.Member[]; group?: wire.GroupInfo };

async function openDetails(
  { profiles, groups }: DeltaDeps,
  userId: wire.Id,
  conversation: Conversation,
  since: number,
): Promise<Details> {
  if (conversation.kind === 'direct') {
    const ids = [...new Set(conversation.members)];
    return { members: await Promise.all(ids.map((id) => profiles.visibleTo(userId, id))) };
  }
  const isShown = hasInfoChanged(conversation, userId, since);
  return isShown ? { group: await groups.infoFor(conversation, userId) } : {};
}

async function toWireConversation(
  { store, receipts }: DeltaDeps,
  userId: wire.Id,
  conversation: Conversation,
  { members = [], group }: Details,
  last: wire.Message | undefined,
  budget: PageBudget,
): Promise<wire.Conversation> {
  const { id, kind, lastSeq } = conversation;
  const { unread, mentions } = await receipts.unreadOf(conversation, userId, budget);
  const pinned = await pinnedFor(store, userId, conversation);
  const { expireAfterS } = conversation;
  const base = {
    id,
    lastSeq,
    unread,
    ...(last && { last }),
    ...(pinned && { pinned }),
    ...(expireAfterS !== undefined && { expireAfterS }),
  };
  if (kind === 'direct') return { ...base, kind, members };
  return { ...base, kind, ...(mentions > 0 && { mentions }), ...(group && { group }) };
}
