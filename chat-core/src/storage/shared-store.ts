import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import type { FilesSettings } from '../files-settings.ts';
import type { SharedFiles } from './attachment-files.ts';
import { type ControlRequestHandler, serveControlConnection } from './lowdb/control-socket.ts';
import type { StorageKey } from './lowdb/disk/authenticator.ts';
import { prepareDataFolder } from './lowdb/disk/data-folder.ts';
import { realDisk, type Warn } from './lowdb/disk/disk.ts';
import { lockFolder } from './lowdb/disk/lock.ts';
import { AttachmentFolder } from './lowdb/pages/attachment-folder.ts';
import type { Store } from './store.ts';

type Options = {
  key: StorageKey;
  warn: Warn;
  /** Answers the requests of commands. */
  answer: ControlRequestHandler;
  /** This core cannot follow the database any more: the process has to start again. */
  onLost: (error: Error) => void;
};

/** The place of files that cores share, and what ends its connections. @throws Error with a sentence that names the cure */
async function openFiles(settings: FilesSettings, warn: Warn): Promise<SharedFiles & { close: () => void }> {
  if ('folder' in settings) {
    const folder = new AttachmentFolder(realDisk, settings.folder);
    return Object.assign(folder, { close: () => {} });
  }
  // Loaded only here, as the driver below.
  const { openBucketFiles } = await import('./s3/open-bucket-files.ts');
  const { files, close } = await openBucketFiles(settings.bucket, warn);
  return Object.assign(files, { close });
}

/**
 * Opens the PostgreSQL of DATABASE_URL for this core. Its own DATA_DIR holds the audit trail and the socket for commands.
 * @throws Error with a sentence when that folder holds a database of LowDB, or the database cannot be used
 */
export async function openSharedStore(
  { dataDir, shared }: { dataDir: string; shared: NonNullable<Config['shared']> },
  { key, warn, answer, onLost }: Options,
): Promise<Store> {
  await prepareDataFolder(dataDir, warn);
  if (existsSync(join(dataDir, 'meta.json')))
    throw new Error(
      `DATA_DIR ${dataDir} holds a database, and DATABASE_URL names another one: remove DATABASE_URL, or set DATA_DIR to a new folder.`,
    );
  const opened = Promise.withResolvers<Store>();
  opened.promise.catch(() => {});
  const lock = await lockFolder(dataDir, (call) => serveControlConnection(call, opened.promise, answer, key));
  try {
    // Loaded only here: a box with LowDB never loads the driver.
    const { openPostgresStore } = await import('./postgres/postgres-store.ts');
    const files = await openFiles(shared.files, warn);
    const store = await openPostgresStore({
      databaseUrl: shared.databaseUrl,
      files,
      now: Date.now,
      warn,
      onLost,
    });
    opened.resolve(store);
    const { close } = store;
    // A copy would not follow the epoch.
    return Object.assign(store, {
      close: async () => {
        await close();
        files.close();
        await lock.release();
      },
    });
  } catch (error) {
    opened.reject(error);
    await lock.release();
    throw error;
  }
}
