import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { findPostgres } from '../../../scripts/find-postgres.ts';

const bin = findPostgres();
const DEFAULT_PORT = 5432;

/** Whether tests can run PostgreSQL here; the end of `npm test` says where they could not. */
export const hasPostgres = bin !== undefined;

export type Postgres = {
  /** The address of a new, empty database. */
  newDatabase(): Promise<string>;
  /** The address of a database by its name. */
  url(database: string, user?: string): string;
  /** The same over TCP, which a rig with `tls` listens to at 127.0.0.1 and 127.0.0.2. */
  tcpUrl(database: string, host: string): string;
  /** Runs statements as the superuser. */
  run(sql: string, database?: string): Promise<Record<string, unknown>[]>;
  /** Ends all its processes at once, as a power cut does; its files stay. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Starts it again as a standby without a primary: from then on it only reads. */
  restartAsStandby(): Promise<void>;
  stop(): Promise<void>;
};

/** PostgreSQL does not run as root: Debian's package makes this user. */
function owner(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/**
 * A PostgreSQL of its own, in a new folder, on a Unix socket there: no port is taken, except with `tls`. `settings` are those of
 * postgresql.conf. It does not wait for its disk unless `isDurable`.
 */
export async function startPostgres(
  settings: Record<string, string> = {},
  { isDurable = false, tls }: { isDurable?: boolean; tls?: { key: string; certificate: string } } = {},
): Promise<Postgres> {
  if (!bin) throw new Error('PostgreSQL is not installed');
  const folder = await mkdtemp(join(tmpdir(), 'bisik-postgres-'));
  const user = owner();
  if (user) await chown(folder, user.uid, user.gid);
  await chmod(folder, 0o755);
  const data = join(folder, 'data');
  execFileSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '--no-sync', '-E', 'UTF8'],
    {
      ...user,
      cwd: folder,
      stdio: 'ignore',
    },
  );
  if (tls) {
    await writeFile(join(data, 'server.crt'), tls.certificate);
    await writeFile(join(data, 'server.key'), tls.key, { mode: 0o600 });
    if (user) await chown(join(data, 'server.key'), user.uid, user.gid);
  }
  const port = tls ? await freePort() : DEFAULT_PORT;
  const all: Record<string, string> = {
    ...(tls
      ? { ssl: 'on', listen_addresses: '127.0.0.1,127.0.0.2', port: String(port) }
      : { listen_addresses: '' }),
    unix_socket_directories: folder,
    shared_buffers: '16MB',
    ...(!isDurable && { fsync: 'off' }),
    ...settings,
  };
  const args = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  let ended: Promise<unknown> = Promise.resolve();
  let child: ReturnType<typeof spawn> | undefined;
  const url = (database: string, name = 'postgres') =>
    `postgres://${name}@localhost:${port}/${database}?host=${encodeURIComponent(folder)}`;
  const run = async (sql: string, database = 'postgres') => {
    const client = new Client({ connectionString: url(database) });
    await client.connect();
    try {
      return (await client.query(sql)).rows as Record<string, unknown>[];
    } finally {
      await client.end();
    }
  };
  const start = async () => {
    const own = spawn(join(bin, 'postgres'), ['-D', data, ...args], {
      ...user,
      cwd: folder,
      stdio: 'ignore',
    });
    child = own;
    ended = new Promise((resolve) => own.once('exit', resolve));
    for (;;) {
      if (own.exitCode !== null) throw new Error('PostgreSQL ended at its start');
      const isUp = await run('select 1').then(
        () => true,
        () => false,
      );
      if (isUp) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const end = async (signal: 'SIGQUIT' | 'SIGINT') => {
    child?.kill(signal);
    await ended;
  };
  await start();
  let count = 0;
  return {
    url,
    tcpUrl: (database, host) => `postgres://postgres@${host}:${port}/${database}`,
    run,
    start,
    newDatabase: async () => {
      const name = `box${++count}`;
      await run(`create database ${name}`);
      return url(name);
    },
    kill: () => end('SIGQUIT'),
    restartAsStandby: async () => {
      await end('SIGINT');
      await writeFile(join(data, 'standby.signal'), '');
      await start();
    },
    stop: async () => {
      await end('SIGINT');
      await rm(folder, { recursive: true });
    },
  };
}
