import { expect, it } from 'vitest';
import { MAX_CHANGES } from '../store.ts';
import type { Rig } from './rig.ts';

/** Changes of messages: edits, hidden messages, marks. */
export function changesContract(rig: Rig): void {
  it('a changed message replaces the one before, and is listed once among the changes', async () => {
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

  it(`the change log lists ${MAX_CHANGES} changes, and a client at an older revision gets none`, async () => {
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

  it('a message is hidden from one person, and only that person is notified', async () => {
    await rig.befriend('ani', 'budi');
    await rig.append('m1');
    await rig.append('m2');
    const since = rig.store.revision();
    const notified: string[][] = [];
    const stop = rig.store.onCommit(({ users }) => notified.push([...users]));
    for (const seq of [2, 1]) await rig.store.transact((tx) => tx.hideMessage('ani-budi', 'budi', seq));
    stop();
    expect(notified).toEqual([['budi'], ['budi']]);
    expect([rig.store.newestFor('ani'), rig.store.newestFor('budi')]).toEqual([since, since + 2]);
    const check = async () => {
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
    await check();
    if (!(await rig.reopen())) return;
    await check();
    expect(rig.store.newestFor('budi')).toBe(since + 2);
  });

  it('marks are visible at once, never go back, and survive a restart', async () => {
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
