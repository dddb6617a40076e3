import { randomUUID } from 'node:crypto';
import { request as rawRequest } from 'node:http';
import type { Response } from 'supertest';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { messageBinding } from '../src/cipher/binding.ts';
import { ApiError } from '../src/errors.ts';
import { RecentTexts } from '../src/search/recent-texts.ts';
import { Searches } from '../src/search/search.ts';
import type { Store, StoredMessage } from '../src/storage/store.ts';
import type { Id, SearchPage } from '../src/wire/wire.ts';
import { startApp, type TestApp } from './support/app.ts';
import { PNG, storeMessageWith } from './support/attachments.ts';
import { type Client, signUp, signUpFriends } from './support/client.ts';
import { listen } from './support/listen.ts';

vi.mock('../src/auth/bcrypt-client.ts', () => import('./support/quick-bcrypt.ts'));

let test: TestApp;
let ani: Client;
let budi: Client;
let conversationId: Id;
const range = (length: number) => Array.from({ length }, (_, n) => n);

beforeEach(async () => {
  test = await startApp();
  [ani, budi] = await signUpFriends(test);
  conversationId = (await test.store.conversationsOf(ani.id))[0]?.id ?? '';
});

async function done(answer: Promise<Response>): Promise<Response> {
  const response = await answer;
  expect([response.status, response.body]).toMatchObject([200, {}]);
  return response;
}
const send = (who: Client, message: string, to = conversationId) =>
  done(who.post('/chat/send', { senderId: who.id, conversationId: to, message }));

async function search(who: Client, q: string, more: Record<string, string> = {}): Promise<SearchPage> {
  return (await done(who.get(`/search?${new URLSearchParams({ q, ...more })}`))).body;
}
const found = async (who: Client, q: string, more: Record<string, string> = {}) =>
  (await search(who, q, more)).hits.map(({ content }) => content);

async function befriend(one: Client, other: Client): Promise<Id> {
  await one.post('/friends/add', { myId: one.id, friendUsername: other.username });
  await other.post('/friends/accept', { userId: one.id });
  return (await test.store.directBetween(one.id, other.id))?.id ?? '';
}

async function createGroup(newcomersRead: 'all' | 'none' = 'all', ...members: Client[]): Promise<Id> {
  const memberIds = members.map(({ id }) => id);
  const { body } = await done(ani.post('/groups', { name: 'Keluarga', memberIds, newcomersRead }));
  return body.id;
}

/** Stores many messages in one commit each hundred, faster than sends. */
async function fill(id: Id, texts: string[], commitSize = 100): Promise<void> {
  const rows: Omit<StoredMessage, 'seq' | 'rev' | 'receiverId'>[] = [];
  for (const text of texts) {
    const message = { id: randomUUID(), conversationId: id, senderId: budi.id, timestamp: test.clock.now };
    rows.push({ ...message, ...(await test.cipher.seal(text, messageBinding(message))) });
  }
  while (rows.length > 0) {
    const batch = rows.splice(0, commitSize);
    await test.store.transact(async (tx) => {
      for (const row of batch) await tx.appendMessage(row);
    });
  }
}

/** Counts the texts that are opened from now on. */
function countOpened(): { rows: number } {
  const { openMany } = test.cipher;
  const opened = { rows: 0 };
  test.cipher.openMany = async (rows, requester) => {
    opened.rows += rows.length;
    return openMany(rows, requester);
  };
  return opened;
}

