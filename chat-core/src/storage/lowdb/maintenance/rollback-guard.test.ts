import { createSecretKey, randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PositionRefused, type Remembered, type RollbackCounter } from '../../rollback-counter.ts';
import type { StorageKey } from '../disk/authenticator.ts';
import { keyedDisk } from '../disk/keyed-disk.ts';
import { memoryDisk } from '../disk/memory-disk.ts';
import { readRecord } from '../journal/journal-record.ts';
import { type LowdbStore, openStore } from '../lowdb-store.ts';
import { beginHistory, readMeta, writeMeta } from '../pages/meta.ts';
import { applyRepair } from '../repair/apply-repair.ts';
import { scanFolder } from '../repair/integrity-scan.ts';
import type { RollbackError } from './rollback-guard.ts';

const key: StorageKey = { key: createSecretKey(randomBytes(32)), mayAdopt: false };

/** A counter like that of cipher-service. */
class TestCounter implements RollbackCounter {
  readonly positions = new Map<string, Remembered['position']>();
  raised = 0;
  /** What a call does first: nothing, fail, or never answer. */
  before: () => Promise<void> = async () => {};
  /** What a raise does once it is remembered. */
  after: () => Promise<void> = async () => {};

  async read(history: string): Promise<Remembered> {
    await this.before();
    const position = this.positions.get(history);
    return {
      position: position ?? null,
      isEnded: position === null,
      isEmpty: this.positions.size === 0,
    };
  }

  async raise(
    history: string,
    position: NonNullable<Remembered['position']>,
    ended: string[],
  ): Promise<void> {
    await this.before();
    const found = this.positions.get(history);
    if (found === null || (found && found.revision > position.revision)) throw new PositionRefused();
    this.raised += 1;
    this.positions.set(history, position);
    for (const one of ended) this.positions.set(one, null);
    await this.after();
  }
}

let files: Map<string, Buffer>;
let counter: TestCounter;
let found: RollbackError[];
let stores: LowdbStore[];
beforeEach(() => {
  files = new Map();
  counter = new TestCounter();
  found = [];
  stores = [];
});
afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(stores.map((store) => store.close().catch(() => {})));
});

const AT_ONCE = { maxWaitMs: 0, maxLines: 1, minPauseMs: 0 };
async function open({ times, folder = files }: { times?: typeof AT_ONCE; folder?: typeof files } = {}) {
  const store = await openStore(memoryDisk(folder), 'data', {
    now: () => 1_700_000_000_000,
    key,
    groupCommitMs: 0,
    fileBytes: 64 * 1024,
    rollback: { counter, onRollback: (error) => found.push(error), ...(times && { times }) },
  });
  stores.push(store);
  return store;
}
/** The same folder, for a box without a counter. */
const openUnguarded = (folder: typeof files) =>
  openStore(memoryDisk(new Map(folder)), 'data', { now: () => 1_700_000_000_000, key });
const register = (store: LowdbStore, name: string) =>
  store.transact((tx) =>
    tx.saveAccount({
      id: name,
      username: name,
      password: 'hash',
      contacts: [],
      tokenVersion: 0,
      devices: [],
    }),
  );
/** A life of the box, from its start to its stop. */
async function live(...names: string[]): Promise<void> {
  const store = await open();
  for (const name of names) await register(store, name);
  await store.close();
}
const metaOf = async () => {
  const meta = await readMeta(keyedDisk(memoryDisk(files), 'data', key), 'data');
  if (!meta) throw new Error('there is no meta.json');
  return meta;
};
const copyOf = (folder: typeof files) =>
  new Map([...folder].map(([path, bytes]) => [path, Buffer.from(bytes)]));
const textsOf = (folder: typeof files) =>
  [...folder].map(([path, bytes]) => `${path} ${bytes.toString('latin1')}`);
/** Takes the last line of the journal away. */
function cutLastLine(): void {
  const path = 'data/journal/00000001.jsonl';
  const bytes = files.get(path) ?? Buffer.alloc(0);
  let [start, end] = [0, 0];
  for (let line = readRecord(bytes, 0); line; line = readRecord(bytes, end)) [start, end] = [end, line.end];
  const cut = Buffer.alloc(bytes.length);
  bytes.copy(cut, 0, 0, start);
  files.set(path, cut);
}

