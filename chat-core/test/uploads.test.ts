import { randomUUID } from 'node:crypto';
import request from 'supertest';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { CHUNK_BYTES, MAX_PART_BYTES } from '../src/wire/attachments.ts';
import type { Upload } from '../src/wire/wire.ts';
import { type Files, startApp, type TestApp } from './support/app.ts';
import { type Client, logIn, signUp, signUpFriends } from './support/client.ts';
import { createGroup } from './support/groups.ts';
import { bytesOf, fileInput, upload } from './support/uploads.ts';

vi.mock('../src/auth/bcrypt-client.ts', () => import('./support/quick-bcrypt.ts'));

const MB = 2 ** 20;
let test: TestApp;
let ani: Client;
let budi: Client;
let conversationId: string;
let files: Files;

async function start(env: Record<string, string> = {}): Promise<void> {
  files = new Map();
  test = await startApp(env, { files });
  [ani, budi] = await signUpFriends(test);
  conversationId = (await test.store.conversationsOf(ani.id))[0]?.id ?? '';
}
beforeEach(() => start());

/** Creates an upload of this size, and returns its path. */
async function create(size: number, more: object = {}, who = ani): Promise<string> {
  const { status, body } = await who.post('/attachments', fileInput(conversationId, size, more));
  expect([status, body.code]).toEqual([200, undefined]);
  return `/attachments/${body.id}`;
}
const send = (who: Client, attachments: string[], more: object = {}) =>
  who.post('/chat/send', { senderId: who.id, conversationId, message: '', attachments, ...more });
const codeOf = ({ status, body }: { status: number; body: { code?: string } }) => [status, body.code];
const storedFiles = () => [...files.keys()].filter((path) => path.includes('/attachments/'));

