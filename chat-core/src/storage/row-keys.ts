import type { Id } from '../wire/wire.ts';
import type { FileRef } from './attachment-files.ts';
import type { Identity } from './records.ts';

/** The form in which usernames are compared: NFKC, lower case. */
export function foldName(username: string): string {
  return username.normalize('NFKC').toLowerCase();
}

/** The key of an identity. An issuer is a URL, without spaces. */
export function identityKey({ issuer, subject }: Identity): string {
  return `${issuer} ${subject}`;
}

/** The key of a file. */
export function fileKey({ conversationId, id }: FileRef): string {
  return `${conversationId} ${id}`;
}

/** The key of a pair of people, the same in either order. */
export function pairKey(a: Id, b: Id): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`;
}
