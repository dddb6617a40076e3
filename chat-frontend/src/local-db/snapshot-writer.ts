import type { Id, Message, PictureAnswer } from '../../../chat-core/src/wire/wire.ts';
import type { Cancel, Clock } from '../clock.ts';
import { type Chat, firstSeqOf, messageAt, type StoredChat } from '../state/chat.ts';
import { departedChats, picturesOf } from '../state/departed.ts';
import { asOf } from '../state/expiry.ts';
import type { Event, State } from '../state/state.ts';
import type { Store } from '../state/store.ts';
import { type LocalDb, MAX_MESSAGES, type SnapshotUpdate } from './local-db.ts';

/** Changes within this time are written in one transaction. */
const BATCH_MS = 300;
/** Unwritten messages a tab holds; beyond, the next write replaces the whole snapshot. */
const MAX_DIRTY_MESSAGES = 5_000;

type SnapshotWriterDeps = {
  store: Pick<Store, 'get'>;
  clock: Clock;
  /** The cursor of the state. */
  cursor: () => string | null;
  /** Whether this tab is the one that writes. */
  leads: () => boolean;
  /** The snapshot at this cursor is written. */
  onWritten: (cursor: string) => void;
};
/**
 * Writes the snapshot a page opens with: each change of the state together with its cursor in one transaction. Every tab
 * collects a dirty set, the leading tab writes it, and the others clear theirs when it says so: the next leader has at
 * least what is not written yet, and a write is idempotent.
 */
export function createSnapshotWriter({ store, clock, cursor, leads, onWritten }: SnapshotWriterDeps) {
  let db: LocalDb | undefined;
  let dirty = emptyDirtySet();
  let resets = 0;
  /** Groups that this person left before the database was open. */
  const departedEarly = new Set<Id>();
  /** Pictures that nothing shows any more; one of them may still be on its way. */
  const forgotten = new Set<Id>();
  let timer: Cancel | undefined;
  let ending: ((opened: LocalDb) => void) | undefined;

  function schedule(): void {
    if (db && !isClean(dirty) && leads()) timer ??= clock.after(BATCH_MS, flush);
  }

  function flush(): void {
    timer?.();
    timer = undefined;
    const at = cursor();
    if (!db || isClean(dirty) || !leads() || at === null) return;
    const update = buildUpdate(store.get(), dirty, at);
    dirty = emptyDirtySet();
    db.write(update).then((isWritten) => (isWritten ? onWritten(at) : rewriteWhole()), giveUp);
  }

  /** Another tab has cleared the snapshot, or this one begins with none. */
  function rewriteWhole(): void {
    dirty.whole = true;
    schedule();
  }

  /** The quota is used up: the snapshot goes, since it is worth less than the room it takes. */
  function giveUp(): void {
    const refused = db;
    db = undefined;
    refused?.clearSnapshot().catch(() => undefined);
  }

  /** A database that opens after the end is ended in the same way; the first call decides how. */
  function end(how: (opened: LocalDb) => void): void {
    timer?.();
    ending ??= how;
    if (db) how(db);
    db = undefined;
  }

  function collect(event: Event, before: State): void {
    switch (event.type) {
      case 'delta': {
        const { reset, me, friends, gone, requests, blocked, conversations, marks, messages, groupReceipts } =
          event.delta;
        if (reset) {
          dirty = { ...emptyDirtySet(true), pictures: dirty.pictures };
          resets += 1;
        }
        collectDeparted(before, departedChats(before, event.delta));
        dirty.people ||= [me, friends, gone, requests, blocked, conversations].some((part) => part);
        for (const { id } of conversations ?? []) dirty.chats.add(id);
        for (const { conversationId } of [...(marks ?? []), ...(groupReceipts ?? [])])
          dirty.chats.add(conversationId);
        for (const message of messages ?? []) markDirty(dirty, message);
        break;
      }
      case 'history':
        if (!event.stored) for (const message of event.messages) markDirty(dirty, message);
        break;
      case 'sent':
      case 'changed':
        markDirty(dirty, event.message);
        break;
      case 'seen':
        dirty.chats.add(event.conversationId);
        break;
      case 'read':
        dirty.chats.add(event.answer.conversationId);
        break;
      case 'me':
        dirty.people = true;
        break;
    }
  }

  /**
   * Every tab deletes what is stored of these conversations, at once: the leading tab may lack the database, or end
   * before it writes.
   */
  function forgetDeparted(ids: Id[]): void {
    if (ids.length > 0 && db) db.forgetChats(ids).catch(() => undefined);
    else for (const id of ids) departedEarly.add(id);
  }

  /** Nothing of these conversations stays, nor pictures that were shown only there. */
  function collectDeparted(before: State, ids: Id[]): void {
    if (ids.length === 0) return;
    for (const id of ids) dirty.departed.add(id);
    for (const [key, { conversationId }] of dirty.messages)
      if (ids.includes(conversationId)) dirty.messages.delete(key);
    const shown = picturesOf(store.get());
    for (const id of picturesOf(before)) {
      if (shown.has(id)) continue;
      dirty.pictures.add(id);
      forgotten.add(id);
    }
  }

  return {
    /** Writes to this database from now on; false when the session has ended already. */
    attach(opened: LocalDb | undefined): boolean {
      if (ending && opened) ending(opened);
      else db = opened;
      if (departedEarly.size > 0) db?.forgetChats([...departedEarly]).catch(() => undefined);
      departedEarly.clear();
      // What the server sent before was not collected.
      if (store.get().ready) rewriteWhole();
      return !ending;
    },
    isEnded: () => ending !== undefined,
    /** False also after the browser has refused a write. */
    isWriting: () => db !== undefined,
    /** Collects an event that was just applied to the state `before`. */
    record(event: Event, before: State): void {
      if (event.type === 'delta') forgetDeparted(departedChats(before, event.delta));
      if (!db) return;
      collect(event, before);
      if (dirty.messages.size > MAX_DIRTY_MESSAGES)
        dirty = { ...emptyDirtySet(true), pictures: dirty.pictures };
      schedule();
    },
    /** The leading tab has written the snapshot at a cursor. */
    writtenElsewhere(written: string): void {
      if (written === cursor()) dirty = emptyDirtySet();
    },
    /** This tab leads now. */
    schedule,
    /** Writes the dirty set now: the page may close. */
    flush,
    /** The newest stored messages of a conversation, without gaps; none from before a reset. */
    async newestMessages(conversationId: Id): Promise<Message[]> {
      const resetsBefore = resets;
      const rows = db && !dirty.whole ? await db.messages(conversationId).catch(() => []) : [];
      if (resetsBefore !== resets) return [];
      const unwritten = [...dirty.messages.values()].filter(
        (message) => message.conversationId === conversationId,
      );
      const chat = store.get().chats[conversationId];
      const { retentionDays } = store.get().serverInfo ?? {};
      const readable = (chat ? [...rows, ...unwritten] : [])
        .filter(({ seq }) => chat && seq >= firstSeqOf(chat))
        .map((message) => asOf(message, clock.now(), retentionDays));
      const bySeq = new Map(readable.map((message) => [message.seq, message]));
      const run: Message[] = [];
      let next = bySeq.get(Math.max(...bySeq.keys()));
      while (next) {
        run.unshift(next);
        next = bySeq.get(next.seq - 1);
      }
      return run;
    },
    /** A stored picture; one that is not stored is fetched. */
    async picture(pictureId: Id, fetch: () => Promise<PictureAnswer>): Promise<PictureAnswer> {
      const stored = await db?.picture(pictureId).catch(() => undefined);
      if (stored) return stored;
      const picture = await fetch();
      if (leads() && !forgotten.has(pictureId)) db?.putPicture(picture).catch(() => undefined);
      return picture;
    },
    /** The session has ended: nothing readable stays but the outbox. */
    close: () => end((opened) => void opened.clearSnapshot().then(opened.close, opened.close)),
    wipe: () => end((opened) => opened.delete()),
  };
}

