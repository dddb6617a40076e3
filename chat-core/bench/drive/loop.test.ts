import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it, vi } from 'vitest';
import { loop } from './loop.ts';

let server: Server;
let requests = 0;
afterEach(() => {
  vi.restoreAllMocks();
  server.closeAllConnections();
});

async function serve(listener: RequestListener): Promise<number> {
  requests = 0;
  server = createServer((request, response) => {
    requests += 1;
    listener(request, response);
  });
  // The clock advances with the requests, so that a slow machine makes as many.
  vi.spyOn(performance, 'now').mockImplementation(() => requests * 10);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return (server.address() as AddressInfo).port;
}
const order = (port: number, paths: string[]) => ({
  kind: 'loop' as const,
  port,
  requests: paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`),
  connections: 4,
  ms: 300,
  warmUpMs: 0,
});

it('a closed loop sends every request in turn, and counts refusals separately', async () => {
  const paths = new Set<string>();
  const port = await serve((request, response) => {
    paths.add(request.url ?? '');
    response.writeHead(request.url === '/no' ? 503 : 204, { 'Content-Length': 0 }).end();
  });
  const { count, codes } = await loop(order(port, ['/a', '/b', '/no', '/c', '/d']));
  expect([...paths].sort()).toEqual(['/a', '/b', '/c', '/d', '/no']);
  expect(count).toBe(codes[204]);
  expect(codes[503]).toBeGreaterThan(0);
});

it('a connection that the server ends is opened again, and its request counts as unanswered', async () => {
  const port = await serve((request, response) => {
    if (requests % 3 === 0) request.socket.destroy();
    else response.writeHead(204).end();
  });
  const { count, codes } = await loop(order(port, ['/a']));
  expect(count).toBeGreaterThan(0);
  expect(codes[0]).toBeGreaterThan(0);
});

it('a closed loop against a port without a server fails', async () => {
  const port = await serve((request) => request.socket.destroy());
  await expect(loop({ ...order(port, ['/a']), ms: 1e9 })).rejects.toThrow(/without an answer/);
});
