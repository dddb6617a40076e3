import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** 400 kb/s, a busy mobile network. */
export const SLOW_BYTES_PER_SECOND = 50_000;
/** Several a second, so that progress comes as it does over a real line. */
const MAX_PIECE_BYTES = 8_192;

export type SlowLine = {
  /** The box, as it is reached over this line. */
  url: string;
  /** Cuts every connection once this many more bytes went up, and refuses new ones until the second attempt. */
  cutAfter(bytes: number): void;
  /** How often the line was cut. */
  cuts(): number;
  close(): Promise<void>;
};

/** A TCP proxy to `url` whose connections share one line with so many bytes a second in each direction. */
export async function openSlowLine(url: string, bytesPerSecond = SLOW_BYTES_PER_SECOND): Promise<SlowLine> {
  const { hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  let [remaining, cuts, refusals] = [Number.POSITIVE_INFINITY, 0, 0];
  const cut = () => {
    [remaining, cuts, refusals] = [Number.POSITIVE_INFINITY, cuts + 1, 1];
    for (const socket of sockets) socket.destroy();
  };

  /** Copies what arrives at one socket to another, each piece when the line has carried it. */
  const direction = (onPiece: (bytes: number) => void) => {
    let freeAt = 0;
    return async (from: Socket, to: Socket) => {
      try {
        for await (const data of from) {
          for (let start = 0; start < data.length; start += MAX_PIECE_BYTES) {
            const piece = data.subarray(start, start + MAX_PIECE_BYTES);
            const now = performance.now();
            freeAt = Math.max(now, freeAt) + (piece.length / bytesPerSecond) * 1_000;
            await new Promise((carried) => setTimeout(carried, freeAt - now));
            if (!to.destroyed && !to.write(piece)) await once(to, 'drain');
            onPiece(piece.length);
          }
        }
        to.end();
      } catch {
        to.destroy();
      }
    };
  };
  const up = direction((bytes) => {
    remaining -= bytes;
    if (remaining <= 0) cut();
  });
  const down = direction(() => undefined);

  const server = createServer((client) => {
    if (refusals > 0) {
      refusals -= 1;
      client.destroy();
      return;
    }
    const box = connect({ host: hostname, port: Number(port) });
    for (const socket of [client, box]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => sockets.delete(socket));
    }
    void up(client, box);
    void down(box, client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cutAfter: (bytes) => {
      remaining = bytes;
    },
    cuts: () => cuts,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
