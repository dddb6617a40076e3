import type { SetChatFlags } from '../../../../chat-core/src/wire/wire.ts';
import type { Key } from '../../i18n/language.ts';
import type { Chat } from '../../state/chat.ts';
import { flagsOf } from '../../state/chat-flags.ts';
import type { Ui } from '../ui.ts';

/** Changes flags of a chat on all devices, says so, and offers to undo it. */
export async function setFlags(ui: Ui, { id }: Chat, flags: SetChatFlags, done: Key): Promise<void> {
  const { actions, failed, notify, i18n, state } = ui;
  const { archived, pinned = false, unread = false } = flagsOf(state(), id) ?? {};
  const before = { archived: archived !== undefined, pinned, unread };
  const undo = () => void actions.setChatFlags(id, before).catch(failed);
  await actions.setChatFlags(id, flags).then(() => notify(i18n.t(done), undo), failed);
}

/** Marks all chats as read. */
export function markAllRead(ui: Ui): void {
  for (const chat of Object.values(ui.state().chats)) markRead(ui, chat);
  ui.notify(ui.i18n.t('keys.readAllDone'));
}

/** Marks a chat as read, whether messages or a person made it unread. */
export function markRead({ actions, failed, state }: Ui, { id, unread, lastSeq }: Chat): void {
  if (unread > 0) actions.markRead(id, lastSeq);
  if (flagsOf(state(), id)?.unread) actions.setChatFlags(id, { unread: false }).catch(failed);
}
