import { expect, it } from 'vitest';
import type { Identity, Tx } from '../store.ts';
import { person, type Rig } from './rig.ts';

const issuer = 'https://id.example.org';
const kartini = { issuer, subject: 'kartini' };
const dewi = { issuer, subject: 'dewi' };

/** Identities of a provider: each finds the one account that is linked with it. */
export function identitiesContract(rig: Rig): void {
  const link = (tx: Tx, id: string, identity: Identity) =>
    tx.saveAccount({ ...person(id), identity: { ...identity, linkedAt: 1, usedAt: 0 } });
  /** The ids of the accounts of kartini and of dewi. */
  const found = (by: Pick<Tx, 'accountByIdentity'>) =>
    Promise.all([kartini, dewi].map(async (one) => (await by.accountByIdentity(one))?.id));

  it('an account is found by its identity from the link to its end, and by no other identity', async () => {
    expect(await found(rig.store)).toEqual([undefined, undefined]);
    await rig.store.transact((tx) => link(tx, 'ani', kartini));
    expect(await found(rig.store)).toEqual(['ani', undefined]);
    const others = [
      { issuer, subject: 'kartin' },
      { issuer: `${issuer}/`, subject: 'kartini' },
      { issuer, subject: 'Kartini' },
      { issuer, subject: 'constructor' },
      { issuer: '', subject: '' },
    ];
    for (const other of others)
      expect([other, await rig.store.accountByIdentity(other)]).toEqual([other, undefined]);
    await rig.reopen();
    expect(await found(rig.store)).toEqual(['ani', undefined]);
    await rig.store.transact((tx) => tx.saveAccount(person('ani')));
    expect(await found(rig.store)).toEqual([undefined, undefined]);
    await rig.reopen();
    expect(await found(rig.store)).toEqual([undefined, undefined]);
  });

  it('a transaction finds the identities that it has linked and ended, and a failed one leaves none', async () => {
    await rig.store.transact(async (tx) => {
      await link(tx, 'ani', kartini);
      expect(await found(tx)).toEqual(['ani', undefined]);
      expect(await found(rig.store)).toEqual([undefined, undefined]);
    });
    const refused = rig.store.transact(async (tx) => {
      await link(tx, 'ani', dewi);
      expect(await found(tx)).toEqual([undefined, 'ani']);
      await tx.saveAccount(person('ani'));
      expect(await found(tx)).toEqual([undefined, undefined]);
      throw new Error('refused');
    });
    await expect(refused).rejects.toThrow('refused');
    expect(await found(rig.store)).toEqual(['ani', undefined]);
  });

  it('an identity moves to another account in one transaction, whichever of both is saved first', async () => {
    await rig.store.transact((tx) => link(tx, 'ani', kartini));
    await rig.store.transact(async (tx) => {
      await link(tx, 'budi', kartini);
      await tx.saveAccount(person('ani'));
      expect(await found(tx)).toEqual(['budi', undefined]);
    });
    expect(await found(rig.store)).toEqual(['budi', undefined]);
    await rig.store.transact(async (tx) => {
      await link(tx, 'budi', dewi);
      await link(tx, 'cici', kartini);
    });
    expect(await found(rig.store)).toEqual(['cici', 'budi']);
    await rig.reopen();
    expect(await found(rig.store)).toEqual(['cici', 'budi']);
  });
}
