import { connect } from 'node:net';

/** Idle sockets from one address, all opened at once; each that is refused is opened again. */
export type SocketsOrder = { kind: 'sockets'; port: number; address: string; count: number; ms: number };

const AGAIN_MS = 200;

/** Holds them; returns how many were opened in all. */
export async function holdSockets({ port, address, count, ms }: SocketsOrder): Promise<{ opened: number }> {
  let [opened, isOver] = [0, false];
  const sockets = new Set<ReturnType<typeof connect>>();
  const open = () => {
    opened += 1;
    const socket = connect({ port, host: '127.0.0.1', localAddress: address });
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      sockets.delete(socket);
      if (!isOver) setTimeout(open, AGAIN_MS);
    });
  };
  for (let n = 0; n < count; n++) open();
  await new Promise((done) => setTimeout(done, ms));
  isOver = true;
  for (const socket of sockets) socket.destroy();
  return { opened };
}
