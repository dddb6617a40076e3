import type { Id } from '../../../chat-core/src/wire/wire.ts';
import type { MessageRef } from '../api/api.ts';
import { picturesDatabase } from './account-keys.ts';
import { openDatabase, requestResult } from './local-db.ts';

/** A picture of a message as it was downloaded. The `seq` of one that an earlier page kept is unknown. */
type KeptPicture = { conversationId: Id; id: Id; seq?: number; blob: Blob };
/** Which pictures may not stay. */
type Unwanted = { conversationIds: readonly Id[]; messages: readonly MessageRef[]; all: boolean };

/** Larger ones are downloaded again: an original can be 25 MB. */
const MAX_BYTES = 400_000;
/** With room, 60 MB at most and typically 20; where the browser does not say how much room there is, a few. */
const MAX_PICTURES = 150;
const MAX_UNKNOWN = 40;
/** Of the room that the browser grants to this page at least this much stays free for messages. */
const RESERVED_BYTES = 200_000_000;

const STORES = {
  pictures: { keyPath: ['conversationId', 'id'] },
  /** The keys in the order of storing: the oldest leave first. */
  order: { autoIncrement: true },
};

export type KeptPictures = ReturnType<typeof openKeptPictures>;

/**
 * Pictures that were shown stay in this browser, as far as its storage has room, in a database of their own: the account's
 * wipe deletes it. No call rejects; what a browser does not store is downloaded again.
 */
export function openKeptPictures(userId: Id, storage?: Pick<StorageManager, 'estimate'>) {
  const opening = openDatabase(picturesDatabase(userId), STORES).catch(() => undefined);

  async function room(): Promise<number> {
    const found = await storage?.estimate().catch(() => undefined);
    if (!found?.quota) return MAX_UNKNOWN;
    return found.quota - (found.usage ?? 0) > RESERVED_BYTES ? MAX_PICTURES : 0;
  }

  return {
    async get(conversationId: Id, id: Id): Promise<Blob | undefined> {
      const db = await opening;
      const found = db?.read((store) =>
        requestResult<KeptPicture | undefined>(store('pictures').get([conversationId, id])),
      );
      return found?.then(
        (picture) => picture?.blob,
        () => undefined,
      );
    },
    async put(picture: Required<KeptPicture>): Promise<void> {
      const { conversationId, id, blob } = picture;
      const db = await opening;
      if (!db || blob.size > MAX_BYTES) return;
      const max = await room();
      const write = db.write(async (store) => {
        const [pictures, order] = [store('pictures'), store('order')];
        const keys = await requestResult(order.getAllKeys());
        for (const key of keys.slice(0, Math.max(keys.length + 1 - max, 0))) {
          const oldest = await requestResult<[Id, Id] | undefined>(order.get(key));
          if (oldest) pictures.delete(oldest);
          order.delete(key);
        }
        if (max === 0) return;
        pictures.put(picture);
        order.add([conversationId, id]);
      });
      await write.catch(() => undefined);
    },
    close: () => void opening.then((db) => db?.close()),
  };
}

/** Deletes the pictures of conversations that this person has left and of messages that were deleted, or `all`. */
export async function forgetKeptPictures(userId: Id, unwanted: Unwanted): Promise<void> {
  const { conversationIds, messages, all } = unwanted;
  const name = picturesDatabase(userId);
  // Opening it would create it again after a logout.
  const databases = await indexedDB.databases?.().catch(() => undefined);
  if (databases && !databases.some((database) => database.name === name)) return;
  const db = await openDatabase(name, STORES).catch(() => undefined);
  const write = db?.write(async (store) => {
    const pictures = store('pictures');
    if (all) pictures.clear();
    for (const id of conversationIds) pictures.delete(ofConversation(id));
    for (const { conversationId, seq } of messages) {
      const kept = await requestResult<KeptPicture[]>(pictures.getAll(ofConversation(conversationId)));
      for (const picture of kept)
        if (picture.seq === seq || picture.seq === undefined) pictures.delete([conversationId, picture.id]);
    }
  });
  await write?.catch(() => undefined);
  db?.close();
}

const ofConversation = (id: Id) => IDBKeyRange.bound([id], [id, []]);
