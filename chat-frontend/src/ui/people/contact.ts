import type { Id, ReportReason } from '../../../../chat-core/src/wire/wire.ts';
import { hashOf } from '../../router.ts';
import { chatWith, isBlocked, isFriend, nameOf } from '../../state/selectors.ts';
import type { State } from '../../state/state.ts';
import { mountSaverAction } from '../attachments/data-use/saver-action.ts';
import { buttonAction, linkAction } from '../card-rows.ts';
import { confirmAndRun } from '../confirm-and-run.ts';
import { choose } from '../dialog.ts';
import { bdi, el, setText } from '../el.ts';
import { panel, setBackTarget } from '../panel.ts';
import { avatar, lastSeen, updateAvatar } from '../person.ts';
import type { Screen, Ui } from '../ui.ts';
import { mountMuting } from './mute.ts';

/** The page of another person: their profile, and to write, mute, block, remove or report. */
export function mountContact(ui: Ui, userId: Id): Screen {
  const { i18n, actions, state } = ui;
  const { t } = i18n;
  const picture = avatar('avatar-huge');
  const name = bdi('', 'contact-name');
  const username = bdi('', 'contact-username');
  const seen = el('p', { class: 'contact-seen' });
  const about = el('p', { class: 'contact-about', dir: 'auto' });
  const open = linkAction('chat', t('contact.write'), hashOf({ name: 'chats' }));
  const personName = () => nameOf(state().people[userId]);
  const add = linkAction('addFriend', t('friend.title'), hashOf({ name: 'add-friend' }));
  const run = (verb: 'remove' | 'block' | 'unblock', call: (id: Id) => Promise<void>) => () => {
    const params = { name: personName() };
    const question = {
      title: t(`contact.${verb}Title`, params),
      lead: t(`contact.${verb}Lead`, params),
      yes: t(`contact.${verb}`),
      danger: verb !== 'unblock',
    };
    void confirmAndRun(ui, question, () => call(userId), t(`contact.${verb}Done`, params));
  };
  const remove = buttonAction('removeFriend', t('contact.remove'), run('remove', actions.removeFriend), true);
  const block = buttonAction('gone', t('contact.block'), run('block', actions.block), true);
  const unblock = buttonAction('check', t('contact.unblock'), run('unblock', actions.unblock));
  const muting = mountMuting(ui);
  const media = linkAction('image', t('media.title'), hashOf({ name: 'chats' }));
  const search = linkAction('search', t('search.inChat'), hashOf({ name: 'chats' }));
  const saver = mountSaverAction(ui);
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
    el('div', { class: 'contact' }, picture, name, username, seen),
    about,
    blocked,
    el(
      'div',
      { class: 'card card-actions' },
      open,
      search,
      media,
      add,
      muting.node,
      saver.node,
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
    updateAvatar(picture, person, actions.picture(person));
    setText(name, nameOf(person));
    setText(username, `@${person.username}`);
    setText(seen, lastSeen(ui, now, userId));
    seen.hidden = seen.textContent === '';
    setText(about, person.about ?? '');
    about.hidden = !person.about;
    muting.update(now, chat);
    saver.update(chat?.id);
    open.hidden = !chat;
    media.hidden = !chat;
    search.hidden = !chat;
    if (chat) {
      search.setAttribute('href', hashOf({ name: 'search', conversationId: chat.id }));
      media.setAttribute('href', hashOf({ name: 'media', conversationId: chat.id }));
      const route = { name: 'chat', conversationId: chat.id } as const;
      open.setAttribute('href', hashOf(route));
      setBackTarget(node.querySelector('.bar a'), route);
    }
    // The page behind it says what comes of it: a friendship, a request, or a refusal.
    add.hidden = isFriend(now, userId) || isBlocked(now, userId) || userId === now.me?.id;
    add.setAttribute('href', hashOf({ name: 'add', username: person.username }));
    remove.hidden = !isFriend(now, userId);
    block.hidden = isBlocked(now, userId);
    unblock.hidden = !isBlocked(now, userId);
    blocked.hidden = !isBlocked(now, userId);
    setText(blocked, t('contact.blocked', { name: nameOf(person) }));
  }

  return { node, update, focus: () => node.querySelector('h1')?.focus() };
}

const REASONS = ['spam', 'abuse', 'other'] as const;

/** Reports a person to the administrator, with a reason. */
export async function report(ui: Ui, userId: Id): Promise<void> {
  const { t } = ui.i18n;
  const params = { name: nameOf(ui.state().people[userId]) };
  let reason: ReportReason = 'spam';
  const reasons = REASONS.map((value) => {
    const choose = () => {
      reason = value;
    };
    const radio = el('input', {
      type: 'radio',
      name: 'reason',
      value,
      checked: value === reason,
      on: { change: choose },
    });
    return el('label', { class: 'choice' }, radio, t(`report.${value}`));
  });
  const agreed = await choose(ui.i18n, {
    title: t('report.title', params),
    lead: t('report.lead', params),
    body: el('fieldset', { class: 'choices choices-down', 'aria-label': t('report.why') }, ...reasons),
    choices: [{ label: t('contact.report'), value: true, danger: true }],
  });
  if (agreed)
    await confirmAndRun(ui, undefined, () => ui.actions.report({ userId, reason }), t('report.done'));
}
