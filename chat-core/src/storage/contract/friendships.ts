import { expect, it } from 'vitest';
import { person, type Rig } from './rig.ts';

/** Friendships, and the conversation of each. */
export function friendshipsContract(rig: Rig): void {
  it('two people who are not friends can have a conversation, which stays when they become friends', async () => {
    const open = () => rig.store.transact((tx) => tx.openDirect('budi', 'ani', 'b-a'));
    expect(await open()).toMatchObject({ id: 'b-a', members: ['ani', 'budi'], befriendedRev: 0 });
    const revision = rig.store.revision();
    expect(await open()).toMatchObject({ id: 'b-a' });
    expect(rig.store.revision()).toBe(revision);
    expect((await rig.store.account('ani'))?.contacts).toEqual([]);
    expect(await rig.befriend('ani', 'budi')).toMatchObject({ id: 'b-a', befriendedRev: revision + 1 });
  });

  it('a person can have a conversation with themselves, one, whose messages are theirs alone', async () => {
    const open = () => rig.store.transact((tx) => tx.openDirect('ani', 'ani', 'notes'));
    expect(await open()).toMatchObject({ id: 'notes', members: ['ani', 'ani'] });
    const revision = rig.store.revision();
    await open();
    expect(rig.store.revision()).toBe(revision);
    expect((await rig.store.conversationsOf('ani')).map(({ id }) => id)).toEqual(['notes']);
    expect((await rig.store.directBetween('ani', 'ani'))?.id).toBe('notes');
    const before = rig.store.newestFor('budi');
    expect(await rig.append('m1', 'notes')).toMatchObject({ seq: 1, senderId: 'ani', receiverId: 'ani' });
    expect(rig.store.newestFor('budi')).toBe(before);
    await rig.store.raiseMark({ conversationId: 'notes', userId: 'ani', delivered: 1, read: 1 });
    expect(await rig.store.marksOf('notes')).toHaveLength(1);
  });

  it('a friendship is mutual, and a repeat creates no second conversation', async () => {
    await rig.befriend('ani', 'budi');
    await rig.store.transact((tx) => tx.befriend('budi', 'ani', 'another'));
    expect((await rig.store.account('ani'))?.contacts).toEqual(['budi']);
    expect((await rig.store.account('budi'))?.contacts).toEqual(['ani']);
    expect((await rig.store.directBetween('budi', 'ani'))?.id).toBe('ani-budi');
    expect(await rig.store.conversationsOf('ani')).toHaveLength(1);
    expect(await rig.store.conversation('another')).toBeUndefined();
  });

  it('a friendship ends on both sides at once, its conversation stays, and it can be made again', async () => {
    await rig.befriend('ani', 'budi');
    await rig.append('m1');
    await rig.store.transact((tx) => tx.unfriend('budi', 'ani'));
    const ended = rig.store.revision();
    expect((await rig.store.account('ani'))?.contacts).toEqual([]);
    expect((await rig.store.account('budi'))?.contacts).toEqual([]);
    const left = await rig.store.conversation('ani-budi');
    expect(left).toMatchObject({ unfriendedRev: ended, rev: ended, lastSeq: 1 });
    expect(rig.store.newestFor('ani')).toBe(ended);
    expect(await rig.store.messages('ani-budi', { limit: 9 })).toHaveLength(1);
    expect(await rig.befriend('ani', 'budi')).toMatchObject({
      befriendedRev: ended + 1,
      unfriendedRev: ended,
    });
    expect((await rig.store.account('ani'))?.contacts).toEqual(['budi']);
    await rig.append('m2');
    expect((await rig.store.conversation('ani-budi'))?.lastSeq).toBe(2);
  });

  it('a friendship removes the friend requests between the two people', async () => {
    await rig.store.transact(async (tx) => {
      await tx.savePeople({ ...person('ani'), asked: ['budi', 'cici'] });
      await tx.savePeople({ ...person('budi'), askedBy: ['ani'] });
    });
    await rig.befriend('budi', 'ani');
    const revision = rig.store.revision();
    expect(await rig.store.account('ani')).toMatchObject({
      asked: ['cici'],
      contacts: ['budi'],
      peopleRev: revision,
    });
    expect(await rig.store.account('budi')).toMatchObject({
      askedBy: [],
      contacts: ['ani'],
      peopleRev: revision,
    });
  });
}
