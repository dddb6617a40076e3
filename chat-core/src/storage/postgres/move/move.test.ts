import { v4 as uuid } from 'uuid';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { storeMessageWith } from '../../../../test/support/attachments.ts';
import { dumpBox } from '../../../../test/support/dump-box.ts';
import { fakeCipher } from '../../../../test/support/fake-cipher.ts';
import { storePoll } from '../../../../test/support/polls.ts';
import { hasPostgres, type Postgres, startPostgres } from '../../../../test/support/postgres.ts';
import { until } from '../../../../test/support/until.ts';
import type { BoxRows } from '../../box-rows.ts';
import { groupOf, member, message, person } from '../../contract/rig.ts';
import { memoryDisk } from '../../lowdb/disk/memory-disk.ts';
import { openStore } from '../../lowdb/lowdb-store.ts';
import { writeFolder } from '../../lowdb/maintenance/write-folder.ts';
import { scanFolder } from '../../lowdb/repair/integrity-scan.ts';
import { openReadOnly } from '../../lowdb/repair/open-read-only.ts';
import type { Store, StoredPicture } from '../../store.ts';
import { openPostgresStore } from '../postgres-store.ts';
import { copyIntoDatabase, withBoxOf } from './move.ts';

const START = 1_900_000_000_000;
const sealed = (content: string) => ({ v: 1 as const, kid: 'k1', content });
const picture = (userId: string): StoredPicture => ({
  userId,
  id: `foto-${userId}`,
  edit: 1,
  pieces: [sealed(`foto ${userId}`), sealed('lagi')],
});

