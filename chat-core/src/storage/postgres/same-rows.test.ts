import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dumpBox } from '../../../test/support/dump-box.ts';
import { hasPostgres, type Postgres, startPostgres } from '../../../test/support/postgres.ts';
import type { BoxRows } from '../box-rows.ts';
import { groupOf, member, message, person } from '../contract/rig.ts';
import { memoryDisk } from '../lowdb/disk/memory-disk.ts';
import { openStore } from '../lowdb/lowdb-store.ts';
import type { Meta } from '../lowdb/pages/meta.ts';
import { openReadOnly } from '../lowdb/repair/open-read-only.ts';
import type { Store, StoredPicture } from '../store.ts';
import { withBoxOf } from './move/move.ts';
import { openPostgresStore } from './postgres-store.ts';

const RUNS = { numRuns: Number(process.env.FUZZ_RUNS ?? 15), seed: Number(process.env.FUZZ_SEED ?? 11) };
const START = Date.UTC(2027, 0, 1);
const DAY_MS = 86_400_000;
const PEOPLE = ['ani', 'budi', 'cici'];
const sealed = (content: string) => ({ v: 1 as const, kid: 'k1', content });

/** Every field of meta.json: either of the box, which any backend keeps, or of the folder alone. A new one needs its place here. */
const FIELDS: Record<keyof Meta, keyof BoxRows | 'folder'> = {
  version: 'folder',
  epoch: 'folder',
  checkpoint: 'revision',
  counts: 'folder',
  newestJournal: 'folder',
  pages: 'folder',
  former: 'folder',
  adopted: 'folder',
  reported: 'folder',
  replaced: 'folder',
  sealedWith: 'sealedWith',
  settings: 'settings',
  offTimes: 'offTimes',
};

type Step = { what: keyof typeof STEPS; who: string; other: string; n: number };

const pictureOf = (userId: string, n: number): StoredPicture => ({
  userId,
  id: `foto ${n}`,
  edit: n,
  pieces: [sealed(`foto ${userId} ${n}`)],
});

