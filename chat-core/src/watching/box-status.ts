import type { Store } from '../storage/store.ts';
import type { BoxStatus } from '../wire/wire.ts';
import type { Watching } from './create-watching.ts';
import { VERSION } from './version.ts';

export type BoxStatusDeps = {
  store: Pick<Store, 'time' | 'databaseUse'>;
  watching: { figures: Pick<Watching['figures'], 'read'>; watcher: Pick<Watching['watcher'], 'active'> };
};

const DAY_MS = 24 * 3_600_000;

/** How this box is now, for its owner. What this machine does not say is left out. */
export async function boxStatus({ store, watching }: BoxStatusDeps): Promise<BoxStatus> {
  const figures = await watching.figures.read();
  // While the database is away it is known that there is one.
  const database = store.databaseUse && (await store.databaseUse().catch(() => ({})));
  const { space, flashYears, certificateEnd, backup, cipher, clock } = figures;
  const startedAt = store.time.toWall(store.time.now() - Math.round(process.uptime() * 1000));
  return {
    version: VERSION,
    startedAt: Math.max(0, startedAt),
    disk: space ?? { freeBytes: 0, totalBytes: 0 },
    memory: {
      rssBytes: figures.rssBytes,
      heapBytes: figures.heapBytes,
      heapLimitBytes: figures.heapLimitBytes,
    },
    eventLoopDelayMs: figures.eventLoopDelayMs,
    ...(database ? { database } : { writtenBytesPerDay: figures.writtenBytesPerDay }),
    ...(flashYears !== undefined && { flashYears }),
    messagesPerDay: figures.messagesPerDay,
    heldPolls: figures.heldPolls,
    clock: {
      trusted: clock.trusted,
      offsetMs: Math.round(clock.offsetMs),
      ...(store.time.isWaiting() && { waiting: true as const }),
    },
    cipher: { reachable: cipher.reachable, sinceMs: Math.round(figures.at - cipher.since) },
    tunnel: figures.tunnel,
    ...(certificateEnd !== undefined && {
      certificateDaysLeft: Math.floor((certificateEnd - store.time.wall()) / DAY_MS),
    }),
    backup,
    alerts: watching.watcher.active(),
  };
}