describe('searching messages', () => {
  it('finds messages by the beginnings of their words, newest first, in one conversation or all', async () => {
    const citra = await signUp(test, 'citra');
    const other = await befriend(ani, citra);
    await send(ani, 'Besok masak nasi goreng?');
    await send(citra, 'NASI uduk enak', other);
    await send(budi, 'boleh, dengan kopi');
    await send(budi, 'nasí lagi');
    expect(await found(ani, 'nas')).toEqual(['nasí lagi', 'NASI uduk enak', 'Besok masak nasi goreng?']);
    expect(await found(ani, 'nasi', { conversationId })).toEqual(['nasí lagi', 'Besok masak nasi goreng?']);
    expect(await found(ani, 'goreng nasi')).toEqual(['Besok masak nasi goreng?']);
    expect(await found(budi, 'nasi')).not.toContain('NASI uduk enak');
    expect(await found(ani, 'oreng')).toEqual([]);
    const { hits } = await search(ani, 'uduk');
    expect(hits).toMatchObject([{ conversationId: other, seq: 1, senderId: citra.id }]);
  });

  it('finds files by their names', async () => {
    const pdf = { bytes: PNG, name: 'Jadwal-Piket.pdf', type: 'application/pdf' };
    await storeMessageWith(test, { conversationId, senderId: ani.id }, [pdf], 'ini ya');
    expect((await search(budi, 'piket')).hits[0]?.attachments).toMatchObject([{ name: 'Jadwal-Piket.pdf' }]);
    expect(await found(budi, 'ini jadwal')).toEqual(['ini ya']);
  });

  it('never finds what is deleted, hidden, edited away, from before joining or of a group that was left', async () => {
    await send(budi, 'rahasia satu');
    await send(budi, 'rahasia dua');
    await send(budi, 'rahasia tiga');
    await send(budi, 'rahasia empat');
    await done(budi.delete(`/conversations/${conversationId}/messages/1?for=everyone`));
    await done(ani.delete(`/conversations/${conversationId}/messages/2?for=me`));
    await done(budi.patch(`/conversations/${conversationId}/messages/3`, { message: 'terbuka' }));
    expect(await found(ani, 'rahasia')).toEqual(['rahasia empat']);
    expect(await found(budi, 'rahasia')).toEqual(['rahasia empat', 'rahasia dua']);
    const citra = await signUp(test, 'citra');
    await befriend(ani, citra);
    const group = await createGroup('none', budi);
    await send(ani, 'rahasia lama', group);
    await done(ani.post(`/groups/${group}/members`, { userIds: [citra.id] }));
    await send(ani, 'rahasia baru', group);
    expect(await found(citra, 'rahasia')).toEqual(['rahasia baru']);
    await done(ani.delete(`/groups/${group}/members/${citra.id}`));
    expect(await found(citra, 'rahasia')).toEqual([]);
    expect((await citra.get(`/search?q=rahasia&conversationId=${group}`)).body.code).toBe('NOT_MEMBER');
    const mallory = await signUp(test, 'mallory');
    expect(await found(mallory, 'rahasia')).toEqual([]);
    expect((await mallory.get(`/search?q=rahasia&conversationId=${conversationId}`)).status).toBe(403);
  });

  it('a block and the end of a friendship leave what was written readable and found', async () => {
    await send(budi, 'sebelum blokir');
    await done(ani.post('/friends/block', { userId: budi.id }));
    expect(await found(ani, 'blokir')).toEqual(['sebelum blokir']);
    expect(await found(budi, 'blokir')).toEqual(['sebelum blokir']);
  });

  it('finds the rows of an import once it is done', async () => {
    const id = randomUUID();
    await done(ani.post('/imports', { conversationId: id, source: 'telegram', name: 'Keluarga 2019' }));
    const rows = [{ at: Date.UTC(2019, 0, 1), name: 'Bu Sari', text: 'arisan di rumah' }];
    await done(ani.post(`/imports/${id}/rows`, { from: 0, rows }));
    expect(await found(ani, 'arisan')).toEqual([]);
    await done(ani.post(`/imports/${id}/done`, { rows: 1 }));
    expect(await found(ani, 'arisan')).toEqual(['arisan di rumah']);
  });

  it('a query without a letter, digit or symbol, and a broken cursor, are refused', async () => {
    expect((await ani.get('/search?q=%3F!')).body.code).toBe('INVALID_REQUEST');
    expect((await ani.get('/search?q=')).body.code).toBe('INVALID_REQUEST');
    expect((await ani.get(`/search?q=a&before=1.2`)).body.code).toBe('INVALID_CURSOR');
  });

  it('a search while cipher-service is away is CIPHER_UNAVAILABLE', async () => {
    await send(budi, 'halo');
    test.cipher.failure = new ApiError('CIPHER_UNAVAILABLE');
    expect((await ani.get('/search?q=halo')).body.code).toBe('CIPHER_UNAVAILABLE');
  });

  it('writes nothing', async () => {
    for (const n of range(5)) await send(budi, `halo ${n}`);
    const revision = test.store.revision();
    expect(await found(ani, 'halo')).toHaveLength(5);
    expect(test.store.revision()).toBe(revision);
  });
});

