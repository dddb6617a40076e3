import { handleBackLinks } from './back-navigation.ts';
import { listenToKeys } from './keys/shortcuts.ts';
import { refuseFiles } from './refuse-files.ts';
import type { Ui } from './ui.ts';

/** It comes with what keys do: neither is needed before the page is shown. */
export { watchDayChange } from './day-change.ts';

/** What is done by keys, with what is pasted or dropped, and by links that lead back, wherever one is in the page. */
export function listenToPage(page: Document, ui: () => Ui): void {
  listenToKeys(page, ui);
  refuseFiles(page, ui);
  handleBackLinks(window);
}
