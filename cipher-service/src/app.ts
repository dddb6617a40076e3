import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { Logger } from 'pino';
import { decryptBatch, encryptBatch, resealBatch } from './batch.ts';
import { readJson, readPieces } from './body.ts';
import { CLIENT_NAME } from './config.ts';
import type { Counter } from './counter.ts';
import { RequestRefused, StartRefused } from './errors.ts';
import { answerChunks, answerFileKey } from './file-requests.ts';
import type { Identity } from './identity.ts';
import { codeOf, traceOf } from './log.ts';
import type { Failure, Health, Keys } from './wire.ts';

// The one caller keeps 2 to 4 sockets; the rest is room for its reconnects and for health checks.
const MAX_CONNECTIONS = 32;
const LIMITS = {
  keepAliveTimeout: 95_000,
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  connectionsCheckingInterval: 5_000,
  maxHeaderSize: 8_192,
};

const HANDSHAKE_TIMEOUT_MS = 5_000;
/** How long a peer may take to read a last answer and to close its side. */
const CLOSE_GRACE_MS = 2_000;

/** `answer` and `answerDurably` get the parsed JSON body of a POST, undefined for a GET; `answerBytes` gets the header File-Chunks and the pieces of the body. */
type Route = { method: 'GET' | 'POST'; path: string } & (
  | { answer: (body: unknown) => object }
  | { answerDurably: (body: unknown) => Promise<object> }
  | { answerBytes: (header: string | undefined, pieces: Buffer[]) => Buffer }
);

const TLS = { minVersion: 'TLSv1.3', requestCert: true, rejectUnauthorized: true } as const;

export type App = Server & {
  /** Uses other credentials from now on; connections that are open stay. */
  use(identity: Identity): void;
};

/** The service before it listens: mTLS 1.3, and only the core's certificate is accepted. No socket depends on its peer to be closed. */
export function createApp(
  identity: Identity,
  counter: Counter,
  log: Logger,
  { handshakeTimeout = HANDSHAKE_TIMEOUT_MS, closeGraceMs = CLOSE_GRACE_MS } = {},
): App {
  let { keyring, ...tls } = identity;
  const routes = routesOf(() => keyring, counter);
  const server = createServer(
    { ...tls, ...LIMITS, ...TLS, handshakeTimeout },
    (req, res) => void handle(routes, req, res, log),
  );
  server.maxConnections = MAX_CONNECTIONS;
  server.prependListener('secureConnection', (socket) => refuseOtherClients(socket, log));
  // Before Node's own listener, which would leave the connection to refuseMalformed: without a handshake there is no answer.
  server.prependListener('tlsClientError', (error, socket) => {
    log.debug({ code: codeOf(error) }, 'a handshake failed');
    socket.destroy();
  });
  server.on('clientError', (error, socket) => refuseMalformed(error, socket, closeGraceMs));
  const use = (other: Identity) => {
    ({ keyring, ...tls } = other);
    server.setSecureContext({ ...tls, ...TLS });
  };
  return Object.assign(server, { use });
}

/** The CA signs the server's certificate as well, so the name is checked too. */
function refuseOtherClients(socket: TLSSocket, log: Logger): void {
  if (socket.getPeerX509Certificate()?.subjectAltName === `DNS:${CLIENT_NAME}`) return;
  log.warn('a certificate of our CA with a wrong name was refused');
  socket.destroy();
}

