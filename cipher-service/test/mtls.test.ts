import { X509Certificate } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
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

/** The key of the CA, which a set-up does not store. */
let authority: string;

beforeAll(async () => {
  keys = await freshKeys();
  [key, authority] = await Promise.all([newPrivateKey(), newPrivateKey()]);
  const write = (file: string, text: string) => writeFileSync(join(keys.dir, file), text);
  for (const file of ['cipher/ca.pem', 'core/ca.pem']) write(file, issueAuthority(authority));
  write('cipher/server.pem', issueServer(authority, keys.read('cipher/server.key.pem').toString()));
  write('core/client.pem', issueClient(authority, keys.read('core/client.key.pem').toString()));
  service = await startService(keys);
});
afterAll(async () => {
  await service.stop();
  keys.remove();
});

const own = () => ({ key: keys.read('core/client.key.pem'), cert: keys.read('core/client.pem') });

/** Requests /health over a new socket. `response` is the text that arrived before the socket closed. */
function askOverSocket(
  options: ConnectionOptions,
): Promise<{ response: string; protocol: string | null; reset: boolean }> {
  return new Promise((resolve) => {
    let response = '';
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
      response += bytes.toString('latin1');
    });
    socket.on('error', () => {
      reset = true;
    });
    socket.on('close', () => resolve({ response, protocol, reset }));
  });
}

test('the core gets a response over TLS 1.3', async () => {
  const { response, protocol } = await askOverSocket(own());
  expect(response).toContain('200 OK');
  expect(response).toContain('{"status":"ready"}');
  expect(protocol).toBe('TLSv1.3');
});

test('a client without a certificate gets no response', async () => {
  expect((await askOverSocket({})).response).toBe('');
});

test('a client with a certificate of a foreign CA gets no response, though its name is right', async () => {
  const foreign = await newPrivateKey();
  const cert = issueClient(foreign, key);
  expect(new X509Certificate(cert).subjectAltName).toBe('DNS:chat-core');
  expect((await askOverSocket({ key, cert })).response).toBe('');
  expect((await askOverSocket({ key, cert: `${cert}\n${issueAuthority(foreign)}` })).response).toBe('');
});

test('a client with a certificate of our CA and another name gets no response', async () => {
  const right = issueClient(authority, key);
  expect((await askOverSocket({ key, cert: right })).response).toContain('200 OK');
  for (const name of [
    'cipher-service',
    'chat-core.example.org',
    'CHAT-CORE',
    'x.chat-core',
    'chat-core, DNS:x',
    '*',
  ]) {
    const cert = issueClient(authority, key, name);
    expect(new X509Certificate(cert).verify(new X509Certificate(keys.read('core/ca.pem')).publicKey)).toBe(
      true,
    );
    expect((await askOverSocket({ key, cert })).response, name).toBe('');
  }
  expect(service.log.join('')).toContain('wrong name was refused');
});

test('a client with a certificate for servers gets no response', async () => {
  expect((await askOverSocket({ key, cert: issueServer(authority, key) })).response).toBe('');
});

test('a client cannot connect with the right certificate and another key', () => {
  expect(() => connect({ port: service.port, key, cert: own().cert })).toThrow(/key values mismatch/);
});

test('a client with TLS 1.2 is refused', async () => {
  const { response, reset } = await askOverSocket({ ...own(), maxVersion: 'TLSv1.2' });
  expect([response, reset]).toEqual(['', true]);
});

test('a client with plain HTTP gets no HTTP response', async () => {
  const answer = await fetch(`http://127.0.0.1:${service.port}/health`).catch((error: unknown) => error);
  expect(answer).toBeInstanceOf(TypeError);
});

test('the certificate of the service is valid for both names and loopback, and for no other name', async () => {
  for (const servername of ['cipher-service', 'localhost'])
    expect((await askOverSocket({ ...own(), servername })).response).toContain('200 OK');
  expect((await askOverSocket({ ...own(), servername: '' })).response).toContain('200 OK');
  expect((await askOverSocket({ ...own(), servername: 'chat-core' })).response).toBe('');
});

test('the core refuses a server of a foreign CA', async () => {
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

test('a resumed TLS session of the core gets a response, and a client with another certificate gets none', async () => {
  let session: Buffer | undefined;
  const first = await new Promise<string>((resolve) => {
    let response = '';
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
      response += bytes.toString('latin1');
    });
    socket.on('close', () => resolve(response));
  });
  expect(first).toContain('200 OK');
  if (session === undefined) throw new Error('No session ticket came.');
  expect((await askOverSocket({ ...own(), session })).response).toContain('200 OK');
  expect((await askOverSocket({ key, cert: issueClient(authority, key, 'x') })).response).toBe('');
});

test('the number of connections is limited, and closed ones make room for new ones', async () => {
  const open = async () => {
    const socket = connectTcp(service.port, '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    return socket;
  };
  const idle = await Promise.all(Array.from({ length: 32 }, open));
  expect((await askOverSocket(own())).response).toBe('');
  for (const socket of idle) socket.destroy();
  await expect.poll(async () => (await askOverSocket(own())).response).toContain('200 OK');
});

test('peers that connect and say nothing cannot keep the core out', async () => {
  const crowded = await startService(keys, 0, { handshakeTimeout: 100 });
  const silent = Array.from({ length: 40 }, () =>
    connectTcp({ port: crowded.port, host: '127.0.0.1', allowHalfOpen: true }).on('error', () => {}),
  );
  await expect
    .poll(async () => (await askOverSocket({ ...own(), port: crowded.port })).response)
    .toContain('200 OK');
  for (const socket of silent) socket.destroy();
  await crowded.stop();
});

test('a peer that sends malformed HTTP and keeps its side open is disconnected', async () => {
  const patient = await startService(keys, 0, { closeGraceMs: 20 });
  const ca = keys.read('core/ca.pem');
  const to = { host: '127.0.0.1', port: patient.port, servername: 'cipher-service', ca, ...own() };
  const raw = connectTcp({ port: patient.port, host: '127.0.0.1', allowHalfOpen: true });
  // TLS over a socket that does not close by itself: only the service can end the connection.
  const socket = connect({ ...to, socket: raw, allowHalfOpen: true } as ConnectionOptions);
  socket.on('error', () => {}).on('secureConnect', () => socket.write('garbage\r\n\r\n'));
  let answer = '';
  socket.on('data', (bytes: Buffer) => {
    answer += bytes.toString('latin1');
  });
  await expect.poll(() => answer).toContain('MALFORMED_REQUEST');
  // Once the service has destroyed its side, what is sent to it is answered by a reset.
  await expect
    .poll(() => {
      if (!raw.destroyed) raw.write('x');
      return raw.destroyed;
    })
    .toBe(true);
  await patient.stop();
});
