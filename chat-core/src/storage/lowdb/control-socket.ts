import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { Store } from '../store.ts';
import { controlSealOf, newChallenge } from './control-seal.ts';
import type { StorageKey } from './disk/authenticator.ts';
import { socketPath } from './disk/lock.ts';
import type { SnapshotHold } from './maintenance/snapshot-holds.ts';

/** A store that can hold its pages and journal files still, see LowdbStore; one in another program has none. */
type HoldableStore = Store & { hold?(onLost?: () => void): Promise<SnapshotHold> };

/** Answers a request of another process; request and answer are JSON. The message of its error goes to the caller as it is. */
export type ControlRequestHandler = (store: Store, request: unknown) => Promise<unknown>;
type Reply = { answer: unknown } | { revision: number } | { refused: string };

/** A folder, and the key that authenticates it. */
export type ControlTarget = { folder: string; key: StorageKey | undefined };

/** The line that requests a snapshot hold; every other line is a request as JSON. */
const HOLD = 'hold';
const MAX_REQUEST_BYTES = 64 * 1024;
/** Answers a line that was not sealed with the storage key. */
const STRANGER = 'not of this box';
/** Limit of a hold: a backup that hangs must not block checkpoints for ever. */
const MAX_HOLD_MS = 10 * 60_000;
/** How long the owner of the folder may take to greet: only its event loop is needed for that, even on a busy machine. */
const GREETING_TIMEOUT_MS = 15_000;
const ANSWER_TIMEOUT_MS = 30_000;
/** How long a hold may take to begin: a checkpoint on a slow card ends first. */
const HOLD_TIMEOUT_MS = 120_000;

/** What the sealed lines of a connection belong to: a request to its challenge, an answer to its request. */
const requestContext = (challenge: string) => `request ${challenge}`;
const replyContext = (challenge: string, request: string) => `reply ${challenge} ${request}`;

/**
 * Serves one connection to the lock's socket. It sends a challenge; the caller sends one line: `hold`, or a request as JSON,
 * which gets one line back. All three belong together, and request and answer are sealed with the storage key: whoever can
 * only write to the folder, or put a socket of their own there, asks for nothing and learns nothing.
 */
export function serveControlConnection(
  socket: Socket,
  opened: Promise<HoldableStore>,
  handle: ControlRequestHandler | undefined,
  key: StorageKey | undefined,
): void {
  const challenge = newChallenge();
  const lines = controlSealOf(key);
  socket.on('data', () => socket.bytesRead > MAX_REQUEST_BYTES && socket.destroy());
  linesOf(socket).once('line', async (sealed) => {
    const request = lines.open(requestContext(challenge), sealed);
    if (request === undefined) {
      socket.end(`${STRANGER}\n`);
      return;
    }
    const reply = (one: Reply) => `${lines.seal(replyContext(challenge, sealed), JSON.stringify(one))}\n`;
    try {
      const store = await opened;
      if (request === HOLD) await serveHold(socket, store, reply);
      else socket.end(reply(await replyTo(request, store, handle)));
    } catch {
      // The store did not open; its process reports why.
      socket.destroy();
    }
  });
  socket.write(`${challenge}\n`);
}

async function replyTo(
  line: string,
  store: Store,
  handle: ControlRequestHandler | undefined,
): Promise<Reply> {
  try {
    if (!handle) throw new Error('Another command uses this database: try again when it is done.');
    return { answer: await handle(store, JSON.parse(line)) };
  } catch (error) {
    return { refused: (error as Error).message };
  }
}

/** Sends one line {revision} once the hold has begun; the hold lasts until the connection ends. */
async function serveHold(socket: Socket, store: HoldableStore, reply: (one: Reply) => string): Promise<void> {
  if (!store.hold) {
    socket.end(reply({ refused: 'A database of PostgreSQL is backed up with its own programs.' }));
    return;
  }
  const hold = await store.hold(() => socket.destroy());
  const timeout = setTimeout(() => socket.destroy(), MAX_HOLD_MS);
  socket.once('close', () => {
    clearTimeout(timeout);
    hold.release();
  });
  if (socket.destroyed) hold.release();
  else socket.write(reply({ revision: hold.revision }));
}

/**
 * Sends a request to the process that uses a folder; undefined when no process does.
 * @throws the message it refuses with, or an error when it does not answer in time, or has another storage key
 */
