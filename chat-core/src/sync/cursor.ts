import { ApiError } from '../errors.ts';
import type { LiveAt } from './ephemeral.ts';

/** `<box epoch>.<revision of durable commits>.<run>-<changes in RAM>`; opaque to clients, never a time. */
const SHAPE = /^([0-9a-f-]{36})\.(\d{1,15})\.([0-9a-f]{8})-(\d{1,15})$/;

export type Cursor = { epoch: string; revision: number; live: LiveAt };

/** @throws ApiError INVALID_CURSOR when it is not one of ours by its form */
export function readCursor(text: string): Cursor {
  const [, epoch, revision, run, n] = SHAPE.exec(text) ?? [];
  if (!epoch || !revision || !run || !n) throw new ApiError('INVALID_CURSOR');
  return { epoch, revision: Number(revision), live: { run, n: Number(n) } };
}

/** The text a client keeps and sends back. */
export function writeCursor({ epoch, revision, live }: Cursor): string {
  return `${epoch}.${revision}.${live.run}-${live.n}`;
}
