import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { isDue } from '../src/storage/expiry-queues.ts';
import { openLowdbStore, openMemoryStore } from '../src/storage/lowdb/lowdb-store.ts';
import type { Delta, Message } from '../src/wire/wire.ts';
import { copyOf, startApp, type TestApp } from './support/app.ts';
import { type Client, signUp, signUpFriends } from './support/client.ts';
import { everythingIn } from './support/disk.ts';
import { bytesOf, upload } from './support/uploads.ts';

vi.mock('../src/auth/bcrypt-client.ts', () => import('./support/quick-bcrypt.ts'));

const DAY_S = 86_400;
const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, DAY_S * 1000];

let files: Map<string, Buffer>;
let test: TestApp;
let ani: Client;
let budi: Client;
let conversationId: string;
beforeEach(async () => {
  files = new Map();
  test = await startApp({}, { files });
  await befriend();
});
afterEach(() => test.endPolls());

async function befriend(): Promise<void> {
  [ani, budi] = await signUpFriends(test);
  conversationId = (await test.store.directBetween(ani.id, budi.id))?.id ?? '';
}
const set = (who: Client, after: number) => who.putJson(`/conversations/${conversationId}/expiry`, { after });
const send = async (who: Client, message: string, more: object = {}): Promise<Message> => {
  const answer = await who.post('/chat/send', { senderId: who.id, conversationId, message, ...more });
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return answer.body;
};
const history = async (who: Client): Promise<Message[]> =>
  (await who.get(`/chat/history?myId=${who.id}&conversationId=${conversationId}&limit=200`)).body;
const sync = async (who: Client, cursor?: string): Promise<Delta> =>
  (await who.get('/sync?wait=0', cursor === undefined ? {} : { 'Last-Event-ID': cursor })).body;

it('either friend sets after how long messages expire: a system row and the header say it, and a repeat changes nothing', async () => {
  const { cursor } = await sync(budi);
  expect((await set(ani, DAY_S)).body).toEqual({ conversationId, after: DAY_S });
  const delta = await sync(budi, cursor);
  expect(delta.conversations?.[0]).toMatchObject({ id: conversationId, expireAfterS: DAY_S, unread: 0 });
  expect(delta.messages).toMatchObject([{ senderId: ani.id, event: { type: 'expiry', after: DAY_S } }]);
  const revision = test.store.revision();
  await set(ani, DAY_S);
  expect(test.store.revision()).toBe(revision);
  expect((await set(budi, 0)).status).toBe(200);
  expect((await sync(ani)).conversations?.[0]).not.toHaveProperty('expireAfterS');
  for (const after of [-1, 1, DAY_S + 1, '86400']) expect((await set(ani, after as number)).status).toBe(400);
});

it('in a group those who may change its name set the expiry, and a change of the group keeps it', async () => {
  const group = (await ani.post('/groups', { name: 'Keluarga', memberIds: [budi.id] })).body;
  const path = `/conversations/${group.id}/expiry`;
  expect((await budi.putJson(path, { after: DAY_S })).body.code).toBe('NOT_ALLOWED');
  expect((await ani.putJson(path, { after: 7 * DAY_S })).status).toBe(200);
  await ani.patch(`/groups/${group.id}`, { name: 'Keluarga besar', permissions: { editInfo: 'everyone' } });
  const header = (await sync(budi)).conversations?.find(({ id }) => id === group.id);
  expect(header?.expireAfterS).toBe(7 * DAY_S);
  expect((await budi.putJson(path, { after: 0 })).status).toBe(200);
});

