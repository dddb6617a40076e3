import { statfs } from 'node:fs/promises';
import { getHeapStatistics } from 'node:v8';
import own from '../../package.json' with { type: 'json' };
import type { Backups } from '../backups/backups.ts';
import type { Cipher } from '../cipher/cipher.ts';
import type { Store } from '../storage/store.ts';
import type { BoxStatus } from '../wire/wire.ts';

export type BoxStatusDeps = {
  dataDir: string;
  cipher: Pick<Cipher, 'isUp'>;
  store: Pick<Store, 'time'>;
  backups: Pick<Backups, 'backupState'>;
};

/** How this box is now. `disk` is the volume of DATA_DIR. */
export async function boxStatus({ dataDir, cipher, store, backups }: BoxStatusDeps): Promise<BoxStatus> {
  const [space, isUp] = await Promise.all([statfs(dataDir).catch(() => undefined), cipher.isUp()]);
  const { used_heap_size: heapBytes, heap_size_limit: heapLimitBytes } = getHeapStatistics();
  const startedAt = store.time.toWall(store.time.now() - Math.round(process.uptime() * 1000));
  return {
    version: own.version,
    startedAt: Math.max(0, startedAt),
    disk: {
      freeBytes: space ? space.bavail * space.bsize : 0,
      totalBytes: space ? space.blocks * space.bsize : 0,
    },
    memory: { rssBytes: process.memoryUsage.rss(), heapBytes, heapLimitBytes },
    cipher: { reachable: isUp },
    backup: backups.backupState(),
    alerts: [],
  };
}
