import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';

/** What the faulty cipher-service does with a call. */
export type Fault =
  | 'hangs'
  | 'answers garbage'
  | 'answers 500'
  | 'cuts the answer'
  | 'answers the text itself'
  | 'answers too few items'
  | 'answers the bytes themselves'
  | 'answers too many bytes'
  | 'answers null items'
  | 'answers empty items'
  | 'drips';

const BEHAVIOUR: Record<Fault, (items: { text?: string }[], answer: ServerResponse, body: Buffer) => void> = {
  hangs: () => {},
  'answers garbage': (_, answer) => answer.end('<html>not json'),
  'answers 500': (_, answer) => answer.writeHead(500).end('{"items":[]}'),
  'cuts the answer': (_, answer) => {
    answer.writeHead(200, { 'Content-Length': 1000 });
    answer.write('{"items":[');
    setTimeout(() => answer.destroy(), 20);
  },
  'answers the text itself': (items, answer) =>
    answer.end(JSON.stringify({ items: items.map(({ text }) => ({ v: 1, kid: 'k', content: text })) })),
  'answers null items': (items, answer) => answer.end(JSON.stringify({ items: items.map(() => null) })),
  'answers empty items': (items, answer) => answer.end(JSON.stringify({ items: items.map(() => ({})) })),
  'answers too few items': (_, answer) => answer.end('{"items":[]}'),
  'answers the bytes themselves': (_, answer, body) => answer.end(body),
  'answers too many bytes': (_, answer, body) => answer.end(Buffer.alloc(body.length + 2 ** 20)),
  drips: (_, answer) => {
    answer.writeHead(200);
    const drip = setInterval(() => answer.write(' '), 100);
    answer.on('close', () => clearInterval(drip));
  },
};

/** A server with the certificate and the port of the real cipher-service; `setFault` sets how it fails. */
export async function startFaultyCipher(
  keysDir: string,
  port: number,
  fault: Fault,
): Promise<{ calls: () => number; setFault(fault: Fault): void; stop(): Promise<void> }> {
  const file = (name: string) => readFileSync(join(keysDir, 'cipher', name));
  let [calls, now] = [0, fault];
  const server: Server = createServer(
    { cert: file('server.pem'), key: file('server.key.pem'), ca: file('ca.pem'), requestCert: true },
    async (incoming: IncomingMessage, answer: ServerResponse) => {
      // A call that is aborted before its body is complete does not count.
      const body = await buffer(incoming).catch(() => Buffer.alloc(0));
      if (body.length > 0) calls += 1;
      const isJson = incoming.headers['content-type'] !== 'application/octet-stream';
      const { items = [] } = isJson ? JSON.parse(body.toString() || '{}') : {};
      BEHAVIOUR[now](items, answer, body);
    },
  );
  await listenOnceFree(server, port);
  return {
    calls: () => calls,
    setFault: (next) => {
      [calls, now] = [0, next];
    },
    stop: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

async function listenOnceFree(server: Server, port: number): Promise<void> {
  while (!server.listening) {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE') throw error;
    });
  }
}
