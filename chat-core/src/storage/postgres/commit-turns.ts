import type { Client, QueryResult } from 'pg';
import type { ServerTime } from '../../clock.ts';
import type { Rows } from '../rows.ts';
import type { CommittedChanges, Turns } from '../writer.ts';
import { recordedChanges } from './commit-record.ts';
import { commitStatement } from './commit-statement.ts';
import { type Connections, connect } from './connection.ts';
import { writeError } from './database-error.ts';
import { checkHistory, readCommits } from './history-check.ts';
import type { Box } from './load-replica.ts';
import type { Replica } from './replica.ts';

/** The longest wait for the turn of another core. */
const LOCK_TIMEOUT_MS = 10_000;
/** After a commit that found no room the disk counts as full for so long. */
const FULL_MS = 10_000;

export type TurnsOptions = {
  config: Connections;
  replica: Replica;
  rows: Rows;
  epoch: string;
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
 */
export class CommitTurns implements Turns {
  private readonly options: TurnsOptions;
  private client: Client | undefined;
  /** The connection that has the turn. */
  private turn: Client | undefined;
  private isUnreplicated = false;
  private fullUntil = 0;
  private hasFailed = false;

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
    const { replica, epoch } = this.options;
    this.turn = undefined;
    return this.tracking(async (client) => {
      const results = (await client.query(
        'begin; select epoch, revision, at, clock from box for update',
      )) as unknown as QueryResult<Pick<Box, 'epoch' | 'revision' | 'at' | 'clock'>>[];
      const [box] = results.at(-1)?.rows ?? [];
      checkHistory(box, epoch, replica);
      if (box && box.revision > replica.revision)
        replica.apply(await readCommits((text, values) => client.query(text, values), replica));
      this.turn = client;
      return replica.revision;
    });
  }

  /** Makes a batch durable, and then visible. When it throws, nothing is visible yet. */
  async write(batch: CommittedChanges[]): Promise<void> {
    const { replica, rows, core, time } = this.options;
    const stamp = time.stamp();
    const at = Math.max(stamp.at, replica.last.at);
    await this.tracking(async (client) => {
      this.requireTurn(client);
      const { text, values } = commitStatement(rows, batch, { core, stamp, at });
      await client.query(text, values);
      await client.query('commit');
      if (this.isUnreplicated) throw new Error('the standby has not confirmed the commit');
    });
    replica.apply(
      batch.map(({ revision, changes }) => ({
        revision,
        core,
        at,
        clock: stamp.clock,
        changes: { ...changes, ...recordedChanges(changes) },
      })),
    );
    for (const { changes } of batch)
      for (const row of [...changes.messages, ...changes.edits]) replica.newest.put(row);
  }

  async abandon(): Promise<void> {
    await this.tracking((client) => {
      this.requireTurn(client);
      return client.query('rollback');
    });
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
    this.isUnreplicated = false;
    client.on('notice', ({ message }) => {
      if (message?.includes('might not have been replicated')) this.isUnreplicated = true;
    });
    // A commit that waits for a standby must not end early: the database would call it a success.
    await client.query('set statement_timeout = 0');
    await client.query(
      "select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') in ('off', 'local')",
    );
    this.client = client;
    return client;
  }
}
