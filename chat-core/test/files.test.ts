import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CHUNK_BYTES, MAX_PART_BYTES } from '../src/wire/attachments.ts';
import type { Message, Upload } from '../src/wire/wire.ts';
import { everythingIn } from './support/disk.ts';
import { type Pair, startPair } from './support/pair.ts';
import { type Answer, ask, type Person, signUpPairs } from './support/person.ts';
import { bytesOf, fileInput } from './support/uploads.ts';

const FAILING_WRITES = `--import=${new URL('./support/failing-writes.ts', import.meta.url)}`;
const CONTENT = 'rahasia-isi-berkas';
const NAME = 'rahasia-nama.pdf';
const ALT = 'rahasia-keterangan';
/** A picture whose bytes are found again. */
const PREVIEW = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.from('rahasia-pratinjau')]);

let pair: Pair;
let folder: string;
let ani: Person;
let budi: Person;
let conversationId: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bisik-files-'));
  pair = await startPair({ FULL_WHILE: join(folder, 'full'), NODE_OPTIONS: FAILING_WRITES });
  const [friends] = await signUpPairs(pair.url, 'berkas', 1);
  [ani, budi] = friends ?? expect.fail();
  const answer = await sendText('halo');
  ({ conversationId } = answer.body as Message);
});
afterAll(async () => {
  await pair.stop();
  await rm(folder, { recursive: true });
});

const sendText = (message: string) =>
  ani.post('/chat/send', { senderId: ani.id, receiverId: budi.id, message });
const sendFiles = (attachments: string[], clientMessageId: string) =>
  ani.post('/chat/send', { senderId: ani.id, conversationId, message: '', attachments, clientMessageId });
const create = async (size: number, more: object = {}) => {
  const input = fileInput(conversationId, size, more);
  const { status } = await ani.post('/attachments', input);
  expect(status).toBe(200);
  return { input, path: `/attachments/${input.id}` };
};
const put = (path: string, offset: number, bytes: Buffer): Promise<Answer> =>
  ask(`${pair.url}${path}?offset=${offset}`, {
    method: 'PUT',
    headers: { Authorization: `Bearer ${ani.token}`, 'Content-Type': 'application/octet-stream' },
    body: new Uint8Array(bytes),
  });
const offsetOf = async (path: string) => ((await ani.get(path)).body as Upload).offset;
/** Puts the parts that are missing. */
async function finish(path: string, bytes: Buffer): Promise<void> {
  for (let offset = await offsetOf(path); offset < bytes.length; ) {
    const { status, body } = await put(path, offset, bytes.subarray(offset, offset + MAX_PART_BYTES));
    expect(status).toBe(200);
    ({ offset } = body as Upload);
  }
}
async function download({ seq, attachments = [] }: Message): Promise<Buffer> {
  const path = `/conversations/${conversationId}/messages/${seq}/attachments/${attachments[0]?.id}`;
  const response = await fetch(pair.url + path, { headers: { Authorization: `Bearer ${budi.token}` } });
  expect(response.status).toBe(200);
  return Buffer.from(await response.arrayBuffer());
}

it('a file goes from one person to another although the core is killed between all steps, and nothing of it is readable on the disk', async () => {
  const bytes = bytesOf(2 * MAX_PART_BYTES + CHUNK_BYTES + 77, CONTENT.slice(0, 10));
  bytes.write(CONTENT, CHUNK_BYTES + 5);
  const look = { width: 4, height: 3, alt: ALT, preview: PREVIEW.toString('base64') };
  const { input, path } = await create(bytes.length, { name: NAME, ...look });
  await put(path, 0, bytes.subarray(0, MAX_PART_BYTES));
  await pair.restartCore('SIGKILL');
  expect(((await ani.post('/attachments', input)).body as Upload).offset).toBe(MAX_PART_BYTES);
  await finish(path, bytes);
  await pair.restartCore('SIGKILL');
  const repeatable = '00000000-0000-4000-8000-00000000000a';
  const sent = await sendFiles([input.id], repeatable);
  expect(sent.status).toBe(200);
  await pair.restartCore('SIGKILL');
  expect((await sendFiles([input.id], repeatable)).body).toEqual(sent.body);
  expect(((await ani.post('/attachments', input)).body as Upload).offset).toBe(bytes.length);

  const history = await budi.get(`/chat/history?myId=${budi.id}&conversationId=${conversationId}`);
  const message = (history.body as Message[]).at(-1) ?? expect.fail();
  expect(message.attachments).toEqual([
    { id: input.id, size: bytes.length, name: NAME, type: input.type, ...look },
  ]);
  expect((await download(message)).equals(bytes)).toBe(true);

  const everything = everythingIn(pair.dataDir);
  const secrets = [CONTENT, CONTENT.slice(0, 10), NAME, ALT, PREVIEW.toString('latin1'), look.preview];
  expect(secrets.filter((secret) => everything.includes(secret))).toEqual([]);
  // The premise: the file is there, and what is not secret is found.
  expect(everything).toContain(input.id);
  expect(everything.length).toBeGreaterThan(bytes.length);
});

it('an upload whose last part was lost in a power cut goes on from the last chunk that opens', async () => {
  const bytes = Buffer.concat([Buffer.from('%PDF-1.7'), randomBytes(2 * MAX_PART_BYTES)]);
  const { input, path } = await create(bytes.length);
  await put(path, 0, bytes.subarray(0, MAX_PART_BYTES));
  await put(path, MAX_PART_BYTES, bytes.subarray(MAX_PART_BYTES, 2 * MAX_PART_BYTES));
  await pair.core().stop('SIGKILL');
  const files = join(pair.dataDir, 'attachments', conversationId);
  const name = readdirSync(files).find((one) => one === `${input.id}.part`) ?? expect.fail();
  const sealed = readFileSync(join(files, name));
  sealed.fill(0, Math.floor(sealed.length * 0.8));
  writeFileSync(join(files, name), sealed);
  await pair.restartCore();
  expect(await offsetOf(path)).toBe(6 * CHUNK_BYTES);
  await finish(path, bytes);
  const sent = await sendFiles([input.id], '00000000-0000-4000-8000-00000000000b');
  expect((await download(sent.body as Message)).equals(bytes)).toBe(true);
});

it('on a full disk a part is refused with a sentence, and it goes on once there is room', async () => {
  const bytes = randomBytes(MAX_PART_BYTES + 9);
  const { input, path } = await create(bytes.length);
  await put(path, 0, bytes.subarray(0, CHUNK_BYTES));
  await writeFile(join(folder, 'full'), '');
  const full = await put(path, CHUNK_BYTES, bytes.subarray(CHUNK_BYTES, 3 * CHUNK_BYTES));
  expect([full.status, full.body]).toEqual([507, expect.objectContaining({ code: 'DISK_FULL' })]);
  expect(await offsetOf(path)).toBe(CHUNK_BYTES);
  await rm(join(folder, 'full'));
  await finish(path, bytes);
  const sent = await sendFiles([input.id], '00000000-0000-4000-8000-00000000000c');
  expect((await download(sent.body as Message)).equals(bytes)).toBe(true);
});
