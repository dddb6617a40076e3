import { copyText } from '../clipboard.ts';
import { el } from '../el.ts';
import type { Ui } from '../ui.ts';

/** New recovery codes, this once: to copy, to print, and to confirm that they are saved. `done` says what was just done. */
export function mountRecoveryCodes(
  { i18n: { t }, notify }: Ui,
  codes: string[],
  { done, onSaved }: { done: string; onSaved: () => void },
): HTMLElement {
  const button = (label: string, run: () => void, main = '') =>
    el('button', { type: 'button', class: `button ${main}`.trim(), on: { click: run } }, label);

  async function copy(): Promise<void> {
    notify(t((await copyText(codes.join('\n'))) ? 'security.copied' : 'toast.notCopied'));
  }

  return el(
    'section',
    { class: 'card' },
    el('h2', { tabindex: -1 }, t('security.save')),
    el('p', {}, [done, t('security.saveLead')].filter(Boolean).join(' ')),
    el('ol', { class: 'recovery-codes' }, ...codes.map((code) => el('li', {}, el('code', {}, code)))),
    el(
      'div',
      { class: 'security-buttons' },
      button(t('security.copyCodes'), () => void copy()),
      button(t('security.print'), () => print()),
      button(t('security.saved'), onSaved, 'button-main'),
    ),
  );
}
