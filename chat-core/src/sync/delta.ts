import type { Cipher } from '../cipher/cipher.ts';
import { profilesOf, toProfile } from '../friends/profiles.ts';
import { openFor } from '../messages/message.ts';
import { newestOutside } from '../storage/seq-ranges.ts';
import type { Conversation, MessageChange, Store, StoredMessage } from '../storage/store.ts';
import type * as wire from '../wire.ts';
import { type Cursor, writeCursor } from './cursor.ts';
import type { Live } from './live.ts';
import type { Marks } from './marks.ts';
import { peopleSince } from './people.ts';

/** A delta holds at most so many messages; more come at once by the next poll. */
const MOST_MESSAGES = 200;
/** Who is further behind begins anew: the newest of each conversation, and the rest by history when it is looked at. */
const MOST_BEHIND = 1000;

/** A delta before the pace of the next poll is known. */
export type Unpaced = Omit<wire.Delta, 'pollAfterMs'>;

export type DeltaDeps = { store: Store; cipher: Cipher; live: Live; marks: Marks };

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
  const page = { limit: MOST_MESSAGES + 1, most: MOST_BEHIND };
  const found: MessageChange[] | undefined = asked ? await store.changedMessages(userId, since, page) : [];
  if (!found) return describe(deps, userId, undefined);
  const { rows, upTo } = firstCommits(found, at.revision);

  const all = await store.conversationsOf(userId);
  const changed = all.filter(({ rev }) => rev > since);
  const marks = await marksSince(deps, all, asked ? live.since(asked.live) : -1);
  const read = new Set(marks.filter((mark) => mark.userId === userId).map((mark) => mark.conversationId));
  const told = all.filter(({ id, rev }) => rev > since || read.has(id));
  const people = await peopleSince(store, userId, changed, since);
  const { messages, lasts } = await readTexts(deps, userId, rows, changed);
  const conversations = await Promise.all(
    told.map((conversation) => describeOne(deps, userId, conversation, lasts.get(conversation.id))),
  );

  return {
    cursor: writeCursor({ ...at, revision: upTo }),
    ...(!asked && { reset: true, me: await me(store, userId) }),
    ...(upTo < at.revision && { more: true }),
    ...people,
    ...((!asked || conversations.length > 0) && { conversations }),
    ...(messages.length > 0 && { messages }),
    ...(marks.length > 0 && { marks }),
  };
}

/** As many rows as one delta holds, never part of a commit, and the revision they reach. */
function firstCommits(found: MessageChange[], revision: number): { rows: StoredMessage[]; upTo: number } {
  const over = found[MOST_MESSAGES];
  const whole = over ? found.filter(({ rev }) => rev < over.rev) : found;
  const upTo = over ? Math.min(over.rev - 1, revision) : revision;
  return { rows: whole.map(({ message }) => message), upTo };
}

async function marksSince({ marks }: DeltaDeps, all: Conversation[], n: number): Promise<wire.Mark[]> {
  const raised = await Promise.all(all.map(({ id }) => marks.since(id, n)));
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
  { store, marks }: DeltaDeps,
  userId: wire.Id,
  conversation: Conversation,
  last: wire.Message | undefined,
): Promise<wire.Conversation> {
  const { id, kind, members, lastSeq } = conversation;
  const people = await profilesOf(store, members);
  const unread = await marks.unread(conversation, userId);
  return { id, kind, members: people, lastSeq, unread, ...(last && { last }) };
}

async function me(store: Store, userId: wire.Id): Promise<wire.Profile> {
  return toProfile((await store.account(userId)) ?? { id: userId, username: '' });
}
