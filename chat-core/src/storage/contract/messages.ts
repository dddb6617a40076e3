import { expect, it } from 'vitest';
import { DEDUP_WINDOW } from '../store.ts';
import type { Rig } from './rig.ts';

/** Messages: their seqs, pages of them, and those that are new to a person. */
export function messagesContract(rig: Rig): void {
  it('messages of concurrent senders get the seqs 1, 2, 3… without a gap', async () => {
    await rig.befriend('ani', 'budi');
    const sent = await Promise.all(Array.from({ length: 60 }, (_, n) => rig.append(`m${n}`)));
    expect(sent.map(({ seq }) => seq).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 60 }, (_, n) => n + 1),
    );
    expect((await rig.store.conversation('ani-budi'))?.lastSeq).toBe(60);
    expect(sent[0]).toMatchObject({ receiverId: 'budi' });
  });

  it('messages are paged backwards by seq, each page oldest first', async () => {
    await rig.befriend('ani', 'budi');
    for (let n = 1; n <= 7; n++) await rig.append(`m${n}`);
    const seqs = async (page: { before?: number; limit: number }) =>
      (await rig.store.messages('ani-budi', page)).map(({ seq }) => seq);
    expect(await seqs({ limit: 3 })).toEqual([5, 6, 7]);
    expect(await seqs({ before: 5, limit: 3 })).toEqual([2, 3, 4]);
    expect(await seqs({ before: 2, limit: 3 })).toEqual([1]);
    expect(await seqs({ before: 1, limit: 3 })).toEqual([]);
    expect(await seqs({ before: 99, limit: 200 })).toHaveLength(7);
  });

  it('changed messages after a revision are listed for members only, in the order of change', async () => {
    await rig.befriend('ani', 'budi');
    await rig.befriend('ani', 'cici');
    const since = rig.store.revision();
    await rig.append('m1');
    await rig.append('m2', 'ani-cici');
    await rig.append('m3');
    const ids = async (user: string, limit = 9) =>
      (await rig.store.changedMessages(user, since, { limit }))?.map(({ message: { id } }) => id);
    expect(await ids('ani')).toEqual(['m1', 'm2', 'm3']);
    expect(await ids('ani', 2)).toEqual(['m1', 'm2']);
    expect(await ids('cici')).toEqual(['m2']);
    expect(await rig.store.changedMessages('ani', rig.store.revision(), { limit: 9 })).toEqual([]);
    expect(await rig.store.changedMessages('ani', since, { limit: 2, max: 3 })).toHaveLength(2);
    expect(await rig.store.changedMessages('ani', since, { limit: 2, max: 2 })).toBeUndefined();
    expect(await rig.store.lastSeqAt('ani-budi', since)).toBe(0);
    expect(await rig.store.lastSeqAt('ani-budi', since + 2)).toBe(1);
    expect(await rig.store.lastSeqAt('ani-budi', rig.store.revision())).toBe(2);
    expect([rig.store.newestFor('ani'), rig.store.newestFor('cici')]).toEqual([since + 3, since + 2]);
    expect([rig.store.newestFor('budi'), rig.store.newestFor('dedi')]).toEqual([since + 3, 0]);
  });

  it('messages are paged forwards by seq', async () => {
    await rig.befriend('ani', 'budi');
    for (let n = 1; n <= 7; n++) await rig.append(`m${n}`);
    const seqs = async (after: number, limit: number) =>
      (await rig.store.messages('ani-budi', { after, limit })).map(({ seq }) => seq);
    expect(await seqs(0, 3)).toEqual([1, 2, 3]);
    expect(await seqs(5, 9)).toEqual([6, 7]);
    expect(await seqs(7, 9)).toEqual([]);
  });

  it(`a repeated message id is found among the newest ${DEDUP_WINDOW} messages of its conversation only`, async () => {
    await rig.befriend('ani', 'budi');
    await rig.befriend('ani', 'cici');
    await rig.append('first');
    expect(await rig.store.recentMessage('ani-budi', 'first')).toMatchObject({ seq: 1 });
    expect(await rig.store.recentMessage('ani-cici', 'first')).toBeUndefined();
    await Promise.all(Array.from({ length: DEDUP_WINDOW }, (_, n) => rig.append(`next${n}`)));
    expect(await rig.store.recentMessage('ani-budi', 'first')).toBeUndefined();
  });

  it('the sealed sample contains the newest messages and some profiles, and is empty in an empty box', async () => {
    expect(await rig.store.sealedSample(2)).toEqual({ messages: [], accounts: [], groups: [] });
    for (const friend of ['budi', 'cici']) await rig.befriend('ani', friend);
    for (let n = 1; n <= 6; n++) await rig.append(`m${n}`);
    await rig.append('newer', 'ani-cici');
    const texts = { v: 1, kid: 'k1', content: 'sealed', edit: 1 } as const;
    await rig.store.transact(async (tx) => tx.saveProfile('budi', { texts, edit: 1 }, { isShown: true }));
    const one = await rig.store.sealedSample(1);
    expect([one.messages.map(({ id }) => id), one.accounts.map(({ id }) => id)]).toEqual([
      ['newer'],
      ['budi'],
    ]);
    const two = await rig.store.sealedSample(2);
    expect(two.messages.map(({ id }) => id)).toEqual(['newer', 'm3', 'm4', 'm5', 'm6']);
    expect(two.accounts[0]?.profile?.texts).toEqual(texts);
  });
}
