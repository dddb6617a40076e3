import type { Id, Profile } from '../../../chat-core/src/wire/wire.ts';
import { isOnline, nameOf } from '../state/selectors.ts';
import type { State } from '../state/state.ts';
import { el, setText } from './el.ts';
import type { Ui } from './ui.ts';

const HUES = 8;

/** An empty avatar, to be filled by `updateAvatar`. */
export function avatar(className = ''): HTMLElement {
  return el('span', { class: `avatar ${className}`.trim(), 'aria-hidden': 'true' });
}

/** Shows a person's picture by its URL or, without one, the initial of their name in one of eight hues. */
export function updateAvatar(node: HTMLElement, person: Profile | null | undefined, picture?: string): void {
  node.dataset.hue = String(hueOf(person?.username ?? ''));
  const [shown] = node.children;
  if (!picture) setText(node, initial(nameOf(person)));
  else if (shown?.getAttribute('src') !== picture) {
    node.replaceChildren(el('img', { class: 'avatar-picture', src: picture, alt: '' }));
  }
}

/** The first visible character: a name may begin with a direction mark. */
function initial(name: string): string {
  const [first = ''] = name.match(/[\p{L}\p{N}\p{S}]/u) ?? [...name];
  return first.toLocaleUpperCase();
}

/** The hue of a name, from 0 to 7. */
export function hueOf(name: string): number {
  let sum = 7;
  for (const char of name.toLowerCase()) sum = (sum * 31 + (char.codePointAt(0) ?? 0)) >>> 0;
  return sum % HUES;
}

/** “Online”, or when a person was last seen; empty if that is unknown. */
export function lastSeen({ i18n, now }: Ui, state: State, userId: Id): string {
  if (isOnline(state, userId)) return i18n.t('presence.online');
  const at = state.presence[userId]?.lastSeenAt;
  return at === undefined ? '' : i18n.t('presence.lastSeen', { when: i18n.moment(at, now()) });
}