describe('an upload', () => {
  it('a file of several parts is stored part by part, and HEAD answers its offset in a header', async () => {
    const bytes = bytesOf(MAX_PART_BYTES + CHUNK_BYTES + 5);
    const path = await create(bytes.length);
    const parts = [0, MAX_PART_BYTES, MAX_PART_BYTES + CHUNK_BYTES];
    for (const [n, offset] of parts.entries()) {
      expect((await ani.head(path)).headers['upload-offset']).toBe(String(offset));
      const end = parts[n + 1] ?? bytes.length;
      const { body } = await ani.put(`${path}?offset=${offset}`, bytes.subarray(offset, end));
      expect(body).toEqual({
        id: path.slice('/attachments/'.length),
        size: bytes.length,
        offset: end,
        chunkBytes: CHUNK_BYTES,
        maxPartBytes: MAX_PART_BYTES,
      });
    }
    expect((await ani.get(path)).body.offset).toBe(bytes.length);
    expect(storedFiles().every((file) => !file.endsWith('.part'))).toBe(true);
  });

  it('a part that is sent again, or that overlaps what is stored, is answered with the offset and stored once', async () => {
    const bytes = bytesOf(3 * CHUNK_BYTES + 1);
    const path = await create(bytes.length);
    const put = (from: number, end: number) => ani.put(`${path}?offset=${from}`, bytes.subarray(from, end));
    const first = await put(0, 2 * CHUNK_BYTES);
    expect((await put(0, 2 * CHUNK_BYTES)).body).toEqual(first.body);
    expect((await put(CHUNK_BYTES, 2 * CHUNK_BYTES)).body).toEqual(first.body);
    const overlapping = await put(CHUNK_BYTES, 3 * CHUNK_BYTES);
    expect(overlapping.body.offset).toBe(3 * CHUNK_BYTES);
    expect((await put(3 * CHUNK_BYTES, bytes.length)).body.offset).toBe(bytes.length);
    expect((await put(3 * CHUNK_BYTES, bytes.length)).body.offset).toBe(bytes.length);
    const { body } = await send(ani, [path.slice('/attachments/'.length)]);
    expect(body.attachments).toEqual([expect.objectContaining({ size: bytes.length })]);
  });

  it('two parts at one offset at once are stored once, and both are answered with the new offset', async () => {
    const bytes = bytesOf(MAX_PART_BYTES);
    const path = await create(bytes.length);
    const answers = await Promise.all([1, 2, 3].map(() => ani.put(`${path}?offset=0`, bytes)));
    expect(answers.map(({ body }) => body.offset)).toEqual([1, 2, 3].map(() => bytes.length));
  });

  it('a part beyond the offset, between chunks, of wrong length or past the end is refused, and stores nothing', async () => {
    const bytes = bytesOf(2 * CHUNK_BYTES + 7);
    const path = await create(bytes.length);
    const put = (offset: number, length: number) => ani.put(`${path}?offset=${offset}`, Buffer.alloc(length));
    expect(codeOf(await put(CHUNK_BYTES, CHUNK_BYTES))).toEqual([409, 'WRONG_OFFSET']);
    expect(codeOf(await put(5, CHUNK_BYTES))).toEqual([409, 'WRONG_OFFSET']);
    expect(codeOf(await put(0, 100))).toEqual([400, 'INVALID_REQUEST']);
    expect(codeOf(await put(0, 0))).toEqual([400, 'INVALID_REQUEST']);
    expect(codeOf(await put(0, 3 * CHUNK_BYTES))).toEqual([400, 'INVALID_REQUEST']);
    expect(codeOf(await put(0, MAX_PART_BYTES + 1))).toEqual([413, 'BODY_TOO_LARGE']);
    expect((await ani.get(path)).body.offset).toBe(0);
    expect(storedFiles()).toEqual([]);
  });

  it('a part that is JSON is refused with a sentence that names the right type', async () => {
    const path = await create(5);
    const answer = await request(test.app)
      .put(`${path}?offset=0`)
      .set('Authorization', `Bearer ${ani.token}`)
      .send({});
    expect([answer.status, answer.body.error]).toEqual([
      415,
      'Send application/octet-stream, not compressed.',
    ]);
  });

  it('a creation that is repeated answers how far the upload is, and another file under its id is refused', async () => {
    const input = fileInput(conversationId, MAX_PART_BYTES);
    await ani.post('/attachments', input);
    await ani.put(`/attachments/${input.id}?offset=0`, bytesOf(CHUNK_BYTES));
    expect((await ani.post('/attachments', input)).body.offset).toBe(CHUNK_BYTES);
    for (const other of [{ size: 9 }, { name: 'lain.pdf' }, { type: 'text/plain' }, { voice: true }]) {
      const answer = await ani.post('/attachments', { ...input, ...other });
      expect(codeOf(answer)).toEqual([409, 'UPLOAD_ID_REUSED']);
    }
    expect(codeOf(await budi.post('/attachments', input))).toEqual([409, 'UPLOAD_ID_REUSED']);
  });

  it('a creation that is repeated after its message was sent answers the whole file, and the message stays whole', async () => {
    const input = fileInput(conversationId, 5);
    await ani.post('/attachments', input);
    await ani.put(`/attachments/${input.id}?offset=0`, bytesOf(5));
    const message = { clientMessageId: randomUUID() };
    const sent = await send(ani, [input.id], message);
    const before = storedFiles();
    expect((await ani.post('/attachments', input)).body).toMatchObject({ offset: 5, size: 5 });
    expect(codeOf(await ani.post('/attachments', { ...input, size: 6 }))).toEqual([409, 'UPLOAD_ID_REUSED']);
    expect((await ani.delete(`/attachments/${input.id}`)).status).toBe(200);
    expect((await send(ani, [input.id], message)).body).toEqual(sent.body);
    expect(storedFiles()).toEqual(before);
    expect(before).toHaveLength(1);
  });

  it('a cancelled upload is gone with its bytes, and cancelling it again changes nothing', async () => {
    const { id } = await upload(ani, conversationId, bytesOf(CHUNK_BYTES + 1));
    expect(storedFiles()).toHaveLength(1);
    expect((await ani.delete(`/attachments/${id}`)).status).toBe(200);
    expect([storedFiles(), test.store.uploads()]).toEqual([[], []]);
    const revision = test.store.revision();
    expect((await ani.delete(`/attachments/${id}`)).status).toBe(200);
    expect(test.store.revision()).toBe(revision);
    expect(codeOf(await ani.get(`/attachments/${id}`))).toEqual([404, 'NO_SUCH_FILE']);
    expect(codeOf(await send(ani, [id]))).toEqual([404, 'NO_SUCH_FILE']);
  });

  it('an upload of another person cannot be read, filled, cancelled or sent', async () => {
    const path = await create(5);
    const id = path.slice('/attachments/'.length);
    expect(codeOf(await budi.get(path))).toEqual([404, 'NO_SUCH_FILE']);
    expect(codeOf(await budi.put(`${path}?offset=0`, bytesOf(5)))).toEqual([404, 'NO_SUCH_FILE']);
    expect((await budi.delete(path)).status).toBe(200);
    await ani.put(`${path}?offset=0`, bytesOf(5));
    expect(codeOf(await send(budi, [id]))).toEqual([404, 'NO_SUCH_FILE']);
    expect((await send(ani, [id])).status).toBe(200);
  });

  it('a person who may not write to a conversation any more cannot continue an upload to it', async () => {
    const path = await create(2 * CHUNK_BYTES);
    await ani.put(`${path}?offset=0`, bytesOf(CHUNK_BYTES));
    await budi.post('/friends/remove', { userId: ani.id });
    const part = await ani.put(`${path}?offset=${CHUNK_BYTES}`, bytesOf(CHUNK_BYTES));
    expect(codeOf(part)).toEqual([403, 'NOT_FRIENDS']);
    expect(codeOf(await ani.post('/attachments', fileInput(conversationId, 5)))).toEqual([
      403,
      'NOT_FRIENDS',
    ]);
  });
});

