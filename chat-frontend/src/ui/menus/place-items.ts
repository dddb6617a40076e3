import type { Id } from '../../../../chat-core/src/wire/wire.ts';
import type { Chat } from '../../state/chat.ts';
import type { Bubble } from '../../state/selectors.ts';
import { isPinnable, setPinned } from '../forward/pin.ts';
import type { SelectionPlace } from '../forward/selection.ts';
import type { Ui } from '../ui.ts';
import type { MenuItem } from './menu.ts';

/** A message in its list, and the conversation of both. */
type Context = { ui: Ui; bubble: Bubble; chat: Chat | undefined; conversationId: Id; place: SelectionPlace };
type Item = MenuItem & { name: string };

const withForward = (ui: Ui, use: (part: typeof import('../forward/forward.lazy.ts')) => void) =>
  void import('../forward/forward.lazy.ts').then(use, () => ui.notify(ui.i18n.t('lazy.failed')));

/** Sends a copy to other chats. */
export function forwardItem({ ui, bubble, conversationId }: Context): Item | undefined {
  if (bubble.deleted || bubble.locked) return undefined;
  const run = () => withForward(ui, ({ openForward }) => openForward(ui, conversationId, [bubble]));
  return { name: 'forward', icon: 'forward', label: ui.i18n.t('bubble.forward'), run };
}

/** Pins it for all members, or unpins it. */
export function pinItem({ ui, bubble, chat, conversationId }: Context): Item | undefined {
  if (bubble.deleted || !isPinnable(ui, conversationId)) return undefined;
  const isPinned = chat?.pinned?.seq === bubble.seq;
  const run = () => void setPinned(ui, conversationId, isPinned ? undefined : bubble.seq);
  return { name: 'pin', icon: 'pin', label: ui.i18n.t(isPinned ? 'bubble.unpin' : 'bubble.pin'), run };
}

/** Begins to choose several messages, this one first. */
export function chooseItem({ ui, bubble, place }: Context): Item {
  const run = () => withForward(ui, ({ startSelection }) => startSelection(ui, place, bubble));
  return { name: 'choose', icon: 'select', label: ui.i18n.t('bubble.choose'), run };
}
