import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Account } from '../../store.ts';
import type { Disk } from '../disk/disk.ts';
import { memoryDisk } from '../disk/memory-disk.ts';
import { type LowdbStore, openStore } from '../lowdb-store.ts';
import { applyRepair } from './apply-repair.ts';
import { scanFolder } from './integrity-scan.ts';
import { PLACEHOLDER_KID } from './placeholder.ts';

const FOLDERS = ['', '/users', '/conversations', '/journal', '/messages/ani-budi', '/messages/ani-citra'];
const now = () => 1_700_000_000_000;
const options = { now, fileBytes: 32 * 1024 };
const person = (id: string): Account => ({
  id,
  username: id,
  password: 'h',
  contacts: [],
  tokenVersion: 0,
  devices: [],
});
const contentOf = (n: number, id: string) => `sealed ${n} of ${id}`.padEnd(60, '.');

let whole: Map<string, Buffer>;

/** A disk with the files of `whole`, one of them changed. */
async function diskOf(path?: string, change: (bytes: Buffer) => Buffer = (bytes) => bytes): Promise<Disk> {
  const disk = memoryDisk();
  for (const [name, bytes] of whole) {
    const file = await disk.open(name, 'create');
    await file.write(name === path ? change(Buffer.from(bytes)) : bytes, 0);
  }
  return disk;
}

/** Repairs the disk, opens it, and returns all messages by conversation. */
async function repairAndRead(disk: Disk) {
  const found = await scanFolder(disk, 'data');
  await applyRepair(disk, 'data', found, 'data/damaged');
  expect((await scanFolder(disk, 'data')).faults).toEqual([]);
  const store = await openStore(disk, 'data', options);
  const all = async (id: string) => {
    const rows = await store.messages(id, { limit: 10_000 });
    expect(rows.map(({ seq }) => seq)).toEqual(rows.map((_, index) => index + 1));
    const revs = rows.map(({ rev }) => rev);
    expect(revs).toEqual(revs.toSorted((a, b) => a - b));
    return rows;
  };
  const rows = { 'ani-budi': await all('ani-budi'), 'ani-citra': await all('ani-citra') };
  const sent = await store.transact((tx) => tx.appendMessage(message(0, 'ani-budi')));
  expect(sent.seq).toBe(rows['ani-budi'].length + 1);
  const { epoch } = store;
  await store.close();
  return { found, rows, epoch };
}

const message = (n: number, conversationId: string) => ({
  id: `${conversationId} ${n}`,
  conversationId,
  senderId: 'ani',
  content: contentOf(n, conversationId),
  timestamp: n,
  v: 1 as const,
  kid: 'k1',
});

beforeAll(async () => {
  const disk = memoryDisk();
  const store = await openStore(disk, 'data', options);
  const send = (n: number, id: string) => store.transact((tx) => tx.appendMessage(message(n, id)));
  await store.transact(async (tx) => {
    for (const id of ['ani', 'budi', 'citra']) await tx.saveAccount(person(id));
    await tx.befriend('ani', 'budi', 'ani-budi');
  });
  for (let n = 1; n <= 300; n++) await send(n, 'ani-budi');
  await store.checkpoint();
  await store.transact((tx) => tx.befriend('ani', 'citra', 'ani-citra'));
  for (let n = 1; n <= 60; n++) {
    await send(300 + n, 'ani-budi');
    await send(n, 'ani-citra');
  }
  await store.close();
  whole = new Map();
  for (const folder of FOLDERS) {
    for (const name of await disk.list(`data${folder}`)) {
      const path = `data${folder}/${name}`;
      whole.set(path, (await disk.read(path)) ?? Buffer.alloc(0));
    }
  }
});

const journals = () => [...whole.keys()].filter((path) => path.includes('/journal/0'));
/** The journal file and offset of a message. */
function recordOf(content: string): { path: string; at: number } {
  const path = journals().find((name) => whole.get(name)?.includes(content)) ?? '';
  return { path, at: whole.get(path)?.indexOf(content) ?? -1 };
}
const flipped = (at: number) => (bytes: Buffer) => {
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  return bytes;
};

