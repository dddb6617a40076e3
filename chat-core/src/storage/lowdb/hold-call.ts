import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { socketPath } from './lock.ts';
import type { LowdbStore } from './lowdb-store.ts';

/** The longest a hold lasts: a backup that hangs does not keep pages from being written for ever. */
const MOST_MS = 10 * 60_000;
/** What a process says that wants one. */
export const HOLD = 'hold';

/** What another process has of a running store until `release`, or until `isLost`. */
export type HeldElsewhere = { revision: number; isLost(): boolean; release(): void };

/** Tells a process that asked one line {revision}, and the store holds still until the connection ends. */
export async function holdFor(call: Socket, store: LowdbStore): Promise<void> {
  const hold = await store.hold(() => call.destroy());
  const late = setTimeout(() => call.destroy(), MOST_MS);
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

/** A connection to the process that has a folder; undefined when none has it. */
export async function callHolder(folder: string): Promise<Socket | undefined> {
  const call = connect(socketPath(join(folder, 'lock')));
  try {
    await once(call, 'connect');
  } catch (error) {
    if (['ENOENT', 'ECONNREFUSED'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
  // Its end is told by 'close'.
  call.on('error', () => {});
  return call;
}

/** Asks the process that has a folder to hold still; undefined when none has it. @throws when it does not answer */
export async function askHold(folder: string): Promise<HeldElsewhere | undefined> {
  const call = await callHolder(folder);
  if (!call) return undefined;
  let isLost = false;
  call.on('close', () => {
    isLost = true;
  });
  call.write(`${HOLD}\n`);
  const revision = await new Promise<number | undefined>((answer) => {
    // The line before it is the name of who has the folder.
    linesOf(call).on('line', (line) => line.startsWith('{') && answer(JSON.parse(line).revision));
    call.on('close', () => answer(undefined));
  });
  if (revision === undefined)
    throw new Error(`The process that uses ${folder} lets no backup be made: it is starting or stopping.`);
  return { revision, isLost: () => isLost, release: () => call.destroy() };
}
