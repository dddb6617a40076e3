import { type ApiError, type ApiErrorCode, toApiError } from '../../api/api-error.ts';
import type { I18n } from '../../i18n/i18n.ts';
import type { Key } from '../../i18n/language.ts';
import { el, setText } from '../el.ts';
import { showError } from '../error-message.ts';
import { type FieldSpec, mountField } from './field.ts';

/** What was begun to be filled in, by form and field, while the page is open. */
const begun = new Map<string, string>();
export const forgetForms = () => begun.clear();

export type FormSpec = {
  /** Whoever leaves a form and comes back finds what they had written there, but for passwords. */
  name: string;
  fields: FieldSpec[];
  submit: Key;
  /** Which field a refusal is about; other refusals stand under the form. */
  blames?: Partial<Record<ApiErrorCode, string>>;
  /** Rejects with ApiError when refused. */
  send: (values: Record<string, string>) => Promise<void>;
};

/** A form that checks, sends once however often it is pressed, and says in place what was refused. */
export function mountForm(i18n: I18n, spec: FormSpec) {
  const fields = spec.fields.map((field) => mountField(i18n, field));
  const keyOf = (field: string) => `${spec.name} ${field}`;
  spec.fields.forEach(({ name, password }, index) => {
    const input = fields[index]?.input;
    if (!input || password) return;
    input.value = begun.get(keyOf(name)) ?? input.value;
    input.addEventListener('input', () => begun.set(keyOf(name), input.value));
  });
  const trouble = el('p', { class: 'form-error', role: 'alert' });
  const submit = el('button', { type: 'submit', class: 'button button-main' }, i18n.t(spec.submit));
  const node = el(
    'form',
    { class: 'form', novalidate: true, on: { submit: onSubmit } },
    ...fields.map((field) => field.node),
    trouble,
    submit,
  );
  /** What stands in each field by itself, and may be replaced. */
  const known = new Map<string, string>();
  let busy = false;

  function onSubmit(event: Event): void {
    event.preventDefault();
    setText(trouble, '');
    const wrong = fields.filter((field) => !field.passes());
    if (wrong[0]) wrong[0].input.focus();
    else if (!busy) void run();
  }

  async function run(): Promise<void> {
    setBusy(true);
    try {
      const values = Object.fromEntries(fields.map((field) => [field.name, field.input.value]));
      await spec.send(values);
      // What was sent is no longer somebody's own until they write again.
      for (const { name, input } of fields) {
        if (input.value !== values[name]) continue;
        known.set(name, input.value);
        begun.delete(keyOf(name));
      }
    } catch (thrown) {
      refused(toApiError(thrown));
    } finally {
      setBusy(false);
    }
  }

  function setBusy(value: boolean): void {
    busy = value;
    submit.setAttribute('aria-disabled', String(value));
    setText(submit, i18n.t(value ? 'form.busy' : spec.submit));
  }

  function refused(failure: ApiError): void {
    const field = fields.find(({ name }) => name === spec.blames?.[failure.code]);
    if (field) {
      field.refuse(failure);
      field.input.focus();
      return;
    }
    const after = failure.retryAfter > 0 ? i18n.t('form.retryIn', { n: failure.retryAfter }) : '';
    showError(trouble, i18n, failure, { after });
  }

  return {
    node,
    /** A field that is not asked for is not checked. */
    ask(name: string, asked: boolean): void {
      const field = fields.find((candidate) => candidate.name === name);
      if (field) field.node.hidden = !asked;
    },
    /** Fills in what is known by now; what somebody has written there since stays. */
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
        begun.delete(keyOf(name));
      }
    },
    /** Where writing begins: the first field that is asked for and empty. */
    focus(): void {
      const asked = fields.filter((field) => !field.node.hidden);
      (asked.find((field) => field.input.value === '') ?? asked[0])?.input.focus();
    },
  };
}
