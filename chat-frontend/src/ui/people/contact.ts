import type { Id } from '../../../../chat-core/src/wire/wire.ts';
import { hashOf } from '../../router.ts';
import { chatWith, isBlocked, isFriend, nameOf } from '../../state/selectors.ts';
import type { State } from '../../state/state.ts';
import { buttonAction, linkAction } from '../action-row.ts';
import { avatar, updateAvatar } from '../avatar.ts';
import { setBackTarget } from '../back.ts';
import { confirmAndRun } from '../confirm-and-run.ts';
import { bdi, el, setText } from '../el.ts';
import { lastSeen } from '../last-seen.ts';
import { panel } from '../panel.ts';
import type { Screen, Ui } from '../ui.ts';
import { mountMuting } from './muting.ts';
import { report } from './report.ts';

/** What is known of somebody, and what can be done about them. */
export function mountContact(ui: Ui, userId: Id): Screen {
  const { i18n, actions, state } = ui;
  const { t } = i18n;
  const face = avatar('avatar-huge');
  const name = bdi('', 'contact-name');
  const username = bdi('', 'contact-username');
  const seen = el('p', { class: 'contact-seen' });
  const about = el('p', { class: 'contact-about', dir: 'auto' });
  const open = linkAction('chat', t('contact.write'), hashOf({ name: 'chats' }));
  const who = () => nameOf(state().people[userId]);
  const run = (words: 'remove' | 'block' | 'unblock', call: (id: Id) => Promise<void>) => () => {
    const params = { name: who() };
    const ask = {
      title: t(`contact.${words}Title`, params),
      lead: t(`contact.${words}Lead`, params),
      yes: t(`contact.${words}`),
      danger: words !== 'unblock',
    };
    void confirmAndRun(ui, ask, () => call(userId), t(`contact.${words}Done`, params));
  };
  const remove = buttonAction('removeFriend', t('contact.remove'), run('remove', actions.removeFriend), true);
  const block = buttonAction('gone', t('contact.block'), run('block', actions.block), true);
  const unblock = buttonAction('check', t('contact.unblock'), run('unblock', actions.unblock));
  const muting = mountMuting(ui);
  const blocked = el('p', { class: 'contact-blocked' });
  const unknown = el(
    'div',
    { class: 'empty' },
    el('p', { class: 'empty-title' }, t('contact.unknown')),
    el('a', { class: 'button', href: hashOf({ name: 'add-friend' }) }, t('friend.title')),
  );
  const known = el(
    'div',
    { class: 'panel-column' },
    el('div', { class: 'contact' }, face, name, username, seen),
    about,
    blocked,
    el(
      'div',
      { class: 'card card-actions' },
      open,
      muting.node,
      unblock,
      remove,
      block,
      buttonAction('flag', t('contact.report'), () => void report(ui, userId), true),
    ),
  );
  const node = panel(i18n, { title: t('contact.title') }, known, unknown);

  function update(now: State): void {
    const person = now.people[userId];
    known.hidden = !person;
    unknown.hidden = person !== undefined || !now.live;
    if (!person) return;
    const chat = chatWith(now, userId);
    updateAvatar(face, person, actions.picture(person));
    setText(name, nameOf(person));
    setText(username, `@${person.username}`);
    setText(seen, lastSeen(ui, now, userId));
    seen.hidden = seen.textContent === '';
    setText(about, person.about ?? '');
    about.hidden = !person.about;
    muting.update(now, chat);
    open.hidden = !chat;
    if (chat) {
      const route = { name: 'chat', conversationId: chat.id } as const;
      open.setAttribute('href', hashOf(route));
      setBackTarget(node.querySelector('.bar a'), route);
    }
    remove.hidden = !isFriend(now, userId);
    block.hidden = isBlocked(now, userId);
    unblock.hidden = !isBlocked(now, userId);
    blocked.hidden = !isBlocked(now, userId);
    setText(blocked, t('contact.blocked', { name: nameOf(person) }));
  }

  return { node, update, focus: () => node.querySelector('h1')?.focus() };
}
