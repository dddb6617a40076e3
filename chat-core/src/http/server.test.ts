import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { closeServer, listenOn, openServer } from './server.ts';

const answerAll = openServer((_request, response) => response.end('here'));

it('a connection that could not be accepted is reported, and the server goes on', async () => {
  const troubles: string[] = [];
  const server = openServer((_request, response) => response.end('here'));
  const port = await listenOn(server, { port: 0, host: '127.0.0.1' }, ({ message }) =>
    troubles.push(message),
  );
  for (const n of [1, 2, 3]) server.emit('error', new Error(`accept ENFILE ${n}`));
  expect(troubles).toEqual([1, 2, 3].map((n) => `accept ENFILE ${n}`));
  expect(await (await fetch(`http://127.0.0.1:${port}`)).text()).toBe('here');
  await closeServer(server, 0);
});

it('a port that is taken, and a host that is none of this machine, are sentences that name the variable', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as { port: number };
  const listen = (to: { port: number; host: string }) => listenOn(answerAll, to, () => {});
  await expect(listen({ port, host: '127.0.0.1' })).rejects.toThrow(
    `PORT ${port} on HOST 127.0.0.1 cannot be listened on (EADDRINUSE).`,
  );
  await expect(listen({ port: 0, host: '203.0.113.1' })).rejects.toThrow('on HOST 203.0.113.1 cannot');
  other.close();
});
