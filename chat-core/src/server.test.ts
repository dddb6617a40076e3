import { once } from 'node:events';
import { Agent, get, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { closeServer, openServer } from './server.ts';

const HOUR_MS = 3_600_000;
let server: Server;
let sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  sockets = [];
  server.close();
  server.closeAllConnections();
});

/** A server of ours that answers `ok` and lets a peer hold three sockets; its port. */
async function listen(isShared?: (peer: string) => boolean): Promise<number> {
  server = openServer((_, response) => response.end('ok'), isShared, 3).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').on('error', () => {});
  sockets.push(socket);
  await once(socket, 'connect');
  return socket;
}

/** What a socket hears when it asks; nothing when it was closed. */
async function ask(socket: Socket): Promise<string> {
  socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  return text(socket).catch(() => '');
}

describe('the server', () => {
  it('ends what begins and does not go on: headers after 10 s, a request after 15 s', async () => {
    const port = await listen();
    expect([server.headersTimeout, server.requestTimeout]).toEqual([10_000, 15_000]);
    // Node looks at its connections once a second, however short the time is.
    server.headersTimeout = 1;
    const socket = await open(port);
    socket.write('POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Le');
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 408 .*"REQUEST_TIMEOUT"/s);
  });

  it('lets one peer hold so many sockets, and a place that is given back is taken again', async () => {
    const port = await listen();
    const [first, second, third] = [await open(port), await open(port), await open(port)];
    expect(await ask(await open(port))).toBe('');
    second.destroy();
    let heard = '';
    while (heard === '') heard = await ask(await open(port));
    expect(heard).toContain('200 OK');
    for (const socket of [first, third]) expect(await ask(socket)).toContain('200 OK');
  });

  it('lets a peer that many people stand behind hold more', async () => {
    const port = await listen((peer) => peer === '127.0.0.1');
    const sockets = await Promise.all(Array.from({ length: 9 }, () => open(port)));
    for (const socket of sockets) expect(await ask(socket)).toContain('200 OK');
  });
});

describe('stopping', () => {
  it('does not wait for connections that are kept but idle, however long its grace', async () => {
    const port = await listen();
    const agent = new Agent({ keepAlive: true });
    const [answer] = await once(get({ port, agent }), 'response');
    await text(answer);
    await closeServer(server, HOUR_MS);
    expect(server.listening).toBe(false);
    agent.destroy();
  });

  it('lets a request under way finish', async () => {
    const port = await listen();
    const finish = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    server.removeAllListeners('request').on('request', async (_, response) => {
      begun.resolve();
      await finish.promise;
      response.end('finished');
    });
    const heard = ask(await open(port));
    await begun.promise;
    const closed = closeServer(server, HOUR_MS);
    finish.resolve();
    expect(await heard).toContain('finished');
    await closed;
  });
});