async function handle(
  routes: Route[],
  req: IncomingMessage,
  res: ServerResponse,
  log: Logger,
): Promise<void> {
  try {
    const route = routeOf(routes, req, res);
    if ('answerBytes' in route) {
      const pieces = await readPieces(req);
      answerBytes(res, route.answerBytes(req.headers['file-chunks']?.toString(), pieces));
      return;
    }
    const body = route.method === 'POST' ? await readJson(req) : undefined;
    answer(res, 200, 'answer' in route ? route.answer(body) : await route.answerDurably(body));
  } catch (error) {
    if (res.closed || res.socket?.destroyed) return;
    const refused = error instanceof RequestRefused ? error : new RequestRefused('INTERNAL');
    // Of an error that is not meant for the owner, the message may quote a text.
    const reason = error instanceof StartRefused && { reason: error.message };
    if (refused.code === 'INTERNAL')
      log.error({ ...requestIdOf(req), ...traceOf(error), ...reason }, 'a request failed');
    // The rest of an unread body must not be parsed as the next request.
    if (!req.complete) res.setHeader('Connection', 'close');
    answer(res, refused.status, { error: refused.message, code: refused.code } satisfies Failure);
  }
}

/** The id that the core has given to a call, for the log; nothing where it is none. */
function requestIdOf({ headers }: IncomingMessage): { requestId?: string } {
  const id = headers['request-id'];
  return typeof id === 'string' && /^[\w-]{1,40}$/.test(id) ? { requestId: id } : {};
}

function routeOf(routes: Route[], req: IncomingMessage, res: ServerResponse): Route {
  const here = routes.filter(({ path }) => path === req.url);
  const route = here.find(({ method }) => method === req.method);
  if (route) return route;
  if (here.length === 0) throw new RequestRefused('NOT_FOUND');
  res.setHeader('Allow', here.map(({ method }) => method).join(', '));
  throw new RequestRefused('METHOD_NOT_ALLOWED');
}

function answer(res: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body);
  res.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
  });
  // A string goes with its head in one TLS record, bytes would go in a second.
  res.end(text);
}

function answerBytes(res: ServerResponse, bytes: Buffer): void {
  res.writeHead(200, {
    'Content-Type': 'application/octet-stream',
    'Content-Length': bytes.length,
    'Cache-Control': 'no-store',
  });
  // Head, bytes and end in one write would be copied into one.
  res.flushHeaders();
  res.write(bytes, () => res.end());
}

/** Malformed HTTP gets the same error shape, and the connection is closed. */
function refuseMalformed(error: Error, socket: Duplex, graceMs: number): void {
  if (!socket.writable) return void socket.destroy();
  const code = codeOf(error);
  const timedOut = code === 'ERR_HTTP_REQUEST_TIMEOUT' && 'REQUEST_TIMEOUT';
  const tooLarge = code === 'HPE_HEADER_OVERFLOW' && 'HEADERS_TOO_LARGE';
  const refused = new RequestRefused(timedOut || tooLarge || 'MALFORMED_REQUEST');
  const body = JSON.stringify({ error: refused.message, code: refused.code } satisfies Failure);
  const head = `HTTP/1.1 ${refused.status} Refused\r\nContent-Type: application/json; charset=utf-8`;
  socket.end(`${head}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`);
  setTimeout(() => socket.destroy(), graceMs).unref();
}

function routesOf(keyring: () => Identity['keyring'], counter: Counter): Route[] {
  return [
    { method: 'POST', path: '/encrypt', answer: (body) => encryptBatch(keyring(), body) },
    { method: 'POST', path: '/decrypt', answer: (body) => decryptBatch(keyring(), body) },
    { method: 'POST', path: '/reseal', answer: (body) => resealBatch(keyring(), body) },
    { method: 'POST', path: '/file/key', answer: (body) => answerFileKey(keyring(), body) },
    { method: 'POST', path: '/file/seal', answerBytes: (...of) => answerChunks(keyring(), 'seal', ...of) },
    { method: 'POST', path: '/file/open', answerBytes: (...of) => answerChunks(keyring(), 'open', ...of) },
    { method: 'POST', path: '/counter/read', answer: counter.read },
    { method: 'POST', path: '/counter/raise', answerDurably: counter.raise },
    { method: 'GET', path: '/keys', answer: () => keysOf(keyring()) },
    { method: 'GET', path: '/health', answer: () => ({ status: 'ready' }) satisfies Health },
  ];
}

const keysOf = ({ newest, older }: Identity['keyring']): Keys => ({ newest, older: [...older] });
