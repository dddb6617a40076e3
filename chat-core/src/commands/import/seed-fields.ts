import { toId } from '../../storage/foreign-ids.ts';
import type { Id } from '../../wire/wire.ts';

/** What cipher-service seals at most (its wire.ts). */
export const MAX_SEALED_BYTES = 16 * 1024;

/** The ids of the accounts of a list of the file's user ids. */
export function userIds(list: unknown): Id[] {
  const keys = listOf(list).map((id) => (typeof id === 'number' ? String(id) : id));
  const isKey = (key: unknown): key is string => typeof key === 'string' && key !== '' && key.isWellFormed();
  return keys.filter(isKey).map((key) => toId('user', key));
}

export function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

export function isSeq(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
