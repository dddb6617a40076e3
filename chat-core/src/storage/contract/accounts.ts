import { expect, it } from 'vitest';
import type { Account } from '../store.ts';
import { person, type Rig } from './rig.ts';

/** Accounts: lookup by name, what others see of them, and when they were last online. */
export function accountsContract(rig: Rig): void {
  it('an account is found by id and by name in any case', async () => {
    await rig.store.transact((tx) => tx.saveAccount(person('d', 'Dewi')));
    expect(await rig.store.account('d')).toMatchObject({ username: 'Dewi' });
    expect(await rig.store.accountByName('dEWI')).toMatchObject({ id: 'd' });
    expect(await rig.store.accountByName('constructor')).toBeUndefined();
  });

  it('an account is found by its former name while no other account has or had that name', async () => {
    const renamed = (id: string) => ({ ...person(id, `${id}-new`), formerName: 'Pak Eko' });
    await rig.store.transact(async (tx) => {
      await tx.saveAccount({ ...person('d', 'dewi-2'), formerName: 'ani' });
      await tx.saveAccount(renamed('e'));
      expect(await tx.accountByName('pak eko')).toMatchObject({ id: 'e' });
    });
    expect(await rig.store.accountByName('ani')).toMatchObject({ id: 'ani' });
    expect(await rig.store.accountByName('PAK EKO')).toMatchObject({ id: 'e', username: 'e-new' });
    await rig.store.transact((tx) => tx.saveAccount(renamed('f')));
    expect(await rig.store.accountByName('pak eko')).toBeUndefined();
    const ids = async (name: string) => (await rig.store.accountsByName(name)).map(({ id }) => id);
    expect(await ids('Pak Eko')).toEqual(['e', 'f']);
    expect(await ids('ANI')).toEqual(['ani', 'd']);
    expect(await ids('constructor')).toEqual([]);
  });

  it('a deleted account is found by its id, and by no name, until another account has taken that name', async () => {
    const deleted = { ...person('d', 'Dewi'), formerName: 'dewi lama', deletedAt: 5 };
    await rig.store.transact((tx) => tx.saveAccount(person('d', 'Dewi')));
    await rig.store.transact(async (tx) => {
      await tx.saveAccount(deleted);
      expect(await tx.accountByName('dewi')).toBeUndefined();
      expect(await tx.deletedByName('DEWI')).toMatchObject({ id: 'd' });
    });
    expect(await rig.store.account('d')).toMatchObject({ deletedAt: 5 });
    for (const name of ['dewi', 'dewi lama']) {
      expect(await rig.store.accountByName(name)).toBeUndefined();
      expect(await rig.store.accountsByName(name)).toEqual([]);
    }
    await rig.store.transact(async (tx) => {
      expect(await tx.deletedByName('dewi')).toMatchObject({ id: 'd' });
      await tx.saveAccount({ ...deleted, username: 'deleted d' });
      await tx.saveAccount(person('n', 'dewi'));
      expect(await tx.deletedByName('dewi')).toBeUndefined();
    });
    expect(await rig.store.accountByName('Dewi')).toMatchObject({ id: 'n' });
  });

  it('a change of requests or blocks raises the peopleRev of an account, and another change does not', async () => {
    const change = async (some: Partial<Account>) => {
      await rig.store.transact(async (tx) =>
        tx.savePeople({ ...((await tx.account('ani')) as Account), ...some }),
      );
      return rig.store.revision();
    };
    const first = await change({ askedBy: ['budi'] });
    expect(await rig.store.account('ani')).toMatchObject({ askedBy: ['budi'], peopleRev: first });
    expect([rig.store.newestFor('ani'), rig.store.newestFor('budi')]).toEqual([first, 0]);
    await rig.store.transact(async (tx) =>
      tx.saveAccount({ ...((await tx.account('ani')) as Account), tokenVersion: 9 }),
    );
    expect(rig.store.newestFor('ani')).toBe(first);
    expect(await rig.store.account('ani')).toMatchObject({ peopleRev: first, tokenVersion: 9 });
    const second = await change({ blocked: ['cici'] });
    expect(rig.store.newestFor('ani')).toBe(second);
    if (!(await rig.reopen())) return;
    expect(await rig.store.account('ani')).toMatchObject({
      askedBy: ['budi'],
      blocked: ['cici'],
      peopleRev: second,
    });
    expect(rig.store.newestFor('ani')).toBe(second);
  });

  it('invites are stored until they are used up, and a transaction sees the pending ones before it', async () => {
    const invite = { id: 'i', hash: 'h', by: 'ani', uses: 2, used: 0, createdAt: 1, expiresAt: 9 };
    const { by: _, ...operators } = { ...invite, id: 'n', uses: 1 };
    const use = () =>
      rig.store.transact(async (tx) => {
        const [first] = await tx.invites();
        if (first) await tx.saveInvite({ ...first, used: first.used + 1 });
        return first?.used;
      });
    await rig.store.transact(async (tx) => {
      await tx.saveInvite(invite);
      await tx.saveInvite(operators);
      expect(await tx.invites()).toEqual([invite, operators]);
      expect(await rig.store.invites()).toEqual([]);
    });
    expect(await rig.store.invites()).toEqual([invite, operators]);
    await use();
    expect(await rig.store.invites()).toEqual([{ ...invite, used: 1 }, operators]);
    await rig.reopen();
    expect(await rig.store.invites()).toEqual([{ ...invite, used: 1 }, operators]);
    expect(await Promise.all([use(), use(), use()])).toEqual([1, 0, undefined]);
    expect(await rig.store.invites()).toEqual([]);
    await rig.reopen();
    expect(await rig.store.invites()).toEqual([]);
    expect(rig.store.accountCount()).toBe(3);
  });

  it('a change of a profile notifies its person, and their contacts when they see it', async () => {
    await rig.befriend('ani', 'budi');
    const sealed = { v: 1 as const, kid: 'k1', content: 'sealed name' };
    const picture = { userId: 'ani', id: 'p1', edit: 1, pieces: [sealed, sealed] };
    const named = { edit: 1, texts: { edit: 1, ...sealed }, picture: { id: 'p1', edit: 1 } };
    await rig.store.transact((tx) => tx.saveProfile('ani', named, { isShown: true, picture }));
    const shownRev = rig.store.revision();
    expect(['ani', 'budi', 'cici'].map((id) => rig.store.newestFor(id))).toEqual([shownRev, shownRev, 0]);
    expect(await rig.store.picture('ani')).toEqual(picture);

    const privacy = { lastSeen: 'nobody', typing: 'contacts', readReceipts: false } as const;
    await rig.store.transact((tx) => tx.saveProfile('ani', { ...named, privacy }, { isShown: false }));
    const rev = rig.store.revision();
    expect(['ani', 'budi'].map((id) => rig.store.newestFor(id))).toEqual([rev, shownRev]);
    // Another change of the account leaves the profile unchanged and notifies no one.
    await rig.store.transact(async (tx) =>
      tx.saveAccount({ ...((await tx.account('ani')) as Account), tokenVersion: 7 }),
    );
    expect(['ani', 'budi'].map((id) => rig.store.newestFor(id))).toEqual([rev, shownRev]);
    await rig.reopen();
    expect((await rig.store.account('ani'))?.profile).toEqual({ ...named, privacy, rev, shownRev });
    expect(['ani', 'budi', 'cici'].map((id) => rig.store.newestFor(id))).toEqual([rev, shownRev, 0]);
    expect(await rig.store.picture('ani')).toEqual(picture);

    await rig.store.transact((tx) => tx.saveProfile('ani', { edit: 2 }, { isShown: true }));
    expect([await rig.store.picture('ani'), await rig.store.picture('budi')]).toEqual([undefined, undefined]);
  });

  it('the lists of a profile about its chats and stars are as they were written, also after a restart', async () => {
    const lists = {
      chats: [
        { conversationId: 'b', pinned: true as const },
        { conversationId: 'a', archived: 0, unread: true as const },
      ],
      stars: [
        { conversationId: 'a', seqs: [3, 1] },
        { conversationId: 'b', seqs: [2] },
        { conversationId: 'a', seqs: [2] },
      ],
    };
    await rig.store.transact((tx) => tx.saveProfile('ani', { edit: 0, ...lists }, { isShown: false }));
    await rig.reopen();
    expect((await rig.store.account('ani'))?.profile).toMatchObject(lists);
  });

  it('the store knows when people were last online, the latest time of each, also after a restart', async () => {
    const revision = rig.store.revision();
    rig.store.recordSeen({ userId: 'ani', at: 120_000 });
    rig.store.recordSeen({ userId: 'ani', at: 60_000 });
    rig.store.recordSeen({ userId: 'unknown', at: 60_000 });
    expect(['ani', 'budi', 'unknown'].map((id) => rig.store.lastSeen(id))).toEqual([
      120_000,
      undefined,
      undefined,
    ]);
    expect(rig.store.revision()).toBe(revision);
    if (!(await rig.reopen())) return;
    expect(rig.store.lastSeen('ani')).toBe(120_000);
  });
}
