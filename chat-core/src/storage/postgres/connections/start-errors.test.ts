import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasPostgres, type Postgres, startPostgres } from '../../../../test/support/postgres.ts';
import { memoryDisk } from '../../lowdb/disk/memory-disk.ts';
import { openPostgresStore } from '../postgres-store.ts';
import { startError } from './database-error.ts';

const open = (databaseUrl: string) =>
  openPostgresStore({ databaseUrl, filesFolder: 'files', disk: memoryDisk(), now: Date.now });
const sentenceOf = (databaseUrl: string): Promise<string> =>
  open(databaseUrl).then(
    (store) => store.close().then(() => 'it opened'),
    ({ message }: Error) => message,
  );

it('an address that is none of PostgreSQL is refused with an example', async () => {
  for (const url of ['chat', 'mysql://root@db/chat', 'postgres://db.example.org'])
    expect(await sentenceOf(url)).toBe(
      'The variable DATABASE_URL takes an address such as postgres://user:password@host:5432/database.',
    );
});

it('where nothing listens the sentence says so, and does not contain the password', async () => {
  const sentence = await sentenceOf('postgres://ani:rahasia@127.0.0.1:1/chat');
  expect(sentence).toMatch(/^DATABASE_URL: the database 127\.0\.0\.1:1\/chat: nothing listens there\. Start/);
  expect(sentence).not.toContain('rahasia');
  expect(await sentenceOf('postgres://ani@localhost/chat?host=/nowhere')).toContain(
    'there is no such socket',
  );
});

it('errors of TLS name the setting that helps', () => {
  const sentence = (error: object) => startError('postgres://db.example.org/chat', error).message;
  expect(sentence({ code: 'SELF_SIGNED_CERT_IN_CHAIN' })).toContain('sslrootcert=');
  expect(sentence({ message: 'The server does not support SSL connections' })).toContain('sslmode=disable');
  expect(sentence({ code: 'XX000', message: 'odd' })).toContain('it answered: odd.');
});

describe.runIf(hasPostgres)('PostgreSQL refuses', () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres();
    await postgres.run('create role guest login');
  });
  afterAll(() => postgres?.stop());

  it('a database that is not there', async () => {
    expect(await sentenceOf(postgres.url('nowhere'))).toContain('Make it with createdb');
  });

  it('a user that is not there', async () => {
    expect(await sentenceOf(postgres.url('postgres', 'stranger'))).toContain(
      'Correct the user in DATABASE_URL',
    );
  });

  it('a user without rights', async () => {
    const name = URL.parse(await postgres.newDatabase())?.pathname.slice(1) ?? '';
    expect(await sentenceOf(postgres.url(name, 'guest'))).toContain('lacks rights. Make the user the owner');
    await postgres.run(`alter database ${name} owner to guest`);
    expect(await sentenceOf(postgres.url(name, 'guest'))).toBe('it opened');
  });

  it('a database of a newer version', async () => {
    const url = await postgres.newDatabase();
    await (await open(url)).close();
    await postgres.run('insert into migrations (number) values (99)', URL.parse(url)?.pathname.slice(1));
    expect(await sentenceOf(url)).toContain('was written by a newer version (its tables are at 99');
  });

  it('a standby, which only reads', async () => {
    const url = await postgres.newDatabase();
    await postgres.restartAsStandby();
    expect(await sentenceOf(url)).toContain('is a standby, which only reads. Name the primary');
  });
});
