import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CHUNK_BYTES } from '../src/file-chunks.ts';
import type { FileChunks, FileKeyAnswer, Sealed } from '../src/wire.ts';
import { type Answer, type CoreClient, coreClient } from './support/client.ts';
import { freshKeys, type Keys } from './support/keys.ts';
import { startService } from './support/service.ts';

let keys: Keys;
let service: Awaited<ReturnType<typeof startService>>;
let core: CoreClient;
let key: Sealed;
const binding = { fileId: randomUUID(), conversationId: randomUUID(), senderId: randomUUID() };

beforeAll(async () => {
  keys = await freshKeys();
  service = await startService(keys);
  core = coreClient(keys, service.port);
  key = ((await core.ask({ path: '/file/key', body: { binding } })).body as FileKeyAnswer).key;
});
afterAll(async () => {
  core.end();
  await service.stop();
  keys.remove();
});

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const chunks = (more: Partial<FileChunks> = {}): FileChunks => ({
  key,
  binding,
  index: 0,
  isLast: true,
  ...more,
});
const ask = (what: 'seal' | 'open', header: string | undefined, raw: Buffer): Promise<Answer> =>
  core.ask({ path: `/file/${what}`, raw, headers: header === undefined ? {} : { 'File-Chunks': header } });

it('a file goes to cipher-service and back in parts, and nothing of it is in the log', async () => {
  const plain = randomBytes(4 * CHUNK_BYTES + 9);
  const [first, second] = [plain.subarray(0, 4 * CHUNK_BYTES), plain.subarray(4 * CHUNK_BYTES)];
  const parts = [
    [chunks({ isLast: false }), first],
    [chunks({ index: 4 }), second],
  ] as const;
  for (const [place, part] of parts) {
    const sealed = await ask('seal', encode(place), part);
    expect([sealed.status, sealed.headers['content-type']]).toEqual([200, 'application/octet-stream']);
    const opened = await ask('open', encode(place), sealed.body as Buffer);
    expect((opened.body as Buffer).equals(part)).toBe(true);
  }
  expect(service.log.join('')).not.toContain(key.content);
});

it('whatever does not open gets the one answer', async () => {
  const sealed = (await ask('seal', encode(chunks()), Buffer.from('rahasia'))).body as Buffer;
  const other = (await core.ask({ path: '/file/key', body: { binding } })).body as FileKeyAnswer;
  const changed = Buffer.from(sealed);
  changed[8] = (changed[8] ?? 0) ^ 1;
  const wrong: [FileChunks, Buffer][] = [
    [chunks(), changed],
    [chunks({ index: 1 }), sealed],
    [chunks({ isLast: true, binding: { ...binding, fileId: randomUUID() } }), sealed],
    [chunks({ binding: { ...binding, conversationId: randomUUID() } }), sealed],
    [chunks({ binding: { ...binding, senderId: randomUUID() } }), sealed],
    [chunks({ key: other.key }), sealed],
    [chunks({ key: { ...key, kid: 'unknown' } }), sealed],
    [chunks({ key: { ...key, content: 'AAAA' } }), sealed],
    [chunks({ key: { ...key, v: 7 as 1 } }), sealed],
  ];
  const texts = new Set<string>();
  for (const [place, bytes] of wrong) {
    const { status, text } = await ask('open', encode(place), bytes);
    expect(status).toBe(422);
    texts.add(text);
  }
  expect([...texts]).toEqual([JSON.stringify({ error: 'This did not open.', code: 'DID_NOT_OPEN' })]);
  expect((await ask('seal', encode(chunks({ key: { ...key, kid: 'x' } })), Buffer.of(1))).status).toBe(422);
});

it('a request that is none is refused whole, and the service goes on', async () => {
  const one = Buffer.of(1);
  const headers: (string | undefined)[] = [
    undefined,
    '',
    '{}',
    '!!!',
    encode(null),
    encode([]),
    encode({ ...chunks(), more: 1 }),
    encode({ ...chunks(), index: -1 }),
    encode({ ...chunks(), index: 0.5 }),
    encode({ ...chunks(), index: '0' }),
    encode({ ...chunks(), isLast: 1 }),
    encode({ ...chunks(), binding: { ...binding, fileId: '' } }),
    encode({ ...chunks(), key: { ...key, content: 7 } }),
  ];
  for (const what of ['seal', 'open'] as const) {
    for (const header of headers) {
      const { status, body } = await ask(what, header, one);
      expect([header, status, (body as { code: string }).code]).toEqual([header, 400, 'INVALID_REQUEST']);
    }
    const lengths = { seal: CHUNK_BYTES, open: CHUNK_BYTES + 23 };
    for (const bytes of [0, 4 * lengths[what] + 1, 5 * lengths[what]]) {
      const { status } = await ask(what, encode(chunks()), Buffer.alloc(bytes));
      expect([bytes, status]).toEqual([bytes, 400]);
    }
    const { status, body } = await ask(what, encode(chunks()), Buffer.alloc(9 * 2 ** 20));
    expect([status, (body as { code: string }).code]).toEqual([413, 'BODY_TOO_LARGE']);
  }
  for (const body of [{}, { binding: {} }, { binding, more: 1 }, [], null]) {
    expect((await core.ask({ path: '/file/key', body })).status).toBe(400);
  }
  expect((await core.ask({ path: '/file/seal' })).status).toBe(405);
  expect((await core.ask({ path: '/health' })).status).toBe(200);
});

it('headers beyond the limit are refused', async () => {
  const { status } = await ask('seal', 'a'.repeat(9000), Buffer.of(1));
  expect(status).toBe(431);
});
