import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { CipherCalls } from '../src/cipher/call.ts';
import type { FileChunks } from '../src/cipher/cipher.ts';
import { openCipher } from '../src/cipher/client.ts';
import { openFileCipher } from '../src/cipher/file-client.ts';
import { createLog } from '../src/log.ts';
import { type Fault, startFaultyCipher } from './support/faulty-cipher.ts';
import { type Running, startService } from './support/service.ts';

const binding = { fileId: randomUUID(), conversationId: randomUUID(), senderId: randomUUID() };
const chunks: FileChunks = {
  key: { v: 1, kid: 'k', content: 'AAAA' },
  binding,
  index: 0,
  isLast: true,
};
const keysDir = inject('keysDir');
let cipher: Running;
let url: string;

beforeAll(async () => {
  cipher = await startService('cipher-service', { CIPHER_PORT: '0', KEYS_DIR: keysDir });
  url = `https://127.0.0.1:${cipher.port}`;
});

describe('the real cipher-service', () => {
  it('a file is sealed and opened, and what does not open is no failure of the service', async () => {
    const real = openCipher(url, keysDir, createLog('silent'));
    const place = { ...chunks, key: await real.newFileKey(binding) };
    const sealed = await real.sealChunks(place, [Buffer.from('ha'), Buffer.from('lo')]);
    expect((await real.openChunks(place, sealed))?.toString()).toBe('halo');
    expect(await real.openChunks({ ...place, index: 1 }, sealed)).toBeUndefined();
    expect(await real.openChunks({ ...place, key: chunks.key }, sealed)).toBeUndefined();
    expect((await real.openChunks(place, sealed))?.toString()).toBe('halo');
    real.close();
  });

  it('files that are sealed and opened at once, in parts of several pieces, do not mix', async () => {
    const real = openCipher(url, keysDir, createLog('silent'));
    const files = await Promise.all(
      Array.from({ length: 6 }, async (_, n) => {
        const own = { ...binding, fileId: randomUUID() };
        const plain = Buffer.alloc(200_000 + n, `${n}`);
        return { place: { ...chunks, binding: own, key: await real.newFileKey(own) }, plain };
      }),
    );
    const opened = await Promise.all(
      files.map(async ({ place, plain }) => {
        const pieces = [plain.subarray(0, 70_001), plain.subarray(70_001)];
        return real.openChunks(place, await real.sealChunks(place, pieces));
      }),
    );
    expect(opened.map((plain, n) => plain?.equals(files[n]?.plain ?? Buffer.of()))).toEqual(
      files.map(() => true),
    );
    real.close();
  });
});

describe('a faulty cipher-service', () => {
  let faulty: Awaited<ReturnType<typeof startFaultyCipher>>;
  const file = (name: string) => readFileSync(join(keysDir, 'core', name));
  beforeAll(async () => {
    await cipher.stop();
    faulty = await startFaultyCipher(keysDir, cipher.port, 'hangs');
  });
  afterAll(() => faulty.stop());

  it.each<Fault>([
    'hangs',
    'answers garbage',
    'answers 500',
    'cuts the answer',
    'answers the bytes themselves',
    'answers too many bytes',
    'answers empty items',
    'drips',
  ])('a cipher-service that %s seals and opens no file', async (fault) => {
    faulty.setFault(fault);
    const tls = { ca: file('ca.pem'), cert: file('client.pem'), key: file('client.key.pem') };
    const calls = new CipherCalls(url, { ...tls, servername: 'cipher-service' }, 2);
    const files = openFileCipher(calls, 300);
    const bytes = Buffer.alloc(100);
    await expect(files.sealChunks(chunks, [bytes])).rejects.toThrow();
    await expect(files.openChunks(chunks, bytes)).rejects.toThrow();
    await expect(files.newFileKey(binding)).rejects.toThrow();
    calls.close();
  });

  it('after a fault, calls are refused for a second without reaching the service', async () => {
    faulty.setFault('answers 500');
    const client = openCipher(url, keysDir, createLog('silent'));
    const refused = { code: 'CIPHER_UNAVAILABLE', retryAfter: 2 };
    await expect(client.sealChunks(chunks, [Buffer.of(1)])).rejects.toMatchObject(refused);
    for (let n = 0; n < 20; n++) {
      await expect(client.openChunks(chunks, Buffer.alloc(24))).rejects.toMatchObject(refused);
      await expect(client.newFileKey(binding)).rejects.toMatchObject(refused);
    }
    expect(faulty.calls()).toBe(1);
    client.close();
  });
});
