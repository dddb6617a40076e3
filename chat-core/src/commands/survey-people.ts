import type { State } from '../storage/lowdb/state.ts';
import { type Account, pairKey } from '../storage/store.ts';
import type { Id } from '../wire.ts';
import { toId } from './seed-file.ts';

/** A friendship of which one half is left was made whole once; a contact of nobody is none. */
export function mendFriendships(state: State, revision: number, note: (what: string) => void): void {
  for (const { id } of allAccounts(state)) {
    const account = state.account(id);
    if (!account) continue;
    const { contacts } = account;
    const known = contacts.filter((contact) => state.account(contact) !== undefined);
    if (known.length < contacts.length) {
      note(`${id} has contacts that are no accounts`);
      state.putAccount({ ...account, contacts: known });
    }
    for (const contact of known) {
      const other = state.account(contact);
      if (other && !other.contacts.includes(id)) {
        note(`${id} has the contact ${contact}, who does not have ${id}`);
        state.putAccount({ ...other, contacts: [...other.contacts, id] });
      }
      if (state.directBetween(id, contact)) continue;
      note(`${id} and ${contact} are friends without a conversation`);
      const members: [Id, Id] = id < contact ? [id, contact] : [contact, id];
      const made = toId('conversation', pairKey(id, contact));
      state.putHeader({
        id: made,
        kind: 'direct',
        members,
        lastSeq: 0,
        befriendedRev: revision,
        rev: revision,
      });
    }
  }
}

/** Everybody, as of now. */
export function allAccounts(state: State): Account[] {
  const accounts: Account[] = [];
  for (let page = 1; ; page++) {
    const some = state.usersOf(page);
    if (some.length === 0) return accounts;
    accounts.push(...some);
  }
}
