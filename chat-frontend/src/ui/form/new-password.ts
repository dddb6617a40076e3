import type { Key } from '../../i18n/language.ts';
import type { FieldSpec } from './field.ts';

/** The field of a new password. */
export const newPassword: FieldSpec = {
  name: 'password',
  label: 'form.password',
  hint: 'form.passwordHint',
  password: true,
  autocomplete: 'new-password',
  check: checkNewPassword,
};

/** The error of a new password, if it has one. */
export function checkNewPassword(value: string): Key | undefined {
  const { length } = [...value.normalize('NFKC')];
  return length < 8 || length > 1024 ? 'error.INVALID_PASSWORD' : undefined;
}
