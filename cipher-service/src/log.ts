import { type Logger, pino } from 'pino';
import type { Config } from './config.ts';

/** JSON lines on stdout, written before the call returns. No text, key or token ever goes in. */
export function createLog(level: Config['logLevel']): Logger {
  return pino({ level, base: { service: 'cipher' } }, pino.destination({ dest: 1, sync: true }));
}
