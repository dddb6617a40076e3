import type { I18n } from '../../i18n/i18n.ts';
import { el } from '../el.ts';
import { icon } from '../icons.ts';

/** A button that shows what is typed in a password field, and hides it again. */
export function passwordToggle({ t }: I18n, input: HTMLInputElement): HTMLButtonElement {
  const button = el('button', {
    type: 'button',
    class: 'field-toggle',
    'aria-pressed': 'false',
    'aria-controls': input.id,
    on: { click: () => show(input.type === 'password') },
  });

  function show(visible: boolean): void {
    input.type = visible ? 'text' : 'password';
    button.setAttribute('aria-label', visible ? t('form.hide') : t('form.show'));
    button.setAttribute('aria-pressed', String(visible));
    button.replaceChildren(icon(visible ? 'eyeOff' : 'eye'));
  }
  show(false);
  return button;
}
