import { ApiError } from '../errors.ts';

/** `<box epoch>.<revision of durable commits>.<changes in RAM>`; opaque to clients, never a time. */
const SHAPE = /^([0-9a-f-]{36})\.(\d{1,15})\.(\d{1,15})$/;

export type Cursor = { epoch: string; revision: number };

/** @throws ApiError INVALID_CURSOR when it is not one of ours by its form */
export function readCursor(text: string): Cursor {
  const [, epoch, revision] = SHAPE.exec(text) ?? [];
  if (!epoch || !revision) throw new ApiError('INVALID_CURSOR');
  return { epoch, revision: Number(revision) };
}

/** The text a client keeps and sends back. */
export function writeCursor({ epoch, revision }: Cursor): string {
  return `${epoch}.${revision}.0`;
}