describe('a file that is refused', () => {
  it.each([
    ['../../etc/passwd', 'passwd'],
    ['C:\\Users\\Ani\\foto.jpg', 'foto.jpg'],
    ['gaji\u202egpj.exe', 'gajigpj.exe'],
    ['a\u0000b\nc.txt', 'ab c.txt'],
    ['<img src=x>.html', '<img src=x>.html'],
    ['ปฏิทิน 🍉.pdf', 'ปฏิทิน 🍉.pdf'],
  ])('the name %j is stored as %j', async (name, cleaned) => {
    const { id } = await upload(ani, conversationId, bytesOf(5), { name });
    const { body } = await send(ani, [id]);
    expect(body.attachments[0].name).toBe(cleaned);
    expect(storedFiles()).toEqual([`memory/attachments/${conversationId}/${id}`]);
  });

  it.each([
    ['an empty file', { size: 0 }, 'INVALID_FILE'],
    ['a file without a name', { name: '' }, 'INVALID_FILE'],
    ['a name that is only a path', { name: '../../' }, 'INVALID_FILE'],
    ['a name that is only marks', { name: '\u202e\u0000' }, 'INVALID_FILE'],
    ['a name of 256 characters', { name: 'x'.repeat(256) }, 'INVALID_FILE'],
    ['a preview that is no picture', { preview: Buffer.from('<svg/>').toString('base64') }, 'INVALID_FILE'],
    ['a file that is larger than the box takes', { size: 25 * MB + 1 }, 'FILE_TOO_LARGE'],
    ['a type in capitals', { type: 'Image/PNG' }, 'INVALID_REQUEST'],
  ])('%s is refused with a sentence, and stores nothing', async (_, more, code) => {
    const before = test.store.revision();
    const { body } = await ani.post('/attachments', fileInput(conversationId, 5, more));
    expect(body).toEqual({ error: expect.stringMatching(/^[A-Z].*\.$/), code });
    expect(test.store.revision()).toBe(before);
  });

  it.each([
    ['an HTML page', 'image/png', '<!doctype html><script>'],
    ['a script', 'video/mp4', 'alert(1);'],
    ['a picture', 'audio/mp4', '\u00ff\u00d8\u00ff\u00e0'],
  ])('%s that is sent as %s is refused at its first part', async (_, type, content) => {
    const bytes = Buffer.from(content, 'latin1');
    const path = await create(bytes.length, { type });
    expect(codeOf(await ani.put(`${path}?offset=0`, bytes))).toEqual([400, 'WRONG_FILE_TYPE']);
    expect(storedFiles()).toEqual([]);
    await upload(ani, conversationId, bytes, { type: 'application/octet-stream' });
  });
});

