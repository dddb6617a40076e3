import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import type { Id } from '../../wire.ts';
import { Company } from '../company.ts';
import type { Rows } from '../rows.ts';
import type { Commit, Store } from '../store.ts';
import { type Transaction, Writer } from '../writer.ts';
import { type AnswerAsk, answerCall } from './calls.ts';
import { type Tails, writePages } from './checkpoint.ts';
import { Checkpoints } from './checkpoints.ts';
import { type Disk, realDisk } from './disk.ts';
import { History } from './history.ts';
import { type Hold, Holds } from './holds.ts';
import { LateMarks, type MarkTimes } from './late-marks.ts';
import { load } from './load.ts';
import { lockFolder } from './lock.ts';
import { memoryDisk } from './memory-disk.ts';
import { MessagePages } from './message-pages.ts';
import { writeMeta } from './meta.ts';

export type Warn = (message: string, details: object) => void;
export type Options = {
  /** Epoch milliseconds. */
  now: () => number;
  /** Told what a person who runs the box should know. */
  warn?: Warn;
  /** Answers what another process asks meanwhile, through the lock. */
  answer?: AnswerAsk;
  /** Bytes of a journal file and of the page cache; smaller in tests. */
  fileBytes?: number;
  cacheBytes?: number;
  /** The longest a commit waits for others, in milliseconds. */
  companyMs?: number;
  markTimes?: MarkTimes;
};

export type LowdbStore = Store & {
  /** Writes into pages what can be written. Comes by itself when the journal has grown. */
  checkpoint(tails?: Tails): Promise<void>;
  /**
   * From when it answers until it is released, or until `onLost`, no page is written and no journal file given back:
   * what is on the disk up to the hold's revision can be copied.
   */
  hold(onLost?: () => void): Promise<Hold>;
};

/** So many journal files since the last checkpoint bring the next: 8 MB. */
const CHECKPOINT_FILES = 2;
/** Beyond so many, senders wait until it has caught up: 32 MB. */
const MOST_FILES = 8;
/** Beyond so many a hold is lost: 64 MB. */
const MOST_HELD_FILES = 16;

/** Opens, or makes, the database in a folder of this machine, for this process alone. @throws when it is in use or damaged */
export async function openLowdbStore(folder: string, options: Options): Promise<LowdbStore> {
  await realDisk.makeFolder(folder);
  await chmod(folder, 0o700);
  const opened = Promise.withResolvers<LowdbStore>();
  opened.promise.catch(() => {});
  const lock = await lockFolder(folder, (call) => answerCall(call, opened.promise, options.answer));
  try {
    const store = await openStore(realDisk, folder, options);
    opened.resolve(store);
    return { ...store, close: () => store.close().then(lock.release) };
  } catch (error) {
    opened.reject(error);
    await lock.release();
    throw error;
  }
}

/** The same store upon a disk in memory, for fast tests. */
export function openMemoryStore(
  now: () => number = Date.now,
  options: Partial<Options> = {},
): Promise<LowdbStore> {
  return openStore(memoryDisk(), 'memory', { now, ...options });
}

