import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { closeServer, createHttpServer, listenOn } from './server.ts';

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
