import type { RequestListener, Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { ApiError } from '../errors.ts';

// An import of node:http loads Node's WebSocket and fetch for its exports: 6 MB that nothing here uses.
const { createServer } = process.getBuiltinModule('node:http');

/** cloudflared reuses idle connections for 90 s; this server must not close them before that. */
const KEEP_ALIVE_MS = 95_000;
const MAX_SOCKETS = 4096;
/** A whole home network may share one address: that of the container engine before a published port. */
const MAX_SOCKETS_PER_PEER = 1024;
const MAX_HEADER_BYTES = 8 * 1024;
const HEADERS_TIMEOUT_MS = 10_000;
/** Of a whole request; those with a body have shorter timeouts of their own (request-body.ts). */
const REQUEST_TIMEOUT_MS = 130_000;

/**
 * An HTTP server with this service's limits; its answer to malformed HTTP is JSON too (security.md §5). A peer for
 * which `isShared` is false may hold `maxPerPeer` sockets; a shared one, such as a tunnel, has many clients.
 */
export function createHttpServer(
  listener: RequestListener,
  isShared: (peer: string) => boolean = () => false,
  maxPerPeer = MAX_SOCKETS_PER_PEER,
): Server {
  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: 1000,
    },
    listener,
  );
  server.maxConnections = MAX_SOCKETS;
  server.on('clientError', answerClientError);
  server.on('checkExpectation', (_, response) => {
    const { message: error, code, status } = new ApiError('MALFORMED_REQUEST');
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify({ error, code }));
  });
  server.on('connection', limitSocketsPerPeer(isShared, maxPerPeer));
  return server;
}

/**
 * Listens and returns the port. Errors of single connections after that, such as no free file descriptor, go to `onError`.
 * @throws Error with a sentence that names PORT and HOST
 */
export function listenOn(
  server: Server,
  { port, host }: { port: number; host: string },
  onError: (error: Error) => void,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = ({ code }: NodeJS.ErrnoException) =>
      reject(new Error(`PORT ${port} on HOST ${host} cannot be listened on (${code}).`));
    server.once('error', fail);
    server.listen(port, host, () => {
      server.off('error', fail);
      server.on('error', onError);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function limitSocketsPerPeer(isShared: (peer: string) => boolean, max: number): (socket: Socket) => void {
  const sockets = new Map<string, number>();
  return (socket) => {
    const peer = socket.remoteAddress ?? '';
    if (isShared(peer)) return;
    const count = (sockets.get(peer) ?? 0) + 1;
    if (count > max) {
      socket.destroy();
      return;
    }
    sockets.set(peer, count);
    socket.once('close', () => {
      const left = (sockets.get(peer) ?? 1) - 1;
      if (left > 0) sockets.set(peer, left);
      else sockets.delete(peer);
    });
  };
}

function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const { code, status, message } = new ApiError(
    error.code === 'HPE_HEADER_OVERFLOW'
      ? 'HEADERS_TOO_LARGE'
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? 'REQUEST_TIMEOUT'
        : 'MALFORMED_REQUEST',
  );
  const body = JSON.stringify({ error: message, code });
  socket.end(
    `HTTP/1.1 ${status} ${code}\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

/** Accepts no more requests and lets those in flight finish, for at most `graceMs` milliseconds. */
export async function closeServer(server: Server, graceMs: number): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  // Without this, a connection whose answer ends during the stop would wait for another request.
  const sweep = setInterval(() => server.closeIdleConnections(), 50);
  const timeout = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(timeout);
}
