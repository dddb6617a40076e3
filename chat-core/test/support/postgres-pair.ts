import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type PostgresServer, preparePostgres } from './postgres-server.ts';
import { until } from './until.ts';

/** A primary and a synchronous standby, both durable: what a commit acknowledges is on the disks of both. */
export type PostgresPair = {
  /** The address of a new, empty database, with the hosts of both. */
  newDatabase(): Promise<string>;
  /** Runs statements as the superuser at the primary. */
  run(sql: string, database?: string): Promise<Record<string, unknown>[]>;
  /** Kills all processes of the primary at once. */
  killPrimary(): Promise<void>;
  /** Stops the primary where it is, as a power cut looks from outside: it answers nothing, and ends no connection. */
  freezePrimary(): Promise<void>;
  /** The standby becomes the primary, without a standby of its own. Resolves when it writes. */
  promote(): Promise<void>;
  /** The server that was killed, or is frozen, becomes the synchronous standby, with a new copy of the data. Resolves when both have all commits. */
  rebuildStandby(): Promise<void>;
  /** Stops the primary in order, or by SIGKILL, and starts it again. Resolves when the standby follows it again. */
  restartPrimary(signal?: 'SIGINT' | 'SIGKILL'): Promise<void>;
  stop(): Promise<void>;
};

/** `settings` are those of postgresql.conf, of both. */
export async function startPostgresPair(settings: Record<string, string> = {}): Promise<PostgresPair> {
  // A standby looks for its primary more often than every 5 s, the default.
  const all = { wal_retrieve_retry_interval: '100ms', wal_keep_size: '256MB', ...settings };
  const prepare = () => preparePostgres({ settings: all, isDurable: true });
  let [primary, standby] = [await prepare(), await prepare()];
  let count = 0;

  const becomeStandby = async () => {
    await standby.end('SIGKILL');
    await standby.copyFrom(primary);
    await writeFile(join(standby.data, 'standby.signal'), '');
    const from = `host=${primary.folder} port=${primary.port} user=postgres application_name=standby`;
    await standby.start({ primary_conninfo: from });
    await isFollowing(primary, 'streaming');
    await primary.run("alter system set synchronous_standby_names = '*'");
    await primary.run('select pg_reload_conf()');
    await isFollowing(primary, 'synchronous');
    // Commits wait once the checkpointer has read the settings, which it does before it begins a checkpoint.
    await primary.run('checkpoint');
  };

  await primary.init();
  await primary.start();
  await becomeStandby();
  return {
    newDatabase: async () => {
      const name = `box${++count}`;
      await primary.run(`create database ${name}`);
      const folders = encodeURIComponent([primary.folder, standby.folder].join(','));
      return `postgres://postgres@localhost:${primary.port}/${name}?host=${folders}`;
    },
    run: (sql, database) => primary.run(sql, database),
    killPrimary: () => primary.end('SIGKILL'),
    freezePrimary: () => primary.freeze(),
    promote: async () => {
      await standby.run('select pg_promote()');
      [primary, standby] = [standby, primary];
    },
    rebuildStandby: becomeStandby,
    restartPrimary: async (signal = 'SIGINT') => {
      await primary.end(signal);
      await primary.start();
      await isFollowing(primary, 'synchronous');
    },
    stop: async () => {
      await Promise.all([primary.end('SIGINT'), standby.end('SIGINT')]);
      await Promise.all([primary.remove(), standby.remove()]);
    },
  };
}

/** Waits until the standby follows: `streaming`: it has all commits; `synchronous`: each commit waits for it besides. */
async function isFollowing(primary: PostgresServer, how: 'streaming' | 'synchronous'): Promise<void> {
  await until(async () => {
    const [row] = await primary.run('select state, sync_state from pg_stat_replication');
    return row?.state === 'streaming' && (how === 'streaming' || row.sync_state === 'sync');
  });
}
