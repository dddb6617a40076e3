import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { socketPath } from './disk/lock.ts';
import type { LowdbStore } from './lowdb-store.ts';

/** The longest a hold lasts: a backup that hangs does not keep pages from being written for ever. */
const MAX_MS = 10 * 60_000;
/** How long a process that has a folder may take to greet a caller: its event loop alone does that, even on a busy machine. */
const GREETING_MS = 15_000;
/** How long it may take to hold still, in milliseconds: a checkpoint on a slow card ends first. */
const HOLD_TIMEOUT_MS = 120_000;
/** What a process says that wants one. */
export const HOLD = 'hold';

/** What another process has of a running store until `release`, or until `isLost`. */
export type RemoteHold = { revision: number; isLost(): boolean; release(): void };

/** Tells a process that asked one line {revision}, and the store holds still until the connection ends. */
export async function holdFor(call: Socket, store: LowdbStore): Promise<void> {
  const hold = await store.hold(() => call.destroy());
  const late = setTimeout(() => call.destroy(), MAX_MS);
  call.once('close', () => {
    clearTimeout(late);
    hold.release();
  });
  if (call.destroyed) hold.release();
  else call.write(`${JSON.stringify({ revision: hold.revision })}\n`);
}

/** The lines a socket brings, until it closes. Readline throws a socket's error again, and its own listener does not count. */
export function linesOf(call: Socket): Interface {
  return createInterface(call).on('error', () => {});
}

/**
 * A connection to the process that has a folder, which has greeted; undefined when none has it.
 * @throws a sentence when it does not greet in time: it is stopped, or its event loop stalls
 */
export async function callHolder(folder: string, greetingMs = GREETING_MS): Promise<Socket | undefined> {
  const call = connect(socketPath(join(folder, 'lock')));
  try {
    await once(call, 'connect');
  } catch (error) {
    if (['ENOENT', 'ECONNREFUSED'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
  // Its end is told by 'close'.
  call.on('error', () => {});
  await heardInTime(call, greetingMs, () => hangs(folder));
  return call;
}

/** Ends when a socket brought something or closed. @throws what `late` makes, with the socket destroyed, after so long */
async function heardInTime(call: Socket, ms: number, late: () => Error): Promise<void> {
  await new Promise<void>((heard, fail) => {
    const timeout = setTimeout(() => {
      call.destroy();
      fail(late());
    }, ms);
    for (const event of ['data', 'close'] as const) {
      call.once(event, () => {
        clearTimeout(timeout);
        heard();
      });
    }
  });
}

/** What a person is told who waits for a process that hangs. */
export function hangs(folder: string): Error {
  return new Error(
    `The process that uses ${folder} is there and does not answer: it hangs, or the machine is very busy. A box ends it and starts it again within a few minutes: try again then.`,
  );
}

/** Asks the process that has a folder to hold still; undefined when none has it. @throws when it does not answer */
export async function requestHold(folder: string): Promise<RemoteHold | undefined> {
  const call = await callHolder(folder);
  if (!call) return undefined;
  let isLost = false;
  call.on('close', () => {
    isLost = true;
  });
  let isLate = false;
  const late = setTimeout(() => {
    isLate = true;
    call.destroy();
  }, HOLD_TIMEOUT_MS);
  call.write(`${HOLD}\n`);
  const revision = await new Promise<number | undefined>((answer) => {
    // The line before it is the name of who has the folder.
    linesOf(call).on('line', (line) => line.startsWith('{') && answer(JSON.parse(line).revision));
    call.on('close', () => answer(undefined));
  });
  clearTimeout(late);
  if (isLate) throw hangs(folder);
  if (revision === undefined)
    throw new Error(`The process that uses ${folder} lets no backup be made: it is starting or stopping.`);
  return { revision, isLost: () => isLost, release: () => call.destroy() };
}
