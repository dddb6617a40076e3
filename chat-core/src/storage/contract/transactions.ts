import { expect, it } from 'vitest';
import type { Account } from '../store.ts';
import { person, type Rig } from './rig.ts';

/** Transactions: atomic, in order, announced when durable. */
export function transactionsContract(rig: Rig): void {
  it('a transaction that throws changes nothing', async () => {
    const revision = rig.store.revision();
    const failing = rig.store.transact(async (tx) => {
      await tx.befriend('ani', 'budi', 'x');
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    expect(rig.store.revision()).toBe(revision);
    expect((await rig.store.account('ani'))?.contacts).toEqual([]);
    expect(await rig.store.conversationsOf('budi')).toEqual([]);
  });

  it('a transaction sees the pending ones before it, and readers see only durable rows', async () => {
    let seen: string[] | undefined;
    const first = rig.store.transact((tx) => tx.befriend('ani', 'budi', 'x'));
    const second = rig.store.transact(async (tx) => {
      seen = (await tx.account('ani'))?.contacts;
      expect((await rig.store.account('ani'))?.contacts).toEqual([]);
    });
    await Promise.all([first, second]);
    expect(seen).toEqual(['budi']);
  });

  it('a refusal is returned only after the rows that caused it are durable', async () => {
    const order: string[] = [];
    const first = rig.store
      .transact((tx) => tx.befriend('ani', 'budi', 'x'))
      .then(() => order.push('friends'));
    const second = rig.store
      .transact(async (tx) => {
        if ((await tx.account('ani'))?.contacts.includes('budi')) throw new Error('already');
      })
      .catch(() => order.push('already'));
    await Promise.all([first, second]);
    expect(order).toEqual(['friends', 'already']);
  });

  it('each commit is announced once, after it is durable, with the affected users', async () => {
    const announced: { revision: number; users: string[] }[] = [];
    const stop = rig.store.onCommit(({ revision, users }) =>
      announced.push({ revision, users: [...users].sort() }),
    );
    await rig.befriend('ani', 'budi');
    await rig.store.transact(async () => 'nothing written');
    await rig.store.transact((tx) => tx.savePeople(person('cici')));
    await rig.store.transact(async (tx) => tx.saveAccount((await tx.account('cici')) as Account));
    stop();
    await rig.befriend('ani', 'cici');
    expect(announced).toEqual([
      { revision: 2, users: ['ani', 'budi'] },
      { revision: 3, users: ['cici'] },
      { revision: 4, users: [] },
    ]);
  });
}
