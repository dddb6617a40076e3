import { request } from 'node:https';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApp } from '../src/app.ts';
import { openCounter } from '../src/counter.ts';
import { loadIdentity } from '../src/identity.ts';
import { codeOf } from '../src/log.ts';
import { serve } from '../src/serve.ts';
import type { DecryptAnswer, EncryptAnswer, EncryptItem, Sealed } from '../src/wire.ts';
import { type CoreClient, coreClient } from './support/client.ts';
import { freshKeys, type Keys } from './support/keys.ts';
import { BINDING, PROFILE } from './support/rings.ts';
import { startService } from './support/service.ts';

let keys: Keys;
let service: Awaited<ReturnType<typeof startService>>;
let core: CoreClient;

beforeAll(async () => {
  keys = await freshKeys();
  service = await startService(keys);
  core = coreClient(keys, service.port);
});
afterAll(async () => {
  core.end();
  await service.stop();
  keys.remove();
});

const item = (text: string, edit = 0): EncryptItem => ({ text, context: { ...BINDING, edit } });

async function encrypt(items: unknown[]): Promise<EncryptAnswer['items']> {
  const { status, body } = await core.ask({ path: '/encrypt', body: { items } });
  expect(status).toBe(200);
  return (body as EncryptAnswer).items;
}

async function decrypt(items: unknown[]): Promise<DecryptAnswer['items']> {
  const { status, body } = await core.ask({ path: '/decrypt', body: { items } });
  expect(status).toBe(200);
  return (body as DecryptAnswer).items;
}

async function sealedItem(text: string): Promise<Sealed & { context: typeof BINDING }> {
  const [sealed] = await encrypt([item(text)]);
  if (sealed === undefined || 'error' in sealed) throw new Error('The text was not sealed.');
  return { ...sealed, context: BINDING };
}

async function expectFailure(
  ask: Parameters<CoreClient['ask']>[0],
  status: number,
  code: string,
): Promise<void> {
  const answer = await core.ask(ask);
  expect({ status: answer.status, body: answer.body }).toEqual({
    status,
    body: { error: expect.any(String), code },
  });
  expect(answer.text).not.toMatch(/\n|node:|\/src\/|\.ts/);
  expect((await core.ask({ path: '/health' })).status).toBe(200);
}

test('GET /health answers that the service is ready', async () => {
  const { status, body, headers } = await core.ask({ path: '/health' });
  expect([status, body]).toEqual([200, { status: 'ready' }]);
  expect(headers['cache-control']).toBe('no-store');
});

test('200 items of 16 KiB are sealed and opened in one batch each, in their order', async () => {
  const texts = Array.from({ length: 200 }, (_, n) => `${n}"\n`.padEnd(16_384, '\\'));
  const sealed = await encrypt(texts.map(item));
  const rows = sealed.map((row, edit) => ({ ...row, context: { ...BINDING, edit } }));
  expect(await decrypt(rows)).toEqual(texts.map((text) => ({ text })));
});

test('messages and profiles can be in one batch, and each opens with its own context only', async () => {
  const [message, profile] = await encrypt([item('halo'), { text: 'Sari', context: PROFILE }]);
  const [mine, theirs] = [
    { ...message, context: BINDING },
    { ...profile, context: PROFILE },
  ];
  const swapped = { ...profile, context: { ...PROFILE, field: 'picture' } };
  expect(await decrypt([mine, theirs, swapped])).toEqual([
    { text: 'halo' },
    { text: 'Sari' },
    { error: expect.any(String), code: 'DID_NOT_OPEN' },
  ]);
});

test('a body just over the limit and one far over it are refused', async () => {
  for (const size of [8 * 1024 * 1024 + 1, 20 * 1024 * 1024]) {
    const raw = Buffer.alloc(size, 0x20);
    await expectFailure({ path: '/encrypt', raw }, 413, 'BODY_TOO_LARGE');
  }
});

test('a connection with an endless body is closed', async () => {
  const raw = Buffer.alloc(80 * 1024 * 1024, 0x20);
  const outcome = await core.ask({ path: '/encrypt', raw }).then(({ status }) => status, codeOf);
  expect([413, 'ECONNRESET', 'EPIPE']).toContain(outcome);
  expect((await core.ask({ path: '/health' })).status).toBe(200);
});

test('a caller that disconnects in the middle of a body causes no error', async () => {
  const req = request({
    host: 'localhost',
    port: service.port,
    path: '/encrypt',
    method: 'POST',
    agent: core.agent,
  });
  req.on('error', () => undefined);
  req.setHeader('Content-Length', 1_000);
  req.setHeader('Expect', '100-continue');
  req.flushHeaders();
  await new Promise((resolve) => req.once('continue', resolve));
  req.destroy();
  expect((await core.ask({ path: '/health' })).status).toBe(200);
  expect(service.log.join('')).not.toContain('failed');
});

