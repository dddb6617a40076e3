import { afterEach, expect, it, vi } from 'vitest';
import { describeCommit } from '../../src/storage/describe-commit.ts';
import type { Disk } from '../../src/storage/lowdb/disk/disk.ts';
import type * as Journal from '../../src/storage/lowdb/journal/journal.ts';
import type * as RecordModule from '../../src/storage/lowdb/journal/journal-record.ts';
import { openStore } from '../../src/storage/lowdb/lowdb-store.ts';
import type * as ConversationStateModule from '../../src/storage/lowdb/state/conversation-state.ts';
import type * as StateModule from '../../src/storage/lowdb/state/state.ts';
import type { Commit, FileRef, Store } from '../../src/storage/store.ts';
import { type Plan, runSeed } from './crash-states.ts';
import { naiveReplay } from './naive-replay.ts';

const SEEDS = 400;

/** The first seed from `first` on that catches the planted fault, undefined when none does. */
async function caughtBy(plan: Plan, run = runSeed, first = 1): Promise<number | undefined> {
  for (let seed = first; seed < first + SEEDS; seed++) {
    try {
      // Without files, which other faults do not need, more of the work is what they break.
      await run(seed, { files: false, ...plan });
    } catch (error) {
      expect((error as Error).message).toContain(`CRASH_SEED=${seed}`);
      return seed;
    }
  }
  return undefined;
}

/** The first seed that catches a fault in a module. */
async function caughtWith(
  path: string,
  wrong: (module: never) => object,
  first = 1,
): Promise<number | undefined> {
  vi.resetModules();
  vi.doMock(path, async (original) => wrong((await original()) as never));
  const { runSeed: run } = await import('./crash-states.ts');
  return caughtBy({ faults: false }, run, first);
}

afterEach(() => {
  vi.doUnmock('../../src/storage/lowdb/state/conversation-state.ts');
  vi.doUnmock('../../src/storage/lowdb/journal/journal-record.ts');
  vi.doUnmock('../../src/storage/lowdb/journal/journal.ts');
  vi.doUnmock('../../src/storage/lowdb/journal/replay.ts');
  vi.doUnmock('../../src/storage/lowdb/state/state.ts');
  vi.resetModules();
});

const withoutSync = (disk: Disk, folders: (path: string) => boolean): Disk => ({
  ...bound(disk),
  syncFolder: (path) => (folders(path) ? Promise.resolve() : disk.syncFolder(path)),
});

/** The operations of a disk as an object that can be spread. */
function bound(disk: Disk): Disk {
  return {
    open: (path, mode) => disk.open(path, mode),
    read: (path) => disk.read(path),
    readRange: (path, offset, length) => disk.readRange(path, offset, length),
    size: (path) => disk.size(path),
    space: (folder) => disk.space(folder),
    list: (folder) => disk.list(folder),
    rename: (from, to) => disk.rename(from, to),
    remove: (path) => disk.remove(path),
    makeFolder: (path) => disk.makeFolder(path),
    syncFolder: (path) => disk.syncFolder(path),
  };
}

/** With the seed from which to search, where the first ones are known not to catch the fault. */
const PLANTS: [string, Plan, first?: number][] = [
  [
    'a sync that does nothing',
    {
      plant: (disk) => ({
        ...bound(disk),
        open: async (path, mode) => ({ ...(await disk.open(path, mode)), sync: async () => {} }),
      }),
    },
  ],
  ['names that are never synced', { plant: (disk) => withoutSync(disk, () => true) }],
  [
    'a page’s rename that is not synced',
    { plant: (disk) => withoutSync(disk, (path) => !path.endsWith('journal')) },
  ],
  [
    'a journal’s name that is not synced',
    { plant: (disk) => withoutSync(disk, (path) => path.endsWith('journal')) },
  ],
  [
    'a torn tail that is not cut',
    {
      faults: false,
      plant: (disk) => ({
        ...bound(disk),
        open: async (path, mode) => {
          const file = await disk.open(path, mode);
          const isCut = (bytes: Uint8Array) =>
            mode === 'update' && bytes.length > 1 && bytes.every((byte) => byte === 0);
          return {
            ...file,
            write: async (bytes, position) => (isCut(bytes) ? undefined : file.write(bytes, position)),
          };
        },
      }),
    },
    3,
  ],
  ['a start that does not repeat the last write', { plant: trustingTheCache, kills: true }],
  ['a start that does not sync its folders', { plant: trustingNames, kills: true }, 71],
  ['a commit that is announced before it is durable', { open: announcingBeforeCommit }],
  ['a part of a file that is not synced', { plant: withoutFileSync, files: true }],
  [
    'a finished file whose name is not synced',
    { plant: (disk) => withoutSync(disk, isOfFiles), files: true },
  ],
  [
    'a claim before its file is finished',
    { open: (...args) => hastening('finish', ...args), files: true },
    2,
  ],
  [
    'a row that is removed before its file',
    { open: (...args) => hastening('remove', ...args), files: true },
    7,
  ],
];

