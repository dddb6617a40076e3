import { join } from 'node:path';
import { type Clock, type ClockSources, openServerTime, systemClocks } from '../../clock.ts';
import { NO_OFF_TIMES } from '../../off-time.ts';
import { describeCommit } from '../describe-commit.ts';
import { isExpired, SWEEP_LAG_MS } from '../expiry-queues.ts';
import { GroupCommit } from '../group-commit.ts';
import type { Rows } from '../rows.ts';
import type { Commit, Mark, Seen, Store } from '../store.ts';
import { type CommittedChanges, refusalOf, Writer } from '../writer.ts';
import { type ControlRequestHandler, serveControlConnection } from './control-socket.ts';
import type { StorageKey } from './disk/authenticator.ts';
import { dataFolderError, prepareDataFolder } from './disk/data-folder.ts';
import { type Disk, realDisk, type Warn } from './disk/disk.ts';
import { keyedDisk } from './disk/keyed-disk.ts';
import { lockFolder } from './disk/lock.ts';
import { memoryDisk } from './disk/memory-disk.ts';
import type { Tails } from './maintenance/checkpoint.ts';
import { CommitLog } from './maintenance/commit-log.ts';
import { FreeSpace } from './maintenance/free-space.ts';
import { load } from './maintenance/load.ts';
import { Maintenance } from './maintenance/maintenance.ts';
import { RollbackGuard, type RollbackOptions } from './maintenance/rollback-guard.ts';
import type { Schedule } from './maintenance/secure-erase.ts';
import type { SnapshotHold } from './maintenance/snapshot-holds.ts';
import { AttachmentFolder } from './pages/attachment-folder.ts';
import { History, sampleSealed } from './pages/history.ts';
import { MessagePages } from './pages/message-pages.ts';
import { Pictures } from './pages/pictures.ts';
import { DeferredReceipts, type ReceiptTimes } from './state/deferred-receipts.ts';
import { durableRows } from './state/durable-rows.ts';

export type Options = {
  /** The wall clock in epoch milliseconds. The other clocks default to those of the machine. */
  now: Clock;
  elapsed?: () => number;
  asleep?: () => number;
  warn?: Warn;
  /** Authenticates the database. Without it, only accidents are noticed. */
  key?: StorageKey | undefined;
  /** Notices a copy of the folder that is older than what the box wrote last. Without it, none is noticed. */
  rollback?: RollbackOptions;
  /** Answers the requests of other processes, which arrive on the socket of the lock. */
  answer?: ControlRequestHandler;
  /** Reserves room on the volume for what must be stored when it is full. */
  hasReserve?: boolean;
  /** Sizes of a journal file and of the page cache, smaller in tests. */
  fileBytes?: number;
  cacheBytes?: number;
  /** The longest a commit waits for others, in milliseconds. */
  groupCommitMs?: number;
  receiptTimes?: ReceiptTimes;
  schedule?: Schedule;
};

export type LowdbStore = Store & {
  /** Writes a checkpoint. The store also starts one when the journal has grown. */
  checkpoint(tails?: Tails): Promise<void>;
  /**
   * Begins a hold: until it is released, or until `onLost` is called, no page is written and no journal file is reused,
   * so that a copy of the files contains everything up to the hold's revision.
   */
  hold(onLost?: () => void): Promise<SnapshotHold>;
};

