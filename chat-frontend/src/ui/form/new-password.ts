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

/** The error of a new password, if it has one; bcrypt ignores what follows 72 bytes (design §1). */
export function checkNewPassword(value: string): Key | undefined {
  const normal = value.normalize('NFKC');
  const tooLong = new TextEncoder().encode(normal).length > 72;
  return [...normal].length < 8 || tooLong ? 'error.INVALID_PASSWORD' : undefined;
}
