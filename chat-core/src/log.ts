import { type Logger, pino } from 'pino';

export type Log = Logger;

/**
 * The log of this service: JSON lines on standard output. Of a request it gets its route and error code, and the
 * error itself where that was not foreseen; the redaction is the second lock.
 */
export function openLog(level: string): Log {
  return pino({
    level,
    base: { service: 'chat-core' },
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