/** Conversations stored, those with the newest messages. */
const MAX_CHATS = 500;

/**
 * What is not written yet. `whole`: the stored snapshot is void. `messages`: as the server sent them, by `conversationId
 * seq`. `departed`: groups of which nothing may stay stored, and `pictures` that nothing shows any more.
 */
type DirtySet = {
  whole: boolean;
  people: boolean;
  chats: Set<Id>;
  messages: Map<string, Message>;
  departed: Set<Id>;
  pictures: Set<Id>;
};

const emptyDirtySet = (whole = false): DirtySet => ({
  whole,
  people: false,
  chats: new Set(),
  messages: new Map(),
  departed: new Set(),
  pictures: new Set(),
});

function isClean({ whole, people, chats, messages, departed }: DirtySet): boolean {
  return !whole && !people && chats.size + messages.size + departed.size === 0;
}

function markDirty({ chats, messages }: DirtySet, message: Message): void {
  chats.add(message.conversationId);
  addByKey([message], messages);
}

/** The messages by `conversationId seq`, added to those already there. */
function addByKey(messages: Message[], known: Map<string, Message>): Map<string, Message> {
  for (const message of messages) known.set(`${message.conversationId} ${message.seq}`, message);
  return known;
}

/** The write after which the stored snapshot equals the state at this cursor. */
function buildUpdate(state: State, dirty: DirtySet, cursor: string): SnapshotUpdate {
  const { whole } = dirty;
  const { me, people, friends, requests, blocked } = state;
  const chats = Object.values(state.chats).sort((a, b) => lastMessageAt(b) - lastMessageAt(a));
  const surplus = new Set(chats.splice(MAX_CHATS));
  const shown = whole ? chats.flatMap(({ messages, loaded }) => (loaded ? messages : [])) : [];
  const messages = [...addByKey(shown, dirty.messages).values()].flatMap((message) => {
    const chat = state.chats[message.conversationId];
    const isWanted = chat && !surplus.has(chat) && message.seq > chat.lastSeq - MAX_MESSAGES;
    return isWanted ? newest(chat, message) : [];
  });
  return {
    whole,
    // A poll from this cursor would never bring the conversations that are left out.
    cursor: surplus.size > 0 ? null : cursor,
    ...(whole || dirty.people ? { people: { me, people, friends, requests, blocked } } : {}),
    chats: chats.filter(({ id }) => whole || dirty.chats.has(id)).map(storedChat),
    messages,
    dropped: [...[...surplus].map(({ id }) => id), ...dirty.departed],
    droppedPictures: [...dirty.pictures],
  };
}

/** The message as the state holds it; as the server sent it where the state holds none or a stale one. */
function newest(chat: Chat, message: Message): Message {
  const held = messageAt(chat, message.seq);
  return held && !('stale' in held) ? held : message;
}

const lastMessageAt = ({ last }: Chat) => last?.timestamp ?? 0;

function storedChat(chat: Chat): StoredChat {
  const { id, kind, members, lastSeq, unread, last, receipts: marks, seen } = chat;
  const { group, groupReceipt, mentions, expireAfterS, pinned } = chat;
  return {
    id,
    kind,
    members,
    lastSeq,
    unread,
    marks,
    seen,
    ...(last ? { last } : {}),
    ...(group ? { group } : {}),
    ...(groupReceipt ? { groupReceipt } : {}),
    ...(mentions ? { mentions } : {}),
    ...(expireAfterS ? { expireAfterS } : {}),
    ...(pinned ? { pinned } : {}),
  };
}
