import { hashOf } from '../../router.ts';
import type { Chat } from '../../state/chat.ts';
import { companion, isOnline, nameOf, typingIn } from '../../state/selectors.ts';
import type { State } from '../../state/state.ts';
import { bdi, el, setText } from '../el.ts';
import { avatar, lastSeen, updateAvatar } from '../person.ts';
import type { Ui } from '../ui.ts';

/** Who one talks with, and whether they are there or typing; a press leads to what is known of them. */
export function mountHeading(ui: Ui) {
  const { t } = ui.i18n;
  const face = avatar('avatar-small');
  const name = bdi('');
  const title = el('h1', { class: 'bar-title', tabindex: -1 }, name);
  const status = el('p', { class: 'bar-status' });
  const node = el(
    'a',
    { class: 'bar-person', hidden: true },
    face,
    el('div', { class: 'bar-names' }, title, status),
  );

  function update(state: State, chat: Chat | undefined): void {
    const person = chat && companion(state, chat);
    node.hidden = !person;
    if (!person) return;
    node.setAttribute('href', hashOf({ name: 'contact', userId: person.id }));
    updateAvatar(face, person, ui.actions.picture(person));
    setText(name, nameOf(person));
    const typing = typingIn(state, chat);
    setText(status, typing ? t('chat.typing') : lastSeen(ui, state, person.id));
    status.hidden = status.textContent === '';
    status.classList.toggle('bar-active', typing || isOnline(state, person.id));
  }

  return { node, update, focus: () => title.focus({ preventScroll: true }) };
}