test.each(['/encrypt', '/decrypt'])('%s refuses a body that is not a batch as a whole', async (path) => {
  const bodies: unknown[] = [
    null,
    [],
    'text',
    7,
    {},
    { items: [] },
    { items: {} },
    { items: 'x' },
    { items: null },
    { items: Array.from({ length: 201 }, () => item('x')) },
    { items: [item('x')], more: 1 },
  ];
  for (const body of bodies) await expectFailure({ path, raw: JSON.stringify(body) }, 400, 'INVALID_REQUEST');
  await expectFailure({ path, raw: '{"items":[{}],"__proto__":{"x":1}}' }, 400, 'INVALID_REQUEST');
  await expectFailure({ path, raw: '{"__proto__":{"items":[{}]}}' }, 400, 'INVALID_REQUEST');
  await expectFailure({ path, raw: `${'['.repeat(10_000)}${']'.repeat(10_000)}` }, 400, 'INVALID_REQUEST');
});

test.each(['/encrypt', '/decrypt'])('%s refuses a body that is not JSON in UTF-8', async (path) => {
  const bodies = [
    '',
    '{',
    '{"items":[1,]}',
    '\uFEFF{}x',
    Buffer.of(0x22, 0xff, 0x22),
    Buffer.from('{}', 'utf16le'),
  ];
  for (const raw of bodies) await expectFailure({ path, raw }, 400, 'MALFORMED_JSON');
});

test('other paths are refused with 404, and other methods with 405 and the allowed one', async () => {
  for (const path of ['/', '/encrypt/', '/Encrypt', '/health?x=1', '/__proto__', '/constructor', '//encrypt'])
    await expectFailure({ path }, 404, 'NOT_FOUND');
  for (const [path, methods, allowed] of [
    ['/encrypt', ['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE'], 'POST'],
    ['/health', ['POST', 'PUT', 'DELETE'], 'GET'],
  ] as const)
    for (const method of methods) {
      await expectFailure({ path, method }, 405, 'METHOD_NOT_ALLOWED');
      expect((await core.ask({ path, method })).headers.allow).toBe(allowed);
    }
});

test('headers over 8 KiB are refused with an error of the same shape', async () => {
  await expectFailure({ path: `/${'x'.repeat(9_000)}` }, 431, 'HEADERS_TOO_LARGE');
});