/** What happens to a store. `n` is a small number, which is another thing in each. */
const STEPS = {
  send: (store: Store, { who, n }: Step, id: string) =>
    store.transact((tx) =>
      tx.appendMessage({
        ...message(id, n % 2 ? 'c' : 'g', n % 2 ? 'ani' : who),
        ...(n === 3 && { expiresAt: START + n }),
      }),
    ),
  change: (store: Store, { n }: Step, id: string) =>
    store.transact(async (tx) => {
      const row = await tx.message(n % 2 ? 'c' : 'g', 1 + (n >> 1));
      if (!row || row.deletedAt !== undefined) return;
      if (n % 3 === 0) await tx.changeMessage({ ...row, content: '', deletedAt: 5 });
      else if (n % 3 === 1)
        await tx.changeMessage({ ...row, content: `edit ${id}`, edit: (row.edit ?? 0) + 1 });
      else await tx.resealMessage({ ...row, kid: 'k2', content: `reseal ${id}` });
    }),
  hide: (store: Store, { who, n }: Step) =>
    store.transact(async (tx) => {
      if (await tx.message('g', 1 + n)) await tx.hideMessage('g', who, 1 + n);
    }),
  mark: (store: Store, { who, n }: Step) =>
    store.transact((tx) =>
      tx.saveMarks([{ conversationId: 'c', userId: who, delivered: n + 1, read: n >> 1 }]),
    ),
  logIn: (store: Store, { who, n }: Step) =>
    store.transact(async (tx) => {
      const account = await tx.account(who);
      if (!account) return;
      const others = account.devices.filter(({ id }) => id !== `hp ${who} ${n % 3}`);
      const device = { id: `hp ${who} ${n % 3}`, name: 'HP', createdAt: 1, lastSeenAt: 1 };
      await tx.saveAccount({ ...account, devices: n < 4 ? [...others, device] : others });
    }),
  seen: (store: Store, { who, n }: Step) =>
    store.transact((tx) =>
      tx.saveSeen([
        { userId: who, at: START + n },
        { userId: who, deviceId: `hp ${who} ${n % 3}`, at: START + n, token: { issuedAt: n, since: n + 1 } },
      ]),
    ),
  meet: (store: Store, { who, n }: Step) =>
    store.transact(async (tx) => {
      const account = await tx.account(who);
      if (account)
        await tx.saveAccount({
          ...account,
          identity: { issuer: 'https://id', subject: `${who} ${n}`, linkedAt: 1, usedAt: n },
        });
      if (n % 2) await tx.unfriend('ani', 'budi');
      else await tx.befriend('ani', 'budi', 'c');
    }),
  profile: (store: Store, { who, n }: Step) =>
    store.transact((tx) =>
      n % 2
        ? tx.saveProfile(who, { edit: n }, { isShown: true })
        : tx.saveProfile(
            who,
            { edit: n, texts: { ...sealed(`profil ${n}`), edit: n }, picture: { id: `foto ${n}`, edit: n } },
            { isShown: true, picture: pictureOf(who, n) },
          ),
    ),
  schedule: (store: Store, { who, n }: Step, id: string) =>
    store.transact(async (tx) => {
      const { scheduled: _, ...account } = (await tx.account(who)) ?? person(who);
      const row = { ...sealed('nanti'), id, conversationId: 'c', dueAt: START + n };
      await tx.saveAccount({ ...account, ...(n % 2 && { scheduled: [row] }) });
    }),
  group: (store: Store, { who, other, n }: Step) =>
    store.transact(async (tx) => {
      const isSame = who === other;
      const picture = n % 2 ? pictureOf('g', n) : undefined;
      const more = picture ? { picture: { id: picture.id, edit: n } } : {};
      await tx.saveGroup('g', groupOf([member(who), ...(isSame ? [] : [member(other)])], more), picture);
    }),
  deleteGroup: async (store: Store, _: Step, id: string) => {
    await store.transact(async (tx) => {
      await tx.saveGroup(`x ${id}`, groupOf([member('ani')]));
      await tx.appendMessage(message(`y ${id}`, `x ${id}`, 'ani'));
      await tx.saveMarks([{ conversationId: `x ${id}`, userId: 'ani', delivered: 1, read: 1 }]);
    });
    await store.transact((tx) => tx.saveGroup(`x ${id}`, groupOf([])));
  },
  pin: (store: Store, { who, n }: Step) =>
    store.transact(async (tx) => {
      if (await tx.message('c', n)) await tx.savePin('c', { seq: n, by: who });
      else await tx.savePin('c');
      await tx.saveExpiry('g', n * 60);
    }),
  invite: (store: Store, { who, n }: Step) =>
    store.transact((tx) =>
      tx.saveInvite({
        id: `i${n % 3}`,
        hash: 'h',
        by: who,
        uses: 3,
        used: n % 4,
        createdAt: 1,
        expiresAt: 9e15,
      }),
    ),
  upload: (store: Store, { who, n }: Step, id: string) =>
    store.transact(async (tx) => {
      const row = { id: `u ${id}`, conversationId: 'g', userId: who, createdAt: 1, size: n + 1 };
      await tx.saveUpload({ ...row, state: 'open', key: sealed('kunci'), metadata: sealed('nama') });
      const attachments = [{ id: row.id, size: row.size, key: sealed('kunci'), metadata: sealed('nama') }];
      if (n % 3 === 1) await tx.appendMessage({ ...message(`f ${id}`, 'g', who), attachments });
      if (n % 3 === 2) await tx.saveUpload({ state: 'discarded', id: row.id, conversationId: 'g' });
      if (n === 5) await tx.saveUpload({ state: 'removed', id: row.id, conversationId: 'g' });
    }),
  set: async (store: Store, { n }: Step) => {
    await store.saveSettings(() => ({ registration: n % 2 ? 'closed' : 'open' }));
    await store.recordSealedWith(`k${n}`);
  },
  /** Off for some days: a start counts that. */
  off: async () => {},
};

