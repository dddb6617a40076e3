import type { Ui } from '../ui.ts';
import { handleBackLinks } from './back-navigation.ts';
import { listenToKeys } from './shortcuts.ts';

/** It comes with what keys do: neither is needed before the page is shown. */
export { watchDayChange } from './day-change.ts';

/** What is done by keys, with what is pasted or dropped, and by links that lead back, wherever one is in the page. */
export function listenToPage(page: Document, ui: () => Ui): void {
  listenToKeys(page, ui);
  refuseFiles(page, ui);
  handleBackLinks(window);
}

const TEXT_TYPES = ['text/plain', 'text/uri-list'];

/**
 * Files cannot be sent yet: whoever pastes or drops one reads so, and keeps the page and what they have written. Text
 * that comes with a file (from a spreadsheet, say) is text. No drop leads away from the page.
 */
export function refuseFiles(page: Document, ui: () => Ui): void {
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
      // What cannot be dropped anywhere else is shown so; a file's drop must come, to be answered.
      if (!file) dataTransfer.dropEffect = 'none';
      else if (type === 'drop') refuse();
    });
  }
}

function isFile({ types }: DataTransfer): boolean {
  return types.includes('Files') && !TEXT_TYPES.some((type) => types.includes(type));
}
