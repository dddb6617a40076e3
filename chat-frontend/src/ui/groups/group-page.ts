import type { GroupInfo, Id } from '../../../../chat-core/src/wire/wire.ts';
import { hashOf, type Route } from '../../router.ts';
import type { Chat } from '../../state/chat.ts';
import type { State } from '../../state/state.ts';
import { type Child, el } from '../el.ts';
import { panel } from '../panel.ts';
import type { Screen, Ui } from '../ui.ts';

/**
 * A page about a group. `update` runs while this person is a member; to anybody else the page says that there is no such
 * group for them.
 */
export function groupPage(
  { i18n }: Ui,
  conversationId: Id,
  { title, parent }: { title: string; parent?: Route },
  content: Child[],
  update: (group: GroupInfo, state: State, chat: Chat) => void,
): Screen {
  const { t } = i18n;
  const known = el('div', { class: 'panel-column' }, ...content);
  const unknown = el(
    'div',
    { class: 'empty' },
    el('p', { class: 'empty-title' }, t('group.unknown')),
    el('a', { class: 'button', href: hashOf({ name: 'chats' }) }, t('nav.chats')),
  );
  const node = panel(
    i18n,
    { title, parent: parent ?? { name: 'group-info', conversationId } },
    known,
    unknown,
  );

  return {
    node,
    update(state): void {
      const chat = state.chats[conversationId];
      const group = chat?.group;
      known.hidden = !group;
      unknown.hidden = group !== undefined || !state.live;
      if (chat && group) update(group, state, chat);
    },
    focus: () => node.querySelector('h1')?.focus(),
  };
}
