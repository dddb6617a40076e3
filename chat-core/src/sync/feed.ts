import type { Cipher } from '../cipher/cipher.ts';
import { openMessages } from '../messages/message.ts';
import type { Conversation, Store, StoredMessage } from '../storage/store.ts';
import type * as wire from '../wire.ts';
import { readCursor, writeCursor } from './cursor.ts';
import { pollAfter } from './pace.ts';

/** A delta holds at most so many messages; more come at once by the next poll. */
const MOST_MESSAGES = 200;

type Deps = { store: Store; cipher: Cipher };

/**
 * What changed for one person since a cursor; undefined when nothing did. Without a cursor, or with one of another
 * box or from the future, the whole state. The revision is read before the rows: what is committed meanwhile may come
 * twice, and is never missed.
 * @throws ApiError INVALID_CURSOR, CIPHER_UNAVAILABLE
 */
export async function readDelta(
  { store, cipher }: Deps,
  userId: wire.Id,
  cursor: string | undefined,
): Promise<wire.Delta | undefined> {
  const revision = store.revision();
  const asked = cursor === undefined ? undefined : readCursor(cursor);
  const fresh = asked?.epoch === store.epoch && asked.revision <= revision ? asked.revision : undefined;
  if (fresh === revision) return undefined;
  const since = fresh ?? -1;

  const conversations = (await store.conversationsOf(userId)).filter(({ rev }) => rev > since);
  if (conversations.length === 0 && fresh !== undefined) return undefined;

  const found = fresh === undefined ? [] : await store.changedMessages(userId, since, MOST_MESSAGES + 1);
  const { rows, upTo } = firstCommits(found, revision);
  const lasts = await Promise.all(conversations.map(({ id }) => store.messages(id, { limit: 1 })));
  const told = new Set(rows.map(keyOf));
  const opened = await openOnce(cipher, [...rows, ...lasts.flat()]);
  const contacts = (await store.account(userId))?.contacts ?? [];
  const newFriends = conversations
    .filter(({ befriendedRev }) => befriendedRev > since)
    .map(({ members }) => members.find((id) => id !== userId))
    .filter((id) => id !== undefined && contacts.includes(id));

  return {
    cursor: writeCursor({ epoch: store.epoch, revision: upTo }),
    pollAfterMs: pollAfter(rows.length > 0),
    ...(fresh === undefined && { reset: true, me: await profile(store, userId) }),
    ...(upTo < revision && { more: true }),
    ...((newFriends.length > 0 || fresh === undefined) && {
      friends: await Promise.all(newFriends.map((id) => profile(store, id ?? ''))),
    }),
    conversations: await Promise.all(
      conversations.map((conversation, at) => {
        const [last] = lasts[at] ?? [];
        // What comes among the messages is not told twice.
        return describe(
          store,
          conversation,
          last && !told.has(keyOf(last)) ? opened.get(keyOf(last)) : undefined,
        );
      }),
    ),
    ...(rows.length > 0 && {
      messages: rows.map((row) => opened.get(keyOf(row))).filter((row) => row !== undefined),
    }),
  };
}

/** As many rows as one delta holds, never part of a commit, and the revision they reach. */
function firstCommits(found: StoredMessage[], revision: number): { rows: StoredMessage[]; upTo: number } {
  const over = found[MOST_MESSAGES];
  if (!over) return { rows: found, upTo: revision };
  const rows = found.filter(({ rev }) => rev < over.rev);
  return { rows, upTo: Math.min(over.rev - 1, revision) };
}

/** All rows in one cipher call, each once, by their place. */
async function openOnce(cipher: Cipher, rows: StoredMessage[]): Promise<Map<string, wire.Message>> {
  const distinct = [...new Map(rows.map((row) => [keyOf(row), row])).values()];
  const messages = await openMessages(cipher, distinct);
  return new Map(messages.map((message) => [keyOf(message), message]));
}

function keyOf(row: { conversationId: wire.Id; seq: number } | undefined): string {
  return row ? `${row.conversationId} ${row.seq}` : '';
}

async function describe(
  store: Store,
  { id, kind, members, lastSeq }: Conversation,
  last: wire.Message | undefined,
): Promise<wire.Conversation> {
  const people = await Promise.all(members.map((member) => profile(store, member)));
  return { id, kind, members: people, lastSeq, ...(last && { last }) };
}

async function profile(store: Store, id: wire.Id): Promise<wire.Profile> {
  return { id, username: (await store.account(id))?.username ?? '' };
}
