import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { pin, SERVER_CORE } from '../processes.ts';
import { pause } from '../report.ts';

export const XMPP_PASSWORD = 'kopi-tubruk-pagi';
export type Archive = 'internal' | 'sql';
export type Prosody = { pid: number; port: number; stop(): Promise<void> };

/** Why Prosody cannot run here; undefined when it can. */
export function prosodyMissing(): string | undefined {
  const { error } = spawnSync('prosodyctl', ['about'], { stdio: 'ignore' });
  return error && 'Prosody is not installed (Debian: apt-get install prosody lua-dbi-sqlite3)';
}

/**
 * Prosody with an archive of all messages, for clients of this machine alone, with accounts p0, p1…; `sql` is SQLite
 * with its own default of syncing each transaction, `internal` files that are never synced.
 * @throws Error with its output when it does not start
 */
export async function startProsody(folder: string, archive: Archive, accounts: number): Promise<Prosody> {
  const data = join(folder, `prosody-${archive}`);
  await mkdir(join(data, 'localhost', 'accounts'), { recursive: true });
  for (let n = 0; n < accounts; n++) {
    const file = join(data, 'localhost', 'accounts', `p${n}.dat`);
    await writeFile(file, `return { ["password"] = "${XMPP_PASSWORD}"; };\n`);
  }
  const port = await freePort();
  const config = join(data, 'prosody.cfg.lua');
  await writeFile(config, configuration(data, archive, port));
  const child = spawn('prosody', ['-F', '--config', config], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const end = () => child.kill('SIGKILL');
  process.once('exit', end);
  while (!(await answers(port))) {
    if (child.exitCode !== null) throw new Error(`Prosody ended: ${output}`);
    await pause(50);
  }
  const pid = child.pid ?? 0;
  pin(pid, SERVER_CORE);
  return {
    pid,
    port,
    stop: async () => {
      process.off('exit', end);
      await stop(child);
    },
  };
}

function configuration(data: string, archive: Archive, port: number): string {
  return `run_as_root = true
data_path = "${data}"
pidfile = "${join(data, 'prosody.pid')}"
log = { error = "*console" }
network_backend = "epoll"
interfaces = { "127.0.0.1" }
c2s_ports = { ${port} }
s2s_ports = { }
modules_enabled = { "roster"; "saslauth"; "disco"; "mam" }
modules_disabled = { "s2s"; "tls"; "offline" }
authentication = "internal_plain"
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
default_archive_policy = true
archive_expires_after = "never"
storage_archive_item_limit = 10000000
storage = { archive = "${archive}" }
sql = { driver = "SQLite3"; database = "${join(data, 'archive.sqlite')}" }
sqlite_tune = "safe"
VirtualHost "localhost"
`;
}

/** A free port, since Prosody does not accept port 0. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

function answers(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      done(true);
    });
    socket.on('error', () => done(false));
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}
