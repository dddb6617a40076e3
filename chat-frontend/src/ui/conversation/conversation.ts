import type { Id } from '../../../../chat-core/src/wire/wire.ts';
import { hashOf } from '../../router.ts';
import { type Bubble, bubblesOf, canWrite, companion, isBlocked, nameOf } from '../../state/selectors.ts';
import type { State } from '../../state/state.ts';
import { el, setText } from '../el.ts';
import { backLink } from '../panel.ts';
import { onTouch, type Screen, type Ui } from '../ui.ts';
import { mountComposer } from './composer.ts';
import { mountHeading } from './heading.ts';
import { isEditable, movesOf } from './message-menu.ts';
import { mountTimeline } from './timeline.ts';

/** One conversation: who, what was said, and where to write. */
export function mountConversation(ui: Ui, conversationId: Id): Screen {
  const { t } = ui.i18n;
  const composer = mountComposer(ui, conversationId, editLast);
  const edit = ({ seq = 0, text }: Bubble) => composer.edit(seq, text);
  const reply = ({ seq = 0 }: Bubble) => composer.reply(seq);
  const timeline = mountTimeline(ui, conversationId, (bubble) =>
    movesOf(ui, conversationId, bubble, { reply, edit }),
  );
  const heading = mountHeading(ui);
  const unknown = el(
    'div',
    { class: 'empty' },
    el('h1', { class: 'empty-title' }, t('chat.unknown')),
    el('a', { class: 'button', 'data-back': true, href: hashOf({ name: 'chats' }) }, t('nav.chats')),
  );
  const closed = el('p', { class: 'composer-closed' });
  const node = el(
    'section',
    { class: 'conversation' },
    el('header', { class: 'bar' }, backLink(ui.i18n), heading.node),
    unknown,
    timeline.node,
    composer.node,
    closed,
  );
  let fitted = false;

  /** ↑ in an empty composer. */
  function editLast(): void {
    const state = ui.state();
    const chat = state.chats[conversationId];
    const last = chat && bubblesOf(state, chat).findLast((bubble) => isEditable(ui, bubble));
    if (last) edit(last);
  }

  function update(state: State): void {
    const chat = state.chats[conversationId];
    const writing = chat !== undefined && canWrite(state, chat);
    const isKnown = chat !== undefined || state.live;
    unknown.hidden = chat !== undefined || !isKnown;
    timeline.node.hidden = !chat && isKnown;
    composer.node.hidden = !writing && isKnown;
    closed.hidden = !chat || writing;
    heading.update(state, chat);
    if (!chat) return;
    const person = companion(state, chat);
    const blocked = person !== undefined && isBlocked(state, person.id);
    setText(closed, t(blocked ? 'composer.blocked' : 'composer.noFriend', { name: nameOf(person) }));
    ui.actions.open(conversationId);
    composer.update(state);
    timeline.update(ui.state());
    if (!fitted) composer.shown();
    fitted = true;
  }

  return {
    node,
    update,
    focus: () => (onTouch() || composer.node.hidden ? heading.focus() : composer.focus()),
    close(): void {
      timeline.close();
      composer.close();
    },
  };
}
