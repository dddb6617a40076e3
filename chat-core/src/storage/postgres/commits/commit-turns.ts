import type { Client, QueryResult } from 'pg';
import type { ServerTime, Stamp } from '../../../clock.ts';
import type { Rows } from '../../rows.ts';
import type { CommittedChanges, Turns } from '../../writer.ts';
import { type Connections, connect } from '../connections/connection.ts';
import { writeError } from '../connections/database-error.ts';
import type { Box } from '../replica/load-replica.ts';
import { MissingCommits, type Replica } from '../replica/replica.ts';
import { recordedChanges } from './commit-record.ts';
import { commitStatement } from './commit-statement.ts';
import { renewEpoch } from './epochs.ts';
import { checkHistory } from './history-check.ts';

/** The longest wait for the turn of another core. */
const LOCK_TIMEOUT_MS = 10_000;
/** After so many commits in a row without one of another core the next one is tried without a turn. */
const LIKELY_AFTER = 2;
const UNREPLICATED = 'the standby has not confirmed the commit';
/** After a commit that found no room the disk counts as full for so long. */
const FULL_MS = 10_000;

export type TurnsOptions = {
  config: Connections;
  replica: Replica;
  rows: Rows;
  /** Names this process in the records of its commits. */
  core: string;
  time: ServerTime;
};

/**
 * The turns of one core to commit. A turn takes the row of the box FOR UPDATE, applies what other cores have committed since,
 * and ends with a commit of its own or without. Thus revisions have no gaps, and their order is that of the commits.
 *
 * When the answer to a commit is lost, it may be durable all the same: its callers are refused and repeat their requests, and
 * the next turn, which waits for the end of the old one, applies it if it is there.
 *
 * That a commit can be seen does not prove that the standby has it: its wait was cancelled, or the server started again meanwhile.
 * So a turn that writes nothing ends with a commit all the same, unless this core knows that all it has applied is replicated: its
 * lock of the row makes the database wait for the standby, which gets everything in order.
 *
 * A core that alone has committed lately needs no turn: it tries to write on the commit that it knows, in one statement, which writes
 * nothing if there is a newer one.
 */
export class CommitTurns implements Turns {
  private readonly options: TurnsOptions;
  private client: Client | undefined;
  /** The connection that has the turn. */
  private turn: Client | undefined;
  /** Whether the database has said something since the last commit began. */
  private hasNotice = false;
  /** Up to this revision all commits are where the database promises that they are. */
  private confirmedUpTo = -1;
  private fullUntil = 0;
  private hasFailed = false;
  /** The newest commit of this core, and how many of its commits have followed each other without one of another core. */
  private own = { revision: -1, inARow: 0 };

  constructor(options: TurnsOptions) {
    this.options = options;
  }

  /** Whether the last commit found no room, or could not be made at all. */
  isFull(): boolean {
    return performance.now() < this.fullUntil;
  }

  get failed(): boolean {
    return this.hasFailed;
  }

  async begin(): Promise<number> {
    const { replica } = this.options;
    this.turn = undefined;
    return this.tracking(async (client) => {
      const results = (await client.query(
        'begin; select epoch, revision, at, clock from box for update',
      )) as unknown as QueryResult<Pick<Box, 'epoch' | 'revision' | 'at' | 'clock'>>[];
      const [box] = results.at(-1)?.rows ?? [];
      checkHistory(box, replica);
      if (box && (box.revision > replica.revision || box.epoch !== replica.epoch))
        await replica.catchUp((text, values) => client.query(text, values));
      if (box?.revision !== replica.revision)
        throw new MissingCommits('this core was away for longer than commits are kept for it');
      this.turn = client;
      return replica.revision;
    });
  }

  /** Makes a batch durable, and then visible. When it throws, nothing is visible yet. */
  async write(batch: CommittedChanges[]): Promise<void> {
    const { rows } = this.options;
    const stamps = this.stamps();
    await this.tracking(async (client) => {
      this.requireTurn(client);
      await client.query(commitStatement(rows, batch, stamps));
      await this.commit(client);
    });
    this.wrote(batch, stamps);
  }

  expected(): number | undefined {
    const { replica } = this.options;
    const isLikely = this.own.inARow >= LIKELY_AFTER && this.own.revision === replica.revision;
    return this.client && isLikely ? replica.revision : undefined;
  }