/** The store upon any disk. Nobody else may use the folder. @throws Damage */
export async function openStore(disk: Disk, folder: string, options: Options): Promise<LowdbStore> {
  const { now, warn = () => {}, fileBytes, cacheBytes, companyMs, markTimes } = options;
  const { meta, state, journal, ...found } = await load(disk, folder, { fileBytes, warn });
  let { revision, at } = found;
  const pages = new MessagePages(disk, join(folder, 'messages'), cacheBytes);
  const history = new History(state, pages);
  const listeners = new Set<(commit: Commit) => void>();

  let checkpointed = journal.starts().length;
  const holds = new Holds();
  const checkpoints = new Checkpoints(holds, async (tails) => {
    const reached = { revision, at };
    const needed = await writePages(disk, folder, state, pages, journal.starts(), tails);
    await writeMeta(disk, folder, { ...meta, checkpoint: { ...reached, journal: needed } });
    await journal.release(needed);
    checkpointed = journal.starts().length;
  });

  const write = async (batch: Transaction[]): Promise<void> => {
    const behind = journal.starts().length - checkpointed;
    if (behind >= MOST_HELD_FILES) holds.lose();
    if (behind >= CHECKPOINT_FILES && !checkpoints.isRunning && !holds.any) {
      checkpoints.run('old').catch((error: Error) => warn('a checkpoint failed', { error: error.message }));
    }
    if (behind >= MOST_FILES) await checkpoints.underWay();
    const time = Math.max(now(), at);
    await journal.append(
      batch.map(({ revision: own, changes }) => ({ revision: own, durable: revision, at: time, ...changes })),
    );
    for (const { changes } of batch) {
      state.apply(changes);
      history.add(changes.messages);
    }
    revision += batch.length;
    at = time;
    const commit = { revision, users: touchedBy(batch, state) };
    // Told after the writer has finished: what a listener does cannot undo a commit.
    queueMicrotask(() => {
      for (const listener of listeners) listener(commit);
    });
  };

  const rows: Rows = {
    account: (id) => state.account(id),
    accountByName: (username) => state.accountByName(username),
    conversation: (id) => state.conversation(id),
    directBetween: (a, b) => state.directBetween(a, b),
    invites: () => state.invites(),
    recentMessage: (conversationId, messageId) => history.recent(conversationId, messageId),
  };
  const writer = new Writer(rows, revision, write, new Company(companyMs));
  const marks = new LateMarks(state, (raised) => writer.transact((tx) => tx.saveMarks(raised)), markTimes);

  return {
    epoch: meta.epoch,
    revision: () => revision,
    newestFor: (userId) => state.newestFor(userId),
    lastCommitAt: () => at,
    account: async (id) => state.account(id),
    signedIn: (id) => state.account(id),
    accountByName: async (username) => state.accountByName(username),
    accountCount: () => state.accountCount(),
    accountsByName: async (username) => state.accountsByName(username),
    conversation: async (id) => state.conversation(id),
    directBetween: async (a, b) => state.directBetween(a, b),
    conversationsOf: async (userId) => state.conversationsOf(userId),
    invites: async () => state.invites(),
    recentMessage: rows.recentMessage,
    messages: (id, { before = Number.POSITIVE_INFINITY, limit }) => history.page(id, before, limit),
    changedMessages: (userId, since, page) => {
      const changed = state.conversationsOf(userId).filter(({ rev }) => rev > since);
      return history.changed(
        changed.map(({ id }) => id),
        since,
        page,
      );
    },
    lastSeqAt: (conversationId, rev) => history.lastSeqAt(conversationId, rev),
    marksOf: async (conversationId) => [...(state.entry(conversationId)?.marks.values() ?? [])],
    raiseMark: async (mark) => marks.raise(mark),
    transact: (work) => {
      const answer = writer.transact(work);
      marks.ride();
      return answer;
    },
    onCommit: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    checkpoint: (tails = 'old') => checkpoints.run(tails),
    hold: async (onLost = () => {}) => {
      const hold = holds.add(onLost);
      await checkpoints.underWay();
      hold.revision = revision;
      return hold;
    },
    close: async () => {
      await marks.close();
      await writer.idle();
      holds.lose();
      await checkpoints.idle();
      await journal.close();
    },
  };
}

function touchedBy(batch: Transaction[], rows: Pick<Rows, 'conversation'>): Set<Id> {
  const users = new Set<Id>();
  for (const { revision, changes } of batch) {
    for (const { id, peopleRev } of changes.accounts) if (peopleRev === revision) users.add(id);
    const ids = new Set([
      ...changes.conversations.map(({ id }) => id),
      ...changes.messages.map(({ conversationId }) => conversationId),
    ]);
    for (const id of ids) for (const member of rows.conversation(id)?.members ?? []) users.add(member);
  }
  return users;
}
