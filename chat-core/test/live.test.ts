import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError } from '../src/errors.ts';
import { EXAMPLE } from '../src/wire/examples.ts';
import type { Delta, EditMe, Me } from '../src/wire/wire.ts';
import { startApp, type TestApp } from './support/app.ts';
import { type Client, logIn, signUpFriends } from './support/client.ts';

vi.mock('../src/auth/bcrypt-client.ts', () => import('./support/quick-bcrypt.ts'));

const PICTURE = { type: 'image/png', data: EXAMPLE.png } as const;
let test: TestApp;
let ani: Client;
let budi: Client;
let conversationId: string;
let stopwatch: number;

beforeEach(() => start());

async function start(env: Record<string, string> = {}): Promise<void> {
  stopwatch = 0;
  test = await startApp(env, { stopwatch: () => stopwatch });
  [ani, budi] = await signUpFriends(test);
  conversationId = (await test.store.conversationsOf(ani.id))[0]?.id ?? '';
}

async function poll(person: Client, cursor?: string, query = ''): Promise<Delta | undefined> {
  const { status, body } = await person.get(`/sync${query}`, cursor ? { 'Last-Event-ID': cursor } : {});
  expect([200, 204]).toContain(status);
  return status === 204 ? undefined : body;
}
/** Polls until nothing is new; the clock stands still, so presence does not change by itself. */
async function catchUp(person: Client, from?: string): Promise<string> {
  for (let cursor = from; ; ) {
    const delta = await poll(person, cursor);
    if (!delta && cursor) return cursor;
    cursor = delta?.cursor;
  }
}
/** Both poll until nothing is new, including that the other is online. */
async function catchUpBoth(): Promise<[hers: string, his: string]> {
  const before = await catchUp(budi);
  const hers = await catchUp(ani);
  return [hers, await catchUp(budi, before)];
}
const change = async (person: Client, edit: EditMe): Promise<Me> => {
  const { status, body } = await person.patch('/me', edit);
  expect([status, body.code]).toEqual([200, undefined]);
  return body;
};
const reportTyping = (person: Client) => person.post('/chat/typing', { conversationId });
const send = async (from: Client, to: Client) =>
  (await from.post('/chat/send', { senderId: from.id, receiverId: to.id, message: 'halo' })).body;

it('a long poll is answered with 204 when its time is over, and may be repeated at once', async () => {
  const [hers] = await catchUpBoth();
  const { status, headers } = await ani.get('/sync?wait=1', { 'Last-Event-ID': hers });
  expect(status).toBe(204);
  expect(Number(headers['poll-after-ms'])).toBeLessThan(4000);
});

describe('typing', () => {
  it('a waiting poll reports typing, once in three seconds, until the message comes', async () => {
    const [, his] = await catchUpBoth();
    const held = poll(budi, his, '?wait=25');
    expect((await reportTyping(ani)).status).toBe(200);
    const received = await held;
    expect(received?.typing).toEqual([{ conversationId, userId: ani.id, forMs: 5000 }]);
    expect((await reportTyping(ani)).status).toBe(200);
    expect(await poll(budi, received?.cursor)).toBeUndefined();
    await send(ani, budi);
    const sent = await poll(budi, received?.cursor);
    expect(sent?.typing).toEqual([{ conversationId, userId: ani.id, forMs: 0 }]);
    expect(sent?.messages).toHaveLength(1);
  });

  it('typing writes nothing to the store', async () => {
    const revision = test.store.revision();
    for (let n = 0; n < 9; n++) {
      stopwatch += 3000;
      await reportTyping(ani);
      await poll(budi);
    }
    expect(test.store.revision()).toBe(revision);
  });

  it.each(['/friends/block', '/friends/remove'])('typing is no longer reported after %s', async (path) => {
    await start({ PLAINTEXT_CACHE: 'off' });
    const [, his] = await catchUpBoth();
    await send(ani, budi);
    await reportTyping(ani);
    // The poll has found that Ani types, and decrypts a text while she blocks or removes Budi.
    const opening = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    const { openMany } = test.cipher;
    test.cipher.openMany = async (rows) => {
      opening.resolve();
      await gate.promise;
      return openMany(rows);
    };
    const polled = poll(budi, his);
    await opening.promise;
    expect((await ani.post(path, { userId: budi.id })).status).toBe(200);
    gate.resolve();
    const received = await polled;
    expect([
      received?.typing,
      received?.presence,
      received?.marks?.filter(({ userId }) => userId === ani.id),
    ]).toEqual([undefined, undefined, received?.marks && []]);
    expect((await reportTyping(ani)).status).toBe(403);
    expect((await poll(budi, received?.cursor))?.typing).toBeUndefined();
  });
});

