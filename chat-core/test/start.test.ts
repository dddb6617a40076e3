import { on, once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, it } from 'vitest';
import { startService } from './support/service.ts';

it('a port in use stops the start with a sentence that names PORT, and the next start can use the data folder', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bisik-port-'));
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const start = (ownPort: number) =>
    startService('chat-core', {
      PORT: String(ownPort),
      CIPHER_PORT: '1',
      DATA_DIR: folder,
      KEYS_DIR: inject('keysDir'),
    });
  await expect(start(port)).rejects.toThrow(
    new RegExp(`chat-core cannot start\\. PORT ${port} on HOST 127\\.0\\.0\\.1 .*\\(EADDRINUSE\\)\\.\n`),
  );
  const core = await start(0);
  expect(await core.stop()).toBe(0);
  other.close();
  await rm(folder, { recursive: true });
});

it('a route without a row in the table of access stops the start with a sentence that names it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bisik-planted-'));
  const plant = new URL('support/planted-route.ts', import.meta.url);
  const env = { PORT: '0', CIPHER_PORT: '1', DATA_DIR: folder, KEYS_DIR: inject('keysDir') };
  const start = startService('chat-core', env, [`--import=${plant}`]);
  await expect(start).rejects.toThrow(
    'ended with 1: chat-core cannot start. GET /planted has no row in the table of access',
  );
  await rm(folder, { recursive: true });
});

it('both services send heartbeats to the process that started them', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bisik-alive-'));
  const keys = { KEYS_DIR: inject('keysDir'), CIPHER_PORT: '0' };
  const started = await Promise.all([
    startService('cipher-service', keys),
    startService('chat-core', { ...keys, PORT: '0', DATA_DIR: folder }),
  ]);
  const alive = started.map(async ({ process }) => {
    for await (const [message] of on(process, 'message')) if (message.type === 'alive') return;
  });
  await Promise.all(alive);
  await Promise.all(started.map((service) => service.stop()));
  await rm(folder, { recursive: true });
});
