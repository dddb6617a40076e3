import type { RequestListener, Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { ApiError } from '../errors.ts';

// Imported by name, node:http would load Node's WebSocket and fetch for its names: 6 MB that nothing here uses.
const { createServer } = process.getBuiltinModule('node:http');

/** cloudflared keeps idle connections 90 s; ours must not close first. */
const KEEP_ALIVE_MS = 95_000;
const MAX_SOCKETS = 4096;
/** The people of a home network may share one address: the engine’s, before the published port of a container. */
const MAX_SOCKETS_A_PEER = 1024;
const MAX_HEADER_BYTES = 8 * 1024;
const HEADERS_MS = 10_000;
const REQUEST_MS = 15_000;

/**
 * An HTTP server with this service's bounds, which answers in JSON even what is not HTTP (security.md §5).
 * `isShared` says of a peer that many people stand behind it, a tunnel; any other holds `mostAPeer` sockets.
 */
export function openServer(
  listener: RequestListener,
  isShared: (peer: string) => boolean = () => false,
  mostAPeer = MAX_SOCKETS_A_PEER,
): Server {
  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADERS_MS,
      requestTimeout: REQUEST_MS,
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
  server.on('connection', shareSockets(isShared, mostAPeer));
  return server;
}

/**
 * Listens, and answers the port. What goes wrong with a single connection afterwards, no file descriptor left for it for
 * example, is handed to `onTrouble`. @throws a sentence that names PORT and HOST
 */
export function listenOn(
  server: Server,
  { port, host }: { port: number; host: string },
  onTrouble: (error: Error) => void,
): Promise<number> {
  return new Promise((listening, fail) => {
    const refuse = ({ code }: NodeJS.ErrnoException) =>
      fail(new Error(`PORT ${port} on HOST ${host} cannot be listened on (${code}).`));
    server.once('error', refuse);
    server.listen(port, host, () => {
      server.off('error', refuse);
      server.on('error', onTrouble);
      listening((server.address() as AddressInfo).port);
    });
  });
}

/** One peer may hold so many sockets, unless many people stand behind it. */
function shareSockets(isShared: (peer: string) => boolean, most: number): (socket: Socket) => void {
  const held = new Map<string, number>();
  return (socket) => {
    const peer = socket.remoteAddress ?? '';
    if (isShared(peer)) return;
    const count = (held.get(peer) ?? 0) + 1;
    if (count > most) {
      socket.destroy();
      return;
    }
    held.set(peer, count);
    socket.once('close', () => {
      const left = (held.get(peer) ?? 1) - 1;
      if (left > 0) held.set(peer, left);
      else held.delete(peer);
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

/** Stops taking requests and lets those under way finish, for at most `graceMs`. */
export async function closeServer(server: Server, graceMs: number): Promise<void> {
  const closed = new Promise((done) => server.close(done));
  // A connection whose answer is finished while stopping would otherwise be kept for the next request.
  const sweep = setInterval(() => server.closeIdleConnections(), 50);
  const late = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(late);
}
