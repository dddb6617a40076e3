import { connect, createServer, type Server, type Socket } from 'node:net';

/** The address of a server: a port of this machine, or a Unix socket. */
export type Listening = { port: number; host?: string } | { path: string };

const GARBAGE = Buffer.from('\x16\x03\x01\xff\xff\x00{]\0garbage\r\n\r\n\n', 'latin1');

/** How a client or server that violates the protocol treats its socket once it is connected. */
export const MISBEHAVIOURS: Record<string, (socket: Socket) => void> = {
  'resets at once': reset,
  'leaves at once': (socket) => {
    socket.destroy();
  },
  'asks for something and leaves': (socket) => {
    socket.write('hold\n');
    setImmediate(() => socket.destroy());
  },
  'half-closes and waits': (socket) => {
    socket.end();
  },
  'sends garbage and half-closes': (socket) => {
    socket.end(GARBAGE);
  },
  'sends garbage and leaves': (socket) => {
    socket.write(GARBAGE, () => socket.destroy());
  },
  'sends much and never reads': (socket) => {
    socket.pause();
    socket.write(Buffer.alloc(2 ** 20, 'x'));
    socket.write('\n');
  },
};

/** A Unix socket has no reset: it is closed instead. */
function reset(socket: Socket): void {
  if (socket.remoteAddress === undefined) socket.destroy();
  else socket.resetAndDestroy();
}

/** Connects `count` times and misbehaves on each connection; `end` closes those that are still open. */
export async function connectAndMisbehave(to: Listening, how: string, count = 20): Promise<{ end(): void }> {
  const sockets = Array.from({ length: count }, () => connect({ ...to, allowHalfOpen: true }));
  await Promise.all(
    sockets.map(
      (socket) =>
        new Promise<void>((done) => {
          socket.on('error', () => done());
          socket.once('connect', () => {
            MISBEHAVIOURS[how]?.(socket);
            done();
          });
        }),
    ),
  );
  return {
    end: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** A server that misbehaves on every connection. */
export async function startMisbehavingServer(
  how: string,
): Promise<{ port: number; connections(): number; stop(): Promise<void> }> {
  const sockets: Socket[] = [];
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    MISBEHAVIOURS[how]?.(socket);
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  return {
    port: (server.address() as { port: number }).port,
    connections: () => sockets.length,
    stop: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((closed) => server.close(() => closed()));
    },
  };
}
