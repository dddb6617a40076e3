import type { Id } from '../../../../chat-core/src/wire/wire.ts';
import { canWrite, isAllowed } from '../../state/selectors.ts';
import type { Ui } from '../ui.ts';

/** Whether this person may pin messages of a conversation: as a friend, or in a group as its permissions say. */
export function isPinnable({ state }: Pick<Ui, 'state'>, conversationId: Id): boolean {
  const chat = state().chats[conversationId];
  if (!chat || !canWrite(state(), chat)) return false;
  return chat.kind === 'direct' || isAllowed(state(), chat, 'pin');
}

/** Pins a message for all members, or none (`seq` undefined). What is refused is shown. */
export async function setPinned(ui: Ui, conversationId: Id, seq: number | undefined): Promise<void> {
  const { http, actions, notify, failed, i18n } = ui;
  const path = `/conversations/${conversationId}/pin`;
  try {
    if (seq === undefined) await http.request('DELETE', path);
    else await http.request('PUT', path, { body: { seq } });
    await actions.poll();
    notify(i18n.t(seq === undefined ? 'pin.undone' : 'pin.done'));
  } catch (thrown) {
    failed(thrown);
  }
}
