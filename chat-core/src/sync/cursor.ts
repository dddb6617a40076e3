import { ApiError } from '../errors.ts';
import type { EphemeralPosition } from './ephemeral.ts';

/** `<store epoch>.<revision of durable commits>.<run>-<number of ephemeral change>`; opaque to clients, never a time. */
const SHAPE = /^([0-9a-f-]{36})\.(\d{1,15})\.([0-9a-f]{8})-(\d{1,15})$/;

export type Cursor = { epoch: string; revision: number; ephemeral: EphemeralPosition };

/** @throws ApiError INVALID_CURSOR when the text does not have the form of a cursor */
export function readCursor(text: string): Cursor {
  const [, epoch, revision, run, n] = SHAPE.exec(text) ?? [];
  if (!epoch || !revision || !run || !n) throw new ApiError('INVALID_CURSOR');
  return { epoch, revision: Number(revision), ephemeral: { run, n: Number(n) } };
}

/** The text that a client stores and sends back. */
export function writeCursor({ epoch, revision, ephemeral }: Cursor): string {
  return `${epoch}.${revision}.${ephemeral.run}-${ephemeral.n}`;
}
