import type { Id } from '../../../../chat-core/src/wire/wire.ts';
import type { Bubble } from '../../state/selectors.ts';
import { copyText } from '../clipboard.ts';
import { choose, confirm } from '../dialog.ts';
import { el } from '../el.ts';
import { copiedTextOf } from '../polls/poll-text.ts';
import type { Ui } from '../ui.ts';

/** Copies the text of a message as it was written. */
export async function copyMessage({ i18n: { t }, notify }: Ui, bubble: Bubble): Promise<void> {
  notify(t((await copyText(copiedTextOf(bubble))) ? 'toast.copied' : 'toast.notCopied'));
}

/** Shows the text of a message in a dialog where a part of it can be selected. */
export async function selectText({ i18n }: Ui, bubble: Bubble): Promise<void> {
  const body = el('p', { class: 'select-text', dir: 'auto', tabindex: 0 }, copiedTextOf(bubble));
  await choose(i18n, { title: i18n.t('bubble.select'), body, choices: [], cancel: i18n.t('dialog.close') });
}

/** Asks for whom a message is to be deleted, and deletes it. `forEveryone`: whether this person may do that. */
export async function deleteMessage(
  ui: Ui,
  conversationId: Id,
  bubble: Bubble,
  forEveryone: boolean,
): Promise<void> {
  const { i18n, actions, notify, failed, state } = ui;
  const { t } = i18n;
  const ref = { conversationId, seq: bubble.seq ?? 0 };
  const isGroup = state().chats[conversationId]?.kind === 'group';
  const lead = forEveryone ? (isGroup ? 'remove.leadGroup' : 'remove.lead') : 'remove.leadMe';
  const choice = await choose<'me' | 'everyone'>(i18n, {
    title: t('remove.title'),
    lead: t(lead === 'remove.leadMe' && isGroup ? 'remove.leadMeGroup' : lead),
    choices: [
      ...(forEveryone ? [{ label: t('remove.everyone'), value: 'everyone', danger: true } as const] : []),
      { label: t('remove.me'), value: 'me', danger: true, soft: forEveryone },
    ],
  });
  if (choice === 'me') {
    actions.deleteForMe(bubble.id, ref);
    notify(t('remove.doneMe'), () => actions.undoDelete(bubble.id));
  } else if (choice === 'everyone') {
    await actions.deleteForEveryone(ref).catch(failed);
  }
}

/** Asks whether to delete a message that could not be sent. */
export async function dropUnsent({ i18n, actions }: Ui, id: Id): Promise<void> {
  const { t } = i18n;
  if (await confirm(i18n, { title: t('bubble.deleteSure'), yes: t('bubble.delete') })) actions.remove(id);
}
