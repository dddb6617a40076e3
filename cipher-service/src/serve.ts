import type { Server } from 'node:https';
import type { Socket } from 'node:net';
import { StartRefused } from './errors.ts';
import { watchRequests } from './in-flight.ts';

export type Serving = {
  port: number;
  /** Accepts nothing new, lets what is in flight finish while patience lasts, ends every connection. Repeatable. */
  stop(): Promise<void>;
};

/**
 * Listens; port 0 takes any free one. `patienceMs` is how long a stop waits for requests in flight; `onTrouble` gets
 * what goes wrong with a single connection, which is no reason to end.
 * @throws StartRefused naming CIPHER_PORT or CIPHER_HOST when it cannot
 */
export async function serve(
  server: Server,
  { port, host }: { port: number; host: string },
  patienceMs = 8_000,
  onTrouble: (error: Error) => void = () => {},
): Promise<Serving> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const lastAnswer = watchRequests(server);
  await listen(server, port, host);
  server.on('error', onTrouble);
  let stopped: Promise<void> | undefined;
  return {
    port: portOf(server),
    stop() {
      stopped ??= stop(server, sockets, lastAnswer, patienceMs);
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
  lastAnswer: () => Promise<void>,
  patienceMs: number,
): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  let patience: NodeJS.Timeout | undefined;
  const enough = new Promise<void>((resolve) => {
    patience = setTimeout(resolve, patienceMs);
  });
  await Promise.race([lastAnswer(), enough]);
  clearTimeout(patience);
  for (const socket of sockets) socket.destroy();
  await closed;
}