it('a message expires at its time, counted from its sending under the duration of that time, and shows nothing any more', async () => {
  const before = await send(ani, 'tetap ada');
  await set(ani, DAY_S);
  const short = await send(ani, 'rahasia sehari');
  expect(short.expiresAt).toBe(short.timestamp + DAY);
  await set(budi, 7 * DAY_S);
  const long = await send(budi, 'rahasia seminggu', { replyTo: short.seq });
  await set(budi, 0);
  const after = await send(ani, 'tetap juga');
  expect([before, after].map(({ expiresAt }) => expiresAt)).toEqual([undefined, undefined]);

  test.clock.now += DAY - MINUTE;
  expect((await history(budi)).find(({ seq }) => seq === short.seq)).toMatchObject({
    content: 'rahasia sehari',
    expiresAt: short.timestamp + DAY,
  });
  test.clock.now += MINUTE;
  // No sweep has run yet.
  const shown = (await history(budi)).find(({ seq }) => seq === short.seq);
  expect(shown).toEqual({
    ...{ id: short.id, conversationId, seq: short.seq, senderId: ani.id, receiverId: budi.id },
    ...{ content: '', timestamp: short.timestamp, rev: short.rev, expired: true },
  });
  await test.expirySweep.run();
  expect(await test.store.message(conversationId, short.seq)).toMatchObject({ content: '', expired: true });
  expect((await history(budi)).map(({ content }) => content).filter(Boolean)).toEqual([
    ...['tetap ada', 'rahasia seminggu', 'tetap juga'],
  ]);
  test.clock.now += 6 * DAY;
  await test.expirySweep.run();
  expect((await test.store.message(conversationId, long.seq))?.expired).toBe(true);
  const edit = await ani.patch(`/conversations/${conversationId}/messages/${short.seq}`, { message: 'lagi' });
  expect([edit.status, edit.body.code]).toEqual([404, 'NO_SUCH_MESSAGE']);
});

it('a poll expires with its words and votes', async () => {
  const { id } = (await ani.post('/groups', { name: 'Keluarga', memberIds: [budi.id] })).body;
  await ani.putJson(`/conversations/${id}/expiry`, { after: DAY_S });
  const poll = { question: 'Makan apa?', answers: ['Soto', 'Rawon'] };
  const sent = (await ani.post('/chat/send', { senderId: ani.id, conversationId: id, poll })).body;
  const path = `/conversations/${id}/messages/${sent.seq}`;
  expect((await budi.putJson(`${path}/vote`, { choices: [0] })).status).toBe(200);
  test.clock.now += DAY;
  await test.expirySweep.run();
  expect(await test.store.message(id, sent.seq)).toMatchObject({ content: '', expired: true });
  expect(await test.store.message(id, sent.seq)).not.toHaveProperty('poll');
  for (const answer of [
    await budi.putJson(`${path}/vote`, { choices: [1] }),
    await budi.get(`${path}/votes`),
  ])
    expect([answer.status, answer.body.code]).toEqual([404, 'NO_SUCH_MESSAGE']);
});

it('what expired is neither unread nor the newest message of a chat, and the sweep announces the conversation alone', async () => {
  await send(ani, 'tetap ada');
  await set(ani, DAY_S);
  const { cursor } = await sync(budi);
  for (let n = 1; n <= 3; n++) await send(ani, `sebentar ${n}`);
  const delta = await sync(budi, cursor);
  expect(delta.conversations?.[0]?.unread).toBe(4);
  test.clock.now += DAY;
  await test.expirySweep.run();
  const { conversations, messages } = await sync(budi, delta.cursor);
  expect(messages).toBeUndefined();
  expect(conversations?.[0]).toMatchObject({ unread: 1, last: { event: { type: 'expiry' } } });
  expect((await sync(budi)).conversations?.[0]?.unread).toBe(1);
});

it('a repeated send of a message that expired meanwhile succeeds and stores nothing', async () => {
  await set(ani, DAY_S);
  const clientMessageId = crypto.randomUUID();
  await send(ani, 'sekali', { clientMessageId });
  test.clock.now += DAY;
  await test.expirySweep.run();
  const revision = test.store.revision();
  expect(await send(ani, 'sekali', { clientMessageId })).toMatchObject({ content: '', expired: true });
  expect(test.store.revision()).toBe(revision);
});

it('a sweep without anything due writes nothing, and thousands of rows that expire together take one commit a page', async () => {
  await set(ani, DAY_S);
  await test.store.transact(async (tx) => {
    for (let n = 0; n < 1000; n++) {
      const row = {
        id: `m${n}`,
        conversationId,
        senderId: ani.id,
        content: `c${n}`,
        v: 1,
        kid: 'k1',
      } as const;
      await tx.appendMessage({ ...row, timestamp: test.clock.now });
    }
  });
  let revision = test.store.revision();
  for (let n = 0; n < 5; n++) await test.expirySweep.run();
  expect(test.store.revision()).toBe(revision);
  test.clock.now += DAY;
  const { cursor } = await sync(budi);
  await test.expirySweep.run();
  expect(test.store.revision() - revision).toBeLessThan(12);
  expect(
    (await test.store.messages(conversationId, { limit: 2000 })).filter(({ content }) => content),
  ).toEqual([]);
  // The log of changes still reaches back: a client goes on with its cursor.
  expect(await sync(budi, cursor)).not.toHaveProperty('reset');
  revision = test.store.revision();
  await test.expirySweep.run();
  expect(test.store.revision()).toBe(revision);
});

