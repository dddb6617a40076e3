import type { Profile } from '../../../chat-core/src/wire/wire.ts';
import { hashOf } from '../router.ts';
import { nameOf } from '../state/selectors.ts';
import { bdi, el, setText } from './el.ts';
import { type LazyIconName, lazyIcon } from './lazy-icons.ts';
import { avatar, updateAvatar } from './person.ts';
import type { Ui } from './ui.ts';

/** A line of a card that leads somewhere. */
export function linkAction(name: LazyIconName, label: string | Node, href: string): HTMLAnchorElement {
  return el('a', { class: 'action', href }, lazyIcon(name), label);
}

/** A line of a card that does something. */
export function buttonAction(
  name: LazyIconName,
  label: string,
  run: () => void,
  danger = false,
): HTMLButtonElement {
  const className = `action ${danger ? 'action-danger' : ''}`.trim();
  return el('button', { type: 'button', class: className, on: { click: run } }, lazyIcon(name), label);
}

/** Somebody in a list, with what can be done. */
export function createPersonRow({ actions }: Ui, buttons: HTMLElement[], person: Profile) {
  const face = avatar('avatar-small');
  const name = bdi('', 'person-name');
  const username = bdi('', 'person-username');
  const link = el(
    'a',
    { class: 'person-link', href: hashOf({ name: 'contact', userId: person.id }) },
    face,
    el('span', { class: 'person-text' }, name, username),
  );
  const node = el('li', { class: 'person' }, link, el('span', { class: 'person-buttons' }, ...buttons));

  function update(now: Profile): void {
    updateAvatar(face, now, actions.picture(now));
    setText(name, nameOf(now));
    setText(username, `@${now.username}`);
  }

  return { node, update };
}

/** A small button of such a row. Its label says whom it is about. */
export function rowButton(text: string, label: string, run: () => void, main = false): HTMLButtonElement {
  const className = `button button-small ${main ? 'button-main' : ''}`.trim();
  return el('button', { type: 'button', class: className, 'aria-label': label, on: { click: run } }, text);
}