  async tryWrite(batch: CommittedChanges[]): Promise<boolean> {
    const { replica, rows } = this.options;
    const { epoch, revision, last } = replica;
    const expected = { epoch, revision, ...last };
    // It may have applied commits of others while the transactions ran.
    let isWritten = this.own.revision === revision;
    if (isWritten) {
      const stamps = this.stamps();
      isWritten = await this.tracking(async (client) => {
        const statement = commitStatement(rows, batch, { ...stamps, expected });
        this.hasNotice = false;
        const written = (await client.query(statement)).rows.length > 0;
        if (this.hasNotice) throw new Error(UNREPLICATED);
        return written;
      });
      if (isWritten) this.wrote(batch, stamps);
    }
    if (!isWritten) this.own.inARow = 0;
    return isWritten;
  }

  private stamps(): { core: string; stamp: Stamp; at: number } {
    const { core, time, replica } = this.options;
    const stamp = time.stamp();
    return { core, stamp, at: Math.max(stamp.at, replica.last.at) };
  }

  /** A batch has been committed: it becomes visible. */
  private wrote(batch: CommittedChanges[], { core, stamp, at }: ReturnType<CommitTurns['stamps']>): void {
    const { replica } = this.options;
    const [first, newest] = [batch[0]?.revision ?? 0, batch.at(-1)?.revision ?? 0];
    const { revision, inARow } = this.own;
    this.own = { revision: newest, inARow: revision + 1 === first ? inARow + 1 : 0 };
    this.confirmedUpTo = newest;
    replica.apply(
      batch.map(({ revision, changes }) => ({
        revision,
        core,
        at,
        clock: stamp.clock,
        changes: { ...changes, ...recordedChanges(changes) },
      })),
    );
    // A poll may have applied this batch already, and after it an edit by another core.
    if (replica.revision !== newest) return;
    for (const { changes } of batch)
      for (const row of [...changes.messages, ...changes.edits]) replica.newest.put(row);
  }

  async abandon(): Promise<void> {
    await this.tracking(async (client) => {
      this.requireTurn(client);
      await (this.isConfirmed() ? client.query('rollback') : this.confirm(client));
    });
  }

  /** Whether all commits that this core has applied outlive the end of the server. */
  isConfirmed(): boolean {
    return this.options.replica.revision <= this.confirmedUpTo;
  }

  private async confirm(client: Client): Promise<void> {
    const { revision } = this.options.replica;
    await this.commit(client);
    this.confirmedUpTo = revision;
  }

  /** @throws Error also when the database warns: it has given up to wait for the standby. The words of it are in its language. */
  private async commit(client: Client): Promise<void> {
    this.hasNotice = false;
    await client.query('commit');
    if (this.hasNotice) throw new Error(UNREPLICATED);
  }

  async close(): Promise<void> {
    await this.client?.end().catch(() => {});
    this.client = undefined;
  }

  /** @throws Error when the connection that had the turn has ended since, and with it the turn */
  private requireTurn(client: Client): void {
    if (client !== this.turn) throw new Error('the connection has ended during the turn');
    this.turn = undefined;
  }

  /** Runs a step of a turn. After a failure the connection is closed, which ends the turn, whatever its state. */
  private async tracking<T>(step: (client: Client) => Promise<T>): Promise<T> {
    const client = this.client ?? (await this.open());
    try {
      const result = await step(client);
      this.hasFailed = false;
      return result;
    } catch (cause) {
      this.hasFailed = true;
      this.own.inARow = 0;
      const error = writeError(cause);
      if (error !== cause) this.fullUntil = performance.now() + FULL_MS;
      this.client = undefined;
      void client.end().catch(() => {});
      throw error;
    }
  }

  private async open(): Promise<Client> {
    this.hasFailed = true;
    const config = { ...this.options.config, lock_timeout: LOCK_TIMEOUT_MS };
    const client = await connect(config, () => {
      if (this.client === client) this.client = undefined;
    });
    client.on('notice', () => {
      this.hasNotice = true;
    });
    try {
      // A commit that waits for a standby must not end early: the database would call it a success.
      await client.query('set statement_timeout = 0');
      await client.query(
        "select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') in ('off', 'local')",
      );
      await renewEpoch(client, () => this.commit(client));
    } catch (error) {
      await client.end().catch(() => {});
      throw error;
    }
    this.client = client;
    return client;
  }
}