describe('items of a batch', () => {
  const wrongContexts = [
    undefined,
    null,
    [],
    { ...BINDING, extra: 1 },
    { ...BINDING, messageId: '' },
    { ...BINDING, messageId: 7 },
    { ...BINDING, conversationId: '\uD800' },
    { ...BINDING, senderId: 'x'.repeat(129) },
    { ...BINDING, timestamp: '1' },
    { ...BINDING, timestamp: 1.5 },
    { ...BINDING, timestamp: -1 },
    { ...BINDING, timestamp: 2 ** 53 },
    { ...BINDING, edit: -1 },
    { ...BINDING, edit: null },
    { ...BINDING, ...PROFILE },
    { ...PROFILE, field: '' },
    { ...PROFILE, userId: 7 },
    { ...PROFILE, edit: -1 },
    { ...PROFILE, extra: 1 },
  ];

  test('an invalid item to seal gets an error of its own and the others are sealed', async () => {
    const wrong: unknown[] = [
      null,
      'x',
      [],
      {},
      { ...item('x'), more: 1 },
      { ...item('x'), text: 7 },
      { ...item('x'), text: { toString: 'x' } },
      { ...item('x'), text: 'lone \uDC00 surrogate' },
      { ...item('x'), text: 'x'.repeat(16_385) },
      { ...item('x'), text: 'é'.repeat(8_193) },
      ...wrongContexts.map((context) => ({ text: 'x', context })),
      JSON.parse('{"text":"x","context":{},"__proto__":{"a":1}}'),
    ];
    const answers = await encrypt(wrong.flatMap((bad, edit) => [bad, item('baik', edit)]));
    expect(answers.length).toBe(wrong.length * 2);
    for (const [index, answer] of answers.entries()) {
      if (index % 2 === 0)
        expect(answer, `item ${index}`).toEqual({ error: expect.any(String), code: 'INVALID_ITEM' });
      else expect(answer).toEqual({ v: 1, kid: expect.any(String), content: expect.any(String) });
    }
  });

  test('a key named __proto__ makes no item valid and reaches no prototype', async () => {
    const good = JSON.stringify(item('x'));
    const raw = `{"items":[${good},{"__proto__":${good}},${good.replace('{', '{"__proto__":{"polluted":1},')}]}`;
    const { status, body } = await core.ask({ path: '/encrypt', raw });
    expect(status).toBe(200);
    const codes = (body as EncryptAnswer).items.map((answer) => ('code' in answer ? answer.code : 'sealed'));
    expect(codes).toEqual(['sealed', 'INVALID_ITEM', 'INVALID_ITEM']);
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });

  test('an invalid item to open gets an error of its own and the others open', async () => {
    const good = await sealedItem('baik');
    const wrong: unknown[] = [
      null,
      {},
      { ...good, more: 1 },
      { ...good, v: '1' },
      { ...good, kid: 7 },
      { ...good, content: null },
      ...wrongContexts.map((context) => ({ ...good, context })),
    ];
    const answers = await decrypt(wrong.flatMap((bad) => [bad, good]));
    for (const [index, answer] of answers.entries())
      expect(answer, `item ${index}`).toEqual(
        index % 2 === 0 ? { error: expect.any(String), code: 'INVALID_ITEM' } : { text: 'baik' },
      );
  });

  test('all items that do not open get the same error, and the others open', async () => {
    const good = await sealedItem('baik');
    const bytes = Buffer.from(good.content, 'base64');
    const flipped = Buffer.from(bytes);
    flipped.writeUInt8(bytes.readUInt8(13) ^ 1, 13);
    const locked: unknown[] = [
      { ...good, v: 2 },
      { ...good, kid: 'unknown' },
      { ...good, kid: '' },
      { ...good, content: '' },
      { ...good, content: 'not base64' },
      { ...good, content: `${good.content}=` },
      { ...good, content: flipped.toString('base64') },
      { ...good, content: bytes.subarray(0, -1).toString('base64') },
      { ...good, content: Buffer.alloc(100_000).toString('base64') },
      { ...good, context: { ...BINDING, conversationId: 'another' } },
      { ...good, context: { ...BINDING, edit: 1 } },
    ];
    const answers = await decrypt([good, ...locked, good]);
    expect(answers.at(0)).toEqual({ text: 'baik' });
    expect(answers.at(-1)).toEqual({ text: 'baik' });
    expect(new Set(answers.slice(1, -1).map((answer) => JSON.stringify(answer)))).toEqual(
      new Set(['{"error":"This did not open.","code":"DID_NOT_OPEN"}']),
    );
  });
});

test('an internal error is a 500 without details, and the log has its stack without its message', async () => {
  const keyFor = () => {
    throw new TypeError('rahasia');
  };
  const log: string[] = [];
  const logger = pino({ level: 'trace' }, { write: (line: string) => void log.push(line) });
  const broken = createApp(
    { ...loadIdentity(keys.dir), keyring: { newest: 'k', older: [], keyFor, profileKeyFor: keyFor } },
    openCounter(keys.dir),
    logger,
  );
  const serving = await serve(broken, { port: 0, host: '127.0.0.1' });
  const caller = coreClient(keys, serving.port);
  const ask = (id: string) =>
    caller.ask({ path: '/encrypt', body: { items: [item('x')] }, headers: { 'Request-Id': id } });
  const { status, text } = await ask('a1b2-7');
  await ask('kenari dari luar');
  expect(status).toBe(500);
  expect(text).toBe('{"error":"Something went wrong here; nothing was sealed or opened.","code":"INTERNAL"}');
  expect(log.join('')).toMatch(/TypeError.*seal\.ts/);
  expect(log.map((line) => JSON.parse(line).requestId)).toEqual(['a1b2-7', undefined]);
  expect(log.join('')).not.toContain('kenari');
  expect(log.join('')).not.toContain('rahasia');
  caller.end();
  await serving.stop();
});

test('the log at level trace contains no text, no key and no content', async () => {
  const canary = 'kenari-4f81c2';
  const good = await sealedItem(canary);
  await encrypt([item(canary), { text: canary }, { ...item(canary), [canary]: canary }]);
  await decrypt([good, { ...good, kid: canary }, { ...good, context: { ...BINDING, senderId: canary } }]);
  await core.ask({ path: `/${canary}` });
  await core.ask({ path: '/encrypt', raw: `{"${canary}` });
  await core.ask({ path: '/encrypt', raw: `/${'x'.repeat(10)}${canary}` });
  const log = service.log.join('');
  const { keys: dataKeys } = JSON.parse(keys.read('cipher/keyring.json').toString()) as {
    keys: { key: string }[];
  };
  for (const secret of [canary, good.content, ...dataKeys.map(({ key }) => key)])
    expect(log).not.toContain(secret);
});
