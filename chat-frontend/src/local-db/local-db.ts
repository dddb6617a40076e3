import type { Id, Message, PictureAnswer } from '../../../chat-core/src/wire/wire.ts';
import type { Clock } from '../clock.ts';
import { createDeadline } from '../deadline.ts';
import type { StoredChat } from '../state/chat.ts';
import type { OutboxEntry } from '../state/pending.ts';
import type { StoredPeople } from '../state/state.ts';
import { asked, openDatabase } from './database.ts';

/** What a page opens with; a poll goes on from the cursor. */
export type Snapshot = { cursor: string | null; people: StoredPeople; chats: StoredChat[] };
/** What is written together. `whole`: in place of everything; else people stay as they are unless they are told. */
export type SnapshotUpdate = {
  whole: boolean;
  cursor: string | null;
  people?: StoredPeople;
  chats: StoredChat[];
  messages: Message[];
  /** Conversations there is no room for. */
  dropped: Id[];
};

/**
 * What this browser keeps of one account. Every call rejects where the browser refuses, and has then done nothing; `put` and `picture`
 * also where it does not answer in time, and may then be done later. The others may take for ever.
 */
export type LocalDb = {
  /** Null when nothing is kept, or only in a form of an earlier page. */
  load(): Promise<Snapshot | null>;
  /** What is kept of a conversation, ascending by seq, with holes. */
  messages(conversationId: Id): Promise<Message[]>;
  /** False when there is nothing the change could be added to: it has to be whole. */
  write(change: SnapshotUpdate): Promise<boolean>;
  unsent(): Promise<OutboxEntry[]>;
  /** Resolves when the message would survive a power cut. */
  put(entry: OutboxEntry): Promise<void>;
  drop(id: Id): Promise<void>;
  picture(id: Id): Promise<PictureAnswer | undefined>;
  keepPicture(picture: PictureAnswer): Promise<void>;
  /** Forgets all but what was not sent yet. */
  forget(): Promise<void>;
  close(): void;
  wipe(): void;
};

/** Messages of one conversation; the newest are kept. */
export const MAX_MESSAGES = 200;
/** Of at most 27 KB each; one more takes the place of any. */
const MAX_PICTURES = 300;
/** Changes with the form of what is kept; what an earlier page kept is then read from the box again. */
const FORM = 1;
const STORES = {
  about: {},
  chats: { keyPath: 'id' },
  messages: { keyPath: ['conversationId', 'seq'] },
  pictures: { keyPath: 'id' },
  outbox: { keyPath: 'id' },
};

/** The keys of a conversation's messages up to a seq; all of them unless it is said. */
const upTo = (conversationId: Id, seq: number | [] = []) =>
  IDBKeyRange.bound([conversationId], [conversationId, seq]);

/** One database for each account: nobody finds another's. Undefined where there is none to be had; it may take for ever. */
export async function openLocalDb(userId: Id, clock: Clock): Promise<LocalDb | undefined> {
  const db = await openDatabase(`bisik.${userId}`, STORES).catch(() => undefined);
  if (!db) return undefined;
  const inTime = createDeadline(clock);

  const forget = () =>
    db.write((store) => {
      for (const name of ['about', 'chats', 'messages', 'pictures']) store(name).clear();
    });

  return {
    async load() {
      const [at, people, chats] = await db.read((store) =>
        Promise.all([
          asked<{ form: number; cursor: string | null } | undefined>(store('about').get('at')),
          asked<StoredPeople>(store('about').get('people')),
          asked<StoredChat[]>(store('chats').getAll()),
        ]),
      );
      if (at?.form === FORM) return { cursor: at.cursor, people, chats };
      if (at) await forget();
      return null;
    },
    messages: (conversationId) => db.read((store) => asked(store('messages').getAll(upTo(conversationId)))),
    write: (change) =>
      db.write(async (store) => {
        const about = store('about');
        const chats = store('chats');
        const messages = store('messages');
        if (change.whole) for (const each of [about, chats, messages]) each.clear();
        else if (!(await asked(about.getKey('at')))) return false;
        about.put({ form: FORM, cursor: change.cursor }, 'at');
        if (change.people) about.put(change.people, 'people');
        for (const message of change.messages) messages.put(message);
        for (const chat of change.chats) {
          chats.put(chat);
          if (chat.lastSeq > MAX_MESSAGES) messages.delete(upTo(chat.id, chat.lastSeq - MAX_MESSAGES));
        }
        for (const id of change.dropped) {
          chats.delete(id);
          messages.delete(upTo(id));
        }
        return true;
      }),
    unsent: () => db.read((store) => asked(store('outbox').getAll())),
    put: (entry) => inTime(db.write((store) => void store('outbox').put(entry), 'strict')),
    drop: (id) => db.write((store) => void store('outbox').delete(id)),
    picture: (id) => inTime(db.read((store) => asked(store('pictures').get(id)))),
    keepPicture: (picture) =>
      db.write(async (store) => {
        const pictures = store('pictures');
        const keys = await asked(pictures.getAllKeys());
        if (keys.length >= MAX_PICTURES) pictures.delete(keys[0] ?? '');
        pictures.put(picture);
      }),
    forget,
    close: db.close,
    wipe: db.remove,
  };
}
