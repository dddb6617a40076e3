import type { Id, Message } from '../../../../chat-core/src/wire/wire.ts';
import type { MessageRef } from '../../api/api.ts';
import { readAnswer } from '../../api/http.ts';
import { messageAt } from '../../state/chat.ts';
import { type Bubble, canWrite } from '../../state/selectors.ts';
import type { Ui } from '../ui.ts';

/** The last request about each message: they go one after another, so that the last press decides. */
const last = new Map<string, Promise<void>>();

/** Whether this person may react to a message; in a group all members may. */
export function canReact(ui: Ui, conversationId: Id, { seq, deleted, locked }: Bubble): boolean {
  const state = ui.state();
  const chat = state.chats[conversationId];
  if (!chat || seq === undefined || deleted || locked) return false;
  return chat.kind === 'group' || canWrite(state, chat);
}

/**
 * Whether a reaction would reach the server. Without a connection none is taken: it is worth little an hour later, and one that
 * waited in this browser would be lost with it.
 */
export const isConnected = (ui: Ui): boolean => ui.state().connection === 'ok';

/** Whether this person has reacted to a message with an emoji. */
export const hasReacted = ({ reactions = [] }: Pick<Message, 'reactions'>, emoji: string): boolean =>
  reactions.some((one) => one.emoji === emoji && one.mine);

/** The message after one person has reacted to it, or has taken that back. */
export function withOwnReaction(message: Message, emoji: string, isOn: boolean): Message {
  const { reactions = [], ...rest } = message;
  if (hasReacted(message, emoji) === isOn) return message;
  const known = reactions.find((one) => one.emoji === emoji);
  const changed = reactions.map((one) => {
    if (one !== known) return one;
    const count = one.count + (isOn ? 1 : -1);
    return { emoji, count, ...(isOn ? { mine: true as const } : {}) };
  });
  const all = known || !isOn ? changed : [...changed, { emoji, count: 1, mine: true as const }];
  const shown = all.filter(({ count }) => count > 0);
  return { ...rest, ...(shown.length > 0 ? { reactions: shown } : {}) };
}

/**
 * Reacts to a message, or takes that back. It is shown at once; when the server refuses or cannot be reached, it is undone
 * and the person is notified. Without a connection it is refused with a sentence.
 */
export function toggleReaction(ui: Ui, ref: MessageRef, emoji: string): Promise<void> {
  const message = heldMessage(ui, ref);
  if (!message) return Promise.resolve();
  if (!isConnected(ui)) {
    ui.notify(ui.i18n.t('reaction.offline'));
    return Promise.resolve();
  }
  const isOn = !hasReacted(message, emoji);
  show(ui, ref, emoji, isOn);
  const { conversationId, seq } = ref;
  const path = `/conversations/${conversationId}/messages/${seq}/reactions/${encodeURIComponent(emoji)}`;
  const send = async () => {
    try {
      ui.actions.changed(await readAnswer<Message>(await ui.http.request(isOn ? 'PUT' : 'DELETE', path)));
    } catch (thrown) {
      show(ui, ref, emoji, !isOn);
      ui.failed(thrown);
    }
  };
  const key = `${conversationId} ${seq}`;
  const sent = (last.get(key) ?? Promise.resolve()).then(send);
  last.set(key, sent);
  void sent.then(() => last.get(key) === sent && last.delete(key));
  return sent;
}

function heldMessage(ui: Ui, { conversationId, seq }: MessageRef): Message | undefined {
  const chat = ui.state().chats[conversationId];
  return chat && messageAt(chat, seq);
}

function show(ui: Ui, ref: MessageRef, emoji: string, isOn: boolean): void {
  const message = heldMessage(ui, ref);
  if (message) ui.actions.changed(withOwnReaction(message, emoji, isOn));
}
