import { type ApiErrorCode, toApiError } from '../api/api-error.ts';
import type { I18n } from '../i18n/i18n.ts';
import { el } from './el.ts';

/**
 * Shows an error in an element: `before`, the sentence for its code, `after`, and the code itself in small print for the
 * administrator (features §4.2). `thrown` may be an error code.
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
  // An unchanged error is not announced again.
  if (target.textContent !== sentence + small)
    target.replaceChildren(sentence, el('small', { class: 'code' }, small));
}
