import type { StorageUse } from '../../../../../chat-core/src/wire/wire.ts';
import { createFileApi } from '../../../api/files.ts';
import { hashOf } from '../../../router.ts';
import { chatTitle } from '../../../state/selectors.ts';
import { bdi, el, setText } from '../../el.ts';
import { showError } from '../../error-message.ts';
import { formatSize } from '../../format-size.ts';
import { lazyIcon } from '../../lazy-icons.ts';
import type { Ui } from '../../ui.ts';

/**
 * What the files of this person use on the server, of what they may use, and the conversations in which they use most:
 * each leads to its files, where one's own can be deleted.
 */
export function mountStorageUse({ i18n, http, state }: Ui): HTMLElement {
  const { t, locale } = i18n;
  const size = (bytes: number) => formatSize(bytes, locale);
  const bar = el('meter', {
    class: 'storage-bar',
    min: 0,
    max: 1,
    hidden: true,
    'aria-label': t('storage.title'),
  });
  const used = el('p', {}, t('form.busy'));
  const limit = el('p', { class: 'field-hint' });
  const list = el('ul', { class: 'storage-list' });

  function rowOf({ conversationId, bytes, files }: StorageUse['conversations'][number]): HTMLElement {
    const chat = state().chats[conversationId];
    const text = el(
      'span',
      { class: 'action-text' },
      chat ? bdi(chatTitle(state(), chat)) : el('span', {}, t('storage.left')),
      el('span', { class: 'action-note' }, t('storage.used', { size: size(bytes), n: files })),
    );
    const icon = el('span', { class: 'action-icon' }, lazyIcon('file'));
    if (!chat) return el('li', { class: 'action' }, icon, text);
    const href = hashOf({ name: 'media', conversationId });
    return el('li', {}, el('a', { class: 'action', href }, icon, text));
  }

  createFileApi(http)
    .storageUse()
    .then(
      ({ bytes, files, quotaBytes, maxFileBytes, unsent, conversations = [] }) => {
        const share = quotaBytes > 0 ? bytes / quotaBytes : 0;
        bar.hidden = quotaBytes === 0;
        bar.value = share;
        bar.high = 0.9;
        const params = { size: size(bytes), quota: size(quotaBytes), n: files };
        setText(used, t(quotaBytes > 0 ? 'storage.of' : 'storage.used', params));
        bar.setAttribute('aria-valuetext', used.textContent ?? '');
        setText(limit, t('storage.limit', { size: size(maxFileBytes) }));
        list.replaceChildren(...conversations.map(rowOf));
        if (unsent && unsent.files > 0) {
          const waiting = t('storage.unsent', { size: size(unsent.bytes), n: unsent.files });
          list.append(el('li', { class: 'field-hint' }, waiting));
        }
      },
      (thrown: unknown) => showError(used, i18n, thrown),
    );
  return el('section', { class: 'card' }, el('h2', {}, t('storage.title')), bar, used, list, limit);
}
