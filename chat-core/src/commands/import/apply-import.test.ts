import { describe, expect, it } from 'vitest';
import type { Cipher } from '../../cipher/cipher.ts';
import { openMemoryStore } from '../../storage/lowdb/lowdb-store.ts';
import { type Account, pairKey, type Store } from '../../storage/store.ts';
import { bringIn } from './apply-import.ts';
import { planImport } from './import-plan.ts';
import { reportOf } from './import-report.ts';
import { readSeedFile, toId } from './seed-file.ts';

const [ANI, BUDI] = [toId('user', '1'), toId('user', '2')];
const user = (id: string, contacts: string[] = []) => ({
  id,
  username: `orang${id}`,
  password: '',
  contacts,
});
const row = (id: string, timestamp: unknown, content = `teks ${id}`) => ({
  id,
  senderId: '1',
  receiverId: '2',
  content,
  timestamp,
});

/** Seals by naming the text; after `most` texts it is away. */
function cipherFor(most = Number.POSITIVE_INFINITY): Cipher {
  let count = 0;
  return {
    seal: async (text) => {
      count += 1;
      if (count > most) throw new Error('away');
      return { v: 1, kid: 'k1', content: `sealed ${text}` };
    },
    openMany: async (rows) => rows.map(() => undefined),
    forget: () => {},
    load: () => 0,
    isUp: async () => true,
    close: () => {},
  };
}

async function bring(store: Store, file: object, cipher = cipherFor()) {
  const plan = await planImport(readSeedFile(JSON.stringify(file)), store, undefined);
  await bringIn(plan, { store, cipher }, () => {});
  return plan;
}

async function textsOf(store: Store): Promise<string[]> {
  const direct = await store.directBetween(ANI, BUDI);
  const rows = await store.messages(direct?.id ?? '', { limit: 10_000 });
  expect(rows.map(({ seq }) => seq)).toEqual(rows.map((_, at) => at + 1));
  return rows.map(({ content }) => content.replace('sealed ', ''));
}