const isOfFiles = (path: string) => path.startsWith('data/attachments/');

function withoutFileSync(disk: Disk): Disk {
  return {
    ...bound(disk),
    open: async (path, mode) => {
      const file = await disk.open(path, mode);
      return isOfFiles(path) ? { ...file, sync: async () => {} } : file;
    },
  };
}

/** A store whose files say that this is done before it is. */
async function hastening(
  name: 'finish' | 'remove',
  ...args: Parameters<typeof openStore>
): ReturnType<typeof openStore> {
  const store = await openStore(...args);
  const { files } = store;
  return {
    ...store,
    files: {
      size: (ref) => files.size(ref),
      isFinished: (ref) => files.isFinished(ref),
      write: (ref, offset, bytes) => files.write(ref, offset, bytes),
      finish: (ref) => files.finish(ref),
      read: (ref, offset, length) => files.read(ref, offset, length),
      remove: (ref) => files.remove(ref),
      space: () => files.space(),
      [name]: async (ref: FileRef) => {
        files[name](ref).catch(() => {});
      },
    },
  };
}

function trustingTheCache(disk: Disk): Disk {
  return {
    ...bound(disk),
    open: async (path, mode) => {
      const file = await disk.open(path, mode);
      let isSame = false;
      return {
        ...file,
        write: async (bytes, position) => {
          const there = mode === 'update' ? await disk.read(path) : undefined;
          isSame = there?.subarray(position, position + bytes.length).equals(bytes) ?? false;
          if (!isSame) await file.write(bytes, position);
        },
        sync: async () => (isSame ? undefined : file.sync()),
      };
    },
  };
}

function trustingNames(disk: Disk): Disk {
  // The start is the first to sync these folders.
  const first = new Set(['data', 'data/users', 'data/conversations', 'data/messages', 'data/journal']);
  return withoutSync(disk, (path) => first.delete(path));
}

