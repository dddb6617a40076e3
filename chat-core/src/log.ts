import { type Logger, pino } from 'pino';
import { formatCommands } from './command-form.ts';

export type Log = Logger;

/**
 * The log of chat-core: JSON lines on standard output. Of a failed request it holds the route and the error code, and an
 * unexpected error itself. The redaction is a second safeguard.
 */
export function createLog(level: string): Log {
  return pino({
    level,
    base: { service: 'chat-core' },
    // On whole lines, because the messages of errors name commands too.
    hooks: { streamWrite: formatCommands },
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
