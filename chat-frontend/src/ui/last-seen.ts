import type { Id } from '../../../chat-core/src/wire/wire.ts';
import { isOnline } from '../state/selectors.ts';
import type { State } from '../state/state.ts';
import type { Ui } from './ui.ts';

/** Whether somebody is there, or when they were last; nothing where that is not known. */
export function lastSeen({ i18n, now }: Ui, state: State, userId: Id): string {
  if (isOnline(state, userId)) return i18n.t('presence.online');
  const at = state.presence[userId]?.lastSeenAt;
  return at === undefined ? '' : i18n.t('presence.lastSeen', { when: i18n.moment(at, now()) });
}