/** Opens or creates the database in a folder, for this process only. @throws when it is in use or damaged */
export async function openLowdbStore(folder: string, options: Options): Promise<LowdbStore> {
  await prepareDataFolder(folder, options.warn);
  const opened = Promise.withResolvers<LowdbStore>();
  opened.promise.catch(() => {});
  const lock = await lockFolder(folder, (call) =>
    serveControlConnection(call, opened.promise, options.answer, options.key),
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

/** A store on a disk in memory, for fast tests. Its elapsed time follows the clock `now`. */
export function openMemoryStore(
  now: () => number = Date.now,
  options: Partial<Options> = {},
  files?: Map<string, Buffer>,
): Promise<LowdbStore> {
  return openStore(memoryDisk(files), 'memory', { now, elapsed: now, ...options });
}

/** The clocks of this machine, replaced by those that are given. */
function clocksOf({ now, elapsed, asleep }: Options): ClockSources {
  return { ...systemClocks, now, ...(elapsed && { elapsed, asleep: asleep ?? (() => 0) }) };
}

/** Opens a store on any disk. Nothing else may use the folder. @throws CorruptionError */
export async function openStore(plain: Disk, folder: string, options: Options): Promise<LowdbStore> {
  const disk = keyedDisk(plain, folder, options.key);
  const { warn = () => {}, fileBytes, cacheBytes, groupCommitMs, receiptTimes, schedule } = options;
  const space = new FreeSpace(disk, folder, warn, options.hasReserve ?? false);
  await space.open();
  const loaded = await space.withReserve(() => load(disk, folder, { fileBytes, warn }));
  await space.check();
  const { meta, state, journal } = loaded;
  const time = openServerTime(loaded.last, clocksOf(options), meta.current.offTimes);
  const saveOffTimes = async () => {
    const offTimes = time.offTimes();
    if (offTimes !== (meta.current.offTimes ?? NO_OFF_TIMES)) await meta.change({ offTimes });
  };
  // Before anything is emptied by the new time.
  await saveOffTimes();
  const pages = new MessagePages(disk, join(folder, 'messages'), cacheBytes);
  const history = new History(state, pages);
  const files = new AttachmentFolder(disk, join(folder, 'attachments'));
  const commitLog = new CommitLog(disk, folder, loaded, pages, files, space);
  const listeners = new Set<(commit: Commit) => void>();

  const guard =
    options.rollback && new RollbackGuard(folder, meta, () => commitLog.position(), warn, options.rollback);
  if (guard) {
    await guard.open().catch((error) => journal.close().then(() => Promise.reject(error)));
    const { onFile } = journal;
    journal.onFile = (number) => onFile(number).then(() => guard.schedule(0));
  }

  const maintenance = new Maintenance(commitLog, warn, schedule);
  if (loaded.eraseSince !== undefined) maintenance.requestErase(time.now() - loaded.eraseSince);

  const write = async (batch: CommittedChanges[]): Promise<void> => {
    await maintenance.makeRoom();
    const replacing = await commitLog.commit(batch, time.stamp());
    await saveOffTimes().catch(() => {});
    guard?.committed(batch.length);
    for (const { changes } of batch) history.add(changes.messages);
    // A sweep empties what has expired some minutes after its time.
    for (const { changes } of replacing)
      maintenance.requestErase(changes.edits.some(isExpired) ? SWEEP_LAG_MS : 0);
    const commit = describeCommit(batch, state);
    // Listeners run after the writer has finished, so that an error of theirs cannot fail the commit.
    queueMicrotask(() => {
      for (const listener of listeners) listener(commit);
    });
  };

  const rows: Rows = durableRows(state, history);
  const writer = new Writer(rows, commitLog.revision, write, new GroupCommit(groupCommitMs));
  const save = async (marks: Mark[], seen: Seen[]) => {
    // Marks are small but many, and clients raise lost ones again.
    if (space.isFull()) throw new Error('there is no room for marks');
    await writer.transact(async (tx) => {
      if (marks.length > 0) await tx.saveMarks(marks);
      if (seen.length > 0) await tx.saveSeen(seen);
    });
  };
  const receipts = new DeferredReceipts(state, save, receiptTimes);
  const pictures = new Pictures(disk, join(folder, 'pictures'));

  return {
    epoch: meta.current.epoch,
    historyUpTo: (epoch) => (epoch === meta.current.epoch ? commitLog.revision : -1),
    revision: () => commitLog.revision,
    newestFor: (userId) => state.newestFor(userId),
    lastCommitAt: () => commitLog.last.at,
    time,
    account: async (id) => state.account(id),
    signedIn: (id) => state.account(id),
    accountByName: async (username) => state.people.accounts.named(username),
    accountByIdentity: async (identity) => state.people.accounts.withIdentity(identity),
    accountCount: () => state.people.accounts.size,
    accountsByName: async (username) => state.people.accounts.allNamed(username),
    reportedAccounts: async () => state.people.accounts.reported(),
    conversation: async (id) => state.conversation(id),
    directBetween: async (a, b) => state.directBetween(a, b),
    conversationsOf: async (userId) => state.conversationsOf(userId),
    invites: async () => state.invites(),
    recentMessage: rows.recentMessage,
    message: (id, seq, budget) => history.message(id, seq, budget),
    messages: (id, { before = Number.POSITIVE_INFINITY, after, limit, budget }) =>
      after === undefined
        ? history.page(id, before, limit, budget)
        : history.pageAfter(id, after, limit, budget),
    hiddenOf: async (conversationId, userId) => rows.hiddenOf(conversationId, userId),
    changedMessages: (userId, since, page) => history.changed(userId, since, page),
    lastSeqAt: (conversationId, rev, budget) => history.lastSeqAt(conversationId, rev, budget),
    marksOf: async (conversationId) => state.marksOf(conversationId),
    raiseMark: async (mark) => receipts.raise(mark),
    sealedSample: (limit) => sampleSealed(state, history, limit),
    allIds: () => ({
      accounts: [...state.people.accounts.ids()],
      conversations: [...state.conversationStates()].map(({ header }) => header.id),
    }),
    sealedWith: () => meta.current.sealedWith,
    recordSealedWith: (kid) => meta.change({ sealedWith: kid }),
    settings: () => meta.current.settings ?? {},
    saveSettings: (change) =>
      meta
        .change(({ settings: before = {} }) => {
          const settings = change(before);
          return settings && { settings };
        })
        .catch((error) => Promise.reject(refusalOf(error))),
    picture: (id) => pictures.read(state, id),
    uploads: () => state.uploads(),
    totalUsage: (userId) => state.totalUsage(userId),
    largestUsages: (userId, count) => state.largestUsages(userId, count),
    files,
    lastSeen: (userId) => state.people.lastSeen(userId),
    recordSeen: (seen) => receipts.recordSeen(seen),
    transact: (work) => {
      const result = writer.transact(work);
      receipts.flushWithCommit();
      return result;
    },
    isWritable: () => commitLog.isWritable(),
    isFull: () => space.isFull(),
    onCommit: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    checkpoint: (tails = 'old') => maintenance.checkpoint(tails),
    hold: (onLost = () => {}) => maintenance.hold(onLost),
    close: async () => {
      await receipts.close();
      await writer.idle();
      await guard?.close();
      await maintenance.close();
      await journal.close();
    },
  };
}
