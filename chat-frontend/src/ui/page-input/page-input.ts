import { parseRoute } from '../../router.ts';
import type { Ui } from '../ui.ts';
import { handleBackLinks } from './back-navigation.ts';
import { listenToKeys } from './shortcuts.ts';

/** Part of this lazy module, since it is not needed before the page is shown. */
export { watchDayChange } from './day-change.ts';

/** Runs a function of the lazy part that composes files. */
type WithAttach = (use: (part: typeof import('../attach/attach.lazy.ts')) => void) => void;

/** Handles keyboard shortcuts, pasted and dropped files, and back links in the whole page. */
export function listenToPage(page: Document, ui: () => Ui, withAttach: WithAttach): void {
  listenToKeys(page, ui);
  takeFiles(page, ui, withAttach);
  handleBackLinks(window);
}

const TEXT_TYPES = ['text/plain', 'text/uri-list'];

/**
 * A pasted or dropped file is composed in the conversation that is open, and never navigates away. Text that comes with a
 * file (from a spreadsheet, say) is handled as text.
 */
function takeFiles(page: Document, ui: () => Ui, withAttach: WithAttach): void {
  function take({ files }: DataTransfer): void {
    const chosen = [...files];
    const route = parseRoute(location.hash);
    const composer = page.querySelector<HTMLElement>('.composer');
    const conversationId =
      route.name === 'chat' && composer && !composer.hidden ? route.conversationId : undefined;
    withAttach(({ composeFiles }) => {
      if (conversationId) composeFiles(ui(), conversationId, chosen);
      else ui().notify(ui().i18n.t('attach.noChat'));
    });
  }

  page.addEventListener('paste', (event) => {
    const { clipboardData } = event;
    if (!clipboardData || !isFile(clipboardData)) return;
    event.preventDefault();
    take(clipboardData);
  });
  for (const type of ['dragover', 'drop'] as const) {
    page.addEventListener(type, (event) => {
      const { target, dataTransfer } = event;
      if (!dataTransfer || !(target instanceof Element)) return;
      const file = isFile(dataTransfer);
      if (target.matches(file ? '[type=file]' : 'input, textarea')) return;
      event.preventDefault();
      // The cursor shows that text cannot be dropped here.
      if (!file) dataTransfer.dropEffect = 'none';
      else if (type === 'drop') take(dataTransfer);
    });
  }
}

function isFile({ types }: DataTransfer): boolean {
  return types.includes('Files') && !TEXT_TYPES.some((type) => types.includes(type));
}
