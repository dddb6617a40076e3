import { expect, it } from 'vitest';
import type { Sealed } from '../../cipher/cipher.ts';
import type { OpenUpload, StoredMessage } from '../store.ts';
import { groupOf, member, message, person, type Rig } from './rig.ts';

const sealed = (content: string): Sealed => ({ v: 1, kid: 'k2', content });

/** Rows that are sealed with another key: they are replaced, and for people nothing changes. */
export function resealingContract(rig: Rig): void {
  const stored = async (seq: number): Promise<StoredMessage> => {
    const row = await rig.store.message('ani-budi', seq);
    if (!row) throw new Error('there is no message');
    return row;
  };
  const reseal = (row: StoredMessage, more: Partial<StoredMessage> = {}) =>
    rig.store.transact((tx) => tx.resealMessage({ ...row, ...sealed(`fresh ${row.id}`), ...more }));
  const edit = (row: StoredMessage) =>
    rig.store.transact((tx) =>
      tx.changeMessage({ ...row, content: `edited ${row.id}`, edit: (row.edit ?? 0) + 1, editedAt: 2 }),
    );
  const twice = async (check: () => Promise<void>) => {
    await check();
    if (await rig.reopen()) await check();
  };

  it('a resealed message has its new ciphertext, keeps all else, and is no change for anyone', async () => {
    await rig.befriend('ani', 'budi');
    for (let n = 1; n <= 3; n++) await rig.append(`m${n}`);
    await edit(await stored(2));
    const since = rig.store.revision();
    const before = [await stored(1), await stored(2), await stored(3)];
    const header = await rig.store.conversation('ani-budi');
    const notified: string[] = [];
    const stop = rig.store.onCommit(({ users }) => notified.push(...users));
    for (const row of before) await reseal(row);
    stop();
    expect(notified).toEqual([]);
    await twice(async () => {
      expect(await rig.store.messages('ani-budi', { limit: 9 })).toEqual(
        before.map((row) => ({ ...row, ...sealed(`fresh ${row.id}`) })),
      );
      expect(await rig.store.conversation('ani-budi')).toEqual(header);
      expect(await rig.store.changedMessages('budi', since, { limit: 9 })).toEqual([]);
      expect(rig.store.newestFor('budi')).toBe(since);
    });
    await edit(await stored(1));
    await twice(async () => expect((await stored(1)).content).toBe('edited m1'));
    const changed = await rig.store.changedMessages('budi', since, { limit: 9 });
    expect(changed?.map(({ message: { id } }) => id)).toEqual(['m1']);
  });

  it('a message that was edited, or whose files are others, is not resealed', async () => {
    await rig.befriend('ani', 'budi');
    await rig.append('m1');
    const old = await stored(1);
    const edited = await edit(old);
    await expect(reseal(old)).rejects.toThrow(/changed/);
    await expect(reseal(edited, { id: 'm2' })).rejects.toThrow(/changed/);
    const attachment = { id: 'f1', size: 1, key: sealed('key'), metadata: sealed('name') };
    await expect(reseal(edited, { attachments: [attachment] })).rejects.toThrow(/changed/);
    expect(await stored(1)).toEqual(edited);
  });

  it('the reactions to a message are resealed with it, and not once they changed', async () => {
    await rig.befriend('ani', 'budi');
    await rig.append('m1');
    const before = await stored(1);
    const reactions = { ...sealed('thumbs'), edit: 1 };
    await rig.store.transact((tx) => tx.changeMessage({ ...before, reactions }));
    const row = await stored(1);
    await expect(reseal(before)).rejects.toThrow(/changed/);
    await reseal(row, { reactions: { ...sealed('fresh thumbs'), edit: 1 } });
    await twice(async () =>
      expect(await stored(1)).toEqual({
        ...row,
        ...sealed('fresh m1'),
        reactions: { ...sealed('fresh thumbs'), edit: 1 },
      }),
    );
  });

  it('the votes of a poll are resealed with it, and not once they changed', async () => {
    await rig.befriend('ani', 'budi');
    const sent = { ...message('m1', 'ani-budi', 'ani'), poll: {} };
    await rig.store.transact((tx) => tx.appendMessage(sent));
    const before = await stored(1);
    expect(before.poll).toEqual({});
    const poll = { closed: true as const, votes: { ...sealed('votes'), edit: 1 } };
    await rig.store.transact((tx) => tx.changeMessage({ ...before, poll }));
    const row = await stored(1);
    await expect(reseal(before)).rejects.toThrow(/changed/);
    await reseal(row, { poll: { votes: { ...sealed('fresh votes'), edit: 1 } } });
    await twice(async () =>
      expect(await stored(1)).toEqual({
        ...row,
        ...sealed('fresh m1'),
        poll: { closed: true, votes: { ...sealed('fresh votes'), edit: 1 } },
      }),
    );
  });

  it('the keys and metadata of the files of a message are resealed, and count as before for its author', async () => {
    await rig.befriend('ani', 'budi');
    const upload: OpenUpload = {
      state: 'open',
      id: 'f1',
      conversationId: 'ani-budi',
      userId: 'ani',
      createdAt: 1,
      size: 10,
      key: { v: 1, kid: 'k1', content: 'old key' },
      metadata: { v: 1, kid: 'k1', content: 'old name' },
    };
    await rig.store.transact((tx) => tx.saveUpload(upload));
    const { key, metadata, size } = upload;
    await rig.store.transact((tx) =>
      tx.appendMessage({
        ...message('m1', 'ani-budi', 'ani'),
        attachments: [{ id: 'f1', size, key, metadata }],
      }),
    );
    const fresh = { id: 'f1', size, key: sealed('new key'), metadata: sealed('new name') };
    await reseal(await stored(1), { attachments: [fresh] });
    await twice(async () => {
      expect((await stored(1)).attachments).toEqual([fresh]);
      expect(rig.store.totalUsage('ani')).toEqual({ bytes: 10, files: 1 });
      expect(rig.store.uploads()).toEqual([]);
    });
  });

  it('the name and the picture of a group, and the picture of a person, are resealed without a change for anyone', async () => {
    const pictureOf = (userId: string) => ({
      userId,
      id: `picture of ${userId}`,
      edit: 1,
      pieces: [{ v: 1 as const, kid: 'k1', content: 'old' }],
    });
    const named = { picture: { id: 'picture of g', edit: 1 } };
    await rig.store.transact((tx) =>
      tx.saveGroup('g', groupOf([member('ani'), member('budi')], named), pictureOf('g')),
    );
    await rig.store.transact(async (tx) => {
      const profile = { edit: 1, picture: { id: 'picture of ani', edit: 1 } };
      await tx.saveProfile('ani', profile, { isShown: true, picture: pictureOf('ani') });
    });
    const since = rig.store.revision();
    await rig.store.transact(async (tx) => {
      await tx.resealGroupName('g', { ...sealed('new name'), edit: 1 });
      for (const id of ['g', 'ani']) await tx.resealPicture({ ...pictureOf(id), pieces: [sealed('new')] });
    });
    for (const refused of [
      rig.store.transact((tx) => tx.resealGroupName('g', { ...sealed('x'), edit: 2 })),
      rig.store.transact((tx) => tx.resealPicture({ ...pictureOf('g'), id: 'another' })),
    ])
      await expect(refused).rejects.toThrow(/changed/);
    await twice(async () => {
      expect(await rig.store.conversation('g')).toMatchObject({
        group: { name: { ...sealed('new name'), edit: 1 } },
      });
      for (const id of ['g', 'ani'])
        expect(await rig.store.picture(id)).toEqual({ ...pictureOf(id), pieces: [sealed('new')] });
      expect(rig.store.newestFor('budi')).toBeLessThanOrEqual(since);
    });
  });

  it('all accounts and conversations are listed, and the key of all rows is recorded for good', async () => {
    await rig.befriend('ani', 'budi');
    await rig.store.transact((tx) => tx.saveAccount(person('dedi')));
    expect(rig.store.sealedWith()).toBeUndefined();
    await rig.store.recordSealedWith('k2');
    await rig.append('m1');
    await twice(async () => {
      expect(rig.store.allIds().accounts.toSorted()).toEqual(['ani', 'budi', 'cici', 'dedi']);
      expect(rig.store.allIds().conversations).toEqual(['ani-budi']);
      expect(rig.store.sealedWith()).toBe('k2');
    });
  });
}
