import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issueAuthority, issueServer, newPrivateKey } from '../../../../../cipher-service/src/pki.ts';
import { hasPostgres, type Postgres, startPostgres } from '../../../../test/support/postgres.ts';
import { person } from '../../contract/rig.ts';
import { memoryDisk } from '../../lowdb/disk/memory-disk.ts';
import { openPostgresStore } from '../postgres-store.ts';

describe.runIf(hasPostgres)('TLS to PostgreSQL, with a certificate of a private authority', () => {
  let postgres: Postgres;
  let folder: string;
  const open = (databaseUrl: string) =>
    openPostgresStore({ databaseUrl, filesFolder: 'files', disk: memoryDisk(), now: Date.now });
  const sentenceOf = (host: string, query: string) =>
    open(postgres.tcpUrl('box1', host) + query).then(
      (store) => store.close().then(() => 'it opened'),
      ({ message }: Error) => message,
    );
  const authority = (name: string) => `&sslrootcert=${encodeURIComponent(join(folder, name))}`;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bisik-tls-'));
    const [own, other, key] = [await newPrivateKey(), await newPrivateKey(), await newPrivateKey()];
    await writeFile(join(folder, 'ca.pem'), issueAuthority(own));
    await writeFile(join(folder, 'other.pem'), issueAuthority(other));
    postgres = await startPostgres({}, { tls: { key, certificate: issueServer(own, key) } });
    await postgres.newDatabase();
  });
  afterAll(async () => {
    await postgres?.stop();
    await rm(folder, { recursive: true });
  });

  it('a core works over it, and all of its connections are encrypted', async () => {
    const store = await open(
      `${postgres.tcpUrl('box1', '127.0.0.1')}?sslmode=verify-full${authority('ca.pem')}`,
    );
    await store.transact((tx) => tx.saveAccount(person('ani')));
    const rows = await postgres.run(
      "select ssl, version from pg_stat_ssl join pg_stat_activity using (pid) where application_name = 'bisik'",
    );
    expect(rows.length).toBeGreaterThanOrEqual(3);
    for (const row of rows) expect(row).toEqual({ ssl: true, version: 'TLSv1.3' });
    await store.close();
  });

  it('a certificate for another name is refused, with a sentence', async () => {
    expect(await sentenceOf('127.0.0.2', `?sslmode=verify-full${authority('ca.pem')}`)).toContain(
      'its certificate is for another name. Write the name of the certificate',
    );
  });

  it('a certificate of another authority is refused, and that of an unknown one', async () => {
    for (const query of [authority('other.pem'), ''])
      expect(await sentenceOf('127.0.0.1', `?sslmode=verify-full${query}`)).toContain(
        'its certificate is of an unknown authority. Add sslmode=verify-full and sslrootcert=',
      );
  });
});
