import { parseRoute } from '../../router.ts';
import type { Ui } from '../ui.ts';
import { composeFiles } from './compose-files.ts';

/** Composes pasted or dropped files in the conversation that is open, if one may be written to; else it says what to do first. */
export function composeHere(ui: Ui, files: readonly File[]): void {
  const route = parseRoute(location.hash);
  const composer = document.querySelector<HTMLElement>('.composer');
  if (route.name === 'chat' && composer && !composer.hidden) composeFiles(ui, route.conversationId, files);
  else ui.notify(ui.i18n.t('attach.noChat'));
}
