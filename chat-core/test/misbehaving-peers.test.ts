import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCipher } from '../src/cipher/client.ts';
import { createLog } from '../src/log.ts';
import { createPushClient } from '../src/push/push-client.ts';
import {
  connectAndMisbehave,
  type Listening,
  MISBEHAVIOURS,
  startMisbehavingServer,
} from './support/misbehaving-peers.ts';
import { type Pair, startPair } from './support/pair.ts';
import { type Person, signUpPairs } from './support/person.ts';
import { until } from './support/until.ts';

let pair: Pair;
let ani: Person;
let budi: Person;
beforeAll(async () => {
  pair = await startPair();
  [[ani, budi]] = (await signUpPairs(pair.url, 'orang', 1)) as [[Person, Person]];
});
afterAll(() => pair.stop());

const SERVERS: Record<string, () => Listening> = {
  'the HTTP port of chat-core': () => ({ port: pair.core().port, host: '127.0.0.1' }),
  'the control socket of chat-core': () => ({ path: join(pair.dataDir, 'lock') }),
  'the TLS port of cipher-service': () => ({ port: pair.cipher().port, host: '127.0.0.1' }),
};
const CASES = Object.keys(SERVERS).flatMap((where) =>
  Object.keys(MISBEHAVIOURS).map((how) => [where, how] as const),
);

describe('both services with misbehaving peers', () => {
  it.each(CASES)('both services keep running when a peer at %s %s', async (where, how) => {
    const server = SERVERS[where];
    if (!server) throw new Error('no such server');
    const peers = await connectAndMisbehave(server(), how);
    const send = () =>
      ani.post('/chat/send', { senderId: ani.id, receiverId: budi.id, message: 'still here' });
    // The cipher takes 32 connections, so the core may have to wait for its next one.
    await until(async () => (await send()).status === 200);
    peers.end();
    await until(async () => (await send()).status === 200);
    for (const service of [pair.core(), pair.cipher()]) {
      expect(service.process.exitCode).toBeNull();
      expect(service.log()).not.toContain('uncaughtException');
    }
  });
});

describe.each(Object.keys(MISBEHAVIOURS))('a server that %s', (how) => {
  it(`a server that ${how} counts as an unavailable cipher`, async () => {
    const server = await startMisbehavingServer(how);
    const cipher = openCipher(`https://127.0.0.1:${server.port}`, pair.keysDir, createLog('silent'));
    expect(await cipher.isUp()).toBe(false);
    await expect(
      cipher.openMany([{ sealed: { v: 1, kid: 'k', content: '' }, binding: {} as never }]),
    ).rejects.toMatchObject({ code: 'CIPHER_UNAVAILABLE' });
    expect(server.connections()).toBeGreaterThan(0);
    cipher.close();
    await server.stop();
  });

  it(`a server that ${how} counts as a push service that failed`, async () => {
    const server = await startMisbehavingServer(how);
    const send = createPushClient({
      resolve: async () => ['127.0.0.1'],
      isAllowed: () => true,
      port: server.port,
      timeoutMs: 500,
    });
    const pushed = send({ endpoint: 'https://push.example/x', headers: {}, body: Buffer.from('sealed') });
    await expect(pushed).rejects.toThrow();
    expect(server.connections()).toBe(1);
    await server.stop();
  });
});