describe('a message with files', () => {
  it('a message with two files and no text arrives at the friend, in history and again with a repeat', async () => {
    const look = { width: 4, height: 3, alt: 'Kebun\u0007' };
    const { id } = await upload(ani, conversationId, bytesOf(5), { ...look, name: 'kebun.heic' });
    const second = await upload(ani, conversationId, bytesOf(CHUNK_BYTES + 9));
    const { body: start } = await budi.get('/sync');
    const message = { clientMessageId: randomUUID(), message: ' ' };
    const { body } = await send(ani, [second.id, id], message);
    expect(body.content).toBe('');
    expect(body.attachments).toEqual([
      { id: second.id, size: CHUNK_BYTES + 9, name: 'jadwal.pdf', type: 'application/pdf' },
      { id, size: 5, name: 'kebun.heic', type: 'application/pdf', width: 4, height: 3, alt: 'Kebun' },
    ]);
    const repeat = await send(ani, [second.id, id], message);
    expect(repeat.body).toEqual(body);
    expect((await send(ani, [id], message)).body.code).toBe('MESSAGE_ID_REUSED');
    const delta = await budi.get('/sync', { 'Last-Event-ID': start.cursor });
    expect(delta.body.messages[0]).toEqual(body);
    const history = await budi.get(`/chat/history?myId=${budi.id}&conversationId=${conversationId}`);
    expect(history.body).toEqual([body]);
    expect(test.store.totalUsage(ani.id)).toEqual({ bytes: CHUNK_BYTES + 14, files: 2 });
  });

  it('the texts and files of a page of history are opened in one call', async () => {
    for (const _ of [1, 2, 3]) await send(ani, [(await upload(ani, conversationId, bytesOf(5))).id]);
    const quiet = await startApp({ PLAINTEXT_CACHE: 'off' }, { store: test.store });
    const me = await logIn(quiet, 'budi');
    const { body } = await me.get(`/chat/history?myId=${me.id}&conversationId=${conversationId}`);
    expect(body.flatMap((one: { attachments: object[] }) => one.attachments)).toHaveLength(3);
    expect(quiet.cipher.calls.open).toBe(1);
  });

  it('an incomplete upload, one of another conversation and one that a message has are refused', async () => {
    const half = await create(2 * CHUNK_BYTES);
    await ani.put(`${half}?offset=0`, bytesOf(CHUNK_BYTES));
    const before = test.store.revision();
    expect(codeOf(await send(ani, [half.slice('/attachments/'.length)]))).toEqual([409, 'UPLOAD_INCOMPLETE']);
    expect(test.store.revision()).toBe(before);
    const citra = await signUp(test, 'citra');
    await ani.post('/friends/add', { myId: ani.id, friendUsername: 'citra' });
    const { id } = await upload(ani, conversationId, bytesOf(5));
    const elsewhere = { senderId: ani.id, receiverId: citra.id, message: '', attachments: [id] };
    expect(codeOf(await ani.post('/chat/send', elsewhere))).toEqual([404, 'NO_SUCH_FILE']);
    expect((await send(ani, [id])).status).toBe(200);
    expect(codeOf(await send(ani, [id]))).toEqual([404, 'NO_SUCH_FILE']);
    expect(codeOf(await send(ani, []))).toEqual([400, 'INVALID_REQUEST']);
  });

  it('of two messages that claim one file at once, one gets it', async () => {
    const { id } = await upload(ani, conversationId, bytesOf(5));
    const answers = await Promise.all([send(ani, [id]), send(ani, [id])]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 404]);
    expect(test.store.totalUsage()).toEqual({ bytes: 5, files: 1 });
  });

  it('the caption of a file can be changed and removed, and the file stays', async () => {
    const { id } = await upload(ani, conversationId, bytesOf(5));
    const { body } = await send(ani, [id], { message: 'Kebun' });
    const path = `/conversations/${conversationId}/messages/${body.seq}`;
    const edited = await ani.patch(path, { message: 'Kebun kita' });
    expect(edited.body).toMatchObject({ content: 'Kebun kita', attachments: [{ id }] });
    const emptied = await ani.patch(path, { message: '' });
    expect(emptied.body).toMatchObject({ content: '', attachments: [{ id }] });
    const text = await ani.post('/chat/send', { senderId: ani.id, conversationId, message: 'hai' });
    const plain = await ani.patch(`/conversations/${conversationId}/messages/${text.body.seq}`, {
      message: '',
    });
    expect(codeOf(plain)).toEqual([400, 'INVALID_MESSAGE']);
  });

  it('a message that is deleted for everyone loses its files, their bytes and their use of the quota', async () => {
    const { id } = await upload(ani, conversationId, bytesOf(5));
    const { body } = await send(ani, [id]);
    const path = `/conversations/${conversationId}/messages/${body.seq}`;
    expect((await budi.delete(`${path}?for=me`)).body).not.toHaveProperty('attachments');
    expect(storedFiles()).toHaveLength(1);
    const deleted = await ani.delete(`${path}?for=everyone`);
    expect(deleted.body).not.toHaveProperty('attachments');
    expect(storedFiles()).toEqual([]);
    expect(test.store.uploads()).toEqual([]);
    expect(test.store.totalUsage()).toEqual({ bytes: 0, files: 0 });
  });

  it('a file whose metadata does not open is locked, and the text beside it is not', async () => {
    await start({ PLAINTEXT_CACHE: 'off' });
    const { id } = await upload(ani, conversationId, bytesOf(5));
    await send(ani, [id], { message: 'Kebun' });
    const { openMany } = test.cipher;
    vi.spyOn(test.cipher, 'openMany').mockImplementation(async (rows) => {
      const texts = await openMany(rows);
      return texts.map((text, index) => ('fileId' in (rows[index]?.binding ?? {}) ? undefined : text));
    });
    const history = await budi.get(`/chat/history?myId=${budi.id}&conversationId=${conversationId}`);
    expect(history.body[0]).toMatchObject({ content: 'Kebun', attachments: [{ id, size: 5, locked: true }] });
  });
});

