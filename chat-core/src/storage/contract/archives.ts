import { expect, it } from 'vitest';
import { groupOf, member, message, type Rig } from './rig.ts';

const SOURCE = { source: 'whatsapp' } as const;

/** Archives of chats from other apps: their rows are stored without anyone being notified. */
export function archivesContract(rig: Rig): void {
  const save = (rows?: number) =>
    rig.store.transact((tx) =>
      tx.saveGroup('g', groupOf([member('ani')], { archive: { ...SOURCE, ...(rows && { rows }) } })),
    );
  const append = (id: string) =>
    rig.store.transact((tx) => tx.appendMessage({ ...message(id, 'g', 'ani'), imported: SOURCE }));
  const changed = async (since: number) =>
    (await rig.store.changedMessages('ani', since, { limit: 9, max: 2 }))?.map(({ message: { id } }) => id);

  it('the rows of an archive notify no one, and the end of its import does', async () => {
    await save();
    const before = rig.store.newestFor('ani');
    const notified: string[][] = [];
    const stop = rig.store.onCommit(({ users }) => notified.push([...users]));
    for (const id of ['m1', 'm2', 'm3', 'm4']) await append(id);
    expect(rig.store.newestFor('ani')).toBe(before);
    await save(4);
    stop();
    expect(notified.flat()).toEqual(['ani']);
    expect(rig.store.newestFor('ani')).toBeGreaterThan(before);
  });

  it('imported rows are never among the messages that changed, later rows and changes of them are', async () => {
    await save();
    const since = rig.store.revision();
    for (const id of ['m1', 'm2', 'm3', 'm4']) await append(id);
    expect(await changed(since)).toEqual([]);
    await save(4);
    expect(await changed(since)).toEqual([]);
    await rig.store.transact((tx) => tx.appendMessage(message('later', 'g', 'ani')));
    expect(await changed(since)).toEqual(['later']);
    await rig.store.transact(async (tx) => {
      const row = await tx.message('g', 2);
      if (row) await tx.changeMessage({ ...row, deletedAt: 5, content: '' });
    });
    expect(await changed(since)).toEqual(['later', 'm2']);
    if (await rig.reopen()) expect(await changed(since)).toEqual(['later', 'm2']);
  });

  it('an archive and where its rows come from are stored as they are', async () => {
    await save(1);
    const stored = await rig.store.transact((tx) =>
      tx.appendMessage({ ...message('m1', 'g', 'ani'), imported: { source: 'telegram', userId: 'budi' } }),
    );
    expect(stored.imported).toEqual({ source: 'telegram', userId: 'budi' });
    const check = async () => {
      expect(await rig.store.conversation('g')).toMatchObject({ group: { archive: { ...SOURCE, rows: 1 } } });
      expect(await rig.store.messages('g', { limit: 9 })).toEqual([stored]);
    };
    await check();
    if (await rig.reopen()) await check();
  });
}
