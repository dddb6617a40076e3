import { type Logger, pino } from 'pino';
import type { Config } from './config.ts';

/** JSON lines on stdout, written before the call returns. No text, key or token ever goes in. */
export function createLog(level: Config['logLevel']): Logger {
  return pino({ level, base: { service: 'cipher' } }, pino.destination({ dest: 1, sync: true }));
}

/** The `code` of an error of Node, undefined when it has none. */
export function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

/** What the log may contain of an error: its stack without the message, which may quote a text. */
export function traceOf(error: unknown): { name: string; code: unknown; at: string[] } {
  if (!(error instanceof Error)) return { name: typeof error, code: undefined, at: [] };
  const at = (error.stack ?? '').split('\n').filter((line) => line.startsWith('    at '));
  return { name: error.name, code: codeOf(error), at };
}
