import { type Clock, type ClockSources, openServerTime, systemClocks } from '../../clock.ts';
import { NO_OFF_TIMES } from '../../off-time.ts';
import type { SharedFiles } from '../attachment-files.ts';
import { recordConfirmed } from '../confirmations.ts';
import { GroupCommit } from '../group-commit.ts';
import type { Disk, Warn } from '../lowdb/disk/disk.ts';
import { realDisk } from '../lowdb/disk/disk.ts';
import { AttachmentFolder } from '../lowdb/pages/attachment-folder.ts';
import { sampleSealed } from '../lowdb/pages/history.ts';
import { DeferredReceipts } from '../lowdb/state/deferred-receipts.ts';
import { durableRows } from '../lowdb/state/durable-rows.ts';
import type { Rows } from '../rows.ts';
import type { Mark, Seen, Store, StoredPicture } from '../store.ts';
import { refusalOf, Writer } from '../writer.ts';
import { CommitTurns } from './commits/commit-turns.ts';
import {
  type Connections,
  clientConfig,
  connect,
  ended,
  openReaders,
  queryOf,
} from './connections/connection.ts';
import { startError } from './connections/database-error.ts';
import { Follower } from './replica/follower.ts';
import { loadReplica } from './replica/load-replica.ts';
import { SignalChannel } from './replica/signal-channel.ts';
import { BoxRow } from './rows/box-row.ts';
import { CounterRows } from './rows/counter-rows.ts';
import { MessageRows } from './rows/message-rows.ts';
import { migrate } from './tables/migrate.ts';
import { startHousekeeping } from './upkeep/housekeeping.ts';
import { livingCores } from './upkeep/living-cores.ts';
import { OrphanedMessages } from './upkeep/orphaned-messages.ts';

/** The longest a commit waits for others of its core, in milliseconds: a database needs no mercy as flash does. */
const GROUP_COMMIT_MS = 10;

export type Options = {
  databaseUrl: string;
  /** The folder of the files of messages, the same for all cores, unless `files` are elsewhere. */
  filesFolder?: string;
  files?: SharedFiles;
  now: Clock;
  warn?: Warn;
  /** This core cannot follow the database any more: the process has to start again. */
  onLost?: (error: Error) => void;
  groupCommitMs?: number;
  /** Whether notices are listened for; without them a commit of another core is seen up to 250 ms later. */
  listens?: boolean;
  disk?: Disk;
  clocks?: Partial<ClockSources>;
  /** The class of connections, unless it is that of the driver. */
  Client?: NonNullable<Connections['Client']>;
};

/** Opens a database of PostgreSQL, which other cores may use at the same time. @throws Error with a sentence that names the cure */
export async function openPostgresStore(options: Options): Promise<Store> {
  const { databaseUrl } = options;
  const config: Connections = {
    ...clientConfig(databaseUrl),
    ...(options.Client && { Client: options.Client }),
  };
  try {
    const client = await connect(config, () => {});
    try {
      await migrate(client, databaseUrl);
      return await openLoaded(options, config, await loadReplica(client));
    } finally {
      await client.end().catch(() => {});
    }
  } catch (error) {
    throw startError(databaseUrl, error);
  }
}

