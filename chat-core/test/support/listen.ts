import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHttpServer } from '../../src/http/server.ts';

/** Serves an app of this process on a free port; `stop` cuts its connections. */
export async function listen(
  app: RequestListener,
): Promise<{ url: string; port: number; server: Server; stop(): void }> {
  const server = createHttpServer(app);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  const stop = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${port}`, port, server, stop };
}
