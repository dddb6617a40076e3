import { pino } from 'pino';
import { createApp } from '../../src/app.ts';
import { loadIdentity } from '../../src/identity.ts';
import { type Serving, serve } from '../../src/serve.ts';
import type { Keys } from './keys.ts';

/** The service inside this process on a free port; `log` holds every line it wrote at the finest level. */
export async function startService(keys: Keys, patienceMs?: number): Promise<Serving & { log: string[] }> {
  const log: string[] = [];
  const logger = pino({ level: 'trace' }, { write: (line: string) => void log.push(line) });
  const app = createApp(loadIdentity(keys.dir), logger);
  return { ...(await serve(app, { port: 0, host: '127.0.0.1' }, patienceMs)), log };
}