it('the retention of the box empties what is older, in chats whose messages do not expire too, and keeps system rows', async () => {
  test.endPolls();
  test = await startApp({ RETENTION_DAYS: '30' }, { files: new Map() });
  await befriend();
  const group = (await ani.post('/groups', { name: 'Keluarga', memberIds: [budi.id] })).body;
  await send(ani, 'lama');
  await ani.post('/chat/send', { senderId: ani.id, conversationId: group.id, message: 'lama juga' });
  test.clock.now += 29 * DAY;
  await send(ani, 'baru');
  await test.expirySweep.run();
  expect((await history(budi)).map(({ content }) => content)).toEqual(['lama', 'baru']);
  test.clock.now += DAY;
  await test.expirySweep.run();
  const left = await test.store.messages(conversationId, { limit: 9 });
  expect(left.map(({ expired = false }) => expired)).toEqual([true, false]);
  const rows = await test.store.messages(group.id, { limit: 9 });
  expect(rows.map(({ event, expired }) => event?.type ?? expired)).toEqual(['created', true]);
  const revision = test.store.revision();
  await test.expirySweep.run();
  expect(test.store.revision()).toBe(revision);
});

it('an owner changes the retention while the box runs, and everybody can read it', async () => {
  await ani.post('/owner/claim', { code: test.ownerCode });
  expect((await ani.get('/box')).body).not.toHaveProperty('retentionDays');
  expect((await ani.patch('/owner/settings', { retentionDays: 7 })).status).toBe(200);
  expect((await ani.get('/box')).body.retentionDays).toBe(7);
  await send(ani, 'lama');
  test.clock.now += 7 * DAY;
  await test.expirySweep.run();
  expect((await test.store.message(conversationId, 1))?.expired).toBe(true);
});

it('a file of an expired message is gone with its bytes and its quota', async () => {
  await set(ani, DAY_S);
  const file = await upload(ani, conversationId, bytesOf(200_000));
  const sent = await send(ani, '', { attachments: [file.id] });
  expect(await test.store.files.size({ conversationId, id: file.id })).toBeGreaterThan(0);
  test.clock.now += DAY;
  const path = `/conversations/${conversationId}/messages/${sent.seq}/attachments/${file.id}`;
  await test.expirySweep.run();
  expect((await budi.get(path)).status).toBe(404);
  expect(await test.store.files.size({ conversationId, id: file.id })).toBe(0);
  expect(test.store.totalUsage()).toEqual({ bytes: 0, files: 0 });
});

it('before any sweep, what has expired is found, listed, starred, downloaded and forwarded no more', async () => {
  const citra = await signUp(test, 'citra');
  await ani.post('/friends/add', { myId: ani.id, friendUsername: 'citra' });
  await citra.post('/friends/accept', { userId: ani.id });
  const other = (await test.store.directBetween(ani.id, citra.id))?.id ?? '';
  await set(ani, DAY_S);
  const file = await upload(ani, conversationId, bytesOf(200));
  const { seq } = await send(ani, 'rahasia', { attachments: [file.id] });
  await ani.putJson(`/conversations/${conversationId}/messages/${seq}/star`, {});
  const path = `/conversations/${conversationId}/messages/${seq}/attachments/${file.id}`;
  const forward = {
    from: { conversationId, seqs: [seq] },
    to: [{ conversationId: other, clientMessageIds: [crypto.randomUUID()] }],
  };
  const reads = async () => ({
    found: (await ani.get('/search?q=rahasia')).body.hits.length,
    files: (await ani.get(`/conversations/${conversationId}/attachments`)).body.messages.length,
    stars: (await ani.get('/stars')).body.messages.length,
    download: (await ani.get(path)).status,
    address: (await ani.post(`${path}/address`, {})).status,
  });
  expect(await reads()).toEqual({ found: 1, files: 1, stars: 1, download: 200, address: 200 });
  test.clock.now += DAY - MINUTE;
  const { body: signed } = await ani.post(`${path}/address`, {});
  expect((await ani.get(signed.path)).status).toBe(200);
  test.clock.now += MINUTE;
  expect((await test.store.message(conversationId, seq))?.content).not.toBe('');
  expect(await reads()).toEqual({ found: 0, files: 0, stars: 0, download: 404, address: 404 });
  expect((await ani.get(signed.path)).status).toBe(404);
  expect((await ani.post('/chat/forward', forward)).body.code).toBe('NO_SUCH_MESSAGE');
});

