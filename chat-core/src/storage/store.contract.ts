import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Account, MOST_CHANGES, type NewMessage, REPEAT_WINDOW, type Store } from './store.ts';

/** A store under test; `reopen` opens the same rows again, where there is something to open. */
export type Opened = { store: Store; end: () => Promise<void>; reopen?: () => Promise<Store> };

const person = (id: string, username = id): Account => ({
  id,
  username,
  password: 'hash',
  contacts: [],
  tokenVersion: 0,
  devices: [],
});
const message = (id: string, conversationId: string, senderId: string): NewMessage => ({
  id,
  conversationId,
  senderId,
  content: `sealed ${id}`,
  timestamp: 1,
  v: 1,
  kid: 'k1',
});

/** The behaviour every backend has: `open` makes an empty store. */
export function storeContract(name: string, open: () => Promise<Opened>): void {
  describe(`store contract: ${name}`, () => {
    let opened: Opened;
    let store: Store;
    beforeEach(async () => {
      opened = await open();
      store = opened.store;
      await store.transact(async (tx) => {
        for (const id of ['ani', 'budi', 'cici']) await tx.saveAccount(person(id));
      });
    });
    afterEach(() => opened.end());

    const befriend = (a: string, b: string) => store.transact((tx) => tx.befriend(a, b, `${a}-${b}`));
    const append = (id: string, conversationId = 'ani-budi', sender = 'ani') =>
      store.transact((tx) => tx.appendMessage(message(id, conversationId, sender)));

    it('finds an account by id and by name in any case', async () => {
      await store.transact((tx) => tx.saveAccount(person('d', 'Dewi')));
      expect(await store.account('d')).toMatchObject({ username: 'Dewi' });
      expect(await store.accountByName('dEWI')).toMatchObject({ id: 'd' });
      expect(await store.accountByName('constructor')).toBeUndefined();
    });

    it('finds an account by its former name while nobody else has or had it', async () => {
      const renamed = (id: string) => ({ ...person(id, `${id}-new`), formerName: 'Pak Eko' });
      await store.transact(async (tx) => {
        await tx.saveAccount({ ...person('d', 'dewi-2'), formerName: 'ani' });
        await tx.saveAccount(renamed('e'));
        expect(await tx.accountByName('pak eko')).toMatchObject({ id: 'e' });
      });
      expect(await store.accountByName('ani')).toMatchObject({ id: 'ani' });
      expect(await store.accountByName('PAK EKO')).toMatchObject({ id: 'e', username: 'e-new' });
      await store.transact((tx) => tx.saveAccount(renamed('f')));
      expect(await store.accountByName('pak eko')).toBeUndefined();
      const ids = async (name: string) => (await store.accountsByName(name)).map(({ id }) => id);
      expect(await ids('Pak Eko')).toEqual(['e', 'f']);
      expect(await ids('ANI')).toEqual(['ani', 'd']);
      expect(await ids('constructor')).toEqual([]);
    });

    it('makes a conversation of two who are not friends, and keeps it when they become so', async () => {
      const open = () => store.transact((tx) => tx.openDirect('budi', 'ani', 'b-a'));
      expect(await open()).toMatchObject({ id: 'b-a', members: ['ani', 'budi'], befriendedRev: 0 });
      const revision = store.revision();
      expect(await open()).toMatchObject({ id: 'b-a' });
      expect(store.revision()).toBe(revision);
      expect((await store.account('ani'))?.contacts).toEqual([]);
      expect(await befriend('ani', 'budi')).toMatchObject({ id: 'b-a', befriendedRev: revision + 1 });
    });

    it('makes a friendship mutual, once, with one conversation', async () => {
      await befriend('ani', 'budi');
      await store.transact((tx) => tx.befriend('budi', 'ani', 'another'));
      expect((await store.account('ani'))?.contacts).toEqual(['budi']);
      expect((await store.account('budi'))?.contacts).toEqual(['ani']);
      expect((await store.directBetween('budi', 'ani'))?.id).toBe('ani-budi');
      expect(await store.conversationsOf('ani')).toHaveLength(1);
      expect(await store.conversation('another')).toBeUndefined();
    });

    it('ends a friendship on both sides at once, keeps the conversation, and makes it again', async () => {
      await befriend('ani', 'budi');
      await append('m1');
      await store.transact((tx) => tx.unfriend('budi', 'ani'));
      const ended = store.revision();
      expect((await store.account('ani'))?.contacts).toEqual([]);
      expect((await store.account('budi'))?.contacts).toEqual([]);
      const left = await store.conversation('ani-budi');
      expect(left).toMatchObject({ unfriendedRev: ended, rev: ended, lastSeq: 1 });
      expect(store.newestFor('ani')).toBe(ended);
      expect(await store.messages('ani-budi', { limit: 9 })).toHaveLength(1);
      expect(await befriend('ani', 'budi')).toMatchObject({ befriendedRev: ended + 1, unfriendedRev: ended });
      expect((await store.account('ani'))?.contacts).toEqual(['budi']);
      await append('m2');
      expect((await store.conversation('ani-budi'))?.lastSeq).toBe(2);
    });

    it('stamps what a person sees of others, and nothing else of the account', async () => {
      const change = async (some: Partial<Account>) => {
        await store.transact(async (tx) =>
          tx.savePeople({ ...((await tx.account('ani')) as Account), ...some }),
        );
        return store.revision();
      };
      const first = await change({ askedBy: ['budi'] });
      expect(await store.account('ani')).toMatchObject({ askedBy: ['budi'], peopleRev: first });
      expect([store.newestFor('ani'), store.newestFor('budi')]).toEqual([first, 0]);
      await store.transact(async (tx) =>
        tx.saveAccount({ ...((await tx.account('ani')) as Account), tokenVersion: 9 }),
      );
      expect(store.newestFor('ani')).toBe(first);
      expect(await store.account('ani')).toMatchObject({ peopleRev: first, tokenVersion: 9 });
      const second = await change({ blocked: ['cici'] });
      expect(store.newestFor('ani')).toBe(second);
      if (!opened.reopen) return;
      await store.close();
      store = await opened.reopen();
      expect(await store.account('ani')).toMatchObject({
        askedBy: ['budi'],
        blocked: ['cici'],
        peopleRev: second,
      });
      expect(store.newestFor('ani')).toBe(second);
    });

    it('has done with what either asked of the other once they are friends', async () => {
      await store.transact(async (tx) => {
        await tx.savePeople({ ...person('ani'), asked: ['budi', 'cici'] });
        await tx.savePeople({ ...person('budi'), askedBy: ['ani'] });
      });
      await befriend('budi', 'ani');
      const revision = store.revision();
      expect(await store.account('ani')).toMatchObject({
        asked: ['cici'],
        contacts: ['budi'],
        peopleRev: revision,
      });
      expect(await store.account('budi')).toMatchObject({
        askedBy: [],
        contacts: ['ani'],
        peopleRev: revision,
      });
    });

    it('keeps invites until they are used up, and shows a transaction what waits before it', async () => {
      const invite = { id: 'i', hash: 'h', by: 'ani', uses: 2, used: 0, createdAt: 1, expiresAt: 9 };
      const { by: _, ...nobodys } = { ...invite, id: 'n', uses: 1 };
      const use = () =>
        store.transact(async (tx) => {
          const [first] = await tx.invites();
          if (first) await tx.saveInvite({ ...first, used: first.used + 1 });
          return first?.used;
        });
      const again = async () => {
        if (!opened.reopen) return;
        await store.close();
        store = await opened.reopen();
      };
      await store.transact(async (tx) => {
        await tx.saveInvite(invite);
        await tx.saveInvite(nobodys);
        expect(await tx.invites()).toEqual([invite, nobodys]);
        expect(await store.invites()).toEqual([]);
      });
      expect(await store.invites()).toEqual([invite, nobodys]);
      await use();
      expect(await store.invites()).toEqual([{ ...invite, used: 1 }, nobodys]);
      await again();
      expect(await store.invites()).toEqual([{ ...invite, used: 1 }, nobodys]);
      expect(await Promise.all([use(), use(), use()])).toEqual([1, 0, undefined]);
      expect(await store.invites()).toEqual([]);
      await again();
      expect(await store.invites()).toEqual([]);
      expect(store.accountCount()).toBe(3);
    });

    it('changes nothing when a transaction throws', async () => {
      const revision = store.revision();
      const failing = store.transact(async (tx) => {
        await tx.befriend('ani', 'budi', 'x');
        throw new Error('changed my mind');
      });
      await expect(failing).rejects.toThrow('changed my mind');
      expect(store.revision()).toBe(revision);
      expect((await store.account('ani'))?.contacts).toEqual([]);
      expect(await store.conversationsOf('budi')).toEqual([]);
    });

    it('shows a transaction what waits before it, and readers only what is durable', async () => {
      let seen: string[] | undefined;
      const first = store.transact((tx) => tx.befriend('ani', 'budi', 'x'));
      const second = store.transact(async (tx) => {
        seen = (await tx.account('ani'))?.contacts;
        expect((await store.account('ani'))?.contacts).toEqual([]);
      });
      await Promise.all([first, second]);
      expect(seen).toEqual(['budi']);
    });

    it('tells a refusal no sooner than what it was refused for is durable', async () => {
      const order: string[] = [];
      const first = store.transact((tx) => tx.befriend('ani', 'budi', 'x')).then(() => order.push('friends'));
      const second = store
        .transact(async (tx) => {
          if ((await tx.account('ani'))?.contacts.includes('budi')) throw new Error('already');
        })
        .catch(() => order.push('already'));
      await Promise.all([first, second]);
      expect(order).toEqual(['friends', 'already']);
    });

    it('gives seq 1, 2, 3… without holes to concurrent senders', async () => {
      await befriend('ani', 'budi');
      const sent = await Promise.all(Array.from({ length: 60 }, (_, n) => append(`m${n}`)));
      expect(sent.map(({ seq }) => seq).sort((a, b) => a - b)).toEqual(
        Array.from({ length: 60 }, (_, n) => n + 1),
      );
      expect((await store.conversation('ani-budi'))?.lastSeq).toBe(60);
      expect(sent[0]).toMatchObject({ receiverId: 'budi' });
    });

    it('pages messages backwards by seq, oldest first', async () => {
      await befriend('ani', 'budi');
      for (let n = 1; n <= 7; n++) await append(`m${n}`);
      const seqs = async (page: { before?: number; limit: number }) =>
        (await store.messages('ani-budi', page)).map(({ seq }) => seq);
      expect(await seqs({ limit: 3 })).toEqual([5, 6, 7]);
      expect(await seqs({ before: 5, limit: 3 })).toEqual([2, 3, 4]);
      expect(await seqs({ before: 2, limit: 3 })).toEqual([1]);
      expect(await seqs({ before: 1, limit: 3 })).toEqual([]);
      expect(await seqs({ before: 99, limit: 200 })).toHaveLength(7);
    });

    it('tells only members what changed after a revision, in order of change', async () => {
      await befriend('ani', 'budi');
      await befriend('ani', 'cici');
      const since = store.revision();
      await append('m1');
      await append('m2', 'ani-cici');
      await append('m3');
      const ids = async (user: string, limit = 9) =>
        (await store.changedMessages(user, since, { limit }))?.map(({ message: { id } }) => id);
      expect(await ids('ani')).toEqual(['m1', 'm2', 'm3']);
      expect(await ids('ani', 2)).toEqual(['m1', 'm2']);
      expect(await ids('cici')).toEqual(['m2']);
      expect(await store.changedMessages('ani', store.revision(), { limit: 9 })).toEqual([]);
      expect(await store.changedMessages('ani', since, { limit: 2, most: 3 })).toHaveLength(2);
      expect(await store.changedMessages('ani', since, { limit: 2, most: 2 })).toBeUndefined();
      expect(await store.lastSeqAt('ani-budi', since)).toBe(0);
      expect(await store.lastSeqAt('ani-budi', since + 2)).toBe(1);
      expect(await store.lastSeqAt('ani-budi', store.revision())).toBe(2);
      expect([store.newestFor('ani'), store.newestFor('cici')]).toEqual([since + 3, since + 2]);
      expect([store.newestFor('budi'), store.newestFor('dedi')]).toEqual([since + 3, 0]);
    });

    it('puts a changed message in the place of the one before, and tells who follows, once', async () => {
      await befriend('ani', 'budi');
      await append('m1');
      await append('m2');
      const since = store.revision();
      const change = (seq: number, content: string) =>
        store.transact(async (tx) => {
          const row = await tx.message('ani-budi', seq);
          if (!row) throw new Error('not there');
          const changed = await tx.changeMessage({ ...row, content });
          expect(await tx.message('ani-budi', seq)).toEqual(changed);
          expect(await tx.recentMessage('ani-budi', row.id)).toEqual(changed);
          return changed;
        });
      await append('m3');
      const first = await change(1, 'another');
      await change(3, 'of m3');
      const again = await change(1, 'yet another');
      expect([first.rev, first.changedRev, again.changedRev]).toEqual([since - 1, since + 2, since + 4]);
      expect(await store.message('ani-budi', 1)).toEqual(again);
      expect(await store.recentMessage('ani-budi', 'm1')).toEqual(again);
      expect(await store.conversation('ani-budi')).toMatchObject({ lastSeq: 3, rev: since + 4 });
      const changed = async (after: number) =>
        (await store.changedMessages('budi', after, { limit: 9 }))?.map(({ rev, message }) => [
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
      expect(await store.lastSeqAt('ani-budi', since)).toBe(2);
      await expect(change(4, 'of nothing')).rejects.toThrow('not there');
    });

    it(`remembers ${MOST_CHANGES} changes one by one; who is further behind is told so`, async () => {
      await befriend('ani', 'budi');
      for (let n = 0; n <= MOST_CHANGES; n++) await append(`m${n}`);
      const since = store.revision();
      for (let seq = 1; seq <= MOST_CHANGES + 1; seq++) {
        await store.transact(async (tx) => {
          const row = await tx.message('ani-budi', seq);
          if (row) await tx.changeMessage({ ...row, content: '' });
        });
      }
      expect(await store.changedMessages('ani', since, { limit: 999 })).toBeUndefined();
      expect(await store.changedMessages('ani', since + 1, { limit: 999 })).toHaveLength(MOST_CHANGES);
    });

    it('hides a message from one person alone, who is the only one to be told', async () => {
      await befriend('ani', 'budi');
      await append('m1');
      await append('m2');
      const since = store.revision();
      const told: string[][] = [];
      const stop = store.onCommit(({ users }) => told.push([...users]));
      for (const seq of [2, 1]) await store.transact((tx) => tx.hideMessage('ani-budi', 'budi', seq));
      stop();
      expect(told).toEqual([['budi'], ['budi']]);
      expect([store.newestFor('ani'), store.newestFor('budi')]).toEqual([since, since + 2]);
      const look = async () => {
        expect(await store.hiddenOf('ani-budi', 'budi')).toEqual([[1, 2]]);
        expect(await store.hiddenOf('ani-budi', 'ani')).toEqual([]);
        const revs = async (user: string) => (await store.conversationsOf(user)).map(({ rev }) => rev);
        expect([await revs('ani'), await revs('budi')]).toEqual([[since], [since + 2]]);
        const changed = await store.changedMessages('budi', since, { limit: 9 });
        expect(changed?.map(({ rev, message }) => [rev, message.id])).toEqual([
          [since + 1, 'm2'],
          [since + 2, 'm1'],
        ]);
        expect(await store.changedMessages('ani', since, { limit: 9 })).toEqual([]);
      };
      await look();
      if (!opened.reopen) return;
      await store.close();
      store = await opened.reopen();
      await look();
      expect(store.newestFor('budi')).toBe(since + 2);
    });

    it('pages messages forwards too', async () => {
      await befriend('ani', 'budi');
      for (let n = 1; n <= 7; n++) await append(`m${n}`);
      const seqs = async (after: number, limit: number) =>
        (await store.messages('ani-budi', { after, limit })).map(({ seq }) => seq);
      expect(await seqs(0, 3)).toEqual([1, 2, 3]);
      expect(await seqs(5, 9)).toEqual([6, 7]);
      expect(await seqs(7, 9)).toEqual([]);
    });

    it('shows marks at once, never lets them go back, and has them after it was closed', async () => {
      await befriend('ani', 'budi');
      await append('m1');
      const mark = { conversationId: 'ani-budi', userId: 'budi', delivered: 1, read: 0 };
      expect(await store.raiseMark(mark)).toBe(true);
      expect(await store.raiseMark({ ...mark, delivered: 0 })).toBe(false);
      expect(await store.marksOf('ani-budi')).toEqual([mark]);
      expect(await store.raiseMark({ ...mark, delivered: 0, read: 1 })).toBe(true);
      const both = [{ ...mark, read: 1 }];
      expect(await store.marksOf('ani-budi')).toEqual(both);
      expect(await store.raiseMark({ ...mark, conversationId: 'nowhere' })).toBe(false);
      if (!opened.reopen) return;
      await store.close();
      store = await opened.reopen();
      expect(await store.marksOf('ani-budi')).toEqual(both);
    });

    it('keeps what a person says about themselves, tells their contacts what they see of it, and the rest to them', async () => {
      await befriend('ani', 'budi');
      const sealed = { v: 1 as const, kid: 'k1', content: 'sealed name' };
      const picture = { userId: 'ani', id: 'p1', edit: 1, pieces: [sealed, sealed] };
      const named = { edit: 1, texts: { edit: 1, ...sealed }, picture: { id: 'p1', edit: 1 } };
      await store.transact((tx) => tx.saveProfile('ani', named, { isShown: true, picture }));
      const shownRev = store.revision();
      expect(['ani', 'budi', 'cici'].map((id) => store.newestFor(id))).toEqual([shownRev, shownRev, 0]);
      expect(await store.picture('ani')).toEqual(picture);

      const privacy = { lastSeen: 'nobody', typing: 'contacts', readReceipts: false } as const;
      await store.transact((tx) => tx.saveProfile('ani', { ...named, privacy }, { isShown: false }));
      const rev = store.revision();
      expect(['ani', 'budi'].map((id) => store.newestFor(id))).toEqual([rev, shownRev]);
      // What else changes of an account leaves it as it is, and tells nobody.
      await store.transact(async (tx) =>
        tx.saveAccount({ ...((await tx.account('ani')) as Account), tokenVersion: 7 }),
      );
      expect(['ani', 'budi'].map((id) => store.newestFor(id))).toEqual([rev, shownRev]);
      if (opened.reopen) {
        await store.close();
        store = await opened.reopen();
      }
      expect((await store.account('ani'))?.profile).toEqual({ ...named, privacy, rev, shownRev });
      expect(['ani', 'budi', 'cici'].map((id) => store.newestFor(id))).toEqual([rev, shownRev, 0]);
      expect(await store.picture('ani')).toEqual(picture);

      await store.transact((tx) => tx.saveProfile('ani', { edit: 2 }, { isShown: true }));
      expect([await store.picture('ani'), await store.picture('budi')]).toEqual([undefined, undefined]);
    });

    it('knows when people were last there, the latest of each, and after it was closed', async () => {
      const revision = store.revision();
      store.see({ userId: 'ani', at: 120_000 });
      store.see({ userId: 'ani', at: 60_000 });
      store.see({ userId: 'nobody', at: 60_000 });
      expect(['ani', 'budi', 'nobody'].map((id) => store.lastSeen(id))).toEqual([
        120_000,
        undefined,
        undefined,
      ]);
      expect(store.revision()).toBe(revision);
      if (!opened.reopen) return;
      await store.close();
      store = await opened.reopen();
      expect(store.lastSeen('ani')).toBe(120_000);
    });

    it(`finds a repeated id among the newest ${REPEAT_WINDOW}, in its own conversation only`, async () => {
      await befriend('ani', 'budi');
      await befriend('ani', 'cici');
      await append('first');
      expect(await store.recentMessage('ani-budi', 'first')).toMatchObject({ seq: 1 });
      expect(await store.recentMessage('ani-cici', 'first')).toBeUndefined();
      await Promise.all(Array.from({ length: REPEAT_WINDOW }, (_, n) => append(`later${n}`)));
      expect(await store.recentMessage('ani-budi', 'first')).toBeUndefined();
    });

    it('tells each commit once, after it is durable, with the people it touches', async () => {
      const told: { revision: number; users: string[] }[] = [];
      const stop = store.onCommit(({ revision, users }) => told.push({ revision, users: [...users].sort() }));
      await befriend('ani', 'budi');
      await store.transact(async () => 'nothing written');
      await store.transact((tx) => tx.savePeople(person('cici')));
      await store.transact(async (tx) => tx.saveAccount((await tx.account('cici')) as Account));
      stop();
      await befriend('ani', 'cici');
      expect(told).toEqual([
        { revision: 2, users: ['ani', 'budi'] },
        { revision: 3, users: ['cici'] },
        { revision: 4, users: [] },
      ]);
    });
  });
}

/** What a backend does besides, whose rows outlive the process. */
export function durableStoreContract(name: string, open: () => Promise<Required<Opened>>): void {
  storeContract(name, open);
  it(`store contract: ${name} keeps everything over a restart`, async () => {
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
