import { beforeEach, expect, it } from 'vitest';
import { withCodes } from '../../../../test/support/codes.ts';
import { sealedOffset } from '../../../cipher/cipher.ts';
import { message, person } from '../../contract/rig.ts';
import type { OpenUpload, Store } from '../../store.ts';
import type { Disk } from '../disk/disk.ts';
import { memoryDisk } from '../disk/memory-disk.ts';
import { type LowdbStore, openStore } from '../lowdb-store.ts';
import { CorruptionError } from '../pages/page-file.ts';
import { applyRepair } from './apply-repair.ts';
import { scanFolder } from './integrity-scan.ts';
import { describeLosses } from './losses.ts';

const SIZE = 100;
const FILES = 'data/attachments/ani-budi';
const ref = (id: string) => ({ conversationId: 'ani-budi', id });
const sealed = (content: string) => ({ v: 1 as const, kid: 'k1', content });
const attachment = (id: string) => ({
  id,
  size: SIZE,
  key: sealed(`key ${id}`),
  metadata: sealed(`name ${id}`),
});
const upload = (id: string): OpenUpload => ({
  ...attachment(id),
  ...ref(id),
  state: 'open',
  userId: 'ani',
  createdAt: 1,
});
const bytesOf = (id: string, length = sealedOffset(SIZE)) => Buffer.alloc(length, `bytes of ${id} `);

let files: Map<string, Buffer>;
let disk: Disk;
const open = (): Promise<LowdbStore> => openStore(disk, 'data', { now: () => 1_700_000_000_000 });

async function uploadFile(store: Store, id: string): Promise<void> {
  await store.transact((tx) => tx.saveUpload(upload(id)));
  await store.files.write(ref(id), 0, bytesOf(id));
  await store.files.finish(ref(id));
}

const send = (store: Store, id: string, named: string[]) =>
  store.transact((tx) =>
    tx.appendMessage({ ...message(id, 'ani-budi', 'ani'), attachments: named.map(attachment) }),
  );

/** Messages with the files f1 and f2, with f3, and one that was deleted with f4; f5 is half uploaded. */
async function fill(checkpoint: boolean): Promise<void> {
  const store = await open();
  await store.transact(async (tx) => {
    for (const id of ['ani', 'budi']) await tx.saveAccount(person(id));
    await tx.befriend('ani', 'budi', 'ani-budi');
  });
  for (const id of ['f1', 'f2', 'f3', 'f4']) await uploadFile(store, id);
  await send(store, 'm1', ['f1', 'f2']);
  await send(store, 'm2', ['f3']);
  await send(store, 'm3', ['f4']);
  await store.transact((tx) => tx.saveUpload(upload('f5')));
  await store.files.write(ref('f5'), 0, bytesOf('f5', 50));
  if (checkpoint) await store.checkpoint('all');
  await store.transact(async (tx) => {
    const row = await tx.message('ani-budi', 3);
    if (row) await tx.changeMessage({ ...row, content: '', attachments: [], deletedAt: 5 });
  });
  if (checkpoint) await store.checkpoint('all');
  await store.close();
}

async function repair(): Promise<void> {
  await applyRepair(disk, 'data', await scanFolder(disk, 'data'), 'data/damaged');
}
const faultsOf = async () => (await scanFolder(disk, 'data')).faults.map(({ path, what }) => [path, what]);

beforeEach(() => {
  files = new Map();
  disk = memoryDisk(files);
});

it.each([false, true])(
  'files of messages, of uploads and of deleted messages are no faults, nor what people use in them (in pages: %s)',
  async (checkpoint) => {
    await fill(checkpoint);
    const found = await scanFolder(disk, 'data');
    expect(found.faults).toEqual([]);
    expect(found.files.whole.map(({ file }) => file.id).sort()).toEqual(['f1', 'f2', 'f3']);
    expect(describeLosses(found)).toEqual(['No message is lost.']);
    await repair();
    const store = await open();
    expect(store.totalUsage('ani')).toEqual({ files: 3, bytes: 3 * SIZE });
    expect(store.uploads().map(({ id, state }) => [id, state])).toEqual([
      ['f5', 'open'],
      ['f4', 'discarded'],
    ]);
    await store.close();
  },
);

it.each([false, true])(
  'a message whose file is missing or too short keeps its text and its other files, and is no fault after the repair (in pages: %s)',
  async (checkpoint) => {
    await fill(checkpoint);
    files.delete(`${FILES}/f1`);
    files.set(`${FILES}/f3`, bytesOf('f3').subarray(0, 60));
    const found = await scanFolder(disk, 'data');
    expect(found.faults.map(({ path, what }) => [path, what])).toEqual([
      [`${FILES}/f1`, 'it is missing: a file of message 1'],
      [`${FILES}/f3`, 'it has 60 bytes and not 123: a file of message 2'],
    ]);
    expect(describeLosses(found)).toEqual([
      'Lost between ani and budi: 2 files, of message number 1–2. Their messages stay, and show them as lost.',
    ]);
    await repair();
    expect(await faultsOf()).toEqual([]);
    const store = await open();
    const [first, second] = await store.messages('ani-budi', { limit: 9 });
    expect(first).toMatchObject({ content: 'sealed m1', kid: 'k1' });
    expect(first?.attachments).toEqual([{ ...attachment('f1'), lost: true }, attachment('f2')]);
    expect(second?.attachments).toEqual([{ ...attachment('f3'), lost: true }]);
    // What is left of it may help a person who repairs by hand.
    expect(await store.files.size(ref('f3'))).toBe(60);
    await store.close();
  },
);

