import type { FileAddress } from '../../../../chat-core/src/wire/wire.ts';
import { buttonAction } from '../card-rows.ts';
import { el, setText } from '../el.ts';
import { showError } from '../error-message.ts';
import type { Ui } from '../ui.ts';

/**
 * Downloads all data of the person as a zip. The browser itself stores it from a signed address, shows how far it is and stops it:
 * the page holds no byte of what may be gigabytes.
 */
export function mountExportData({ i18n, http }: Ui): HTMLElement[] {
  const { t } = i18n;
  const errorText = el('p', { class: 'form-error', role: 'alert' });
  const note = el('p', { class: 'panel-note', role: 'status' }, t('export.lead'));

  async function start(): Promise<void> {
    setText(errorText, '');
    setText(note, t('export.lead'));
    button.disabled = true;
    try {
      const { path } = await http.post<FileAddress>('/me/export', {});
      const link = el('a', { href: `${http.base}${path}`, download: '' });
      document.body.append(link);
      link.click();
      link.remove();
      setText(note, t('export.begun'));
    } catch (thrown) {
      showError(errorText, i18n, thrown);
    } finally {
      button.disabled = false;
    }
  }

  const button = buttonAction('archive', t('export.do'), () => void start());
  return [el('section', { class: 'card card-actions' }, button, errorText), note];
}
