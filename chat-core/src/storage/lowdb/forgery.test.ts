import { createSecretKey, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import type { StoredMessage } from '../store.ts';
import type { StorageKey } from './disk/authenticator.ts';
import type { Disk } from './disk/disk.ts';
import { memoryDisk } from './disk/memory-disk.ts';
import { type JournalRecord, readRecord, writeLine } from './journal/journal-record.ts';
import { type LowdbStore, openStore } from './lowdb-store.ts';
import { applyRepair } from './repair/apply-repair.ts';
import { scanFolder } from './repair/integrity-scan.ts';

const FORGED = 'it was not written by this box: its authentication code is wrong';
const JOURNAL = 'data/journal/00000001.jsonl';
const newKey = (mayAdopt = false): StorageKey => ({ key: createSecretKey(randomBytes(32)), mayAdopt });

let key: StorageKey;
let files: Map<string, Buffer>;
beforeEach(() => {
  key = newKey();
  files = new Map();
});

const open = (options: { key?: StorageKey; fileBytes?: number } = {}) =>
  openStore(memoryDisk(files), 'data', { now: () => 1_700_000_000_000, key, groupCommitMs: 0, ...options });
const send = (store: LowdbStore, n: number) =>
  store.transact((tx) =>
    tx.appendMessage({
      id: `m${n}`,
      conversationId: 'ani-budi',
      senderId: n % 2 === 0 ? 'ani' : 'budi',
      content: `sealed ${n}`,
      timestamp: n,
      v: 1,
      kid: 'k1',
    }),
  );
async function fill(store: LowdbStore, messages: number): Promise<void> {
  await store.transact(async (tx) => {
    for (const id of ['ani', 'budi'])
      await tx.saveAccount({
        id,
        username: id,
        password: 'hash',
        contacts: [],
        tokenVersion: 0,
        devices: [],
      });
    await tx.befriend('ani', 'budi', 'ani-budi');
  });
  for (let n = 1; n <= messages; n++) await send(store, n);
}

/** Changes a document, with a checksum that matches and the code that it had. */
function forgePage(path: string, change: (text: string) => string): void {
  const [body = ''] = change(String(files.get(path))).split(',"crc":');
  files.set(path, Buffer.from(`${body},"crc":"${crc32(body).toString(16).padStart(8, '0')}"}\n`));
}
/** The lines of the journal file, without its header, as bytes. */
function linesOf(path: string): Buffer[] {
  const bytes = files.get(path) ?? Buffer.alloc(0);
  const lines: Buffer[] = [];
  let start = readRecord(bytes, 0)?.end ?? 0;
  for (let line = readRecord(bytes, start); line; line = readRecord(bytes, start)) {
    lines.push(bytes.subarray(start, line.end));
    start = line.end;
  }
  return lines;
}
/** Writes other lines into the journal file, which keeps its header and its size. */
function forgeLines(path: string, change: (lines: Buffer[]) => Buffer[]): void {
  const bytes = files.get(path) ?? Buffer.alloc(0);
  const header = bytes.subarray(0, readRecord(bytes, 0)?.end);
  const forged = Buffer.concat([header, ...change(linesOf(path))]);
  files.set(path, Buffer.concat([forged, Buffer.alloc(Math.max(0, bytes.length - forged.length))]));
}
/** A line whose JSON is changed: its checksum matches, its code is that of the line before the change. */
function forgeLine(line: Buffer, change: (json: string) => string): Buffer {
  const { json, tag = '' } = readRecord<JournalRecord>(line, 0) ?? { json: Buffer.alloc(0) };
  return writeLine(Buffer.from(change(String(json))), tag);
}
/** What an owner would read who takes everything as it is: the premise that the change is a change. */
const accepted = async () =>
  (await scanFolder(memoryDisk(new Map(files)), 'data', { key, acceptsChanges: true })).state;
const refused = (path: string, what: string | RegExp = FORGED) =>
  expect(open()).rejects.toMatchObject({ path, what: expect.stringMatching(what) });

describe('a page that was written without the key of the box', () => {
  let store: LowdbStore;
  beforeEach(async () => {
    store = await open();
    await fill(store, 200);
    await store.checkpoint('all');
  });

  it('is refused with a planted password hash', async () => {
    await store.close();
    forgePage('data/users/0001.json', (text) => text.replace('"password":"hash"', '"password":"mine"'));
    expect((await accepted()).account('ani')?.password).toBe('mine');
    await refused('data/users/0001.json');
  });

  it.each([
    ['two messages in each other’s place', (rows: StoredMessage[]) => swap(rows, 0, 1)],
    [
      'a reply that was never written',
      (rows: StoredMessage[]) => rows.map((row) => ({ ...row, replyTo: 1 })),
    ],
  ])('is refused with %s', async (_, change) => {
    await store.close();
    const path = 'data/messages/ani-budi/0001.json';
    forgePage(path, (text) => {
      const page = JSON.parse(text);
      return JSON.stringify({ ...page, messages: change(page.messages) });
    });
    store = await open();
    await expect(store.messages('ani-budi', { before: 100, limit: 5 })).rejects.toThrow(FORGED);
    // Those of another page are not affected.
    expect(await store.messages('ani-budi', { limit: 1 })).toMatchObject([{ seq: 200 }]);
  });

  it('is refused when it is that of another place', async () => {
    await store.close();
    const [first, second] = ['0001', '0002'].map((name) => `data/messages/ani-budi/${name}.json`);
    files.set(second ?? '', files.get(first ?? '') ?? Buffer.alloc(0));
    store = await open();
    await expect(store.messages('ani-budi', { limit: 1 })).rejects.toThrow(FORGED);
  });

  it('is refused when it is that of an earlier checkpoint, of people and of messages', async () => {
    const [users, page] = ['data/users/0001.json', 'data/messages/ani-budi/0001.json'];
    const earlier = new Map(files);
    await store.transact((tx) =>
      tx.saveAccount({
        id: 'ani',
        username: 'ani',
        password: 'new',
        contacts: ['budi'],
        tokenVersion: 1,
        devices: [],
      }),
    );
    await store.transact(async (tx) => {
      const row = await store.message('ani-budi', 5);
      if (row) await tx.changeMessage({ ...row, content: 'edited', edit: 1 });
    });
    await store.checkpoint('all');
    await store.close();
    const later = new Map(files);
    files.set(users, earlier.get(users) ?? Buffer.alloc(0));
    await refused(users, /^it is of revision \d+, and was written again at \d+$/);
    files = later;
    files.set(page, earlier.get(page) ?? Buffer.alloc(0));
    store = await open();
    await expect(store.message('ani-budi', 5)).rejects.toThrow('was written again at');
  });

  it('is refused as meta.json, also when it says that the database is of an older format', async () => {
    await store.close();
    const whole = new Map(files);
    for (const [from, to, reason] of [
      ['"users":2', '"users":0', FORGED],
      ['"version":8', '"version":7', FORGED],
      ['"version":8', '"version":6', 'without authentication codes'],
    ] as const) {
      files = new Map(whole);
      for (const name of ['data/meta.json', 'data/meta.copy.json'])
        forgePage(name, (text) => text.replace(from, to));
      await expect(open()).rejects.toThrow(reason);
    }
  });
});

function swap(rows: StoredMessage[], a: number, b: number): StoredMessage[] {
  const [one, other] = [rows[a], rows[b]];
  if (!one || !other) throw new Error('no such rows');
  return rows.map((row, index) => {
    const by = index === a ? other : index === b ? one : undefined;
    return by ? { ...by, seq: row.seq, rev: row.rev } : row;
  });
}

describe('a journal that was changed without the key of the box', () => {
  beforeEach(async () => {
    const store = await open({ fileBytes: 16 * 1024 });
    await fill(store, 40);
    await store.close();
  });

  it.each<[string, (lines: Buffer[]) => Buffer[]]>([
    [
      'a planted password hash',
      (lines) => lines.map((line) => forgeLine(line, (json) => json.replaceAll('"hash"', '"mine"'))),
    ],
    [
      'two messages in each other’s place',
      ([first, ...lines]) => {
        const exchange = (json: string) =>
          json.replace(/sealed [12]"/, (found) => (found === 'sealed 1"' ? 'sealed 2"' : 'sealed 1"'));
        return [first ?? Buffer.alloc(0), ...lines.map((line) => forgeLine(line, exchange))];
      },
    ],
    [
      'a reply that was never written',
      (lines) =>
        lines.map((line) =>
          forgeLine(line, (json) => json.replace('"timestamp":5,', '"timestamp":5,"replyTo":1,')),
        ),
    ],
    [
      'a line that is missing, its revision given to the next',
      (lines) => {
        const [first, second, , ...others] = lines;
        const renumbered = others.map((line) =>
          forgeLine(line, (json) =>
            json.replace(/"(revision|durable)":(\d+)/g, (_, name, n) => `"${name}":${Number(n) - 1}`),
          ),
        );
        return [first ?? Buffer.alloc(0), second ?? Buffer.alloc(0), ...renumbered];
      },
    ],
  ])('is refused with %s', async (_, change) => {
    const before = JSON.stringify([...(await accepted()).conversationStates()]);
    const people = (await accepted()).account('ani');
    forgeLines(JOURNAL, change);
    const state = await accepted();
    expect([JSON.stringify([...state.conversationStates()]), state.account('ani')]).not.toEqual([
      before,
      people,
    ]);
    await refused(JOURNAL);
  });

  it('is refused with a line that is missing or there twice, as damage', async () => {
    const whole = new Map(files);
    forgeLines(JOURNAL, ([first, second, ...others]) => [
      ...[first, second].filter((line) => line !== undefined),
      ...others.slice(1),
    ]);
    await refused(JOURNAL, /^revision 3 is missing$/);
    files = new Map(whole);
    forgeLines(JOURNAL, ([first = Buffer.alloc(0), ...others]) => [first, first, ...others]);
    await refused(JOURNAL, /is missing|no record/);
  });

  it('is refused with its files in another order', async () => {
    const store = await open({ fileBytes: 16 * 1024 });
    for (let n = 41; n <= 80; n++) await send(store, n);
    await store.close();
    const numbers = [1, 2].map((n) => `data/journal/0000000${n}.jsonl`);
    const [first = '', second = ''] = numbers;
    const [one, other] = [files.get(first), files.get(second)];
    if (!one || !other) throw new Error('the journal has fewer files');
    files.set(first, other);
    files.set(second, one);
    await expect(open()).rejects.toThrow('is damaged at byte 0');
    // With headers that fit.
    const asNumber = (bytes: Buffer, n: number) => {
      const { json = Buffer.alloc(0), tag = '', end = 0 } = readRecord(bytes, 0) ?? {};
      const header = String(json).replace(/"journal":\d+/, `"journal":${n}`);
      return Buffer.concat([writeLine(Buffer.from(header), tag), bytes.subarray(end)]);
    };
    files.set(first, asNumber(other, 1));
    files.set(second, asNumber(one, 2));
    await refused(first);
  });

  it('still drops a torn last write, and nothing before it', async () => {
    const last = [...files.keys()]
      .filter((path) => path.endsWith('.jsonl') && /\d{8}/.test(path))
      .sort()
      .at(-1);
    const bytes = files.get(last ?? '') ?? Buffer.alloc(0);
    const end = linesOf(last ?? '').reduce((sum, line) => sum + line.length, readRecord(bytes, 0)?.end ?? 0);
    bytes.fill(0, end - 20, end);
    const store = await open();
    expect((await store.conversation('ani-budi'))?.lastSeq).toBe(39);
    await send(store, 99);
    await store.close();
    const again = await open();
    expect((await again.conversation('ani-budi'))?.lastSeq).toBe(40);
  });
});

it('a folder of format 6 gets its codes at the first start, however often that is cut off, and is then refused when it changes', async () => {
  const older = await openStore(memoryDisk(files), 'data', {
    now: () => 1,
    groupCommitMs: 0,
    fileBytes: 4096,
  });
  await fill(older, 150);
  await older.checkpoint('old');
  await send(older, 151);
  await older.close();
  withoutCodes();
  key = newKey(true);
  for (let writes = 1; ; writes++) {
    let left = writes;
    const disk = memoryDisk(files);
    const open: Disk['open'] = async (path, mode) => {
      left -= 1;
      if (left < 0) throw new Error('power is cut');
      return disk.open(path, mode);
    };
    const started = await openStore({ ...disk, open }, 'data', { now: () => 1, key }).catch(() => undefined);
    expect(started === undefined || started.revision() === 152).toBe(true);
    await started?.close();
    if (started) break;
    expect(writes).toBeLessThan(100);
  }
  key = { ...key, mayAdopt: false };
  const store = await open();
  expect((await store.messages('ani-budi', { limit: 500 })).map(({ seq }) => seq)).toHaveLength(151);
  await store.close();
  const meta = JSON.parse(String(files.get('data/meta.json')));
  expect(meta).toMatchObject({ version: 8, adopted: { format: 6, revision: 152 } });
  forgePage('data/users/0001.json', (text) => text.replace('"password":"hash"', '"password":"mine"'));
  await refused('data/users/0001.json');
});

/** Makes the files those of format 6. */
function withoutCodes(): void {
  for (const [path, bytes] of files) {
    if (path.endsWith('.json')) {
      const { crc: _, mac: __, asOf: ___, ...page } = JSON.parse(String(bytes));
      if (path.includes('meta')) Object.assign(page, { version: 6, pages: undefined });
      const body = JSON.stringify(page).slice(0, -1);
      files.set(path, Buffer.from(`${body},"crc":"${crc32(body).toString(16).padStart(8, '0')}"}\n`));
    } else if (path.endsWith('.jsonl') && readRecord(bytes, 0)) {
      const header = readRecord(bytes, 0)?.json ?? Buffer.alloc(0);
      const lines = [header, ...linesOf(path).map((line) => readRecord(line, 0)?.json ?? Buffer.alloc(0))];
      const forged = Buffer.concat(lines.map((json) => writeLine(json, '')));
      files.set(path, Buffer.concat([forged, Buffer.alloc(bytes.length - forged.length)]));
    }
  }
}

it('the folder of another box is refused, also an empty one', async () => {
  const store = await open({ key: newKey() });
  await store.close();
  await refused('data/meta.json');
});

it('a repair keeps nothing of what was written without the key of the box, unless the owner accepts it', async () => {
  const store = await open({ fileBytes: 4096 });
  await fill(store, 150);
  await store.checkpoint('all');
  await store.close();
  const path = 'data/messages/ani-budi/0001.json';
  forgePage(path, (text) => text.replace('"content":"sealed 7"', '"content":"forged 7"'));
  const forged = new Map(files);
  for (const acceptsChanges of [false, true]) {
    files = new Map(forged);
    const disk = memoryDisk(files);
    const found = await scanFolder(disk, 'data', { key, acceptsChanges });
    expect(found.faults).toEqual([{ path, offset: 0, what: FORGED }]);
    expect(found.lost.get('ani-budi')?.length ?? 0).toBe(acceptsChanges ? 0 : 128);
    await applyRepair(disk, 'data', found, 'data/damaged');
    expect((await scanFolder(disk, 'data', { key })).faults).toEqual([]);
    const repaired = await open();
    expect((await repaired.message('ani-budi', 7))?.content).toBe(acceptsChanges ? 'forged 7' : '');
    expect((await repaired.message('ani-budi', 150))?.content).toBe('sealed 150');
    await repaired.close();
  }
});
