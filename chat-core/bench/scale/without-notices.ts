/** Preloaded into a core: no notice of the database reaches it, as behind a pool of connections that does not pass them. */
import { Client } from 'pg';

const query = Client.prototype.query as (this: Client, ...args: unknown[]) => unknown;
Client.prototype.query = function (this: Client, ...args: unknown[]) {
  const isListen = typeof args[0] === 'string' && args[0].startsWith('listen ');
  return query.apply(this, isListen ? ['select 1', ...args.slice(1)] : args);
} as typeof Client.prototype.query;
