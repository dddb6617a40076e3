import type { RequestListener, Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { ApiError, type ErrorCode } from '../errors.ts';
import { networkOf } from './client-ip.ts';
import { JSON_ERROR_HEADERS } from './respond.ts';

// An import of node:http loads Node's WebSocket and fetch for its exports: 6 MB that nothing here uses.
const { createServer } = process.getBuiltinModule('node:http');

/** cloudflared reuses idle connections for 90 s; this server must not close them before that. */
const KEEP_ALIVE_MS = 95_000;
const MAX_SOCKETS = 4096;
/** A whole home network may share one address: that of the container engine before a published port. */
const MAX_SOCKETS_PER_NETWORK = 1024;
const MAX_HEADER_BYTES = 8 * 1024;
const HEADERS_TIMEOUT_MS = 10_000;
/** Of a whole request; those with a body have shorter timeouts of their own (request-body.ts). */
const REQUEST_TIMEOUT_MS = 130_000;
/** A socket on which nothing moves for this long is destroyed; a held poll waits 25 s, an arriving body 15 s. */
const IDLE_MS = 60_000;
/** How long a peer may take to read a last answer and to close its side. */
const CLOSE_GRACE_MS = 2000;

/**
 * `isShared` peers, such as a tunnel, have many clients; all others may hold `maxPerNetwork` sockets for each of their
 * networks (`networkOf`).
 */
type Limits = {
  isShared?: (peer: string) => boolean;
  maxPerNetwork?: number;
  idleMs?: number;
  closeGraceMs?: number;
};

/**
 * An HTTP server with this service's limits; its answer to malformed HTTP is JSON too (security.md §5). No socket depends
 * on its peer to be closed.
 */
export function createHttpServer(
  listener: RequestListener,
  {
    isShared = () => false,
    maxPerNetwork = MAX_SOCKETS_PER_NETWORK,
    idleMs = IDLE_MS,
    closeGraceMs = CLOSE_GRACE_MS,
  }: Limits = {},
): Server {
  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: 1000,
      // Of two headers of one name Node would drop one: joined they are two values, which nothing accepts.
      joinDuplicateHeaders: true,
    },
    listener,
  );
  server.maxConnections = MAX_SOCKETS;
  server.timeout = idleMs;
  const endWith = (socket: Duplex, code: ErrorCode) => {
    socket.end(rawAnswer(code));
    setTimeout(() => socket.destroy(), closeGraceMs).unref();
  };
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) socket.destroy();
    else endWith(socket, codeOf(error));
  });
  server.on('checkExpectation', (_, response) => {
    const { message: error, code, status } = new ApiError('MALFORMED_REQUEST');
    response.writeHead(status, JSON_ERROR_HEADERS).end(JSON.stringify({ error, code }));
  });
  // Without a listener Node cuts the connection, and the client learns nothing.
  server.on('connect', (_, socket) => endWith(socket, 'METHOD_NOT_ALLOWED'));
  server.on('connection', limitSocketsPerNetwork(isShared, maxPerNetwork));
  return server;
}

/**
 * Listens and returns the port. Errors of single connections after that, such as no free file descriptor, go to `onError`.
 * @param prefix of the two variables in the sentence
 * @throws Error with a sentence that names PORT and HOST
 */
export function listenOn(
  server: Server,
  { port, host }: { port: number; host: string },
  onError: (error: Error) => void,
  prefix = '',
): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = ({ code }: NodeJS.ErrnoException) =>
      reject(new Error(`${prefix}PORT ${port} on ${prefix}HOST ${host} cannot be listened on (${code}).`));
    server.once('error', fail);
    server.listen({ port, host, backlog: MAX_SOCKETS }, () => {
      server.off('error', fail);
      server.on('error', onError);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/** The listener that destroys each socket beyond the share of its peer's network. */
export function limitSocketsPerNetwork(
  isShared: (peer: string) => boolean,
  max: number,
): (socket: Pick<Socket, 'remoteAddress' | 'destroy' | 'once'>) => void {
  const sockets = new Map<string, number>();
  return (socket) => {
    const peer = socket.remoteAddress ?? '';
    if (isShared(peer)) return;
    const network = networkOf(peer);
    const count = (sockets.get(network) ?? 0) + 1;
    if (count > max) {
      socket.destroy();
      return;
    }
    sockets.set(network, count);
    socket.once('close', () => {
      const left = (sockets.get(network) ?? 1) - 1;
      if (left > 0) sockets.set(network, left);
      else sockets.delete(network);
    });
  };
}

function codeOf(error: NodeJS.ErrnoException): ErrorCode {
  if (error.code === 'HPE_HEADER_OVERFLOW') return 'HEADERS_TOO_LARGE';
  return error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'REQUEST_TIMEOUT' : 'MALFORMED_REQUEST';
}

/** The answer to a request that Node's parser did not accept: there is no response object for it. */
function rawAnswer(code: ErrorCode): string {
  const { status, message: error } = new ApiError(code);
  const body = JSON.stringify({ error, code });
  const headers = { ...JSON_ERROR_HEADERS, 'Content-Length': Buffer.byteLength(body), Connection: 'close' };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${code}\r\n${lines.join('')}\r\n${body}`;
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
