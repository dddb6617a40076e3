import type { Profile } from '../../../chat-core/src/wire/wire.ts';
import { hashOf } from '../router.ts';
import { nameOf } from '../state/selectors.ts';
import { bdi, el, setText } from './el.ts';
import { type LazyIconName, lazyIcon } from './lazy-icons.ts';
import { avatar, updateAvatar } from './person.ts';
import type { Ui } from './ui.ts';

/** A row of a card that is a link. */
export function linkAction(name: LazyIconName, label: string | Node, href: string): HTMLAnchorElement {
  return el('a', { class: 'action', href }, lazyIcon(name), label);
}

/** A row of a card that is a button. */
export function buttonAction(
  name: LazyIconName,
  label: string,
  run: () => void,
  danger = false,
): HTMLButtonElement {
  const className = `action ${danger ? 'action-danger' : ''}`.trim();
  return el('button', { type: 'button', class: className, on: { click: run } }, lazyIcon(name), label);
}

/** A person in a list, with buttons. */
export function createPersonRow({ actions }: Ui, buttons: HTMLElement[], person: Profile) {
  const picture = avatar('avatar-small');
  const name = bdi('', 'person-name');
  const username = bdi('', 'person-username');
  const link = el(
    'a',
    { class: 'person-link', href: hashOf({ name: 'contact', userId: person.id }) },
    picture,
    el('span', { class: 'person-text' }, name, username),
  );
  const node = el('li', { class: 'person' }, link, el('span', { class: 'person-buttons' }, ...buttons));

  function update(now: Profile): void {
    updateAvatar(picture, now, actions.picture(now));
    setText(name, nameOf(now));
    setText(username, `@${now.username}`);
  }

  return { node, update };
}

/** A small button of such a row; its label names the person. */
export function rowButton(text: string, label: string, run: () => void, main = false): HTMLButtonElement {
  const className = `button button-small ${main ? 'button-main' : ''}`.trim();
  return el('button', { type: 'button', class: className, 'aria-label': label, on: { click: run } }, text);
}
