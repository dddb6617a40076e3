import { randomUUID } from 'node:crypto';
import { chmod, link, rename, rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join, relative } from 'node:path';
import { dataFolderError } from './data-folder.ts';

/** Linux takes socket paths of at most 107 bytes. */
const MAX_PATH_BYTES = 107;

/** How long a holder may take to say its name, in milliseconds. */
const TIMEOUT_MS = 5000;
/** What connecting to a dead socket, or to one that dies meanwhile, ends with. */
const GONE = ['ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE'];

export type Lock = { release(): Promise<void> };

/**
 * Takes a folder for this process alone: a Unix socket that listens (process ids repeat in containers). One whose
 * owner is dead refuses connections and is set aside. @throws a sentence when another process has the folder
 */
export async function lockFolder(
  folder: string,
  onCall: (call: Socket) => void = () => {},
  name = 'lock',
): Promise<Lock> {
  const path = join(folder, name);
  const own = randomUUID().slice(0, 8);
  const calls = new Set<Socket>();
  const server = createServer((call) => {
    calls.add(call);
    call.on('close', () => calls.delete(call));
    call.on('error', () => {});
    call.write(`${own}\n`);
    onCall(call);
  });
  const mine = `${path}.${own}`;
  try {
    await listen(server, mine);
    // Whoever can connect may ask for everything the command line may.
    await chmod(mine, 0o600);
    for (let tries = 0; ; tries++) {
      if (await isLinked(mine, path)) break;
      if ((await holderOf(path)) !== undefined || tries === 5) throw taken(folder);
      // Nobody answers there any more; of two who find that at once, one moves it away.
      await rename(path, `${mine}.stale`).catch(() => {});
      await rm(`${mine}.stale`, { force: true });
    }
    // Somebody who set aside a dead socket at the same moment may have moved ours instead.
    await new Promise((later) => setTimeout(later, 20));
    if ((await holderOf(path)) !== own) throw taken(folder);
  } catch (error) {
    await close(server);
    await rm(mine, { force: true }).catch(() => {});
    throw lockError(folder, error);
  }
  await rm(mine, { force: true });
  server.unref();
  return {
    release: async () => {
      await rm(path, { force: true });
      for (const call of calls) call.destroy();
      await close(server);
    },
  };
}

/**
 * Who holds a folder, by the name it gives itself; undefined when nobody does. One that is there and says nothing in
 * time holds it all the same: it may be stopped, or its machine busy.
 */
export function holderOf(path: string): Promise<string | undefined> {
  return new Promise((answer) => {
    const call = connect(socketPath(path));
    let text = '';
    let isThere = false;
    const late = setTimeout(() => {
      isThere = true;
      call.destroy();
    }, TIMEOUT_MS);
    call.on('data', (chunk) => {
      text += chunk.toString();
      if (text.includes('\n')) call.destroy();
    });
    call.on('error', ({ code }: NodeJS.ErrnoException) => {
      isThere = !GONE.includes(code ?? '');
    });
    call.on('close', () => {
      clearTimeout(late);
      const [name] = text.split('\n');
      answer(name || (isThere ? 'somebody' : undefined));
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
  return new Promise((listening, fail) => {
    server.once('error', fail);
    server.listen(socketPath(path), () => {
      server.off('error', fail);
      // One connection that could not be accepted is no reason to end.
      server.on('error', () => {});
      listening();
    });
  });
}

/** FAT, exFAT and some network shares know neither sockets nor second names, and no owners besides. */
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
  return new Promise((closed) => server.close(() => closed()));
}

/** The path as it is, or as seen from here, whichever a socket can have. @throws when neither fits */
export function socketPath(path: string): string {
  const fitting = [path, relative('.', path)].find((one) => Buffer.byteLength(one) <= MAX_PATH_BYTES);
  if (fitting === undefined)
    throw new Error(`The path ${path} is too long for a lock: use a shorter DATA_DIR.`);
  return fitting;
}

function taken(folder: string): Error {
  return new Error(`Another process uses ${folder}: one database has one chat-core.`);
}
