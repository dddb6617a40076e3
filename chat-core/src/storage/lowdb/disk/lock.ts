import { randomUUID } from 'node:crypto';
import { chmod, link, rename, rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join, relative } from 'node:path';
import { dataFolderError } from './data-folder.ts';

/** Limit of Linux for socket paths. */
const MAX_PATH_BYTES = 107;

/** How long an owner may take to send its name. */
const TIMEOUT_MS = 5000;
/** Errors of a connection to a socket whose process is dead or dies meanwhile. */
const GONE = ['ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE'];

export type Lock = { release(): Promise<void> };

/**
 * Locks a folder for this process with a listening Unix socket (process ids repeat in containers). A socket of a dead
 * process refuses connections and is replaced. `onConnection` gets the connections of other processes.
 * @throws a sentence when another process has the folder
 */
export async function lockFolder(
  folder: string,
  onConnection: (socket: Socket) => void = () => {},
  name = 'lock',
): Promise<Lock> {
  const path = join(folder, name);
  const ownName = randomUUID().slice(0, 8);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    socket.write(`${ownName}\n`);
    onConnection(socket);
  });
  const ownPath = `${path}.${ownName}`;
  try {
    await listen(server, ownPath);
    // A process that can connect may send every request of the command line.
    await chmod(ownPath, 0o600);
    for (let tries = 0; ; tries++) {
      if (await isLinked(ownPath, path)) break;
      if ((await ownerOf(path)) !== undefined || tries === 5) throw takenError(folder);
      // Its owner is dead. Of two processes that find this at the same time, one renames it.
      await rename(path, `${ownPath}.stale`).catch(() => {});
      await rm(`${ownPath}.stale`, { force: true });
    }
    // Another process that replaces the dead socket at the same moment may have renamed ours instead.
    await new Promise((resolve) => setTimeout(resolve, 20));
    if ((await ownerOf(path)) !== ownName) throw takenError(folder);
  } catch (error) {
    await close(server);
    await rm(ownPath, { force: true }).catch(() => {});
    throw lockError(folder, error);
  }
  await rm(ownPath, { force: true });
  server.unref();
  return {
    release: async () => {
      await rm(path, { force: true });
      for (const socket of sockets) socket.destroy();
      await close(server);
    },
  };
}

/**
 * The name that the owner of a lock sends; undefined when no process owns it. A process that sends nothing in time counts
 * as the owner: it may be stopped, or its machine busy.
 */
function ownerOf(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(socketPath(path));
    let text = '';
    let isThere = false;
    const timeout = setTimeout(() => {
      isThere = true;
      socket.destroy();
    }, TIMEOUT_MS);
    socket.on('data', (chunk) => {
      text += chunk.toString();
      if (text.includes('\n')) socket.destroy();
    });
    socket.on('error', ({ code }: NodeJS.ErrnoException) => {
      isThere = !GONE.includes(code ?? '');
    });
    socket.on('close', () => {
      clearTimeout(timeout);
      const [name] = text.split('\n');
      resolve(name || (isThere ? 'unknown' : undefined));
    });
  });
}

async function isLinked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(socketPath(path), () => {
      server.off('error', reject);
      // A connection that could not be accepted must not end the process.
      server.on('error', () => {});
      resolve();
    });
  });
}

/** FAT, exFAT and some network shares support neither sockets nor hard links. */
function lockError(folder: string, error: unknown): unknown {
  const { code = '' } = error as NodeJS.ErrnoException;
  if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL', 'EMLINK'].includes(code))
    return dataFolderError(folder, error);
  return new Error(
    `DATA_DIR ${folder} lies on a file system without sockets and links, such as FAT or exFAT: use one such as ext4, or set DATA_DIR to another folder.`,
    { cause: error },
  );
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

/** The path, or the relative path if only that is short enough for a socket. @throws when neither is */
export function socketPath(path: string): string {
  const fitting = [path, relative('.', path)].find((one) => Buffer.byteLength(one) <= MAX_PATH_BYTES);
  if (fitting === undefined)
    throw new Error(`The path ${path} is too long for a lock: use a shorter DATA_DIR.`);
  return fitting;
}

function takenError(folder: string): Error {
  return new Error(`Another process uses ${folder}: one database has one chat-core.`);
}
