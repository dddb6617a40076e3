import type { IncomingMessage, Server } from 'node:http';
import { createHostCheck } from '../http/host-check.ts';
import { listenOn } from '../http/server.ts';

// An import of node:http loads Node's WebSocket and fetch for its exports: 6 MB that nothing here uses.
const { createServer } = process.getBuiltinModule('node:http');

const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';
const MAX_SOCKETS = 16;
const TIMEOUT_MS = 10_000;
/** Headers by which a tunnel or a proxy names its client: whoever sends one is not Prometheus in this network. */
const FORWARDED = ['cf-connecting-ip', 'cf-ray', 'x-forwarded-for', 'forwarded'];

/**
 * Serves `GET /metrics` on a port of its own. What comes through the tunnel or another proxy gets a 404: by its peer, which is
 * one of `isProxy`, or by its headers. So does what comes under a name that is not of this network: the page of a stranger, by DNS
 * rebinding (`allowedHosts` are accepted too).
 * @throws Error with a sentence that names METRICS_PORT
 */
export async function serveMetrics(
  address: { port: number; host: string },
  {
    render,
    isProxy,
    allowedHosts = [],
    onError,
  }: {
    render: () => Promise<string>;
    isProxy: (peer: string) => boolean;
    allowedHosts?: string[];
    onError: (error: Error) => void;
  },
): Promise<{ port: number; close: () => void }> {
  const checkHost = createHostCheck({ publicUrl: undefined, allowedHosts, isTrusted: () => false });
  const isForwarded = ({ headers, socket }: IncomingMessage) =>
    FORWARDED.some((name) => headers[name] !== undefined) || isProxy(socket.remoteAddress ?? '');
  const server: Server = createServer(
    { requestTimeout: TIMEOUT_MS, headersTimeout: TIMEOUT_MS },
    (request, response) => {
      const isAsked = request.method === 'GET' && request.url === '/metrics';
      const isScrape = isAsked && !isForwarded(request) && checkHost(request) === 'accepted';
      if (!isScrape) {
        response.writeHead(404, { Connection: 'close' }).end();
        return;
      }
      render().then(
        (text) => response.writeHead(200, { 'Content-Type': CONTENT_TYPE }).end(text),
        (error) => {
          onError(error);
          response.writeHead(500, { Connection: 'close' }).end();
        },
      );
    },
  );
  server.maxConnections = MAX_SOCKETS;
  server.timeout = TIMEOUT_MS;
  server.keepAliveTimeout = TIMEOUT_MS;
  const port = await listenOn(server, address, onError, 'METRICS_');
  return {
    port,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