async function openLoaded(
  options: Options,
  config: Connections,
  { replica, box }: Awaited<ReturnType<typeof loadReplica>>,
): Promise<Store> {
  const { filesFolder = 'attachments', now, warn = () => {}, onLost = () => {}, disk = realDisk } = options;
  const { state } = replica;
  const readers = openReaders(config);
  const query = queryOf(readers);
  const pollers = openReaders(config, true);
  let storedOffTimes = box.off_times ?? NO_OFF_TIMES;
  let savingOffTimes: Promise<void> = Promise.resolve();
  const time = openServerTime(replica.last, { ...systemClocks, now, ...options.clocks }, storedOffTimes);
  const messages = new MessageRows(replica, query);
  const rows: Rows = durableRows(state, messages);
  const files = options.files ?? new AttachmentFolder(disk, filesFolder);
  const boxRow = new BoxRow(readers, box);
  const saveOffTimes = async () => {
    const own = time.offTimes();
    if (own === storedOffTimes) return;
    await boxRow.saveOffTimes(storedOffTimes, own);
    storedOffTimes = own;
  };
  // Before anything is emptied by the new time.
  await saveOffTimes();
  replica.onCommit(() => {
    savingOffTimes = savingOffTimes.then(saveOffTimes).catch(() => {});
  });
  const { core } = replica;
  const signals = new SignalChannel(query, core);
  const turns = new CommitTurns({ config, replica, rows, core, time });
  const listens = options.listens ?? true;
  const onBox = boxRow.use.bind(boxRow);
  const onSignals = signals.received.bind(signals);
  const follower = new Follower({
    config,
    query: queryOf(pollers),
    replica,
    onBox,
    onLost,
    onSignals,
    warn,
    listens,
  });
  const endHousekeeping = startHousekeeping({ query, replica, files, warn });
  const groupCommit = new GroupCommit(options.groupCommitMs ?? GROUP_COMMIT_MS);
  const orphans = new OrphanedMessages({ core, livingCores: () => livingCores(query), signals });
  replica.watchRecords((records) => orphans.applied(records));
  const write: typeof turns.write = (batch) =>
    turns.write(batch).catch((error) => {
      orphans.failed(batch);
      throw error;
    });
  const writer = new Writer(rows, replica.revision, write, groupCommit, turns);
  const save = async (marks: Mark[], seen: Seen[]) => {
    await writer.transact(async (tx) => {
      if (marks.length > 0) await tx.saveMarks(marks);
      if (seen.length > 0) await tx.saveSeen(seen);
    });
  };
  const receipts = new DeferredReceipts(state, save);
  await follower.start();

  const picture = async (id: string): Promise<StoredPicture | undefined> => {
    for (let attempt = 1; ; attempt++) {
      const named = state.pictureIdOf(id);
      if (named === undefined) return undefined;
      const [row] = await query<{ doc: StoredPicture }>('select doc from pictures where user_id = $1', [id]);
      if (row?.doc.id === named || attempt === 3) return row?.doc.id === named ? row.doc : undefined;
      // Another core has replaced it, and this one has not applied that yet.
      await follower.catchUp();
    }
  };

  return {
    get epoch() {
      return replica.epoch;
    },
    historyUpTo: (epoch) => replica.historyUpTo(epoch),
    revision: () => replica.revision,
    newestFor: (userId) => state.newestFor(userId),
    lastCommitAt: () => replica.last.at,
    time,
    account: async (id) => state.account(id),
    signedIn: (id) => state.account(id),
    // A login is rare, and may be the next request of someone whom another core has just registered.
    accountByName: async (username) => {
      await follower.catchUp();
      return state.people.accounts.named(username);
    },
    accountByIdentity: async (identity) => {
      await follower.catchUp();
      return state.people.accounts.withIdentity(identity);
    },
    accountCount: () => state.people.accounts.size,
    accountsByName: async (username) => {
      await follower.catchUp();
      return state.people.accounts.allNamed(username);
    },
    reportedAccounts: async () => state.people.accounts.reported(),
    conversation: async (id) => state.conversation(id),
    directBetween: async (a, b) => state.directBetween(a, b),
    conversationsOf: async (userId) => state.conversationsOf(userId),
    invites: async () => state.invites(),
    recentMessage: rows.recentMessage,
    message: (id, seq, budget) => messages.message(id, seq, budget),
    messages: (id, { before = Number.POSITIVE_INFINITY, after, limit, budget }) =>
      after === undefined
        ? messages.page(id, before, limit, budget)
        : messages.pageAfter(id, after, limit, budget),
    hiddenOf: async (conversationId, userId) => rows.hiddenOf(conversationId, userId),
    changedMessages: (userId, since, page) => messages.changed(userId, since, page),
    lastSeqAt: (conversationId, revision) => messages.lastSeqAt(conversationId, revision),
    marksOf: async (conversationId) => state.marksOf(conversationId),
    raiseMark: async (mark, isElsewhere) => {
      if (isElsewhere) return state.raiseMark(mark);
      const isRaised = receipts.raise(mark);
      if (isRaised) signals.send({ kind: 'mark', mark });
      return isRaised;
    },
    sealedSample: (limit) => sampleSealed(state, messages, limit),
    allIds: () => ({
      accounts: [...state.people.accounts.ids()],
      conversations: [...state.conversationStates()].map(({ header }) => header.id),
    }),
    sealedWith: () => boxRow.sealedWith(),
    recordSealedWith: (kid) => boxRow.recordSealedWith(kid),
    settings: () => boxRow.settings(),
    saveSettings: (change) => boxRow.saveSettings(change).catch((error) => Promise.reject(refusalOf(error))),
    picture,
    uploads: () => state.uploads(),
    totalUsage: (userId) => state.totalUsage(userId),
    largestUsages: (userId, count) => state.largestUsages(userId, count),
    files,
    lastSeen: (userId) => state.people.lastSeen(userId),
    recordSeen: (seen) => receipts.recordSeen(seen),
    transact: (work) => {
      const result = writer.transact(work);
      result.then(recordConfirmed, () => {});
      receipts.flushWithCommit();
      return result;
    },
    isWritable: async () => {
      if (turns.failed) await writer.transact(async () => {}).catch(() => {});
      return follower.isFresh() && !turns.failed && !turns.isFull();
    },
    isFull: () => turns.isFull(),
    onCommit: (listener) => replica.onCommit(listener),
    catchUp: () => follower.catchUp(),
    confirm: async () => {
      if (!turns.isConfirmed()) await writer.transact(async () => {});
    },
    signals,
    freshness: follower,
    counters: new CounterRows(query),
    databaseUse: async () => {
      const [size] = await query<{ bytes: number }>('select pg_database_size(current_database()) as bytes');
      return { bytes: size?.bytes ?? 0, cores: (await livingCores(query)).size };
    },
    onOrphaned: (listener) => orphans.onOrphaned(listener),
    close: async () => {
      orphans.close();
      await receipts.close();
      signals.close();
      await writer.idle();
      await ended(follower.close(), endHousekeeping());
      await ended(turns.close(), savingOffTimes);
      await ended(readers.end(), pollers.end());
    },
  };
}
