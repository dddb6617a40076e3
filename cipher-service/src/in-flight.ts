import type { ServerResponse } from 'node:http';
import type { Server } from 'node:https';

/** Watches the requests of a server; the function it gives lets every answer end its connection and waits for the last. */
export function watchRequests(server: Server): () => Promise<void> {
  const open = new Set<ServerResponse>();
  let stopping = false;
  let quiet = () => {};
  server.prependListener('request', (_req, res: ServerResponse) => {
    open.add(res);
    if (stopping) endConnection(res);
    res.once('close', () => {
      open.delete(res);
      if (open.size === 0) quiet();
    });
  });
  return () => {
    stopping = true;
    for (const res of open) endConnection(res);
    return new Promise((resolve) => {
      quiet = resolve;
      if (open.size === 0) resolve();
    });
  };
}

function endConnection(res: ServerResponse): void {
  if (!res.headersSent) res.setHeader('Connection', 'close');
}
