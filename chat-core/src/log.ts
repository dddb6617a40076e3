import { type Logger, pino } from 'pino';
import { inThisForm } from './command-form.ts';

export type Log = Logger;

/**
 * The log of this service: JSON lines on standard output. Of a request it gets its route and error code, and the
 * error itself where that was not foreseen; the redaction is the second lock.
 */
export function openLog(level: string): Log {
  return pino({
    level,
    base: { service: 'chat-core' },
    // Once per line that is written, not per part of it: sentences of errors name commands too.
    hooks: { streamWrite: inThisForm },
    redact: [
      '*.password',
      '*.newPassword',
      '*.currentPassword',
      '*.token',
      '*.inviteCode',
      '*.authorization',
    ],
  });
}
