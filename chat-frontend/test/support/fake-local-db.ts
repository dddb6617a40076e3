import type { Message, PictureAnswer } from '../../../chat-core/src/wire/wire.ts';
import type { LocalDb, Snapshot, SnapshotUpdate } from '../../src/local-db/local-db.ts';
import type { OutboxEntry } from '../../src/state/pending.ts';

/** What one browser keeps, in memory: as many tabs as wanted look into it. `refuses`: there is no room any more. */
export function fakeLocalDb() {
  const room = { refuses: false, wiped: false, changes: [] as SnapshotUpdate[], put: [] as OutboxEntry[] };
  let kept: Snapshot | null = null;
  let rows = new Map<string, Message>();
  const outbox = new Map<string, OutboxEntry>();
  const pictures = new Map<string, PictureAnswer>();
  const places = (id: string) => [...rows.values()].filter(({ conversationId }) => conversationId === id);
  const check = () => {
    if (room.refuses) throw new DOMException('full', 'QuotaExceededError');
  };

  const archive: LocalDb = {
    load: async () => structuredClone(kept),
    messages: async (id) => places(id).sort((a, b) => a.seq - b.seq),
    async write(change) {
      check();
      if (!change.whole && !kept) return false;
      room.changes.push(structuredClone(change));
      if (change.whole) rows = new Map();
      const held = change.whole || !kept ? [] : kept.chats;
      const people = change.people ?? kept?.people;
      if (!people) throw new Error('a whole change tells people');
      const chats = new Map([...held, ...change.chats].map((chat) => [chat.id, chat]));
      for (const id of change.dropped) chats.delete(id);
      kept = { cursor: change.cursor, people, chats: [...chats.values()] };
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
      kept = null;
      rows = new Map();
    },
    close: () => undefined,
    delete() {
      room.wiped = true;
      kept = null;
      rows = new Map();
      outbox.clear();
    },
  };
  return { archive, room, kept: () => kept, seqs: (id: string) => places(id).map(({ seq }) => seq) };
}
