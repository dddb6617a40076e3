import type { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasPostgres, type Postgres, startPostgres } from '../../../../test/support/postgres.ts';
import { clientConfig, connect } from '../connections/connection.ts';
import { Statement } from './statement.ts';

it('a write that does not depend on the guard of its statement is refused', () => {
  const statement = new Statement();
  statement.guardBy('update box set revision = 2 where revision = 1');
  expect(() => statement.add(`delete from marks where user_id = ${statement.param('ani')}`)).toThrow(
    'takes its rows from it',
  );
});

it('a text that comes again and again gets a name, one that is rare gets none', () => {
  const build = (column: string) => {
    const statement = new Statement();
    statement.add(`update some set ${column} = ${statement.param(1)}`);
    return statement.build('select 1').name;
  };
  const names = [1, 2, 3, 4, 5].map(() => build('one'));
  expect(names.slice(0, 3)).toEqual([undefined, undefined, undefined]);
  expect(names[3]).toBe(names[4]);
  expect(names[3]).toMatch(/^write \d+$/);
  expect(build('other')).toBeUndefined();
});

describe.runIf(hasPostgres)('with PostgreSQL', () => {
  let postgres: Postgres;
  let client: Client;
  beforeAll(async () => {
    postgres = await startPostgres();
    client = await connect(clientConfig(await postgres.newDatabase()), () => {});
    await client.query(
      "create table head (at int); insert into head values (1); create table rows (id text primary key, n int); insert into rows values ('old', 1), ('gone', 1)",
    );
  });
  afterAll(async () => {
    await client?.end();
    await postgres?.stop();
  });
  const write = async (at: number) => {
    const statement = new Statement();
    statement.guardBy(
      `update head set at = ${statement.param(at + 1)}::int where at = ${statement.param(at)}::int`,
    );
    const [ids, ns] = [statement.param(['new', 'a "quoted", \\ one']), statement.param([at, null])];
    statement.add(`insert into rows select * from unnest(${ids}::text[], ${ns}::int[])`);
    const old = [statement.param(['old']), statement.param([7])];
    statement.add(
      `update rows r set n = t.n from unnest(${old[0]}::text[], ${old[1]}::int[]) as t(id, n) where r.id = t.id`,
    );
    statement.add(`delete from rows where id = any(${statement.param(['gone'])}::text[])`);
    return (await client.query(statement.build('select 1 as one'))).rows;
  };
  const rows = async () => (await client.query('select id, n from rows order by id collate "C"')).rows;

  it('nothing is written, inserted, changed or deleted, unless the guard has written its row', async () => {
    const before = await rows();
    expect(await write(5)).toEqual([]);
    expect(await rows()).toEqual(before);
    expect(await write(1)).toEqual([{ one: 1 }]);
    expect(await rows()).toEqual([
      { id: 'a "quoted", \\ one', n: null },
      { id: 'new', n: 1 },
      { id: 'old', n: 7 },
    ]);
    expect((await client.query('select at from head')).rows).toEqual([{ at: 2 }]);
  });
});
