import type { Message, PictureAnswer } from '../../../chat-core/src/wire/wire.ts';
import type { LocalDb, Snapshot, SnapshotUpdate } from '../../src/local-db/local-db.ts';
import type { OutboxEntry } from '../../src/state/pending.ts';

/** The database of one browser in memory, shared by any number of tabs. With `refuses` every write fails for want of space. */
export function fakeLocalDb() {
  const room = { refuses: false, wiped: false, changes: [] as SnapshotUpdate[], put: [] as OutboxEntry[] };
  let snapshot: Snapshot | null = null;
  let rows = new Map<string, Message>();
  const outbox = new Map<string, OutboxEntry>();
  const pictures = new Map<string, PictureAnswer>();
  const messagesOf = (id: string) => [...rows.values()].filter(({ conversationId }) => conversationId === id);
  const check = () => {
    if (room.refuses) throw new DOMException('full', 'QuotaExceededError');
  };

  const archive: LocalDb = {
    load: async () => structuredClone(snapshot),
    messages: async (id) => messagesOf(id).sort((a, b) => a.seq - b.seq),
    async write(change) {
      check();
      if (!change.whole && !snapshot) return false;
      room.changes.push(structuredClone(change));
      if (change.whole) rows = new Map();
      const stored = change.whole || !snapshot ? [] : snapshot.chats;
      const people = change.people ?? snapshot?.people;
      if (!people) throw new Error('a whole change must contain people');
      const chats = new Map([...stored, ...change.chats].map((chat) => [chat.id, chat]));
      for (const id of change.dropped) chats.delete(id);
      snapshot = { cursor: change.cursor, people, chats: [...chats.values()] };
      for (const message of change.messages) rows.set(`${message.conversationId} ${message.seq}`, message);
      return true;
    },
    outboxEntries: async () => [...outbox.values()],
    async putEntry(entry) {
      check();
      room.put.push(entry);
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
      room.wiped = true;
      snapshot = null;
      rows = new Map();
      outbox.clear();
    },
  };
  return { archive, room, kept: () => snapshot, seqs: (id: string) => messagesOf(id).map(({ seq }) => seq) };
}
