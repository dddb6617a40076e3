import { beforeEach, describe, expect, it } from 'vitest';
import { Presence } from '../src/presence/presence.ts';
import { openMemoryStore } from '../src/storage/lowdb/lowdb-store.ts';
import type { Store } from '../src/storage/store.ts';
import { EphemeralChanges } from '../src/sync/ephemeral.ts';
import type { Privacy } from '../src/wire/wire.ts';

const MINUTE = 60_000;
const NONE: ReadonlySet<string> = new Set();
let store: Store;
let ephemeral: EphemeralChanges;
let time: number;
let presence: Presence;
let woken: string[];

beforeEach(async () => {
  store = await openMemoryStore();
  await store.transact(async (tx) => {
    const bare = { password: '', contacts: [], tokenVersion: 0, devices: [] };
    for (const id of ['ani', 'budi', 'cici']) await tx.saveAccount({ ...bare, id, username: id });
    await tx.befriend('ani', 'budi', 'ani-budi');
  });
  ephemeral = new EphemeralChanges();
  woken = [];
  time = 100 * MINUTE + 1234;
  presence = open();
});

function open(): Presence {
  const wake = (users: string[]) => void woken.push(...users);
  return new Presence({ store, ephemeral, wake, clock: () => time, now: () => time });
}
/** Resolves once pending notifications are sent. */
const settled = () => new Promise((turn) => setImmediate(turn));
const seenBy = (id: string, n = -1) => presence.since(id, n, NONE);
async function poll(id: string, activity: 'active' | 'idle' | 'hidden' = 'active', pollAfterMs = 4000) {
  presence.pollAnswered(id, activity, pollAfterMs);
  await settled();
}
async function pass(ms: number): Promise<void> {
  for (const until = time + ms; time < until; ) {
    time = Math.min(until, time + 1000);
    presence.sweep();
    await settled();
  }
}
const choose = async (id: string, some: Partial<Privacy>) => {
  const privacy: Privacy = { lastSeen: 'contacts', typing: 'contacts', readReceipts: true, ...some };
  await store.transact((tx) => tx.saveProfile(id, { edit: 0, privacy }, { isShown: false }));
  presence.privacyChanged(id);
  await settled();
};

describe('presence', () => {
  it('a person is online with a poll, at once for others, and offline when the next poll does not come', async () => {
    await poll('ani');
    expect(woken).toEqual(['budi']);
    expect(await seenBy('budi', 0)).toEqual([{ userId: 'ani', online: true }]);
    expect(await seenBy('cici')).toEqual([]);
    const { n } = ephemeral.now();
    await pass(13_000);
    expect(await seenBy('budi', n)).toEqual([]);
    await pass(2000);
    expect(await seenBy('budi', n)).toEqual([{ userId: 'ani', online: false, lastSeenAt: 100 * MINUTE }]);
    expect(woken).toEqual(['budi', 'budi']);
  });

  it('a person stays online while a poll waits, and while polls come at their interval, however long it is', async () => {
    const endPoll = presence.pollWaits('ani', 'active');
    await settled();
    const { n } = ephemeral.now();
    await pass(25_000);
    endPoll(0);
    for (let times = 0; times < 5; times++) {
      await pass(1000);
      await poll('ani', 'idle', 60_000);
      await pass(60_000);
    }
    expect(await seenBy('budi', n)).toEqual([]);
    expect(ephemeral.now().n).toBe(n);
  });

  it('a hidden page does not make its person online', async () => {
    await poll('ani', 'hidden');
    expect([woken, await seenBy('budi', 0)]).toEqual([[], []]);
    await poll('ani', 'active');
    for (let times = 0; times < 20; times++) {
      await pass(1000);
      await poll('ani', 'hidden', 60_000);
    }
    expect(await seenBy('budi')).toMatchObject([{ online: false }]);
  });

  it('presence wakes a waiting poll at most once in five seconds, with all changes until then', async () => {
    const friends = Array.from({ length: 100 }, (_, n) => `p${n}`);
    await store.transact(async (tx) => {
      const bare = { password: '', contacts: [], tokenVersion: 0, devices: [] };
      for (const id of friends) await tx.saveAccount({ ...bare, id, username: id });
      for (const id of friends) await tx.befriend('cici', id, `c-${id}`);
    });
    for (const id of friends) {
      await poll(id);
      await pass(100);
    }
    // Within ten seconds: immediately, after about five seconds, and after ten.
    const wakes = woken.filter((id) => id === 'cici').length;
    expect([wakes >= 2, wakes <= 3]).toEqual([true, true]);
    expect(await seenBy('cici', 0)).toHaveLength(100);
    await pass(60_000);
    expect(woken.filter((id) => id === 'cici').length).toBeLessThanOrEqual(wakes + 4);
    expect((await seenBy('cici')).every(({ online }) => !online)).toBe(true);
  });

  it('the minute a person was last seen survives a stop', async () => {
    presence.pollWaits('ani', 'active');
    await pass(3 * MINUTE);
    presence.close();
    presence = open();
    expect(await seenBy('budi')).toEqual([{ userId: 'ani', online: false, lastSeenAt: 103 * MINUTE }]);
  });

  it('the presence of a person who hides it is withdrawn and no longer sent, both ways', async () => {
    await poll('ani');
    const { n } = ephemeral.now();
    await choose('ani', { lastSeen: 'nobody' });
    expect(await seenBy('budi', n)).toEqual([{ userId: 'ani', online: false }]);
    expect(await seenBy('ani', n)).toEqual([{ userId: 'budi', online: false }]);
    const afterHiding = ephemeral.now().n;
    await poll('budi');
    await pass(60_000);
    await poll('ani');
    expect([await seenBy('budi', afterHiding), await seenBy('ani', afterHiding)]).toEqual([[], []]);
    expect([await seenBy('budi'), await seenBy('ani')]).toEqual([[], []]);
    expect(ephemeral.now().n).toBe(afterHiding);

    await choose('ani', {});
    expect(await seenBy('budi', afterHiding)).toMatchObject([{ userId: 'ani', online: true }]);
    expect(await seenBy('ani', afterHiding)).toMatchObject([{ userId: 'budi', online: false }]);
  });

  it('presence for everyone reaches a former friend who shares it too, until a block', async () => {
    await store.transact((tx) => tx.unfriend('ani', 'budi'));
    await choose('ani', { lastSeen: 'everyone' });
    await poll('ani');
    expect(await seenBy('budi')).toEqual([]);
    await choose('budi', { lastSeen: 'everyone' });
    expect(await seenBy('budi')).toMatchObject([{ userId: 'ani', online: true }]);
    await store.transact(async (tx) => {
      const budi = await tx.account('budi');
      if (budi) await tx.savePeople({ ...budi, blocked: ['ani'] });
    });
    const { n } = ephemeral.now();
    await choose('ani', { lastSeen: 'contacts' });
    await pass(60_000);
    expect([await seenBy('budi', n), await seenBy('ani', n)]).toEqual([[], []]);
  });
});