describe('the limits of uploads', () => {
  it('a person has as many open uploads as there may be, and a place again after a send', async () => {
    const uploads: Upload[] = [];
    for (let n = 0; n < 20; n++) uploads.push(await upload(ani, conversationId, bytesOf(1)));
    const more = () => ani.post('/attachments', fileInput(conversationId, 1));
    expect(codeOf(await more())).toEqual([409, 'TOO_MANY_UPLOADS']);
    await send(ani, [uploads[0]?.id ?? '']);
    expect((await more()).status).toBe(200);
  });

  it('the quota of a person counts messages and open uploads, and texts still go', async () => {
    await start({ QUOTA_PERSON_MB: '2', MAX_FILE_MB: '1' });
    await send(ani, [(await upload(ani, conversationId, bytesOf(MB))).id]);
    const half = await create(MB / 2);
    const full = await ani.post('/attachments', fileInput(conversationId, MB));
    expect(codeOf(full)).toEqual([507, 'QUOTA_EXCEEDED']);
    const text = await ani.post('/chat/send', { senderId: ani.id, conversationId, message: 'hai' });
    expect(text.status).toBe(200);
    await create(MB, {}, budi);
    await ani.delete(half);
    await create(MB);
  });

  it('two creations at once do not pass a quota together', async () => {
    await start({ QUOTA_PERSON_MB: '1', MAX_FILE_MB: '1' });
    const answers = await Promise.all(
      [1, 2].map(() => ani.post('/attachments', fileInput(conversationId, MB))),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 507]);
  });

  it('the quota of the box counts the files of everyone', async () => {
    await start({ QUOTA_BOX_MB: '2' });
    await create(MB);
    await create(MB, {}, budi);
    const full = await budi.post('/attachments', fileInput(conversationId, 1));
    expect(codeOf(full)).toEqual([507, 'BOX_FULL']);
  });

  it.each([
    ['256 MB', 2048 * MB, 256 * MB],
    ['a twentieth', 16_000 * MB, 800 * MB],
    ['at most 2 GB', 2_000_000 * MB, 2048 * MB],
    ['a quarter', 64 * MB, 16 * MB],
  ])('files leave %s of a disk of %i bytes free, and texts still go', async (_, total, lowWater) => {
    const space = vi.spyOn(test.store.files, 'space');
    space.mockResolvedValue({ free: lowWater + 3 * CHUNK_BYTES, total });
    const path = await create(2 * CHUNK_BYTES);
    const reserved = await ani.post('/attachments', fileInput(conversationId, 2 * CHUNK_BYTES));
    expect(codeOf(reserved)).toEqual([507, 'BOX_FULL']);
    space.mockResolvedValue({ free: lowWater, total });
    const part = await ani.put(`${path}?offset=0`, bytesOf(CHUNK_BYTES));
    expect(codeOf(part)).toEqual([507, 'BOX_FULL']);
    const text = await ani.post('/chat/send', { senderId: ani.id, conversationId, message: 'hai' });
    expect(text.status).toBe(200);
  });

  it('creations have a rate limit of their own', async () => {
    await start({ RATE_LIMITS: 'uploads=1/60' });
    await create(1);
    const { status, headers } = await ani.post('/attachments', fileInput(conversationId, 1));
    expect([status, Number(headers['retry-after'])]).toEqual([429, expect.any(Number)]);
  });
});

