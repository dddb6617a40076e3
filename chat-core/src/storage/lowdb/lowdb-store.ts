import { join } from 'node:path';
import { type Clock, type ClockSources, openServerTime, systemClocks } from '../../clock.ts';
import { GroupCommit } from '../group-commit.ts';
import type { Rows } from '../rows.ts';
import type { Commit, Mark, Seen, Store } from '../store.ts';
import { affectedUsers, type CommittedChanges, Writer } from '../writer.ts';
import { type ControlRequestHandler, serveControlConnection } from './control-socket.ts';
import { dataFolderError, prepareDataFolder } from './disk/data-folder.ts';
import { type Disk, realDisk, type Warn } from './disk/disk.ts';
import { lockFolder } from './disk/lock.ts';
import { memoryDisk } from './disk/memory-disk.ts';
import type { Tails } from './maintenance/checkpoint.ts';
import { CommitLog } from './maintenance/commit-log.ts';
import { load } from './maintenance/load.ts';
import { Maintenance } from './maintenance/maintenance.ts';
import type { Schedule } from './maintenance/secure-erase.ts';
import type { SnapshotHold } from './maintenance/snapshot-holds.ts';
import { History, sampleSealed } from './pages/history.ts';
import { MessagePages } from './pages/message-pages.ts';
import { Pictures } from './pages/pictures.ts';
import { DeferredReceipts, type ReceiptTimes } from './state/deferred-receipts.ts';

export type Options = {
  /** The wall clock in epoch milliseconds; the other clocks of the machine are its own unless given. */
  now: Clock;
  elapsed?: () => number;
  asleep?: () => number;
  warn?: Warn;
  /** Answers what another process asks meanwhile, through the lock. */
  answer?: ControlRequestHandler;
  /** Bytes of a journal file and of the page cache; smaller in tests. */
  fileBytes?: number;
  cacheBytes?: number;
  /** The longest a commit waits for others, in milliseconds. */
  groupCommitMs?: number;
  receiptTimes?: ReceiptTimes;
  later?: Schedule;
};

export type LowdbStore = Store & {
  /** Writes into pages what can be written. Comes by itself when the journal has grown. */
  checkpoint(tails?: Tails): Promise<void>;
  /**
   * From when it answers until it is released, or until `onLost`, no page is written and no journal file given back:
   * what is on the disk up to the hold's revision can be copied.
   */
  hold(onLost?: () => void): Promise<SnapshotHold>;
};

/** Opens, or makes, the database in a folder of this machine, for this process alone. @throws when it is in use or damaged */
export async function openLowdbStore(folder: string, options: Options): Promise<LowdbStore> {
  await prepareDataFolder(folder, options.warn);
  const opened = Promise.withResolvers<LowdbStore>();
  opened.promise.catch(() => {});
  const lock = await lockFolder(folder, (call) =>
    serveControlConnection(call, opened.promise, options.answer),
  );
  try {
    const store = await openStore(realDisk, folder, options);
    opened.resolve(store);
    return { ...store, close: () => store.close().then(lock.release) };
  } catch (error) {
    opened.reject(error);
    await lock.release();
    throw dataFolderError(folder, error);
  }
}

/** The same store upon a disk in memory, for fast tests: as far as its clock goes on, time passes. */
export function openMemoryStore(
  now: () => number = Date.now,
  options: Partial<Options> = {},
): Promise<LowdbStore> {
  return openStore(memoryDisk(), 'memory', { now, elapsed: now, ...options });
}

/** The clocks of this machine, but for those that are given. */
function clocksOf({ now, elapsed, asleep }: Options): ClockSources {
  return { ...systemClocks, now, ...(elapsed && { elapsed, asleep: asleep ?? (() => 0) }) };
}

