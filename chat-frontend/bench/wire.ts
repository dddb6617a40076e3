import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way to the box on which every byte is counted; what TCP and TLS add around them is not. */
export async function countingWay(port: number) {
  const counted = { up: 0, down: 0, connections: 0 };
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    counted.connections += 1;
    const far = connect(port, '127.0.0.1');
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.on('data', (bytes: Buffer) => {
      counted.up += bytes.length;
      far.write(bytes);
    });
    far.on('data', (bytes: Buffer) => {
      counted.down += bytes.length;
      near.write(bytes);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    counted,
    async close(): Promise<void> {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}
