import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StoredMessage } from '../../store.ts';
import type { Disk } from '../disk/disk.ts';
import { memoryDisk } from '../disk/memory-disk.ts';
import { type LowdbStore, openStore } from '../lowdb-store.ts';
import type { Schedule } from './secure-erase.ts';

const HOUR = 3_600_000;
const sealed = () => randomBytes(60).toString('base64');

/** The alarms that were set and not cancelled. */
class Alarms {
  readonly set: { work: () => void; ms: number }[] = [];
  readonly schedule: Schedule = (work, ms) => {
    const alarm = { work, ms };
    this.set.push(alarm);
    return () => this.set.splice(this.set.indexOf(alarm), 1);
  };

  ring(): void {
    for (const { work } of this.set.splice(0)) work();
  }
}

let time: number;
let disk: Disk;
let alarms: Alarms;
let store: LowdbStore;
let warnings: string[];
const open = async (over: Disk = disk, fileBytes = 64 * 1024) => {
  alarms = new Alarms();
  const warn = (message: string) => warnings.push(message);
  store = await openStore(over, 'data', { now: () => time, fileBytes, schedule: alarms.schedule, warn });
};

beforeEach(async () => {
  time = 1_700_000_000_000;
  warnings = [];
  disk = memoryDisk();
  await open();
  await store.transact(async (tx) => {
    for (const id of ['ani', 'budi']) {
      await tx.saveAccount({ id, username: id, password: 'h', contacts: [], tokenVersion: 0, devices: [] });
    }
    await tx.befriend('ani', 'budi', 'ani-budi');
  });
});
afterEach(() => store.close());

const send = (content = sealed()): Promise<StoredMessage> =>
  store.transact((tx) =>
    tx.appendMessage({
      id: randomBytes(8).toString('hex'),
      conversationId: 'ani-budi',
      senderId: 'ani',
      content,
      timestamp: time,
      v: 1,
      kid: 'k1',
    }),
  );
const change = (row: StoredMessage, content = ''): Promise<StoredMessage> =>
  store.transact((tx) => tx.changeMessage({ ...row, content, ...(content === '' && { deletedAt: time }) }));

/** The files in the folder that contain a text in any of their bytes. */
async function filesWith(text: string): Promise<string[]> {
  const found: string[] = [];
  const search = async (folder: string): Promise<void> => {
    for (const name of await disk.list(folder)) {
      const path = `${folder}/${name}`;
      const bytes = await disk.read(path);
      if (!bytes) await search(path);
      else if (bytes.includes(text)) found.push(path);
    }
  };
  await search('data');
  return found;
}
const checkpointed = async () => JSON.parse(String(await disk.read('data/meta.json'))).checkpoint;

