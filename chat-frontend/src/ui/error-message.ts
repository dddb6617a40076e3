import { type ApiErrorCode, toApiError } from '../api/api-error.ts';
import type { I18n } from '../i18n/i18n.ts';
import { el } from './el.ts';

/**
 * Shows an error in an element: `before`, the sentence for its code, and `after`; the code itself, for the administrator, on
 * demand (features §4.2). `thrown` may be an error code.
 */
export function showError(
  target: Element,
  i18n: I18n,
  thrown: unknown,
  { before = '', after = '' }: { before?: string; after?: string } = {},
): void {
  const { code, status } =
    typeof thrown === 'string' ? { code: thrown as ApiErrorCode, status: 0 } : toApiError(thrown);
  // A response that did not come from the core has only a status.
  const small = code === 'UNKNOWN' && status > 0 ? `${code} ${status}` : code;
  const sentence = `${[before, i18n.errorMessage(code), after].filter(Boolean).join(' ')} `;
  const shown = target.querySelector('.code code')?.textContent;
  // An unchanged error is not announced again.
  if (target.firstChild?.textContent === sentence && shown === small) return;
  const summary = el('summary', {}, i18n.t('connection.why'));
  target.replaceChildren(sentence, el('details', { class: 'code' }, summary, el('code', {}, small)));
}
