import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';

/** A call that the proxy received, and its number of items. */
export type Call = { path: string; items: number };

export type CipherProxy = { url: string; calls: Call[]; release(): void; stop(): Promise<void> };

/** A proxy to the cipher-service at `port`, with its certificate. It records each call and forwards none before `release`. */
export async function startCipherProxy(keysDir: string, port: number): Promise<CipherProxy> {
  const file = (...name: string[]) => readFileSync(join(keysDir, ...name));
  const agent = new Agent({
    ca: file('core', 'ca.pem'),
    cert: file('core', 'client.pem'),
    key: file('core', 'client.key.pem'),
    keepAlive: true,
  });
  const released = Promise.withResolvers<void>();
  const calls: Call[] = [];
  const own = { cert: file('cipher', 'server.pem'), key: file('cipher', 'server.key.pem') };
  const server = createServer(own, async (incoming, answer) => {
    const body = await buffer(incoming);
    const { url: path = '', method, headers } = incoming;
    calls.push({ path, items: JSON.parse(body.toString()).items.length });
    await released.promise;
    const onward = request({ host: 'localhost', port, path, method, headers, agent }, (given) => {
      answer.writeHead(given.statusCode ?? 502, given.headers);
      given.pipe(answer);
    });
    onward.end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    calls,
    release: released.resolve,
    stop: async () => {
      agent.destroy();
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
