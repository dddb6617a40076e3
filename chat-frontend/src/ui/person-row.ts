import type { Profile } from '../../../chat-core/src/wire/wire.ts';
import { hashOf } from '../router.ts';
import { nameOf } from '../state/selectors.ts';
import { avatar, updateAvatar } from './avatar.ts';
import { bdi, el, setText } from './el.ts';
import type { Ui } from './ui.ts';

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