it('a box that was off, or a backup that is restored, empties what expired meanwhile with its first sweep', async () => {
  await set(ani, DAY_S);
  const { seq } = await send(ani, 'rahasia');
  await test.store.close();
  const backup = copyOf(files);
  const now = test.clock.now + 8 * DAY;
  test.endPolls();
  test = await startApp({}, { files: backup });
  test.clock.now = now;
  await test.store.close();
  test = await startApp({}, { files: backup });
  expect((await test.store.message(conversationId, seq))?.content).not.toBe('');
  test.clock.now = now;
  await test.expirySweep.start();
  expect(await test.store.message(conversationId, seq)).toMatchObject({ content: '', expired: true });
});

it('after more than a day off, what expired is hidden at once and emptied after six hours, unless the clock is set back', async () => {
  await set(ani, DAY_S);
  const { seq } = await send(ani, 'rahasia');
  await test.store.close();
  const backup = copyOf(files);
  const from = test.clock.now;
  const startAfter = async (ms: number) => {
    test.endPolls();
    const clock = { wall: from + ms, elapsed: 0 };
    const clocks = { elapsed: () => clock.elapsed, asleep: () => 0 };
    const store = await openMemoryStore(() => clock.wall, clocks, copyOf(backup));
    Object.assign(test, await startApp({}, { store }));
    await test.expirySweep.start();
    const run = async (hours: number) => {
      clock.wall += hours * HOUR;
      clock.elapsed += hours * HOUR;
      await test.expirySweep.run();
    };
    const state = async () => {
      const row = await store.message(conversationId, seq);
      return row?.expired ? 'emptied' : row && isDue(row, store.time) ? 'hidden' : 'shown';
    };
    return { clock, run, state };
  };
  const short = await startAfter(DAY);
  expect(await short.state()).toBe('emptied');
  const right = await startAfter(8 * DAY);
  expect(await right.state()).toBe('hidden');
  await right.run(6);
  expect(await right.state()).toBe('emptied');
  const wrong = await startAfter(300 * DAY);
  expect(await wrong.state()).toBe('hidden');
  wrong.clock.wall = from + MINUTE;
  await wrong.run(7);
  expect(await wrong.state()).toBe('shown');
  await wrong.run(17);
  expect(await wrong.state()).toBe('emptied');
});

it('no byte of the data folder holds the ciphertext of an expired message an hour after its time', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bisik-expired-'));
  let now = Date.UTC(2026, 0, 5);
  const alarms: { work: () => void; at: number }[] = [];
  const schedule = (work: () => void, ms: number) => {
    const alarm = { work, at: now + ms };
    alarms.push(alarm);
    return () => void alarms.splice(alarms.indexOf(alarm), 1);
  };
  const store = await openLowdbStore(folder, { now: () => now, elapsed: () => now, schedule });
  test.endPolls();
  test = await startApp({}, { store });
  try {
    await befriend();
    const sealed: string[] = [];
    const keep = async ({ seq }: Message) => {
      sealed.push((await store.message(conversationId, seq))?.content ?? '');
    };
    await send(ani, 'tetap ada');
    await set(ani, DAY_S);
    for (let n = 1; n <= 140; n++) await keep(await send(ani, `rahasia ${n}`));
    // Some are in pages now, and still in the journal too.
    await store.checkpoint('all');
    for (let n = 141; n <= 150; n++) await keep(await send(budi, `rahasia ${n}`));
    const file = await upload(ani, conversationId, bytesOf(5000));
    await keep(await send(ani, 'foto', { attachments: [file.id] }));
    const before = everythingIn(folder);
    expect(sealed.filter((content) => content === '' || !before.includes(content))).toEqual([]);

    now += DAY + 5 * MINUTE;
    await test.expirySweep.run();
    const due = alarms.filter(({ at }) => at <= now - 5 * MINUTE + HOUR);
    expect(due).toHaveLength(1);
    now += 55 * MINUTE;
    due[0]?.work();
    // Resolves after the one that the alarm began.
    await store.checkpoint('all');
    const after = everythingIn(folder);
    expect(sealed.filter((content) => after.includes(content))).toEqual([]);
    expect(after).toContain((await store.message(conversationId, 1))?.content);
  } finally {
    test.endPolls();
    await store.close();
    await rm(folder, { recursive: true });
    test = await startApp({});
  }
});
