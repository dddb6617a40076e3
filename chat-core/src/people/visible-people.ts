import type { Store } from '../storage/store.ts';
import type { Id } from '../wire/wire.ts';

type Reader = Pick<Store, 'account'>;

/** Those of these people whose accounts were not deleted. */
export async function existingAmong(reader: Reader, ids: Iterable<Id>): Promise<Set<Id>> {
  const existing = new Set(ids);
  for (const id of existing) {
    const account = await reader.account(id);
    if (!account || account.deletedAt !== undefined) existing.delete(id);
  }
  return existing;
}

/** Those of these people whom a person sees: no deleted account, and no one across a block, in either direction. */
export async function visibleAmong(reader: Reader, userId: Id, ids: Iterable<Id>): Promise<Set<Id>> {
  const visible = await existingAmong(reader, ids);
  if (visible.size === 0) return visible;
  const blocked = new Set((await reader.account(userId))?.blocked);
  for (const id of visible)
    if (blocked.has(id) || (await reader.account(id))?.blocked?.includes(userId)) visible.delete(id);
  return visible;
}
