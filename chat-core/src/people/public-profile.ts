import type { Account, Store } from '../storage/store.ts';
import type { Id, Profile } from '../wire/wire.ts';

/** What others see of a person. */
export function toProfile({ id, username }: Pick<Account, 'id' | 'username'>): Profile {
  return { id, username };
}

/** What others see of these people, in the same order; of an account that is gone, an empty name. */
export function profilesOf(reader: Pick<Store, 'account'>, ids: readonly Id[]): Promise<Profile[]> {
  return Promise.all(ids.map(async (id) => toProfile((await reader.account(id)) ?? { id, username: '' })));
}