/** A box with a row of every kind. */
async function fill(store: Store): Promise<void> {
  const cipher = fakeCipher();
  const deps = { store, cipher };
  const device = { id: 'hp', name: 'HP', createdAt: 1, lastSeenAt: 1 };
  await store.transact(async (tx) => {
    await tx.saveAccount({ ...person('ani'), devices: [device], owner: true });
    for (const id of ['budi', 'cici', 'dedi'])
      await tx.saveAccount(person(id, `Orang ${id} \u0000\ud83d\ude00`));
    await tx.befriend('ani', 'budi', 'ani-budi');
    await tx.befriend('ani', 'cici', 'ani-cici');
    await tx.openDirect('ani', 'ani', 'catatan');
    await tx.savePeople({ ...person('cici', 'cici2'), contacts: ['ani'], blocked: ['dedi'] });
    await tx.saveGroup(
      'g',
      groupOf([member('ani'), member('budi')], { picture: { id: 'foto-g', edit: 1 } }),
      picture('g'),
    );
    await tx.saveGroup('hapus', groupOf([member('ani')]));
    await tx.saveGroup('arsip', groupOf([member('ani')], { archive: { source: 'whatsapp' } }));
    await tx.saveExpiry('ani-budi', 3600);
    await tx.saveInvite({ id: 'i1', hash: 'h', uses: 2, used: 1, createdAt: 1, expiresAt: 9e15 });
    await tx.saveInvite({
      id: 'i2',
      hash: 'h2',
      uses: 1,
      used: 0,
      createdAt: 2,
      expiresAt: 9e15,
      conversationId: 'g',
    });
  });
  // More than a page, so that some are in pages and some in the journal.
  for (let n = 1; n <= 300; n++)
    await store.transact((tx) =>
      tx.appendMessage({
        ...message(`m${n}`, 'ani-budi', n % 2 ? 'ani' : 'budi'),
        expiresAt: START + n * 1000,
      }),
    );
  await store.transact(async (tx) => {
    await tx.appendMessage({ ...message('a1', 'arsip', 'ani'), imported: { source: 'whatsapp' } });
    await tx.appendMessage(message('x', 'hapus', 'ani'));
    const row = await tx.message('ani-budi', 7);
    if (row) await tx.changeMessage({ ...row, content: 'sealed edit', edit: 1, editedAt: 5 } as typeof row);
    const gone = await tx.message('ani-budi', 299);
    if (gone) await tx.changeMessage({ ...gone, content: '', deletedAt: 9 });
    const liked = await tx.message('ani-budi', 3);
    if (liked) await tx.changeMessage({ ...liked, reactions: { ...sealed('👍'), edit: 1 } } as typeof liked);
    for (const seq of [2, 3, 9]) await tx.hideMessage('ani-budi', 'budi', seq);
    await tx.hideMessage('ani-budi', 'ani', 300);
    await tx.savePin('ani-budi', { seq: 10, by: 'budi' });
    await tx.saveMarks([
      { conversationId: 'ani-budi', userId: 'budi', delivered: 300, read: 12 },
      { conversationId: 'ani-budi', userId: 'ani', delivered: 2, read: 1 },
    ]);
    await tx.saveSeen([
      { userId: 'budi', at: 120_000 },
      { userId: 'ani', deviceId: 'hp', at: 180_000, token: { issuedAt: 4, since: 5 } },
    ]);
    await tx.saveGroup('hapus', groupOf([]));
    await tx.saveProfile(
      'ani',
      {
        edit: 1,
        texts: { ...sealed('profil'), edit: 1 },
        picture: { id: 'foto-ani', edit: 1 },
        muted: [{ conversationId: 'g' }],
        chats: [{ conversationId: 'g', pinned: true }],
        stars: [{ conversationId: 'g', seqs: [[1, 1]] }],
      } as unknown as Parameters<typeof tx.saveProfile>[1],
      { isShown: true, picture: picture('ani') },
    );
  });
  await storePoll(deps, { conversationId: 'g', senderId: 'ani' });
  await storeMessageWith(deps, { conversationId: 'g', senderId: 'budi' }, [{ bytes: Buffer.from('isi') }]);
  await store.transact(async (tx) => {
    const poll = await tx.message('g', 1);
    if (poll)
      await tx.changeMessage({ ...poll, poll: { votes: { ...sealed('suara'), edit: 1 } } } as typeof poll);
    const upload = { id: 'u', conversationId: 'g', userId: 'budi', createdAt: 1, size: 9 };
    await tx.saveUpload({ ...upload, state: 'open', key: sealed('kunci'), metadata: sealed('nama') });
    await tx.saveUpload({ state: 'discarded', id: 'lama', conversationId: 'g' });
    const account = await tx.account('budi');
    const scheduled = { ...sealed('nanti'), id: uuid(), conversationId: 'g', at: START + 1e9, createdAt: 1 };
    if (account) await tx.saveAccount({ ...account, scheduled: [scheduled] } as unknown as typeof account);
  });
  await store.recordSealedWith('k1');
  await store.saveSettings(() => ({ registration: 'closed' }) as never);
}

async function filledBox() {
  const disk = memoryDisk();
  let now = START;
  const store = await openStore(disk, 'box', { now: () => now++, groupCommitMs: 0 });
  await fill(store);
  await store.checkpoint();
  // Rows that are in no page.
  await store.transact((tx) => tx.appendMessage(message('akhir', 'g', 'ani')));
  await store.close();
  return { disk, epoch: store.epoch, box: await openReadOnly('box', disk) };
}

