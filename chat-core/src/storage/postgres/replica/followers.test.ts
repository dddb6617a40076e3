import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { hasPostgres, type Postgres, startPostgres } from '../../../../test/support/postgres.ts';
import { startTcpRelay } from '../../../../test/support/tcp-relay.ts';
import { until } from '../../../../test/support/until.ts';
import { groupOf, member, message, person } from '../../contract/rig.ts';
import { memoryDisk } from '../../lowdb/disk/memory-disk.ts';
import { AttachmentFolder } from '../../lowdb/pages/attachment-folder.ts';
import type { Commit, Store } from '../../store.ts';
import { clientConfig, connect, type Query } from '../connections/connection.ts';
import { type Options, openPostgresStore } from '../postgres-store.ts';
import { tidyUp } from '../upkeep/housekeeping.ts';
import { loadReplica } from './load-replica.ts';
import { MissingCommits } from './replica.ts';

/** Several stores on one database, as of several cores. */
describe.runIf(hasPostgres)('stores on one PostgreSQL', () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres?.stop());

  const disk = memoryDisk();
  const open = async (databaseUrl: string, more: Partial<Options> = {}): Promise<Store> => {
    const store = await openPostgresStore({
      databaseUrl,
      filesFolder: 'files',
      disk,
      now: Date.now,
      ...more,
    });
    onTestFinished(() => store.close());
    return store;
  };
  const two = async (more: Partial<Options> = {}): Promise<[Store, Store, string]> => {
    const url = await postgres.newDatabase();
    const stores: [Store, Store] = [await open(url, more), await open(url, more)];
    await stores[0].transact(async (tx) => {
      for (const id of ['ani', 'budi']) await tx.saveAccount(person(id));
      await tx.befriend('ani', 'budi', 'c');
    });
    return [...stores, url];
  };
  const append = (store: Store, id: string) =>
    store.transact((tx) => tx.appendMessage(message(id, 'c', 'ani')));
  const same = async (a: Store, b: Store) => {
    await Promise.all([a.catchUp?.(), b.catchUp?.()]);
    expect(b.revision()).toBe(a.revision());
    for (const id of ['ani', 'budi']) {
      expect(await b.account(id)).toEqual(await a.account(id));
      expect(await b.conversationsOf(id)).toEqual(await a.conversationsOf(id));
      expect(b.newestFor(id)).toBe(a.newestFor(id));
    }
    expect(await b.messages('c', { limit: 999 })).toEqual(await a.messages('c', { limit: 999 }));
    expect(await b.marksOf('c')).toEqual(await a.marksOf('c'));
  };

  it('a commit of one store is announced by the other, with the same people', async () => {
    const [a, b] = await two();
    await b.catchUp?.();
    const notified: string[] = [];
    b.onCommit(({ users }) => notified.push(...users));
    await append(a, 'm1');
    await until(() => notified.length > 0);
    expect(notified.sort()).toEqual(['ani', 'budi']);
    await same(a, b);
  });

  it('messages that one store replaces, and groups that it deletes, are announced as such by the other alone', async () => {
    const [a, b] = await two();
    const [own, others]: string[][] = [[], []];
    const note = (names: string[] | undefined) => (commit: Commit) => {
      const { replacedElsewhere, deletedElsewhere } = commit;
      names?.push(...replacedElsewhere.map(({ id }) => id), ...deletedElsewhere);
    };
    a.onCommit(note(own));
    b.onCommit(note(others));
    await append(a, 'm1');
    await a.transact(async (tx) => {
      const row = await tx.message('c', 1);
      if (row) await tx.resealMessage({ ...row, content: 'sealed anew' });
    });
    await a.transact(async (tx) => {
      const row = await tx.message('c', 1);
      if (row) await tx.changeMessage({ ...row, content: 'another text', edit: 1 });
    });
    await a.transact((tx) => tx.saveGroup('g', groupOf([member('ani')])));
    await a.transact((tx) => tx.saveGroup('g', groupOf([])));
    await until(() => (others?.length ?? 0) >= 2);
    expect([own, others]).toEqual([[], ['m1', 'g']]);
  });

  it('without notices a commit of another store is seen by the next look at the database', async () => {
    const [a, b] = await two({ listens: false });
    await append(a, 'm1');
    await until(() => b.revision() === a.revision());
    await same(a, b);
  });

  it('a transaction sees what the other store committed just before, and revisions have no gap', async () => {
    const [a, b] = await two({ listens: false });
    const rows = await Promise.all(
      Array.from({ length: 40 }, (_, n) => append(n % 2 === 0 ? a : b, `m${n}`)),
    );
    expect(rows.map(({ seq }) => seq).sort((x, y) => x - y)).toEqual(rows.map((_, n) => n + 1));
    await same(a, b);
    expect(a.revision()).toBe(41);
  });

  it('of two stores that add the same message one finds that of the other', async () => {
    const [a, b] = await two();
    const once = (store: Store, id: string) =>
      store.transact(
        async (tx) => (await tx.recentMessage('c', id)) ?? (await tx.appendMessage(message(id, 'c', 'ani'))),
      );
    for (let n = 1; n <= 20; n++) {
      const [one, other] = await Promise.all([once(a, `m${n}`), once(b, `m${n}`)]);
      expect([one.seq, other.seq]).toEqual([n, n]);
    }
  });

  it('a message that one store sent, and the other edited, is read as it is now', async () => {
    const [a, b] = await two();
    for (let n = 1; n <= 3; n++) await append(a, `m${n}`);
    expect((await a.messages('c', { limit: 3 })).map(({ content }) => content)).toEqual(
      ['m1', 'm2', 'm3'].map((id) => `sealed ${id}`),
    );
    await b.transact(async (tx) => {
      const row = await tx.message('c', 2);
      if (row) await tx.changeMessage({ ...row, content: 'sealed anew', edit: 1 });
    });
    await a.catchUp?.();
    expect((await a.message('c', 2))?.content).toBe('sealed anew');
    expect(await a.messages('c', { limit: 3 })).toEqual(await b.messages('c', { limit: 3 }));
    await a.transact(async (tx) => {
      const row = await tx.message('c', 3);
      if (row) await tx.changeMessage({ ...row, content: 'sealed by a', edit: 1 });
    });
    await same(a, b);
    expect((await b.message('c', 3))?.content).toBe('sealed by a');
  });

  it('sending and reading the newest messages of a store asks the database nothing but to commit', async () => {
    const texts: string[] = [];
    const url = await postgres.newDatabase();
    class Counting extends clientConfig(url).Client {
      override query(...args: never[]): never {
        texts.push(String(args[0]));
        return (super.query as (...all: never[]) => never)(...args);
      }
    }
    const store = await open(url, { Client: Counting });
    await store.transact(async (tx) => {
      for (const id of ['ani', 'budi']) await tx.saveAccount(person(id));
      await tx.befriend('ani', 'budi', 'c');
    });
    await append(store, 'm1');
    const since = store.revision();
    texts.length = 0;
    await append(store, 'm2');
    expect(await store.recentMessage('c', 'm2')).toBeDefined();
    expect((await store.messages('c', { limit: 2 })).map(({ id }) => id)).toEqual(['m1', 'm2']);
    expect((await store.changedMessages('budi', since, { limit: 9 }))?.length).toBe(1);
    expect(texts.filter((text) => text.includes('from messages'))).toEqual([]);
  });

  it('a store that alone commits does so in one statement, and takes a turn when another one has committed', async () => {
    const url = await postgres.newDatabase();
    const sent: string[] = [];
    class Recording extends clientConfig(url).Client {
      override query(...args: never[]): never {
        const [query] = args as (string | { text: string })[];
        sent.push(typeof query === 'string' ? query : (query?.text ?? ''));
        return (super.query as (...all: never[]) => never)(...args);
      }
    }
    const isWrite = (text: string) => /^(with|begin|commit|rollback)/.test(text);
    // Without notices the store does not know of the other's commit.
    const [a, b] = [await open(url, { Client: Recording, listens: false }), await open(url)];
    await a.transact(async (tx) => {
      for (const id of ['ani', 'budi']) await tx.saveAccount(person(id));
      await tx.befriend('ani', 'budi', 'c');
    });
    for (let n = 1; n <= 5; n++) await append(a, `m${n}`);
    sent.length = 0;
    await append(a, 'm6');
    expect(sent.filter(isWrite).map((text) => text.slice(0, 10))).toEqual(['with guard']);
    await append(b, 'm7');
    sent.length = 0;
    let runs = 0;
    const row = await a.transact((tx) => {
      runs += 1;
      return tx.appendMessage(message('m8', 'c', 'ani'));
    });
    expect([row.seq, runs]).toEqual([8, sent.some((text) => text.startsWith('with guard')) ? 2 : 1]);
    expect(sent.filter((text) => text.startsWith('begin'))).toHaveLength(1);
    await same(a, b);
    sent.length = 0;
    expect(await a.transact((tx) => tx.recentMessage('c', 'm7'))).toMatchObject({ seq: 7 });
    expect(sent.filter(isWrite)[0]).toContain('for update');
  });

  it('edits, hidden messages, marks, files and groups are the same in both, and after a restart', async () => {
    const [a, b, url] = await two();
    for (const id of ['m1', 'm2']) await append(a, id);
    await b.transact(async (tx) => {
      const row = await tx.message('c', 1);
      if (row) await tx.changeMessage({ ...row, content: 'sealed anew', edit: 1 });
      await tx.hideMessage('c', 'budi', 2);
    });
    await b.raiseMark({ conversationId: 'c', userId: 'budi', delivered: 2, read: 1 });
    await b.transact((tx) => tx.saveMarks([{ conversationId: 'c', userId: 'budi', delivered: 2, read: 1 }]));
    await same(a, b);
    expect(await a.hiddenOf('c', 'budi')).toEqual([[2, 2]]);
    const fresh = await open(url);
    await same(a, fresh);
    for (const store of [a, b, fresh])
      expect((await store.changedMessages('ani', 3, { limit: 9 }))?.map(({ message: { id } }) => id)).toEqual(
        ['m1'],
      );
  });

  it('a store whose connections are cut goes on, and misses nothing', async () => {
    const [a, b] = await two();
    await append(a, 'm1');
    for (let round = 1; round <= 5; round++) {
      await postgres.run(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'bisik'",
      );
      await until(() =>
        append(a, `round ${round}`).then(
          () => true,
          () => false,
        ),
      );
      await until(() => b.revision() >= a.revision());
    }
    await same(a, b);
    const seqs = (await b.messages('c', { limit: 999 })).map(({ seq }) => seq);
    expect(seqs).toEqual(seqs.map((_, n) => n + 1));
  });

  it('what was acknowledged is there after any cut, once, and a refused write may be repeated', async () => {
    const [a, b, url] = await two();
    const acknowledged = new Set<string>();
    let isOver = false;
    let refused = 0;
    const sender = async (store: Store, name: string) => {
      // Until a cut has refused some of them.
      for (let n = 1; n <= 40 || refused === 0; n++) {
        const id = `${name} ${n}`;
        await until(() =>
          store
            .transact(
              async (tx) =>
                (await tx.recentMessage('c', id)) ?? (await tx.appendMessage(message(id, 'c', 'ani'))),
            )
            .then(
              () => acknowledged.add(id) !== undefined,
              () => {
                refused += 1;
                return false;
              },
            ),
        );
      }
    };
    const cutter = async () => {
      while (!isOver) {
        await postgres.run(
          `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'bisik' and datname = '${URL.parse(url)?.pathname.slice(1)}' and random() < 0.4`,
        );
        await new Promise((resolve) => setTimeout(resolve, 30));
      }
    };
    const cutting = cutter();
    await Promise.all([sender(a, 'a'), sender(b, 'b')]);
    isOver = true;
    await cutting;
    await until(() =>
      same(a, b).then(
        () => true,
        () => false,
      ),
    );
    const rows = await (await open(url)).messages('c', { limit: 999 });
    expect(rows.map(({ id }) => id).sort()).toEqual([...acknowledged].sort());
    expect(rows.map(({ seq }) => seq)).toEqual(rows.map((_, n) => n + 1));
  });

  it('a store closes although the network to the database has become silent', async () => {
    const { searchParams, pathname } = new URL(await postgres.newDatabase());
    const relay = await startTcpRelay();
    relay.use(`${searchParams.get('host')}/.s.PGSQL.5432`);
    const store = await openPostgresStore({
      databaseUrl: `postgres://postgres@127.0.0.1:${relay.port}${pathname}`,
      filesFolder: 'files',
      disk,
      now: Date.now,
    });
    await store.transact((tx) => tx.saveAccount(person('ani')));
    relay.setMode('hangs');
    await store.close();
    await relay.stop();
  });

  it('a store that finds another history stops following', async () => {
    const url = await postgres.newDatabase();
    const lost: string[] = [];
    const store = await open(url, { onLost: ({ message }) => lost.push(message) });
    await store.transact((tx) => tx.saveAccount(person('ani')));
    const name = URL.parse(url)?.pathname.slice(1);
    await postgres.run('update box set revision = 0', name);
    await until(() => lost.length > 0);
    expect(lost[0]).toContain('it was restored');
    await postgres.run('update box set revision = 1', name);
  });

  it('a store whose newest commit has been replaced by another one stops following, and writes nothing', async () => {
    const url = await postgres.newDatabase();
    const lost: string[] = [];
    const store = await open(url, { listens: false, onLost: ({ message }) => lost.push(message) });
    await store.transact((tx) => tx.saveAccount(person('ani')));
    const name = URL.parse(url)?.pathname.slice(1);
    // As after a standby without that commit took over, and another core has made one with its number.
    await postgres.run('update box set clock = clock + 1', name);
    await postgres.run('update commits set clock = clock + 1', name);
    await expect(store.transact((tx) => tx.saveAccount(person('budi')))).rejects.toMatchObject({
      code: 'STORAGE_UNAVAILABLE',
    });
    await until(() => lost.length > 0);
    expect(lost[0]).toContain('is not the one that this core has seen');
  });

  it('while the disk of the database is full nothing is stored, reads go on, and then it is written again', async () => {
    const [a, b, url] = await two();
    const name = URL.parse(url)?.pathname.slice(1);
    await append(a, 'm1');
    await postgres.run(
      "create function no_room() returns trigger language plpgsql as $$ begin raise exception using errcode = '53100'; end $$; create trigger no_room before insert on messages execute function no_room()",
      name,
    );
    await expect(append(a, 'm2')).rejects.toMatchObject({ code: 'DISK_FULL' });
    expect([a.isFull(), await a.isWritable(), b.isFull()]).toEqual([true, false, false]);
    expect((await a.messages('c', { limit: 9 })).map(({ id }) => id)).toEqual(['m1']);
    await a.transact((tx) => tx.saveAccount(person('cici')));
    await postgres.run('drop trigger no_room on messages', name);
    await append(a, 'm2');
    await same(a, b);
  });

  it('old records of commits are deleted, and a store that was away longer has to start again', async () => {
    const [a, , url] = await two();
    const name = URL.parse(url)?.pathname.slice(1);
    await a.transact((tx) => tx.saveGroup('g', groupOf([member('ani')])));
    for (const id of ['g1', 'g2']) await a.transact((tx) => tx.appendMessage(message(id, 'g', 'ani')));
    await a.files.write({ conversationId: 'g', id: 'f' }, 0, Buffer.from('x'));
    const client = await connect(clientConfig(url), () => {});
    const { replica } = await loadReplica(client);
    await a.transact((tx) => tx.saveGroup('g', groupOf([])));
    const query: Query = async (text, values) => (await client.query(text, values)).rows;
    await replica.catchUp((text, values) => client.query(text, values));
    const behind = (await loadReplica(client)).replica;
    await append(a, 'm1');
    const files = new AttachmentFolder(disk, 'files');
    const tidy = (keepMs?: number) => tidyUp({ query, replica, files }, keepMs);
    await tidy();
    expect(await postgres.run('select revision from commits', name)).not.toEqual([]);
    expect(await postgres.run("select seq from messages where conversation_id = 'g'", name)).toEqual([]);
    expect(await a.files.size({ conversationId: 'g', id: 'f' })).toBe(0);
    await tidy(-1000);
    expect(await postgres.run('select revision from commits', name)).toEqual([]);
    await append(a, 'm2');
    await expect(behind.catchUp((text, values) => client.query(text, values))).rejects.toThrow(
      MissingCommits,
    );
    await client.end();
  });

  it('the records of commits hold no sealed text of a message', async () => {
    const [a, , url] = await two();
    await append(a, 'm1');
    const rows = await postgres.run(
      'select changes::text as text from commits',
      URL.parse(url)?.pathname.slice(1),
    );
    const text = rows.map((row) => row.text).join();
    expect(text).toContain('"m1"');
    expect(text).not.toContain('sealed m1');
  });
});
