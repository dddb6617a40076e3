import type { ServerResponse } from 'node:http';
import type { Server } from 'node:https';
import type { Socket } from 'node:net';
import { StartRefused } from './errors.ts';

export type Serving = {
  port: number;
  /** Refuses new requests, waits for those in flight up to the grace time, and closes all connections. Idempotent. */
  stop(): Promise<void>;
};

/**
 * Listens; port 0 takes any free one. `graceMs` is how long a stop waits for requests in flight; `onError` is called with
 * the errors of single connections.
 * @throws StartRefused naming CIPHER_PORT or CIPHER_HOST when it cannot listen
 */
export async function serve(
  server: Server,
  { port, host }: { port: number; host: string },
  graceMs = 8_000,
  onError: (error: Error) => void = () => {},
): Promise<Serving> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const lastResponse = trackRequests(server);
  await listen(server, port, host);
  server.on('error', onError);
  let stopped: Promise<void> | undefined;
  return {
    port: portOf(server),
    stop() {
      stopped ??= stop(server, sockets, lastResponse, graceMs);
      return stopped;
    },
  };
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const refuse = (error: NodeJS.ErrnoException) => {
      const ofPort = error.code === 'EADDRINUSE' || error.code === 'EACCES';
      const what = ofPort ? `CIPHER_PORT ${port} on ${host}` : `CIPHER_HOST ${host}`;
      reject(new StartRefused(`${what} cannot be listened on (${error.code}).`, { cause: error }));
    };
    server.once('error', refuse);
    server.listen(port, host, () => {
      server.off('error', refuse);
      resolve();
    });
  });
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return address.port;
}

async function stop(
  server: Server,
  sockets: Set<Socket>,
  lastResponse: () => Promise<void>,
  graceMs: number,
): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  let timeout: NodeJS.Timeout | undefined;
  const graceOver = new Promise<void>((resolve) => {
    timeout = setTimeout(resolve, graceMs);
  });
  await Promise.race([lastResponse(), graceOver]);
  clearTimeout(timeout);
  for (const socket of sockets) socket.destroy();
  await closed;
}

/** Tracks the requests of a server. The returned function makes every response close its connection, and awaits the last. */
function trackRequests(server: Server): () => Promise<void> {
  const open = new Set<ServerResponse>();
  let isStopping = false;
  let onIdle = () => {};
  server.prependListener('request', (_req, res: ServerResponse) => {
    open.add(res);
    if (isStopping) endConnection(res);
    res.once('close', () => {
      open.delete(res);
      if (open.size === 0) onIdle();
    });
  });
  return () => {
    isStopping = true;
    for (const res of open) endConnection(res);
    return new Promise((resolve) => {
      onIdle = resolve;
      if (open.size === 0) resolve();
    });
  };
}

function endConnection(res: ServerResponse): void {
  if (!res.headersSent) res.setHeader('Connection', 'close');
}