describe('replaced content', () => {
  it.each(['deleted', 'edited'])(
    'content that was %s is in no file after the next checkpoint',
    async (how) => {
      const old: StoredMessage[] = [];
      for (let n = 0; n < 130; n++) old.push(await send());
      await store.checkpoint('all');
      for (let n = 0; n < 130; n++) old.push(await send());
      const gone = [3, 129, 200, 259].map((index) => old[index] as StoredMessage);
      for (const row of gone) await change(row, how === 'edited' ? sealed() : '');
      // The premise: pages and journal contain it.
      for (const { content } of gone) expect(await filesWith(content)).not.toEqual([]);
      await store.checkpoint();
      for (const { content } of gone) expect(await filesWith(content)).toEqual([]);
      expect(await checkpointed()).not.toHaveProperty('erasing');
      const rows = await store.messages('ani-budi', { limit: 999 });
      expect(rows.map(({ seq }) => seq)).toEqual(old.map(({ seq }) => seq));
      const remaining = rows.filter(({ seq }) => !gone.some((row) => row.seq === seq));
      expect(remaining).toEqual(old.filter((row) => !gone.includes(row)));
      await store.close();
      await open();
      expect(await store.messages('ani-budi', { limit: 999 })).toEqual(rows);
      expect(alarms.set).toEqual([]);
    },
  );

  it('replaced content is not in a reused journal file', async () => {
    await store.close();
    await open(disk, 4096);
    const contents: string[] = [];
    for (let n = 0; n < 200; n++) contents.push((await send()).content);
    await store.checkpoint('all');
    // Spare files still contain the records.
    const first = contents[5] ?? '';
    expect((await filesWith(first)).some((path) => path.includes('journal'))).toBe(true);
    const row = (await store.message('ani-budi', 6)) as StoredMessage;
    await change(row);
    for (let n = 0; n < 30; n++) await send();
    await store.checkpoint();
    expect(await filesWith(first)).toEqual([]);
  });

  it('all replaced content is erased within an hour by one checkpoint', async () => {
    const rows = [await send(), await send(), await send()];
    expect(alarms.set).toEqual([]);
    for (const row of rows) await change(row);
    expect(alarms.set.map(({ ms }) => ms)).toEqual([HOUR]);
    const before = await checkpointed();
    alarms.ring();
    await expect.poll(async () => (await checkpointed()).revision).toBeGreaterThan(before.revision);
    await store.checkpoint();
    for (const { content } of rows) expect(await filesWith(content)).toEqual([]);
    expect(alarms.set).toEqual([]);
  });

  it('replaced content is erased within the hour though the box restarts in between', async () => {
    const row = await send();
    await change(row);
    for (let start = 1; start <= 3; start++) {
      await store.close();
      expect(alarms.set).toEqual([]);
      time += HOUR / 4;
      await open();
      expect(alarms.set.map(({ ms }) => ms)).toEqual([HOUR - (start * HOUR) / 4]);
    }
    // After a clock that went back the delay is no longer than an hour.
    await store.close();
    time = 5;
    await open();
    expect(alarms.set.map(({ ms }) => ms)).toEqual([HOUR]);
    await store.checkpoint();
    expect(await filesWith(row.content)).toEqual([]);
  });

  it.each(['a page', 'meta.json', 'a zero-filled file'])(
    'replaced content is erased by the next attempt when %s cannot be written',
    async (what) => {
      const row = await send();
      await change(row);
      await store.close();
      let isBroken = false;
      const isHit = (path: string) =>
        (what === 'a page' && path.includes('messages')) ||
        (what === 'meta.json' && path.includes('meta.json')) ||
        (what === 'a zero-filled file' && path.endsWith('00000001.jsonl'));
      const over: Disk = {
        ...disk,
        open: async (path, mode) => {
          if (isBroken && isHit(path)) throw Object.assign(new Error('no'), { code: 'EIO' });
          return disk.open(path, mode);
        },
      };
      await open(over);
      isBroken = true;
      await expect(store.checkpoint()).rejects.toThrow('no');
      expect(alarms.set).toHaveLength(1);
      expect(await filesWith(row.content)).not.toEqual([]);
      if (what === 'a zero-filled file') {
        // The journal no longer shows the replaced content, so that meta.json has to.
        await store.close();
        isBroken = false;
        await open(over);
        expect(alarms.set).toHaveLength(1);
      }
      isBroken = false;
      await store.checkpoint();
      expect(await filesWith(row.content)).toEqual([]);
      expect(await checkpointed()).not.toHaveProperty('erasing');
      expect(await store.message('ani-budi', 1)).toMatchObject({ content: '', deletedAt: time });
    },
  );

  it('an erase loses no message that is sent or edited meanwhile', async () => {
    const rows: StoredMessage[] = [];
    for (let n = 0; n < 300; n++) rows.push(await send());
    const replaced = new Set<string>();
    const busy = (async () => {
      for (let n = 0; n < 300; n++) {
        const row = rows[n] as StoredMessage;
        replaced.add(row.content);
        rows[n] = await change(row, n % 3 === 0 ? '' : sealed());
        rows.push(await send());
        if (n % 40 === 0) void store.checkpoint();
      }
    })();
    await busy;
    await store.checkpoint();
    expect(await store.messages('ani-budi', { limit: 999 })).toEqual(rows);
    await store.checkpoint('all');
    for (const content of replaced) expect(await filesWith(content)).toEqual([]);
    await store.close();
    await open();
    expect(await store.messages('ani-budi', { limit: 999 })).toEqual(rows);
  });
});

describe('running checkpoints', () => {
  /** A disk on which the write of a message page waits until `release` is called. */
  const gatedDisk = () => {
    const gate = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    const over: Disk = {
      ...disk,
      open: async (path, mode) => {
        if (path.endsWith('0001.json.tmp') && path.includes('messages')) {
          reached.resolve();
          await gate.promise;
        }
        return disk.open(path, mode);
      },
    };
    return { over, reached: reached.promise, release: gate.resolve };
  };

  it.each(['in the tail', 'in a page'])(
    'a checkpoint loses no edit during the write of its page, of a message %s',
    async (where) => {
      await send();
      const row = await send();
      if (where === 'in a page') await store.checkpoint('all');
      await store.close();
      const { over, reached, release } = gatedDisk();
      await open(over);
      // A change of the page, so that it is written.
      await change((await store.message('ani-budi', 1)) as StoredMessage, sealed());
      const checkpoint = store.checkpoint('all');
      await reached;
      const changed = await change(row, sealed());
      expect(await store.message('ani-budi', 2)).toEqual(changed);
      release();
      await checkpoint;
      expect(await store.message('ani-budi', 2)).toEqual(changed);
      await store.close();
      await open();
      expect(await store.message('ani-budi', 2)).toEqual(changed);
      await store.checkpoint();
      await store.close();
      await open();
      expect(await store.message('ani-budi', 2)).toEqual(changed);
      expect(await filesWith(row.content)).toEqual([]);
    },
  );

  it('a read of an old page while the new one is written returns the current message', async () => {
    const row = await send();
    await store.checkpoint('all');
    await store.close();
    const gate = Promise.withResolvers<void>();
    let held: string | undefined;
    const over: Disk = {
      ...disk,
      read: async (path) => {
        const bytes = await disk.read(path);
        if (path !== held) return bytes;
        held = undefined;
        await gate.promise;
        return bytes;
      },
    };
    await open(over);
    const changed = await change(row, sealed());
    held = 'data/messages/ani-budi/0001.json';
    const reading = store.message('ani-budi', 1);
    const checkpoint = store.checkpoint();
    gate.resolve();
    await checkpoint;
    expect(await reading).toEqual(changed);
    expect(await store.message('ani-budi', 1)).toEqual(changed);
  });
});
