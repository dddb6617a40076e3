import './support/slow-stopwatch.ts';
import { once } from 'node:events';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it, vi } from 'vitest';
import type { Cipher } from '../src/cipher/cipher.ts';
import { openCipher } from '../src/cipher/client.ts';
import { createLog } from '../src/log.ts';
import { startApp } from './support/app.ts';
import { type CipherProxy, startCipherProxy } from './support/cipher-proxy.ts';
import { signUpFriends } from './support/client.ts';
import { type Running, startService } from './support/service.ts';
import { until } from './support/until.ts';

vi.mock('bcrypt', () => import('./support/quick-bcrypt.ts'));

let keysDir: string;
let service: Running;
let proxy: CipherProxy;
let cipher: Cipher;
beforeAll(async () => {
  keysDir = await mkdtemp(join(tmpdir(), 'bisik-calls-'));
  await cp(inject('keysDir'), keysDir, { recursive: true });
  service = await startService('cipher-service', { CIPHER_PORT: '0', KEYS_DIR: keysDir });
  proxy = await startCipherProxy(keysDir, service.port);
  cipher = openCipher(proxy.url, keysDir, createLog('silent'));
});
afterAll(async () => {
  cipher.close();
  await proxy.stop();
  await service.stop();
  await rm(keysDir, { recursive: true });
});

it('sends that come during a call to the cipher share the next one', async () => {
  const test = await startApp({ PLAINTEXT_CACHE: 'off' });
  const [ani, budi] = await signUpFriends(test);
  let sealed = 0;
  test.cipher.seal = (text, binding) => {
    sealed += 1;
    return cipher.seal(text, binding);
  };
  test.cipher.openMany = cipher.openMany;
  const send = async (n: number) =>
    ani.post('/chat/send', { senderId: ani.id, receiverId: budi.id, message: `at once ${n}` });

  const first = send(0);
  await until(() => proxy.calls.length === 1);
  const others = Array.from({ length: 49 }, (_, n) => send(n + 1));
  await until(() => sealed === 50);
  proxy.release();
  const sent = (await Promise.all([first, ...others])).map(({ status, body }) => ({ status, ...body }));
  expect(new Set(sent.map(({ status }) => status))).toEqual(new Set([200]));
  expect(proxy.calls).toEqual([
    { path: '/encrypt', items: 1 },
    { path: '/encrypt', items: 49 },
  ]);

  const { body } = await budi.get(`/chat/history?myId=${budi.id}&friendId=${ani.id}`);
  const texts = (body as { content: string }[]).map(({ content }) => content);
  expect(texts.sort()).toEqual(sent.map(({ content }) => content).sort());
});

it('a call to the cipher times out before half of the 3 s in which a send is answered', async () => {
  const timeout = AbortSignal.timeout.bind(AbortSignal);
  const deadline = vi.spyOn(AbortSignal, 'timeout').mockImplementation(() => timeout(10));
  const silent = createServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  const own = openCipher(`https://127.0.0.1:${port}`, keysDir, createLog('silent'));
  const binding = { messageId: 'm', conversationId: 'c', senderId: 's', timestamp: 1, edit: 0 };
  await expect(own.seal('teks', binding)).rejects.toMatchObject({ code: 'CIPHER_UNAVAILABLE' });
  expect(deadline.mock.calls).toEqual([[1400]]);
  deadline.mockRestore();
  own.close();
  silent.close();
});

it('a page of history is decrypted in one call to the cipher', async () => {
  proxy.release();
  const test = await startApp({ PLAINTEXT_CACHE: 'off' });
  const [ani, budi] = await signUpFriends(test);
  Object.assign(test.cipher, { seal: cipher.seal, openMany: cipher.openMany });
  const input = { senderId: ani.id, receiverId: budi.id, message: 'satu dari banyak' };
  await Promise.all(Array.from({ length: 200 }, async () => ani.post('/chat/send', input)));
  const before = proxy.calls.length;
  const { body } = await budi.get(`/chat/history?myId=${budi.id}&friendId=${ani.id}&limit=200`);
  expect(body).toHaveLength(200);
  expect(proxy.calls.slice(before)).toEqual([{ path: '/decrypt', items: 200 }]);
});
