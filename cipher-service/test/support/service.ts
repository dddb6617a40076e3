import { pino } from 'pino';
import { createApp } from '../../src/app.ts';
import { openCounter } from '../../src/counter.ts';
import { loadIdentity } from '../../src/identity.ts';
import { type Serving, serve } from '../../src/serve.ts';
import type { Keys } from './keys.ts';

/** Starts the service in this process on a free port. `log` contains all its log lines, at level trace. */
export async function startService(
  keys: Keys,
  graceMs?: number,
  limits?: Parameters<typeof createApp>[3],
): Promise<Serving & { log: string[] }> {
  const log: string[] = [];
  const logger = pino({ level: 'trace' }, { write: (line: string) => void log.push(line) });
  const app = createApp(loadIdentity(keys.dir), openCounter(keys.dir), logger, limits);
  return { ...(await serve(app, { port: 0, host: '127.0.0.1' }, graceMs)), log };
}