describe.runIf(hasPostgres)('a box that moves', () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres?.stop());
  const copy = (
    databaseUrl: string,
    box: BoxRows,
    more: Partial<Parameters<typeof copyIntoDatabase>[0]> = {},
  ) => copyIntoDatabase({ databaseUrl, box, onMessages: () => {}, check: async () => {}, ...more });
  const sentenceOf = (work: Promise<unknown>) =>
    work.then(
      () => 'it copied',
      ({ message }: Error) => message,
    );

  it('into PostgreSQL and back has every row as it was, and a history of its own each time', async () => {
    const { disk, box, epoch } = await filledBox();
    const databaseUrl = await postgres.newDatabase();
    const original = await dumpBox(box);
    const { counts } = await copy(databaseUrl, box, {
      check: async (copied) => expect(await dumpBox(copied)).toMatchObject(original),
    });
    expect(counts).toMatchObject({ accounts: 4, conversations: 6, messages: 304, pictures: 2, hidden: 4 });

    const store = await openPostgresStore({ databaseUrl, filesFolder: 'files', disk, now: () => START });
    expect([store.revision(), store.epoch === epoch]).toEqual([original.revision, false]);
    await store.close();

    const back = memoryDisk();
    await withBoxOf(databaseUrl, async (rows, isInUse) => {
      expect(isInUse).toBe(false);
      await writeFolder(back, 'box', undefined, rows, () => {});
    });
    expect(await dumpBox(await openReadOnly('box', back))).toEqual(original);
    const { faults } = await scanFolder(back, 'box');
    // The bytes of files are the matter of the command.
    expect(faults.filter(({ what }) => !what.includes('a file of message'))).toEqual([]);
    const again = await openStore(back, 'box', { now: () => START + 1e6, groupCommitMs: 0 });
    await again.transact((tx) => tx.appendMessage(message('baru', 'g', 'ani')));
    expect([again.revision(), again.epoch === epoch]).toEqual([original.revision + 1, false]);
    await again.close();
    expect((await openReadOnly('box', back)).revision).toBe(original.revision + 1);
  });

  it('is not in the database when its check fails, or a message is missing, and may be copied again', async () => {
    const { box } = await filledBox();
    const databaseUrl = await postgres.newDatabase();
    const failed = copy(databaseUrl, box, { check: () => Promise.reject(new Error('tidak terbuka')) });
    expect(await sentenceOf(failed)).toBe('tidak terbuka');
    const history = { between: async () => [] };
    expect(await sentenceOf(copy(databaseUrl, { ...box, history }))).toContain('are missing');
    expect(await sentenceOf(copy(databaseUrl, box))).toBe('it copied');
  });

  it('is not in the database when the disk of that is full, and the sentence says what to do', async () => {
    const { box } = await filledBox();
    const databaseUrl = await postgres.newDatabase();
    await (await openPostgresStore({ databaseUrl, filesFolder: 'files', now: () => START })).close();
    const run = (sql: string) => postgres.run(sql, URL.parse(databaseUrl)?.pathname.slice(1));
    await run(`create function full_disk() returns trigger language plpgsql as
      $$ begin raise exception 'could not extend file' using errcode = '53100'; end $$;
      create trigger full_disk before insert on pictures execute function full_disk()`);
    expect(await sentenceOf(copy(databaseUrl, box))).toContain('its disk is full. Make room on the volume');
    expect(await run('select revision::int from box')).toEqual([{ revision: 0 }]);
    expect(await run('select * from accounts')).toEqual([]);
    await run('drop trigger full_disk on pictures');
    expect(await sentenceOf(copy(databaseUrl, box))).toBe('it copied');
  });

  it('ends a core that had begun an empty box in the database', async () => {
    const { box } = await filledBox();
    const databaseUrl = await postgres.newDatabase();
    const lost = Promise.withResolvers<Error>();
    const core = await openPostgresStore({
      databaseUrl,
      filesFolder: 'files',
      now: () => START,
      onLost: lost.resolve,
    });
    await copy(databaseUrl, box);
    expect((await lost.promise).message).toContain('was put in its place');
    await core.close();
  });

  it('is refused by a database that has one, or belongs to another program, or to a newer version', async () => {
    const { box } = await filledBox();
    const used = await postgres.newDatabase();
    await copy(used, box);
    const other = (await filledBox()).box;
    expect(await sentenceOf(copy(used, other))).toContain('holds a box already. Make an empty database');
    const nameOf = (url: string) => URL.parse(url)?.pathname.slice(1);
    const foreign = await postgres.newDatabase();
    await postgres.run('create table accounts (id int)', nameOf(foreign));
    expect(await sentenceOf(copy(foreign, box))).toContain('it holds tables of another program.');
    await postgres.run('insert into migrations (number) values (99)', nameOf(used));
    expect(await sentenceOf(copy(used, box))).toContain('was written by a newer version');
    expect(await sentenceOf(withBoxOf(used, async () => {}))).toContain('was written by a newer version');
    expect(await sentenceOf(withBoxOf(foreign, async () => {}))).toContain('holds no box');
  });

  it('is only checked when an earlier call has copied it, and refused once a core has written there', async () => {
    const { box } = await filledBox();
    const databaseUrl = await postgres.newDatabase();
    const first = await copy(databaseUrl, box);
    const epochOf = () => withBoxOf(databaseUrl, async ({ epoch, revision }) => ({ epoch, revision }));
    const before = await epochOf();
    let named = 0;
    const again = await copy(databaseUrl, box, {
      onMessages: (rows) => {
        named += rows.length;
      },
    });
    expect([first.wasThere, again]).toEqual([false, { counts: first.counts, wasThere: true }]);
    expect([named, await epochOf()]).toEqual([first.counts.messages, before]);
    await expect(
      copy(databaseUrl, box, { check: () => Promise.reject(new Error('not as it was')) }),
    ).rejects.toThrow('not as it was');
    const core = await openPostgresStore({ databaseUrl, filesFolder: 'files', now: () => START });
    await core.transact((tx) => tx.appendMessage(message('baru', 'g', 'ani')));
    await core.close();
    expect(await sentenceOf(copy(databaseUrl, box))).toContain('holds a box already');
  });

  it('says after a lost answer that the next call finds out, and that one does', async () => {
    const { box } = await filledBox();
    const databaseUrl = await postgres.newDatabase();
    const name = URL.parse(databaseUrl)?.pathname.slice(1);
    await (await openPostgresStore({ databaseUrl, filesFolder: 'files', now: () => START })).close();
    const standbys = async (change: string) => {
      await postgres.run(`alter system ${change}`);
      await postgres.run('select pg_reload_conf()');
    };
    await standbys("set synchronous_standby_names = 'none'");
    onTestFinished(() => standbys('reset synchronous_standby_names'));
    const copying = sentenceOf(copy(databaseUrl, box));
    // The commit is durable here, and waits for a standby that never comes.
    const waiting = `from pg_stat_activity where datname = '${name}' and wait_event = 'SyncRep'`;
    await until(async () => (await postgres.run(`select 1 ${waiting}`)).length > 0);
    await postgres.run(`select pg_terminate_backend(pid) ${waiting}`);
    expect(await copying).toContain('Call the command again: what is there is only checked.');
    await standbys('reset synchronous_standby_names');
    expect(await copy(databaseUrl, box)).toMatchObject({ wasThere: true });
  });

  it('is refused while another copy into the same database runs, and by a user without rights', async () => {
    const { box } = await filledBox();
    const databaseUrl = await postgres.newDatabase();
    const inner = Promise.withResolvers<string>();
    const first = copy(databaseUrl, box, {
      check: async () => inner.resolve(await sentenceOf(copy(databaseUrl, box))),
    });
    expect(await inner.promise).toContain('another process uses it. Stop the cores');
    await first;
    await postgres.run('create role guest login');
    const name = URL.parse(await postgres.newDatabase())?.pathname.slice(1) ?? '';
    expect(await sentenceOf(copy(postgres.url(name, 'guest'), box))).toContain('lacks rights');
  });

  it('is refused by a standby, which only reads', async () => {
    const { box } = await filledBox();
    const databaseUrl = await postgres.newDatabase();
    await postgres.restartAsStandby();
    expect(await sentenceOf(copy(databaseUrl, box))).toContain(
      'is a standby, which only reads. Name the primary',
    );
  });
});
