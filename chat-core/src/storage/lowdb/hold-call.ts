import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { socketPath } from './lock.ts';
import type { LowdbStore } from './lowdb-store.ts';

/** The longest a hold lasts: a backup that hangs does not keep pages from being written for ever. */
const MOST_MS = 10 * 60_000;
const ASK = 'hold';

/** What another process has of a running store until `release`, or until `isLost`. */
export type HeldElsewhere = { revision: number; isLost(): boolean; release(): void };

/**
 * Answers a process that connects to the lock and asks `hold`: one line {revision}, and the store holds still until the
 * connection ends. Who may open the socket owns the folder (mode 0700).
 */
export function answerHold(call: Socket, opened: Promise<LowdbStore>): void {
  createInterface(call).once('line', async (line) => {
    if (line !== ASK) return;
    try {
      const store = await opened;
      const hold = await store.hold(() => call.destroy());
      const late = setTimeout(() => call.destroy(), MOST_MS);
      call.once('close', () => {
        clearTimeout(late);
        hold.release();
      });
      if (call.destroyed) hold.release();
      else call.write(`${JSON.stringify({ revision: hold.revision })}\n`);
    } catch {
      // The store did not open, and its process says why.
      call.destroy();
    }
  });
}

/** Asks the process that has a folder to hold still; undefined when none has it. @throws when it does not answer */
export async function askHold(folder: string): Promise<HeldElsewhere | undefined> {
  const call = connect(socketPath(join(folder, 'lock')));
  try {
    await once(call, 'connect');
  } catch (error) {
    if (['ENOENT', 'ECONNREFUSED'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
  let isLost = false;
  call.on('error', () => {});
  call.on('close', () => {
    isLost = true;
  });
  call.write(`${ASK}\n`);
  const revision = await new Promise<number | undefined>((answer) => {
    // The line before it is the name of who has the folder.
    createInterface(call).on('line', (line) => line.startsWith('{') && answer(JSON.parse(line).revision));
    call.on('close', () => answer(undefined));
  });
  if (revision === undefined)
    throw new Error(`The process that uses ${folder} lets no backup be made: it is starting or stopping.`);
  return { revision, isLost: () => isLost, release: () => call.destroy() };
}
