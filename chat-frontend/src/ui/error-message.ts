import { type ApiErrorCode, toApiError } from '../api/api-error.ts';
import type { I18n } from '../i18n/i18n.ts';
import { el } from './el.ts';

/**
 * Says in a place what failed: `before`, the sentence, `after`, and in small print the code by which whoever runs the
 * box knows it (features §4.2). `thrown` may be such a code.
 */
export function showError(
  place: Element,
  i18n: I18n,
  thrown: unknown,
  { before = '', after = '' }: { before?: string; after?: string } = {},
): void {
  const { code, status } =
    typeof thrown === 'string' ? { code: thrown as ApiErrorCode, status: 0 } : toApiError(thrown);
  // An answer that is not the box's is known by its status alone.
  const small = code === 'UNKNOWN' && status > 0 ? `${code} ${status}` : code;
  const words = `${[before, i18n.errorMessage(code), after].filter(Boolean).join(' ')} `;
  // What is said already is not said again to those who listen.
  if (place.textContent !== words + small)
    place.replaceChildren(words, el('small', { class: 'code' }, small));
}
