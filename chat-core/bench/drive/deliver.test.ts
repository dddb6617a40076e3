import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it, vi } from 'vitest';
import { deliver } from './deliver.ts';

let server: Server;
afterEach(() => {
  vi.restoreAllMocks();
  server.closeAllConnections();
});

const person = (id: string, conversationId: string) => ({ id, token: id, conversationId });
const json = (response: ServerResponse, body: object) => {
  const text = JSON.stringify(body);
  response.writeHead(200, { 'Content-Length': Buffer.byteLength(text) }).end(text);
};

/** Holds polls until a message for their person arrives, or for ever. */
async function serve(drops = false): Promise<{ port: number; cursors: string[] }> {
  const held = new Map<string, ServerResponse>();
  const cursors: string[] = [];
  let messages = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => messages * 10);
  server = createServer(async (request, response) => {
    if (request.url?.startsWith('/sync')) {
      cursors.push(String(request.headers['last-event-id']));
      held.set(String(request.headers.authorization), response);
      return;
    }
    let body = '';
    for await (const chunk of request) body += chunk;
    const { conversationId, clientMessageId, senderId } = JSON.parse(body) as Record<string, string>;
    messages += 1;
    const delta = { cursor: `c${messages}`, messages: [{ id: clientMessageId, senderId }] };
    const poll = held.get(`Bearer reader of ${conversationId}`);
    if (poll && !drops) json(poll, delta);
    json(response, {});
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return { port: (server.address() as AddressInfo).port, cursors };
}
const pairs = ['home', 'work'].map((conversationId) => ({
  from: person('writer', conversationId),
  to: person(`reader of ${conversationId}`, conversationId),
  cursor: 'c0',
}));

it('each pair has one message in flight, and its recipient polls again from the new cursor', async () => {
  const { port, cursors } = await serve();
  const result = await deliver({ kind: 'deliver', port, pairs, text: 'halo', ms: 500, warmUpMs: 0 });
  expect(result.sent).toBeGreaterThanOrEqual(100);
  expect(result.sent - result.delivered).toBeLessThanOrEqual(pairs.length);
  expect(result.polled.notHeld).toBe(0);
  expect(cursors.slice(0, 2)).toEqual(['c0', 'c0']);
  expect(cursors[2]).toMatch(/^c[12]$/);
});

it('a message that does not arrive is not delivered, even if its sender got an acknowledgement', async () => {
  const { port } = await serve(true);
  const result = await deliver({ kind: 'deliver', port, pairs, text: 'halo', ms: 500, warmUpMs: 0 });
  expect(result.delivered).toBe(0);
  expect(result.sent).toBeLessThanOrEqual(pairs.length);
});
