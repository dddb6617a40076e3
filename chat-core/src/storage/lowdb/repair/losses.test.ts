import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Disk } from '../disk/disk.ts';
import { memoryDisk } from '../disk/memory-disk.ts';
import { type LowdbStore, openStore } from '../lowdb-store.ts';
import { CorruptionError } from '../pages/page-file.ts';
import { applyRepair } from './apply-repair.ts';
import { scanFolder } from './integrity-scan.ts';
import { describeLosses, hasLostAccounts } from './losses.ts';
import { openReadOnly } from './open-read-only.ts';
import { PLACEHOLDER_KID } from './placeholder.ts';

const PEOPLE = 70;
const PAGED = 370;
const SENT = 470;
const now = () => 1_700_000_000_000;
const idOf = (n: number) => `p${String(n).padStart(2, '0')}`;
const contentOf = (n: number) => `sealed ${n}`.padEnd(120, '.');

let whole: Map<string, Buffer>;
let lastJournal: string;

const open = (disk: Disk, warn?: (message: string, details: object) => void) =>
  openStore(disk, 'data', { now, fileBytes: 16 * 1024, ...(warn && { warn }) });
const send = (store: LowdbStore, n: number) =>
  store.transact((tx) =>
    tx.appendMessage({
      id: `m${n}`,
      conversationId: 'p00-p69',
      senderId: 'p69',
      content: contentOf(n),
      timestamp: n,
      v: 1,
      kid: 'k1',
    }),
  );

/** 70 people, all friends of the first, on two pages of people and of headers; the newest of them wrote the messages. */
beforeAll(async () => {
  const disk = memoryDisk();
  const store = await open(disk);
  await store.transact(async (tx) => {
    for (let n = 0; n < PEOPLE; n++) {
      const id = idOf(n);
      const devices = [{ id: 'd', name: 'a {brace} "quoted"', createdAt: 1, lastSeenAt: 1 }];
      await tx.saveAccount({ id, username: id, password: 'h', contacts: [], tokenVersion: 0, devices });
    }
    for (let n = 1; n < PEOPLE; n++) await tx.befriend('p00', idOf(n), `p00-${idOf(n)}`);
    await tx.saveInvite({ id: 'i', hash: 'h', uses: 1, used: 0, createdAt: 1, expiresAt: 9 });
    const named = { edit: 1, picture: { id: 'pic', edit: 1 } };
    const picture = {
      userId: 'p00',
      id: 'pic',
      edit: 1,
      pieces: [{ v: 1 as const, kid: 'k1', content: 'x' }],
    };
    await tx.saveProfile('p00', named, { isShown: true, picture });
  });
  for (let n = 1; n <= PAGED; n++) await send(store, n);
  await store.checkpoint('all');
  for (let n = PAGED + 1; n <= SENT; n++) await send(store, n);
  await store.close();
  whole = new Map();
  const folders = ['', 'users', 'pictures', 'conversations', 'invites', 'journal', 'messages/p00-p69'];
  for (const folder of folders) {
    const path = ['data', folder].filter(Boolean).join('/');
    for (const name of await disk.list(path)) {
      const bytes = await disk.read(`${path}/${name}`);
      if (bytes) whole.set(`${path}/${name}`, bytes);
    }
  }
  const journals = [...whole.keys()].filter((path) => /journal\/\d/.test(path)).sort();
  expect(journals.length).toBeGreaterThan(1);
  lastJournal = journals.at(-1) ?? '';
});

const HARMS: Record<string, (bytes: Buffer) => Buffer | undefined> = {
  deleted: () => undefined,
  truncated: (bytes) => bytes.subarray(0, bytes.length / 2),
  emptied: () => Buffer.alloc(0),
  'full of other bytes': (bytes) => randomBytes(bytes.length),
  zeroed: (bytes) => Buffer.alloc(bytes.length),
};

async function harmed(paths: string[], harm: keyof typeof HARMS): Promise<Disk> {
  const disk = memoryDisk();
  for (const [path, bytes] of whole) {
    const now = paths.includes(path) ? HARMS[harm]?.(Buffer.from(bytes)) : bytes;
    if (now) await (await disk.open(path, 'create')).write(now, 0);
  }
  return disk;
}

/** The error or the warnings of a store that opens this disk and reads messages and a picture. */
/** The warnings of a start that brings a repaired folder without codes to this format. */
const RAISED = [
  'the database was brought to the next format{"from":6,"to":7}',
  'the database was brought to the next format{"from":7,"to":8}',
].join('\n');

