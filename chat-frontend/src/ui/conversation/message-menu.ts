import type { Id } from '../../../../chat-core/src/wire/wire.ts';
import type { Bubble } from '../../state/selectors.ts';
import { canWrite } from '../../state/selectors.ts';
import { copyText } from '../clipboard.ts';
import { choose } from '../dialog.ts';
import { type MenuItem, openMenu } from '../menu.ts';
import type { Ui } from '../ui.ts';

/** What may be done with a message; each is undefined where it may not. */
export type MessageMoves = {
  reply?: () => void;
  copy?: () => void;
  edit?: () => void;
  remove: () => void;
};
type Begin = { reply: (bubble: Bubble) => void; edit: (bubble: Bubble) => void };

/** What this person may do with a stored message right now. */
export function movesOf(ui: Ui, conversationId: Id, bubble: Bubble, begin: Begin): MessageMoves {
  const state = ui.state();
  const chat = state.chats[conversationId];
  const legible = !bubble.deleted && !bubble.locked;
  const writing = chat !== undefined && canWrite(state, chat);
  const remove = () => void removeMessage(ui, conversationId, bubble);
  return {
    ...(writing && !bubble.deleted ? { reply: () => begin.reply(bubble) } : {}),
    ...(legible ? { copy: () => void copyMessage(ui, bubble) } : {}),
    ...(writing && legible && isEditable(ui, bubble) ? { edit: () => begin.edit(bubble) } : {}),
    remove,
  };
}

/** A message is dated at most so far after the time of the box, where that clock was set back. */
const MAX_AHEAD_MS = 24 * 60 * 60 * 1_000;

/** Own messages can be edited for as long as the box says; while that is unknown the box is asked by trying. */
export function isEditable({ state, now }: Ui, { own, seq, at, deleted, locked }: Bubble): boolean {
  const limit = state().box?.editMs ?? Number.POSITIVE_INFINITY;
  const age = now() - at;
  return own && seq !== undefined && !deleted && !locked && age <= limit && age >= -MAX_AHEAD_MS;
}

export function openMessageMenu({ i18n: { t } }: Ui, moves: MessageMoves, opener: Element): void {
  const { reply, copy, edit, remove } = moves;
  const items: MenuItem[] = [
    ...(reply ? [{ icon: 'reply', label: t('bubble.reply'), run: reply } as const] : []),
    ...(copy ? [{ icon: 'copy', label: t('bubble.copy'), run: copy } as const] : []),
    ...(edit ? [{ icon: 'edit', label: t('bubble.edit'), run: edit } as const] : []),
    { icon: 'trash', label: t('bubble.remove'), danger: true, run: remove },
  ];
  openMenu(t('bubble.more'), items, opener);
}

export async function copyMessage({ i18n: { t }, notify }: Ui, { text }: Bubble): Promise<void> {
  notify(t((await copyText(text)) ? 'notice.copied' : 'notice.notCopied'));
}

async function removeMessage(ui: Ui, conversationId: Id, bubble: Bubble): Promise<void> {
  const { i18n, actions, notify, failed } = ui;
  const { t } = i18n;
  const at = { conversationId, seq: bubble.seq ?? 0 };
  const forAll = bubble.own && !bubble.deleted;
  const whom = await choose<'me' | 'everyone'>(i18n, {
    title: t('remove.title'),
    lead: t(forAll ? 'remove.lead' : 'remove.leadMe'),
    choices: [
      ...(forAll ? [{ label: t('remove.everyone'), value: 'everyone', danger: true } as const] : []),
      { label: t('remove.me'), value: 'me', danger: true, soft: forAll },
    ],
  });
  if (whom === 'me') {
    actions.deleteForMe(bubble.id, at);
    notify(t('remove.doneMe'), () => actions.undoDelete(bubble.id));
  } else if (whom === 'everyone') {
    await actions.deleteForEveryone(at).catch(failed);
  }
}