export async function sendControlRequest(
  target: ControlTarget,
  request: unknown,
): Promise<{ answer: unknown } | undefined> {
  const asked = await requestLine(target, JSON.stringify(request), ANSWER_TIMEOUT_MS);
  if (!asked) return undefined;
  asked.socket.destroy();
  const { reply } = asked;
  if (reply === undefined)
    throw new Error(
      `The process that uses ${target.folder} does not answer: it is starting, stopping, or no chat-core.`,
    );
  if ('refused' in reply) throw new Error(reply.refused);
  return { answer: 'answer' in reply ? reply.answer : undefined };
}

/** A snapshot hold of a store in another process, valid until `release` or until `isLost` is true. */
export type RemoteHold = { revision: number; isLost(): boolean; release(): void };

/** Requests a hold from the process that uses a folder; undefined when no process does. @throws when it does not answer */
export async function requestHold(target: ControlTarget): Promise<RemoteHold | undefined> {
  const asked = await requestLine(target, HOLD, HOLD_TIMEOUT_MS);
  if (!asked) return undefined;
  const { socket, reply } = asked;
  if (reply && 'refused' in reply) throw new Error(reply.refused);
  if (!reply || !('revision' in reply))
    throw new Error(
      `The process that uses ${target.folder} lets no backup be made: it is starting or stopping.`,
    );
  return { revision: reply.revision, isLost: () => socket.destroyed, release: () => socket.destroy() };
}

/**
 * Sends one line to the process that uses a folder, and waits for its reply, which is undefined when it closes the
 * connection instead; undefined when no process uses the folder. @throws when it does not answer in time
 */
async function requestLine(
  { folder, key }: ControlTarget,
  line: string,
  timeoutMs: number,
): Promise<{ socket: Socket; reply: Reply | undefined } | undefined> {
  const socket = await connectToOwner(folder);
  if (!socket) return undefined;
  const { seal, open } = controlSealOf(key);
  const { promise, resolve, reject } = Promise.withResolvers<Reply | undefined>();
  const timeout = setTimeout(() => reject(hangs(folder)), timeoutMs);
  // Its name, which greets every connection, its challenge and its reply.
  const received: string[] = [];
  let sealed = '';
  linesOf(socket).on('line', (text) => {
    received.push(text);
    const [, challenge, answer] = received;
    if (received.length === 2 && challenge !== undefined) {
      sealed = seal(requestContext(challenge), line);
      socket.write(`${sealed}\n`);
    }
    if (received.length !== 3 || challenge === undefined || answer === undefined) return;
    const opened = open(replyContext(challenge, sealed), answer);
    if (opened === undefined) reject(foreignKey(folder));
    else resolve(JSON.parse(opened));
  });
  socket.once('close', () => resolve(undefined));
  try {
    return { socket, reply: await promise };
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(timeout);
  }
}

/**
 * Connects to the process that uses a folder and waits for its greeting, which is left to be read; undefined when no process does.
 * @throws when it does not greet in time: it is stopped, or its event loop stalls
 */
export async function connectToOwner(
  folder: string,
  timeoutMs = GREETING_TIMEOUT_MS,
): Promise<Socket | undefined> {
  const socket = connect(socketPath(join(folder, 'lock')));
  try {
    await once(socket, 'connect');
  } catch (error) {
    if (['ENOENT', 'ECONNREFUSED'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
  // The 'close' event reports the end.
  socket.on('error', () => {});
  await new Promise<void>((resolve, reject) => {
    const timeout = setTimeout(() => {
      socket.destroy();
      reject(hangs(folder));
    }, timeoutMs);
    for (const event of ['readable', 'close'] as const) {
      socket.once(event, () => {
        clearTimeout(timeout);
        resolve();
      });
    }
  });
  return socket;
}

/** The lines a socket brings, until it closes. Readline emits a socket's error again, and needs a listener of its own. */
function linesOf(socket: Socket): Interface {
  return createInterface(socket).on('error', () => {});
}

function foreignKey(folder: string): Error {
  return new Error(
    `The process that uses ${folder} has another storage key than this command: set KEYS_DIR to the keys of this box.`,
  );
}

function hangs(folder: string): Error {
  return new Error(
    `The process that uses ${folder} is there and does not answer: it hangs, or the machine is very busy. A box ends it and starts it again within a few minutes: try again then.`,
  );
}