describe('repairs', () => {
  it('a scan of an intact database finds no fault', async () => {
    const { faults, lost } = await scanFolder(await diskOf(), 'data');
    expect([faults, [...lost]]).toEqual([[], []]);
  });

  it('the repair of a damaged journal loses only the damaged record, and its message is a placeholder', async () => {
    const { path, at } = recordOf(contentOf(330, 'ani-budi'));
    const disk = await diskOf(path, flipped(at));
    await expect(openStore(disk, 'data', options)).rejects.toThrow('is damaged');
    const { found, rows } = await repairAndRead(disk);
    expect(found.faults).toMatchObject([{ path, what: expect.stringMatching(/^revision \d+ is missing$/) }]);
    expect([...found.lost]).toEqual([['ani-budi', [330]]]);
    const expected = Array.from({ length: 360 }, (_, n) => (n === 329 ? '' : contentOf(n + 1, 'ani-budi')));
    expect(rows['ani-budi'].map(({ content }) => content)).toEqual(expected);
    expect(rows['ani-budi'][329]).toMatchObject({ kid: PLACEHOLDER_KID, seq: 330 });
    const copy = await disk.read(path.replace('data/', 'data/damaged/'));
    expect(copy?.equals(flipped(at)(Buffer.from(whole.get(path) ?? [])))).toBe(true);
  });

  it('a friendship whose record is lost is completed from an account in a newer record', async () => {
    const disk = memoryDisk();
    const store = await openStore(disk, 'data', { now });
    await store.transact(async (tx) => {
      for (const id of ['ani', 'budi']) await tx.saveAccount(person(id));
    });
    await store.transact((tx) => tx.befriend('ani', 'budi', 'ani-budi'));
    await store.transact(async (tx) => {
      const ani = await tx.account('ani');
      if (ani) await tx.saveAccount({ ...ani, tokenVersion: 1 });
    });
    await store.close();
    const path = 'data/journal/00000001.jsonl';
    const bytes = (await disk.read(path)) ?? Buffer.alloc(0);
    const file = await disk.open(path, 'update');
    await file.write(flipped(bytes.indexOf('"kind":"direct"'))(bytes), 0);

    const found = await scanFolder(disk, 'data');
    expect(found.missing).toEqual([2]);
    await applyRepair(disk, 'data', found, 'data/damaged');
    const again = await openStore(disk, 'data', { now });
    expect((await again.account('budi'))?.contacts).toEqual(['ani']);
    expect(await again.account('ani')).toMatchObject({ contacts: ['budi'], tokenVersion: 1 });
    expect(await again.directBetween('ani', 'budi')).toMatchObject({ lastSeq: 0 });
    expect((await scanFolder(disk, 'data')).faults).toEqual([]);
  });

  it.each([
    ['is cut in the middle', (bytes: Buffer) => bytes.subarray(0, bytes.length / 2)],
    ['has lost a sector', (bytes: Buffer) => bytes.fill(0, 512, 1024)],
    ['is empty', () => Buffer.alloc(0)],
  ])('the repair keeps all intact rows of a page that %s', async (_, change) => {
    const path = 'data/messages/ani-budi/0001.json';
    const { found, rows, epoch } = await repairAndRead(await diskOf(path, change));
    const lost = found.lost.get('ani-budi')?.length ?? 0;
    expect(lost).toBeGreaterThan(0);
    expect(lost).toBeLessThanOrEqual(128);
    expect(found.faults[0]?.path).toBe(path);
    for (const { seq, content, kid } of rows['ani-budi']) {
      expect(content).toBe(kid === PLACEHOLDER_KID ? '' : contentOf(seq, 'ani-budi'));
    }
    expect(rows['ani-budi'].filter(({ kid }) => kid === PLACEHOLDER_KID)).toHaveLength(lost);
    expect(epoch).not.toBe(found.meta.epoch);
  });

  it('the repair rebuilds conversations whose page of headers is lost', async () => {
    const { found, rows } = await repairAndRead(await diskOf('data/conversations/0001.json', flipped(0)));
    expect(found.faults[0]?.path).toBe('data/conversations/0001.json');
    expect(rows['ani-budi'].map(({ content }) => content)).toEqual(
      Array.from({ length: 360 }, (_, n) => contentOf(n + 1, 'ani-budi')),
    );
  });

  describe('with invites', () => {
    const invite = (id: string) => ({ id, hash: id, uses: 2, used: 0, createdAt: 1, expiresAt: 9 });
    const save = (store: LowdbStore, id: string, used = 0) =>
      store.transact((tx) => tx.saveInvite({ ...invite(id), used }));
    let disk: Disk;
    let store: LowdbStore;
    const open = async () => {
      store = await openStore(disk, 'data', options);
      return (await store.invites()).map(({ id, used }) => [id, used]);
    };
    const repair = async () => {
      const found = await scanFolder(disk, 'data');
      await applyRepair(disk, 'data', found, 'data/damaged');
      expect((await scanFolder(disk, 'data')).faults).toEqual([]);
      return found.faults.map(({ path }) => path);
    };
    const damage = async (path: string, text: string) => {
      const bytes = (await disk.read(path)) ?? Buffer.alloc(0);
      const at = bytes.indexOf(text);
      expect(at).toBeGreaterThan(0);
      await (await disk.open(path, 'update')).write(flipped(at)(bytes), 0);
    };

    beforeEach(async () => {
      disk = memoryDisk();
      await open();
      for (const id of ['revoked', 'active']) await save(store, id);
      await store.checkpoint();
      await save(store, 'revoked', 2);
      await save(store, 'active', 1);
      await save(store, 'recent');
      await store.close();
    });

    it('invites stay when the journal is complete, and revoked ones stay revoked', async () => {
      await damage('data/invites/0001.json', 'active');
      expect(await repair()).toEqual(['data/invites/0001.json']);
      expect(await open()).toEqual([
        ['active', 1],
        ['recent', 0],
      ]);
    });

    it('all invites end when a revocation may be lost', async () => {
      await damage('data/journal/00000001.jsonl', '"revoked","hash":"revoked","uses":2,"used":2');
      expect(await repair()).toEqual(['data/journal/00000001.jsonl']);
      expect(await open()).toEqual([]);
    });
  });

  it('after the loss of any sector of journal or messages the repaired store opens and contains no invented content', async () => {
    const paths = [...whole.keys()].filter((path) => /journal\/0|messages/.test(path));
    let refused = 0;
    for (const path of paths) {
      const size = whole.get(path)?.length ?? 0;
      for (let at = 0; at < size; at += 512 * 7) {
        const disk = await diskOf(path, (bytes) => bytes.fill(0, at, at + 512));
        const { found, rows } = await repairAndRead(disk);
        refused += found.faults.length > 0 ? 1 : 0;
        for (const [id, messages] of Object.entries(rows)) {
          for (const { seq, content, kid } of messages) {
            expect([path, at, content]).toEqual([
              path,
              at,
              kid === PLACEHOLDER_KID ? '' : contentOf(seq, id),
            ]);
          }
        }
      }
    }
    expect(refused).toBeGreaterThan(10);
  });
});
