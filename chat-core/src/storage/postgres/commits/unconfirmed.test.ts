import { execFileSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  hasPostgres,
  type PostgresServer,
  preparePostgres,
} from '../../../../test/support/postgres-server.ts';
import { until } from '../../../../test/support/until.ts';
import { message, person } from '../../contract/rig.ts';
import { memoryDisk } from '../../lowdb/disk/memory-disk.ts';
import type { Store } from '../../store.ts';
import { openPostgresStore } from '../postgres-store.ts';

describe.runIf(hasPostgres)('stores on a PostgreSQL whose commits may get lost', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await preparePostgres();
    await server.init();
    await server.start();
  });
  afterAll(async () => {
    await server?.end('SIGINT');
    await server?.remove();
  });

  let count = 0;
  const newDatabase = async () => {
    const name = `box${++count}`;
    await server.run(`create database ${name}`);
    return name;
  };
  const open = async (name: string, onLost?: (error: Error) => void): Promise<Store> => {
    const options = { databaseUrl: server.url(name), filesFolder: 'files', disk: memoryDisk() };
    const store = await openPostgresStore({ ...options, now: Date.now, ...(onLost && { onLost }) });
    onTestFinished(() => store.close());
    return store;
  };
  const addFriends = (store: Store) =>
    store.transact(async (tx) => {
      for (const id of ['ani', 'budi']) await tx.saveAccount(person(id));
      await tx.befriend('ani', 'budi', 'c');
    });
  const send = (store: Store, id: string) =>
    store.transact(
      async (tx) => (await tx.recentMessage('c', id)) ?? (await tx.appendMessage(message(id, 'c', 'ani'))),
    );
  const sendAtLast = (store: Store, id: string) =>
    until(() =>
      send(store, id).then(
        () => true,
        () => false,
      ),
    );
  /** The standby for which commits wait; `none` never comes. */
  const waitFor = async (standby: '' | 'none') => {
    await server.run(`alter system set synchronous_standby_names = '${standby}'`);
    await server.run('select pg_reload_conf()');
    await until(
      async () =>
        (await server.run('show synchronous_standby_names'))[0]?.synchronous_standby_names === standby,
    );
  };
  const waits = async (name: string) => {
    const rows = await server.run(
      `select pid from pg_stat_activity where datname = '${name}' and wait_event = 'SyncRep'`,
    );
    return rows.map(({ pid }) => pid as number);
  };

  it.each(['pg_cancel_backend', 'pg_terminate_backend'])(
    'a message whose wait for the standby was given up (%s) is acknowledged, also at another store, only with the standby',
    async (giveUp) => {
      const name = await newDatabase();
      const [a, b] = [await open(name), await open(name)];
      await addFriends(a);
      await waitFor('none');
      onTestFinished(() => waitFor(''));
      const first = send(a, 'm1').then(
        () => 'acknowledged',
        () => 'refused',
      );
      await until(async () => (await waits(name)).length > 0);
      for (const pid of await waits(name)) await server.run(`select ${giveUp}(${pid})`);
      expect(await first).toBe('refused');
      // Everybody can see it.
      await until(async () => (await b.catchUp?.().then(() => b.conversation('c')))?.lastSeq === 1);
      const answered: string[] = [];
      const repeats = [
        send(a, 'm1').then(({ seq }) => answered.push(`a ${seq}`)),
        send(b, 'm1').then(({ seq }) => answered.push(`b ${seq}`)),
        b.confirm?.().then(() => answered.push('b is confirmed')),
      ];
      await until(async () => (await waits(name)).length > 0);
      expect(answered).toEqual([]);
      await waitFor('');
      await Promise.all(repeats);
      expect(answered.sort()).toEqual(['a 1', 'b 1', 'b is confirmed']);
      // What is known to be replicated needs no wait any more.
      await waitFor('none');
      await Promise.all([send(a, 'm1'), send(b, 'm1'), b.confirm?.()]);
    },
  );

  it('a message that the server had when it was killed, and its standby had not, is acknowledged only with the standby', async () => {
    const name = await newDatabase();
    const store = await open(name);
    await addFriends(store);
    await waitFor('none');
    onTestFinished(() => waitFor(''));
    const first = send(store, 'm1').catch(() => undefined);
    await until(async () => (await waits(name)).length > 0);
    await server.end('SIGQUIT');
    expect(await first).toBeUndefined();
    await server.start();
    let isAnswered = false;
    const repeated = sendAtLast(store, 'm1').then(() => {
      isAnswered = true;
    });
    await until(async () => (await waits(name)).length > 0);
    expect(isAnswered).toBe(false);
    await waitFor('');
    await repeated;
    expect((await store.conversation('c'))?.lastSeq).toBe(1);
  });

  it('a restart of the server begins an epoch, in which cursors and stores of the one before go on', async () => {
    const name = await newDatabase();
    const lost: Error[] = [];
    const [a, b] = [
      await open(name, (error) => lost.push(error)),
      await open(name, (error) => lost.push(error)),
    ];
    await addFriends(a);
    await send(a, 'm1');
    const epochs = [a.epoch];
    for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
      const revision = a.revision();
      await server.end(signal);
      await server.start();
      await sendAtLast(b, `after ${signal}`);
      await until(() => a.revision() === revision + 1);
      for (const store of [a, b]) {
        expect(epochs).not.toContain(store.epoch);
        expect(store.historyUpTo(epochs.at(-1) ?? '')).toBe(revision);
        expect(store.historyUpTo(store.epoch)).toBe(revision + 1);
      }
      expect(a.epoch).toBe(b.epoch);
      epochs.push(a.epoch);
    }
    const fresh = await open(name);
    expect(epochs.map((epoch) => fresh.historyUpTo(epoch))).toEqual([2, 3, 4]);
    expect([fresh.historyUpTo('another'), lost]).toEqual([-1, []]);
  });

  it('after an older copy of the data was put back, cursors of what is lost count no more, and those from before do', async () => {
    const name = await newDatabase();
    const lost: string[] = [];
    const old = await open(name, (error) => lost.push(error.message));
    await addFriends(old);
    await send(old, 'm1');
    const [epoch, revision] = [old.epoch, old.revision()];
    await server.end('SIGINT');
    execFileSync('cp', ['-a', server.data, `${server.data}-copy`]);
    await server.start();
    for (const id of ['m2', 'm3']) await sendAtLast(old, id);
    const lostEpoch = old.epoch;
    expect(lostEpoch).not.toBe(epoch);
    await server.end('SIGINT');
    await rm(server.data, { recursive: true });
    execFileSync('mv', [`${server.data}-copy`, server.data]);
    await server.start();
    await until(() => lost.length > 0);
    // By what the core notices first: that the revision is lower, or that the copy does not know its epoch.
    expect(lost[0]).toMatch(/an older copy of this one, was put in its place|it was restored, or a standby/);
    const store = await open(name);
    // As many as were lost, and more.
    for (const id of ['n2', 'n3', 'n4']) await sendAtLast(store, id);
    expect(store.historyUpTo(epoch)).toBe(revision);
    expect(store.historyUpTo(lostEpoch)).toBe(-1);
    expect((await store.messages('c', { limit: 9 })).map(({ id }) => id)).toEqual(['m1', 'n2', 'n3', 'n4']);
  });
});
