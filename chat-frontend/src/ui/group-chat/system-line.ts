import type { GroupEvent, Id } from '../../../../chat-core/src/wire/wire.ts';
import type { I18n } from '../../i18n/i18n.ts';
import type { State } from '../../state/state.ts';
import { expiryLabel } from '../conversation/expiry-label.ts';
import { listNames, memberName } from './group-names.ts';

/** What a system row of a group says: “Sari added Budi”, “You left”. `actorId` is who did it. */
export function systemLine(
  i18n: I18n,
  state: State,
  conversationId: Id,
  actorId: Id,
  event: GroupEvent,
): string {
  const { t } = i18n;
  const myId = state.me?.id;
  const { type, userIds = [], role = 'member', after = 0 } = event;
  const name = actorId === myId ? t('bubble.you') : memberName(i18n, state, conversationId, actorId);
  if (type === 'expiry') {
    return after === 0
      ? t('event.expiry.off', { name })
      : t('event.expiry', { name, after: expiryLabel(t, after) });
  }
  const objectOf = (userId: Id) => {
    if (userId === actorId) return t(userId === myId ? 'event.yourself' : 'event.themselves');
    return userId === myId ? t('event.you') : memberName(i18n, state, conversationId, userId);
  };
  const who = listNames(i18n, userIds.map(objectOf));
  return t(type === 'role' ? `event.role.${role}` : `event.${type}`, { name, who });
}
