import type { Id } from '../../../chat-core/src/wire.ts';
import type { State } from '../state.ts';
import { companion } from '../views.ts';
import { avatar, dressAvatar } from './avatar.ts';
import { backLink } from './back.ts';
import { mountComposer } from './composer.ts';
import { bdi, el, setText } from './el.ts';
import { mountTimeline } from './timeline.ts';
import { onTouch, type Screen, type Ui } from './ui.ts';

/** One conversation: who, what was said, and where to write. */
export function mountConversation(ui: Ui, conversationId: Id): Screen {
  const { t } = ui.i18n;
  const timeline = mountTimeline(ui, conversationId);
  const composer = mountComposer(ui, conversationId);
  const face = avatar('', 'avatar-small');
  const name = bdi('');
  const title = el('h1', { class: 'bar-title', tabindex: -1 }, name);
  const unknown = el('div', { class: 'empty' }, el('p', { class: 'empty-title' }, t('chat.unknown')));
  const node = el(
    'section',
    { class: 'conversation' },
    el('header', { class: 'bar' }, backLink(ui.i18n), face, title),
    unknown,
    timeline.node,
    composer.node,
  );
  let fitted = false;

  function update(state: State): void {
    const chat = state.chats[conversationId];
    unknown.hidden = chat !== undefined || !state.ready;
    face.hidden = !chat;
    timeline.node.hidden = !chat && state.ready;
    composer.node.hidden = !chat && state.ready;
    if (!chat) return;
    const username = companion(state, chat)?.username ?? '';
    dressAvatar(face, username, 'avatar-small');
    setText(name, username);
    ui.actions.open(conversationId);
    timeline.update(ui.state());
    if (!fitted) composer.shown();
    fitted = true;
  }

  return {
    node,
    update,
    focus: () => (onTouch() ? title.focus({ preventScroll: true }) : composer.focus()),
    close(): void {
      timeline.close();
      composer.close();
    },
  };
}
