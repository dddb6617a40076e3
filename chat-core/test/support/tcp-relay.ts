import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** What the relay does with what it receives: forwards it, keeps it, or resets every connection, also new ones. */
export type RelayMode = 'passes' | 'hangs' | 'cuts';

export type TcpRelay = {
  port: number;
  /** What passed in each direction, a buffer per connection and direction. */
  recorded(): Buffer[];
  setMode(mode: RelayMode): void;
  /** From now on forwards to this port, or to this socket of Unix. */
  use(target: number | string): void;
  stop(): Promise<void>;
};

/** A relay on the way to a service of this machine. It sees and records what everybody on the network between them could. */
export async function startTcpRelay(): Promise<TcpRelay> {
  let [mode, target]: [RelayMode, number | string] = ['passes', 0];
  const streams: Buffer[][] = [];
  const open = new Set<[Socket, Socket]>();
  const forward = (from: Socket, to: Socket) => {
    const stream: Buffer[] = [];
    streams.push(stream);
    from.on('data', (bytes) => {
      stream.push(bytes);
      to.write(bytes);
    });
    from.on('end', () => to.end());
    from.on('error', () => to.destroy());
  };
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (near) => {
    if (mode === 'cuts') {
      near.destroy();
      return;
    }
    const place = typeof target === 'string' ? { path: target } : { port: target, host: '127.0.0.1' };
    const far = connect({ ...place, allowHalfOpen: true });
    const both: [Socket, Socket] = [near, far];
    open.add(both);
    forward(near, far);
    forward(far, near);
    near.on('close', () => {
      far.destroy();
      open.delete(both);
    });
    far.on('close', () => near.destroy());
    for (const socket of both) {
      if (mode === 'hangs') socket.pause();
      else socket.resume();
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    recorded: () => streams.map((stream) => Buffer.concat(stream)),
    use: (next) => {
      target = next;
    },
    setMode(next) {
      mode = next;
      for (const socket of [...open].flat()) {
        if (mode === 'cuts') socket.destroy();
        else if (mode === 'hangs') socket.pause();
        else socket.resume();
      }
    },
    async stop() {
      for (const socket of [...open].flat()) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
