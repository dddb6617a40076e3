import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const CHECK_MS = 100;

type Backend = { port: number; isReady: boolean; agent: Agent };

export type Balancer = {
  url: string;
  /** Sends requests to the core of this port from now on, in place of another one, as soon as it is ready. */
  use(index: number, port: number): void;
  isReady(index: number): boolean;
  stop(): Promise<void>;
};

/**
 * A load balancer as people run one before several cores: it asks each for `/health/ready`, keeps a person, by the token, at
 * one core that is ready, holds connections open, and sends a request to another core only when its connection was refused.
 * All else that goes wrong it answers with 502.
 */
export async function startBalancer(): Promise<Balancer> {
  const backends: Backend[] = [];
  const check = async (one: Backend) => {
    const response = await fetch(`http://127.0.0.1:${one.port}/health/ready`).catch(() => undefined);
    await response?.arrayBuffer().catch(() => {});
    one.isReady = response?.ok ?? false;
  };
  const checks = setInterval(() => {
    for (const one of backends) void check(one);
  }, CHECK_MS);

  const choose = (token: string, tried: Set<Backend>) => {
    const ready = backends.filter((one) => one.isReady && !tried.has(one));
    let sum = 0;
    for (const byte of Buffer.from(token)) sum += byte;
    return ready[sum % ready.length];
  };
  const forward = (from: IncomingMessage, body: Buffer, to: ServerResponse, tried = new Set<Backend>()) => {
    const backend = choose(from.headers.authorization ?? '', tried);
    if (!backend) {
      to.writeHead(503).end(JSON.stringify({ error: 'no core is ready' }));
      return;
    }
    const { method, url: path, headers } = from;
    const { port, agent } = backend;
    const sent = request({ host: '127.0.0.1', port, agent, method, path, headers }, (answer) => {
      to.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.on('error', () => to.destroy()).pipe(to);
    });
    sent.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED') forward(from, body, to, tried.add(backend));
      else if (to.headersSent) to.destroy();
      else to.writeHead(502).end(JSON.stringify({ error: `no answer of core ${port}: ${error.code}` }));
    });
    to.on('close', () => sent.destroy());
    sent.end(body);
  };
  const server = createServer(async (from, to) => {
    const chunks: Buffer[] = [];
    for await (const chunk of from) chunks.push(chunk as Buffer);
    forward(from, Buffer.concat(chunks), to);
  });
  // It never closes a connection first, which would look like a core that failed.
  server.keepAliveTimeout = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    use(index, port) {
      backends[index]?.agent.destroy();
      backends[index] = { port, isReady: false, agent: new Agent({ keepAlive: true }) };
    },
    isReady: (index) => backends[index]?.isReady ?? false,
    async stop() {
      clearInterval(checks);
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
      for (const { agent } of backends) agent.destroy();
    },
  };
}
