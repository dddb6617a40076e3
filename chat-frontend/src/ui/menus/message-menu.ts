import type { Id } from '../../../../chat-core/src/wire/wire.ts';
import type { Chat } from '../../state/chat.ts';
import { type Bubble, bubblesOf, canWrite, isAllowed } from '../../state/selectors.ts';
import type { SelectionPlace } from '../forward/selection.ts';
import { closePollItem, whoVotedItem } from '../polls/poll-items.ts';
import { quickReactions, showWhoReacted } from '../reactions/reactions.lazy.ts';
import { onTouch, type Ui } from '../ui.ts';
import { type MenuItem, openMenu } from './menu.ts';
import { copyMessage, deleteMessage, selectText } from './message-actions.ts';
import { chooseItem, forwardItem, pinItem } from './place-items.ts';
import { createRovingTabindex } from './roving-tabindex.ts';

/** A message, the conversation and the list it is in, and what the composer of that conversation can do. */
export type MessageTarget = {
  conversationId: Id;
  bubble: Bubble;
  composer: ComposerActions;
  place: SelectionPlace;
};
export type ComposerActions = { reply: (bubble: Bubble) => void; edit: (bubble: Bubble) => void };

/** What the items of the menu are made from; `mayWrite`: this person may write in the conversation. */
export type MessageContext = MessageTarget & { ui: Ui; chat: Chat | undefined; mayWrite: boolean };
export type MessageItem = MenuItem & { name: string };

/** The items of the menu of a message, in their order; each returns nothing where it is not possible. */
const ITEMS: readonly ((message: MessageContext) => MessageItem | undefined)[] = [
  replyItem,
  copyItem,
  selectItem,
  editItem,
  starItem,
  whoReactedItem,
  whoVotedItem,
  closePollItem,
  infoItem,
  forwardItem,
  pinItem,
  chooseItem,
  removeItem,
];

/** A message may be dated this far ahead of the server's time, if the clock of the server was set back. */
const MAX_AHEAD_MS = 24 * 60 * 60 * 1_000;

/** What this person may do with a message right now: nothing with one that is not sent yet. */
function itemsOf(ui: Ui, target: MessageTarget): MessageItem[] {
  if (target.bubble.pending) return [];
  const state = ui.state();
  const chat = state.chats[target.conversationId];
  const context = { ...target, ui, chat, mayWrite: chat !== undefined && canWrite(state, chat) };
  return ITEMS.flatMap((item) => item(context) ?? []);
}

/** Opens the menu of a message beside `opener`, below its quick reactions and without covering the message. */
export function openMessageMenu(ui: Ui, target: MessageTarget, opener: Element): void {
  const items = itemsOf(ui, target);
  const bubble = opener.parentElement?.querySelector('.bubble') ?? undefined;
  const above = (close: () => void) => quickReactions(ui, target.conversationId, target.bubble, close);
  const note = ui.i18n.full(target.bubble.at);
  if (items.length > 0) openMenu(ui.i18n.t('bubble.more'), items, opener, bubble, note, above);
}

/** What an item of the menu would do, if it is possible. */
export const messageAction = (ui: Ui, target: MessageTarget, name: string): (() => void) | undefined =>
  itemsOf(ui, target).find((item) => item.name === name)?.run;

/** The newest own message of a conversation that can be edited. */
export function lastEditable(ui: Ui, conversationId: Id): Bubble | undefined {
  const state = ui.state();
  const chat = state.chats[conversationId];
  return chat && bubblesOf(state, chat).findLast((bubble) => isEditable(ui, bubble));
}

/** The keys of a list of messages: see `createRovingTabindex`. */
export function createMessageKeys(
  ui: Ui,
  bubbles: () => readonly { menuButton: HTMLElement; shown: () => Bubble }[],
  targetOf: (bubble: Bubble) => MessageTarget,
  areSingleKeysOn: () => boolean,
) {
  const items = () =>
    bubbles()
      .filter(({ menuButton }) => !menuButton.hidden)
      .map(({ menuButton: button, shown }) => ({
        button,
        act: (action: string) => messageAction(ui, targetOf(shown()), action)?.(),
      }));
  return createRovingTabindex(items, areSingleKeysOn);
}