describe('presence', () => {
  it('the presence of all friends comes with the first load, and changes come with a long poll', async () => {
    const first = await poll(ani);
    expect(first?.presence).toEqual([{ userId: budi.id, online: false }]);
    const held = poll(ani, await catchUp(ani, first?.cursor), '?wait=25');
    await poll(budi);
    expect((await held)?.presence).toEqual([{ userId: budi.id, online: true }]);
    expect((await poll(ani))?.presence).toEqual([{ userId: budi.id, online: true }]);
  });

  it('the presence of a new friend comes with the friend', async () => {
    await ani.post('/friends/remove', { userId: budi.id });
    await poll(budi);
    // After a removal the other person agrees.
    await ani.post('/friends/add', { myId: ani.id, friendUsername: 'budi' });
    const cursor = await catchUp(ani);
    await budi.post('/friends/add', { myId: budi.id, friendUsername: 'ani' });
    expect((await poll(ani, cursor))?.presence).toEqual([{ userId: budi.id, online: true }]);
  });
});

describe('receipts', () => {
  it('receipts of what reached a person are not sent back to that person', async () => {
    await send(budi, ani);
    const first = await poll(ani);
    expect(first?.conversations).toHaveLength(1);
    expect(await poll(ani, first?.cursor)).toBeUndefined();
    await reportTyping(budi);
    const received = await poll(ani, first?.cursor);
    expect(received?.typing).toHaveLength(1);
    expect([received?.conversations, received?.marks]).toEqual([undefined, undefined]);
  });

  const markOf = (delta: Delta | undefined, { id }: Client) =>
    delta?.marks?.find(({ userId }) => userId === id);

  it.each(['ani', 'budi'])(
    'read receipts that %s switched off hide what was read, both ways, and not what was delivered',
    async (who) => {
      await change(who === 'ani' ? ani : budi, { privacy: { readReceipts: false } });
      const [hers, his] = await catchUpBoth();
      const { seq } = await send(ani, budi);
      const got = await catchUp(budi, his);
      const arrived = await poll(ani, hers);
      expect(markOf(arrived, budi)).toMatchObject({ delivered: seq, read: 0 });
      const now = await catchUp(ani, arrived?.cursor);
      await budi.post('/chat/read', { conversationId, seq });
      // Not even an empty change arrives.
      expect(await poll(ani, now)).toBeUndefined();
      expect(markOf(await poll(ani), budi)).toMatchObject({ delivered: seq, read: 0 });
      // The reader's own devices get it all the same.
      expect(markOf(await poll(budi, got), budi)).toMatchObject({ read: seq });
    },
  );

  it('receipts that are switched on again show what was read in between', async () => {
    await change(budi, { privacy: { readReceipts: false } });
    const { seq } = await send(ani, budi);
    await budi.post('/chat/read', { conversationId, seq });
    const now = await catchUp(ani);
    await change(budi, { privacy: { readReceipts: true } });
    expect(markOf(await poll(ani, now), budi)).toMatchObject({ read: seq });
  });
});

