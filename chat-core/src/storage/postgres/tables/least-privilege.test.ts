import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { restrictedDatabase } from '../../../../test/support/least-privilege.ts';
import { hasPostgres, type Postgres, startPostgres } from '../../../../test/support/postgres.ts';
import { message, person } from '../../contract/rig.ts';
import { memoryDisk } from '../../lowdb/disk/memory-disk.ts';
import { openPostgresStore } from '../postgres-store.ts';

describe.runIf(hasPostgres)('the role of docs/scaling.md', () => {
  let postgres: Postgres;
  let databaseUrl: string;
  const open = (url: string) =>
    openPostgresStore({ databaseUrl: url, filesFolder: 'files', disk: memoryDisk(), now: Date.now });
  const refusalOf = async (url: string, statement: string): Promise<string> => {
    const client = new Client({ connectionString: url });
    await client.connect();
    try {
      return await client.query(statement).then(
        () => 'done',
        ({ code }: { code: string }) => code,
      );
    } finally {
      await client.end();
    }
  };

  beforeAll(async () => {
    postgres = await startPostgres();
    databaseUrl = await restrictedDatabase(postgres);
  });
  afterAll(() => postgres?.stop());

  it('is enough for cores: one makes the tables, both commit and see what the other did', async () => {
    const [a, b] = [await open(databaseUrl), await open(databaseUrl)];
    await a.transact(async (tx) => {
      for (const id of ['ani', 'budi']) await tx.saveAccount(person(id));
      await tx.befriend('ani', 'budi', 'c');
    });
    await b.transact((tx) => tx.appendMessage(message('m', 'c', 'ani')));
    await a.catchUp?.();
    expect((await a.message('c', 1))?.id).toBe('m');
    await a.saveSettings(() => ({}));
    await Promise.all([a.close(), b.close()]);
  });

  it('owns its tables and nothing else, and may make nothing outside of its schema', async () => {
    const owned = await postgres.run(
      `select count(*)::int as others from pg_shdepend d join pg_roles r on r.oid = d.refobjid
       where r.rolname = 'bisik' and d.deptype = 'o' and d.dbid = 0`,
      'bisik',
    );
    expect(owned).toEqual([{ others: 0 }]);
    for (const statement of [
      'create table public.mine (id int)',
      'create schema mine',
      'create temp table mine (id int)',
      'create database mine',
      'create role mine',
      'create extension pgcrypto',
      "copy bisik.accounts to '/dev/null'",
    ])
      expect([statement, await refusalOf(databaseUrl, statement)]).toEqual([
        statement,
        expect.stringMatching(/^(42501|0A000|58P01)$/),
      ]);
  });

  it('a stranger reads nothing of the database, nor does one who may connect to it', async () => {
    await postgres.run('create role stranger login');
    const url = postgres.url('bisik', 'stranger');
    await expect(refusalOf(url, 'select 1')).rejects.toMatchObject({ code: '42501' });
    await postgres.run('grant connect on database bisik to stranger');
    expect(await refusalOf(url, 'select * from bisik.accounts')).toBe('42501');
  });

  it('a role that may only read and write rows runs a core whose tables are there', async () => {
    await postgres.run(
      `create role rows_only login; grant connect on database bisik to rows_only; grant usage on schema bisik to rows_only;
       grant select, insert, update, delete on all tables in schema bisik to rows_only;
       alter role rows_only set search_path = bisik`,
      'bisik',
    );
    const store = await open(postgres.url('bisik', 'rows_only'));
    await store.transact((tx) => tx.appendMessage(message('m2', 'c', 'budi')));
    expect((await store.conversation('c'))?.lastSeq).toBe(2);
    expect(await store.counters?.count('attempts', 1, { max: 1, ms: 60_000 })).toBe(0);
    expect(await store.counters?.count('attempts', 1, { max: 1, ms: 60_000 })).toBeGreaterThan(0);
    await store.close();
  });
});
