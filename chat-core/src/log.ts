import { type Logger, type LoggerOptions, pino, stdTimeFunctions } from 'pino';
import { formatCommands } from './command-form.ts';

export type Log = Logger;

/**
 * The log of chat-core: JSON lines on standard output, or to `write`. Of a failed request it holds the route and the error code, and an
 * unexpected error itself. The redaction is a second safeguard.
 */
export function createLog(level: string, write?: (line: string) => void): Log {
  const options: LoggerOptions = {
    level,
    timestamp: stdTimeFunctions.isoTime,
    base: { service: 'chat-core' },
    // On whole lines, because the messages of errors name commands too.
    hooks: { streamWrite: (line) => escapeControls(formatCommands(line)) },
    redact: [
      '*.password',
      '*.newPassword',
      '*.currentPassword',
      '*.token',
      '*.inviteCode',
      '*.authorization',
    ],
  };
  return write ? pino(options, { write }) : pino(options);
}

/**
 * A line of JSON in which every character that a terminal or a viewer of logs would act on, or take for the end of a
 * line, is an escape of JSON. JSON itself escapes only those below U+0020 (OWASP ASVS 5.0 16.4.1).
 */
export function escapeControls(line: string): string {
  return line.replace(
    /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
