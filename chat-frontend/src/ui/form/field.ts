import type { I18n } from '../../i18n/i18n.ts';
import type { Key } from '../../i18n/language.ts';
import { el, setText } from '../el.ts';
import { showError } from '../error-message.ts';
import { icon } from '../icons.ts';

export type FieldSpec = {
  name: string;
  label: Key;
  hint?: Key;
  password?: true;
  /** Free text, not a name or a code. */
  prose?: true;
  /** May stay empty. */
  optional?: true;
  /** The initial value. */
  value?: string;
  /** In UTF-16 code units. */
  maxlength?: number;
  autocomplete: AutoFill;
  /** The error of a value that is refused before it is sent, if it is. */
  check?: (value: string) => Key | undefined;
};
export type Field = {
  node: HTMLElement;
  input: HTMLInputElement;
  name: string;
  /** Shows under the field why its value was refused. */
  refuse(thrown: unknown): void;
  /** Checks the value; false when an error is shown under the field. */
  passes(): boolean;
};

let count = 0;

/** A labelled field, with its hint and its error as its description for assistive technology. */
export function mountField(i18n: I18n, spec: FieldSpec): Field {
  const id = `field-${++count}`;
  const input = el('input', {
    id,
    name: spec.name,
    type: spec.password ? 'password' : 'text',
    autocomplete: spec.autocomplete,
    ...(spec.prose ? { dir: 'auto' } : { autocapitalize: 'none', autocorrect: 'off', spellcheck: 'false' }),
    required: !spec.optional,
    value: spec.value,
    maxlength: spec.maxlength,
    'aria-describedby': `${id}-error${spec.hint ? ` ${id}-hint` : ''}`,
    on: { input: () => setError('') },
  });
  const error = el('p', { id: `${id}-error`, class: 'field-error' });
  const wrapper = el('div', { class: 'field-box' }, input);
  if (spec.password) wrapper.append(passwordToggle(i18n, input));
  const label = el('label', { for: id }, i18n.t(spec.label));
  const hint = spec.hint && el('p', { id: `${id}-hint`, class: 'field-hint' }, i18n.t(spec.hint));
  const node = el('div', { class: 'field' }, label, wrapper, error, hint);

  /** Shows an error under the field; the empty text shows none. */
  function setError(sentence: string): void {
    setText(error, sentence);
    setInvalid(sentence !== '');
  }

  function setInvalid(invalid: boolean): void {
    node.classList.toggle('field-wrong', invalid);
    if (invalid) input.setAttribute('aria-invalid', 'true');
    else input.removeAttribute('aria-invalid');
  }

  function refuse(thrown: unknown): void {
    showError(error, i18n, thrown);
    setInvalid(true);
  }

  function passes(): boolean {
    if (node.hidden) return true;
    const empty = input.value.trim() === '';
    const error = empty ? (spec.optional ? undefined : 'form.required') : spec.check?.(input.value);
    if (error) setError(i18n.t(error));
    return !error;
  }

  return { node, input, name: spec.name, refuse, passes };
}

/** A button that shows and hides the text of a password field. */
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
