import { chmod, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { realDisk } from '../../src/storage/lowdb/disk/disk.ts';
import { openReadOnly } from '../../src/storage/lowdb/repair/open-read-only.ts';
import { readStorageKey } from '../../src/storage/lowdb/storage-key.ts';
import { copyIntoDatabase } from '../../src/storage/postgres/move/move.ts';
import { type PostgresServer, preparePostgres } from '../../test/support/postgres-server.ts';
import { createTestbed, type Started, type Testbed } from '../testbed.ts';

/** What PostgreSQL sets by default; the rig of the tests is smaller. */
const SETTINGS = { shared_buffers: '128MB' };

/** A testbed with LowDB, and the same box in a durable PostgreSQL on the same disk, which several cores may share. */
export type SharedTestbed = Testbed & {
  postgres: PostgresServer;
  /** The process that starts all others of PostgreSQL. */
  postgresPid: number;
  /** One more core on the database. */
  startSharedCore(options?: { env?: Record<string, string>; execArgv?: string[] }): Promise<Started>;
};

export async function createSharedTestbed(
  parent: string | undefined,
  filling: Parameters<typeof createTestbed>[1],
): Promise<SharedTestbed> {
  const testbed = await createTestbed(parent, filling);
  const { folder } = testbed;
  // PostgreSQL runs as a user of its own.
  await chmod(folder, 0o711);
  const postgres = await preparePostgres({ settings: SETTINGS, isDurable: true, parent: folder });
  await postgres.init();
  await postgres.start();
  await postgres.run('create database box');
  const databaseUrl = postgres.url('box');
  const pidFile = await readFile(join(postgres.data, 'postmaster.pid'), 'utf8');
  const key = readStorageKey(join(folder, 'keys'));
  const box = await openReadOnly(join(folder, 'data'), realDisk, key);
  await copyIntoDatabase({ databaseUrl, box, onMessages: () => {}, check: async () => {} });
  const filesDir = join(folder, 'files');
  await mkdir(filesDir);
  let count = 0;
  return {
    ...testbed,
    postgres,
    postgresPid: Number(pidFile.split('\n')[0]),
    startSharedCore: ({ env = {}, execArgv = [] } = {}) => {
      count += 1;
      const dataDir = join(folder, `core-${count}`);
      const shared = { DATABASE_URL: databaseUrl, FILES_DIR: filesDir, DATA_DIR: dataDir };
      return testbed.startCore({ env: { ...shared, ...env }, execArgv });
    },
    remove: async () => {
      await postgres.end('SIGINT');
      await testbed.remove();
    },
  };
}
