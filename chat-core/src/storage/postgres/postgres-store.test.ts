import { afterAll, beforeAll, describe } from 'vitest';
import { hasPostgres, type Postgres, startPostgres } from '../../../test/support/postgres.ts';
import { memoryDisk } from '../lowdb/disk/memory-disk.ts';
import { durableStoreContract } from '../store.contract.ts';
import { openPostgresStore } from './postgres-store.ts';

const now = () => 1_700_000_000_000;

describe.runIf(hasPostgres)('with PostgreSQL', () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres?.stop());

  durableStoreContract('PostgreSQL', async () => {
    const databaseUrl = await postgres.newDatabase();
    const disk = memoryDisk();
    const open = () =>
      openPostgresStore({ databaseUrl, filesFolder: 'files', disk, now, clocks: { elapsed: now } });
    let store = await open();
    return {
      store,
      reopen: async () => {
        store = await open();
        return store;
      },
      end: () => store.close(),
    };
  });
});
