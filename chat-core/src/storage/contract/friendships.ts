import { expect, it } from 'vitest';
import { person, type Rig } from './rig.ts';

/** Friendships, and the one conversation each has. */
export function friendshipsContract(rig: Rig): void {
  it('makes a conversation of two who are not friends, and keeps it when they become so', async () => {
    const open = () => rig.store.transact((tx) => tx.openDirect('budi', 'ani', 'b-a'));
    expect(await open()).toMatchObject({ id: 'b-a', members: ['ani', 'budi'], befriendedRev: 0 });
    const revision = rig.store.revision();
    expect(await open()).toMatchObject({ id: 'b-a' });
    expect(rig.store.revision()).toBe(revision);
    expect((await rig.store.account('ani'))?.contacts).toEqual([]);
    expect(await rig.befriend('ani', 'budi')).toMatchObject({ id: 'b-a', befriendedRev: revision + 1 });
  });

  it('makes a friendship mutual, once, with one conversation', async () => {
    await rig.befriend('ani', 'budi');
    await rig.store.transact((tx) => tx.befriend('budi', 'ani', 'another'));
    expect((await rig.store.account('ani'))?.contacts).toEqual(['budi']);
    expect((await rig.store.account('budi'))?.contacts).toEqual(['ani']);
    expect((await rig.store.directBetween('budi', 'ani'))?.id).toBe('ani-budi');
    expect(await rig.store.conversationsOf('ani')).toHaveLength(1);
    expect(await rig.store.conversation('another')).toBeUndefined();
  });

  it('ends a friendship on both sides at once, keeps the conversation, and makes it again', async () => {
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

  it('has done with what either asked of the other once they are friends', async () => {
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
