import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type RemoteHold, requestHold } from '../../storage/lowdb/hold-request.ts';
import { openLowdbStore } from '../../storage/lowdb/lowdb-store.ts';

/** Data that stays as it is up to `revision`, until `end`. */
export type HeldData = { revision: number; isLost(): boolean; end(): Promise<void> };

/**
 * Holds a database still: by asking the chat-core that runs, else by taking the folder for this process.
 * @throws a sentence when there is no database, or it is in use by one who cannot be asked
 */
export async function holdData(dataDir: string, open = openLowdbStore): Promise<HeldData> {
  if (!['meta.json', 'db.json'].some((name) => existsSync(join(dataDir, name))))
    throw new Error(`There is no database in ${dataDir}: set DATA_DIR.`);
  const held: RemoteHold | undefined = await requestHold(dataDir);
  if (held) return { ...held, end: async () => held.release() };
  const store = await open(dataDir, { now: Date.now }).catch((error: NodeJS.ErrnoException) => {
    if (!['EROFS', 'EACCES', 'EPERM'].includes(error.code ?? '')) throw error;
    throw new Error(`Nothing runs upon ${dataDir}, and it cannot be written: start the box first.`);
  });
  return { revision: store.revision(), isLost: () => false, end: () => store.close() };
}
