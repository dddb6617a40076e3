import type { Store } from '../storage/store.ts';
import type { Id } from '../wire.ts';

/** Whether one of two people has blocked the other, whichever: then neither learns anything of the other. */
export async function isBlocked(reader: Pick<Store, 'account'>, a: Id, b: Id): Promise<boolean> {
  return (await hasBlocked(reader, a, b)) || (await hasBlocked(reader, b, a));
}

/** Whether the first has blocked the second. */
export async function hasBlocked(reader: Pick<Store, 'account'>, by: Id, id: Id): Promise<boolean> {
  return (await reader.account(by))?.blocked?.includes(id) ?? false;
}
