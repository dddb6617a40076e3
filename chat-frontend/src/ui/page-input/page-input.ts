import type { Ui } from '../ui.ts';
import { handleBackLinks } from './back-navigation.ts';
import { listenToKeys } from './shortcuts.ts';

/** Part of this lazy module, since it is not needed before the page is shown. */
export { watchDayChange } from './day-change.ts';

/** Handles keyboard shortcuts, pasted and dropped files, and back links in the whole page. */
export function listenToPage(page: Document, ui: () => Ui): void {
  listenToKeys(page, ui);
  refuseFiles(page, ui);
  handleBackLinks(window);
}

const TEXT_TYPES = ['text/plain', 'text/uri-list'];

/**
 * Files cannot be sent yet: a pasted or dropped file shows a toast and does not navigate away. Text that comes with a
 * file (from a spreadsheet, say) is handled as text.
 */
function refuseFiles(page: Document, ui: () => Ui): void {
  function refuse(): void {
    const { notify, i18n } = ui();
    notify(i18n.t('files.notYet'));
  }

  page.addEventListener('paste', ({ clipboardData }) => {
    if (clipboardData && isFile(clipboardData)) refuse();
  });
  for (const type of ['dragover', 'drop'] as const) {
    page.addEventListener(type, (event) => {
      const { target, dataTransfer } = event;
      if (!dataTransfer || !(target instanceof Element)) return;
      const file = isFile(dataTransfer);
      if (target.matches(file ? '[type=file]' : 'input, textarea')) return;
      event.preventDefault();
      // The cursor shows that text cannot be dropped here; a file's drop must be allowed, to be answered by the toast.
      if (!file) dataTransfer.dropEffect = 'none';
      else if (type === 'drop') refuse();
    });
  }
}

function isFile({ types }: DataTransfer): boolean {
  return types.includes('Files') && !TEXT_TYPES.some((type) => types.includes(type));
}
