import { expect, it } from 'vitest';
import type { NewMessage, OpenUpload, StoredAttachment, Tx } from '../store.ts';
import { groupOf, member, message, type Rig } from './rig.ts';

const sealed = (content: string) => ({ v: 1 as const, kid: 'k1', content });
const upload = (id: string, more: Partial<OpenUpload> = {}): OpenUpload => ({
  state: 'open',
  id,
  conversationId: 'ani-budi',
  userId: 'ani',
  createdAt: 1,
  size: 10,
  key: sealed(`key of ${id}`),
  metadata: sealed(`name of ${id}`),
  ...more,
});
const attachment = (id: string, size = 10): StoredAttachment => ({
  id,
  size,
  key: sealed(`key of ${id}`),
  metadata: sealed(`name of ${id}`),
});
const withFiles = (
  id: string,
  files: string[],
  conversationId = 'ani-budi',
  senderId = 'ani',
): NewMessage => ({
  ...message(id, conversationId, senderId),
  // Only the ids count: the rest is that of the uploads.
  attachments: files.map((file) => attachment(file, 1)),
});
const discarded = (id: string, conversationId = 'ani-budi') => ({ state: 'discarded', id, conversationId });

/** Files as rows: uploads, claims by messages, and what people use. */
export function filesContract(rig: Rig): void {
  const save = (...uploads: OpenUpload[]) =>
    rig.store.transact(async (tx) => {
      for (const one of uploads) await tx.saveUpload(one);
    });
  const send = (...args: Parameters<typeof withFiles>) =>
    rig.store.transact((tx) => tx.appendMessage(withFiles(...args)));
  const change = (seq: number, part: (row: NewMessage) => Partial<NewMessage>, conversationId = 'ani-budi') =>
    rig.store.transact(async (tx) => {
      const row = await tx.message(conversationId, seq);
      if (!row) throw new Error('there is no message');
      return tx.changeMessage({ ...row, ...part(row) });
    });
  const uses = (userId?: string) => {
    const { files, bytes } = rig.store.totalUsage(userId);
    return [files, bytes];
  };
  const twice = async (check: () => Promise<void> | void) => {
    await check();
    if (await rig.reopen()) await check();
  };

  it('an open upload is stored until a message claims it, and the message then has it as the upload had it', async () => {
    await rig.befriend('ani', 'budi');
    await save(upload('f1'), upload('f2', { size: 5 }));
    await twice(() => expect(rig.store.uploads()).toEqual([upload('f1'), upload('f2', { size: 5 })]));
    const sent = await send('m1', ['f2', 'f1']);
    expect(sent.attachments).toEqual([attachment('f2', 5), attachment('f1')]);
    await twice(async () => {
      expect(rig.store.uploads()).toEqual([]);
      expect(await rig.store.message('ani-budi', 1)).toEqual(sent);
      expect([uses('ani'), uses('budi'), uses()]).toEqual([
        [2, 15],
        [0, 0],
        [2, 15],
      ]);
    });
  });

  it('a message that names an upload that is unknown, discarded, named twice or not its own is refused whole', async () => {
    await rig.befriend('ani', 'budi');
    await rig.befriend('ani', 'cici');
    await save(upload('f1'), upload('of budi', { userId: 'budi' }), upload('gone'));
    await rig.store.transact((tx) =>
      tx.saveUpload({ state: 'discarded', id: 'gone', conversationId: 'ani-budi' }),
    );
    const before = rig.store.revision();
    for (const files of [['unknown'], ['gone'], ['f1', 'f1'], ['f1', 'of budi']]) {
      await expect(send('m1', files)).rejects.toThrow();
    }
    await expect(send('m1', ['f1'], 'ani-cici')).rejects.toThrow('claims an open upload');
    await expect(
      rig.store.transact(async (tx) => {
        await tx.appendMessage(withFiles('m2', ['unknown'])).catch(() => {});
        await tx.appendMessage(withFiles('m1', ['f1']));
      }),
    ).resolves.toBeUndefined();
    expect(rig.store.revision()).toBe(before + 1);
    expect((await rig.store.messages('ani-budi', { limit: 9 })).map(({ id }) => id)).toEqual(['m1']);
    expect(uses()).toEqual([1, 10]);
  });

  it('of two messages of one batch that claim the same upload the first has it', async () => {
    await rig.befriend('ani', 'budi');
    await save(upload('f1'));
    const results = await Promise.allSettled([send('m1', ['f1']), send('m2', ['f1'])]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    await twice(() => expect([uses('ani'), rig.store.uploads()]).toEqual([[1, 10], []]));
  });

  it('an edit keeps the attachments it names as they were, the others become discarded uploads, and it adds none', async () => {
    await rig.befriend('ani', 'budi');
    await save(upload('f1'), upload('f2'), upload('f3'));
    await send('m1', ['f1', 'f2']);
    const kept = await change(1, () => ({
      content: 'another',
      attachments: [attachment('f2', 99), attachment('f1', 99)],
    }));
    expect(kept.attachments).toEqual([attachment('f1'), attachment('f2')]);
    await expect(change(1, () => ({ attachments: [attachment('f3')] }))).rejects.toThrow(
      'adds no attachment',
    );
    expect(uses('ani')).toEqual([2, 20]);
    const less = await change(1, () => ({ attachments: [attachment('f2')] }));
    expect(less.attachments).toEqual([attachment('f2')]);
    await twice(async () => {
      expect(await rig.store.message('ani-budi', 1)).toEqual(less);
      expect(rig.store.uploads()).toEqual([upload('f3'), discarded('f1')]);
      expect(uses('ani')).toEqual([1, 10]);
    });
  });

  it('a deleted message frees what its author used, whoever deletes it, and its uploads go once they are removed', async () => {
    await rig.store.transact((tx) => tx.saveGroup('g', groupOf([member('ani'), member('budi')])));
    await save(upload('f1', { conversationId: 'g', userId: 'budi' }));
    await send('m1', ['f1'], 'g', 'budi');
    expect([uses('budi'), uses('ani')]).toEqual([
      [1, 10],
      [0, 0],
    ]);
    const gone = await change(1, () => ({ content: '', attachments: [] }), 'g');
    expect(gone).not.toHaveProperty('attachments');
    await twice(() => expect([uses('budi'), rig.store.uploads()]).toEqual([[0, 0], [discarded('f1', 'g')]]));
    await expect(save(upload('f1', { conversationId: 'g' }))).rejects.toThrow('stays so');
    await rig.store.transact((tx) => tx.saveUpload({ state: 'removed', id: 'f1', conversationId: 'g' }));
    await twice(() => expect(rig.store.uploads()).toEqual([]));
  });

  it('files with the same id in two conversations are different files', async () => {
    await rig.befriend('ani', 'budi');
    await rig.befriend('ani', 'cici');
    await save(upload('f1'));
    await send('m1', ['f1']);
    await save(upload('f1', { conversationId: 'ani-cici', size: 3 }));
    await change(1, () => ({ attachments: [] }));
    await twice(() =>
      expect(rig.store.uploads()).toEqual([
        upload('f1', { conversationId: 'ani-cici', size: 3 }),
        discarded('f1'),
      ]),
    );
    const sent = await send('m2', ['f1'], 'ani-cici');
    expect(sent.attachments).toEqual([attachment('f1', 3)]);
    await twice(() => expect([rig.store.uploads(), uses('ani')]).toEqual([[discarded('f1')], [1, 3]]));
  });

  it('what people use is right within a batch, by person and for everyone, and counts after a group was deleted', async () => {
    await rig.befriend('ani', 'budi');
    await rig.store.transact((tx) => tx.saveGroup('g', groupOf([member('ani'), member('budi')])));
    await save(
      upload('f1'),
      upload('g1', { conversationId: 'g' }),
      upload('g2', { conversationId: 'g', userId: 'budi' }),
    );
    await save(upload('g3', { conversationId: 'g' }));
    await send('m0', ['g1'], 'g');
    const totals = async (tx: Tx) =>
      (await Promise.all([tx.totalUsage('ani'), tx.totalUsage('budi'), tx.totalUsage()])).map(
        ({ files }) => files,
      );
    const seen = await Promise.all([
      rig.store.transact(async (tx) => {
        await tx.appendMessage(withFiles('m1', ['f1']));
        return totals(tx);
      }),
      rig.store.transact(async (tx) => {
        await tx.appendMessage(withFiles('m2', ['g2'], 'g', 'budi'));
        return totals(tx);
      }),
      rig.store.transact(async (tx) => {
        await tx.appendMessage(withFiles('m3', ['g3'], 'g'));
        await tx.saveGroup('g', groupOf([]));
        return totals(tx);
      }),
      rig.store.transact(totals),
    ]);
    expect(seen).toEqual([
      [2, 0, 2],
      [2, 1, 3],
      [1, 0, 1],
      [1, 0, 1],
    ]);
    await twice(() =>
      expect([uses('ani'), uses('budi'), uses()]).toEqual([
        [1, 10],
        [0, 0],
        [1, 10],
      ]),
    );
  });

  it('the deletion of a group discards the uploads to it, and none begins there any more', async () => {
    await rig.befriend('ani', 'budi');
    await rig.store.transact((tx) => tx.saveGroup('g', groupOf([member('ani')])));
    await save(upload('f1'), upload('g1', { conversationId: 'g' }));
    await rig.store.transact((tx) => tx.saveGroup('g', groupOf([])));
    await twice(() => expect(rig.store.uploads()).toEqual([upload('f1'), discarded('g1', 'g')]));
    await expect(save(upload('g2', { conversationId: 'g' }))).rejects.toThrow('needs its conversation');
    await expect(save(upload('x', { conversationId: 'nowhere' }))).rejects.toThrow('needs its conversation');
  });
}

/** The sealed bytes of files. */
export function fileBytesContract(rig: Rig): void {
  const ref = { conversationId: 'c1', id: 'f1' };
  const bytes = (from: number, length: number) =>
    Buffer.from(Array.from({ length }, (_, n) => (from + n) % 251));
  const twice = async (check: () => Promise<void>) => {
    await check();
    if (await rig.reopen()) await check();
  };

  it('a file grows by its parts, resumes after a restart, and is finished once', async () => {
    expect([await rig.store.files.size(ref), await rig.store.files.read(ref, 0, 9)]).toEqual([0, undefined]);
    expect(await rig.store.files.isFinished(ref)).toBe(false);
    await rig.store.files.write(ref, 0, bytes(0, 100));
    await twice(async () => {
      expect(await rig.store.files.size(ref)).toBe(100);
      expect(await rig.store.files.isFinished(ref)).toBe(false);
      expect(await rig.store.files.read(ref, 0, 1000)).toEqual(bytes(0, 100));
    });
    await rig.store.files.write(ref, 100, bytes(100, 50));
    await rig.store.files.finish(ref);
    await rig.store.files.finish(ref);
    await twice(async () => {
      expect([await rig.store.files.size(ref), await rig.store.files.isFinished(ref)]).toEqual([150, true]);
      expect(await rig.store.files.read(ref, 0, 1000)).toEqual(bytes(0, 150));
      expect(await rig.store.files.read(ref, 90, 20)).toEqual(bytes(90, 20));
      expect(await rig.store.files.read(ref, 140, 20)).toEqual(bytes(140, 10));
      expect(await rig.store.files.read(ref, 150, 20)).toEqual(Buffer.alloc(0));
      await rig.store.files.finish(ref);
    });
    await expect(rig.store.files.write(ref, 150, bytes(0, 1))).rejects.toThrow('does not change');
    expect(await rig.store.files.size(ref)).toBe(150);
  });

  it('a part may be written again, after which the file ends with it, and none leaves a hole', async () => {
    await rig.store.files.write(ref, 0, bytes(0, 100));
    await expect(rig.store.files.write(ref, 101, bytes(0, 1))).rejects.toThrow('no holes');
    await rig.store.files.write(ref, 60, bytes(7, 20));
    expect(await rig.store.files.size(ref)).toBe(80);
    expect(await rig.store.files.read(ref, 50, 1000)).toEqual(Buffer.concat([bytes(50, 10), bytes(7, 20)]));
    await expect(rig.store.files.write(ref, 81, bytes(0, 1))).rejects.toThrow('no holes');
  });

  it('a file is removed, finished or not, repeatedly too, and others stay', async () => {
    const other = { conversationId: 'c1', id: 'f2' };
    await rig.store.files.write(ref, 0, bytes(0, 10));
    await rig.store.files.write(other, 0, bytes(5, 10));
    for (let repeat = 1; repeat <= 2; repeat++) await rig.store.files.remove(ref);
    await rig.store.files.remove({ conversationId: 'c2', id: 'f1' });
    await rig.store.files.finish(other);
    await twice(async () => {
      expect([await rig.store.files.size(ref), await rig.store.files.size(other)]).toEqual([0, 10]);
    });
    for (let repeat = 1; repeat <= 2; repeat++) await rig.store.files.remove(other);
    await rig.store.files.write(ref, 0, bytes(9, 4));
    await twice(async () => {
      expect([await rig.store.files.size(ref), await rig.store.files.isFinished(other)]).toEqual([4, false]);
    });
    const { free, total } = await rig.store.files.space();
    expect([free > 0, total >= free]).toEqual([true, true]);
  });
}