/** The store upon any disk. Nobody else may use the folder. @throws CorruptionError */
export async function openStore(disk: Disk, folder: string, options: Options): Promise<LowdbStore> {
  const { warn = () => {}, fileBytes, cacheBytes, groupCommitMs, receiptTimes, later } = options;
  const loaded = await load(disk, folder, { fileBytes, warn });
  const time = openServerTime(loaded.last, clocksOf(options));
  const { meta, state, journal } = loaded;
  const pages = new MessagePages(disk, join(folder, 'messages'), cacheBytes);
  const history = new History(state, pages);
  const durable = new CommitLog(disk, folder, loaded, pages);
  const listeners = new Set<(commit: Commit) => void>();

  const upkeep = new Maintenance(durable, warn, later);
  if (loaded.eraseSince !== undefined) upkeep.wantErased(time.now() - loaded.eraseSince);

  const write = async (batch: CommittedChanges[]): Promise<void> => {
    await upkeep.makeRoom();
    await durable.commit(batch, time.stamp());
    for (const { changes } of batch) {
      history.add(changes.messages);
      if (changes.edits.length > 0) upkeep.wantErased();
    }
    const messages = batch.flatMap(({ changes }) => changes.messages);
    const commit = { revision: durable.revision, users: affectedUsers(batch, state), messages };
    // Told after the writer has finished: what a listener does cannot undo a commit.
    queueMicrotask(() => {
      for (const listener of listeners) listener(commit);
    });
  };

  const rows: Rows = {
    account: (id) => state.account(id),
    accountByName: (username) => state.people.accounts.named(username),
    conversation: (id) => state.conversation(id),
    directBetween: (a, b) => state.directBetween(a, b),
    invites: () => state.invites(),
    recentMessage: (conversationId, messageId) => history.recent(conversationId, messageId),
    message: (conversationId, seq) => history.one(conversationId, seq),
    hiddenOf: (conversationId, userId) => state.entry(conversationId)?.hidden.get(userId)?.ranges ?? [],
  };
  const writer = new Writer(rows, durable.revision, write, new GroupCommit(groupCommitMs));
  const save = (raised: Mark[], seen: Seen[]) =>
    writer.transact(async (tx) => {
      if (raised.length > 0) await tx.saveMarks(raised);
      if (seen.length > 0) await tx.saveSeen(seen);
    });
  const marks = new DeferredReceipts(state, save, receiptTimes);
  const pictures = new Pictures(disk, join(folder, 'pictures'));

  return {
    epoch: meta.now.epoch,
    revision: () => durable.revision,
    newestFor: (userId) => state.newestFor(userId),
    lastCommitAt: () => durable.last.at,
    time,
    account: async (id) => state.account(id),
    signedIn: (id) => state.account(id),
    accountByName: async (username) => state.people.accounts.named(username),
    accountCount: () => state.people.accounts.size,
    accountsByName: async (username) => state.people.accounts.allNamed(username),
    reportedAccounts: async () => state.people.accounts.reported(),
    conversation: async (id) => state.conversation(id),
    directBetween: async (a, b) => state.directBetween(a, b),
    conversationsOf: async (userId) => state.conversationsOf(userId),
    invites: async () => state.invites(),
    recentMessage: rows.recentMessage,
    message: rows.message,
    messages: (id, { before = Number.POSITIVE_INFINITY, after, limit }) =>
      after === undefined ? history.page(id, before, limit) : history.pageAfter(id, after, limit),
    hiddenOf: async (conversationId, userId) => rows.hiddenOf(conversationId, userId),
    changedMessages: (userId, since, page) => history.changed(userId, since, page),
    lastSeqAt: (conversationId, rev) => history.lastSeqAt(conversationId, rev),
    marksOf: async (conversationId) => [...(state.entry(conversationId)?.marks.values() ?? [])],
    raiseMark: async (mark) => marks.raise(mark),
    sealedSample: (limit) => sampleSealed(state, history, limit),
    picture: (userId) => pictures.read(state, userId),
    lastSeen: (userId) => state.people.lastSeen(userId),
    recordSeen: (seen) => marks.recordSeen(seen),
    transact: (work) => {
      const answer = writer.transact(work);
      marks.ride();
      return answer;
    },
    isWritable: () => durable.isWritable(),
    onCommit: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    checkpoint: (tails = 'old') => upkeep.checkpoint(tails),
    hold: (onLost = () => {}) => upkeep.hold(onLost),
    close: async () => {
      await marks.close();
      await writer.idle();
      await upkeep.close();
      await journal.close();
    },
  };
}
