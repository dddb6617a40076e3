import type { Id } from '../../../../chat-core/src/wire/wire.ts';
import { createGroupApi } from '../../api/groups.ts';
import { canWrite, chatTitle } from '../../state/selectors.ts';
import { el } from '../el.ts';
import { showError } from '../error-message.ts';
import { mountSelect } from '../form/select.ts';
import { newCode, repeatable } from '../repeatable.ts';
import { groupLink } from '../share-links.ts';
import type { Ui } from '../ui.ts';

/** A link lets in as many people as it may, for the time in which a family reads its chat. */
const LINK = { uses: 64, days: 7 };

/**
 * Sends the link of an archive to a chat: whoever opens it there decides to read it. No one is added without that.
 */
export function mountShareArchive(ui: Ui, archive: { conversationId: Id; name: string }): HTMLElement {
  const { i18n, http, actions, state } = ui;
  const { t } = i18n;
  const chats = Object.values(state().chats).filter(
    (chat) => chat.id !== archive.conversationId && canWrite(state(), chat),
  );
  const errorText = el('p', { class: 'form-error', role: 'alert' });
  const options = chats.map((chat) => ({ value: chat.id, label: chatTitle(state(), chat) }));
  const picker = mountSelect({
    label: t('import.share'),
    hint: t('import.shareLead'),
    options: options.toSorted((a, b) => a.label.localeCompare(b.label)),
    value: '',
  });
  picker.select.selectedIndex = 0;
  const button = el(
    'button',
    { type: 'button', class: 'button', on: { click: () => void share() } },
    t('import.shareSend'),
  );

  async function share(): Promise<void> {
    const to = picker.select.value;
    if (!to || button.disabled) return;
    button.disabled = true;
    try {
      const code = await repeatable(['archive link', archive.conversationId], newCode, async (made) => {
        await createGroupApi(http).createLink(archive.conversationId, { ...LINK, code: made });
        return made;
      });
      const link = groupLink(code, location);
      if (actions.send(to, t('import.shareText', { name: archive.name, link })))
        actions.go({ name: 'chat', conversationId: to });
    } catch (thrown) {
      showError(errorText, i18n, thrown);
    }
    button.disabled = false;
  }

  const node = el('div', { class: 'import' }, picker.node, errorText, button);
  node.hidden = chats.length === 0;
  return node;
}