describe.runIf(hasPostgres)('what LowDB keeps over a restart', () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres?.stop());

  it('PostgreSQL keeps too, field by field, whatever was done before', async () => {
    expect(Object.keys(FIELDS)).toContain('offTimes');
    const step = fc.record({
      what: fc.constantFrom(...(Object.keys(STEPS) as (keyof typeof STEPS)[])),
      who: fc.constantFrom(...PEOPLE),
      other: fc.constantFrom(...PEOPLE),
      n: fc.nat({ max: 5 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        const [disk, databaseUrl] = [memoryDisk(), await postgres.newDatabase()];
        let wall = START;
        const clocks = { elapsed: () => 0, asleep: () => 0 };
        const now = () => wall;
        const openBoth = (): Promise<[Store, Store]> =>
          Promise.all([
            openStore(disk, 'box', { now, ...clocks, groupCommitMs: 0 }),
            openPostgresStore({ databaseUrl, filesFolder: 'files', disk: memoryDisk(), now, clocks }),
          ]);
        let both = await openBoth();
        for (const store of both)
          await store.transact(async (tx) => {
            for (const id of PEOPLE) await tx.saveAccount(person(id));
            await tx.befriend('ani', 'budi', 'c');
            await tx.saveGroup('g', groupOf(PEOPLE.map((id) => member(id))));
          });
        for (const [index, one] of steps.entries()) {
          const outcomes: string[] = [];
          for (const store of both)
            outcomes.push(
              await STEPS[one.what](store, one, `${index}`).then(
                () => 'done',
                ({ message: text }: Error) => text,
              ),
            );
          expect(outcomes[1]).toBe(outcomes[0]);
          if (one.what !== 'off') continue;
          for (const store of both) await store.close();
          wall += one.n * DAY_MS;
          both = await openBoth();
        }
        for (const store of both) await store.close();
        const { epoch: _, ...there } = await withBoxOf(
          databaseUrl,
          (box) => dumpBox(box) as Promise<object & { epoch?: string }>,
        );
        expect(there).toEqual(await dumpBox(await openReadOnly('box', disk)));
      }),
      RUNS,
    );
  }, 300_000);

  it('the uses of a device that is logged out are not kept, nor written again by a core that was behind', async () => {
    const databaseUrl = await postgres.newDatabase();
    const open = () =>
      openPostgresStore({
        databaseUrl,
        filesFolder: 'files',
        disk: memoryDisk(),
        now: () => START,
        listens: false,
      });
    const [a, b] = [await open(), await open()];
    const devices = ['hp', 'laptop'].map((id) => ({ id, name: id, createdAt: 1, lastSeenAt: 1 }));
    await a.transact((tx) => tx.saveAccount({ ...person('ani'), devices }));
    await b.catchUp?.();
    const used = (at: number) => devices.map(({ id: deviceId }) => ({ userId: 'ani', deviceId, at }));
    await a.transact((tx) => tx.saveSeen(used(START)));
    const rows = () =>
      postgres.run('select device_id from seen order by 1', new URL(databaseUrl).pathname.slice(1));
    expect(await rows()).toEqual([{ device_id: 'hp' }, { device_id: 'laptop' }]);
    await a.transact((tx) => tx.saveAccount({ ...person('ani'), devices: devices.slice(0, 1) }));
    expect(await rows()).toEqual([{ device_id: 'hp' }]);
    await b.transact((tx) => tx.saveSeen(used(START + 60_000)));
    expect(await rows()).toEqual([{ device_id: 'hp' }]);
    await Promise.all([a.close(), b.close()]);
  });
});
