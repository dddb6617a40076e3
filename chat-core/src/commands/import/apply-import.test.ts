import { describe, expect, it } from 'vitest';
import { fakeFileCipher } from '../../../test/support/fake-file-cipher.ts';
import type { Cipher } from '../../cipher/cipher.ts';
import { toId } from '../../storage/foreign-ids.ts';
import { openMemoryStore } from '../../storage/lowdb/lowdb-store.ts';
import { type Account, pairKey, type Store } from '../../storage/store.ts';
import { applyImport } from './apply-import.ts';
import { planImport } from './import-plan.ts';
import { importReport } from './import-report.ts';
import { readSeedFile } from './seed-file.ts';

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

/** A cipher whose ciphertext names the text; it fails after `limit` texts. */
function cipherFor(limit = Number.POSITIVE_INFINITY): Cipher {
  let count = 0;
  return {
    seal: async (text) => {
      count += 1;
      if (count > limit) throw new Error('away');
      return { v: 1, kid: 'k1', content: `sealed ${text}` };
    },
    openMany: async (rows) => rows.map(() => undefined),
    ...fakeFileCipher(),
    forget: () => {},
    load: () => 0,
    isUp: async () => true,
    close: () => {},
  };
}

async function importFile(store: Store, file: object, cipher = cipherFor()) {
  const plan = await planImport(readSeedFile(JSON.stringify(file)), store, undefined);
  await applyImport(plan, { store, cipher }, () => {});
  return plan;
}

async function textsOf(store: Store): Promise<string[]> {
  const direct = await store.directBetween(ANI, BUDI);
  const rows = await store.messages(direct?.id ?? '', { limit: 10_000 });
  expect(rows.map(({ seq }) => seq)).toEqual(rows.map((_, index) => index + 1));
  return rows.map(({ content }) => content.replace('sealed ', ''));
}