async function openAndRead(disk: Disk): Promise<string> {
  const warnings: string[] = [];
  try {
    const store = await open(disk, (message, details) => warnings.push(message + JSON.stringify(details)));
    try {
      await store.messages('p00-p69', { limit: 1000 });
      await store.picture('p00');
    } finally {
      await store.close();
    }
  } catch (error) {
    expect(error).toBeInstanceOf(CorruptionError);
    return (error as CorruptionError).message;
  }
  return warnings.join('\n');
}

const KINDS: { file: string; path: () => string; losses: (harm: string) => RegExp[] }[] = [
  { file: 'meta.json', path: () => 'data/meta.json', losses: () => [/^No message is lost\.$/] },
  {
    file: 'the copy of meta.json',
    path: () => 'data/meta.copy.json',
    losses: () => [/^No message is lost\.$/],
  },
  {
    file: 'the last page of users',
    path: () => 'data/users/0002.json',
    losses: (harm) =>
      harm === 'truncated'
        ? [
            /^Read from damaged pages of users: \d accounts/,
            /^Lost: \d accounts\.$/,
            /^Others name \d of them: lost-account/,
          ]
        : [
            /^Lost: 6 accounts\.$/,
            /^Others name 6 of them: lost-account, lost-account-2, .* will stand there/,
          ],
  },
  {
    file: 'the last page of conversations',
    path: () => 'data/conversations/0002.json',
    losses: () => [
      /^Made anew from their messages: 1 conversations\. How far people had read in them is lost/,
      ...[65, 66, 67, 68].map((n) => new RegExp(`^Lost: the conversation of p00 and ${idOf(n)}, whole\\.$`)),
    ],
  },
  {
    file: 'the page of invitations',
    path: () => 'data/invites/0001.json',
    losses: () => [/^Invitations are over: make new ones\.$/],
  },
  {
    file: 'a page of messages',
    path: () => 'data/messages/p00-p69/0001.json',
    losses: () => [/^Lost between p00 and p69: \d+ messages, number [\d–, ]+\. They will be shown locked\.$/],
  },
  {
    file: 'the last page of messages',
    path: () => 'data/messages/p00-p69/0003.json',
    losses: () => [/^Lost between p00 and p69: \d+ messages, number [\d–, ]+\. They will be shown locked\.$/],
  },
  { file: 'a picture', path: () => 'data/pictures/p00.json', losses: () => [/^Lost: the picture of p00\.$/] },
  {
    file: 'the newest file of the journal',
    path: () => lastJournal,
    losses: (harm) =>
      harm === 'truncated'
        ? [/^(No message is lost\.|Lost of the journal: )/]
        : [
            /^Lost between p00 and p69: \d+ messages, /,
            /^Lost of the journal: everything after revision \d+\. How much that was is not known/,
            /^Invitations are over/,
          ],
  },
];

const TABLE = KINDS.flatMap((kind) => Object.keys(HARMS).map((harm) => ({ ...kind, harm })));