describe('a profile', () => {
  it('a changed profile reaches the person and their friends by the poll, and no one else', async () => {
    const tablet = await logIn(test, 'ani');
    const [hers, his] = await catchUpBoth();
    const held = poll(budi, his, '?wait=25');
    const me = await change(ani, { displayName: 'Ani W.', about: 'Di kebun', picture: PICTURE });
    expect(me).toMatchObject({ username: 'ani', displayName: 'Ani W.', about: 'Di kebun' });
    const shown = {
      id: ani.id,
      username: 'ani',
      displayName: 'Ani W.',
      about: 'Di kebun',
      pictureId: me.pictureId,
    };
    expect((await held)?.friends).toEqual([shown]);
    expect((await poll(tablet, hers))?.me).toEqual(me);
    expect((await poll(budi))?.conversations?.[0]).toMatchObject({
      members: expect.arrayContaining([shown]),
    });
    const picture = await budi.get(`/people/${ani.id}/picture`);
    expect([picture.status, picture.body]).toEqual([200, { id: me.pictureId, ...PICTURE }]);
    expect((await budi.get(`/friends/${budi.id}`)).body).toEqual([shown]);
    await budi.post('/friends/remove', { userId: ani.id });
    expect((await poll(budi))?.conversations?.[0]).toMatchObject({
      members: expect.arrayContaining([{ id: ani.id, username: 'ani' }]),
    });
    expect((await budi.get(`/people/${ani.id}/picture`)).status).toBe(404);
  });

  it('a profile changes part by part, and an edit without a change writes nothing', async () => {
    const { pictureId, ...first } = await change(ani, {
      displayName: 'Ani',
      about: 'Di kebun',
      picture: PICTURE,
    });
    expect(await change(ani, { about: '' })).toMatchObject({ displayName: 'Ani', pictureId });
    expect(await change(ani, { picture: null })).not.toHaveProperty('pictureId');
    expect(await change(ani, { about: 'Di kebun' })).toEqual(first);
    const revision = test.store.revision();
    await change(ani, { displayName: ' Ani ', privacy: first.privacy, picture: null });
    expect(test.store.revision()).toBe(revision);
  });

  it('two concurrent edits of a profile both last', async () => {
    const tablet = await logIn(test, 'ani');
    await Promise.all([
      change(ani, { displayName: 'Ani' }),
      change(tablet, { about: 'Di kebun' }),
      change(ani, { privacy: { typing: 'nobody' } }),
      change(tablet, { picture: PICTURE }),
    ]);
    const { body } = await ani.patch('/me', {});
    expect(body).toMatchObject({ displayName: 'Ani', about: 'Di kebun', privacy: { typing: 'nobody' } });
    expect((await ani.get(`/people/${ani.id}/picture`)).body).toEqual({ id: body.pictureId, ...PICTURE });
  });

  it('an edit of a profile is refused as a whole while the cipher is unavailable, and privacy settings need none', async () => {
    await change(ani, { displayName: 'Ani' });
    const revision = test.store.revision();
    test.cipher.failure = new ApiError('CIPHER_UNAVAILABLE');
    const refused = await ani.patch('/me', { about: 'Di kebun', privacy: { typing: 'nobody' } });
    expect([refused.status, test.store.revision()]).toEqual([503, revision]);
    expect(await change(ani, { privacy: { typing: 'nobody' } })).toMatchObject({ displayName: 'Ani' });
    test.cipher.failure = undefined;
    expect((await poll(ani))?.me).toMatchObject({ displayName: 'Ani', privacy: { typing: 'nobody' } });
  });

  it('a profile is never readable on the disk', async () => {
    await change(ani, { displayName: 'Rahasia Ani', about: 'di kebun rahasia', picture: PICTURE });
    const stored = JSON.stringify([await test.store.account(ani.id), await test.store.picture(ani.id)]);
    expect(stored).not.toContain('rahasia');
    expect(stored).not.toContain('Rahasia');
    expect(stored).not.toContain(EXAMPLE.png);
  });
});