it('files that no row names are put aside whole, and never removed', async () => {
  await fill(true);
  files.set(`${FILES}/stranger`, bytesOf('stranger'));
  files.set('data/attachments/unknown/other.part', bytesOf('other', 7));
  expect(await faultsOf()).toEqual([
    [`${FILES}/stranger`, 'no message and no upload names it'],
    ['data/attachments/unknown/other.part', 'no message and no upload names it'],
  ]);
  expect(describeLosses(await scanFolder(disk, 'data'))).toEqual([
    'Found: 2 files that nothing names and nothing opens any more. They will be put aside.',
  ]);
  await repair();
  expect(files.get('data/damaged/attachments/ani-budi/stranger')).toEqual(bytesOf('stranger'));
  expect(files.get('data/damaged/attachments/unknown/other.part')).toEqual(bytesOf('other', 7));
  expect(await disk.list(FILES)).toEqual(['f1', 'f2', 'f3', 'f4', 'f5.part']);
  expect(await faultsOf()).toEqual([]);
});

it.each(['is missing', 'is cut'])(
  'a page of uploads that %s is noticed, refused and repaired: no file of a message is touched, the others are put aside',
  async (kind) => {
    await fill(true);
    const page = 'data/uploads/0001.json';
    if (kind === 'is missing') files.delete(page);
    else files.set(page, files.get(page)?.subarray(0, 90) ?? Buffer.alloc(0));
    await expect(open()).rejects.toThrow(CorruptionError);
    const found = await scanFolder(disk, 'data');
    expect(found.faults.map(({ path }) => path)).toEqual([page, `${FILES}/f4`, `${FILES}/f5.part`]);
    expect(describeLosses(found)).toContain(
      'Lost: uploads that no message had yet. People send those files again.',
    );
    await repair();
    expect(await disk.list(FILES)).toEqual(['f1', 'f2', 'f3']);
    expect(await disk.list('data/damaged/attachments/ani-budi')).toEqual(['f4', 'f5.part']);
    expect(await faultsOf()).toEqual([]);
    const store = await open();
    expect([store.uploads(), store.totalUsage('ani').files]).toEqual([[], 3]);
    await store.close();
  },
);

it('an upload that a message has is forgotten, so that no sweep removes its file', async () => {
  const store = await open();
  await store.transact(async (tx) => {
    for (const id of ['ani', 'budi']) await tx.saveAccount(person(id));
    await tx.befriend('ani', 'budi', 'ani-budi');
  });
  await uploadFile(store, 'f1');
  await store.checkpoint('all');
  const older = files.get('data/uploads/0001.json');
  await send(store, 'm1', ['f1']);
  await store.checkpoint('all');
  await store.close();
  files.set('data/uploads/0001.json', older ?? Buffer.alloc(0));
  expect(await faultsOf()).toEqual([
    ['data/uploads/0001.json', expect.stringMatching(/^it is of revision \d+, and was written again at/)],
    ['data/uploads', 'it names files that messages have'],
  ]);
  await repair();
  expect(await faultsOf()).toEqual([]);
  const repaired = await open();
  expect([repaired.uploads(), await repaired.files.isFinished(ref('f1'))]).toEqual([[], true]);
  await repaired.close();
});

it('what people use in files is counted anew from all messages where it was counted wrong', async () => {
  await fill(true);
  const page = 'data/conversations/0001.json';
  const rows = JSON.parse(String(files.get(page)));
  const { epoch } = JSON.parse(String(files.get('data/meta.json')));
  expect(rows.conversations[0].usages).toEqual([{ userId: 'ani', bytes: 300, files: 3 }]);
  rows.conversations[0].usages = [
    { userId: 'ani', bytes: 7, files: 1 },
    { userId: 'budi', bytes: 7, files: 1 },
  ];
  files.set(page, withCodes(page, rows, epoch));
  expect(await faultsOf()).toEqual([['data/conversations', 'what people use in files is counted wrong']]);
  await repair();
  expect(await faultsOf()).toEqual([]);
  const store = await open();
  expect([store.totalUsage('ani'), store.totalUsage('budi'), store.totalUsage()]).toEqual([
    { files: 3, bytes: 300 },
    { files: 0, bytes: 0 },
    { files: 3, bytes: 300 },
  ]);
  await store.close();
});
