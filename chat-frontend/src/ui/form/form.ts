import '../../styles/form.css';
import { type ApiError, type ApiErrorCode, toApiError } from '../../api/api-error.ts';
import type { I18n } from '../../i18n/i18n.ts';
import type { Key } from '../../i18n/language.ts';
import { el, setText } from '../el.ts';
import { showError } from '../error-message.ts';
import { type FieldSpec, mountField } from './field.ts';
import { unsubmitted } from './unsubmitted.ts';

export type FormSpec = {
  /** Under this name the inputs, except passwords, stay in memory while another screen is open. */
  name: string;
  fields: FieldSpec[];
  submit: Key;
  /** The field that an error code is about; other errors are shown under the form. */
  errorFields?: Partial<Record<ApiErrorCode, string>>;
  /** Rejects with ApiError. */
  send: (values: Record<string, string>) => Promise<void>;
};

/** A form that checks its fields, is sent once however often it is pressed, and shows errors at their field. */
export function mountForm(i18n: I18n, spec: FormSpec) {
  const fields = spec.fields.map((field) => mountField(i18n, field));
  // Whoever goes from the login to the password reset does not type the username again.
  const keyOf = (field: string) => (field === 'username' ? field : `${spec.name} ${field}`);
  spec.fields.forEach(({ name, password }, index) => {
    const input = fields[index]?.input;
    if (!input || password) return;
    input.value = unsubmitted.get(keyOf(name)) ?? input.value;
    input.addEventListener('input', () => unsubmitted.set(keyOf(name), input.value));
  });
  const errorText = el('p', { class: 'form-error', role: 'alert' });
  const submit = el('button', { type: 'submit', class: 'button button-main' }, i18n.t(spec.submit));
  const node = el(
    'form',
    { class: 'form', novalidate: true, on: { submit: onSubmit } },
    ...fields.map((field) => field.node),
    errorText,
    submit,
  );
  /** The values that were filled in or sent: `fill` may replace them, unlike other input. */
  const known = new Map<string, string>();
  let busy = false;

  function onSubmit(event: Event): void {
    event.preventDefault();
    setText(errorText, '');
    const invalid = fields.filter((field) => !field.passes());
    if (invalid[0]) invalid[0].input.focus();
    else if (!busy) void run();
  }

  async function run(): Promise<void> {
    setBusy(true);
    try {
      const values = Object.fromEntries(fields.map((field) => [field.name, field.input.value]));
      await spec.send(values);
      // A value that was sent may be replaced by `fill` until it is changed again.
      for (const { name, input } of fields) {
        if (input.value !== values[name]) continue;
        known.set(name, input.value);
        unsubmitted.delete(keyOf(name));
      }
    } catch (thrown) {
      showFailure(toApiError(thrown));
    } finally {
      setBusy(false);
    }
  }

  function setBusy(value: boolean): void {
    busy = value;
    submit.setAttribute('aria-disabled', String(value));
    setText(submit, i18n.t(value ? 'form.busy' : spec.submit));
  }

  function showFailure(error: ApiError): void {
    const field = fields.find(({ name }) => name === spec.errorFields?.[error.code]);
    if (field) {
      field.refuse(error);
      field.input.focus();
      return;
    }
    const after = error.retryAfter > 0 ? i18n.t('form.retryIn', { n: error.retryAfter }) : '';
    showError(errorText, i18n, error, { after });
  }

  return {
    node,
    /** Shows or hides a field; a hidden one is not checked. */
    setShown(name: string, isShown: boolean): void {
      const field = fields.find((candidate) => candidate.name === name);
      if (field) field.node.hidden = !isShown;
    },
    /** Fills in values that arrived after the form was mounted; a field that was changed since stays as it is. */
    fill(values: Record<string, string>): void {
      for (const { name, input } of fields) {
        const value = values[name];
        if (value === undefined || input.value !== (known.get(name) ?? input.defaultValue)) continue;
        known.set(name, value);
        input.value = value;
      }
    },
    clear(): void {
      for (const { name, input } of fields) {
        input.value = '';
        unsubmitted.delete(keyOf(name));
      }
    },
    /** Focuses the first field that is shown and empty. */
    focus(): void {
      const shown = fields.filter((field) => !field.node.hidden);
      (shown.find((field) => field.input.value === '') ?? shown[0])?.input.focus();
    },
  };
}