async function announcingBeforeCommit(...args: Parameters<typeof openStore>): ReturnType<typeof openStore> {
  const store = await openStore(...args);
  const listeners = new Set<(commit: Commit) => void>();
  const transact: Store['transact'] = (work) =>
    store.transact(async (tx) => {
      const answer = await work(tx);
      for (const listener of listeners)
        listener({
          ...describeCommit([], { conversation: () => undefined }),
          revision: store.revision() + 1,
        });
      return answer;
    });
  return {
    ...store,
    transact,
    onCommit: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

it.each(PLANTS)(
  'the planted fault “%s” is caught',
  async (_, plan, first) => {
    expect(await caughtBy(plan, runSeed, first)).toBeDefined();
  },
  1_200_000,
);

it('a journal that compares no checksum is caught', async () => {
  const seed = await caughtWith(
    '../../src/storage/lowdb/journal/journal-record.ts',
    (record: typeof RecordModule) => ({
      ...record,
      readRecord: (bytes: Buffer, offset: number) => {
        const feed = bytes.indexOf(0x0a, offset);
        try {
          const json = bytes.subarray(offset + 31, feed);
          const tag = bytes.toString('latin1', offset, offset + 22);
          return { record: JSON.parse(json.toString()), json, tag, end: feed + 1 };
        } catch {
          return undefined;
        }
      },
    }),
  );
  expect(seed).toBeDefined();
}, 1_200_000);

it('a checkpoint that loses an edit made while its page is written is caught', async () => {
  const seed = await caughtWith(
    '../../src/storage/lowdb/state/conversation-state.ts',
    (module: typeof ConversationStateModule) => ({
      ...module,
      afterPaging: (...args: Parameters<typeof ConversationStateModule.afterPaging>) => ({
        ...module.afterPaging(...args),
        overlay: new Map(),
      }),
    }),
    6,
  );
  expect(seed).toBeDefined();
}, 1_200_000);

it('an acknowledgement before the end of the write is caught', async () => {
  const seed = await caughtWith('../../src/storage/lowdb/journal/journal.ts', (journal: typeof Journal) => ({
    ...journal,
    Journal: class extends journal.Journal {
      private writing: Promise<void> = Promise.resolve();
      override append(lines: RecordModule.JournalRecord[]): Promise<void> {
        this.writing = this.writing.then(() => super.append(lines));
        return Promise.resolve();
      }
    },
  }));
  expect(seed).toBeDefined();
}, 1_200_000);

it('a count of rows above that of their pages is caught', async () => {
  const seed = await caughtWith('../../src/storage/lowdb/state/state.ts', (state: typeof StateModule) => ({
    ...state,
    State: class extends state.State {
      override count({ users = 0, ...part }: Parameters<StateModule.State['count']>[0]): void {
        super.count({ ...part, users: users + 1 });
      }
    },
  }));
  expect(seed).toBeDefined();
}, 1_200_000);

it('a meta.json that names a journal file before it exists is caught', async () => {
  const seed = await caughtWith('../../src/storage/lowdb/journal/journal.ts', (journal: typeof Journal) => ({
    ...journal,
    Journal: class extends journal.Journal {
      override async append(lines: RecordModule.JournalRecord[]): Promise<void> {
        await this.onFile((this.starts().at(-1)?.[0] ?? 0) + 1);
        return super.append(lines);
      }
    },
  }));
  expect(seed).toBeDefined();
}, 1_200_000);

it('a replay that loses the votes of a poll is caught', async () => {
  const seed = await caughtWith('../../src/storage/lowdb/state/state.ts', (state: typeof StateModule) => ({
    ...state,
    State: class extends state.State {
      override apply(changes: Parameters<StateModule.State['apply']>[0]): void {
        const edits = changes.edits.map(({ poll, ...row }) => ({ ...row, ...(poll && { poll: {} }) }));
        super.apply({ ...changes, edits });
      }
    },
  }));
  expect(seed).toBeDefined();
}, 1_200_000);

it('a replay that skips a damaged record is caught', async () => {
  expect(
    await caughtWith('../../src/storage/lowdb/journal/replay.ts', () => ({ replay: naiveReplay })),
  ).toBeDefined();
}, 1_200_000);

it('a replay that brings back a removed picture of a group is caught', async () => {
  const seed = await caughtWith(
    '../../src/storage/lowdb/state/state.ts',
    (state: typeof StateModule) => ({
      ...state,
      State: class extends state.State {
        override apply(changes: Parameters<StateModule.State['apply']>[0]): void {
          super.apply(changes);
          for (const picture of changes.pictures) this.people.putPicture(picture);
        }
      },
    }),
    4,
  );
  expect(seed).toBeDefined();
}, 1_200_000);

it('a group that people still find after they left it is caught', async () => {
  const seed = await caughtWith(
    '../../src/storage/lowdb/state/state.ts',
    (state: typeof StateModule) => ({
      ...state,
      State: class extends state.State {
        override conversationsOf(userId: string): ReturnType<StateModule.State['conversationsOf']> {
          const left = (this.account(userId)?.departed ?? []).map((one) =>
            this.conversation(one.conversationId),
          );
          return [...super.conversationsOf(userId), ...left.filter((one) => one !== undefined)];
        }
      },
    }),
    4,
  );
  expect(seed).toBeDefined();
}, 1_200_000);
