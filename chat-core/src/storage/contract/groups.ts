import { expect, it } from 'vitest';
import { type Group, type GroupMembership, MAX_DEPARTED, type StoredPicture, type Tx } from '../store.ts';
import { groupOf, member, message, type Rig } from './rig.ts';

const piece = { v: 1 as const, kid: 'k1', content: 'sealed piece' };
const pictureOf = (id: string, edit: number): StoredPicture => ({ userId: 'g', id, edit, pieces: [piece] });

/** Groups: who is a member, what each member may read, system rows, and the end of a group. */
export function groupsContract(rig: Rig): void {
  const save = (members: GroupMembership[], more: Partial<Group> = {}, id = 'g') =>
    rig.store.transact((tx) => tx.saveGroup(id, groupOf(members, more)));
  const append = (id: string, sender = 'ani') => rig.append(id, 'g', sender);
  const groupsOf = async (userId: string) => (await rig.store.conversationsOf(userId)).map(({ id }) => id);
  const changed = async (userId: string, since: number) =>
    (await rig.store.changedMessages(userId, since, { limit: 99 }))?.map(({ message: { id } }) => id);
  const twice = async (check: () => Promise<void>) => {
    await check();
    if (await rig.reopen()) await check();
  };

  it('a group is saved with its members in order, and each of them finds it among their conversations', async () => {
    const saved = await save([member('ani'), member('budi')]);
    const revision = rig.store.revision();
    expect(saved).toMatchObject({
      id: 'g',
      kind: 'group',
      members: ['ani', 'budi'],
      lastSeq: 0,
      rev: revision,
    });
    expect(saved.group.infoRev).toBe(revision);
    await twice(async () => {
      expect(await rig.store.conversation('g')).toEqual(saved);
      expect(await rig.store.conversationsOf('budi')).toEqual([saved]);
      expect(await groupsOf('cici')).toEqual([]);
      expect(await rig.store.directBetween('ani', 'budi')).toBeUndefined();
      expect(['ani', 'budi', 'cici'].map((id) => rig.store.newestFor(id))).toEqual([revision, revision, 0]);
    });
  });

  it('messages of a group have a seq and no receiver, change its header, and reach every member in one commit', async () => {
    const { group } = await save([member('ani'), member('budi'), member('cici')]);
    const notified: string[][] = [];
    const stop = rig.store.onCommit(({ users }) => notified.push([...users].sort()));
    const sent = await append('m1', 'budi');
    stop();
    const revision = rig.store.revision();
    expect(notified).toEqual([['ani', 'budi', 'cici']]);
    await twice(async () => {
      expect(await rig.store.messages('g', { limit: 9 })).toEqual([sent]);
      expect(sent).toMatchObject({ seq: 1, rev: revision, senderId: 'budi' });
      expect(sent).not.toHaveProperty('receiverId');
      expect(await rig.store.conversation('g')).toMatchObject({ lastSeq: 1, rev: revision, group });
      expect(['ani', 'budi', 'cici'].map((id) => rig.store.newestFor(id))).toEqual(Array(3).fill(revision));
    });
  });

  it('system rows and mentions of a group are stored as they are', async () => {
    const event = { type: 'added', userIds: ['budi'] } as const;
    const stored = await rig.store.transact(async (tx) => {
      await tx.saveGroup('g', groupOf([member('ani'), member('budi')]));
      const row = { ...message('e1', 'g', 'ani'), content: '', kid: '' };
      return [
        await tx.appendMessage({ ...row, event: { ...event, userIds: [...event.userIds] } }),
        await tx.appendMessage({ ...message('m1', 'g', 'ani'), mentions: ['budi'] }),
      ];
    });
    expect(stored.map(({ seq, rev }) => [seq, rev])).toEqual(
      [1, 2].map((seq) => [seq, rig.store.revision()]),
    );
    await twice(async () => {
      expect(await rig.store.messages('g', { limit: 9 })).toEqual(stored);
      expect(stored[0]).toMatchObject({ event, content: '' });
      expect(await rig.store.recentMessage('g', 'e1')).toEqual(stored[0]);
      expect((await rig.store.sealedSample(9)).messages).toEqual([stored[1]]);
      expect((await rig.store.sealedSample(9)).groups.map(({ id }) => id)).toEqual(['g']);
    });
  });

  it('a pin is part of the header until its message is deleted, and stays when the group changes', async () => {
    await save([member('ani'), member('budi')]);
    await append('m1');
    await rig.store.transact((tx) => tx.savePin('g', { seq: 1, by: 'ani' }));
    const revision = rig.store.revision();
    await twice(async () => {
      expect(await rig.store.conversation('g')).toMatchObject({
        rev: revision,
        pinned: { seq: 1, by: 'ani' },
      });
      expect(rig.store.newestFor('budi')).toBe(revision);
    });
    await save([member('ani')]);
    await twice(async () => expect(await rig.store.conversation('g')).toHaveProperty('pinned.seq', 1));
    await rig.store.transact(async (tx) => {
      const row = await tx.message('g', 1);
      if (row) await tx.changeMessage({ ...row, content: '', deletedAt: 5 });
    });
    await twice(async () => expect(await rig.store.conversation('g')).not.toHaveProperty('pinned'));
    await expect(rig.store.transact((tx) => tx.savePin('g', { seq: 9, by: 'ani' }))).rejects.toThrow('a pin');
  });

  it('whoever leaves a group has it no longer and is notified once, and what they wrote stays', async () => {
    await save([member('ani'), member('budi'), member('cici')]);
    const row = await append('m1', 'budi');
    const since = rig.store.revision();
    const notified: string[][] = [];
    const stop = rig.store.onCommit(({ users }) => notified.push([...users].sort()));
    await save([member('ani'), member('cici')]);
    const left = rig.store.revision();
    await append('m2');
    stop();
    expect(notified).toEqual([
      ['ani', 'budi', 'cici'],
      ['ani', 'cici'],
    ]);
    await twice(async () => {
      expect(await groupsOf('budi')).toEqual([]);
      expect(await rig.store.account('budi')).toMatchObject({
        departed: [{ conversationId: 'g', rev: left }],
        peopleRev: left,
      });
      expect(rig.store.newestFor('budi')).toBe(left);
      expect(await changed('budi', since)).toEqual([]);
      expect(await changed('ani', since)).toEqual(['m2']);
      expect(await rig.store.message('g', 1)).toEqual(row);
    });
  });

  it('a member gets changed and new messages from their fromSeq on, also after they came back', async () => {
    await save([member('ani'), member('budi')]);
    await append('m1');
    const first = rig.store.revision();
    await append('m2');
    await save([member('ani')]);
    await append('m3');
    await save([member('ani'), member('budi', 4), member('cici', 3)]);
    const back = rig.store.revision();
    await append('m4');
    const edit = (seq: number) =>
      rig.store.transact(async (tx) => {
        const row = await tx.message('g', seq);
        if (row) await tx.changeMessage({ ...row, content: 'another' });
      });
    for (const seq of [1, 3]) await edit(seq);
    await twice(async () => {
      expect(await changed('ani', first)).toEqual(['m2', 'm3', 'm4', 'm1']);
      expect(await changed('budi', first)).toEqual(['m4']);
      expect(await changed('cici', first)).toEqual(['m3', 'm4']);
      expect(await changed('cici', back)).toEqual(['m4', 'm3']);
      expect((await rig.store.account('budi'))?.departed).toMatchObject([
        { conversationId: 'g', rejoined: true },
      ]);
      expect(await groupsOf('budi')).toEqual(['g']);
    });
  });

  it('marks are listed of members only', async () => {
    await save([member('ani'), member('budi')]);
    await append('m1');
    const mark = { conversationId: 'g', userId: 'budi', delivered: 1, read: 1 };
    expect(await rig.store.raiseMark(mark)).toBe(true);
    expect(await rig.store.marksOf('g')).toEqual([mark]);
    await save([member('ani')]);
    expect(await rig.store.marksOf('g')).toEqual([]);
  });

  it('the picture of a group is found under its id, is replaced, and goes with its name in the header', async () => {
    const show = (id: string, edit: number) =>
      rig.store.transact((tx) =>
        tx.saveGroup('g', groupOf([member('ani')], { edit, picture: { id, edit } }), pictureOf(id, edit)),
      );
    await show('p1', 1);
    await twice(async () => expect(await rig.store.picture('g')).toEqual(pictureOf('p1', 1)));
    await show('p2', 2);
    await append('m1');
    await twice(async () => expect(await rig.store.picture('g')).toEqual(pictureOf('p2', 2)));
    await save([member('ani')], { edit: 3 });
    await append('m2');
    await twice(async () => expect(await rig.store.picture('g')).toBeUndefined());
  });

  it('a deleted group has no members, messages or picture, and its id is never used again', async () => {
    const picture = { picture: { id: 'p1', edit: 1 } };
    await rig.store.transact((tx) =>
      tx.saveGroup('g', groupOf([member('ani'), member('budi')], picture), pictureOf('p1', 1)),
    );
    for (let n = 1; n <= 3; n++) await append(`m${n}`);
    await rig.store.transact((tx) => tx.hideMessage('g', 'budi', 2));
    const since = rig.store.revision();
    const rows = await rig.store.transact(async (tx) => {
      await tx.saveGroup('g', groupOf([]));
      return [await tx.message('g', 1), await tx.recentMessage('g', 'm1')];
    });
    expect(rows).toEqual([undefined, undefined]);
    const deleted = rig.store.revision();
    await twice(async () => {
      expect(await rig.store.conversation('g')).toMatchObject({ members: [], lastSeq: 0, rev: deleted });
      expect([await groupsOf('ani'), await groupsOf('budi')]).toEqual([[], []]);
      expect(await rig.store.account('budi')).toMatchObject({
        departed: [{ conversationId: 'g', rev: deleted }],
      });
      expect([rig.store.newestFor('ani'), rig.store.newestFor('budi')]).toEqual([deleted, deleted]);
      expect(await rig.store.messages('g', { limit: 9 })).toEqual([]);
      expect([await rig.store.message('g', 1), await rig.store.recentMessage('g', 'm1')]).toEqual([
        undefined,
        undefined,
      ]);
      expect(await rig.store.hiddenOf('g', 'budi')).toEqual([]);
      expect(await rig.store.picture('g')).toBeUndefined();
      expect(await changed('ani', since)).toEqual([]);
      expect(await rig.store.sealedSample(9)).toMatchObject({ messages: [], groups: [] });
      expect(await rig.store.raiseMark({ conversationId: 'g', userId: 'ani', delivered: 3, read: 3 })).toBe(
        false,
      );
      await expect(save([member('ani')])).rejects.toThrow('does not come back');
      await expect(append('m4')).rejects.toThrow('needs its conversation');
      expect(rig.store.revision()).toBe(deleted);
    });
  });

  it('a group does not take the id of a direct conversation or of an account', async () => {
    await rig.befriend('ani', 'budi');
    await expect(save([member('ani')], {}, 'ani-budi')).rejects.toThrow('does not become a group');
    await expect(save([member('ani')], {}, 'cici')).rejects.toThrow('the id of an account');
    await expect(save([member('nobody')]).then(() => save([member('ani')]))).rejects.toThrow(
      'needs an account',
    );
  });

  it(`the newest ${MAX_DEPARTED} departures of a person are remembered`, async () => {
    const all = Array.from({ length: MAX_DEPARTED + 1 }, (_, n) => `g${n}`);
    const saveAll = (members: GroupMembership[]) => async (tx: Tx) => {
      for (const id of all) await tx.saveGroup(id, groupOf(members));
    };
    await rig.store.transact(saveAll([member('ani'), member('budi')]));
    for (const id of all) await save([member('ani')], {}, id);
    const departed = async () => (await rig.store.account('budi'))?.departed ?? [];
    const ids = async () => (await departed()).map(({ conversationId }) => conversationId);
    expect(await ids()).toEqual(all.slice(1));
    // One that was joined again stays among them, so that the list does not seem complete.
    await save([member('ani'), member('budi')], {}, 'g9');
    expect(await ids()).toEqual(all.slice(1));
    await save([member('ani')], {}, 'g9');
    expect((await departed()).at(-1)).toEqual({ conversationId: 'g9', rev: rig.store.revision() });
  });

  it('requests to join change a group without a change of what its members see of it', async () => {
    const { group } = await save([member('ani')], { removed: ['budi'] });
    const saved = await rig.store.transact((tx) => tx.saveRequests('g', { requests: ['cici'] }));
    const revision = rig.store.revision();
    await twice(async () => {
      expect(await rig.store.conversation('g')).toEqual(saved);
      expect(saved).toMatchObject({ rev: revision, group: { requestsRev: revision, requests: ['cici'] } });
      expect(saved.group.infoRev).toBe(group.infoRev);
      expect(saved.group).not.toHaveProperty('removed');
    });
    await save([]);
    await expect(rig.store.transact((tx) => tx.saveRequests('g', {}))).rejects.toThrow('their group');
  });

  it('a transaction knows what a person is in each group, also in those of transactions before it', async () => {
    await rig.befriend('ani', 'budi');
    const counts = await Promise.all([
      rig.store.transact(async (tx) => {
        await tx.saveGroup('g', groupOf([member('ani'), { ...member('budi'), addedBy: 'ani' }]));
        return tx.membershipsOf('budi');
      }),
      rig.store.transact(async (tx) => {
        await tx.saveGroup('g2', groupOf([member('budi')]));
        return tx.membershipsOf('budi');
      }),
      rig.store.transact(async (tx) => {
        await tx.saveGroup('g', groupOf([member('ani')]));
        return tx.membershipsOf('budi');
      }),
    ]);
    expect(counts.map((all) => all.map(({ addedBy }) => addedBy))).toEqual([
      ['ani'],
      ['ani', undefined],
      [undefined],
    ]);
    expect(await rig.store.transact((tx) => tx.membershipsOf('budi'))).toMatchObject([
      { userId: 'budi', conversationId: 'g2' },
    ]);
  });
}
