import { ApiError } from '../errors.ts';
import type { Id } from '../wire/wire.ts';

/**
 * A place in the order of all messages: by the commit that appended them, and where one appended several, by conversation
 * and seq. It stays the same after new messages and a restart.
 */
export type Position = { rev: number; conversationId: Id; seq: number };

const CURSOR = /^(\d{1,15})\.(\d{1,15})\.([0-9a-f-]{36})$/;

/** Below 0 when `a` is older than `b`. */
export function comparePositions(a: Position, b: Position): number {
  if (a.rev !== b.rev) return a.rev - b.rev;
  if (a.conversationId !== b.conversationId) return a.conversationId < b.conversationId ? -1 : 1;
  return a.seq - b.seq;
}

export function formatCursor({ rev, seq, conversationId }: Position): string {
  return `${rev}.${seq}.${conversationId}`;
}

/** @throws ApiError INVALID_CURSOR */
export function readCursor(cursor: string): Position {
  const [, rev, seq, conversationId] = CURSOR.exec(cursor) ?? [];
  if (conversationId === undefined) throw new ApiError('INVALID_CURSOR');
  return { rev: Number(rev), seq: Number(seq), conversationId };
}