describe('pages of a search', () => {
  it('follow each other without a gap or a repeat, also when messages come in between', async () => {
    const citra = await signUp(test, 'citra');
    const other = await befriend(ani, citra);
    const group = await createGroup('all', budi);
    for (const n of range(4)) {
      await fill(
        conversationId,
        range(60).map((m) => `kopi a${n}-${m}`),
        7,
      );
      await fill(
        other,
        range(30).map((m) => `kopi b${n}-${m}`),
        30,
      );
      await fill(
        group,
        range(45).map((m) => (m % 3 === 0 ? `kopi c${n}-${m}` : 'teh')),
        4,
      );
    }
    const contents: string[] = [];
    let before: string | undefined;
    do {
      const page = await search(ani, 'kopi', before === undefined ? {} : { before });
      expect(page.hits.length).toBeLessThanOrEqual(20);
      contents.push(...page.hits.map(({ content }) => content));
      before = page.before;
      await send(budi, 'kopi baru');
    } while (before !== undefined);
    expect(contents).toHaveLength(4 * (60 + 30 + 15));
    expect(new Set(contents).size).toBe(contents.length);
    expect(contents).not.toContain('kopi baru');
  });

  it('that end early for their cost continue where they ended, and find the same as one scan', async () => {
    const citra = await signUp(test, 'citra');
    const ids = [conversationId, await befriend(ani, citra), await createGroup('all', budi)];
    let n = 0;
    for (const _ of range(6)) {
      for (const id of ids) {
        const texts = range(50 + 40 * ids.indexOf(id)).map(() =>
          ++n % 97 === 0 ? `langka ${n}` : `biasa ${n}`,
        );
        await fill(id, texts, 1 + (n % 40));
      }
    }
    const signal = new AbortController().signal;
    const recent = new RecentTexts();
    const all = async (
      limits: { hits: number; rows: number; ms: number },
      isResumed: boolean,
      texts?: RecentTexts,
    ) => {
      let lookups = 0;
      const store = {
        ...test.store,
        lastSeqAt: (...about: Parameters<Store['lastSeqAt']>) => {
          lookups += 1;
          return test.store.lastSeqAt(...about);
        },
      };
      const deps = { store, cipher: test.cipher, limits, texts };
      let searches = new Searches(deps);
      const [contents, pages] = [[] as string[], [] as SearchPage[]];
      for (let before: string | undefined; ; ) {
        if (!isResumed) searches = new Searches(deps);
        const page = await searches.search(ani.id, { q: 'langka', before }, signal);
        contents.push(...page.hits.map(({ content }) => content));
        pages.push(page);
        before = page.before;
        if (before === undefined) return { contents, pages, lookups };
      }
    };
    const { contents: expected } = await all({ hits: 999, rows: 1e6, ms: 1e6 }, true);
    expect(expected).toHaveLength(Math.floor(n / 97));
    for (const isResumed of [true, false]) {
      for (const rows of [1, 130, 300]) {
        const { contents, pages, lookups } = await all({ hits: 3, rows, ms: 1e6 }, isResumed);
        expect(contents).toEqual(expected);
        // Where each conversation goes on is looked for in its pages only when it is not known.
        expect(lookups === 0).toBe(isResumed);
        expect(pages.length).toBeGreaterThan(4);
      }
      expect((await all({ hits: 3, rows: 1e6, ms: 0 }, isResumed)).contents).toEqual(expected);
      for (const rows of [1, 300])
        expect((await all({ hits: 3, rows, ms: 1e6 }, isResumed, recent)).contents).toEqual(expected);
    }
    expect(recent.size()).toBeGreaterThan(10 * n);
    recent.close();
  });
});

