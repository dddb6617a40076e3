import type { StorageKey } from '../../storage/lowdb/disk/authenticator.ts';
import { realDisk } from '../../storage/lowdb/disk/disk.ts';
import { openStore } from '../../storage/lowdb/lowdb-store.ts';
import type { Id } from '../../wire/wire.ts';

/** How many sessions of a backup were ended, how many people are suspended again, and the revision afterwards. */
export type EndedSessions = { sessions: number; suspended: number; revision: number };

/**
 * Ends all sessions in restored data: those that were ended after the backup would be open again. `suspended`: people who were
 * suspended since, and stay so; with `areKept` only their sessions end.
 */
export async function endSessions(
  dataDir: string,
  key: StorageKey,
  { suspended, areKept }: { suspended: ReadonlySet<Id>; areKept: boolean },
): Promise<EndedSessions> {
  const store = await openStore(realDisk, dataDir, { now: Date.now, key });
  const ended = { sessions: 0, suspended: 0 };
  try {
    for (const id of store.allIds().accounts) {
      await store.transact(async (tx) => {
        const now = await tx.account(id);
        if (!now || now.deletedAt !== undefined) return;
        const isNew = suspended.has(id) && !now.suspended;
        const devices = areKept && !isNew ? now.devices : [];
        if (devices.length === now.devices.length && !isNew) return;
        ended.sessions += now.devices.length - devices.length;
        ended.suspended += Number(isNew);
        const tokenVersion = now.tokenVersion + 1;
        await tx.saveAccount({ ...now, devices, tokenVersion, ...(isNew && { suspended: true }) });
      });
    }
    return { ...ended, revision: store.revision() };
  } finally {
    await store.close();
  }
}
