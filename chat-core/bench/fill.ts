import { hashSync } from 'bcrypt';
import { v4 as uuid } from 'uuid';
import { openTokens, readTokenKeys } from '../src/auth/tokens.ts';
import { groupNameBinding, messageBinding } from '../src/cipher/binding.ts';
import type { Binding, Sealed } from '../src/cipher/cipher.ts';
import { openCipher } from '../src/cipher/client.ts';
import { appendEvent } from '../src/groups/group-events.ts';
import { createLog } from '../src/log.ts';
import { openLowdbStore } from '../src/storage/lowdb/lowdb-store.ts';
import { readStorageKey } from '../src/storage/lowdb/storage-key.ts';
import { DEFAULT_PERMISSIONS } from '../src/wire/groups.ts';
import type { Sender } from './ask.ts';

export const PASSWORD = 'kopi-tubruk-pagi';
/** Sixty characters, a typical message. */
export const TEXT = 'Besok kita kumpul di rumah nenek jam sepuluh pagi ya, jangan';

/** What a filled database holds: people u0 … and pairs of neighbours who are friends, messages spread evenly. */
export type Filling = {
  users: number;
  conversations: number;
  messages: number;
  /** Of two conversations, how many messages the second holds; the first holds the rest. */
  inSecond?: number;
  /** All conversations are those of the first person, with one other person each. */
  isStar?: boolean;
  /** The text of the message number n; a typical one unless said. */
  textOf?: (n: number) => string;
  /** Groups of neighbours in the list of people, each with one system row that all have read. */
  groups?: { count: number; size: number };
};

/** The id of the group number n. */
export const groupIdOf = (n: number) => `00000000-0000-4000-9000-${String(n).padStart(12, '0')}`;

/**
 * Fills a folder through the store, sealed by the cipher-service at `cipherUrl`: person n and n + 1 are friends for even
 * n, and further pairs follow until there are enough. Everyone is signed in on one device.
 * @returns their tokens, each with one of their conversations
 */
export async function fill(
  folder: { dataDir: string; keysDir: string },
  cipherUrl: string,
  filling: Filling,
  progress: (done: number) => void = () => {},
): Promise<Sender[]> {
  const store = await openLowdbStore(folder.dataDir, { now: Date.now, key: readStorageKey(folder.keysDir) });
  const cipher = openCipher(cipherUrl, folder.keysDir, createLog('silent'));
  const password = hashSync(PASSWORD, 10);
  const ids = Array.from({ length: filling.users }, () => uuid());
  const idOf = (n: number) => ids[n % ids.length] ?? '';
  const now = Date.now();
  const deviceOf = (id: string) => ({ id, name: 'bench', createdAt: now, lastSeenAt: now });
  await store.transact(async (tx) => {
    for (const [n, id] of ids.entries()) {
      const devices = [deviceOf(id)];
      await tx.saveAccount({ id, username: `u${n}`, password, contacts: [], tokenVersion: 0, devices });
    }
  });
  const conversations: { id: string; people: [string, string] }[] = [];
  for (let n = 0; conversations.length < filling.conversations; n++) {
    const gap = 1 + 2 * Math.floor((2 * n) / ids.length);
    const people: [string, string] = filling.isStar
      ? [idOf(0), idOf(n + 1)]
      : [idOf(2 * n), idOf(2 * n + gap)];
    const conversation = await store.transact((tx) => tx.befriend(...people, uuid()));
    conversations.push({ id: conversation.id, people });
  }
  const { groups = { count: 0, size: 0 } } = filling;
  for (let n = 0; n < groups.count; n++) {
    const id = groupIdOf(n);
    const sealed = await cipher.seal(`Kelompok nomor ${n}`, groupNameBinding(id, 1));
    const members = Array.from({ length: groups.size }, (_, k) => idOf(n * groups.size + k));
    await store.transact(async (tx) => {
      await tx.saveGroup(id, {
        edit: 1,
        name: { edit: 1, ...sealed },
        members: members.map((userId, k) => ({
          userId,
          role: k ? 'member' : 'owner',
          fromSeq: 1,
          joinedSeq: 0,
        })),
        permissions: DEFAULT_PERMISSIONS,
        newcomersRead: 'none',
      });
      const event = { type: 'created' as const, userIds: members.slice(1) };
      await appendEvent(tx, store, id, members[0] ?? '', event);
      await tx.saveMarks(members.map((userId) => ({ conversationId: id, userId, delivered: 1, read: 1 })));
    });
  }
  // At most a thousand texts of one account wait for cipher-service.
  const chunk = filling.isStar ? 1000 : 4000;
  for (let done = 0; done < filling.messages; done += chunk) {
    const rows = Array.from({ length: Math.min(chunk, filling.messages - done) }, (_, n) => {
      const index = done + n;
      const uneven = filling.inSecond === undefined ? undefined : Number(index < filling.inSecond);
      const conversation = conversations[uneven ?? index % conversations.length];
      if (!conversation) throw new Error('no conversation');
      const [a, b] = conversation.people;
      const senderId = index % 2 ? a : b;
      return { id: uuid(), conversationId: conversation.id, senderId, timestamp: Date.now() };
    });
    const { textOf = () => TEXT } = filling;
    const sealed = await Promise.all(
      rows.map((row, n) => cipher.seal(textOf(done + n), messageBinding(row) as Binding)),
    );
    await Promise.all(
      rows.map((row, n) => store.transact((tx) => tx.appendMessage({ ...row, ...(sealed[n] as Sealed) }))),
    );
    progress(done + rows.length);
  }
  // Otherwise these pages would be written during a measurement.
  await store.checkpoint('all');
  await store.close();
  cipher.close();
  const tokens = openTokens(readTokenKeys(folder.keysDir), Date.now);
  return ids.map((id) => ({
    id,
    token: tokens.sign({ userId: id, deviceId: id, version: 0 }),
    conversationId: conversations.find(({ people }) => people.includes(id))?.id ?? '',
  }));
}
