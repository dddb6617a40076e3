import { ApiError } from '../errors.ts';
import type { EphemeralPosition } from './ephemeral.ts';

/** `<epoch of the store>.<revision>.<run>-<number of ephemeral change>`, and `.<seen>` if it differs; opaque to clients, never a time. */
const SHAPE = /^([0-9a-f-]{36})\.(\d{1,15})\.([0-9a-f]{8})-(\d{1,15})(?:\.(\d{1,15}))?$/;

/**
 * `revision`: the last commit of which nothing is missing. `seen`: the last one of which something may have been shown, where it
 * is later: others committed while the delta was read.
 */
export type Cursor = {
  epoch: string;
  revision: number;
  ephemeral: EphemeralPosition;
  seen?: number | undefined;
};

/** @throws ApiError INVALID_CURSOR when the text does not have the form of a cursor */
export function readCursor(text: string): Cursor {
  const [, epoch, revision, run, n, seen] = SHAPE.exec(text) ?? [];
  if (!epoch || !revision || !run || !n) throw new ApiError('INVALID_CURSOR');
  return {
    epoch,
    revision: Number(revision),
    ephemeral: { run, n: Number(n) },
    ...(seen !== undefined && { seen: Number(seen) }),
  };
}

/** The text that a client stores and sends back. */
export function writeCursor({ epoch, revision, ephemeral, seen = revision }: Cursor): string {
  const text = `${epoch}.${revision}.${ephemeral.run}-${ephemeral.n}`;
  return seen > revision ? `${text}.${seen}` : text;
}

/** The newest commit that a client with this cursor may have seen. */
export const newestSeen = ({ revision, seen = revision }: Pick<Cursor, 'revision' | 'seen'>): number =>
  Math.max(revision, seen);
