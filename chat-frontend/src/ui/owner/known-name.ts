import type { Id } from '../../../../chat-core/src/wire/wire.ts';
import { nameOf } from '../../state/selectors.ts';
import type { State } from '../../state/state.ts';

/** The display name of a person whom this account knows, else the username: an owner sees no sealed profile. */
export function knownName({ me, people }: State, { id, username }: { id: Id; username?: string }): string {
  const profile = id === me?.id ? me : people[id];
  return profile ? nameOf(profile) : (username ?? id.slice(0, 8));
}