describe('files in a group', () => {
  let groupId: string;
  const start = (who: Client) => who.post('/attachments', fileInput(groupId, 2 * CHUNK_BYTES));
  beforeEach(async () => {
    groupId = await createGroup(ani, [budi]);
  });

  it('in a group in which only admins post, a member can neither start, continue nor send a file', async () => {
    const { body } = await start(budi);
    const whole = await upload(budi, groupId, bytesOf(5));
    await ani.patch(`/groups/${groupId}`, { permissions: { post: 'admins' } });
    const before = test.store.revision();
    const part = await budi.put(`/attachments/${body.id}?offset=0`, bytesOf(CHUNK_BYTES));
    const sent = await send(budi, [whole.id], { conversationId: groupId });
    for (const refused of [await start(budi), part, sent]) {
      expect(codeOf(refused)).toEqual([403, 'NOT_ALLOWED']);
    }
    expect(test.store.revision()).toBe(before);
    await upload(ani, groupId, bytesOf(5));
  });

  it('a removed member can neither start, continue nor send a file, and may cancel theirs', async () => {
    const { body } = await start(budi);
    const whole = await upload(budi, groupId, bytesOf(5));
    await ani.delete(`/groups/${groupId}/members/${budi.id}`);
    const part = await budi.put(`/attachments/${body.id}?offset=0`, bytesOf(CHUNK_BYTES));
    const sent = await send(budi, [whole.id], { conversationId: groupId });
    for (const refused of [await start(budi), part, sent]) {
      expect(codeOf(refused)).toEqual([403, 'NOT_MEMBER']);
    }
    for (const id of [body.id, whole.id]) expect((await budi.delete(`/attachments/${id}`)).status).toBe(200);
    expect([storedFiles(), test.store.uploads()]).toEqual([[], []]);
  });

  it('an admin who deletes the message of a member removes its files, which count for the member no more', async () => {
    const { id } = await upload(budi, groupId, bytesOf(5));
    const { body } = await send(budi, [id], { conversationId: groupId });
    expect(test.store.totalUsage(budi.id)).toEqual({ bytes: 5, files: 1 });
    const deleted = await ani.delete(`/conversations/${groupId}/messages/${body.seq}?for=everyone`);
    expect(deleted.body).toMatchObject({ deleted: true });
    expect(storedFiles()).toEqual([]);
    expect(test.store.totalUsage(budi.id)).toEqual({ bytes: 0, files: 0 });
  });

  it('the uploads to a group that is deleted are discarded, and count no more', async () => {
    const whole = await upload(budi, groupId, bytesOf(5));
    await ani.delete(`/groups/${groupId}`);
    expect(codeOf(await send(budi, [whole.id], { conversationId: groupId }))).toEqual([403, 'NOT_MEMBER']);
    expect(test.store.uploads()).toEqual([{ state: 'discarded', id: whole.id, conversationId: groupId }]);
  });
});
