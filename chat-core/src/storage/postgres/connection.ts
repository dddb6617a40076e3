import { isIP } from 'node:net';
import { Client, type ClientConfig, Pool, types } from 'pg';
import { ApiError } from '../../errors.ts';

/** Connections of one core that only read, besides its writer and its listener. */
const MAX_READERS = 8;
const CONNECT_TIMEOUT_MS = 5000;
/** After so long a statement is given up: by the database, and a little later by this process if it does not answer. */
const STATEMENT_TIMEOUT_MS = 15_000;
const ANSWER_TIMEOUT_MS = 20_000;
/** A core that stops in the middle of a commit loses its turn after so long. */
const IDLE_IN_COMMIT_MS = 5000;
const INT8 = 20;

/** How connections are made. `Client`: their class, in place of that of the driver. */
export type Connections = ClientConfig & { Client?: typeof Client };

/** Runs one statement. */
export type Query = <Row extends object>(text: string, values?: unknown[]) => Promise<Row[]>;

/** The options of a connection by DATABASE_URL. @throws Error with a sentence when it is no URL of PostgreSQL */
export function clientConfig(databaseUrl: string): ClientConfig {
  const url = URL.parse(databaseUrl);
  if (!url || !/^postgres(ql)?:$/.test(url.protocol) || url.pathname.length < 2)
    throw new Error(
      'The variable DATABASE_URL takes an address such as postgres://user:password@host:5432/database.',
    );
  const host = url.searchParams.get('host') ?? decodeURIComponent(url.hostname);
  const hasMode = ['ssl', 'sslmode'].some((name) => url.searchParams.has(name));
  return {
    connectionString: databaseUrl,
    // Over a network the certificate is checked, unless the address says otherwise.
    ...(!hasMode && !isLocal(host) && { ssl: true }),
    application_name: 'bisik',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    query_timeout: ANSWER_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_COMMIT_MS,
    types: {
      // Revisions, seqs, sizes and times are all below 2^53.
      getTypeParser: (id: number, format?: 'text' | 'binary') =>
        id === INT8 ? Number : types.getTypeParser(id, format as 'text'),
    } as ClientConfig['types'] & {},
  };
}

/** A Unix socket, or this machine. */
function isLocal(host: string): boolean {
  if (host === '' || host.startsWith('/') || host === 'localhost') return true;
  return isIP(host) === 4 ? host.startsWith('127.') : host === '::1' || host === '[::1]';
}

/** A connection of its own. An error of an idle one is found by its next statement. @throws Error when there is none */
export async function connect(config: Connections, onError: (error: Error) => void): Promise<Client> {
  const client = new (config.Client ?? Client)(config);
  client.on('error', onError);
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.end().catch(() => {});
    throw error;
  }
}

/** Connections that only read. */
export function openReaders(config: Connections): Pool {
  const readers = new Pool({ ...config, max: MAX_READERS });
  readers.on('error', () => {});
  return readers;
}

/** Runs statements on any free connection. @throws ApiError STORAGE_UNAVAILABLE */
export function queryOf(readers: Pool): Query {
  return async <Row extends object>(text: string, values: unknown[] = []) => {
    try {
      return (await readers.query<Row>(text, values)).rows;
    } catch (cause) {
      throw new ApiError('STORAGE_UNAVAILABLE', { cause, retryAfter: 5 });
    }
  };
}