describe('a data folder that is not the newest', () => {
  it('is refused when the whole folder of the day before was put back, and opens with the newest again', async () => {
    await live('ani');
    const yesterday = copyOf(files);
    await live('budi');
    expect((await openUnguarded(yesterday)).revision()).toBe(1);
    await expect(open({ folder: yesterday })).rejects.toThrow(
      /DATA_DIR data is not the newest .* revision 2 .* npm run restore.* npm run repair -- --accept-older/,
    );
    await live('citra');
    expect((await open()).accountCount()).toBe(3);
  });

  it('is refused when it is from before the box reported anything', async () => {
    const store = await open();
    const first = copyOf(files);
    await register(store, 'ani');
    await store.close();
    await expect(open({ folder: first })).rejects.toThrow('is not the newest');
  });

  it('is refused when the last lines of its journal are gone, and is repaired with what is left', async () => {
    await live('ani', 'budi');
    cutLastLine();
    await expect(open()).rejects.toThrow(/ends at revision 1, and had reached 2.* npm run repair/);
    const scan = await scanFolder(memoryDisk(files), 'data', { key });
    expect(scan.faults).toHaveLength(1);
    expect(scan.isEndLost).toBe(true);
    await applyRepair(memoryDisk(files), 'data', scan, 'data/damaged-1');
    const store = await open({ times: AT_ONCE });
    expect(store.signedIn('ani')).toBeDefined();
    await register(store, 'budi');
    await store.close();
    expect((await scanFolder(memoryDisk(files), 'data', { key })).faults).toEqual([]);
    await live('citra');
  });

  it('is refused when other lines stand where the reported ones stood, though there are more of them', async () => {
    await live('ani');
    const fork = copyOf(files);
    const [own, remembered] = [counter, new Map(counter.positions)];
    await live('budi');
    // On a second box with the same keys, and with a counter of its own.
    counter = new TestCounter();
    for (const [history, position] of remembered) counter.positions.set(history, position);
    const store = await open({ folder: fork });
    for (const name of ['citra', 'dewi', 'eka']) await register(store, name);
    await store.close();
    counter = own;
    expect((await openUnguarded(fork)).revision()).toBe(4);
    await expect(open({ folder: fork })).rejects.toThrow('is not the newest');
    // Not even with the newest meta.json beside those lines.
    const mixed = copyOf(fork);
    for (const path of ['data/meta.json', 'data/meta.copy.json'])
      mixed.set(path, Buffer.from(files.get(path) ?? ''));
    await expect(open({ folder: mixed })).rejects.toThrow('another line');
  });

  it('is refused once the counter is back, if that was not available at the start', async () => {
    await live('ani');
    const yesterday = copyOf(files);
    await live('budi');
    counter.before = () => Promise.reject(new Error('away'));
    const store = await open({ folder: yesterday, times: AT_ONCE });
    await register(store, 'citra');
    expect(found).toEqual([]);
    counter.before = async () => {};
    await vi.waitFor(() => expect(found[0]?.message).toContain('is not the newest'));
  });
});

describe('a way back that the owner chose', () => {
  it('opens when a command takes an older folder, and the history before it has ended', async () => {
    await live('ani');
    const yesterday = copyOf(files);
    await live('budi');
    const newest = copyOf(files);
    files = yesterday;
    const before = await metaOf();
    const disk = keyedDisk(memoryDisk(files), 'data', key);
    await writeMeta(disk, 'data', beginHistory(before, 1));
    await live('citra');
    await live('dewi');
    expect((await metaOf()).epoch).not.toBe(before.epoch);
    await expect(open({ folder: newest })).rejects.toThrow(/from before a restore or a repair/);
  });

  it('ends the history that a restore replaced, though the backup did not know of it', async () => {
    await live('ani');
    const replaced = copyOf(files);
    const { epoch } = await metaOf();
    files = new Map();
    counter = Object.assign(new TestCounter(), { positions: counter.positions });
    const store = await open({ times: AT_ONCE });
    await store.close();
    const disk = keyedDisk(memoryDisk(files), 'data', key);
    await writeMeta(disk, 'data', beginHistory(await metaOf(), 0, [epoch]));
    await live('budi');
    await expect(open({ folder: replaced })).rejects.toThrow(/from before a restore or a repair/);
  });

  it('is named when the counter was lost, and works', async () => {
    await live('ani');
    await live('budi');
    counter.positions.clear();
    await expect(open()).rejects.toThrow(/remembers nothing of it.* npm run repair -- --accept-older/);
    const disk = keyedDisk(memoryDisk(files), 'data', key);
    await writeMeta(disk, 'data', beginHistory(await metaOf(), 2));
    await live('citra');
    expect((await open()).accountCount()).toBe(3);
  });
});

