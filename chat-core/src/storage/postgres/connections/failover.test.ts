import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasPostgres } from '../../../../test/support/postgres.ts';
import { type PostgresPair, startPostgresPair } from '../../../../test/support/postgres-pair.ts';
import { until } from '../../../../test/support/until.ts';
import { message, person } from '../../contract/rig.ts';
import { memoryDisk } from '../../lowdb/disk/memory-disk.ts';
import type { Store } from '../../store.ts';
import { openPostgresStore } from '../postgres-store.ts';
import { clientConfig, connect } from './connection.ts';
import { addressesOf, Hosts } from './hosts.ts';

describe('the hosts of DATABASE_URL', () => {
  it('are one address each, with the same user, password, database and options', () => {
    expect(addressesOf('postgres://ani:a%40b@a:5432,[::1]:5433,c/bisik?sslmode=disable')).toEqual([
      'postgres://ani:a%40b@a:5432/bisik?sslmode=disable',
      'postgres://ani:a%40b@[::1]:5433/bisik?sslmode=disable',
      'postgres://ani:a%40b@c/bisik?sslmode=disable',
    ]);
    expect(addressesOf('postgres://a/bisik')).toEqual(['postgres://a/bisik']);
    expect(addressesOf('postgres://ani@localhost/bisik?host=/a,/b')).toEqual([
      'postgres://ani@localhost/bisik?host=%2Fa',
      'postgres://ani@localhost/bisik?host=%2Fb',
    ]);
  });

  it('each have TLS with a check of the certificate, unless they are of this machine', () => {
    const hosts = new Hosts('postgres://127.0.0.1,db.example.org/bisik');
    expect(hosts.current).toEqual({ connectionString: 'postgres://127.0.0.1/bisik' });
    hosts.failed(hosts.current);
    expect(hosts.current).toEqual({ connectionString: 'postgres://db.example.org/bisik', ssl: true });
  });

  it('are tried in turn, and a failure that is seen several times counts once', () => {
    const hosts = new Hosts('postgres://a,b,c/bisik');
    const a = hosts.current;
    hosts.failed(a);
    const b = hosts.current;
    hosts.failed(a);
    expect(hosts.current).toBe(b);
    hosts.failed(b);
    hosts.failed(hosts.current);
    expect(hosts.current).toBe(a);
  });

  it('are all named by the sentence when nothing listens at them', async () => {
    const databaseUrl = 'postgres://ani:rahasia@127.0.0.1:1,127.0.0.2:1/bisik';
    const opened = openPostgresStore({
      databaseUrl,
      filesFolder: 'files',
      disk: memoryDisk(),
      now: Date.now,
    });
    await expect(opened).rejects.toThrow(
      /^DATABASE_URL: the database 127\.0\.0\.1:1,127\.0\.0\.2:1\/bisik: nothing listens there\./,
    );
  });
});

describe.runIf(hasPostgres)('a primary with a synchronous standby', () => {
  let pair: PostgresPair;
  let store: Store;
  let databaseUrl: string;
  const append = (id: string) => store.transact((tx) => tx.appendMessage(message(id, 'c', 'ani')));
  /** Repeats a message until it is acknowledged. */
  const appendAtLast = (id: string) =>
    until(() =>
      store
        .transact(
          async (tx) =>
            (await tx.recentMessage('c', id)) ?? (await tx.appendMessage(message(id, 'c', 'ani'))),
        )
        .then(
          () => true,
          () => false,
        ),
    );
  const ids = async () => (await store.messages('c', { limit: 999 })).map(({ id }) => id);

  beforeAll(async () => {
    pair = await startPostgresPair();
    databaseUrl = await pair.newDatabase();
    store = await openPostgresStore({
      databaseUrl,
      filesFolder: 'files',
      disk: memoryDisk(),
      now: Date.now,
      onLost: (error) => {
        throw error;
      },
    });
    await store.transact(async (tx) => {
      for (const id of ['ani', 'budi']) await tx.saveAccount(person(id));
      await tx.befriend('ani', 'budi', 'c');
    });
  });
  afterAll(async () => {
    await store?.close();
    await pair?.stop();
  });

  it('a store goes on at the standby when the primary is killed and the standby takes over, to and fro', async () => {
    const sent: string[] = [];
    for (let failover = 1; failover <= 3; failover++) {
      sent.push(`before ${failover}`, `after ${failover}`, `rebuilt ${failover}`);
      await append(`before ${failover}`);
      await pair.killPrimary();
      await expect(append(`meanwhile ${failover}`)).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
      await pair.promote();
      await appendAtLast(`after ${failover}`);
      await until(async () => (await ids().catch(() => [])).length === sent.length - 1);
      await pair.rebuildStandby();
      await append(`rebuilt ${failover}`);
      expect(await ids()).toEqual(sent);
    }
  });

  it('a primary whose power is cut, which ends no connection, is left as soon as the standby has taken over', async () => {
    const config = clientConfig(databaseUrl);
    const before = await connect(config, () => {});
    const ended = new Promise<void>((resolve) => before.once('end', resolve));
    await append('before the freeze');
    await pair.freezePrimary();
    const hung = before.query('select 1').catch((error: Error) => error.message);
    const meanwhile = append('meanwhile frozen').catch(({ code }: { code: string }) => code);
    await pair.promote();
    const after = await connect(config, () => {});
    await ended;
    expect(await hung).toContain('terminated');
    await after.end();
    expect(await meanwhile).toBe('STORAGE_UNAVAILABLE');
    await appendAtLast('after the freeze');
    await pair.rebuildStandby();
    expect((await ids()).slice(-2)).toEqual(['before the freeze', 'after the freeze']);
  });

  it('a store goes on after the primary was restarted, and never at the standby meanwhile', async () => {
    await append('before the restart');
    for (const signal of ['SIGINT', 'SIGKILL'] as const) {
      await pair.restartPrimary(signal);
      await appendAtLast(`after ${signal}`);
    }
    expect((await ids()).slice(-3)).toEqual(['before the restart', 'after SIGINT', 'after SIGKILL']);
  });
});
