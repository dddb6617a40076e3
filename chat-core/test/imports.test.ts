import { randomUUID } from 'node:crypto';
import { beforeEach, expect, test, vi } from 'vitest';
import type { ImportRow, Message } from '../src/wire/wire.ts';
import { type Files, startApp, type TestApp } from './support/app.ts';
import { type Client, logIn, signUp } from './support/client.ts';
import { befriend, createGroup, groupIn, poll, send } from './support/groups.ts';
import { bytesOf, upload } from './support/uploads.ts';

vi.mock('../src/auth/bcrypt-client.ts', () => import('./support/quick-bcrypt.ts'));

const START = Date.UTC(2019, 0, 1);
const files: Files = new Map();
let app: TestApp;
let ani: Client;
let budi: Client;
let citra: Client;
let id: string;
beforeEach(async () => {
  files.clear();
  app = await startApp({}, { files });
  ani = await signUp(app, 'ani');
  budi = await signUp(app, 'budi');
  citra = await signUp(app, 'citra');
  await befriend(ani, budi);
  id = randomUUID();
});

const begin = (by = ani, conversationId = id, more = {}) =>
  by.post('/imports', { conversationId, source: 'whatsapp', name: 'Keluarga 2019', ...more });
const rowsOf = (count: number, from = 0): ImportRow[] =>
  Array.from({ length: count }, (_, n) => ({
    at: START + (from + n) * 60_000,
    name: n % 2 ? 'Pak Budi' : 'Bu Sari',
    text: `baris ${from + n}`,
  }));
const append = (rows: ImportRow[], from = 0, by = ani) => by.post(`/imports/${id}/rows`, { from, rows });
const finish = (rows: number, by = ani) => by.post(`/imports/${id}/done`, { rows });
async function importAll(count: number): Promise<void> {
  await begin();
  for (let from = 0; from < count; from += 200) await append(rowsOf(Math.min(200, count - from), from), from);
  expect((await finish(count)).body).toEqual({ conversationId: id, rows: count });
}
async function read(by: Client, query = ''): Promise<Message[]> {
  return (await by.get(`/chat/history?myId=${by.id}&conversationId=${id}${query}`)).body;
}

test('an archive shows rows with the names and dates of the other app, and its own mark', async () => {
  expect((await begin()).body).toEqual({ conversationId: id, rows: 0 });
  const rows: ImportRow[] = [
    { at: START, name: 'Bu Sari', text: 'Selamat pagi\nsemua' },
    { at: START + 1, text: 'Budi bergabung lewat tautan' },
    { at: START - 1000, name: 'Pak  Budi\n', userId: budi.id, text: 'Pagi', replyTo: 0 },
  ];
  expect((await append(rows)).body).toEqual({ conversationId: id, rows: 3 });
  await finish(3);
  expect(await read(ani)).toMatchObject([
    {
      seq: 1,
      content: 'Selamat pagi\nsemua',
      timestamp: START,
      imported: { source: 'whatsapp', name: 'Bu Sari' },
    },
    { seq: 2, content: 'Budi bergabung lewat tautan', imported: { source: 'whatsapp' } },
    { seq: 3, timestamp: START - 1000, replyTo: 1, imported: { name: 'Pak Budi', userId: budi.id } },
  ]);
});

test('an import is in no poll until it is done, and then shows as one chat without unread messages', async () => {
  const { cursor } = await poll(ani);
  await begin();
  const after = (await poll(ani, cursor)).cursor ?? cursor;
  for (let from = 0; from < 1400; from += 200) {
    await append(rowsOf(200, from), from);
    expect(await poll(ani, after)).toEqual({});
  }
  await send(budi, (await app.store.directBetween(ani.id, budi.id))?.id ?? '', 'hai');
  const during = await poll(ani, after);
  expect([during.reset, during.messages?.length, groupIn(during, id)]).toEqual([undefined, 1, undefined]);
  await finish(1400);
  const done = await poll(ani, during.cursor);
  expect(done.reset).toBeUndefined();
  expect(done.messages).toBeUndefined();
  expect(groupIn(done, id)).toMatchObject({
    lastSeq: 1400,
    unread: 0,
    last: { content: 'baris 1399', timestamp: START + 1399 * 60_000 },
    group: { name: 'Keluarga 2019', archive: { source: 'whatsapp' } },
  });
  expect(await poll(ani, done.cursor)).toEqual({});
});

test('a batch that is sent again after a lost answer stores nothing twice, and one of another chat is refused', async () => {
  await begin();
  await append(rowsOf(150));
  const revision = app.store.revision();
  expect((await append(rowsOf(150))).body.rows).toBe(150);
  expect(app.store.revision()).toBe(revision);
  // Half of it was stored.
  expect((await append(rowsOf(200, 100), 100)).body.rows).toBe(300);
  const other = rowsOf(10, 290).map((row) => ({ ...row, text: 'lain' }));
  expect((await append(other, 290)).body.code).toBe('IMPORT_CHANGED');
  expect((await append(rowsOf(1, 301), 301)).body.code).toBe('WRONG_ROW');
  expect((await finish(299)).body.code).toBe('WRONG_ROW');
  expect((await finish(300)).status).toBe(200);
  expect((await append(rowsOf(10, 290), 290)).body.rows).toBe(300);
  expect((await append(rowsOf(1, 300), 300)).body.code).toBe('IMPORT_DONE');
});

