import type { Message, PictureAnswer } from '../../../chat-core/src/wire/wire.ts';
import type { LocalDb, Snapshot, SnapshotUpdate } from '../../src/local-db/local-db.ts';
import type { OutboxEntry } from '../../src/state/pending.ts';

/** The database of one browser in memory, shared by any number of tabs. With `isFull` every write fails for want of space. */
export function fakeLocalDb() {
  const disk = {
    isFull: false,
    isWiped: false,
    writes: [] as SnapshotUpdate[],
    entries: [] as OutboxEntry[],
  };
  let snapshot: Snapshot | null = null;
  let rows = new Map<string, Message>();
  const outbox = new Map<string, OutboxEntry>();
  const pictures = new Map<string, PictureAnswer>();
  const messagesOf = (id: string) => [...rows.values()].filter(({ conversationId }) => conversationId === id);
  const check = () => {
    if (disk.isFull) throw new DOMException('full', 'QuotaExceededError');
  };

  const db: LocalDb = {
    load: async () => structuredClone(snapshot),
    messages: async (id) => messagesOf(id).sort((a, b) => a.seq - b.seq),
    async write(update) {
      check();
      if (!update.whole && !snapshot) return false;
      disk.writes.push(structuredClone(update));
      if (update.whole) rows = new Map();
      const stored = update.whole || !snapshot ? [] : snapshot.chats;
      const people = update.people ?? snapshot?.people;
      if (!people) throw new Error('a whole change must contain people');
      const kept = stored.filter(({ id }) => !update.dropped.includes(id));
      for (const [key, { conversationId }] of rows)
        if (update.dropped.includes(conversationId)) rows.delete(key);
      for (const id of update.droppedPictures) pictures.delete(id);
      const chats = new Map([...kept, ...update.chats].map((chat) => [chat.id, chat]));
      snapshot = { cursor: update.cursor, people, chats: [...chats.values()] };
      for (const message of update.messages) rows.set(`${message.conversationId} ${message.seq}`, message);
      return true;
    },
    async forgetChats(ids) {
      if (snapshot) snapshot = { ...snapshot, chats: snapshot.chats.filter(({ id }) => !ids.includes(id)) };
      for (const [key, { conversationId }] of rows) if (ids.includes(conversationId)) rows.delete(key);
      for (const [id, { conversationId }] of outbox) if (ids.includes(conversationId)) outbox.delete(id);
    },
    outboxEntries: async () => [...outbox.values()],
    async putEntry(entry) {
      check();
      disk.entries.push(entry);
      outbox.set(entry.id, entry);
    },
    dropEntry: async (id) => void outbox.delete(id),
    picture: async (id) => pictures.get(id),
    async putPicture(picture) {
      check();
      pictures.set(picture.id, picture);
    },
    async clearSnapshot() {
      pictures.clear();
      snapshot = null;
      rows = new Map();
    },
    close: () => undefined,
    delete() {
      disk.isWiped = true;
      snapshot = null;
      rows = new Map();
      outbox.clear();
    },
  };
  return {
    db,
    disk,
    snapshot: () => snapshot,
    pictures: () => [...pictures.keys()],
    seqs: (id: string) => messagesOf(id).map(({ seq }) => seq),
  };
}
