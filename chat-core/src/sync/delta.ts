import type { Cipher } from '../cipher/cipher.ts';
import { openFor } from '../messages/message.ts';
import type { People } from '../people/people.ts';
import type { Presence } from '../presence/presence.ts';
import type { Typing } from '../presence/typing.ts';
import { newestOutside } from '../storage/seq-ranges.ts';
import type { Conversation, MessageChange, Store, StoredMessage } from '../storage/store.ts';
import type * as wire from '../wire/wire.ts';
import { type Cursor, writeCursor } from './cursor.ts';
import type { Live } from './ephemeral.ts';
import { peopleSince } from './people-delta.ts';
import type { Marks } from './receipts.ts';

/** A delta holds at most so many messages; more come at once by the next poll. */
const MAX_MESSAGES = 200;
/** Who is further behind begins anew: the newest of each conversation, and the rest by history when it is looked at. */
const MAX_BEHIND = 1000;

/** A delta before the pace of the next poll is known. */
export type Unpaced = Omit<wire.Delta, 'pollAfterMs'>;

export type DeltaDeps = {
  store: Store;
  cipher: Cipher;
  people: People;
  live: Live;
  marks: Marks;
  typing: Typing;
  presence: Presence;
};

/**
 * Everything that changed for one person since a cursor, or the whole state without one: one story for both. Where
 * things stand is read before the rows: what is committed meanwhile may come twice, and is never missed.
 * @throws ApiError CIPHER_UNAVAILABLE
 */
export async function describe(
  deps: DeltaDeps,
  userId: wire.Id,
  asked: Cursor | undefined,
): Promise<Unpaced> {
  const { store, live } = deps;
  const at: Cursor = { epoch: store.epoch, revision: store.revision(), live: live.now() };
  const since = asked?.revision ?? -1;
  const page = { limit: MAX_MESSAGES + 1, max: MAX_BEHIND };
  const found: MessageChange[] | undefined = asked ? await store.changedMessages(userId, since, page) : [];
  if (!found) return describe(deps, userId, undefined);
  const { rows, upTo } = firstCommits(found, at.revision);

  const all = await store.conversationsOf(userId);
  const changed = all.filter(({ rev }) => rev > since);
  const n = asked ? live.since(asked.live) : -1;
  const raised = await marksSince(deps, userId, all, n);
  const read = new Set(raised.filter((mark) => mark.userId === userId).map((mark) => mark.conversationId));
  const told = all.filter(({ id, rev }) => rev > since || read.has(id));
  const [people, { messages, lasts }, members] = await Promise.all([
    peopleSince(deps, userId, changed, since),
    readTexts(deps, userId, rows, changed),
    Promise.all(told.map((one) => Promise.all(one.members.map((id) => deps.people.profile(userId, id))))),
  ]);
  const conversations = await Promise.all(
    told.map((one, k) => describeOne(deps, userId, one, members[k] ?? [], lasts.get(one.id))),
  );
  // Last, so that what happened while texts were opened counts: a block, a switch, the end of it.
  const { contacts = [] } = (await store.account(userId)) ?? {};
  const marks = raised.filter((mark) => mark.userId === userId || contacts.includes(mark.userId));
  const presence = await deps.presence.since(userId, n, new Set(people.friends?.map(({ id }) => id)));
  const typing = await deps.typing.since(userId, all, n);

  return {
    cursor: writeCursor({ ...at, revision: upTo }),
    ...(!asked && { reset: true }),
    ...(upTo < at.revision && { more: true }),
    ...people,
    ...((!asked || conversations.length > 0) && { conversations }),
    ...(messages.length > 0 && { messages }),
    ...(marks.length > 0 && { marks }),
    ...(typing.length > 0 && { typing }),
    ...(presence.length > 0 && { presence }),
  };
}

/** As many rows as one delta holds, never part of a commit, and the revision they reach. */
function firstCommits(found: MessageChange[], revision: number): { rows: StoredMessage[]; upTo: number } {
  const over = found[MAX_MESSAGES];
  const whole = over ? found.filter(({ rev }) => rev < over.rev) : found;
  const upTo = over ? Math.min(over.rev - 1, revision) : revision;
  return { rows: whole.map(({ message }) => message), upTo };
}

async function marksSince(
  { marks }: DeltaDeps,
  userId: wire.Id,
  all: Conversation[],
  n: number,
): Promise<wire.Mark[]> {
  const raised = await Promise.all(all.map((conversation) => marks.since(conversation, userId, n)));
  return raised.flat();
}

/** The rows as this person reads them, and the newest one shown of each conversation unless it is among them: one cipher call. */
async function readTexts(
  deps: DeltaDeps,
  userId: wire.Id,
  rows: StoredMessage[],
  changed: Conversation[],
): Promise<{ messages: wire.Message[]; lasts: Map<wire.Id, wire.Message> }> {
  const told = new Set(rows.map(keyOf));
  const newest = await Promise.all(
    changed.map((conversation) => newestShown(deps.store, userId, conversation)),
  );
  const others = newest.filter((row) => row !== undefined).filter((row) => !told.has(keyOf(row)));
  const opened = await openFor(deps, userId, [...rows, ...others]);
  const lasts = opened.slice(rows.length).map((message) => [message.conversationId, message] as const);
  return { messages: opened.slice(0, rows.length), lasts: new Map(lasts) };
}

/** The newest message this person did not hide. */
async function newestShown(
  store: Store,
  userId: wire.Id,
  { id, lastSeq }: Conversation,
): Promise<StoredMessage | undefined> {
  return store.message(id, newestOutside(await store.hiddenOf(id, userId), lastSeq));
}

const keyOf = ({ conversationId, seq }: StoredMessage) => `${conversationId} ${seq}`;

async function describeOne(
  { marks }: DeltaDeps,
  userId: wire.Id,
  conversation: Conversation,
  members: wire.Member[],
  last: wire.Message | undefined,
): Promise<wire.Conversation> {
  const { id, kind, lastSeq } = conversation;
  const unread = await marks.unread(conversation, userId);
  return { id, kind, members, lastSeq, unread, ...(last && { last }) };
}
