import { expect, it } from 'vitest';
import { MAX_CHANGES } from '../store.ts';
import type { Rig } from './rig.ts';

/** Changes of messages: edits, what one person hid, marks. */
export function changesContract(rig: Rig): void {
  it('puts a changed message in the place of the one before, and tells who follows, once', async () => {
    await rig.befriend('ani', 'budi');
    await rig.append('m1');
    await rig.append('m2');
    const since = rig.store.revision();
    const change = (seq: number, content: string) =>
      rig.store.transact(async (tx) => {
        const row = await tx.message('ani-budi', seq);
        if (!row) throw new Error('not there');
        const changed = await tx.changeMessage({ ...row, content });
        expect(await tx.message('ani-budi', seq)).toEqual(changed);
        expect(await tx.recentMessage('ani-budi', row.id)).toEqual(changed);
        return changed;
      });
    await rig.append('m3');
    const first = await change(1, 'another');
    await change(3, 'of m3');
    const again = await change(1, 'yet another');
    expect([first.rev, first.changedRev, again.changedRev]).toEqual([since - 1, since + 2, since + 4]);
    expect(await rig.store.message('ani-budi', 1)).toEqual(again);
    expect(await rig.store.recentMessage('ani-budi', 'm1')).toEqual(again);
    expect(await rig.store.conversation('ani-budi')).toMatchObject({ lastSeq: 3, rev: since + 4 });
    const changed = async (after: number) =>
      (await rig.store.changedMessages('budi', after, { limit: 9 }))?.map(({ rev, message }) => [
        rev,
        message.content,
      ]);
    expect(await changed(since)).toEqual([
      [since + 1, 'of m3'],
      [since + 4, 'yet another'],
    ]);
    expect(await changed(since + 1)).toEqual([
      [since + 3, 'of m3'],
      [since + 4, 'yet another'],
    ]);
    expect(await changed(since + 4)).toEqual([]);
    expect(await rig.store.lastSeqAt('ani-budi', since)).toBe(2);
    await expect(change(4, 'of nothing')).rejects.toThrow('not there');
  });

  it(`remembers ${MAX_CHANGES} changes one by one; who is further behind is told so`, async () => {
    await rig.befriend('ani', 'budi');
    for (let n = 0; n <= MAX_CHANGES; n++) await rig.append(`m${n}`);
    const since = rig.store.revision();
    for (let seq = 1; seq <= MAX_CHANGES + 1; seq++) {
      await rig.store.transact(async (tx) => {
        const row = await tx.message('ani-budi', seq);
        if (row) await tx.changeMessage({ ...row, content: '' });
      });
    }
    expect(await rig.store.changedMessages('ani', since, { limit: 999 })).toBeUndefined();
    expect(await rig.store.changedMessages('ani', since + 1, { limit: 999 })).toHaveLength(MAX_CHANGES);
  });

  it('hides a message from one person alone, who is the only one to be told', async () => {
    await rig.befriend('ani', 'budi');
    await rig.append('m1');
    await rig.append('m2');
    const since = rig.store.revision();
    const told: string[][] = [];
    const stop = rig.store.onCommit(({ users }) => told.push([...users]));
    for (const seq of [2, 1]) await rig.store.transact((tx) => tx.hideMessage('ani-budi', 'budi', seq));
    stop();
    expect(told).toEqual([['budi'], ['budi']]);
    expect([rig.store.newestFor('ani'), rig.store.newestFor('budi')]).toEqual([since, since + 2]);
    const look = async () => {
      expect(await rig.store.hiddenOf('ani-budi', 'budi')).toEqual([[1, 2]]);
      expect(await rig.store.hiddenOf('ani-budi', 'ani')).toEqual([]);
      const revs = async (user: string) => (await rig.store.conversationsOf(user)).map(({ rev }) => rev);
      expect([await revs('ani'), await revs('budi')]).toEqual([[since], [since + 2]]);
      const changed = await rig.store.changedMessages('budi', since, { limit: 9 });
      expect(changed?.map(({ rev, message }) => [rev, message.id])).toEqual([
        [since + 1, 'm2'],
        [since + 2, 'm1'],
      ]);
      expect(await rig.store.changedMessages('ani', since, { limit: 9 })).toEqual([]);
    };
    await look();
    if (!(await rig.reopen())) return;
    await look();
    expect(rig.store.newestFor('budi')).toBe(since + 2);
  });

  it('shows marks at once, never lets them go back, and has them after it was closed', async () => {
    await rig.befriend('ani', 'budi');
    await rig.append('m1');
    const mark = { conversationId: 'ani-budi', userId: 'budi', delivered: 1, read: 0 };
    expect(await rig.store.raiseMark(mark)).toBe(true);
    expect(await rig.store.raiseMark({ ...mark, delivered: 0 })).toBe(false);
    expect(await rig.store.marksOf('ani-budi')).toEqual([mark]);
    expect(await rig.store.raiseMark({ ...mark, delivered: 0, read: 1 })).toBe(true);
    const both = [{ ...mark, read: 1 }];
    expect(await rig.store.marksOf('ani-budi')).toEqual(both);
    expect(await rig.store.raiseMark({ ...mark, conversationId: 'nowhere' })).toBe(false);
    if (!(await rig.reopen())) return;
    expect(await rig.store.marksOf('ani-budi')).toEqual(both);
  });
}
