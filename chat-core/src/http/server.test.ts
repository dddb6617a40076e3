import { EventEmitter, once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { expect, it, vi } from 'vitest';
import { closeServer, createHttpServer, limitSocketsPerNetwork, listenOn } from './server.ts';

const anyServer = createHttpServer((_request, response) => response.end('ok'));

it('a connection that cannot be accepted is reported, and the server stays up', async () => {
  const errors: string[] = [];
  const server = createHttpServer((_request, response) => response.end('ok'));
  const port = await listenOn(server, { port: 0, host: '127.0.0.1' }, ({ message }) => errors.push(message));
  for (const n of [1, 2, 3]) server.emit('error', new Error(`accept ENFILE ${n}`));
  expect(errors).toEqual([1, 2, 3].map((n) => `accept ENFILE ${n}`));
  expect(await (await fetch(`http://127.0.0.1:${port}`)).text()).toBe('ok');
  await closeServer(server, 0);
});

it('an error names the variable when the port is taken or the host is not of this machine', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as { port: number };
  const listen = (to: { port: number; host: string }) => listenOn(anyServer, to, () => {});
  await expect(listen({ port, host: '127.0.0.1' })).rejects.toThrow(
    `PORT ${port} on HOST 127.0.0.1 cannot be listened on (EADDRINUSE).`,
  );
  await expect(listen({ port: 0, host: '203.0.113.1' })).rejects.toThrow('on HOST 203.0.113.1 cannot');
  other.close();
});

it('as many connections may wait to be accepted as there may be, or a thousand at once would be tried again a second later', async () => {
  const server = createHttpServer((_request, response) => response.end('ok'));
  const listen = vi.spyOn(server, 'listen');
  await listenOn(server, { port: 0, host: '127.0.0.1' }, () => {});
  expect(listen).toHaveBeenCalledWith(
    expect.objectContaining({ backlog: server.maxConnections }),
    expect.anything(),
  );
  await closeServer(server, 0);
});

/** Clients that send `bytes`, keep their side open whatever comes, and read only when `reads`. */
async function keepOpen(port: number, bytes: string, reads: boolean): Promise<Socket[]> {
  const sockets = Array.from({ length: 20 }, () => connect({ port, host: '127.0.0.1', allowHalfOpen: true }));
  for (const socket of sockets) {
    socket.on('error', () => {}).write(bytes);
    if (reads) socket.resume();
  }
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  return sockets;
}

it.each([
  ['sends malformed HTTP', 'garbage\r\n\r\n', true],
  ['sends half of a request', 'GET / HTTP/1.1\r\nHost:', true],
  ['asks for a tunnel', 'CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n', true],
  ['asks for its answer to be the last', 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', true],
  ['reads no answer', 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', false],
  ['reads no answer and could ask again', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n', false],
])('a client that %s and never closes its side loses its socket', async (_, bytes, reads) => {
  const large = Buffer.alloc(reads ? 10 : 16 * 1024 * 1024);
  const server = createHttpServer((_request, response) => response.end(large), {
    idleMs: 300,
    closeGraceMs: 50,
  });
  const opened = once(server, 'connection');
  const port = await listenOn(server, { port: 0, host: '127.0.0.1' }, () => {});
  const sockets = await keepOpen(port, bytes, reads);
  await opened;
  const count = () => new Promise((done) => server.getConnections((_error, found) => done(found)));
  await expect.poll(count).toBe(0);
  for (const socket of sockets) socket.destroy();
  await closeServer(server, 0);
});

it('the sockets of one network are counted together, and a shared peer is not counted', () => {
  const limit = limitSocketsPerNetwork((peer) => peer === '127.0.0.1', 2);
  const open = (remoteAddress: string) => {
    const socket = Object.assign(new EventEmitter(), {
      remoteAddress,
      isDestroyed: false,
      destroy: () => {
        socket.isDestroyed = true;
        return socket as never;
      },
    });
    limit(socket as never);
    return socket;
  };
  const first = open('2001:db8:1:200::1');
  expect(open('2001:db8:1:2ff::2').isDestroyed).toBe(false);
  expect(open('2001:db8:1:280::3').isDestroyed).toBe(true);
  expect(open('2001:db8:1:300::4').isDestroyed).toBe(false);
  first.emit('close');
  expect(open('2001:db8:1:222::5').isDestroyed).toBe(false);
  const ipv4 = ['192.0.2.1', '::ffff:192.0.2.1', '192.0.2.1', '192.0.2.2'].map(open);
  expect(ipv4.map(({ isDestroyed }) => isDestroyed)).toEqual([false, false, true, false]);
  expect([1, 2, 3].map(() => open('127.0.0.1').isDestroyed)).toEqual([false, false, false]);
});