describe('bringing in', () => {
  const many = {
    users: [user('1', ['2']), user('2')],
    chats: Array.from({ length: 1234 }, (_, n) => row(`m${n}`, 1_704_445_566 + n)),
  };
  const texts = many.chats.map(({ content }) => content);

  it('never puts more than 100 messages into a commit: a poll’s delta holds 200', async () => {
    const store = await openMemoryStore();
    await bring(store, many);
    const rows = (await store.changedMessages(ANI, 0, { limit: 2000 })) ?? [];
    const commits = [...Map.groupBy(rows, ({ rev }) => rev).values()].map(({ length }) => length);
    expect(commits.reduce((a, b) => a + b)).toBe(1234);
    expect(Math.max(...commits)).toBe(100);
  });

  it('stopped half-way, goes on from there, and changes nothing the third time', async () => {
    const store = await openMemoryStore();
    await expect(bring(store, many, cipherFor(700))).rejects.toThrow('away');
    const half = await textsOf(store);
    expect(half).toEqual(texts.slice(0, half.length));
    expect(half.length).toBe(500);
    const plan = await bring(store, many);
    expect(plan.rows).toMatchObject({ there: 500, sealed: 734 });
    expect(await textsOf(store)).toEqual(texts);
    const revision = store.revision();
    expect((await bring(store, many)).rows).toMatchObject({ there: 1234, sealed: 0 });
    expect(store.revision()).toBe(revision);
  });

  it('orders by time, then as the file does, whatever form the time has', async () => {
    const store = await openMemoryStore();
    const chats = [
      row('d', '2024-01-05T09:06:09Z'),
      row('b', 1_704_445_567),
      row('c', 1_704_445_567_000),
      row('a', '1704445566'),
      row('0', 'kemarin'),
    ];
    const { guessedTimes, badTimes } = await bring(store, { users: many.users, messages: chats });
    expect([guessedTimes, badTimes]).toEqual([1, ['"kemarin"']]);
    // It stands beside the one before it in the file.
    expect(await textsOf(store)).toEqual(['teks a', 'teks 0', 'teks b', 'teks c', 'teks d']);
  });

  it('a message without a time that can be read has a neighbour’s, of its own conversation where one has', async () => {
    const store = await openMemoryStore(() => 1);
    const times = [null, undefined, '01/05/2024', 1_704_445_567, { $date: 'x' }];
    const other = { ...row('o', 1_700_000_000), receiverId: '3' };
    const chats = [other, ...times.map((time, n) => row(`m${n}`, time))];
    const plan = await bring(store, { users: [...many.users, user('3')], chats });
    expect(plan.guessedTimes).toBe(4);
    const rows = await store.messages(toId('conversation', pairKey(ANI, BUDI)), { limit: 10 });
    expect(rows.map(({ timestamp }) => timestamp)).toEqual(Array(5).fill(1_704_445_567_000));
    const alone = readSeedFile(JSON.stringify({ users: [], chats: [row('x', null)] }), 77);
    expect(alone.rows).toMatchObject([{ timestamp: 77, isTimeGuessed: true }]);
  });

  it('a row of a Bisik keeps its time, of whatever year: its ciphertext is tied to it', async () => {
    const sealed = { ...row('a', 5000), v: 1, kid: 'k1' };
    const readable = { ...row('b', 6000), readable: true };
    const { rows } = readSeedFile(JSON.stringify({ users: [], chats: [sealed, readable] }));
    expect(rows.map(({ timestamp }) => timestamp)).toEqual([5000, 6000]);
  });

  it('users and messages with an id of another are counted, and named', async () => {
    const store = await openMemoryStore(() => 1);
    const users = [user('1'), user('2'), { ...user('1'), username: 'kembar' }, 7];
    const same = row('a', 1_704_445_567);
    const chats = [same, same, row('a', 1_704_445_568, 'lain'), row('b', 1_704_445_569)];
    const plan = await bring(store, { users, chats });
    expect(plan).toMatchObject({ duplicates: ['kembar'], sharedIds: 1 });
    expect([plan.accounts.length, plan.unreadable.users, plan.rows.sealed, plan.rows.repeated]).toEqual([
      2, 1, 3, 1,
    ]);
    const report = reportOf(plan, false).join('\n');
    expect(report).toContain('1 users left out (another before them has their id)\n            "kembar"');
    expect(report).toContain('1 messages (left out: the same message stands in the file again)');
    expect(report).toContain('1 messages have the id of another (they get one of their own)');
  });

  it('accounts of an earlier import are marked, once, so that their passwords log in as they were typed', async () => {
    const store = await openMemoryStore(() => 1);
    const password = `$2b$10$${'a'.repeat(53)}`;
    const file = {
      users: [
        { ...user('1'), password },
        { ...user('2'), password, rawPassword: false },
      ],
      chats: [],
    };
    await bring(store, file);
    const [ani, budi] = [await store.account(ANI), await store.account(BUDI)];
    expect([ani?.rawPassword, budi?.rawPassword]).toEqual([true, undefined]);
    await store.transact(async (tx) => {
      const { rawPassword: _, ...unmarked } = ani as Account;
      await tx.saveAccount(unmarked);
    });
    expect((await bring(store, file)).toMark).toEqual([ANI]);
    expect((await store.account(ANI))?.rawPassword).toBe(true);
    expect((await bring(store, file)).toMark).toEqual([]);
  });

  it('keeps two messages that have one id, and one of two that are the same', async () => {
    const store = await openMemoryStore();
    const chats = [
      row('a', 1, 'satu'),
      row('a', 2, 'dua'),
      row('a', 1, 'satu'),
      { ...row('', 3, 'tiga'), id: undefined },
    ];
    await bring(store, { users: many.users, chats });
    expect(await textsOf(store)).toEqual(['satu', 'dua', 'tiga']);
    await bring(store, { users: many.users, chats });
    expect(await textsOf(store)).toHaveLength(3);
  });

  it('leaves whoever is here already as they are, and gives a newcomer of the same name another', async () => {
    const store = await openMemoryStore();
    const account = { username: 'Orang1', password: 'own', contacts: [], tokenVersion: 3, devices: [] };
    await store.transact((tx) => tx.saveAccount({ ...account, id: 'here' }));
    await bring(store, many);
    expect(await store.account('here')).toMatchObject(account);
    expect(await store.account(ANI)).toMatchObject({
      username: 'orang1-2',
      formerName: 'orang1',
      contacts: [BUDI],
    });
    expect(await store.account(BUDI)).toMatchObject({ username: 'orang2', contacts: [ANI] });
    expect((await store.account(BUDI))?.formerName).toBeUndefined();
  });

  it('begins nothing again that was ended or blocked here', async () => {
    const store = await openMemoryStore();
    await bring(store, many);
    await store.transact((tx) => tx.unfriend(ANI, BUDI));
    expect((await bring(store, many)).friendships).toEqual([]);
    const other = await openMemoryStore();
    await bring(other, { ...many, users: [user('1'), user('2')] });
    await other.transact(async (tx) => {
      const account = await tx.account(BUDI);
      if (account) await tx.saveAccount({ ...account, blocked: [ANI] });
    });
    expect((await bring(other, many)).friendships).toEqual([]);
    expect((await other.account(ANI))?.contacts).toEqual([]);
  });

  it('takes blocks and requests of a Bisik’s file, as far as both sides are in it', async () => {
    const store = await openMemoryStore();
    const people = (...ids: string[]) => ids.map((id) => toId('user', id));
    const users = [
      { ...user('1', ['2']), blocked: ['3', '6', 'nobody'], asked: ['4', '2'], askedBy: ['5', '6'] },
      { ...user('2', ['1', '3']), asked: [7] },
      { ...user('3'), asked: ['1'] },
      { ...user('4'), askedBy: ['1', '4'] },
      { ...user('5'), asked: ['1', 'nobody'] },
      user('6', ['1']),
    ];
    const { friendships } = await bring(store, { users, chats: [] });
    expect(friendships).toEqual([people('2', '1'), people('2', '3')]);
    expect(await store.account(ANI)).toMatchObject({
      blocked: people('3', '6'),
      asked: people('4'),
      askedBy: people('5'),
    });
    const lists = async (id: string) => {
      const { blocked, asked, askedBy } = (await store.account(toId('user', id))) ?? {};
      return { blocked, asked, askedBy };
    };
    expect(await lists('2')).toEqual({});
    expect(await lists('3')).toEqual({ asked: people('1') });
    expect(await lists('4')).toEqual({ askedBy: people('1') });
    expect(await lists('5')).toEqual({ asked: people('1') });
  });
});
