import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { findPostgres } from '../../../scripts/find-postgres.ts';
import { signalProcess } from '../../../scripts/signal-process.ts';
import { until } from './until.ts';

const bin = findPostgres();
const DEFAULT_PORT = 5432;

/** Whether tests can run PostgreSQL here; the end of `npm test` says where they could not. */
export const hasPostgres = bin !== undefined;

type Settings = Record<string, string>;
export type Tls = { key: string; certificate: string };
export type ServerOptions = {
  /** Those of postgresql.conf. */
  settings?: Settings;
  /** Whether it waits for its disk. */
  isDurable?: boolean;
  /** With it, it listens to TCP as well, at 127.0.0.1 and 127.0.0.2. */
  tls?: Tls;
  /** The folder of its folder. */
  parent?: string;
};

/** One server of PostgreSQL, in a new folder, on a Unix socket there. */
export type PostgresServer = {
  /** The folder of its socket. */
  folder: string;
  data: string;
  port: number;
  /** The address of a database by its name. */
  url(database: string, user?: string): string;
  /** Runs statements as the superuser. */
  run(sql: string, database?: string): Promise<Record<string, unknown>[]>;
  /** Makes its data as those of a new server. */
  init(): Promise<void>;
  /** Makes its data as a copy of those of a server that runs. */
  copyFrom(primary: PostgresServer): Promise<void>;
  /** Starts it, with more settings, and waits until it answers. */
  start(settings?: Settings): Promise<void>;
  /** Ends it: with SIGINT in order, with SIGQUIT at once, with SIGKILL all of its processes before they notice. */
  end(signal: 'SIGINT' | 'SIGQUIT' | 'SIGKILL'): Promise<void>;
  /** Stops all of its processes where they are: it answers nothing, and closes no connection. */
  freeze(): Promise<void>;
  remove(): Promise<void>;
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

/** Its folder; init or copyFrom, and then start, make it a server. */
export async function preparePostgres({
  settings = {},
  isDurable = false,
  tls,
  parent = tmpdir(),
}: ServerOptions = {}): Promise<PostgresServer> {
  if (!bin) throw new Error('PostgreSQL is not installed');
  const program = (name: string) => join(bin, name);
  const folder = await mkdtemp(join(parent, 'bisik-postgres-'));
  const user = owner();
  if (user) await chown(folder, user.uid, user.gid);
  await chmod(folder, 0o755);
  const data = join(folder, 'data');
  const port = tls ? await freePort() : DEFAULT_PORT;
  const base: Settings = {
    ...(tls
      ? { ssl: 'on', listen_addresses: '127.0.0.1,127.0.0.2', port: String(port) }
      : { listen_addresses: '' }),
    unix_socket_directories: folder,
    shared_buffers: '16MB',
    // In its folder, which is removed: what a server that was killed leaves in /dev/shm would stay there.
    dynamic_shared_memory_type: 'mmap',
    ...(!isDurable && { fsync: 'off' }),
    ...settings,
  };
  const runProgram = (name: string, args: string[]) =>
    promisify(execFile)(program(name), args, { ...user, cwd: folder });
  const url = (database: string, name = 'postgres') =>
    `postgres://${name}@localhost:${port}/${database}?host=${encodeURIComponent(folder)}`;
  let child: ReturnType<typeof spawn> | undefined;
  let ended: Promise<unknown> = Promise.resolve();
  let isFrozen = false;

  const run = async (sql: string, database = 'postgres') => {
    const client = new Client({ connectionString: url(database) });
    client.on('error', () => {});
    await client.connect();
    try {
      return (await client.query(sql)).rows as Record<string, unknown>[];
    } finally {
      await client.end();
    }
  };

  return {
    folder,
    data,
    port,
    url,
    run,
    init: async () => {
      await runProgram('initdb', ['-D', data, '-U', 'postgres', '-A', 'trust', '--no-sync', '-E', 'UTF8']);
      if (!tls) return;
      await writeFile(join(data, 'server.crt'), tls.certificate);
      await writeFile(join(data, 'server.key'), tls.key, { mode: 0o600 });
      if (user) await chown(join(data, 'server.key'), user.uid, user.gid);
    },
    copyFrom: async (primary) => {
      // The folder itself stays: by it PostgreSQL finds the shared memory of a server that was killed there, and frees it.
      for (const name of await readdir(data).catch(() => [])) await rm(join(data, name), { recursive: true });
      const from = ['-h', primary.folder, '-p', String(primary.port), '-U', 'postgres'];
      await runProgram('pg_basebackup', ['-D', data, ...from, '-c', 'fast', '-X', 'stream', '--no-sync']);
    },
    start: async (more = {}) => {
      const args = Object.entries({ ...base, ...more }).flatMap(([name, value]) => [
        '-c',
        `${name}=${value}`,
      ]);
      const own = spawn(program('postgres'), ['-D', data, ...args], {
        ...user,
        cwd: folder,
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      let log = '';
      own.stderr.on('data', (chunk: Buffer) => {
        log = (log + chunk.toString()).slice(-4000);
      });
      child = own;
      isFrozen = false;
      ended = new Promise((resolve) => own.once('exit', resolve));
      for (;;) {
        if (own.exitCode !== null) throw new Error(`PostgreSQL ended at its start: ${log}`);
        const isUp = await run('select 1').then(
          () => true,
          () => false,
        );
        if (isUp) return;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    end: async (signal) => {
      if (child?.pid && child.exitCode === null && child.signalCode === null) {
        if (signal === 'SIGKILL' || isFrozen) await killAll(child.pid);
        else child.kill(signal);
      }
      await ended;
    },
    freeze: async () => {
      if (child?.pid) await signalAll(child.pid, 'SIGSTOP');
      isFrozen = true;
    },
    remove: () => rm(folder, { recursive: true }),
  };
}

/** Kills a process and its children. Resolves when none of them runs. */
async function killAll(pid: number): Promise<void> {
  for (const one of await signalAll(pid, 'SIGKILL')) await until(() => hasEnded(one));
}

/** Sends a signal to a process and its children, of which it starts none meanwhile. @returns their ids */
async function signalAll(pid: number, signal: NodeJS.Signals): Promise<number[]> {
  signalProcess(pid, 'SIGSTOP');
  // The signal is sent, and may not have arrived: until it stands still it starts children.
  await until(async () => 'TZ'.includes(await stateOf(pid)));
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  const all = [...children.split(' ').filter(Boolean).map(Number), pid];
  for (const one of all) {
    try {
      signalProcess(one, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
  return all;
}

/** Whether a process is gone, or only waits for its parent to learn that. */
const hasEnded = async (pid: number) => (await stateOf(pid)) === 'Z';

/** The state of a process as one letter (proc_pid_stat(5)): `T` when it is stopped, `Z` also when it is gone. */
async function stateOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') Z');
  return stat.charAt(stat.lastIndexOf(')') + 2);
}