describe('the cost of a search', () => {
  it('a client that goes away ends its search, and the next one of that person runs', async () => {
    await fill(
      conversationId,
      range(600).map((n) => `biasa ${n}`),
    );
    const { port, stop } = await listen(test.app);
    const { openMany } = test.cipher;
    const gate = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    let opened = 0;
    test.cipher.openMany = async (rows, requester) => {
      opened += rows.length;
      asked.resolve();
      await gate.promise;
      return openMany(rows, requester);
    };
    const headers = { Authorization: `Bearer ${ani.token}` };
    const going = rawRequest({ port, path: '/search?q=langka', headers });
    going.on('error', () => {});
    going.end();
    await asked.promise;
    going.destroy();
    const next = found(ani, 'biasa 599');
    gate.resolve();
    expect(await next).toEqual(['biasa 599']);
    // The first search opened three pages at once and no more; the second had its hit among the first.
    expect(opened).toBeLessThanOrEqual(3 * 128 + 600 + 1);
    await stop();
  });

  it('that is repeated opens its hits alone, and finds what has been sent, edited and deleted since', async () => {
    const count = 400;
    await fill(
      conversationId,
      range(count).map((n) => `kopi ${n}`),
    );
    await send(budi, 'teh manis');
    const opened = countOpened();
    expect(await found(ani, 'langka')).toEqual([]);
    expect(opened.rows).toBe(count + 1);
    opened.rows = 0;
    expect(await found(ani, 'kopi 77')).toEqual(['kopi 77']);
    expect(await found(ani, 'teh')).toEqual(['teh manis']);
    expect(opened.rows).toBe(2);
    await send(budi, 'kopi 77 lagi');
    await done(
      budi.patch(`/conversations/${conversationId}/messages/${count + 1}`, { message: 'kopi 77 susu' }),
    );
    expect(await found(ani, 'kopi 77')).toEqual(['kopi 77 lagi', 'kopi 77 susu', 'kopi 77']);
    expect(await found(ani, 'teh')).toEqual([]);
    await done(ani.delete(`/conversations/${conversationId}/messages/78?for=me`));
    await done(budi.delete(`/conversations/${conversationId}/messages/${count + 2}?for=everyone`));
    expect(await found(ani, 'kopi 77')).toEqual(['kopi 77 susu']);
    expect(await found(budi, 'kopi 77')).toEqual(['kopi 77 susu', 'kopi 77']);
  });

  it('keeps no text in memory with PLAINTEXT_CACHE=off', async () => {
    test = await startApp({ PLAINTEXT_CACHE: 'off' });
    [ani, budi] = await signUpFriends(test);
    conversationId = (await test.store.conversationsOf(ani.id))[0]?.id ?? '';
    await send(budi, 'kopi tubruk');
    expect(await found(ani, 'langka')).toEqual([]);
    const opened = countOpened();
    expect(await found(ani, 'langka')).toEqual([]);
    expect(opened.rows).toBe(1);
  });

  it('does not use up what a person may read, and has a limit of its own', async () => {
    test = await startApp({ RATE_LIMITS: 'reads=100/10,searches=3/60' });
    [ani, budi] = await signUpFriends(test);
    conversationId = (await test.store.conversationsOf(ani.id))[0]?.id ?? '';
    await fill(
      conversationId,
      range(500).map((n) => `biasa ${n}`),
    );
    for (const _ of range(3)) expect(await found(ani, 'langka')).toEqual([]);
    expect((await ani.get('/search?q=langka')).body.code).toBe('TOO_MANY_REQUESTS');
    expect((await ani.get(`/chat/history?myId=${ani.id}&conversationId=${conversationId}`)).status).toBe(200);
  });
});
