import { createFileApi } from '../../../api/files.ts';
import { el, setText } from '../../el.ts';
import { showError } from '../../error-message.ts';
import { formatSize } from '../../format-size.ts';
import type { Ui } from '../../ui.ts';

/** What the files of this person use on the server, of what they may use. */
export function mountStorageUse({ i18n, http }: Ui): HTMLElement {
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

  createFileApi(http)
    .storageUse()
    .then(
      ({ bytes, files, quotaBytes, maxFileBytes }) => {
        const share = quotaBytes > 0 ? bytes / quotaBytes : 0;
        bar.hidden = quotaBytes === 0;
        bar.value = share;
        bar.high = 0.9;
        const params = { size: size(bytes), quota: size(quotaBytes), n: files };
        setText(used, t(quotaBytes > 0 ? 'storage.of' : 'storage.used', params));
        bar.setAttribute('aria-valuetext', used.textContent ?? '');
        setText(limit, t('storage.limit', { size: size(maxFileBytes) }));
      },
      (thrown: unknown) => showError(used, i18n, thrown),
    );
  return el('section', { class: 'card' }, el('h2', {}, t('storage.title')), bar, used, limit);
}
