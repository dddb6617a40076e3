import type { Ui } from '../ui.ts';
import { handleBackLinks } from './back-navigation.ts';
import { listenToKeys } from './shortcuts.ts';

/** Part of this lazy module, since it is not needed before the page is shown. */
export { watchDayChange } from './day-change.ts';

/** Handles keyboard shortcuts and back links in the whole page. */
export function listenToPage(page: Document, ui: () => Ui): void {
  listenToKeys(page, ui);
  handleBackLinks(window);
}
