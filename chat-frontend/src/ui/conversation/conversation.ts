import type { Id } from '../../../../chat-core/src/wire/wire.ts';
import { hashOf } from '../../router.ts';
import type { Chat } from '../../state/chat.ts';
import { flagsOf } from '../../state/chat-flags.ts';
import {
  type Bubble,
  canWrite,
  companion,
  faceOf,
  isBlocked,
  isNotes,
  isOnline,
  nameOf,
  typingIn,
} from '../../state/selectors.ts';
import type { State } from '../../state/state.ts';

import { bdi, el, setText } from '../el.ts';
import type { mountPinBar } from '../forward/pin-bar.ts';
import { icon } from '../icons.ts';
import { lazyForward, lazyGroupChat, lazyMenus, withPart } from '../lazy.ts';
import { mountLoading } from '../lazy-screen.ts';
import { backLink } from '../panel.ts';
import { avatar, lastSeen, updateAvatar } from '../person.ts';
import { onTouch, type Screen, type Ui } from '../ui.ts';
import { mountComposer } from './composer.ts';
import { mountTimeline } from './timeline.ts';

/** The screen of one conversation: its heading, its messages and the composer. */
export function mountConversation(ui: Ui, conversationId: Id): Screen {
  const { t } = ui.i18n;
  const composer = mountComposer(ui, conversationId, editLast);
  const edit = ({ seq = 0, text }: Bubble) => composer.edit(seq, text);
  const reply = ({ seq = 0 }: Bubble) => composer.reply(seq);
  const timeline = mountTimeline(ui, conversationId, { reply, edit });
  const heading = mountHeading(ui);
  const menuButton = el(
    'button',
    {
      type: 'button',
      class: 'icon-button',
      hidden: true,
      'aria-haspopup': 'menu',
      'aria-label': t('chat.menu'),
      on: {
        click: () =>
          withPart(ui, lazyMenus, (part) => part.openChatMenu(ui, conversationId, 'header', menuButton)),
      },
    },
    icon('menu'),
  );
  const unknown = el(
    'div',
    { class: 'empty' },
    el('h1', { class: 'empty-title' }, t('chat.unknown')),
    el('a', { class: 'button', 'data-back': true, href: hashOf({ name: 'chats' }) }, t('nav.chats')),
  );
  const closedNote = el('p', { class: 'composer-closed' });
  const node = el(
    'section',
    { class: 'conversation' },
    el('header', { class: 'bar' }, backLink(ui.i18n), heading.node, menuButton),
    unknown,
    timeline.node,
    composer.node,
    closedNote,
  );
  let isMounted = false;
  let pinBar: ReturnType<typeof mountPinBar> | undefined;
  let loading: ReturnType<typeof mountLoading> | undefined;

  /** In place of the messages while what the conversations of groups need is not loaded. */
  function showLoading(): void {
    timeline.node.hidden = true;
    if (loading) return;
    loading = mountLoading(ui, lazyGroupChat, ui.redraw);
    loading.node.classList.add('empty');
    timeline.node.before(loading.node);
  }

  /** Runs on ↑ in an empty composer. */
  function editLast(): void {
    withPart(ui, lazyMenus, ({ lastEditable }) => {
      const last = lastEditable(ui, conversationId);
      if (last) edit(last);
    });
  }

  function update(state: State): void {
    const chat = state.chats[conversationId];
    const mayWrite = chat !== undefined && canWrite(state, chat);
    const isDecided = chat !== undefined || state.live;
    unknown.hidden = chat !== undefined || !isDecided;
    timeline.node.hidden = !chat && isDecided;
    composer.node.hidden = !mayWrite && isDecided;
    closedNote.hidden = !chat || mayWrite;
    menuButton.hidden = !chat;
    heading.update(state, chat);
    if (!chat) return;
    const part = lazyGroupChat.loaded();
    const isGroup = chat.kind === 'group';
    if (isGroup && !part) {
      showLoading();
      return;
    }
    loading?.node.remove();
    const person = companion(state, chat);
    const blocked = person !== undefined && isBlocked(state, person.id);
    const reason = t(blocked ? 'composer.blocked' : 'composer.noFriend', { name: nameOf(person) });
    setText(closedNote, (isGroup && part?.postClosed(ui.i18n, chat)) || reason);
    ui.actions.open(conversationId);
    composer.update(state);
    timeline.update(ui.state());
    if (chat.pinned && !pinBar)
      withPart(ui, lazyForward, (part) => {
        if (pinBar) return;
        pinBar = part.mountPinBar(ui, conversationId, timeline);
        timeline.node.before(pinBar.node);
        pinBar.update(ui.state());
      });
    pinBar?.update(state);
    if (!isMounted) composer.onMounted();
    if (!isMounted && flagsOf(state, conversationId)?.unread)
      ui.actions.setChatFlags(conversationId, { unread: false }).catch(() => undefined);
    isMounted = true;
  }

  return {
    node,
    update,
    focus: () => (onTouch() || composer.node.hidden ? heading.focus() : composer.focus()),
    close(): void {
      loading?.close();
      timeline.close();
      composer.close();
    },
  };
}

/** The other person or the group, and who is online or typing; it links to the page about them. */
function mountHeading(ui: Ui) {
  const { t } = ui.i18n;
  const picture = avatar('avatar-small');
  const name = bdi('');
  const title = el('h1', { class: 'bar-title', tabindex: -1 }, name);
  const status = el('p', { class: 'bar-status' });
  const expiry = el('span', { class: 'bar-expiry', role: 'img' });
  const node = el(
    'a',
    { class: 'bar-person', hidden: true },
    picture,
    el('div', { class: 'bar-names' }, title, el('div', { class: 'bar-line' }, expiry, status)),
  );

  function update(state: State, chat: Chat | undefined): void {
    const face = chat && faceOf(state, chat);
    node.hidden = !face;
    if (!face) return;
    const isGroup = chat.kind === 'group';
    const { id } = face;
    const hasNotes = isNotes(chat);
    node.setAttribute(
      'href',
      hashOf(isGroup ? { name: 'group-info', conversationId: id } : { name: 'contact', userId: id }),
    );
    updateAvatar(picture, face, ui.actions.picture(face));
    if (hasNotes) node.removeAttribute('href');
    picture.classList.toggle('avatar-group', isGroup);
    picture.classList.toggle('avatar-notes', hasNotes);
    setText(name, nameOf(face));
    lazyGroupChat.loaded()?.showExpiry(ui.i18n, expiry, chat.expireAfterS);
    const isTyping = typingIn(state, chat).length > 0;
    const typing = isTyping
      ? t('chat.typing')
      : lastSeen(ui, state, id) || t(hasNotes ? 'notes.lead' : 'contact.title');
    setText(status, isGroup ? (lazyGroupChat.loaded()?.groupStatus(ui.i18n, state, chat) ?? '') : typing);
    status.hidden = status.textContent === '';
    status.classList.toggle('bar-active', isTyping || isOnline(state, id));
  }

  return { node, update, focus: () => title.focus({ preventScroll: true }) };
}
