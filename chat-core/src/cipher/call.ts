import type { ConnectionOptions } from 'node:tls';
import type { CipherStats } from './cipher-stats.ts';
import { Connection, type Exchange } from './connection.ts';
import { nextRequestId, rememberRequestId } from './request-ids.ts';

export type CipherCall = {
  path: string;
  headers?: Record<string, string>;
  /** A string goes with its head in one TLS record, bytes piece by piece. Without a body it is a GET, otherwise a POST. */
  body?: string | readonly Uint8Array[];
  /** Of the whole call. */
  timeoutMs: number;
  maxAnswerBytes: number;
};

/** cipher-service answered with another status than 200. */
export class CipherRefusal extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`cipher-service answered ${status}`);
    this.status = status;
  }
}

/** Calls cipher-service on up to `maxConnections` keep-alive connections; further calls wait for a free one. */
export class CipherCalls {
  private readonly url: URL;
  private tls: ConnectionOptions;
  private readonly maxConnections: number;
  private readonly stats: CipherStats | undefined;
  private readonly connections = new Set<Connection>();
  private readonly idle: Connection[] = [];
  private readonly waiting = new Set<Exchange>();

  constructor(url: string, tls: ConnectionOptions, maxConnections: number, stats?: CipherStats) {
    this.stats = stats;
    this.url = new URL(url);
    this.tls = tls;
    this.maxConnections = maxConnections;
  }

  /** The bytes of a whole answer. @throws CipherRefusal, or Error when it does not arrive whole in time */
  async call(call: CipherCall): Promise<Buffer> {
    const requestId = nextRequestId();
    const startedAt = performance.now();
    try {
      const answer = await this.exchange(call, requestId);
      this.stats?.record(performance.now() - startedAt, true);
      return answer;
    } catch (error) {
      this.stats?.record(performance.now() - startedAt, error instanceof CipherRefusal);
      rememberRequestId(error, requestId);
      throw error;
    }
  }

  private async exchange(call: CipherCall, requestId: string): Promise<Buffer> {
    const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: Buffer }>();
    const { body, maxAnswerBytes } = call;
    const exchange: Exchange = { head: this.headOf(call, requestId), body, maxAnswerBytes, resolve, reject };
    const deadline = AbortSignal.timeout(call.timeoutMs);
    const onTimeout = () => {
      this.waiting.delete(exchange);
      reject(new Error('cipher-service took too long'));
      for (const one of this.connections) if (one.exchange === exchange) one.close();
    };
    deadline.addEventListener('abort', onTimeout);
    this.waiting.add(exchange);
    this.startWaiting();
    try {
      const answer = await promise;
      if (answer.status !== 200) throw new CipherRefusal(answer.status);
      return answer.body;
    } finally {
      deadline.removeEventListener('abort', onTimeout);
    }
  }

  /** New connections use other credentials from now on; those that are open go on. */
  use(tls: ConnectionOptions): void {
    this.tls = tls;
  }

  /** Ends all connections and the calls on them. */
  close(): void {
    for (const connection of this.connections) connection.close();
  }

  private startWaiting(): void {
    for (const exchange of this.waiting) {
      const connection = this.idle.pop() ?? this.connect();
      if (!connection) return;
      this.waiting.delete(exchange);
      connection.start(exchange);
    }
  }

  private connect(): Connection | undefined {
    if (this.connections.size >= this.maxConnections) return undefined;
    const { hostname, port } = this.url;
    // An IPv6 address stands in brackets in a URL alone.
    const host = hostname.replace(/^\[(.*)\]$/, '$1');
    const connection = new Connection(
      { ...this.tls, host, port: Number(port) },
      {
        onIdle: () => {
          this.idle.push(connection);
          this.startWaiting();
        },
        onClose: () => {
          this.connections.delete(connection);
          const index = this.idle.indexOf(connection);
          if (index >= 0) this.idle.splice(index, 1);
          this.startWaiting();
        },
      },
    );
    this.connections.add(connection);
    return connection;
  }

  private headOf({ path, headers = {}, body }: CipherCall, requestId: string): string {
    const length =
      typeof body === 'string'
        ? Buffer.byteLength(body)
        : body?.reduce((sum, piece) => sum + piece.length, 0);
    const fields = {
      Host: this.url.host,
      'Request-Id': requestId,
      ...headers,
      ...(length !== undefined && { 'Content-Length': String(length) }),
    };
    const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}`);
    return [`${body === undefined ? 'GET' : 'POST'} ${path} HTTP/1.1`, ...lines, '', ''].join('\r\n');
  }
}