describe('losses', () => {
  it.each(TABLE)(
    'the loss of $file, $harm, is noticed, named and described',
    async ({ path, harm, losses }) => {
      expect(whole.has(path())).toBe(true);
      const disk = await harmed([path()], harm);
      const output = await openAndRead(await harmed([path()], harm));
      expect(output).toMatch(/is damaged at byte|written again/);
      expect(output).toContain(path());

      const found = await scanFolder(disk, 'data');
      expect(found.faults.map((fault) => fault.path)).toContain(path());
      const lines = describeLosses(found);
      for (const sentence of losses(harm)) expect(lines).toContainEqual(expect.stringMatching(sentence));
      expect(lines, lines.join('\n')).toHaveLength(losses(harm).length);

      await applyRepair(disk, 'data', found, 'data/damaged');
      expect((await scanFolder(disk, 'data')).faults).toEqual([]);
      const store = await open(disk);
      const rows = await store.messages('p00-p69', { limit: 1000 });
      expect(rows.map(({ seq }) => seq)).toEqual(rows.map((_, index) => index + 1));
      const gone = [...found.lost.values()].flat().length;
      expect(rows.filter(({ kid }) => kid === PLACEHOLDER_KID)).toHaveLength(gone);
      for (const { seq, content, kid } of rows)
        expect(content).toBe(kid === PLACEHOLDER_KID ? '' : contentOf(seq));
      if (!path().includes('journal')) expect(rows).toHaveLength(SENT);
      if (lines[0] === 'No message is lost.' && harm !== 'truncated')
        expect([rows.length, gone]).toEqual([SENT, 0]);
      expect((await store.account('p00'))?.contacts).toHaveLength(PEOPLE - 1);
      expect((await send(store, 0)).seq).toBe(rows.length + 1);
      await store.close();
    },
  );

  it.each(Object.keys(HARMS))(
    'a folder with meta.json and its copy both %s is refused, since only a backup helps',
    async (harm) => {
      const disk = await harmed(['data/meta.json', 'data/meta.copy.json'], harm);
      expect(await openAndRead(disk)).toContain('data/meta.json is damaged');
      await expect(scanFolder(disk, 'data')).rejects.toThrow(CorruptionError);
    },
  );

  it('a damaged page of users in which every row is readable loses no account', async () => {
    const disk = await harmed([], 'deleted');
    const bytes = whole.get('data/users/0001.json') ?? Buffer.alloc(0);
    await (await disk.open('data/users/0001.json', 'create')).write(bytes.subarray(0, -12), 0);
    const found = await scanFolder(disk, 'data');
    expect(hasLostAccounts(found)).toBe(false);
    expect(describeLosses(found)).toEqual([
      expect.stringMatching(/^Read from damaged pages of users: 64 accounts/),
    ]);
    expect(found.state.account('p07')).toMatchObject({ devices: [{ name: 'a {brace} "quoted"' }] });
  });

  it('the loss of a page of conversations before format 4 is a warning of the store, which opens without it', async () => {
    const disk = await harmed(['data/conversations/0002.json', 'data/meta.copy.json'], 'deleted');
    for (const path of [...whole.keys()].filter((one) => one.includes('journal/'))) await disk.remove(path);
    const meta = JSON.parse(String(whole.get('data/meta.json')));
    const old = { version: 3, epoch: meta.epoch, checkpoint: { ...meta.checkpoint, journal: 0 } };
    const file = await disk.open('data/meta.json', 'create');
    await file.write(Buffer.from(JSON.stringify(old)), 0);
    const found = await scanFolder(disk, 'data');
    expect(found.faults).toContainEqual(
      expect.objectContaining({ path: 'data/messages/p00-p69', what: 'no page of conversations names it' }),
    );
    expect(found.lost.size).toBe(0);
    expect(await openAndRead(disk)).toMatch(/nothing names: run npm run verify.*p00-p69/);
  });

  it('the loss of the last page of users before format 4 is found by members without an account', async () => {
    const disk = await harmed(['data/users/0002.json', 'data/meta.copy.json'], 'deleted');
    const meta = JSON.parse(String(whole.get('data/meta.json')));
    const file = await disk.open('data/meta.json', 'create');
    const old = { version: 3, epoch: meta.epoch, checkpoint: meta.checkpoint };
    await file.write(Buffer.from(JSON.stringify(old)), 0);
    const found = await scanFolder(disk, 'data');
    expect(found.faults).toContainEqual(
      expect.objectContaining({
        path: 'data/users',
        what: 'conversations name 6 accounts that are not there',
      }),
    );
    expect(hasLostAccounts(found)).toBe(true);
    expect(describeLosses(found)[0]).toMatch(/^Lost: some accounts, how many is not known\./);
    await applyRepair(disk, 'data', found, 'data/damaged');
    expect(await openAndRead(disk)).toBe(RAISED);
  });

  it('the loss of a page of conversations before format 4 is refused in a sentence when the journal has rows of them', async () => {
    const disk = await harmed(['data/conversations/0002.json', 'data/meta.copy.json'], 'deleted');
    const meta = JSON.parse(String(whole.get('data/meta.json')));
    const file = await disk.open('data/meta.json', 'create');
    const old = { version: 3, epoch: meta.epoch, checkpoint: meta.checkpoint };
    await file.write(Buffer.from(JSON.stringify(old)), 0);
    expect(await openAndRead(await copyOf(disk))).toMatch(
      /is damaged at byte \d+: it has a row of conversation p00-p69/,
    );
    const found = await scanFolder(disk, 'data');
    expect(describeLosses(found)).toContainEqual(expect.stringContaining('Made anew from their messages: 1'));
    await applyRepair(disk, 'data', found, 'data/damaged');
    expect(await openAndRead(disk)).toBe(RAISED);
  });
});

it('openReadOnly reads a database of format 3 and changes no byte of it', async () => {
  const disk = await harmed(['data/meta.copy.json'], 'deleted');
  const meta = JSON.parse(String(whole.get('data/meta.json')));
  const old = JSON.stringify({ version: 3, epoch: meta.epoch, checkpoint: meta.checkpoint });
  const file = await disk.open('data/meta.json', 'create');
  await file.write(Buffer.from(old), 0);
  const { state } = await openReadOnly('data', disk);
  expect(state.conversation('p00-p69')?.lastSeq).toBe(SENT);
  expect(String(await disk.read('data/meta.json'))).toBe(old);
});

async function copyOf(disk: Disk): Promise<Disk> {
  const copy = memoryDisk();
  for (const path of whole.keys()) {
    const bytes = await disk.read(path);
    if (bytes) await (await copy.open(path, 'create')).write(bytes, 0);
  }
  return copy;
}