const isReadable = ({ deleted, locked }: Bubble) => !deleted && !locked;

function replyItem({ ui, bubble, mayWrite, composer }: MessageContext): MessageItem | undefined {
  if (!mayWrite || bubble.deleted) return undefined;
  return {
    name: 'reply',
    icon: 'reply',
    label: ui.i18n.t('bubble.reply'),
    run: () => composer.reply(bubble),
  };
}

function copyItem({ ui, bubble }: MessageContext): MessageItem | undefined {
  if (!isReadable(bubble)) return undefined;
  return {
    name: 'copy',
    icon: 'copy',
    label: ui.i18n.t('bubble.copy'),
    run: () => void copyMessage(ui, bubble),
  };
}

/** By touch, where a long press on the message opens this menu. */
function selectItem({ ui, bubble }: MessageContext): MessageItem | undefined {
  if (!onTouch() || !isReadable(bubble) || bubble.text === '') return undefined;
  const run = () => void selectText(ui, bubble);
  return { name: 'select', icon: 'document', label: ui.i18n.t('bubble.select'), run };
}

function editItem({ ui, bubble, mayWrite, composer }: MessageContext): MessageItem | undefined {
  if (!mayWrite || !isEditable(ui, bubble)) return undefined;
  return { name: 'edit', icon: 'edit', label: ui.i18n.t('bubble.edit'), run: () => composer.edit(bubble) };
}

/** A star is this person's alone; the starred messages have a page of their own. */
function starItem({ ui, bubble, conversationId }: MessageContext): MessageItem | undefined {
  if (bubble.deleted || bubble.seq === undefined) return undefined;
  const { t } = ui.i18n;
  const isOn = !bubble.starred;
  const ref = { conversationId, seq: bubble.seq };
  const run = () =>
    void ui.actions.star(ref, isOn).then(() => ui.notify(t(isOn ? 'star.done' : 'star.undone')), ui.failed);
  return { name: 'star', icon: 'star', label: t(isOn ? 'star.do' : 'star.undo'), run };
}

function whoReactedItem({ ui, bubble, conversationId }: MessageContext): MessageItem | undefined {
  if (!bubble.reactions) return undefined;
  const ref = { conversationId, seq: bubble.seq ?? 0 };
  const run = () => void showWhoReacted(ui, ref);
  return { name: 'who-reacted', icon: 'smile', label: ui.i18n.t('reaction.who'), run };
}

/** Who received and read it, in a group. */
function infoItem({ ui, bubble, chat, conversationId }: MessageContext): MessageItem | undefined {
  if (chat?.kind !== 'group' || bubble.deleted) return undefined;
  const ref = { conversationId, seq: bubble.seq ?? 0 };
  const run = () =>
    void import('../groups/groups.lazy.ts').then(
      ({ showMessageInfo }) => showMessageInfo(ui, ref),
      () => ui.notify(ui.i18n.t('lazy.failed')),
    );
  return { name: 'info', icon: 'info', label: ui.i18n.t('bubble.info'), run };
}

function removeItem({ ui, bubble, chat, conversationId }: MessageContext): MessageItem {
  const mayRemove = bubble.own || (chat !== undefined && isAllowed(ui.state(), chat, 'removeMessages'));
  const run = () => void deleteMessage(ui, conversationId, bubble, mayRemove && !bubble.deleted);
  return { name: 'remove', icon: 'trash', label: ui.i18n.t('bubble.remove'), danger: true, run };
}

/** Own messages can be edited for as long as the server allows; while that time is unknown, every edit is offered. */
export function isEditable(
  { state, now }: Ui,
  { own, seq, at, deleted, locked, forwarded, poll }: Bubble,
): boolean {
  const limit = state().serverInfo?.editMs ?? Number.POSITIVE_INFINITY;
  const age = now() - at;
  return (
    own &&
    seq !== undefined &&
    !deleted &&
    !locked &&
    !forwarded &&
    !poll &&
    age <= limit &&
    age >= -MAX_AHEAD_MS
  );
}
