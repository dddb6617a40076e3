import { type Client, type ClientConfig, Pool, types } from 'pg';
import { ApiError } from '../../../errors.ts';
import { Hosts, primaryClient } from './hosts.ts';

/** Connections of one core that only read, besides its writer and its listener. */
const MAX_READERS = 8;
const MAX_POLLERS = 2;
/** Less than a core counts as up to date without an answer. */
const POLL_TIMEOUT_MS = 2000;
const CONNECT_TIMEOUT_MS = 5000;
/** With several hosts, so that one whose power is off is soon passed over. */
const CONNECT_TIMEOUT_OF_SEVERAL_MS = 2000;
/** After so long a statement is given up: by the database, and a little later by this process if it does not answer. */
const STATEMENT_TIMEOUT_MS = 15_000;
const ANSWER_TIMEOUT_MS = 20_000;
/** A core that stops in the middle of a commit loses its turn after so long. */
const IDLE_IN_COMMIT_MS = 5000;
const END_TIMEOUT_MS = 2000;
const INT8 = 20;
/** The code of PostgreSQL for a database that only reads. */
const STANDBY = '25006';

/** How connections are made, and their class. */
export type Connections = ClientConfig & { hosts: Hosts; Client: typeof Client };

/** Runs one statement. */
export type Query = <Row extends object>(text: string, values?: unknown[]) => Promise<Row[]>;

/** The options of connections by DATABASE_URL. @throws Error with a sentence when it is no address of PostgreSQL */
export function clientConfig(databaseUrl: string): Connections {
  const hosts = new Hosts(databaseUrl);
  return {
    hosts,
    Client: primaryClient(hosts),
    application_name: 'bisik',
    connectionTimeoutMillis: hosts.count > 1 ? CONNECT_TIMEOUT_OF_SEVERAL_MS : CONNECT_TIMEOUT_MS,
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

/**
 * A connection of its own to the primary, which may be any of the hosts. An error of an idle one is found by its next statement.
 * @throws Error when there is none; that of a standby first
 */
export async function connect(config: Connections, onError: (error: Error) => void): Promise<Client> {
  const { hosts, Client, ...options } = config;
  const errors: unknown[] = [];
  for (let attempt = 1; attempt <= hosts.count; attempt++) {
    const client = new Client(options);
    let isOpen = false;
    client.on('error', (error) => {
      if (isOpen) onError(error);
    });
    try {
      await client.connect();
      isOpen = true;
      return client;
    } catch (error) {
      errors.push(error);
      await client.end().catch(() => {});
    }
  }
  throw errors.find((error) => (error as { code?: string }).code === STANDBY) ?? errors[0];
}

/** Connections that only read. `isForPolls`: few, and given up soon, so that those of requests that hang keep none of them. */
export function openReaders(config: Connections, isForPolls = false): Pool {
  const { hosts: _, Client, ...options } = config;
  const readers = new Pool({
    ...options,
    ...(isForPolls && { query_timeout: POLL_TIMEOUT_MS, connectionTimeoutMillis: POLL_TIMEOUT_MS }),
    max: isForPolls ? MAX_POLLERS : MAX_READERS,
    Client: Client as new () => Client,
  });
  readers.on('error', () => {});
  // One that was given up, or that a transaction has, is not the matter of the pool: its statements find the error.
  readers.on('connect', (client) => client.on('error', () => {}));
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

/** Waits until connections have ended, but not for a network that has become silent. */
export async function ended(...connections: (Promise<unknown> | undefined)[]): Promise<void> {
  const timeout = new Promise((resolve) => setTimeout(resolve, END_TIMEOUT_MS).unref());
  await Promise.race([Promise.allSettled(connections), timeout]);
}