describe('an import', () => {
  const many = {
    users: [user('1', ['2']), user('2')],
    chats: Array.from({ length: 1234 }, (_, n) => row(`m${n}`, 1_704_445_566 + n)),
  };
  const texts = many.chats.map(({ content }) => content);

  it('an import puts at most 100 messages into a commit, because a delta holds 200', async () => {
    const store = await openMemoryStore();
    await importFile(store, many);
    const rows = (await store.changedMessages(ANI, 0, { limit: 2000 })) ?? [];
    const commits = [...Map.groupBy(rows, ({ rev }) => rev).values()].map(({ length }) => length);
    expect(commits.reduce((a, b) => a + b)).toBe(1234);
    expect(Math.max(...commits)).toBe(100);
  });

  it('an interrupted import is continued by the next one, and a third one changes nothing', async () => {
    const store = await openMemoryStore();
    await expect(importFile(store, many, cipherFor(700))).rejects.toThrow('away');
    const half = await textsOf(store);
    expect(half).toEqual(texts.slice(0, half.length));
    expect(half.length).toBe(500);
    const plan = await importFile(store, many);
    expect(plan.rows).toMatchObject({ existing: 500, sealed: 734 });
    expect(await textsOf(store)).toEqual(texts);
    const revision = store.revision();
    expect((await importFile(store, many)).rows).toMatchObject({ existing: 1234, sealed: 0 });
    expect(store.revision()).toBe(revision);
  });

  it('an import orders messages by time, then as the file does, in whatever format the times are', async () => {
    const store = await openMemoryStore();
    const chats = [
      row('d', '2024-01-05T09:06:09Z'),
      row('b', 1_704_445_567),
      row('c', 1_704_445_567_000),
      row('a', '1704445566'),
      row('0', 'kemarin'),
    ];
    const { guessedTimes, badTimes } = await importFile(store, { users: many.users, messages: chats });
    expect([guessedTimes, badTimes]).toEqual([1, ['"kemarin"']]);
    // The message without a time follows the one before it in the file.
    expect(await textsOf(store)).toEqual(['teks a', 'teks 0', 'teks b', 'teks c', 'teks d']);
  });

  it('a message without a readable time is imported with that of a neighbour, preferably of its own conversation', async () => {
    const store = await openMemoryStore(() => 1);
    const times = [null, undefined, '01/05/2024', 1_704_445_567, { $date: 'x' }];
    const other = { ...row('o', 1_700_000_000), receiverId: '3' };
    const chats = [other, ...times.map((time, n) => row(`m${n}`, time))];
    const plan = await importFile(store, { users: [...many.users, user('3')], chats });
    expect(plan.guessedTimes).toBe(4);
    const rows = await store.messages(toId('conversation', pairKey(ANI, BUDI)), { limit: 10 });
    expect(rows.map(({ timestamp }) => timestamp)).toEqual(Array(5).fill(1_704_445_567_000));
    const alone = readSeedFile(JSON.stringify({ users: [], chats: [row('x', null)] }), 77);
    expect(alone.rows).toMatchObject([{ timestamp: 77, isTimeGuessed: true }]);
  });

  it('an import preserves the time of a row that a Bisik exported, because its ciphertext is bound to it', async () => {
    const sealed = { ...row('a', 5000), v: 1, kid: 'k1' };
    const readable = { ...row('b', 6000), readable: true };
    const { rows } = readSeedFile(JSON.stringify({ users: [], chats: [sealed, readable] }));
    expect(rows.map(({ timestamp }) => timestamp)).toEqual([5000, 6000]);
  });

  it('an import counts and names users and messages that have the id of another', async () => {
    const store = await openMemoryStore(() => 1);
    const users = [user('1'), user('2'), { ...user('1'), username: 'kembar' }, 7];
    const same = row('a', 1_704_445_567);
    const chats = [same, same, row('a', 1_704_445_568, 'lain'), row('b', 1_704_445_569)];
    const plan = await importFile(store, { users, chats });
    expect(plan).toMatchObject({ duplicates: ['kembar'], sharedIds: 1 });
    expect([plan.accounts.length, plan.unreadable.users, plan.rows.sealed, plan.rows.repeated]).toEqual([
      2, 1, 3, 1,
    ]);
    const report = importReport(plan, false).join('\n');
    expect(report).toContain('1 users left out (another before them has their id)\n            "kembar"');
    expect(report).toContain('1 messages (left out: the same message stands in the file again)');
    expect(report).toContain('1 messages have the id of another (they get one of their own)');
  });

  it('accounts of a previous import are marked, once, so that their passwords are accepted as they were typed', async () => {
    const store = await openMemoryStore(() => 1);
    const password = `$2b$10$${'a'.repeat(53)}`;
    const file = {
      users: [
        { ...user('1'), password },
        { ...user('2'), password, rawPassword: false },
      ],
      chats: [],
    };
    await importFile(store, file);
    const [ani, budi] = [await store.account(ANI), await store.account(BUDI)];
    expect([ani?.rawPassword, budi?.rawPassword]).toEqual([true, undefined]);
    await store.transact(async (tx) => {
      const { rawPassword: _, ...unmarked } = ani as Account;
      await tx.saveAccount(unmarked);
    });
    expect((await importFile(store, file)).rawPasswordIds).toEqual([ANI]);
    expect((await store.account(ANI))?.rawPassword).toBe(true);
    expect((await importFile(store, file)).rawPasswordIds).toEqual([]);
  });

  it('an import takes no bcrypt hash of a cost above 14, whose comparison would stall the logins of others, and names its user', async () => {
    const store = await openMemoryStore(() => 1);
    const hash = (cost: number) => `$2b$${cost}$${'a'.repeat(53)}`;
    const users = [14, 15, 31].map((cost, n) => ({ ...user(`${n + 1}`), password: hash(cost) }));
    const plan = await importFile(store, { users, chats: [] });
    expect(plan.accounts.map(({ password }) => password.startsWith('$2'))).toEqual([true, false, false]);
    expect(plan.tooCostly).toEqual(['orang2', 'orang3']);
    const report = importReport(plan, false).map((line) => line.trim());
    expect(report).toContain(
      '2 of them have a bcrypt hash of a cost above 14 (a code of npm run reset-password lets them in)',
    );
  });

  it('of 300 users with one name the first nine log in with it, and the report names the others', async () => {
    const store = await openMemoryStore(() => 1);
    const users = Array.from({ length: 300 }, (_, n) => ({ ...user(`${n}`), username: 'sari' }));
    const plan = await importFile(store, { users: users.slice(0, 5), chats: [] });
    expect(plan.unreachable).toEqual([]);
    const { unreachable } = await importFile(store, { users, chats: [] });
    expect(unreachable).toHaveLength(291);
    expect(await store.accountsByName('sari')).toHaveLength(9);
  });

  it('an import stores two different messages that have one id, and one of two equal messages', async () => {
    const store = await openMemoryStore();
    const chats = [
      row('a', 1, 'satu'),
      row('a', 2, 'dua'),
      row('a', 1, 'satu'),
      { ...row('', 3, 'tiga'), id: undefined },
    ];
    await importFile(store, { users: many.users, chats });
    expect(await textsOf(store)).toEqual(['satu', 'dua', 'tiga']);
    await importFile(store, { users: many.users, chats });
    expect(await textsOf(store)).toHaveLength(3);
  });

  it('an import leaves existing accounts unchanged, and gives a new one of the same name another name', async () => {
    const store = await openMemoryStore();
    const account = { username: 'Orang1', password: 'own', contacts: [], tokenVersion: 3, devices: [] };
    await store.transact((tx) => tx.saveAccount({ ...account, id: 'here' }));
    await importFile(store, many);
    expect(await store.account('here')).toMatchObject(account);
    expect(await store.account(ANI)).toMatchObject({
      username: 'orang1-2',
      formerName: 'orang1',
      contacts: [BUDI],
    });
    expect(await store.account(BUDI)).toMatchObject({ username: 'orang2', contacts: [ANI] });
    expect((await store.account(BUDI))?.formerName).toBeUndefined();
  });

  it('an import does not renew a friendship that was ended or blocked here', async () => {
    const store = await openMemoryStore();
    await importFile(store, many);
    await store.transact((tx) => tx.unfriend(ANI, BUDI));
    expect((await importFile(store, many)).friendships).toEqual([]);
    const other = await openMemoryStore();
    await importFile(other, { ...many, users: [user('1'), user('2')] });
    await other.transact(async (tx) => {
      const account = await tx.account(BUDI);
      if (account) await tx.saveAccount({ ...account, blocked: [ANI] });
    });
    expect((await importFile(other, many)).friendships).toEqual([]);
    expect((await other.account(ANI))?.contacts).toEqual([]);
  });

  it('an import takes over blocks and friend requests of a Bisik export, if both sides are in it', async () => {
    const store = await openMemoryStore();
    const people = (...ids: string[]) => ids.map((id) => toId('user', id));
    const users = [
      { ...user('1', ['2']), blocked: ['3', '6', 'missing'], asked: ['4', '2'], askedBy: ['5', '6'] },
      { ...user('2', ['1', '3']), asked: [7] },
      { ...user('3'), asked: ['1'] },
      { ...user('4'), askedBy: ['1', '4'] },
      { ...user('5'), asked: ['1', 'missing'] },
      user('6', ['1']),
    ];
    const { friendships } = await importFile(store, { users, chats: [] });
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