test('two requests with the same rows at once store them once', async () => {
  await begin();
  const answers = await Promise.all([append(rowsOf(200)), append(rowsOf(200))]);
  expect(answers.map(({ body }) => body.rows)).toEqual([200, 200]);
  await finish(200);
  expect(await read(ani, '&limit=200')).toHaveLength(200);
});

test('an import goes on where it was after a restart of the box', async () => {
  await begin();
  await append(rowsOf(130));
  await app.store.close();
  Object.assign(app, await startApp({}, { files }));
  const again = await logIn(app, 'ani');
  expect((await again.get('/imports')).body).toEqual([
    { conversationId: id, source: 'whatsapp', name: 'Keluarga 2019', rows: 130 },
  ]);
  expect((await begin(again)).body.rows).toBe(130);
  expect((await append(rowsOf(90, 110), 110, again)).body.rows).toBe(200);
  expect((await finish(200, again)).status).toBe(200);
  expect((await again.get('/imports')).body).toEqual([]);
});

test('the archive of another person is refused, as is a group that is none', async () => {
  await begin();
  expect((await begin(budi)).body.code).toBe('INVALID_REQUEST');
  expect((await append(rowsOf(1), 0, budi)).body.code).toBe('NOT_MEMBER');
  expect((await finish(0, budi)).body.code).toBe('INVALID_REQUEST');
  id = await createGroup(ani, [budi]);
  expect((await append(rowsOf(1))).body.code).toBe('NOT_ALLOWED');
});

test('a person imports one chat at a time, and cancelling deletes the archive', async () => {
  await begin();
  await append(rowsOf(5));
  expect((await begin(ani, randomUUID())).body.code).toBe('IMPORT_OPEN');
  expect((await ani.delete(`/groups/${id}`)).status).toBe(200);
  expect((await read(ani)) as unknown).toMatchObject({ code: 'NOT_MEMBER' });
  expect((await begin(ani, randomUUID())).body.rows).toBe(0);
});

test('an archive can only be read, also by its owner, and grows by no message', async () => {
  await begin();
  await append(rowsOf(3));
  // While it is filled, nothing may come between its rows.
  expect((await ani.patch(`/groups/${id}`, { name: 'Lain' })).body.code).toBe('NOT_ALLOWED');
  expect((await ani.post(`/groups/${id}/links`, {})).body.code).toBe('NOT_ALLOWED');
  await finish(3);
  expect((await send(ani, id, 'hai')).body.code).toBe('NOT_ALLOWED');
  expect((await ani.post(`/groups/${id}/members`, { userIds: [budi.id] })).body.code).toBe('NOT_ALLOWED');
  const edit = await ani.patch(`/conversations/${id}/messages/1`, { message: 'lain' });
  expect(edit.body.code).toBe('NOT_ALLOWED');
  expect(
    (
      await ani.post('/attachments', {
        id: randomUUID(),
        conversationId: id,
        name: 'a.pdf',
        type: 'application/pdf',
        size: 5,
      })
    ).body.code,
  ).toBe('NOT_ALLOWED');
});

test('who uses the link of an archive reads it all, has nothing unread, and may leave', async () => {
  await importAll(1200);
  const before = await poll(citra);
  const { code } = (await ani.post(`/groups/${id}/links`, {})).body;
  expect((await citra.post('/groups/join', { code })).body.status).toBe('joined');
  const delta = await poll(citra, before.cursor);
  expect(delta.reset).toBeUndefined();
  expect(groupIn(delta, id)).toMatchObject({ unread: 0, lastSeq: 1201 });
  expect(delta.messages?.map(({ event }) => event?.type)).toEqual(['joined']);
  expect((await read(citra, '&before=2'))[0]).toMatchObject({ content: 'baris 0' });
  expect((await citra.delete(`/groups/${id}/members/${citra.id}`)).status).toBe(200);
  expect((await read(citra)) as unknown).toMatchObject({ code: 'NOT_MEMBER' });
});

test('files of an archive count for the importer, and one beyond the quota is refused', async () => {
  await app.store.close();
  app = await startApp({ MAX_FILE_MB: '1', QUOTA_PERSON_MB: '1' }, { files });
  ani = await logIn(app, 'ani');
  await begin();
  const photo = await upload(ani, id, bytesOf(600 * 1024), { type: 'application/octet-stream' });
  const row = { at: START, name: 'Bu Sari', text: '', attachments: [photo.id] };
  expect((await append([row])).body.rows).toBe(1);
  expect((await append([row])).body.rows).toBe(1);
  await expect(upload(ani, id, bytesOf(600 * 1024))).rejects.toThrow('QUOTA_EXCEEDED');
  await finish(1);
  expect((await read(ani))[0]).toMatchObject({ content: '', attachments: [{ id: photo.id }] });
});

