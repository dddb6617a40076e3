import { describe, expect, it } from 'vitest';
import { accountsContract } from './contract/accounts.ts';
import { archivesContract } from './contract/archives.ts';
import { changesContract } from './contract/changes.ts';
import { expiryContract } from './contract/expiry.ts';
import { fileBytesContract, filesContract } from './contract/files.ts';
import { friendshipsContract } from './contract/friendships.ts';
import { groupsContract } from './contract/groups.ts';
import { identitiesContract } from './contract/identities.ts';
import { messagesContract } from './contract/messages.ts';
import { resealingContract } from './contract/resealing.ts';
import { message, type Opened, person, useRig } from './contract/rig.ts';
import { transactionsContract } from './contract/transactions.ts';

/** The behaviour of every backend. `open` creates an empty store. */
export function storeContract(name: string, open: () => Promise<Opened>): void {
  describe(`store contract: ${name}`, () => {
    const rig = useRig(open);
    accountsContract(rig);
    identitiesContract(rig);
    friendshipsContract(rig);
    transactionsContract(rig);
    messagesContract(rig);
    changesContract(rig);
    expiryContract(rig);
    groupsContract(rig);
    archivesContract(rig);
    filesContract(rig);
    fileBytesContract(rig);
    resealingContract(rig);
  });
}

/** The behaviour of a backend whose rows survive the process. */
export function durableStoreContract(name: string, open: () => Promise<Required<Opened>>): void {
  storeContract(name, open);
  it(`store contract: ${name} has all rows after a restart`, async () => {
    const opened = await open();
    let { store } = opened;
    await store.transact(async (tx) => {
      for (const id of ['ani', 'budi']) await tx.saveAccount(person(id));
      await tx.befriend('ani', 'budi', 'ani-budi');
      await tx.appendMessage(message('m1', 'ani-budi', 'ani'));
    });
    const before = { epoch: store.epoch, revision: store.revision(), at: store.lastCommitAt() };
    await store.close();
    store = await opened.reopen();
    expect({ epoch: store.epoch, revision: store.revision(), at: store.lastCommitAt() }).toEqual(before);
    expect((await store.account('budi'))?.contacts).toEqual(['ani']);
    expect(await store.recentMessage('ani-budi', 'm1')).toMatchObject({ content: 'sealed m1', seq: 1 });
    const next = await store.transact((tx) => tx.appendMessage(message('m2', 'ani-budi', 'budi')));
    expect(next).toMatchObject({ seq: 2, receiverId: 'ani' });
    await opened.end();
  });
}