describe('a folder of a version that reported nothing', () => {
  const asBefore = async () => {
    const { reported: _, ...meta } = await metaOf();
    await writeMeta(keyedDisk(memoryDisk(files), 'data', key), 'data', meta);
  };

  it('is taken once, as it is', async () => {
    await live('ani');
    await asBefore();
    counter.positions.clear();
    const before = copyOf(files);
    await live('budi');
    expect(counter.positions.get((await metaOf()).epoch)).toMatchObject({ revision: 2 });
    await expect(open({ folder: before })).rejects.toThrow('is not the newest');
  });

  it('is refused when other data were reported already', async () => {
    await live('ani');
    await asBefore();
    counter.positions.clear();
    const older = copyOf(files);
    files = new Map();
    await live('budi');
    await expect(open({ folder: older })).rejects.toThrow(
      /reported nothing, and cipher-service remembers other data/,
    );
  });

  it('loses nothing to it: a version that reports nothing may go on with the data for a while', async () => {
    await live('ani');
    const store = await openStore(memoryDisk(files), 'data', { now: () => 1_700_000_000_000, key });
    await register(store, 'budi');
    await store.checkpoint('all');
    await store.close();
    await live('citra');
    expect(counter.positions.get((await metaOf()).epoch)).toMatchObject({ revision: 3 });
  });
});

describe('reports', () => {
  it('delay no commit, and stop none, while the counter does not answer or fails', async () => {
    const store = await open({ times: AT_ONCE });
    const answer = Promise.withResolvers<void>();
    const hangs = vi.fn(() => answer.promise);
    counter.before = hangs;
    await register(store, 'ani');
    await vi.waitFor(() => expect(hangs).toHaveBeenCalled());
    for (const name of ['budi', 'citra', 'dewi']) await register(store, name);
    expect(store.revision()).toBe(4);
    answer.resolve();
    await vi.waitFor(() => expect([...counter.positions.values()]).toMatchObject([{ revision: 4 }]));
  });

  it('whose answer is lost are repeated, and are no rollback', async () => {
    let store = await open({ times: AT_ONCE });
    counter.after = () => Promise.reject(new Error('the answer was lost'));
    await register(store, 'ani');
    await vi.waitFor(() => expect(counter.raised).toBeGreaterThan(0));
    const killed = copyOf(files);
    await store.close();
    counter.after = async () => {};
    store = await open({ folder: killed, times: AT_ONCE });
    await register(store, 'budi');
    await vi.waitFor(() => expect([...counter.positions.values()]).toMatchObject([{ revision: 2 }]));
    expect(found).toEqual([]);
  });

  it('write nothing while no one writes, and after a commit at most once in ten minutes', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const store = await open();
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(counter.raised).toBe(0);
    for (let minute = 0; minute < 60; minute++) {
      await register(store, `orang${minute}`);
      await vi.advanceTimersByTimeAsync(60_000);
    }
    const inAnHour = counter.raised;
    expect(inAnHour).toBeGreaterThanOrEqual(5);
    expect(inAnHour).toBeLessThanOrEqual(7);
    await vi.advanceTimersByTimeAsync(600_000);
    const settled = counter.raised;
    await vi.advanceTimersByTimeAsync(24 * 3_600_000);
    expect(counter.raised).toBe(settled);
    expect([...counter.positions.values()]).toMatchObject([{ revision: 60 }]);
  });

  it('come within a minute where very much is written, and no more often', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const store = await open({ times: { maxWaitMs: 600_000, maxLines: 5, minPauseMs: 60_000 } });
    for (let minute = 0; minute < 10; minute++) {
      for (let n = 0; n < 10; n++) await register(store, `orang${minute}x${n}`);
      await vi.advanceTimersByTimeAsync(60_000);
    }
    expect(counter.raised).toBeGreaterThanOrEqual(9);
    expect(counter.raised).toBeLessThanOrEqual(11);
  });

  it('delay a stop by no more than two seconds, and write nothing after it', async () => {
    const store = await open({ times: AT_ONCE });
    counter.before = () => new Promise<void>(() => {});
    await register(store, 'ani');
    const before = performance.now();
    await store.close();
    expect(performance.now() - before).toBeLessThan(10_000);
    const closed = textsOf(files);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(textsOf(files)).toEqual(closed);
  });
});
