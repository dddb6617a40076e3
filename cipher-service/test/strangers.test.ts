import { X509Certificate } from 'node:crypto';
import { connect as connectTcp } from 'node:net';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { issueAuthority, issueClient, issueServer, newPrivateKey } from '../src/pki.ts';
import { coreClient } from './support/client.ts';
import { freshKeys, type Keys } from './support/keys.ts';
import { startService } from './support/service.ts';

const REQUEST = 'GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';

let keys: Keys;
let key: string;
let service: Awaited<ReturnType<typeof startService>>;

beforeAll(async () => {
  keys = await freshKeys();
  key = await newPrivateKey();
  service = await startService(keys);
});
afterAll(async () => {
  await service.stop();
  keys.remove();
});

const authorityKey = () => keys.read('cipher/ca.key.pem').toString();
const own = () => ({ key: keys.read('core/client.key.pem'), cert: keys.read('core/client.pem') });

/** Asks for /health over a socket of its own; gives what came back as text, whatever ended it. */
function knock(
  options: ConnectionOptions,
): Promise<{ heard: string; protocol: string | null; reset: boolean }> {
  return new Promise((resolve) => {
    let heard = '';
    let reset = false;
    const to = {
      host: '127.0.0.1',
      port: service.port,
      servername: 'cipher-service',
      ca: keys.read('core/ca.pem'),
    };
    const socket: TLSSocket = connect({ ...to, ...options }, () => socket.write(REQUEST));
    let protocol: string | null = null;
    socket.on('secureConnect', () => {
      protocol = socket.getProtocol();
    });
    socket.on('data', (bytes: Buffer) => {
      heard += bytes.toString('latin1');
    });
    socket.on('error', () => {
      reset = true;
    });
    socket.on('close', () => resolve({ heard, protocol, reset }));
  });
}

test('the core is heard, over TLS 1.3', async () => {
  const { heard, protocol } = await knock(own());
  expect(heard).toContain('200 OK');
  expect(heard).toContain('{"status":"ready"}');
  expect(protocol).toBe('TLSv1.3');
});

test('without a certificate there is no answer', async () => {
  expect((await knock({})).heard).toBe('');
});

test('a certificate of a foreign CA gets no answer, though it carries the right name', async () => {
  const foreign = await newPrivateKey();
  const cert = issueClient(foreign, key);
  expect(new X509Certificate(cert).subjectAltName).toBe('DNS:chat-core');
  expect((await knock({ key, cert })).heard).toBe('');
  expect((await knock({ key, cert: `${cert}\n${issueAuthority(foreign)}` })).heard).toBe('');
});

test('a certificate of our CA with another name gets no answer', async () => {
  const right = issueClient(authorityKey(), key);
  expect((await knock({ key, cert: right })).heard).toContain('200 OK');
  for (const name of [
    'cipher-service',
    'chat-core.example.org',
    'CHAT-CORE',
    'x.chat-core',
    'chat-core, DNS:x',
    '*',
  ]) {
    const cert = issueClient(authorityKey(), key, name);
    expect(new X509Certificate(cert).verify(new X509Certificate(keys.read('core/ca.pem')).publicKey)).toBe(
      true,
    );
    expect((await knock({ key, cert })).heard, name).toBe('');
  }
  expect(service.log.join('')).toContain('wrong name was refused');
});

test('a certificate for servers gets no answer', async () => {
  expect((await knock({ key, cert: issueServer(authorityKey(), key) })).heard).toBe('');
});

test('the right certificate without its key does not even connect', () => {
  expect(() => connect({ port: service.port, key, cert: own().cert })).toThrow(/key values mismatch/);
});

test('TLS 1.2 is refused', async () => {
  const { heard, reset } = await knock({ ...own(), maxVersion: 'TLSv1.2' });
  expect([heard, reset]).toEqual(['', true]);
});

test('plain HTTP gets no HTTP answer', async () => {
  const answer = await fetch(`http://127.0.0.1:${service.port}/health`).catch((error: unknown) => error);
  expect(answer).toBeInstanceOf(TypeError);
});

test('the core knows the service by both names and by loopback, and by no other', async () => {
  for (const servername of ['cipher-service', 'localhost'])
    expect((await knock({ ...own(), servername })).heard).toContain('200 OK');
  expect((await knock({ ...own(), servername: '' })).heard).toContain('200 OK');
  expect((await knock({ ...own(), servername: 'chat-core' })).heard).toBe('');
});

test('the core turns away from a server of a foreign CA', async () => {
  const other = await freshKeys();
  const impostor = await startService(other);
  const core = coreClient(keys, impostor.port);
  try {
    await expect(core.ask({ path: '/health' })).rejects.toThrow(/certificate/);
  } finally {
    core.end();
    await impostor.stop();
    other.remove();
  }
});

test('a resumed TLS session is heard as the core, and a stranger cannot resume it into an answer', async () => {
  let session: Buffer | undefined;
  const first = await new Promise<string>((resolve) => {
    let heard = '';
    const to = {
      port: service.port,
      host: '127.0.0.1',
      servername: 'cipher-service',
      ca: keys.read('core/ca.pem'),
    };
    const socket = connect({ ...to, ...own() }, () => socket.write(REQUEST));
    socket.on('session', (ticket: Buffer) => {
      session = ticket;
    });
    socket.on('data', (bytes: Buffer) => {
      heard += bytes.toString('latin1');
    });
    socket.on('close', () => resolve(heard));
  });
  expect(first).toContain('200 OK');
  if (session === undefined) throw new Error('No session ticket came.');
  expect((await knock({ ...own(), session })).heard).toContain('200 OK');
  expect((await knock({ key, cert: issueClient(authorityKey(), key, 'x') })).heard).toBe('');
});

test('connections are bounded, and room that is given back is used again', async () => {
  const open = async () => {
    const socket = connectTcp(service.port, '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    return socket;
  };
  const idle = await Promise.all(Array.from({ length: 32 }, open));
  expect((await knock(own())).heard).toBe('');
  for (const socket of idle) socket.destroy();
  await expect.poll(async () => (await knock(own())).heard).toContain('200 OK');
});
