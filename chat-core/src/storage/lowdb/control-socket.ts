import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { Store } from '../store.ts';
import { socketPath } from './disk/lock.ts';
import type { SnapshotHold } from './maintenance/snapshot-holds.ts';

/** A store that can hold its pages and journal files still, see LowdbStore. */
type HoldableStore = Store & { hold(onLost?: () => void): Promise<SnapshotHold> };

/** Answers a request of another process; request and answer are JSON. The message of its error goes to the caller as it is. */
export type ControlRequestHandler = (store: Store, request: unknown) => Promise<unknown>;
type Reply = { answer: unknown } | { refused: string };

/** The line that requests a snapshot hold; every other line is a request as JSON. */
const HOLD = 'hold';
const MAX_REQUEST_BYTES = 64 * 1024;
/** Limit of a hold: a backup that hangs must not block checkpoints for ever. */
const MAX_HOLD_MS = 10 * 60_000;
/** How long the owner of the folder may take to greet: only its event loop is needed for that, even on a busy machine. */
const GREETING_TIMEOUT_MS = 15_000;
const ANSWER_TIMEOUT_MS = 30_000;
/** How long a hold may take to begin: a checkpoint on a slow card ends first. */
const HOLD_TIMEOUT_MS = 120_000;

/**
 * Serves one connection to the lock's socket. The caller sends one line: `hold`, or a request as JSON, which gets one
 * line back. Whoever may open the socket owns the folder (mode 0700).
 */
export function serveControlConnection(
  socket: Socket,
  opened: Promise<HoldableStore>,
  handle: ControlRequestHandler | undefined,
): void {
  socket.on('data', () => socket.bytesRead > MAX_REQUEST_BYTES && socket.destroy());
  linesOf(socket).once('line', async (line) => {
    try {
      const store = await opened;
      if (line === HOLD) await serveHold(socket, store);
      else socket.end(`${JSON.stringify(await replyTo(line, store, handle))}\n`);
    } catch {
      // The store did not open; its process reports why.
      socket.destroy();
    }
  });
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
async function serveHold(socket: Socket, store: HoldableStore): Promise<void> {
  const hold = await store.hold(() => socket.destroy());
  const timeout = setTimeout(() => socket.destroy(), MAX_HOLD_MS);
  socket.once('close', () => {
    clearTimeout(timeout);
    hold.release();
  });
  if (socket.destroyed) hold.release();
  else socket.write(`${JSON.stringify({ revision: hold.revision })}\n`);
}

/**
 * Sends a request to the process that uses a folder; undefined when no process does.
 * @throws the message it refuses with, or an error when it does not answer in time
 */
export async function sendControlRequest(
  folder: string,
  request: unknown,
): Promise<{ answer: unknown } | undefined> {
  const socket = await connectToOwner(folder);
  if (!socket) return undefined;
  let hasTimedOut = false;
  const timeout = setTimeout(() => {
    hasTimedOut = true;
    socket.destroy();
  }, ANSWER_TIMEOUT_MS);
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString();
  });
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.write(`${JSON.stringify(request)}\n`);
  await closed;
  clearTimeout(timeout);
  if (hasTimedOut) throw hangs(folder);
  // The line before it is the greeting.
  const line = text.split('\n').find((one) => one.startsWith('{'));
  if (line === undefined)
    throw new Error(
      `The process that uses ${folder} does not answer: it is starting, stopping, or no chat-core.`,
    );
  const reply: Reply = JSON.parse(line);
  if ('refused' in reply) throw new Error(reply.refused);
  return { answer: reply.answer };
}

/** A snapshot hold of a store in another process, valid until `release` or until `isLost` is true. */
export type RemoteHold = { revision: number; isLost(): boolean; release(): void };

/** Requests a hold from the process that uses a folder; undefined when no process does. @throws when it does not answer */
export async function requestHold(folder: string): Promise<RemoteHold | undefined> {
  const socket = await connectToOwner(folder);
  if (!socket) return undefined;
  let isLost = false;
  socket.on('close', () => {
    isLost = true;
  });
  let hasTimedOut = false;
  const timeout = setTimeout(() => {
    hasTimedOut = true;
    socket.destroy();
  }, HOLD_TIMEOUT_MS);
  socket.write(`${HOLD}\n`);
  const revision = await new Promise<number | undefined>((resolve) => {
    // The line before it is the greeting.
    linesOf(socket).on('line', (line) => line.startsWith('{') && resolve(JSON.parse(line).revision));
    socket.on('close', () => resolve(undefined));
  });
  clearTimeout(timeout);
  if (hasTimedOut) throw hangs(folder);
  if (revision === undefined)
    throw new Error(`The process that uses ${folder} lets no backup be made: it is starting or stopping.`);
  return { revision, isLost: () => isLost, release: () => socket.destroy() };
}

/**
 * Connects to the process that uses a folder and waits for its greeting; undefined when no process does.
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
    for (const event of ['data', 'close'] as const) {
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

function hangs(folder: string): Error {
  return new Error(
    `The process that uses ${folder} is there and does not answer: it hangs, or the machine is very busy. A box ends it and starts it again within a few minutes: try again then.`,
  );
}
