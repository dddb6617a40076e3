import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type PostgresServer, preparePostgres, type Tls } from './postgres-server.ts';

export { hasPostgres } from './postgres-server.ts';

export type Postgres = Pick<PostgresServer, 'url' | 'run'> & {
  /** The address of a new, empty database. */
  newDatabase(): Promise<string>;
  /** The same over TCP, which a rig with `tls` listens to at 127.0.0.1 and 127.0.0.2. */
  tcpUrl(database: string, host: string): string;
  /** Ends all its processes at once, as a power cut does; its files stay. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Starts it again as a standby without a primary: from then on it only reads. */
  restartAsStandby(): Promise<void>;
  stop(): Promise<void>;
};

/**
 * A PostgreSQL of its own, in a new folder, on a Unix socket there: no port is taken, except with `tls`. `settings` are those of
 * postgresql.conf. It does not wait for its disk unless `isDurable`.
 */
export async function startPostgres(
  settings: Record<string, string> = {},
  { isDurable = false, tls }: { isDurable?: boolean; tls?: Tls } = {},
): Promise<Postgres> {
  const server = await preparePostgres({ settings, isDurable, ...(tls && { tls }) });
  const { url, run, start } = server;
  await server.init();
  await start();
  let count = 0;
  return {
    url,
    tcpUrl: (database, host) => `postgres://postgres@${host}:${server.port}/${database}`,
    run,
    start,
    newDatabase: async () => {
      const name = `box${++count}`;
      await run(`create database ${name}`);
      return url(name);
    },
    kill: () => server.end('SIGQUIT'),
    restartAsStandby: async () => {
      await server.end('SIGINT');
      await writeFile(join(server.data, 'standby.signal'), '');
      await start();
    },
    stop: async () => {
      await server.end('SIGINT');
      await server.remove();
    },
  };
}
