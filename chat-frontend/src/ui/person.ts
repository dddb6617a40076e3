import type { Id, Profile } from '../../../chat-core/src/wire/wire.ts';
import { isOnline, nameOf } from '../state/selectors.ts';
import type { State } from '../state/state.ts';
import { el, setText } from './el.ts';
import type { Ui } from './ui.ts';

const HUES = 8;

/** An empty disc, to be dressed as somebody. */
export function avatar(className = ''): HTMLElement {
  return el('span', { class: `avatar ${className}`.trim(), 'aria-hidden': 'true' });
}

/**
 * Shows a person's picture at its address or, while there is none, the first letter of their name in one of eight tints
 * that stays their own.
 */
export function updateAvatar(node: HTMLElement, person: Profile | null | undefined, picture?: string): void {
  node.dataset.hue = String(hueOf(person?.username ?? ''));
  const [shown] = node.children;
  if (!picture) setText(node, initial(nameOf(person)));
  else if (shown?.getAttribute('src') !== picture) {
    node.replaceChildren(el('img', { class: 'avatar-picture', src: picture, alt: '' }));
  }
}

/** What stands first and is seen: a name may begin with a mark that turns its direction. */
function initial(name: string): string {
  const [first = ''] = name.match(/[\p{L}\p{N}\p{S}]/u) ?? [...name];
  return first.toLocaleUpperCase();
}

function hueOf(name: string): number {
  let sum = 7;
  for (const char of name.toLowerCase()) sum = (sum * 31 + (char.codePointAt(0) ?? 0)) >>> 0;
  return sum % HUES;
}

/** Whether somebody is there, or when they were last; nothing where that is not known. */
export function lastSeen({ i18n, now }: Ui, state: State, userId: Id): string {
  if (isOnline(state, userId)) return i18n.t('presence.online');
  const at = state.presence[userId]?.lastSeenAt;
  return at === undefined ? '' : i18n.t('presence.lastSeen', { when: i18n.moment(at, now()) });
}
