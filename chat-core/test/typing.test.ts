import { beforeEach, describe, expect, it } from 'vitest';
import { Typing } from '../src/presence/typing.ts';
import { openMemoryStore } from '../src/storage/lowdb/lowdb-store.ts';
import type { Store } from '../src/storage/store.ts';
import { EphemeralChanges } from '../src/sync/ephemeral.ts';

const PEOPLE = ['ani', 'budi', 'cici'];
let store: Store;
let ephemeral: EphemeralChanges;
let time: number;
let typing: Typing;
let notified: string[];

beforeEach(async () => {
  store = await openMemoryStore();
  await store.transact(async (tx) => {
    const bare = { password: '', contacts: [], tokenVersion: 0, devices: [] };
    for (const id of PEOPLE) await tx.saveAccount({ ...bare, id, username: id });
    await tx.befriend('ani', 'budi', 'ani-budi');
    await tx.befriend('ani', 'cici', 'ani-cici');
  });
  ephemeral = new EphemeralChanges();
  notified = [];
  ephemeral.onChange((users) => notified.push(...users));
  time = 1000;
  typing = new Typing(store, ephemeral, () => time);
});

const seenBy = async (id: string, n = -1) => typing.since(id, await store.conversationsOf(id), n);
const ANI_WRITES = { conversationId: 'ani-budi', userId: 'ani' };

describe('typing', () => {
  it('typing notifies the other member at once, for five seconds, and no one else', async () => {
    await typing.start('ani', 'ani-budi');
    expect(notified).toEqual(['budi']);
    expect(await seenBy('budi')).toEqual([{ ...ANI_WRITES, forMs: 5000 }]);
    expect([await seenBy('ani'), await seenBy('cici')]).toEqual([[], []]);
    time += 4999;
    expect(await seenBy('budi')).toEqual([{ ...ANI_WRITES, forMs: 1 }]);
    time += 1;
    expect(await seenBy('budi')).toEqual([]);
  });

  it('typing notifies again only after three seconds, however often it is repeated', async () => {
    for (; time < 3999; time += 100) await typing.start('ani', 'ani-budi');
    expect(notified).toEqual(['budi']);
    await Promise.all(Array.from({ length: 9 }, () => typing.start('ani', 'ani-cici')));
    expect(notified).toEqual(['budi', 'cici']);
    time = 4000;
    await typing.start('ani', 'ani-budi');
    expect(notified).toEqual(['budi', 'cici', 'budi']);
  });

  it('typing ends with the message, for those who were notified', async () => {
    await typing.start('ani', 'ani-budi');
    const { n } = ephemeral.now();
    typing.end('ani-budi', 'budi');
    expect(await seenBy('budi', n)).toEqual([]);
    typing.end('ani-budi', 'ani');
    expect(await seenBy('budi', n)).toEqual([{ ...ANI_WRITES, forMs: 0 }]);
    expect(await seenBy('budi')).toEqual([]);
    expect(ephemeral.newestFor('budi')).toBe(n + 1);
  });

  it.each(['ani', 'budi'])('typing notifies no one while %s hides it', async (id) => {
    await store.transact((tx) =>
      tx.saveProfile(
        id,
        { edit: 0, privacy: { lastSeen: 'contacts', typing: 'nobody', readReceipts: true } },
        { isShown: false },
      ),
    );
    await typing.start('ani', 'ani-budi');
    expect([notified, await seenBy('budi'), typing.size]).toEqual([[], [], 0]);
  });

  it('typing notifies no one once the two are no longer friends', async () => {
    await typing.start('ani', 'ani-budi');
    await store.transact((tx) => tx.unfriend('ani', 'budi'));
    expect(await seenBy('budi')).toEqual([]);
    await expect(typing.start('ani', 'ani-budi')).rejects.toMatchObject({ code: 'NOT_FRIENDS' });
    await expect(typing.start('cici', 'ani-budi')).rejects.toMatchObject({ code: 'NOT_MEMBER' });
  });

  it('old entries of typing are dropped, and a flood drops the oldest first', async () => {
    await typing.start('ani', 'ani-budi');
    time += 5000;
    await typing.start('ani', 'ani-cici');
    expect(typing.size).toBe(1);

    const few = new Typing(store, ephemeral, () => time, 1);
    await few.start('ani', 'ani-budi');
    await few.start('ani', 'ani-cici');
    expect(few.size).toBe(1);
    expect(await few.since('cici', await store.conversationsOf('cici'), -1)).toHaveLength(1);
  });
});