test('rows without text, of strangers or that answer later rows are refused as a whole', async () => {
  await begin();
  const bad: [ImportRow, string][] = [
    [{ at: START, name: 'Bu Sari', text: ' ' }, 'INVALID_MESSAGE'],
    [{ at: START, name: 'Citra', userId: citra.id, text: 'hai' }, 'INVALID_REQUEST'],
    [{ at: START, text: 'hai', replyTo: 1 }, 'INVALID_REQUEST'],
    [{ at: START, text: '', attachments: [randomUUID()] }, 'NO_SUCH_FILE'],
  ];
  for (const [row, code] of bad) expect((await append([...rowsOf(1), row])).body.code).toBe(code);
  expect((await ani.get('/imports')).body[0].rows).toBe(0);
});

test('a row that is dated days ahead gets the time of its import, and a repeat of it stores nothing', async () => {
  await begin();
  const before = app.store.time.wall();
  const ahead = { at: before + 3 * 24 * 3600 * 1000, text: 'besok' };
  const rows: ImportRow[] = [...rowsOf(1), ahead, { ...ahead, at: before + 3600 * 1000 }];
  expect((await append(rows)).body.rows).toBe(3);
  const revision = app.store.revision();
  expect((await append(rows)).body.rows).toBe(3);
  expect(app.store.revision()).toBe(revision);
  expect((await append([{ ...ahead, text: 'lusa' }], 1)).body.code).toBe('IMPORT_CHANGED');
  await finish(3);
  const times = (await read(ani)).map(({ timestamp }) => timestamp);
  expect([times[0], times[2]]).toEqual([START, before + 3600 * 1000]);
  expect(times[1]).toBeGreaterThanOrEqual(before);
  expect(times[1]).toBeLessThanOrEqual(app.store.time.wall());
});

test('of two imports that a person begins at once one begins', async () => {
  const answers = await Promise.all([begin(), begin(ani, randomUUID()), begin()]);
  const codes = answers.map(({ body }) => body.code);
  expect(codes.filter((code) => code === 'IMPORT_OPEN').length).toBeGreaterThan(0);
  expect((await ani.get('/imports')).body).toHaveLength(1);
});

test('no more rows than a day allows are stored', async () => {
  await app.store.close();
  app = await startApp({ RATE_LIMITS: 'importedRows=100/3600' }, { files });
  ani = await logIn(app, 'ani');
  await begin();
  expect((await append(rowsOf(150))).status).toBe(200);
  expect((await append(rowsOf(10, 150), 150)).body.code).toBe('DAILY_LIMIT');
  expect((await append(rowsOf(150))).status).toBe(200);
});

test('a search finds the rows of an archive, with the name of their author, also for a reader who joined', async () => {
  await importAll(150);
  const { code } = (await ani.post(`/groups/${id}/links`, {})).body;
  await citra.post('/groups/join', { code });
  for (const by of [ani, citra]) {
    const { hits } = (await by.get('/search?q=baris%2042')).body as { hits: Message[] };
    expect(hits).toMatchObject([{ seq: 43, content: 'baris 42', imported: { name: 'Bu Sari' } }]);
  }
  expect((await budi.get('/search?q=baris')).body).toEqual({ hits: [] });
});

test('the texts and names of an archive are nowhere readable on the disk', async () => {
  await importAll(3);
  for (const bytes of files.values()) expect(String(bytes)).not.toMatch(/Bu Sari|baris 1|Keluarga 2019/);
});

test('the retention of the box counts from the import of a row, not from its date in the other app', async () => {
  app.endPolls();
  app = await startApp({ RETENTION_DAYS: '30' }, { files: new Map() });
  ani = await signUp(app, 'ani');
  await importAll(3);
  await app.expirySweep.run();
  expect((await read(ani)).map(({ content }) => content)).toEqual(['baris 0', 'baris 1', 'baris 2']);
  app.clock.now += 30 * 86_400_000;
  await app.expirySweep.run();
  const rows = await app.store.messages(id, { limit: 9 });
  expect(rows.map(({ content, expired }) => [content, expired])).toEqual(rows.map(() => ['', true]));
  expect(rows).toHaveLength(3);
});

test('an import that goes on after a pause counts as no new group', async () => {
  app.endPolls();
  app = await startApp({ RATE_LIMITS: 'newGroups=1/86400' }, { files: new Map() });
  ani = await signUp(app, 'ani');
  for (let n = 0; n < 3; n++) expect((await begin()).body).toEqual({ conversationId: id, rows: 0 });
  await append(rowsOf(1));
  await finish(1);
  expect((await begin(ani, randomUUID())).body.code).toBe('TOO_MANY_REQUESTS');
});

test('an archive, to which no one writes, takes no expiry of new messages', async () => {
  await importAll(1);
  const answer = await ani.putJson(`/conversations/${id}/expiry`, { after: 86_400 });
  expect(answer.body.code).toBe('NOT_ALLOWED');
  expect(await read(ani)).toHaveLength(1);
});
